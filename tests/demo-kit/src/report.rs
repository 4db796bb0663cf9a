//! What was seen, step by step, as words on the way and as one line of JSON at the end.
//! Knows no step.

use crate::wait::Unseen;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One thing that was seen.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its name.
    pub step: &'static str,
    /// When it was seen, since the story began.
    pub at_ms: u64,
    /// What was seen, in words.
    pub seen: String,
    /// What was counted, when it was counted.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub counted: Map<String, Value>,
}

/// Where it ended.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// The step that was not seen.
    pub step: String,
    /// What should have been seen.
    pub wanted: String,
    /// What was seen instead.
    pub instead: String,
    /// Programs of the kit that had ended by then.
    pub dead: Vec<String>,
}

/// A number that the project promises, as it was on this machine. Missing it does not spoil the story: the machine may
/// be busy. The bench is where numbers are judged.
#[derive(Debug, Clone, Serialize)]
pub struct Promise {
    /// What was measured.
    pub what: &'static str,
    /// At most so long.
    pub promised_ms: u64,
    /// So long it took.
    pub took_ms: u64,
    /// Whether it was kept.
    pub kept: bool,
}

/// The whole story.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether every step was seen.
    pub ok: bool,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The numbers that are promised.
    pub promises: Vec<Promise>,
    /// Where it ended, when it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    /// Where the logs are, when they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<PathBuf>,
    /// How long it took.
    pub took_ms: u64,
}

/// Takes the story down.
#[derive(Debug)]
pub struct Scribe {
    began: Instant,
    steps: Vec<Step>,
    promises: Vec<Promise>,
    now: &'static str,
}

impl Scribe {
    /// Begins now.
    pub fn begin() -> Scribe {
        Scribe {
            began: Instant::now(),
            steps: Vec::new(),
            promises: Vec::new(),
            now: "start",
        }
    }

    /// What comes next; an error from here on is this step's.
    pub fn next(&mut self, step: &'static str) {
        self.now = step;
    }

    /// It was seen.
    pub fn seen(&mut self, seen: impl Into<String>) {
        self.counted(seen, Value::Null);
    }

    /// It was seen and counted; `counted` is an object.
    pub fn counted(&mut self, seen: impl Into<String>, counted: Value) {
        let step = Step {
            step: self.now,
            at_ms: millis(self.began.elapsed()),
            seen: seen.into(),
            counted: match counted {
                Value::Object(map) => map,
                _ => Map::new(),
            },
        };
        let seconds = self.began.elapsed().as_secs_f32();
        eprintln!("{seconds:7.2} s  {:<22} {}", step.step, step.seen);
        self.steps.push(step);
    }

    /// A promised number was measured.
    pub fn promise(&mut self, what: &'static str, promised: Duration, took: Duration) {
        let kept = took <= promised;
        if !kept {
            eprintln!(
                "            NOT KEPT on this machine: {what} within {promised:?}, it took {took:.2?}"
            );
        }
        self.promises.push(Promise {
            what,
            promised_ms: millis(promised),
            took_ms: millis(took),
            kept,
        });
    }

    /// Closes the book. `logs` are named only when something failed; `dead` are programs that had ended by then.
    pub fn close(
        self,
        outcome: Result<(), anyhow::Error>,
        dead: Vec<String>,
        logs: &Path,
    ) -> Report {
        let failed = outcome.err().map(|error| self.failure(&error, dead));
        Report {
            ok: failed.is_none(),
            logs: failed.is_some().then(|| logs.to_owned()),
            took_ms: millis(self.began.elapsed()),
            steps: self.steps,
            promises: self.promises,
            failed,
        }
    }

    fn failure(&self, error: &anyhow::Error, dead: Vec<String>) -> Failed {
        let (wanted, instead) = match error.downcast_ref::<Unseen>() {
            Some(unseen) => (
                format!(
                    "{} within {:.1} s",
                    unseen.wanted,
                    unseen.limit.as_secs_f32()
                ),
                unseen.instead.clone(),
            ),
            None => ("to go on".to_owned(), format!("{error:#}")),
        };
        Failed {
            step: self.now.to_owned(),
            wanted,
            instead,
            dead,
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
