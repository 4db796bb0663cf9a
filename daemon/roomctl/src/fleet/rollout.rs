//! Releases on their way to rooms: what can be offered, offered, watched, paused, stopped. Owns words; the server decides who may, and
//! rooms what they believe.

use super::api::Api;
use crate::{Found, print};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

/// Which rollout, and what to do.
#[derive(Debug, clap::Args)]
pub(super) struct RolloutArgs {
    /// Its name, such as join-pack-zoom-902, package-roomd-0-2-0, firmware-rp2040-oled-0-2-0 or board-rock-5b-2; without it, all are
    /// listed.
    name: Option<String>,
    /// Begin to offer this release of the signed list, ring by ring: a service pack, the rooms' own software, firmware for table
    /// buttons, or a board's file.
    #[arg(long, value_name = "TARGET", conflicts_with_all = ["name", "what"])]
    offer: Option<String>,
    /// What to do with it: pause, go-on, open-next, or stop for good; with --room: take-out, or readmit from the penalty box.
    #[arg(long = "do", value_name = "WHAT", requires = "name",
        value_parser = ["pause", "go-on", "open-next", "stop", "take-out", "readmit"])]
    what: Option<String>,
    /// With this room alone.
    #[arg(long, value_name = "ROOM", requires = "what")]
    room: Option<String>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list_of<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn pretty(value: &Value) -> Result<()> {
    print(&serde_json::to_string_pretty(value).context("cannot write the answer")?)
}

/// Lists what can be offered.
pub(super) async fn releases(api: &Api, json: bool) -> Result<()> {
    let said = api.get("/api/v1/releases").await?;
    if json {
        return pretty(&said);
    }
    if let Some(problem) = said["problem"].as_str() {
        print(&format!("rooms take nothing of the list: {problem}"))?;
    }
    for release in list_of(&said, "releases") {
        print(&format!(
            "{:<44} {:>8} bytes{}",
            text(release, "target"),
            release["length"],
            software(release)
        ))?;
    }
    match said["problem"].is_null() {
        true => Ok(()),
        false => Err(Found.into()),
    }
}

/// Says in which ring a room takes releases.
pub(super) async fn ring(api: &Api, room: &str, ring: &str) -> Result<()> {
    let path = format!("/api/v1/rooms/{room}/ring");
    api.send(Method::PUT, &path, &json!({ "ring": ring }))
        .await
        .map(drop)
}

pub(super) async fn run(api: &Api, args: RolloutArgs, json: bool) -> Result<()> {
    let said = match (&args.offer, &args.name, &args.what, &args.room) {
        (Some(target), ..) => {
            let body = json!({ "target": target });
            let begun = api.send(Method::POST, "/api/v1/rollouts", &body).await?;
            return match json {
                true => pretty(&begun),
                false => print(text(&begun, "name")),
            };
        }
        (None, None, ..) => {
            let all = api.get("/api/v1/rollouts").await?;
            if json {
                return pretty(&all);
            }
            let rows = list_of(&all, "rollouts").iter().map(row);
            return rows.into_iter().try_for_each(|row| print(&row));
        }
        (None, Some(name), None, _) => api.get(&format!("/api/v1/rollouts/{name}")).await?,
        (None, Some(name), Some(what), None) => {
            let path = format!("/api/v1/rollouts/{name}/{what}");
            api.send(Method::POST, &path, &json!({})).await?
        }
        (None, Some(name), Some(what), Some(room)) => {
            let path = format!("/api/v1/rollouts/{name}/rooms/{room}/{what}");
            api.send(Method::POST, &path, &json!({})).await?
        }
    };
    if json {
        pretty(&said)?;
    } else {
        print(&row(&said))?;
        list_of(&said, "rooms")
            .iter()
            .try_for_each(|room| print(&room_row(room)))?;
    }
    match text(&said, "phase") {
        "halted" => Err(Found.into()),
        _ => Ok(()),
    }
}

/// One line: its name, whether it goes on, its open ring, and how many of its rooms are how.
fn row(rollout: &Value) -> String {
    let rings = list_of(rollout, "rings");
    let sum = |what: &str| -> u64 {
        let tallies = rings.iter().map(|ring| ring["tally"][what].as_u64());
        tallies.map(Option::unwrap_or_default).sum()
    };
    let open = rollout["open"].as_u64().unwrap_or_default();
    let open = usize::try_from(open).ok().and_then(|open| rings.get(open));
    let ring = open.map_or("", |ring| text(&ring["ring"], "name"));
    format!(
        "{:<32} {:<8} ring {ring:<12} proven {} of {}, at risk {}, failed {}{}",
        text(rollout, "name"),
        text(rollout, "phase"),
        sum("proven"),
        sum("rooms"),
        sum("at_risk"),
        sum("failed"),
        software(rollout),
    )
}

/// What a package is and for which machines, in words; nothing for packs, whose names say it.
fn software(release: &Value) -> String {
    let machines = list_of(release, "architectures").iter();
    let machines: Vec<&str> = machines.filter_map(Value::as_str).collect();
    match machines.as_slice() {
        [] => String::new(),
        machines => format!(
            "; room software {} for {}",
            text(release, "version"),
            machines.join(", ")
        ),
    }
}

fn room_row(room: &Value) -> String {
    let is = &room["standing"]["is"];
    let why = [text(is, "code"), text(is, "why")];
    let why: Vec<&str> = why.into_iter().filter(|why| !why.is_empty()).collect();
    format!(
        "  {:<24} {:<12} {:<10} {}",
        text(room, "room"),
        text(room, "ring"),
        text(room, "says"),
        why.join(", ")
    )
    .trim_end()
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_is_one_line_and_a_room_says_why() {
        let rollout = json!({
            "name": "join-pack-zoom-902", "phase": "halted", "open": 1,
            "rings": [
                { "ring": { "name": "canary" }, "tally": { "rooms": 2, "proven": 2, "at_risk": 0, "failed": 0 } },
                { "ring": { "name": "early" }, "tally": { "rooms": 8, "proven": 3, "at_risk": 1, "failed": 1 } },
            ],
        });
        let row = row(&rollout);
        assert!(row.contains("halted   ring early"), "{row}");
        assert!(
            row.ends_with("proven 5 of 10, at risk 1, failed 1"),
            "{row}"
        );
        let package = json!({
            "name": "package-roomd-0-2-0", "phase": "going", "open": 0, "rings": [],
            "version": "0.2.0", "architectures": ["amd64", "arm64"],
        });
        let row = super::row(&package);
        assert!(
            row.ends_with("failed 0; room software 0.2.0 for amd64, arm64"),
            "{row}"
        );
        let room = json!({
            "room": "saal-2", "ring": "early", "says": "failed",
            "standing": { "attempt": 1, "is": { "is": "failed", "code": "release-canary" } },
        });
        assert!(room_row(&room).ends_with("release-canary"));
    }
}
