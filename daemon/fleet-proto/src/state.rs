//! A room as IT sees it. No subject, no name, no link, no passcode, no number of a meeting can be said in here.

use crate::ids::{Boot, BoundedText, Code};
use serde::{Deserialize, Serialize};

/// The room, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// The room's name as its file says it.
    pub name: BoundedText,
    /// The daemon's version.
    pub software: BoundedText,
    /// The board's slug.
    pub board: Option<Code>,
    /// The room's time zone, an IANA name.
    pub zone: BoundedText,
    /// Which start of the daemon this is.
    pub boot: Boot,
    /// When that was.
    pub started_ms: i64,
    /// What the room does.
    pub phase: Phase,
    /// Since when.
    pub phase_since_ms: i64,
    /// The call that it is in, or on its way into.
    pub call: Option<CallNow>,
    /// The room's microphone as seen.
    pub microphone: SwitchNow,
    /// The room's camera as seen.
    pub camera: SwitchNow,
    /// When the next booked meeting begins; nothing else is said about it.
    pub next_meeting_ms: Option<i64>,
    /// What is wrong, most important first; at most [`RoomState::FAULTS`].
    pub faults: Vec<Fault>,
    /// What the room has, in the order of its file; at most [`RoomState::DEVICES`].
    pub devices: Vec<Device>,
    /// How the room was proven last.
    pub proof: Option<ProofNow>,
    /// What is foreseen for the next day's meetings.
    pub tomorrow: Option<Tomorrow>,
    /// How fresh the calendar is.
    pub calendar: CalendarNow,
    /// Whether the clock can be trusted.
    pub clock: ClockNow,
    /// Service packs in use.
    pub packs: Vec<PackNow>,
}

impl RoomState {
    /// More faults than this are not said.
    pub const FAULTS: usize = 40;
    /// More devices than this are not said.
    pub const DEVICES: usize = 60;
}

/// What a room does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nobody has described the room yet.
    Unwritten,
    /// Nothing.
    Standby,
    /// A meeting comes up.
    Announced,
    /// Entering.
    Joining,
    /// Before the door.
    Waiting,
    /// A passcode must be typed in the room.
    AsksPasscode,
    /// A person in the room must act on the page.
    PersonNeeded,
    /// In the conference.
    InCall,
    /// Coming back.
    Reconnecting,
    /// Going.
    Leaving,
    /// Did not work.
    Failed,
    /// Ended by somebody else.
    Ended,
}

/// A call, without a word about what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNow {
    /// Since when the room is inside; `None`: not yet.
    pub since_ms: Option<i64>,
    /// In the browser or by SIP.
    pub way: Option<Way>,
    /// The failure's code, in [`Phase::Failed`].
    pub failure: Option<Code>,
}

/// Ways that a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// In the browser.
    Page,
    /// By SIP.
    Sip,
}

/// A microphone or camera as seen; unknown counts as open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchNow {
    /// Nothing leaves the room.
    Closed,
    /// It leaves the room.
    Open,
    /// Nobody can say.
    Unknown,
}

/// Something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub code: Code,
    /// The role of the device that it is about.
    pub about: Option<BoundedText>,
    /// Since when.
    pub since_ms: i64,
    /// Why, closer, where the room knows.
    pub cause: Option<Code>,
}

/// Something that the room has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What it is: `camera`, `head`, `display`, `button`, `microphone`, `loudspeaker`.
    pub kind: Code,
    /// Its role in the room's file.
    pub role: BoundedText,
    /// Whether it answers; `None`: nobody has looked yet.
    pub here: Option<bool>,
    /// What it says that it is.
    pub model: Option<BoundedText>,
    /// What it runs.
    pub firmware: Option<BoundedText>,
}

/// How something was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Works.
    Green,
    /// Works, but.
    Yellow,
    /// Does not work.
    Red,
}

/// How the room was proven last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProofNow {
    /// When.
    pub at_ms: i64,
    /// The whole.
    pub verdict: Verdict,
    /// What was found, worst first; at most [`RoomState::FAULTS`].
    pub findings: Vec<Code>,
}

/// What is foreseen for the next day's meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tomorrow {
    /// When it was looked at.
    pub at_ms: i64,
    /// Meetings of that day.
    pub meetings: u32,
    /// Of these, such as will not work as it stands.
    pub red: u32,
    /// Of these, such as will work, but.
    pub yellow: u32,
}

/// How fresh the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum CalendarNow {
    /// The room has none.
    None {},
    /// Fresh.
    Fresh {},
    /// The last good copy is used.
    Stale {
        /// How old it is.
        since_ms: i64,
    },
    /// There is none at all yet.
    Unknown {},
}

/// Whether a room's clock can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockNow {
    /// Yes.
    Right,
    /// No.
    Wrong,
}

/// A service pack in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackNow {
    /// The service's slug.
    pub service: Code,
    /// Its version.
    pub version: BoundedText,
}
