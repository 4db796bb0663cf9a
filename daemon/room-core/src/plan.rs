//! What the room is and how it shall behave: checked values, made by `room-profile` from the files people write.
//! Knows no file format.

use crate::hand::Consent;
use crate::ids::{CameraId, DisplayId, FittingId, HeadId, PuckId, ServiceId};
use crate::meeting::Target;
use crate::preflight::PreflightPlan;
use crate::sound::SoundPlan;
use crate::units::{Percent, PresetNumber};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The room as planned. A new plan is an event; what was seen stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomPlan {
    /// The room's name on every face, such as "Sitzungssaal 2".
    pub name: String,
    /// The name the room carries in a conference.
    pub display_name: String,
    /// The operator's standing conference for ad-hoc calls.
    pub standing: Option<Target>,
    /// Cameras with a motor.
    pub heads: Vec<HeadPlan>,
    /// Table buttons.
    pub pucks: Vec<PuckId>,
    /// Displays that the room switches.
    pub displays: Vec<DisplayPlan>,
    /// Cameras that the room watches.
    pub cameras: Vec<CameraPlan>,
    /// Lamps, wired buttons, speakerphones and status panels.
    pub fittings: Vec<FittingId>,
    /// The room's own sound; `None`: the board's default devices, of which nothing is known.
    pub sound: Option<SoundPlan>,
    /// When the room proves itself; `None`: never.
    pub preflight: Option<PreflightPlan>,
    /// What the operator agrees to on behalf of everybody in the room, by service; nothing else is ever agreed to.
    pub consents: Vec<(ServiceId, Consent)>,
    /// How the room behaves.
    pub policy: Policy,
}

/// One PTZ head as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadPlan {
    /// Its role.
    pub id: HeadId,
    /// What people call it.
    pub name: String,
    /// Presets offered on the panel, in this order.
    pub presets: Vec<PresetPlan>,
    /// The preset to go to when a call begins.
    pub at_start: Option<PresetNumber>,
}

/// A display as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayPlan {
    /// Its role.
    pub id: DisplayId,
    /// What people call it.
    pub name: String,
}

/// A camera as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraPlan {
    /// Its role.
    pub id: CameraId,
    /// What people call it.
    pub name: String,
}

/// A preset that people may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetPlan {
    /// The camera's own number.
    pub number: PresetNumber,
    /// What people call it.
    pub name: String,
}

/// How the room behaves; every field has a default in `room-profile`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether the room waits for a press or joins by itself.
    pub join: JoinPolicy,
    /// How long before its start a meeting is announced.
    pub announce_before: Duration,
    /// How long before its start the page is prepared.
    pub warm_before: Duration,
    /// How long before its start the room joins by itself.
    pub join_before: Duration,
    /// How long after its start a meeting is still joined by itself (a room that was off, a clock that jumped).
    pub join_late_limit: Duration,
    /// Leave when nobody else has been there for this long; `None`: stay.
    pub alone_after: Option<Duration>,
    /// What happens when the booked time is over.
    pub at_end: AtEnd,
    /// By how much one press of *extend* moves the booked end.
    pub extend_by: Duration,
    /// How long entering may take before it is called failed.
    pub join_limit: Duration,
    /// How long to wait for a host or in a lobby beyond the meeting's start; the booked end ends it in any case.
    pub wait_limit: Duration,
    /// How long a lost connection may take to return before the room joins anew.
    pub reconnect_limit: Duration,
    /// How often the room rejoins by itself after a crash or loss before it says that it failed.
    pub rejoin_tries: u8,
    /// Whether a microphone that the room had opened is opened again after a crash.
    pub after_crash: AfterCrash,
    /// How long after nobody needs them any more displays are switched off; `None`: never.
    pub display_off_after: Option<Duration>,
    /// Whether table buttons get new firmware by themselves while nobody needs the room.
    pub update_buttons: bool,
    /// The volume a call begins with.
    pub volume_at_start: Percent,
    /// The volume never passes this.
    pub volume_limit: Percent,
}

/// Who starts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinPolicy {
    /// A person in the room.
    OnPress,
    /// The room, at the meeting's time, dark and silent.
    ByItself,
}

/// What the booked end means for a running call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AtEnd {
    /// Stay until people leave, the host ends, the room is alone, or the next meeting is due.
    Stay,
    /// Leave this long after the booked end; announced before on the panel.
    LeaveAfter(Duration),
}

/// What a rejoin after a crash may open by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterCrash {
    /// Nothing: dark and silent as at any join.
    DarkAndSilent,
    /// What a person in the room had opened in this very meeting.
    RestoreWhatTheRoomOpened,
}
