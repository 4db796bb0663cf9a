//! The check that the room's daemon runs: begun by a press, followed, and told. Knows no device.

use super::{PreflightArgs, Spoken};
use crate::client::Client;
use crate::{Found, in_runtime, print};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Local};
use preflight::{Check, Language, Measure};
use room_api::{
    Light, PanelState, PressRequest, ProofAhead, ProofCheck, ProofFinding, ProofPast, ProofReport,
};
use std::fs;
use std::time::Duration;

/// Where the daemon tells what came of it.
const REPORT: &str = "/api/v1/preflight";
/// Often enough to be called progress.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The history on a screen; all of it is in --json.
const SHOWN: usize = 20;

/// Lets the daemon check, or shows what it remembers.
pub(super) fn run(client: &Client, args: &PreflightArgs) -> Result<()> {
    let language = match args.language {
        Some(Spoken::De) => Language::De,
        Some(Spoken::En) | None => Language::En,
    };
    if !args.history && !args.last {
        check(client, language)?;
    }
    let report: ProofReport = client.get(REPORT)?;
    if let Some(file) = &args.report {
        let page = client.text(&format!("{REPORT}/report?lang={}", language.tag()))?;
        fs::write(file, page).with_context(|| format!("cannot write {}", file.display()))?;
        eprintln!("the report is in {}", file.display());
    }
    match (args.json, args.history) {
        (true, _) => print(&serde_json::to_string(&report)?)?,
        (false, true) => print(&history(&report, language))?,
        (false, false) => print(&told(&report, language))?,
    }
    match report.light {
        _ if args.history => Ok(()),
        Some(Light::Green) => Ok(()),
        Some(Light::Yellow | Light::Red) | None => Err(Found.into()),
    }
}

/// Begins a check and follows it to its end; Ctrl-C is a press that ends it.
fn check(client: &Client, language: Language) -> Result<()> {
    let before: ProofReport = client.get(REPORT)?;
    if client.state()?.preflight.is_none() {
        bail!("this room proves nothing: `[preflight] enabled = false` stands in its file");
    }
    client.press(&PressRequest::Preflight {})?;
    let mut stopped = false;
    in_runtime(async {
        let mut doing = None;
        while client.state()?.preflight.is_some_and(|p| p.runs) {
            let now = client.get::<ProofReport>(REPORT)?.doing;
            if now != doing {
                let mut all = Check::ALL.into_iter();
                let check = all.find(|c| Some(c.word()) == now.as_deref());
                if let Some(check) = check {
                    eprintln!("{} ...", check.title(language));
                }
                doing = now;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = tokio::signal::ctrl_c() => {
                    client.press(&PressRequest::StopPreflight {})?;
                    stopped = true;
                    break;
                }
            }
        }
        Ok(())
    })?;
    let after: ProofReport = client.get(REPORT)?;
    if stopped || after.history == before.history && after.at_ms == before.at_ms {
        bail!("{}", why(&client.state()?, stopped));
    }
    Ok(())
}

/// Why a check that began came to nothing.
fn why(state: &PanelState, stopped: bool) -> &'static str {
    if stopped {
        return "the check was stopped";
    }
    match state.phase {
        room_api::Phase::Standby {} | room_api::Phase::Announced { .. } => {
            "the check came to nothing: somebody pressed something, somebody is heard in the room, or the room's file names nothing to check"
        }
        _ => "the check made way for a meeting",
    }
}

fn light(light: Option<Light>) -> &'static str {
    match light {
        Some(Light::Green) => "green",
        Some(Light::Yellow) => "yellow",
        Some(Light::Red) => "red",
        None => "-",
    }
}

fn when(ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    at.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

fn told(report: &ProofReport, language: Language) -> String {
    let Some(at) = report.at_ms else {
        return "the room was not checked yet; `roomctl preflight` does it".to_owned();
    };
    let mut lines: Vec<String> = report
        .checks
        .iter()
        .flat_map(|c| checked(c, language))
        .collect();
    for finding in &report.findings {
        lines.extend(found(finding, language));
    }
    lines.push(format!("{:<7} {}", light(report.light), when(at)));
    lines.join("\n")
}

fn checked(check: &ProofCheck, language: Language) -> Vec<String> {
    let mut all = Check::ALL.into_iter();
    let known = all.find(|c| c.word() == check.check);
    let title = known.map_or_else(|| check.check.clone(), |c| c.title(language));
    let why = check.skipped.as_ref().map(|why| format!(" ({why})"));
    let mut lines = vec![format!(
        "{:<7} {title}{}",
        light(check.light),
        why.unwrap_or_default()
    )];
    for figure in &check.figures {
        let measure = serde_json::from_value::<Measure>(figure.measure.clone().into()).ok();
        let Some(measure) = measure else {
            continue;
        };
        let name = format!("{} {}", measure.title(language), figure.of);
        let value = measure.show(figure.value, language);
        lines.push(format!("        {}: {value}", name.trim_end()));
    }
    lines.extend(check.notes.iter().map(|note| {
        let text = match language {
            Language::De => &note.de,
            Language::En => &note.en,
        };
        format!("        {text}")
    }));
    lines
}

fn found(finding: &ProofFinding, language: Language) -> Vec<String> {
    let text = match language {
        Language::De => &finding.de,
        Language::En => &finding.en,
    };
    let mut lines = vec![
        format!(
            "{:<7} {} ({})",
            light(Some(finding.light)),
            text.what,
            finding.code
        ),
        format!("        {}", text.advice),
    ];
    if !finding.tried.is_empty() {
        lines.push(format!("        tried: {}", finding.tried.join(", ")));
    }
    lines
}

fn history(report: &ProofReport, language: Language) -> String {
    if report.history.is_empty() && report.tomorrow.is_empty() {
        return "the room was not checked yet; `roomctl preflight` does it".to_owned();
    }
    let from = report.history.len().saturating_sub(SHOWN);
    let line = |past: &ProofPast| {
        let codes = past.codes.join(" ");
        format!("{}  {:<6}  {codes}", when(past.at_ms), light(past.light))
            .trim_end()
            .to_owned()
    };
    let mut lines: Vec<String> = report.history[from..].iter().map(line).collect();
    if !report.tomorrow.is_empty() {
        lines.push("Meetings of the day that was looked at last:".to_owned());
        lines.extend(report.tomorrow.iter().flat_map(|m| ahead(m, language)));
    }
    lines.join("\n")
}

fn ahead(meeting: &ProofAhead, language: Language) -> Vec<String> {
    let start = when(meeting.start_ms);
    let mut lines = vec![match meeting.findings.is_empty() {
        true => format!("{start}  green"),
        false => start,
    }];
    lines.extend(meeting.findings.iter().flat_map(|f| found(f, language)));
    lines
}
