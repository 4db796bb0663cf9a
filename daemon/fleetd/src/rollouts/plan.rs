//! What a rollout is made of: its rings with their thresholds, how far it is, and how each room stands. Types and their checks.

use crate::rooms::Slug;
use fleet_proto::{Code, NOT_FOR_THE_ROOM, Offer, Stage, Target, Wait};
use releases::{Kind, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A ring: which rooms come together, how many of them at once, and what lets the next ring begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// Its name; rooms that name no ring of a rollout are in its last one.
    pub name: Slug,
    /// So many of a hundred of its rooms are at risk at the same time, and one at least; 1 to 100.
    pub at_once: u8,
    /// So many of a hundred of its rooms must be proven before the next ring begins; 1 to 100.
    pub proven: u8,
    /// When more than so many of a hundred of its rooms failed, nothing more is offered; 0 to 99.
    pub failed: u8,
    /// So many minutes it must have been so; up to 30 days.
    pub wait_min: u32,
}

/// Rings that make no rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rollout has 1 to 8 rings with different names; at_once and proven are 1 to 100, failed is 0 to 99, wait_min at most 43200"
)]
pub struct BadRings;

/// Rings that are there from the beginning.
#[must_use]
pub fn default_rings() -> Vec<Ring> {
    let ring = |name: &str, at_once, failed, wait_min| Ring {
        name: Slug::of(name).unwrap_or_default(),
        at_once,
        proven: 95,
        failed,
        wait_min,
    };
    vec![
        ring("canary", 50, 0, 24 * 60),
        ring("early", 25, 5, 24 * 60),
        ring("all", 10, 5, 0),
    ]
}

/// Holds rings to their limits.
///
/// # Errors
/// Then.
pub fn check(rings: &[Ring]) -> Result<(), BadRings> {
    let names: BTreeSet<_> = rings.iter().map(|ring| &ring.name).collect();
    let fits = |ring: &Ring| {
        !ring.name.is_empty()
            && (1..=100).contains(&ring.at_once)
            && (1..=100).contains(&ring.proven)
            && ring.failed <= 99
            && ring.wait_min <= 43_200
    };
    let good = (1..=8).contains(&rings.len()) && names.len() == rings.len();
    match good && rings.iter().all(fits) {
        true => Ok(()),
        false => Err(BadRings),
    }
}

/// A release on its way through the rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Which release.
    pub target: Target,
    /// What it is of, such as a service; of one thing one release is on its way.
    pub of: String,
    /// Its version.
    pub version: Version,
    /// The machines that it is for, by their architectures; none for what all machines take.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub architectures: BTreeSet<String>,
    /// In order.
    pub rings: Vec<Ring>,
    /// The newest ring that may begin.
    pub open: usize,
    /// Whether it goes on.
    pub phase: Phase,
    /// Since when the open ring has been good, in milliseconds since 1970.
    pub good_since_ms: Option<i64>,
    /// Failures in the open ring that an administrator has seen and goes on with.
    pub forgiven: u32,
    /// Who began it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Rollout {
    /// Of which kind the release is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of_word(self.of.split('/').next().unwrap_or_default())
    }
}

/// Whether a rollout goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It does.
    Going,
    /// An administrator paused it.
    Paused,
    /// Too many rooms failed; an administrator decides.
    Halted,
    /// Ended for good; what was not begun is offered no more.
    Stopped,
}

impl Phase {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Phase::Going => "going",
            Phase::Paused => "paused",
            Phase::Halted => "halted",
            Phase::Stopped => "stopped",
        }
    }
}

/// How a room stands to a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Counts from 1; an administrator who lets a failed room try again raises it.
    pub attempt: u32,
    /// How.
    pub is: Is,
}

/// How.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Is {
    /// Nothing is offered now.
    Free {},
    /// Offered, and not begun.
    Offered {
        /// Since when.
        since_ms: i64,
        /// Why the room waits, where it said so.
        why: Option<Wait>,
    },
    /// The room is at it.
    Begun {
        /// Since when.
        since_ms: i64,
    },
    /// In use, and the room works as before.
    Proven {
        /// Since when.
        at_ms: i64,
    },
    /// The room is back on what it had. Not offered again until an administrator says so: the penalty box.
    Failed {
        /// When.
        at_ms: i64,
        /// Why.
        code: Code,
    },
    /// The room has not what the release is for: it counts neither for the release nor against it.
    NotForIt {
        /// When.
        at_ms: i64,
        /// What it has not.
        code: Code,
    },
    /// An administrator took the room out.
    TakenOut {},
}

impl Is {
    /// As a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Is::Free {} => "free",
            Is::Offered { .. } => "offered",
            Is::Begun { .. } => "begun",
            Is::Proven { .. } => "proven",
            Is::Failed { .. } => "failed",
            Is::NotForIt { .. } => "not-for-it",
            Is::TakenOut {} => "taken-out",
        }
    }

    /// Whether a room may be changed by this rollout at any moment, or is being changed.
    #[must_use]
    pub fn is_at_risk(&self) -> bool {
        matches!(self, Is::Offered { .. } | Is::Begun { .. })
    }
}

impl Default for Standing {
    fn default() -> Self {
        Standing {
            attempt: 1,
            is: Is::Free {},
        }
    }
}

impl Standing {
    /// What the room is told: also what it has begun, so that it says how that ended.
    #[must_use]
    pub fn offer(&self, target: &Target) -> Option<Offer> {
        self.is.is_at_risk().then(|| Offer {
            target: target.clone(),
            attempt: self.attempt,
        })
    }

    /// Takes what the room says of this attempt; whether that changed anything. What has ended is not changed by a late word.
    pub fn hear(&mut self, attempt: u32, stage: &Stage, now_ms: i64) -> bool {
        let over = matches!(
            self.is,
            Is::Proven { .. } | Is::Failed { .. } | Is::NotForIt { .. }
        );
        if attempt != self.attempt || over {
            return false;
        }
        let new = match (stage, &self.is) {
            (Stage::Waiting { why }, Is::Offered { since_ms, .. }) => Is::Offered {
                since_ms: *since_ms,
                why: Some(*why),
            },
            // It went back before it was proven, because people came; nothing was wrong with the release.
            (Stage::Waiting { why }, Is::Begun { .. }) => Is::Offered {
                since_ms: now_ms,
                why: Some(*why),
            },
            (Stage::Waiting { .. }, _) => return false,
            (Stage::Begun {}, Is::Begun { .. }) => return false,
            (Stage::Begun {}, _) => Is::Begun { since_ms: now_ms },
            (Stage::Proven {}, _) => Is::Proven { at_ms: now_ms },
            (Stage::Refused { code }, _) if NOT_FOR_THE_ROOM.contains(&code.as_str()) => {
                Is::NotForIt {
                    at_ms: now_ms,
                    code: code.clone(),
                }
            }
            (Stage::Refused { code } | Stage::Failed { code }, _) => Is::Failed {
                at_ms: now_ms,
                code: code.clone(),
            },
        };
        let changed = self.is != new;
        self.is = new;
        changed
    }
}
