//! Alerts that are open or were, the rules that make them, and who is told. Layout only.

use super::bits::{Field, moment};
use super::frame::{page, sentence, token};
use crate::acts::{Done, alerts_seen};
use crate::alerts::{Alert, On, Rule, Severity, Target, Wall, what};
use crate::people::Right;
use crate::rooms::Slug;
use crate::web::{Ask, Refused};
use crate::words::{count, fill, say};
use axum::response::IntoResponse;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Alerts that ended are shown up to here.
const ENDED: usize = 50;
/// Rooms of an alert that are named.
const NAMED: usize = 12;

/// `tried` is what came of a notice that means nothing.
pub(crate) async fn alerts(ask: &Ask, tried: Option<Result<(), Refused>>) -> Done {
    let l = ask.language;
    let all = alerts_seen(ask).await?;
    let (open, ended): (Vec<&Alert>, Vec<&Alert>) =
        all.iter().partition(|alert| alert.ended_ms.is_none());
    let rules = ask.may(Right::Rule, None);
    let (desk, tenant) = (&ask.fleet.alerts, ask.tenant());
    let body = html! {
        @match &tried {
            Some(Ok(())) => p.notice role="status" { (say(l, "target-tried")) },
            Some(Err(refused)) => div.notice role="status" {
                p { (say(l, "target-not-tried")) }
                @match refused {
                    Refused::Bad(more) => p.code { (more) },
                    other => p { (sentence(l, other)) },
                }
            },
            None => {}
        }
        div.card.live {
            h2 #open { (say(l, "alerts-open")) }
            @if open.is_empty() { p { (say(l, "alerts-none")) } }
            @else { (list(ask, &open, "open")) }
        }
        @if rules {
            (rule_list(ask, &desk.rules(tenant).await?))
            (target_list(ask, &desk.targets(tenant).await?))
            (building(ask))
        }
        @if !ended.is_empty() {
            div.card {
                h2 #ended { (say(l, "alerts-ended")) }
                (list(ask, &ended[..ended.len().min(ENDED)], "ended"))
            }
        }
    };
    Ok(page(ask, &say(l, "menu-alerts"), Some(""), body).into_response())
}

fn list(ask: &Ask, alerts: &[&Alert], label: &str) -> Markup {
    let l = ask.language;
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby=(label) { table {
            thead { tr {
                th scope="col" { (say(l, "alert-severity")) }
                th scope="col" { (say(l, "alert-cause")) }
                th scope="col" { (say(l, "alert-where")) }
                th scope="col" { (say(l, "alert-rooms-label")) }
                th scope="col" { (say(l, "alert-since")) }
                th scope="col" { (say(l, "alert-told")) }
            } }
            tbody { @for alert in alerts { (row(ask, alert)) } }
        } }
    }
}

fn row(ask: &Ask, alert: &Alert) -> Markup {
    let (l, now_ms) = (ask.language, ask.fleet.now_ms());
    let still = alert.still().count();
    let parts = [Some(&alert.site), alert.building()];
    let place = parts.into_iter().flatten().filter(|slug| !slug.is_empty());
    let place: Vec<&str> = place.map(Slug::as_str).collect();
    html! {
        tr {
            td { (say(l, &format!("severity-{}", alert.severity.word()))) }
            th scope="row" { (what(l, &alert.cause)) " " small { code { (alert.cause.to_string()) } } }
            td { (place.join(" / ")) }
            td {
                @if alert.ended_ms.is_none() && still < alert.members.len() {
                    (fill(l, "alert-still", &[("still", still.to_string()), ("all", alert.members.len().to_string())])) " "
                } @else { (count(l, "alert-rooms", alert.members.len() as u64)) " " }
                span.hint { @for (place, (room, member)) in alert.members.iter().take(NAMED).enumerate() {
                    @if place > 0 { ", " }
                    a href={ "/rooms/" (room) } { (member.name) }
                } }
                @if alert.members.len() > NAMED { " " (count(l, "alert-more", (alert.members.len() - NAMED) as u64)) }
            }
            td {
                (moment(l, alert.opened_ms, now_ms))
                @if let Some(ended) = alert.ended_ms { " – " (moment(l, ended, now_ms)) }
            }
            td { (told(ask, alert)) }
        }
    }
}

fn told(ask: &Ask, alert: &Alert) -> Markup {
    let l = ask.language;
    html! {
        @if alert.told.is_empty() { (say(l, "alert-told-nobody")) }
        @for (place, (target, told)) in alert.told.iter().enumerate() {
            @if place > 0 { ", " }
            (target.as_str())
            @if told.failed > 0 { " (" (count(l, "alert-told-failed", u64::from(told.failed))) ")" }
        }
    }
}

