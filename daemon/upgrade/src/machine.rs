//! What the helper does next, from what it has begun and what is installed. Pure and total: no clock, no file, no program.
//!
//! Invariant: what is aimed at is the new version or the old one, and no third; a third that somebody installs by hand is left alone.
//! Invariant: what has ended is not begun again under the same number, however it is asked for.
//! Invariant: a trial ends by what is seen to be installed, and never by a program's word that it was.
//! Invariant: without the word of the new version itself, in its time and in few enough starts of the machine, it goes back.

use fleet_proto::{Code, Offer};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A new version has so long to prove itself. The server gives a silent room up after an hour.
pub const PROVING: Duration = Duration::from_secs(40 * 60);
/// Installing is tried so often.
pub const TRIES: u32 = 3;
/// A machine that has started more often than this during a trial is not well with the new version.
pub const STARTS: u32 = 4;
/// More than this are not remembered; the oldest go first.
pub const MOST_ENDED: usize = 50;

/// A package's file in the helper's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Its version.
    pub version: String,
    /// Its digest, and its name there.
    pub sha256: String,
}

/// Everything that the helper remembers, in one file. Other versions of daemon and helper read it: what is there stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The file of the version that was installed or gone back to last.
    pub kept: Option<Build>,
    /// What is under way.
    pub trial: Option<Trial>,
    /// What ended, the newest last.
    pub ended: Vec<Ended>,
}

/// A package under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The fleet's offer that it came by.
    pub offer: Offer,
    /// What it shall be.
    pub new: Build,
    /// What it was.
    pub old: Build,
    /// How far.
    pub step: Step,
    /// How often the helper has been started with it.
    pub starts: u32,
}

/// How far a trial is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Step {
    /// The machine may be changed from now on.
    Installing {},
    /// The new version is installed and has to prove itself.
    Proving {},
    /// Back to the old version.
    GoingBack {
        /// Why.
        why: Back,
    },
}

/// Why it goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Back {
    /// The new version is not good here.
    Failed {
        /// Why.
        code: Code,
    },
    /// People came before it could prove itself.
    Later {},
}

/// How a trial ended, or that it never began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    /// The new version stays.
    Proven {},
    /// The old version is back.
    Failed {
        /// Why.
        code: Code,
    },
    /// The old version is back, and nothing was wrong with the new one.
    Later {},
    /// Nothing was changed.
    Refused {
        /// Why.
        code: Code,
    },
}

/// An offer that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub offer: Offer,
    /// How.
    pub outcome: Outcome,
}

/// What is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// This version, as it should be.
    Whole(String),
    /// Half of something, or nothing.
    Broken,
}

/// What is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Of the package.
    pub installed: Installed,
    /// The word of the new version about this trial.
    pub word: Option<Outcome>,
    /// Since this step was begun or taken up again.
    pub passed: Duration,
    /// How often this step has had a package installed since then.
    pub tried: u32,
    /// Whether a half installation was brought to its end since then, as far as that went.
    pub repaired: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Nothing.
    Rest,
    /// Bring half an installation to its end.
    Repair,
    /// Have this installed.
    Install(Build),
    /// Look again in a while.
    Wait,
    /// Remember this from now on, and look again.
    Keep(State),
}

/// What follows.
#[must_use]
pub fn next(state: &State, seen: &Seen) -> Deed {
    let Some(trial) = &state.trial else {
        return Deed::Rest;
    };
    match &trial.step {
        Step::Installing {} => installing(state, trial, seen),
        Step::Proving {} => proving(state, trial, seen),
        Step::GoingBack { why } => going_back(state, (trial, why), seen),
    }
}

fn installing(state: &State, trial: &Trial, seen: &Seen) -> Deed {
    let interrupted = trial.starts > 1;
    let why = match interrupted {
        true => "interrupted",
        false => "release-not-installed",
    };
    match &seen.installed {
        Installed::Whole(version) if *version == trial.new.version => state.to(Step::Proving {}),
        Installed::Whole(version) if *version == trial.old.version => {
            match !interrupted && seen.tried < TRIES {
                true => Deed::Install(trial.new.clone()),
                false => state.end(failed(why)),
            }
        }
        Installed::Whole(_) => state.end(failed("release-overtaken")),
        Installed::Broken if !seen.repaired => Deed::Repair,
        Installed::Broken => state.back(why),
    }
}

