//! Rooms as the fleet server knows them: listed, shown, told. Owns words; the server decides who may.

use super::api::Api;
use crate::{Found, print};
use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use url::form_urlencoded::Serializer;

/// Rooms that are asked for at once.
const PAGE: &str = "500";

/// Which rooms.
#[derive(Debug, clap::Args)]
pub(super) struct RoomsArgs {
    /// Words that stand in a room's id, name or place.
    words: Vec<String>,
    /// Only rooms that are so: green, yellow, red or unknown.
    #[arg(long)]
    light: Option<String>,
    /// Only rooms of this site; `-` for those without one. Likewise the others.
    #[arg(long)]
    site: Option<String>,
    #[arg(long)]
    building: Option<String>,
    #[arg(long)]
    floor: Option<String>,
    /// Only rooms of this type.
    #[arg(long)]
    kind: Option<String>,
    /// Only rooms with this fault, such as mic-gone.
    #[arg(long)]
    fault: Option<String>,
    /// Only rooms with meetings of tomorrow at risk.
    #[arg(long)]
    tomorrow: bool,
}

/// What to tell whom.
#[derive(Debug, clap::Args)]
pub(super) struct TellArgs {
    /// The room's id.
    room: String,
    /// What: preflight, tomorrow, identify, mute, leave, reset-sound, restart-browser, restart-daemon, log-bundle, canary-NAME,
    /// screenshot. What the room can be told stands on its page.
    what: String,
    /// Wait so many seconds for the end; 0 to 50.
    #[arg(long, value_name = "SECONDS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=50))]
    wait: u64,
    /// The command's id: said twice, done once. With --grant, the one that was answered.
    #[arg(long)]
    id: Option<String>,
    /// For a screenshot: minisign's signature of the text that was answered before.
    #[arg(long, value_name = "FILE", requires = "id")]
    grant: Option<PathBuf>,
    /// For a screenshot: write the text that is to be signed there.
    #[arg(long, value_name = "FILE", conflicts_with = "grant")]
    to_sign: Option<PathBuf>,
    /// Have it wait for a room that is not connected, for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    queue: Option<u64>,
}

/// Which files.
#[derive(Debug, clap::Args)]
pub(super) struct FilesArgs {
    /// The room's id.
    room: String,
    /// Write the newest one there.
    #[arg(long, value_name = "FILE")]
    newest: Option<PathBuf>,
}

impl RoomsArgs {
    fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        if !self.words.is_empty() {
            query.append_pair("q", &self.words.join(" "));
        }
        for (name, value) in [
            ("light", &self.light),
            ("site", &self.site),
            ("building", &self.building),
            ("floor", &self.floor),
            ("kind", &self.kind),
            ("fault", &self.fault),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if self.tomorrow {
            query.append_pair("tomorrow", "risk");
        }
        query.append_pair("limit", PAGE);
        query.finish()
    }
}

