//! What came of checks, for faces and IT: both languages, figures, what was tried, the history, the page. Knows no device.

use crate::faces::{Lang, Proofs};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use preflight::history::Past;
use preflight::report::{Report, Tomorrow};
use preflight::sound::Verdict;
use preflight::{Check, Checked, Language, Note, Trouble};
use preflight_probe::shelf::{Ahead, Kept, Shelf};
use room_api::{
    Light, ProofAhead, ProofCheck, ProofFigure, ProofFinding, ProofNote, ProofPast, ProofReport,
    ProofText,
};
use std::sync::Arc;
use tokio::sync::watch;
use tracing::warn;

/// What came of checks, and what is being checked.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What is being checked now.
    pub doing: Option<Check>,
    /// The last run.
    pub last: Option<Kept>,
    /// All runs, the newest last.
    pub history: Vec<Past>,
    /// The meetings of the day that was looked at last.
    pub tomorrow: Vec<Ahead>,
}

impl Told {
    /// As it was kept; what is damaged counts as nothing.
    pub fn read(shelf: &Shelf) -> Told {
        fn or_nothing<T: Default>(read: Result<T, preflight_probe::shelf::ShelfError>) -> T {
            read.unwrap_or_else(|error| {
                let error = format!("{:#}", anyhow::Error::from(error));
                warn!(error, "what came of earlier checks is left out");
                T::default()
            })
        }
        Told {
            doing: None,
            last: or_nothing(shelf.last()),
            history: shelf.history(),
            tomorrow: or_nothing(shelf.tomorrow()),
        }
    }
}

/// Answers what faces ask.
pub struct Reports {
    /// What came of checks.
    pub told: watch::Receiver<Arc<Told>>,
    /// The room's name.
    pub room: String,
    /// Its zone.
    pub zone: Tz,
    /// Where the installation's sound is.
    pub shelf: Shelf,
}

impl Proofs for Reports {
    fn report(&self) -> ProofReport {
        report(&self.told.borrow())
    }

    fn page(&self, lang: Lang) -> Option<String> {
        let told = Arc::clone(&self.told.borrow());
        let kept = told.last.as_ref()?;
        let language = match lang {
            Lang::De => Language::De,
            Lang::En => Language::En,
        };
        let form = match language {
            Language::De => "%d.%m.%Y, %H:%M Uhr",
            Language::En => "%-d %B %Y, %H:%M",
        };
        let written = |at: Option<DateTime<Utc>>| {
            let at = at.unwrap_or_default().with_timezone(&self.zone);
            at.format(form).to_string()
        };
        let tomorrow: Vec<Tomorrow> = told
            .tomorrow
            .iter()
            .map(|meeting| Tomorrow {
                begin: written(DateTime::from_timestamp_millis(meeting.start_ms)),
                troubles: meeting.troubles.clone(),
            })
            .collect();
        let baseline = self.shelf.baseline().ok().flatten();
        let report = Report {
            room: &self.room,
            when: &written(DateTime::from_timestamp(kept.at, 0)),
            language,
            run: &kept.run,
            baseline: baseline.as_deref(),
            history: &told.history,
            tomorrow: &tomorrow,
        };
        Some(report.html())
    }
}

fn report(told: &Told) -> ProofReport {
    let checks = told.last.iter().flat_map(|kept| &kept.run.checks);
    let mut findings: Vec<ProofFinding> = checks.clone().flat_map(found).collect();
    findings.sort_by_key(|finding| match finding.light {
        Light::Red => 0,
        Light::Yellow => 1,
        Light::Green => 2,
    });
    ProofReport {
        doing: told.doing.map(|check| check.word().to_owned()),
        at_ms: told.last.as_ref().map(|kept| kept.at * 1000),
        light: told
            .last
            .as_ref()
            .and_then(|kept| kept.run.verdict())
            .map(light),
        findings,
        checks: checks.map(check).collect(),
        tomorrow: told.tomorrow.iter().map(ahead).collect(),
        history: told.history.iter().map(past).collect(),
    }
}

fn found(checked: &Checked) -> impl Iterator<Item = ProofFinding> {
    let tried: Vec<String> = checked.tried.iter().map(|r| r.word().to_owned()).collect();
    let troubles = checked.troubles.iter();
    troubles.map(move |trouble| finding(trouble, tried.clone()))
}

fn finding(trouble: &Trouble, tried: Vec<String>) -> ProofFinding {
    let text = |language| ProofText {
        what: trouble.sentence(language),
        advice: trouble.suggestion(language),
    };
    ProofFinding {
        code: trouble.code().to_owned(),
        light: light(trouble.verdict()),
        de: text(Language::De),
        en: text(Language::En),
        tried,
    }
}

fn check(checked: &Checked) -> ProofCheck {
    let skipped = checked.skipped.map(serde_json::to_value);
    let skipped = skipped.and_then(Result::ok);
    ProofCheck {
        check: checked.check.word().to_owned(),
        light: checked.verdict().map(light),
        skipped: skipped.and_then(|word| word.as_str().map(str::to_owned)),
        figures: checked
            .figures
            .iter()
            .map(|figure| ProofFigure {
                measure: figure.measure.word().to_owned(),
                of: figure.of.clone(),
                value: figure.value,
            })
            .collect(),
        notes: checked.notes.iter().map(note).collect(),
    }
}

fn note(note: &Note) -> ProofNote {
    ProofNote {
        code: note.word().to_owned(),
        de: note.sentence(Language::De),
        en: note.sentence(Language::En),
    }
}

fn ahead(meeting: &Ahead) -> ProofAhead {
    let found = meeting.troubles.iter();
    ProofAhead {
        start_ms: meeting.start_ms,
        findings: found.map(|trouble| finding(trouble, Vec::new())).collect(),
    }
}

fn past(past: &Past) -> ProofPast {
    ProofPast {
        at_ms: past.at * 1000,
        light: past.verdict.map(light),
        codes: past.codes.clone(),
    }
}

fn light(verdict: Verdict) -> Light {
    match verdict {
        Verdict::Green => Light::Green,
        Verdict::Yellow => Light::Yellow,
        Verdict::Red => Light::Red,
    }
}
