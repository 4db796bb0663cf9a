//! Acts on rules and targets of alerts, from forms and from programs. Each is noted before it is done.

use super::{Done, to};
use crate::alerts::{Alert, Cause, On, Quiet, Rule, Sender, Severity, Target, trial};
use crate::pages;
use crate::people::Right;
use crate::rooms::Slug;
use crate::secrets::Hidden;
use crate::web::{Act, Ask, Refused};
use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Alerts that the asker may see: those of sites that they may look at.
pub(crate) async fn seen(ask: &Ask) -> Result<Vec<Alert>, Refused> {
    let mut all = ask.fleet.alerts.alerts(ask.tenant()).await?;
    all.retain(|alert| ask.may(Right::Look, Some(&alert.site)));
    Ok(all)
}

pub(super) async fn api(act: Act, ask: &Ask) -> Done {
    match act {
        Act::ApiAlerts => Ok(Json(json!({ "alerts": seen(ask).await? })).into_response()),
        Act::ApiRules => {
            ask.must(Right::Rule, None)?;
            let rules = ask.fleet.alerts.rules(ask.tenant()).await?;
            let rules: BTreeMap<Slug, Rule> = rules.into_iter().collect();
            Ok(Json(json!({ "rules": rules })).into_response())
        }
        Act::ApiWriteRule => done(keep_rule(ask, &named(ask)?, ask.json()?).await),
        Act::ApiDropRule => done(lose_rule(ask).await),
        Act::ApiTargets => {
            ask.must(Right::Rule, None)?;
            let targets = ask.fleet.alerts.targets(ask.tenant()).await?;
            let targets = targets.iter().map(|(name, target)| (name, target.seen()));
            let targets: BTreeMap<&Slug, Value> = targets.collect();
            Ok(Json(json!({ "targets": targets })).into_response())
        }
        Act::ApiWriteTarget => done(keep_target(ask, &named(ask)?, ask.json()?).await),
        Act::ApiTryTarget => done(send_trial(ask).await),
        Act::ApiDropTarget => done(lose_target(ask).await),
        _ => Err(Refused::NotFound),
    }
}

fn done(done: Result<(), Refused>) -> Done {
    done.map(|()| Json(json!({})).into_response())
}

/// The name in the address.
fn named(ask: &Ask) -> Result<Slug, Refused> {
    name_of(ask.part("name"))
}

fn name_of(text: &str) -> Result<Slug, Refused> {
    let slug = Slug::of(text).filter(|slug| !slug.is_empty());
    slug.ok_or(Refused::Wrong("alert-name"))
}

async fn note(ask: &Ask, what: &'static str, (name, more): (&Slug, String)) -> Result<(), Refused> {
    let act = (ask.name(), what, name.as_str());
    let more = [("said", more.as_str())];
    Ok(ask.fleet.note(ask.tenant(), act, &more).await?)
}

async fn keep_rule(ask: &Ask, name: &Slug, rule: Rule) -> Result<(), Refused> {
    ask.must(Right::Rule, None)?;
    let said = serde_json::to_string(&rule).unwrap_or_default();
    note(ask, "alert-rule-written", (name, said)).await?;
    let (desk, tenant) = (&ask.fleet.alerts, ask.tenant());
    Ok(desk.write_rule(tenant, (name, &rule)).await?)
}

async fn lose_rule(ask: &Ask) -> Result<(), Refused> {
    ask.must(Right::Rule, None)?;
    let name = named(ask)?;
    note(ask, "alert-rule-dropped", (&name, String::new())).await?;
    Ok(ask.fleet.alerts.drop_rule(ask.tenant(), &name).await?)
}

/// What is noted of a target is what may be seen of it.
async fn keep_target(ask: &Ask, name: &Slug, target: Target) -> Result<(), Refused> {
    ask.must(Right::Rule, None)?;
    let said = target.seen().to_string();
    note(ask, "alert-target-written", (name, said)).await?;
    let (desk, tenant) = (&ask.fleet.alerts, ask.tenant());
    Ok(desk.write_target(tenant, (name, &target)).await?)
}

async fn lose_target(ask: &Ask) -> Result<(), Refused> {
    ask.must(Right::Rule, None)?;
    let name = named(ask)?;
    note(ask, "alert-target-dropped", (&name, String::new())).await?;
    Ok(ask.fleet.alerts.drop_target(ask.tenant(), &name).await?)
}

