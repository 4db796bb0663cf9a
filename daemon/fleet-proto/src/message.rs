//! The messages, both ways. Knows no transport.

use crate::frame::Kinds;
use crate::ids::{Boot, BoundedText, Code, CommandId, Epoch, Revision, Sequence};
use crate::release::{Offers, ReleaseNow};
use crate::state::RoomState;
use crate::twin::{Desired, Reported};
use crate::verb::Command;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a room says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FromRoom {
    /// The first message of a connection.
    Hello(Hello),
    /// The room, whole: after each welcome, when something changed (twice a second at most), and when asked.
    State(Box<Stamped<RoomState>>),
    /// Figures, at the pace that the server asked for.
    Sample(Stamped<Sample>),
    /// What became of the desired document.
    Reported(Reported),
    /// What became of a command.
    Answer(Answer),
    /// How far the room got with a release that it was offered.
    Release(ReleaseNow),
}

impl Kinds for FromRoom {
    const KINDS: &'static [&'static str] =
        &["hello", "state", "sample", "reported", "answer", "release"];
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FromFleet {
    /// Answers the hello; before it a room says nothing else.
    Welcome(Welcome),
    /// How the room shall be set; sent after the welcome where the room has another one, and at each change.
    Desired(Desired),
    /// Do this.
    Command(Box<Command>),
    /// Say your state again, whole.
    Pull {},
    /// The repository of releases may hold something new.
    Look {},
    /// What the room is offered now, whole; sent after the welcome where there is something, and at each change.
    Offers(Offers),
    /// The server ends this connection.
    Goodbye(Goodbye),
}

impl Kinds for FromFleet {
    const KINDS: &'static [&'static str] = &[
        "welcome", "desired", "command", "pull", "look", "offers", "goodbye",
    ];
}

/// Who connects. The certificate says which room it is; nothing in here is believed instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The daemon's version.
    pub software: BoundedText,
    /// Which start of the daemon this is.
    pub boot: Boot,
    /// The desired document that the room runs with; `None`: its own file alone.
    pub applied: Option<Revision>,
    /// The newest one that it refused.
    pub refused: Option<Revision>,
    /// Its clock, for the server to compare.
    pub now_ms: i64,
    /// What it can be told, by [`Verb::name`](crate::Verb::name), with `restart-` before a part and `canary-` before a test
    /// meeting; nobody is offered anything else.
    #[serde(default)]
    pub verbs: Vec<Code>,
}

/// Answers a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// This connection's number; a greater one replaces it.
    pub epoch: Epoch,
    /// The server's clock, for the room to compare; a room never sets its clock by it.
    pub now_ms: i64,
    /// How often figures are wanted, in seconds; 10 to 3600.
    pub sample_every_s: u32,
    /// Over how many seconds rooms spread when they lose their lines without a goodbye and come back: so that all of a large fleet do not
    /// come at once. Nothing by servers that do not know it yet.
    #[serde(default)]
    pub spread_s: u32,
}

impl Welcome {
    /// A server cannot keep rooms away for longer than this by its welcome.
    pub const LONGEST_SPREAD_S: u32 = 60;

    /// The spread within its limit, whatever the server said.
    pub fn spread(&self) -> Duration {
        Duration::from_secs(u64::from(self.spread_s.min(Self::LONGEST_SPREAD_S)))
    }

    /// The pace within its limits, whatever the server said.
    pub fn pace_s(&self) -> u32 {
        self.sample_every_s.clamp(10, 3600)
    }
}

/// Something a room says about itself, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// Grows with each; a gap means that something was not heard.
    pub seq: Sequence,
    /// The room's clock.
    pub at_ms: i64,
    /// What it says.
    #[serde(flatten)]
    pub of: T,
}

/// Figures by name, such as `minutes-in-calls` or `microphone-level-db`; without personal data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// At most [`Sample::MOST`].
    pub figures: BTreeMap<Code, f64>,
}

impl Sample {
    /// More figures than this are not kept.
    pub const MOST: usize = 64;
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which.
    pub id: CommandId,
    /// What.
    pub outcome: Outcome,
}

/// How a command stands. The last three are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    /// Taken, and begun.
    Begun {},
    /// Done, and seen to be done.
    Done {},
    /// Not begun.
    Refused {
        /// Why.
        why: Refusal,
    },
    /// Begun, and not done.
    Failed {
        /// The failure's code.
        code: Code,
    },
}

impl Outcome {
    /// Whether nothing more will be said.
    pub fn is_final(&self) -> bool {
        !matches!(self, Outcome::Begun {})
    }
}

/// Why a room does not do what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// This version knows no such verb.
    UnknownVerb,
    /// Its time is over, or so far ahead that it cannot be meant.
    Expired,
    /// It needs a grant that the room trusts, and has none.
    NoGrant,
    /// Not while there is a call or somebody in the room.
    InUse,
    /// The room has nothing that this could be done to.
    NothingThere,
    /// The room's file does not allow it.
    NotAllowed,
    /// The same is being done already.
    Busy,
}

/// The server ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// Why.
    pub why: GoodbyeWhy,
    /// Come back after so many seconds and not before; 0 to 3600.
    pub after_s: u32,
    /// Spread over so many seconds more, by chance; 0 to 3600.
    pub spread_s: u32,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GoodbyeWhy {
    /// The server ends, or is being moved.
    Restart,
    /// Too many connections.
    Full,
    /// The same room connected again.
    Replaced,
    /// The certificate was revoked: this room is not welcome any more.
    Revoked,
    /// Something that no room says was said.
    Broken,
    /// The room did not take what it was told fast enough.
    TooSlow,
}
