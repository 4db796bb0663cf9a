//! Texts of settings by level: shown, tried, written over what was seen. Owns words; the server decides who may.

use super::api::Api;
use crate::print;
use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Which level, and what to do.
#[derive(Debug, clap::Args)]
pub(super) struct SettingsArgs {
    /// The level: all, site/NAME, building/SITE/NAME, floor/SITE/BUILDING/NAME, kind/NAME or room/ID; without it, all are listed.
    level: Option<String>,
    /// Write this file's text; the server refuses when somebody else wrote meanwhile.
    #[arg(long, value_name = "FILE", requires = "level")]
    write: Option<PathBuf>,
    /// Write nothing: say what would change in which rooms.
    #[arg(long, requires = "write")]
    preview: bool,
    /// Only in these rooms of the level, until --open: the others keep what they have.
    #[arg(
        long,
        value_name = "ROOM,...",
        value_delimiter = ',',
        requires = "write",
        conflicts_with = "preview"
    )]
    first: Vec<String>,
    /// Open to all rooms of the level what some have tried.
    #[arg(long, requires = "level", conflicts_with = "write")]
    open: bool,
}

pub(super) async fn run(api: &Api, args: SettingsArgs, json: bool) -> Result<()> {
    let all = api.get("/api/v1/settings").await?;
    let levels = all["levels"].as_array().cloned().unwrap_or_default();
    let known = |wanted: &str| levels.iter().find(|level| level["level"] == wanted);
    match (&args.level, &args.write) {
        (None, _) if json => pretty(&all),
        (None, _) => levels.iter().try_for_each(|level| {
            let line = format!(
                "{:<40} version {} by {}",
                text(level, "level"),
                level["writing"],
                text(level, "by")
            );
            print(&line)
        }),
        (Some(level), None) if args.open => {
            let Some(over) = known(level).map(|level| level["writing"].clone()) else {
                bail!("nothing is set for {level}");
            };
            let body = json!({ "level": level, "over": over });
            let said = api.send(Method::POST, "/api/v1/settings/open", &body);
            let said = said.await?;
            if json { pretty(&said) } else { changes(&said) }
        }
        (Some(level), None) => match known(level) {
            Some(level) if json => pretty(level),
            Some(level) => print(text(level, "text").trim_end()),
            None => bail!("nothing is set for {level}"),
        },
        (Some(level), Some(file)) => {
            let new = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let over = known(level).map_or(json!(0), |level| level["writing"].clone());
            let body = json!({
                "level": level, "text": new, "over": over, "preview": args.preview, "first": args.first,
            });
            let said = api.send(Method::PUT, "/api/v1/settings", &body).await?;
            if json { pretty(&said) } else { changes(&said) }
        }
    }
}

fn pretty(value: &Value) -> Result<()> {
    print(&serde_json::to_string_pretty(value).context("cannot write the answer")?)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn changes(said: &Value) -> Result<()> {
    for room in said["rooms"].as_array().into_iter().flatten() {
        for change in room["changes"].as_array().into_iter().flatten() {
            let value = |key: &str| change[key].as_str().unwrap_or("unset").to_owned();
            print(&format!(
                "{:<24} {}: {} -> {}",
                text(room, "room"),
                text(change, "setting"),
                value("before"),
                value("after")
            ))?;
        }
    }
    match said["written"] == json!(true) {
        true => print("written"),
        false => print("nothing was written"),
    }
}