fn rule_list(ask: &Ask, rules: &[(Slug, Rule)]) -> Markup {
    let l = ask.language;
    html! {
        div.card {
            h2 #rules { (say(l, "alert-rules")) }
            p { (say(l, "alert-rules-text")) }
            div.scroll tabindex="0" role="region" aria-labelledby="rules" { table {
                thead { tr {
                    th scope="col" { (say(l, "alert-rule-name")) }
                    th scope="col" { (say(l, "alert-cause")) }
                    th scope="col" { (say(l, "alert-where")) }
                    th.number scope="col" { (say(l, "alert-after")) }
                    th scope="col" { (say(l, "alert-severity")) }
                    th scope="col" { (say(l, "alert-to")) }
                    th scope="col" { (say(l, "alert-active")) }
                } }
                tbody { @for (name, rule) in rules { tr {
                    th scope="row" { a href={ "/alerts/rule?of=" (name.as_str()) } { (name.as_str()) } }
                    td { (say(l, &format!("on-{}", rule.on.word()))) @if let Some(code) = &rule.code { " " code { (code) } } }
                    td { (scope(ask, rule)) }
                    td.number { (minutes(rule.after_s)) }
                    td { (say(l, &format!("severity-{}", rule.severity.word()))) }
                    td { (rule.to.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")) }
                    td { (say(l, if rule.active { "alert-yes" } else { "alert-no" })) }
                } } }
            } }
            p { a.button href="/alerts/rule" { (say(l, "alert-rule-new")) } }
        }
    }
}

fn scope(ask: &Ask, rule: &Rule) -> String {
    let parts = [&rule.site, &rule.building];
    let parts = parts.iter().filter(|slug| !slug.is_empty());
    let parts: Vec<&str> = parts.map(|slug| slug.as_str()).collect();
    match parts.is_empty() {
        true => say(ask.language, "alert-everywhere"),
        false => parts.join(" / "),
    }
}

fn minutes(seconds: u32) -> String {
    match seconds % 60 {
        0 => (seconds / 60).to_string(),
        _ => format!("{:.1}", f64::from(seconds) / 60.0),
    }
}

fn target_list(ask: &Ask, targets: &BTreeMap<Slug, Target>) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="targets" {
            h2 #targets { (say(l, "alert-targets")) }
            p { (say(l, "alert-targets-text")) }
            ul.plain { @for (name, target) in targets { li {
                a href={ "/alerts/target?of=" (name.as_str()) } { (name.as_str()) }
                ": " (say(l, &format!("target-{}", target.word()))) ", " (target.line()) " "
                form method="post" action={ "/alerts/target/" (name.as_str()) "/try" } {
                    (token(ask)) button type="submit" { (say(l, "target-try")) }
                }
            } } }
            p { a.button href="/alerts/target" { (say(l, "alert-target-new")) } }
        }
    }
}

/// The way to the broker that building systems read rooms from.
fn building(ask: &Ask) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="building" {
            h2 #building { (say(l, "bridge")) }
            p { (say(l, "bridge-text")) }
            p { a.button href="/alerts/mqtt" { (say(l, "bridge-set")) } }
        }
    }
}

pub(crate) async fn rule(ask: &Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let l = ask.language;
    let (desk, tenant) = (&ask.fleet.alerts, ask.tenant());
    let name = ask.field("of");
    let rules = desk.rules(tenant).await?;
    let known = rules.into_iter().find(|(known, _)| known.as_str() == name);
    let targets = desk.targets(tenant).await?;
    let rule = known.as_ref().map(|(_, rule)| rule);
    let body = html! {
        section.card { form.grid method="post" action="/alerts/rule" {
            (token(ask))
            (rule_fields(ask, name, rule))
            (quiet_fields(ask, rule))
            fieldset {
                legend { (say(l, "alert-to")) }
                @if targets.is_empty() { p.hint { (say(l, "alert-to-nobody")) } }
                @for target in targets.keys() {
                    @let to = rule.is_some_and(|rule| rule.to.contains(target));
                    label.tick { input type="checkbox" name="to" value=(target.as_str()) checked[to]; " " (target.as_str()) }
                }
            }
            label.tick {
                input type="checkbox" name="active" value="yes" checked[rule.is_none_or(|rule| rule.active)];
                " " (say(l, "alert-active"))
            }
            button type="submit" { (say(l, "alert-write")) }
        } }
        @if known.is_some() {
            section.card {
                p { (say(l, "alert-rule-drop-text")) }
                form method="post" action={ "/alerts/rule/" (name) "/drop" } {
                    (token(ask)) button.danger type="submit" { (say(l, "alert-rule-drop")) }
                }
            }
        }
        p { a href="/alerts" { (say(l, "alert-back")) } }
    };
    Ok(page(ask, &say(l, "alert-rule"), None, body).into_response())
}

