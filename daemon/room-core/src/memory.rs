//! What must survive a restart of the daemon. Holds no subject, link or passcode.

use crate::ids::{CallId, MeetingId};
use crate::meeting::By;
use crate::preflight::Proofs;
use crate::units::{Percent, Switch, Wall};
use serde::{Deserialize, Serialize};

/// Written by `Effect::Persist`, read back as `Event::Restored`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The highest call number ever used.
    pub last_call: u64,
    /// The call that was open.
    pub open: Option<OpenCall>,
    /// Meetings that must not be joined again by themselves, with the time after which the entry may be forgotten.
    pub finished: Vec<(MeetingId, Wall)>,
    /// The room's volume.
    pub volume: Option<Percent>,
    /// What preflights were begun, and what came of them.
    #[serde(default)]
    pub proofs: Proofs,
}

/// A call that was open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenCall {
    /// Its number.
    pub call: CallId,
    /// What it was for.
    pub purpose: Purpose,
    /// By which kind of way; files of earlier daemons know only pages.
    #[serde(default)]
    pub by: By,
    /// What a person in the room had opened.
    pub mic: Switch,
    /// What a person in the room had opened.
    pub camera: Switch,
    /// The end after extensions.
    pub end: Option<Wall>,
    /// When the room was first inside.
    #[serde(default)]
    pub inside_since: Option<Wall>,
    /// The room was already on its way out: it is not adopted, only cleaned up.
    #[serde(default)]
    pub leaving: bool,
}

/// What a call is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// A booked meeting.
    Meeting(MeetingId),
    /// The operator's standing conference.
    Standing,
}
