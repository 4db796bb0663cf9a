//! The broker's settings, from a form and from programs. Each change is noted before it is done, without the password.

use super::{Done, to};
use crate::bridge::{BadBridge, Bridge, BridgeError};
use crate::pages::{self, BridgeSheet};
use crate::people::Right;
use crate::rooms::Slug;
use crate::secrets::Hidden;
use crate::web::{Act, Ask, Refused};
use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) async fn api(act: Act, ask: &Ask) -> Done {
    ask.must(Right::Rule, None)?;
    match act {
        Act::ApiBridge => {
            let (desk, tenant) = (&ask.fleet.bridge, ask.tenant());
            let bridge = desk.bridge(tenant).await?;
            let seen = bridge.map_or(Value::Null, |bridge| bridge.seen());
            let said = json!({ "bridge": seen, "status": desk.status(tenant).await? });
            return Ok(Json(said).into_response());
        }
        Act::ApiWriteBridge => keep(ask, kept_password(ask, ask.json()?).await?).await?,
        Act::ApiDropBridge => lose(ask).await?,
        _ => return Err(Refused::NotFound),
    }
    Ok(Json(json!({})).into_response())
}

async fn keep(ask: &Ask, bridge: Bridge) -> Result<(), Refused> {
    bridge.check().map_err(BridgeError::from)?;
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let said = bridge.seen().to_string();
    let act = (ask.name(), "bridge-written", bridge.broker.as_str());
    fleet.note(tenant, act, &[("said", &said)]).await?;
    Ok(fleet.bridge.write(tenant, &bridge).await?)
}

async fn lose(ask: &Ask) -> Result<(), Refused> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    if fleet.bridge.bridge(tenant).await?.is_none() {
        return Err(BridgeError::Gone.into());
    }
    let act = (ask.name(), "bridge-dropped", "");
    fleet.note(tenant, act, &[]).await?;
    Ok(fleet.bridge.drop_bridge(tenant).await?)
}

/// A password that is left out stays as it was, because no page shows it; but it goes to no other broker than it was given for.
async fn kept_password(ask: &Ask, mut bridge: Bridge) -> Result<Bridge, Refused> {
    let before = ask.fleet.bridge.bridge(ask.tenant()).await?;
    let same = |before: &Bridge| before.broker == bridge.broker && before.user == bridge.user;
    if let Some(before) = before.filter(same)
        && bridge.password.is_empty()
    {
        bridge.password = before.password;
    }
    Ok(bridge)
}

pub(super) async fn page(ask: Ask) -> Done {
    let bridge = ask.fleet.bridge.bridge(ask.tenant()).await?;
    let sheet = BridgeSheet {
        is_set: bridge.is_some(),
        sites: bridge.as_ref().map(sites).unwrap_or_default(),
        bridge: bridge.unwrap_or_else(Bridge::empty),
        wrong: None,
    };
    pages::bridge(&ask, &sheet).await
}

fn sites(bridge: &Bridge) -> String {
    let all: Vec<&str> = bridge.sites.iter().map(Slug::as_str).collect();
    all.join(" ")
}

/// Several short names between blanks or commas; none when one of them is none.
fn sites_of(text: &str) -> Option<BTreeSet<Slug>> {
    let words = text.split([' ', ',', '\t', '\r', '\n']);
    words
        .filter(|word| !word.is_empty())
        .map(Slug::of)
        .collect()
}

pub(super) async fn write(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let text = |name: &str| ask.field(name).to_owned();
    let mut typed = Bridge {
        broker: text("broker"),
        user: text("user"),
        password: Hidden::of(ask.field("broker-password")),
        ca: ask.raw("ca").replace("\r\n", "\n").trim().to_owned(),
        topics: text("topics"),
        discovery: text("discovery"),
        language: text("language"),
        sites: BTreeSet::new(),
        takes_verbs: ask.field("verbs") == "yes",
    };
    let read = sites_of(ask.field("sites")).ok_or(BadBridge::Sites);
    let read = read.and_then(|sites| {
        typed.sites = sites;
        typed.check()
    });
    match read {
        Ok(()) => {
            keep(&ask, kept_password(&ask, typed).await?).await?;
            Ok(to("/alerts/mqtt"))
        }
        Err(bad) => again(&ask, typed, bad).await,
    }
}

/// The form as it was typed, with what is wrong about it; only the password has to be typed again.
async fn again(ask: &Ask, typed: Bridge, bad: BadBridge) -> Done {
    let sheet = BridgeSheet {
        is_set: ask.fleet.bridge.bridge(ask.tenant()).await?.is_some(),
        bridge: typed,
        sites: ask.field("sites").to_owned(),
        wrong: Some(bad),
    };
    let page = pages::bridge(ask, &sheet).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn drop(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    lose(&ask).await?;
    Ok(to("/alerts/mqtt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_taken_as_people_write_them() {
        let all =
            |text| sites_of(text).map(|all| all.into_iter().map(String::from).collect::<Vec<_>>());
        assert_eq!(
            all(" Süd, nord\n"),
            Some(vec!["nord".to_owned(), "sued".to_owned()])
        );
        assert_eq!(all(""), Some(Vec::new()));
        assert_eq!(all("nord *"), None);
    }
}
