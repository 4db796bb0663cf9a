//! What stays of a run: the installation's sound, the history, the page. Files are replaced whole, never half.

use anyhow::{Context, Result};
use chrono::{DateTime, Local, Utc};
use preflight::history::{KEPT, Past, appended};
use preflight::report::Report;
use preflight::sound::Loop;
use preflight::{Language, Run};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder where it is kept.
#[derive(Debug)]
pub struct Keeper(PathBuf);

impl Keeper {
    /// In this folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Keeper {
        Keeper(folder)
    }

    /// The sound at the installation, when it was stored.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub fn baseline(&self) -> Result<Option<Vec<Loop>>> {
        let file = self.0.join("baseline.json");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let loops = serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is no installation's sound; store it anew with --baseline",
                file.display()
            )
        })?;
        Ok(Some(loops))
    }

    /// Stores the sound as that of the installation.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, loops: &[Loop]) -> Result<()> {
        let file = self.0.join("baseline.json");
        self.replace(&file, &serde_json::to_string_pretty(loops)?)?;
        eprintln!(
            "the sound of this run is now that of the installation: {}",
            file.display()
        );
        Ok(())
    }

    /// Adds the run to the history and gives back all that is kept. A history that cannot be kept is said, and fails no check.
    pub fn remember(&self, at: i64, run: &Run) -> Vec<Past> {
        let file = self.0.join("history.jsonl");
        let before = fs::read_to_string(&file).unwrap_or_default();
        let Ok(line) = serde_json::to_string(&Past::of(at, run)) else {
            return vec![Past::of(at, run)];
        };
        let text = appended(&before, &line, KEPT);
        if let Err(error) = self.replace(&file, &text) {
            eprintln!("roomctl: the history is not kept: {error:#}");
        }
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    fn replace(&self, file: &Path, text: &str) -> Result<()> {
        fs::create_dir_all(&self.0).with_context(|| {
            format!(
                "cannot make {}; use sudo, or --state FOLDER",
                self.0.display()
            )
        })?;
        let whole = file.with_extension("new");
        fs::write(&whole, text).with_context(|| format!("cannot write {}", whole.display()))?;
        fs::rename(&whole, file).with_context(|| format!("cannot write {}", file.display()))
    }
}

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