fn pretty(value: &Value) -> Result<()> {
    print(&serde_json::to_string_pretty(value).context("cannot write the answer")?)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list_of<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

pub(super) async fn list(api: &Api, args: &RoomsArgs, json: bool) -> Result<()> {
    let query = args.query();
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = api.get(&format!("/api/v1/rooms?{query}{after}")).await?;
        all.extend(list_of(&page, "rooms").iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    if json {
        return pretty(&json!({ "rooms": all }));
    }
    all.iter().try_for_each(|room| print(&row(room)))
}

/// One line: how it is, what it is, where, and why.
fn row(room: &Value) -> String {
    let place = &room["place"];
    let place = ["site", "building", "floor"].map(|part| text(place, part));
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let why = list_of(room, "troubles").iter().filter_map(Value::as_str);
    format!(
        "{:<8} {:<24} {:<30} {:<30} {}",
        text(room, "light"),
        text(room, "id"),
        text(room, "name"),
        place.join("/"),
        why.collect::<Vec<_>>().join(", ")
    )
    .trim_end()
    .to_owned()
}

pub(super) async fn show(api: &Api, room: &str) -> Result<()> {
    pretty(&api.get(&format!("/api/v1/rooms/{room}")).await?)
}

pub(super) async fn tell(api: &Api, args: TellArgs, json: bool) -> Result<()> {
    let mut body = json!({ "button": args.what, "wait_s": args.wait });
    if let Some(id) = &args.id {
        body["id"] = json!(id);
    }
    if let Some(seconds) = args.queue {
        body["waits"] = json!(true);
        body["lasts_s"] = json!(seconds);
    }
    if let Some(file) = &args.grant {
        let signature =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        body["grant"] = json!({ "signature": signature });
    }
    let path = format!("/api/v1/rooms/{}/commands", args.room);
    let said = api.send(Method::POST, &path, &body).await?;
    if json {
        pretty(&said)?;
    } else {
        print(&told_row(&said))?;
    }
    if let (Some(file), Some(text)) = (&args.to_sign, said["sign"].as_str()) {
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let waits = said["sign"].is_string() || args.wait == 0;
    match waits || said["standing"]["is"] == "done" {
        true => Ok(()),
        false => Err(Found.into()),
    }
}

/// How a command stands, or what has to be signed first.
fn told_row(said: &Value) -> String {
    if let Some(sign) = said["sign"].as_str() {
        let id = text(said, "id");
        return format!(
            "This needs a grant. Sign the text below to the letter with minisign, then tell again with --id {id} --grant FILE.\n\n{sign}"
        );
    }
    let standing = &said["standing"];
    let why = [text(standing, "why"), text(standing, "code")];
    let why: Vec<&str> = why.into_iter().filter(|why| !why.is_empty()).collect();
    format!(
        "{:<10} {:<16} {:<26} {}",
        text(standing, "is"),
        text(said, "verb"),
        text(said, "id"),
        why.join(", ")
    )
    .trim_end()
    .to_owned()
}

pub(super) async fn told(api: &Api, room: &str, json: bool) -> Result<()> {
    let said = api.get(&format!("/api/v1/rooms/{room}/commands")).await?;
    if json {
        return pretty(&said);
    }
    let rows = list_of(&said, "commands").iter().map(told_row);
    rows.into_iter().try_for_each(|row| print(&row))
}

pub(super) async fn history(api: &Api, room: &str, json: bool) -> Result<()> {
    let said = api.get(&format!("/api/v1/rooms/{room}/history")).await?;
    if json {
        return pretty(&said);
    }
    list_of(&said, "history").iter().try_for_each(|turn| {
        let at = turn["at_ms"].as_i64().unwrap_or_default();
        let at = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
        let faults = list_of(turn, "faults").iter().filter_map(Value::as_str);
        let faults = faults.collect::<Vec<_>>().join(", ");
        let line = format!("{}  {:<8} {faults}", at.to_rfc3339(), text(turn, "light"));
        print(line.trim_end())
    })
}

pub(super) async fn files(api: &Api, args: FilesArgs, json: bool) -> Result<()> {
    let path = format!("/api/v1/rooms/{}/files", args.room);
    let said = api.get(&path).await?;
    let Some(to) = args.newest else {
        if json {
            return pretty(&said);
        }
        return list_of(&said, "files").iter().try_for_each(|file| {
            let bytes = file["bytes"].as_u64().unwrap_or_default();
            print(&format!(
                "{:<12} {bytes:>9}  {}",
                text(file, "what"),
                text(file, "file")
            ))
        });
    };
    let Some(newest) = list_of(&said, "files").first() else {
        bail!("{} has put no file there", args.room);
    };
    let bytes = api
        .bytes(&format!("{path}/{}", text(newest, "file")))
        .await?;
    fs::write(&to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_one_line_with_the_worst_first() {
        let room = json!({
            "id": "saal-2", "name": "Saal 2", "light": "red", "troubles": ["faults", "clock"],
            "place": { "site": "nord", "building": "", "floor": "og-1", "kind": "saal" },
        });
        let row = row(&room);
        assert!(row.starts_with("red      saal-2 "), "{row}");
        assert!(
            row.contains("nord/og-1") && row.ends_with("faults, clock"),
            "{row}"
        );
    }

    #[test]
    fn a_command_says_how_it_ended_and_why() {
        let refused = json!({ "id": "a", "verb": "preflight", "standing": { "is": "refused", "why": "in-use" } });
        assert!(told_row(&refused).ends_with("in-use"));
        let sign = json!({ "id": "picture-1", "sign": "roomd grant 1\n" });
        let said = told_row(&sign);
        assert!(
            said.contains("--id picture-1") && said.ends_with("roomd grant 1\n"),
            "{said}"
        );
    }

    #[test]
    fn what_is_looked_for_becomes_a_query() {
        let args = RoomsArgs {
            words: vec!["großer".to_owned(), "saal".to_owned()],
            light: Some("red".to_owned()),
            site: None,
            building: Some("-".to_owned()),
            floor: None,
            kind: None,
            fault: None,
            tomorrow: true,
        };
        let expected = "q=gro%C3%9Fer+saal&light=red&building=-&tomorrow=risk&limit=500";
        assert_eq!(args.query(), expected);
    }
}
