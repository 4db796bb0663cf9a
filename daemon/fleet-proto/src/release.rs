//! Releases: what a room is offered, and how far it got. Which code runs is not decided here: a room takes what is in the signed list
//! and nothing else, whatever its server says.

use crate::ids::{Code, Target};
use serde::{Deserialize, Deserializer, Serialize};

/// Everything that a room is offered now, whole; what is not in it is offered no more. Counts only on the connection that it was said on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Offers {
    /// At most [`Offers::MOST`].
    pub offers: Vec<Offer>,
}

impl Offers {
    /// More than this are not offered at once.
    pub const MOST: usize = 8;
}

impl<'de> Deserialize<'de> for Offers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            offers: Vec<Offer>,
        }
        let Raw { offers } = Raw::deserialize(from)?;
        match offers.len() {
            0..=Self::MOST => Ok(Offers { offers }),
            length => Err(serde::de::Error::custom(format!(
                "{length} offers; {} are the limit",
                Self::MOST
            ))),
        }
    }
}

/// One release for one room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// Which.
    pub target: Target,
    /// Counts from 1; what failed is tried again only under a greater number, which an administrator gives.
    pub attempt: u32,
}

/// How far a room got with an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseNow {
    /// Which.
    #[serde(flatten)]
    pub offer: Offer,
    /// How far.
    #[serde(flatten)]
    pub stage: Stage,
}

/// Stages of a release in a room. The last three are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Stage {
    /// Not begun.
    Waiting {
        /// Why not yet.
        why: Wait,
    },
    /// Begun: from now on the room is at risk.
    Begun {},
    /// In use, and the room works as before.
    Proven {},
    /// Not trusted, or not fit for the room: nothing was changed. [`NOT_FOR_THE_ROOM`] says nothing against the release.
    Refused {
        /// Why.
        code: Code,
    },
    /// It was in use and the room did not work as before, or nobody could say; the room is back on what it had.
    Failed {
        /// Why.
        code: Code,
    },
}

impl Stage {
    /// Whether nothing more will be said of it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Stage::Waiting { .. } | Stage::Begun {} => false,
            Stage::Proven {} | Stage::Refused { .. } | Stage::Failed { .. } => true,
        }
    }
}

/// Why a room does not begin with an offer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// A call is on, or somebody is in the room.
    InUse,
    /// A meeting is near by the room's own calendar.
    MeetingNear,
    /// The room has not read its calendar yet.
    CalendarUnknown,
    /// The room's clock cannot be trusted, and with it no end of anything that is signed.
    ClockWrong,
    /// Another release is being proven.
    Busy,
}

impl Wait {
    /// All of them.
    pub const ALL: [Wait; 5] = [
        Wait::InUse,
        Wait::MeetingNear,
        Wait::CalendarUnknown,
        Wait::ClockWrong,
        Wait::Busy,
    ];

    /// As messages write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Wait::InUse => "in-use",
            Wait::MeetingNear => "meeting-near",
            Wait::CalendarUnknown => "calendar-unknown",
            Wait::ClockWrong => "clock-wrong",
            Wait::Busy => "busy",
        }
    }
}

/// Codes of a refusal that say nothing against a release: the room has not what it is for, or a file of its operator's in its place.
pub const NOT_FOR_THE_ROOM: [&str; 4] = [
    "release-other-machine",
    "release-no-button",
    "release-other-board",
    "release-own-board",
];

/// How long before a meeting nothing is begun any more, in milliseconds.
pub const NEAR_MS: i64 = 30 * 60_000;