fn proving(state: &State, trial: &Trial, seen: &Seen) -> Deed {
    match &seen.installed {
        Installed::Whole(version) if *version == trial.new.version => {}
        Installed::Whole(_) => return state.end(failed("release-overtaken")),
        Installed::Broken if !seen.repaired => return Deed::Repair,
        Installed::Broken => return state.back("release-not-installed"),
    }
    match &seen.word {
        Some(Outcome::Proven {}) => state.end(Outcome::Proven {}),
        Some(Outcome::Failed { code } | Outcome::Refused { code }) => state.to(Step::GoingBack {
            why: Back::Failed { code: code.clone() },
        }),
        Some(Outcome::Later {}) => state.to(Step::GoingBack {
            why: Back::Later {},
        }),
        None if seen.passed >= PROVING || trial.starts > STARTS => state.back("release-not-proven"),
        None => Deed::Wait,
    }
}

fn going_back(state: &State, (trial, why): (&Trial, &Back), seen: &Seen) -> Deed {
    match &seen.installed {
        Installed::Whole(version) if *version == trial.old.version => state.end(match why {
            Back::Failed { code } => Outcome::Failed { code: code.clone() },
            Back::Later {} => Outcome::Later {},
        }),
        Installed::Whole(version) if *version != trial.new.version => {
            state.end(failed("release-overtaken"))
        }
        // However often: a room without a version that was seen to work is the one thing that must not be.
        Installed::Whole(_) | Installed::Broken => Deed::Install(trial.old.clone()),
    }
}

fn code(word: &str) -> Option<Code> {
    word.parse().ok()
}

fn failed(word: &str) -> Outcome {
    match code(word) {
        Some(code) => Outcome::Failed { code },
        None => Outcome::Later {},
    }
}

impl State {
    /// Begins with a package, both of whose files lie in the helper's folder.
    ///
    /// # Errors
    /// When something is under way, or this was begun before under the same number.
    pub fn begin(&self, offer: &Offer, (new, old): (Build, Build)) -> Result<State, &'static str> {
        if self.trial.is_some() || self.has_ended(offer) {
            return Err("release-begun-before");
        }
        Ok(State {
            trial: Some(Trial {
                offer: offer.clone(),
                new,
                old,
                step: Step::Installing {},
                starts: 1,
            }),
            ..self.clone()
        })
    }

    /// Remembers that something is not begun, and why.
    #[must_use]
    pub fn refuse(&self, offer: &Offer, why: &'static str) -> State {
        let mut state = self.clone();
        if let Some(code) = code(why)
            && !self.has_ended(offer)
        {
            state.note(offer.clone(), Outcome::Refused { code });
        }
        state
    }

    /// The helper was started once more.
    #[must_use]
    pub fn started(&self) -> State {
        let mut state = self.clone();
        if let Some(trial) = &mut state.trial {
            trial.starts = trial.starts.saturating_add(1);
        }
        state
    }

    /// How an offer ended; nothing for one that may be begun, also again.
    #[must_use]
    pub fn ended(&self, offer: &Offer) -> Option<&Outcome> {
        let mut newest = self.ended.iter().rev();
        let found = newest.find(|ended| ended.offer == *offer);
        found.map(|ended| &ended.outcome)
    }

    fn has_ended(&self, offer: &Offer) -> bool {
        let same = |ended: &&Ended| ended.offer.target == offer.target;
        let later = |ended: &Ended| ended.outcome == Outcome::Later {};
        let mut all = self.ended.iter().filter(same);
        all.any(|ended| ended.offer.attempt >= offer.attempt && !later(ended))
    }

    /// The file of this version, where it is kept.
    #[must_use]
    pub fn kept(&self, version: &str) -> Option<&Build> {
        self.kept.as_ref().filter(|kept| kept.version == version)
    }

    /// The files that must stay.
    pub fn files(&self) -> impl Iterator<Item = &Build> {
        let trial = self.trial.iter().flat_map(|trial| [&trial.new, &trial.old]);
        trial.chain(&self.kept)
    }

    fn to(&self, step: Step) -> Deed {
        let mut state = self.clone();
        if let Some(trial) = &mut state.trial {
            trial.step = step;
        }
        Deed::Keep(state)
    }

    fn back(&self, why: &str) -> Deed {
        let why = code(why).map_or(Back::Later {}, |code| Back::Failed { code });
        self.to(Step::GoingBack { why })
    }

    fn end(&self, outcome: Outcome) -> Deed {
        let mut state = self.clone();
        if let Some(trial) = state.trial.take() {
            state.kept = Some(match outcome {
                Outcome::Proven {} => trial.new,
                Outcome::Failed { .. } | Outcome::Later {} | Outcome::Refused { .. } => trial.old,
            });
            state.note(trial.offer, outcome);
        }
        Deed::Keep(state)
    }

    fn note(&mut self, offer: Offer, outcome: Outcome) {
        self.ended.push(Ended { offer, outcome });
        let more = self.ended.len().saturating_sub(MOST_ENDED);
        self.ended.drain(..more);
    }
}
