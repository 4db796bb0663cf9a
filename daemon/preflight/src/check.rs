//! What one run of the checks came to: each check's findings and figures, and the verdict of the whole. Knows no order of checks
//! and no sentence.

use crate::sound::{Loop, Verdict};
use crate::trouble::{Repair, Trouble};
use serde::{Deserialize, Serialize};

/// What is checked, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The meeting's link is recognised and allowed.
    Meeting,
    /// The way to the meeting's own host.
    Path,
    /// The way to the SIP service.
    Sip,
    /// Displays say what they show.
    Displays,
    /// Cameras deliver a picture that is good for something.
    Picture,
    /// Camera heads reach a preset.
    Heads,
    /// Buttons, lamps, panels and table buttons answer.
    People,
    /// Each loudspeaker is heard by each microphone. The last, because it is the only one that people notice.
    Sound,
}

impl Check {
    /// All of them, in their order.
    pub const ALL: [Check; 8] = [
        Check::Meeting,
        Check::Path,
        Check::Sip,
        Check::Displays,
        Check::Picture,
        Check::Heads,
        Check::People,
        Check::Sound,
    ];

    /// The word that command lines and records use.
    pub fn word(self) -> &'static str {
        match self {
            Check::Meeting => "meeting",
            Check::Path => "path",
            Check::Sip => "sip",
            Check::Displays => "displays",
            Check::Picture => "picture",
            Check::Heads => "heads",
            Check::People => "people",
            Check::Sound => "sound",
        }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Milliseconds until the name had an address.
    Name,
    /// Milliseconds until the line stood, the middle of all tries.
    RoundTrip,
    /// Milliseconds between the fastest and the slowest tenth of them.
    Jitter,
    /// Part of the tries that came to nothing, 0 to 1.
    Loss,
    /// Milliseconds until the line was secret.
    Tls,
    /// Kilobits a second that came.
    Rate,
    /// Days until the host's certificate ends.
    CertificateDays,
    /// Seconds by which this machine's clock is ahead of the host's.
    ClockAhead,
    /// Mean brightness of a picture, 0 to 255.
    Brightness,
    /// How sharp a picture is, as the camera's driver counts.
    Sharpness,
    /// Decibels by which echo is lower than what the loudspeaker plays, as the device gives it.
    EchoLoss,
    /// The same, as the room's own canceller gives it.
    EchoLossByRoom,
}

impl Measure {
    /// The word that records use.
    pub fn word(self) -> &'static str {
        match self {
            Measure::Name => "name",
            Measure::RoundTrip => "round-trip",
            Measure::Jitter => "jitter",
            Measure::Loss => "loss",
            Measure::Tls => "tls",
            Measure::Rate => "rate",
            Measure::CertificateDays => "certificate-days",
            Measure::ClockAhead => "clock-ahead",
            Measure::Brightness => "brightness",
            Measure::Sharpness => "sharpness",
            Measure::EchoLoss => "echo-loss",
            Measure::EchoLossByRoom => "echo-loss-by-room",
        }
    }
}

/// A figure of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it counts.
    pub measure: Measure,
    /// Whose it is, by role; empty where there is only one.
    pub of: String,
    /// How much.
    pub value: f64,
}

/// What a check leaves out, so that nobody takes its silence for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Echo loss: in pages the conference cancels, which only a call would show.
    EchoByConference,
    /// Echo loss: nobody cancels, as the operator says.
    EchoByNobody,
    /// Echo loss: only the room's daemon knows who cancels.
    EchoByDaemon,
    /// Echo loss: the room is turned down, so that little echo proves nothing.
    EchoTurnedDown,
    /// Echo loss: nothing that was played was heard, or noise hides it.
    EchoUnheard,
}

impl Note {
    /// The word that records use.
    pub fn word(self) -> &'static str {
        match self {
            Note::EchoByConference => "echo-by-conference",
            Note::EchoByNobody => "echo-by-nobody",
            Note::EchoByDaemon => "echo-by-daemon",
            Note::EchoTurnedDown => "echo-turned-down",
            Note::EchoUnheard => "echo-unheard",
        }
    }
}

/// Why a check did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skipped {
    /// The room has nothing of the kind, or nothing was named to check.
    NothingThere,
    /// The run ended before.
    Stopped,
    /// Only the room's daemon can do it.
    DaemonOnly,
    /// Nothing may be heard now.
    Quiet,
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Which one.
    pub check: Check,
    /// Why it did not run, if it did not.
    pub skipped: Option<Skipped>,
    /// What is not as it should be.
    pub troubles: Vec<Trouble>,
    /// What was measured.
    pub figures: Vec<Figure>,
    /// What was not measured, and why.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The ways of sound, of the check of sound.
    pub loops: Vec<Loop>,
    /// What was tried to mend it, before it was checked again.
    pub tried: Vec<Repair>,
}

impl Checked {
    /// Ran, and found nothing yet.
    pub fn of(check: Check) -> Checked {
        Checked {
            check,
            skipped: None,
            troubles: Vec::new(),
            figures: Vec::new(),
            notes: Vec::new(),
            loops: Vec::new(),
            tried: Vec::new(),
        }
    }

    /// Did not run.
    pub fn skipped(check: Check, why: Skipped) -> Checked {
        Checked {
            skipped: Some(why),
            ..Checked::of(check)
        }
    }

    /// The worst that it found; `None` when it did not run.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.skipped.is_some() {
            return None;
        }
        let worst = self.troubles.iter().map(Trouble::verdict).max();
        Some(worst.unwrap_or(Verdict::Green))
    }
}

/// What ends a run early. Any of them wins over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Somebody pressed something.
    Press,
    /// Somebody is in the room.
    Occupied,
    /// A call begins.
    Call,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The checks, in their order.
    pub checks: Vec<Checked>,
    /// What ended it early.
    pub stopped: Option<Stop>,
}

impl Run {
    /// The worst of its checks; `None` when none ran, which is no good news.
    pub fn verdict(&self) -> Option<Verdict> {
        self.checks.iter().filter_map(Checked::verdict).max()
    }

    /// Everything that was found, the worst first.
    pub fn troubles(&self) -> Vec<&Trouble> {
        let mut all: Vec<&Trouble> = self.checks.iter().flat_map(|c| &c.troubles).collect();
        all.sort_by_key(|trouble| core::cmp::Reverse(trouble.verdict()));
        all
    }

    /// The same for people's eyes: cameras, heads and displays by the names that `called` knows for their roles.
    pub fn in_names(mut self, called: impl Fn(Check, &str) -> Option<String>) -> Run {
        for checked in &mut self.checks {
            let check = checked.check;
            let figures = checked.figures.iter_mut().map(|figure| &mut figure.of);
            let troubles = checked.troubles.iter_mut().filter_map(Trouble::device);
            for role in figures.chain(troubles) {
                if let Some(name) = called(check, role) {
                    *role = name;
                }
            }
        }
        self
    }

    /// The ways of sound that were heard.
    pub fn loops(&self) -> &[Loop] {
        let sound = self.checks.iter().find(|c| c.check == Check::Sound);
        sound.map_or(&[], |checked| &checked.loops)
    }
}