fn rule_fields(ask: &Ask, name: &str, rule: Option<&Rule>) -> Markup {
    let l = ask.language;
    let text = |of: Option<&str>| of.unwrap_or_default().to_owned();
    let code = text(
        rule.and_then(|rule| rule.code.as_ref())
            .map(|code| code.as_str()),
    );
    let site = text(rule.map(|rule| rule.site.as_str()));
    let building = text(rule.map(|rule| rule.building.as_str()));
    let after = rule.map_or_else(|| "3".to_owned(), |rule| minutes(rule.after_s));
    let by = rule.and_then(|rule| rule.by).map(|by: Wall| by.to_string());
    html! {
        (Field { required: true, ..Field::text("name", say(l, "alert-rule-name"), name) }.draw("rule"))
        div.field {
            label for="rule-on" { (say(l, "alert-cause")) }
            select #rule-on name="on" { @for on in On::ALL {
                option value=(on.word()) selected[rule.is_some_and(|rule| rule.on == on)] { (say(l, &format!("on-{}", on.word()))) }
            } }
        }
        (Field::text("code", say(l, "alert-code-label"), &code).draw("rule"))
        (Field::text("site", say(l, "place-site"), &site).draw("rule"))
        (Field::text("building", say(l, "place-building"), &building).draw("rule"))
        (Field::text("after", say(l, "alert-after"), &after).draw("rule"))
        (Field::text("by", say(l, "alert-by"), by.as_deref().unwrap_or_default()).draw("rule"))
        div.field {
            label for="rule-severity" { (say(l, "alert-severity")) }
            select #rule-severity name="severity" { @for one in Severity::ALL {
                @let chosen = rule.map_or(Severity::Warning, |rule| rule.severity) == one;
                option value=(one.word()) selected[chosen] { (say(l, &format!("severity-{}", one.word()))) }
            } }
        }
    }
}

fn quiet_fields(ask: &Ask, rule: Option<&Rule>) -> Markup {
    let l = ask.language;
    let quiet = rule.and_then(|rule| rule.quiet.as_ref());
    let wall = |of: Option<Wall>| of.map(|wall| wall.to_string()).unwrap_or_default();
    let (from, to) = (wall(quiet.map(|q| q.from)), wall(quiet.map(|q| q.to)));
    let zone = quiet.map_or_else(|| "Europe/Berlin".to_owned(), |q| q.zone.to_string());
    html! {
        fieldset {
            legend { (say(l, "alert-quiet")) }
            p.hint { (say(l, "alert-quiet-text")) }
            div.grid {
                (Field::text("quiet-from", say(l, "alert-quiet-from"), &from).draw("rule"))
                (Field::text("quiet-to", say(l, "alert-quiet-to"), &to).draw("rule"))
                (Field::text("zone", say(l, "alert-zone"), &zone).draw("rule"))
            }
            label.tick {
                input type="checkbox" name="weekends" value="yes" checked[quiet.is_some_and(|q| q.weekends)];
                " " (say(l, "alert-weekends"))
            }
        }
    }
}

pub(crate) async fn target(ask: &Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let l = ask.language;
    let name = ask.field("of");
    let targets = ask.fleet.alerts.targets(ask.tenant()).await?;
    let known = targets.iter().find(|(known, _)| known.as_str() == name);
    let target = known.map(|(_, target)| target);
    let (from, to, language) = match target {
        Some(Target::Mail {
            from, to, language, ..
        }) => (from.as_str(), to.join(", "), language.as_str()),
        _ => ("", String::new(), l.tag()),
    };
    let kinds = ["mail", "webhook", "alertmanager"];
    let body = html! {
        section.card { form.grid method="post" action="/alerts/target" {
            (token(ask))
            (Field { required: true, ..Field::text("name", say(l, "target-name"), name) }.draw("target"))
            div.field {
                label for="target-kind" { (say(l, "target-kind")) }
                select #target-kind name="kind" { @for kind in kinds {
                    option value=(kind) selected[target.is_some_and(|t| t.word() == kind)] { (say(l, &format!("target-{kind}"))) }
                } }
            }
            p.hint { (say(l, "target-secret")) }
            (Field { required: target.is_none(), ..Field::text("address", say(l, "target-where"), "") }.draw("target"))
            (Field { kind: "password", complete: "new-password", ..Field::text("token-secret", say(l, "target-token"), "") }.draw("target"))
            (Field::text("from", say(l, "target-from"), from).draw("target"))
            (Field::text("to", say(l, "target-to"), &to).draw("target"))
            div.field {
                label for="target-language" { (say(l, "target-language-label")) }
                select #target-language name="language" {
                    option value="de" selected[language == "de"] { "Deutsch" }
                    option value="en" selected[language == "en"] { "English" }
                }
            }
            button type="submit" { (say(l, "alert-write")) }
        } }
        @if target.is_some() {
            section.card { form method="post" action={ "/alerts/target/" (name) "/drop" } {
                (token(ask)) button.danger type="submit" { (say(l, "target-drop")) }
            } }
        }
        p { a href="/alerts" { (say(l, "alert-back")) } }
    };
    Ok(page(ask, &say(l, "alert-target"), None, body).into_response())
}
