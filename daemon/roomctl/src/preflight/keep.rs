//! What is made of a run: the page, the result for programs, a line for each way of sound. Keeps nothing.

use anyhow::{Context, Result};
use chrono::{DateTime, Local, Utc};
use preflight::history::Past;
use preflight::report::Report;
use preflight::sound::Loop;
use preflight::{Language, Run};
use std::fs;
use std::path::Path;

/// What the page is made of, beside the run.
#[derive(Debug)]
pub struct Page<'a> {
    /// The room's name.
    pub room: &'a str,
    /// When it began.
    pub at: DateTime<Utc>,
    /// In which language.
    pub language: Language,
    /// The sound at the installation.
    pub baseline: Option<&'a [Loop]>,
    /// All runs, this one last.
    pub history: &'a [Past],
}

impl Page<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, run: &Run, file: &Path) -> Result<()> {
        let local = self.at.with_timezone(&Local);
        let when = match self.language {
            Language::De => local.format("%d.%m.%Y, %H:%M Uhr"),
            Language::En => local.format("%-d %B %Y, %H:%M"),
        };
        let report = Report {
            room: self.room,
            when: &when.to_string(),
            language: self.language,
            run,
            baseline: self.baseline,
            history: self.history,
            tomorrow: &[],
        };
        fs::write(file, report.html()).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// The result for programs.
pub fn json(at: i64, run: &Run) -> serde_json::Value {
    let troubles: Vec<_> = run
        .troubles()
        .into_iter()
        .map(|trouble| {
            serde_json::json!({
                "code": trouble.code(),
                "verdict": trouble.verdict().word(),
                "de": trouble.sentence(Language::De),
                "en": trouble.sentence(Language::En),
            })
        })
        .collect();
    serde_json::json!({
        "at": at,
        "verdict": run.verdict().map(|verdict| verdict.word()),
        "stopped": run.stopped,
        "troubles": troubles,
        "checks": run.checks,
    })
}

/// The figures of a way, in one line.
pub fn heard(one: &Loop, language: Language) -> String {
    match &one.heard.sweep {
        Ok(measured) => format!(
            "{} dB, {} ms",
            language.number(measured.gain.0, 1),
            language.number(measured.delay.0, 1)
        ),
        Err(_) => "-".to_owned(),
    }
}

/// The name of a room that has no file yet.
pub fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}
