//! The page on which an administrator sets the provider that people sign in by. Layout only.

use super::bits::Field;
use super::frame::{page, token};
use crate::acts::{Done, redirect};
use crate::oidc::{BadProvider, Provider, Tried, WireError};
use crate::people::{Right, Role};
use crate::web::Ask;
use crate::words::{fill, say};
use axum::response::IntoResponse;
use maud::{Markup, html};

/// Clocks that differ by less do no harm.
const CLOSE_MS: u64 = 30_000;

/// What the page shows.
pub(crate) struct ProviderSheet {
    /// Whether one is kept.
    pub is_set: bool,
    /// As it is, or as it was typed.
    pub provider: Provider,
    /// Its table, as it was typed.
    pub lines: String,
    /// What came of the last press.
    pub said: ProviderSaid,
}

/// What came of the last press.
pub(crate) enum ProviderSaid {
    Nothing,
    Wrong(BadProvider),
    Tried(Tried),
    Failed(WireError),
}

pub(crate) async fn provider(ask: &Ask, sheet: &ProviderSheet) -> Done {
    ask.must(Right::Rule, None)?;
    let l = ask.language;
    let body = html! {
        (outcome(ask, &sheet.said))
        section.card aria-labelledby="there" {
            h2 #there { (say(l, "provider-there")) }
            p { (say(l, "provider-there-text")) }
            p.code #redirect { (redirect(ask)) }
        }
        section.card aria-labelledby="here" {
            h2 #here { (say(l, "provider-here")) }
            (form(ask, sheet))
        }
        @if sheet.is_set {
            section.card aria-labelledby="kept" {
                h2 #kept { (say(l, "provider-kept")) }
                div.verbs {
                    form method="post" action="/people/sign-in/try" {
                        (token(ask)) button type="submit" { (say(l, "provider-try")) }
                    }
                    form method="post" action="/people/sign-in/drop" data-confirm=(say(l, "provider-drop-sure")) {
                        (token(ask)) button.danger type="submit" { (say(l, "provider-drop")) }
                    }
                }
            }
        }
        p { a href="/people" { (say(l, "provider-people")) } }
    };
    Ok(page(ask, &say(l, "provider"), None, body).into_response())
}

fn form(ask: &Ask, sheet: &ProviderSheet) -> Markup {
    let (l, is) = (ask.language, &sheet.provider);
    let must = |name, label: &str, value| Field {
        required: true,
        ..Field::text(name, say(l, label), value)
    };
    let secret = Field {
        kind: "password",
        complete: "new-password",
        ..Field::text("client-secret", say(l, "provider-secret"), "")
    };
    let roles = Role::ALL.map(|role| {
        format!(
            "{} ({})",
            role.word(),
            say(l, &format!("role-{}", role.word()))
        )
    });
    html! {
        form method="post" action="/people/sign-in" {
            (token(ask))
            div.grid {
                (must("label", "provider-label", &is.label).draw("provider"))
                (must("issuer", "provider-issuer", &is.issuer).draw("provider"))
                (must("client-id", "provider-client", &is.client_id).draw("provider"))
                (secret.draw("provider"))
                (must("claim", "provider-claim", &is.claim).draw("provider"))
                (must("scopes", "provider-scopes", &is.scopes).draw("provider"))
            }
            p.hint { (say(l, if is.secret.is_empty() { "provider-secret-none" } else { "provider-secret-kept" })) }
            p.hint { (say(l, "provider-claim-text")) }
            div.field {
                label for="provider-mappings" { (say(l, "provider-mappings")) }
                textarea #provider-mappings.code name="mappings" rows="8" spellcheck="false" autocapitalize="off"
                    aria-describedby="mappings-text" { "\n" (sheet.lines) }
            }
            p.hint #mappings-text { (fill(l, "provider-mappings-text", &[("roles", roles.join(", "))])) }
            button.primary type="submit" { (say(l, "alert-write")) }
        }
    }
}

fn outcome(ask: &Ask, said: &ProviderSaid) -> Markup {
    let l = ask.language;
    match said {
        ProviderSaid::Nothing => html! {},
        ProviderSaid::Wrong(bad) => html! { p.trouble role="alert" { (wrong(ask, bad)) } },
        ProviderSaid::Failed(error) => html! {
            div.notice role="status" {
                p { (say(l, "provider-not-tried")) }
                p.code { (error) }
            }
        },
        ProviderSaid::Tried(tried) => html! {
            div.notice role="status" {
                p { (fill(l, "provider-tried", &[("keys", tried.keys.to_string())])) }
                p.code { (tried.page) }
                @match tried.ahead_ms {
                    Some(ahead) if ahead.unsigned_abs() > CLOSE_MS => {
                        p { (fill(l, "provider-clock", &[("seconds", (ahead / 1000).to_string())])) }
                    }
                    _ => {}
                }
            }
        },
    }
}

fn wrong(ask: &Ask, bad: &BadProvider) -> String {
    let l = ask.language;
    let key = match bad {
        BadProvider::Mapping(line) => {
            return fill(l, "provider-bad-line", &[("line", line.to_string())]);
        }
        BadProvider::Label => "provider-bad-label",
        BadProvider::Issuer => "provider-bad-issuer",
        BadProvider::Client => "provider-bad-client",
        BadProvider::Claim => "provider-bad-claim",
        BadProvider::Scopes => "provider-bad-scopes",
        BadProvider::TooMany => "provider-bad-many",
    };
    say(l, key)
}
