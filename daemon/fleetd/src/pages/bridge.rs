//! The page on which an administrator sets the broker that building systems read rooms from, and how it stands. Layout only.

use super::bits::{Field, moment};
use super::frame::{page, token};
use crate::acts::Done;
use crate::bridge::{BadBridge, Bridge, Standing, Status};
use crate::people::Right;
use crate::web::Ask;
use crate::words::{count, say};
use axum::response::IntoResponse;
use maud::{Markup, html};

/// What the page shows.
pub(crate) struct BridgeSheet {
    /// Whether one is kept.
    pub is_set: bool,
    /// As it is, or as it was typed.
    pub bridge: Bridge,
    /// Its sites, as they were typed.
    pub sites: String,
    /// What is wrong about what was typed.
    pub wrong: Option<BadBridge>,
}

pub(crate) async fn bridge(ask: &Ask, sheet: &BridgeSheet) -> Done {
    ask.must(Right::Rule, None)?;
    let l = ask.language;
    let status = ask.fleet.bridge.status(ask.tenant()).await?;
    let body = html! {
        @if let Some(bad) = sheet.wrong {
            p.trouble role="alert" { (say(l, &format!("bridge-bad-{}", bad.word()))) }
        }
        p { (say(l, "bridge-text")) }
        section.card aria-labelledby="standing" {
            h2 #standing { (say(l, "bridge-standing")) }
            @match (sheet.is_set, &status) {
                (false, _) => p { (say(l, "bridge-off")) },
                (true, None) => p { (say(l, "bridge-not-yet")) },
                (true, Some(status)) => (standing(ask, status)),
            }
        }
        section.card aria-labelledby="here" {
            h2 #here { (say(l, "bridge-here")) }
            (form(ask, sheet))
        }
        @if sheet.is_set {
            section.card {
                form method="post" action="/alerts/mqtt/drop" data-confirm=(say(l, "bridge-drop-sure")) {
                    (token(ask)) button.danger type="submit" { (say(l, "bridge-drop")) }
                }
            }
        }
        p { a href="/alerts" { (say(l, "bridge-back")) } }
    };
    Ok(page(ask, &say(l, "bridge"), None, body).into_response())
}

fn standing(ask: &Ask, status: &Status) -> Markup {
    let (l, now_ms) = (ask.language, ask.fleet.now_ms());
    let since = moment(l, status.since_ms, now_ms);
    html! {
        @match &status.standing {
            Standing::Connected => p { (say(l, "bridge-connected")) " " (since) },
            Standing::Failed { why, detail } => {
                p { (say(l, "bridge-not-connected")) " " (since) }
                p.trouble { (say(l, &format!("bridge-failed-{why}"))) }
                p.code { (detail) }
            }
        }
        @if let Some(topic) = &status.denied {
            p.trouble { (say(l, "bridge-denied")) }
            p.code { (topic) }
        }
        @if status.told > 0 { p { (count(l, "bridge-told", status.told)) } }
        @if !status.refused.is_empty() {
            p { (say(l, "bridge-refused")) }
            ul { @for (why, many) in &status.refused {
                li { (say(l, &format!("bridge-why-{why}"))) ": " (many) }
            } }
        }
    }
}

fn form(ask: &Ask, sheet: &BridgeSheet) -> Markup {
    let (l, is) = (ask.language, &sheet.bridge);
    let must = |name, label: &str, value| Field {
        required: true,
        ..Field::text(name, say(l, label), value)
    };
    let password = Field {
        kind: "password",
        complete: "new-password",
        ..Field::text("broker-password", say(l, "bridge-password"), "")
    };
    let kept = if is.password.is_empty() {
        say(l, "bridge-password-none")
    } else {
        say(l, "bridge-password-kept")
    };
    html! {
        form.stack method="post" action="/alerts/mqtt" {
            (token(ask))
            div.grid {
                (must("broker", "bridge-broker", &is.broker).draw("bridge"))
                (Field::text("user", say(l, "bridge-user"), &is.user).draw("bridge"))
                (password.draw("bridge"))
            }
            @if is.broker.starts_with("mqtt:") { p.trouble { (say(l, "bridge-plain")) } }
            p.hint { (kept) }
            div.field {
                label for="bridge-ca" { (say(l, "bridge-ca")) }
                textarea #bridge-ca.code name="ca" rows="4" spellcheck="false" autocapitalize="off"
                    aria-describedby="ca-text" { "\n" (is.ca) }
            }
            p.hint #ca-text { (say(l, "bridge-ca-text")) }
            div.grid {
                (must("topics", "bridge-topics", &is.topics).draw("bridge"))
                (Field::text("discovery", say(l, "bridge-discovery"), &is.discovery).draw("bridge"))
                div.field {
                    label for="bridge-language" { (say(l, "bridge-language")) }
                    select #bridge-language name="language" {
                        option value="de" selected[is.language == "de"] { "Deutsch" }
                        option value="en" selected[is.language == "en"] { "English" }
                    }
                }
                (Field::text("sites", say(l, "bridge-sites"), &sheet.sites).draw("bridge"))
            }
            label.tick {
                input type="checkbox" name="verbs" value="yes" checked[is.takes_verbs] aria-describedby="verbs-text";
                " " (say(l, "bridge-verbs"))
            }
            p.hint #verbs-text { (say(l, "bridge-verbs-text")) }
            button.primary type="submit" { (say(l, "alert-write")) }
        }
    }
}