async fn send_trial(ask: &Ask) -> Result<(), Refused> {
    ask.must(Right::Rule, None)?;
    let name = named(ask)?;
    let targets = ask.fleet.alerts.targets(ask.tenant()).await?;
    let target = targets.get(&name).ok_or(Refused::NotFound)?;
    note(ask, "alert-target-tried", (&name, String::new())).await?;
    let now_ms = ask.fleet.now_ms();
    let alert = Alert {
        id: format!("trial.{now_ms}"),
        rule: name.clone(),
        cause: Cause::Trial,
        site: Slug::default(),
        severity: Severity::Info,
        opened_ms: now_ms,
        grown_ms: now_ms,
        ended_ms: None,
        members: BTreeMap::new(),
        version: 1,
        told: BTreeMap::new(),
    };
    let sender = Sender::new()?;
    let notice = trial(&ask.fleet, alert);
    Ok(sender.send(name.as_str(), target, &notice).await?)
}

pub(super) async fn drop_rule(ask: Ask) -> Done {
    lose_rule(&ask).await?;
    Ok(to("/alerts#rules"))
}

pub(super) async fn drop_target(ask: Ask) -> Done {
    lose_target(&ask).await?;
    Ok(to("/alerts#targets"))
}

pub(super) async fn try_target(ask: Ask) -> Done {
    let sent = send_trial(&ask).await;
    pages::alerts(&ask, Some(sent)).await
}

pub(super) async fn write_rule(ask: Ask) -> Done {
    let name = name_of(ask.field("name"))?;
    let rule = rule(&ask)?;
    keep_rule(&ask, &name, rule).await?;
    Ok(to("/alerts#rules"))
}

/// The rule that a form says.
fn rule(ask: &Ask) -> Result<Rule, Refused> {
    let bad = |error: String| Refused::Bad(error);
    let slug = |name: &str| Slug::of(ask.field(name)).ok_or(Refused::Wrong("place-wrong"));
    let minutes = match ask.field("after") {
        "" => 0.0,
        text => text
            .replace(',', ".")
            .parse::<f64>()
            .map_err(|_| bad(text.to_owned()))?,
    };
    let code = match ask.field("code") {
        "" => None,
        text => Some(text.parse().map_err(|_| Refused::Wrong("alert-code"))?),
    };
    let by = match ask.field("by") {
        "" => None,
        text => Some(text.parse().map_err(bad)?),
    };
    let quiet = match (ask.field("quiet-from"), ask.field("quiet-to")) {
        ("", "") => None,
        (from, until) => Some(Quiet {
            from: from.parse().map_err(bad)?,
            to: until.parse().map_err(bad)?,
            weekends: ask.field("weekends") == "yes",
            zone: ask.field("zone").parse().map_err(bad)?,
        }),
    };
    let to: Result<Vec<Slug>, Refused> = ask.fields_of("to").map(name_of).collect();
    Ok(Rule {
        on: On::of_word(ask.field("on")).ok_or(Refused::NotFound)?,
        code,
        site: slug("site")?,
        building: slug("building")?,
        after_s: (minutes.clamp(0.0, 1e6) * 60.0) as u32,
        severity: Severity::of_word(ask.field("severity")).ok_or(Refused::NotFound)?,
        to: to?,
        quiet,
        by,
        active: ask.field("active") == "yes",
    })
}

pub(super) async fn write_target(ask: Ask) -> Done {
    let name = name_of(ask.field("name"))?;
    let before = ask.fleet.alerts.targets(ask.tenant()).await?;
    let target = target(&ask, before.get(&name))?;
    keep_target(&ask, &name, target).await?;
    Ok(to("/alerts#targets"))
}

/// The target that a form says. A secret that is left empty stays as it was, because no page shows it.
fn target(ask: &Ask, before: Option<&Target>) -> Result<Target, Refused> {
    let (old_address, old_token) = match before {
        Some(Target::Webhook { url, token } | Target::Alertmanager { url, token }) => {
            (url.clone(), token.clone())
        }
        Some(Target::Mail { server, .. }) => (server.clone(), Hidden::default()),
        None => Default::default(),
    };
    let kept = |name: &str, old: Hidden| match ask.field(name) {
        "" => old,
        text => Hidden::of(text),
    };
    let address = kept("address", old_address);
    let token = kept("token-secret", old_token);
    match ask.field("kind") {
        "webhook" => Ok(Target::Webhook {
            url: address,
            token,
        }),
        "alertmanager" => Ok(Target::Alertmanager {
            url: address,
            token,
        }),
        "mail" => Ok(Target::Mail {
            server: address,
            from: ask.field("from").to_owned(),
            to: ask
                .field("to")
                .split([',', ' ', '\n'])
                .map(str::trim)
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            language: ask.field("language").to_owned(),
        }),
        _ => Err(Refused::NotFound),
    }
}
