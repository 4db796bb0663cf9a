//! What came of the room's checks in full, for IT and for whoever stands at the panel. No subject, no host, no link.

use crate::sound::Light;
use serde::{Deserialize, Serialize};

/// The last check of the room, and what was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofReport {
    /// What is being checked now: `meeting`, `path`, `sip`, `displays`, `picture`, `heads`, `people`, `sound`.
    pub doing: Option<String>,
    /// When the last check began; `None`: there was none.
    pub at_ms: Option<i64>,
    /// How the room was judged then.
    pub light: Option<Light>,
    /// What was found, worst first.
    pub findings: Vec<ProofFinding>,
    /// What was checked, with its figures.
    pub checks: Vec<ProofCheck>,
    /// The meetings of the day that was looked at last, by start.
    pub tomorrow: Vec<ProofAhead>,
    /// All checks that are remembered, the newest last.
    pub history: Vec<ProofPast>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFinding {
    /// Such as `picture-covered`.
    pub code: String,
    /// How bad.
    pub light: Light,
    /// For people, in German.
    pub de: ProofText,
    /// For people, in English.
    pub en: ProofText,
    /// What was tried to mend it, before it was found again: `reset-sound`, `reopen-camera`, `reopen-head`, `wake-display`.
    pub tried: Vec<String>,
}

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofText {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofCheck {
    /// Which one.
    pub check: String,
    /// The worst that it found; `None`: it did not run.
    pub light: Option<Light>,
    /// Why it did not run: `nothing-there`, `stopped`, `quiet`.
    pub skipped: Option<String>,
    /// What was measured.
    pub figures: Vec<ProofFigure>,
    /// What was not measured, and why.
    pub notes: Vec<ProofNote>,
}

/// What a check leaves out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofNote {
    /// Such as `echo-by-conference`.
    pub code: String,
    /// For people, in German.
    pub de: String,
    /// For people, in English.
    pub en: String,
}

/// A figure of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFigure {
    /// What it counts, such as `round-trip`, in milliseconds.
    pub measure: String,
    /// Whose it is, by role; empty where there is only one.
    pub of: String,
    /// How much.
    pub value: f64,
}

/// A meeting of a day to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofAhead {
    /// When it begins.
    pub start_ms: i64,
    /// What was found on the way to it.
    pub findings: Vec<ProofFinding>,
}

/// An earlier check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofPast {
    /// When it began.
    pub at_ms: i64,
    /// How the room was judged.
    pub light: Option<Light>,
    /// What was found, worst first.
    pub codes: Vec<String>,
}
