//! What earlier runs came to, one line each, bounded. Text in, text out; whoever keeps the file writes it.

use crate::check::Run;
use crate::sound::Verdict;
use serde::{Deserialize, Serialize};

/// So many runs are kept: three a day for half a year.
pub const KEPT: usize = 550;

/// One run, as it is remembered: no names, no subjects, only codes and figures of the room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// When it began, in seconds since 1970.
    pub at: i64,
    /// Its verdict; `None` when nothing was proven.
    pub verdict: Option<Verdict>,
    /// Codes of what was found, the worst first.
    pub codes: Vec<String>,
    /// The loudest way of sound, in decibels; `None` when nothing was heard.
    pub gain: Option<f64>,
    /// Milliseconds to the meeting's host and back.
    pub round_trip: Option<f64>,
}

impl Past {
    /// What is remembered of a run that began then.
    pub fn of(at: i64, run: &Run) -> Past {
        let gains = run
            .loops()
            .iter()
            .filter_map(|one| one.heard.sweep.as_ref().ok());
        let round_trip = run
            .checks
            .iter()
            .flat_map(|checked| &checked.figures)
            .find(|figure| figure.measure == crate::check::Measure::RoundTrip);
        Past {
            at,
            verdict: run.verdict(),
            codes: run.troubles().iter().map(|t| t.code().to_owned()).collect(),
            gain: gains.map(|m| m.gain.0).reduce(f64::max),
            round_trip: round_trip.map(|figure| figure.value),
        }
    }
}

/// The history with one line more, and no more lines than are kept. A last line that was cut off is closed, not continued.
pub fn appended(history: &str, line: &str, most: usize) -> String {
    let lines: Vec<&str> = history.lines().chain([line]).collect();
    let from = lines.len().saturating_sub(most);
    let mut text = lines[from..].join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_and_a_torn_one_is_not_continued() {
        assert_eq!(appended("", "a", 3), "a\n");
        assert_eq!(appended("a\nb\nto", "c", 3), "b\nto\nc\n");
    }
}
