//! `roomctl canary`: has the room join the operator's own test meetings, and says which packs still fit. Owns words and
//! exit codes; the daemon joins and judges.

use crate::client::Client;
use crate::look::sure;
use crate::{Found, print};
use anyhow::{Context, Result};
use room_api::{CanaryAnswer, CanaryRequest, CanaryResult, Verdict};

/// What is asked.
#[derive(Debug, clap::Args)]
pub struct CanaryArgs {
    /// Only the test meetings of this service.
    service: Option<String>,
    /// Join nothing; show the last results.
    #[arg(long, conflicts_with = "service")]
    last: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Joins, or asks for the last results, and prints.
///
/// # Errors
/// No daemon, a refusal, or [`Found`] unless every pack is valid.
pub fn run(client: &Client, args: CanaryArgs) -> Result<()> {
    let mut answer = CanaryAnswer::default();
    if args.last {
        answer = client.get("/api/v1/canary")?;
        if !args.json {
            for result in &answer.results {
                print(&row(result))?;
            }
        }
    } else {
        let request = CanaryRequest {
            service: args.service,
        };
        client.lines("/api/v1/canary", &request, |result: CanaryResult| {
            if !args.json {
                print(&row(&result))?;
            }
            answer.results.push(result);
            Ok(())
        })?;
    }
    if args.json {
        print(&serde_json::to_string_pretty(&answer).context("cannot write the results")?)?;
    }
    let valid = |result: &CanaryResult| result.verdict == Verdict::Valid;
    let good = !answer.results.is_empty() && answer.results.iter().all(valid);
    if good { Ok(()) } else { Err(Found.into()) }
}

fn row(result: &CanaryResult) -> String {
    let verdict = match result.verdict {
        Verdict::Valid => "valid",
        Verdict::Drifted => "DRIFTED",
        Verdict::Unknown => "unknown",
    };
    let pack = match (result.version, result.certainty) {
        (Some(version), Some(certainty)) => format!("version {version}, {}", sure(certainty)),
        _ => "no pack".to_owned(),
    };
    let mut row = format!(
        "{:<12} {:<30} {verdict:<8} {:<20} {pack}",
        result.service, result.name, result.why
    );
    if let Some(step) = &result.step {
        row += &format!("\n{:13}did not match: {step}", "");
    }
    if let (Some(screen), false) = (&result.screen, result.verdict == Verdict::Valid) {
        row += &format!("\n{:13}last known screen: {screen}", "");
    }
    if let Some(outline) = &result.outline {
        row += &format!("\n{:13}outline without content: {outline}", "");
    }
    row
}
