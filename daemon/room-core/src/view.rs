//! What every face shows, derived from what was seen and never stored.
//! Knows no language, no pixels.

use crate::event::{ClockHealth, JoinStep, MediaSeen, PictureSeen, Trouble};
use crate::event::{PersonNeeded, WaitingFor};
use crate::failure::HeadFailure;
use crate::failure::SoundFailure;
use crate::failure::{
    CallFailure, CameraFailure, Cause, DisplayFailure, FaultCode, FirmwareFailure,
};
use crate::hand::Consent;
use crate::ids::SoundId;
use crate::ids::{CameraId, DisplayId, HeadId, HostName, MeetingId, Private, PuckId, ServiceId};
use crate::meeting::{By, CalendarHealth, MeetingStatus, Page};
use crate::plan::PresetPlan;
use crate::preflight::{Foreseen, Judged};
use crate::pucks::Firmware;
use crate::sound::{EchoChoice, MicSeen};
use crate::units::{Percent, Position, PresetNumber, Seen, Switch, Wall};
use serde::{Deserialize, Serialize};

/// The room as a face may show it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The room's name.
    pub room: String,
    /// What the room is doing.
    pub phase: Phase,
    /// The way that the call takes; `None` when there is no call.
    pub way: Option<WayView>,
    /// The meeting that the phase is about; `None` for a standing call and in standby.
    pub current: Option<MeetingView>,
    /// Meetings that are not over yet, by start, at most [`View::MEETINGS`].
    pub meetings: Vec<MeetingView>,
    /// The room's microphone.
    pub mic: SwitchView,
    /// The room's camera as the conference has it.
    pub camera: SwitchView,
    /// Loudness.
    pub volume: VolumeView,
    /// The room's own sound; `None` where nothing is planned for it.
    pub sound: Option<SoundView>,
    /// How the room was proven; `None` where it never is.
    pub preflight: Option<PreflightView>,
    /// What IT does from afar just now.
    pub afar: Option<AfarView>,
    /// The browser.
    pub browser: BrowserView,
    /// How many others are in the call.
    pub people: Option<u16>,
    /// What flows.
    pub media: Option<MediaSeen>,
    /// What happened to the microphone from the conference's side just now.
    pub mic_note: Option<MicNote>,
    /// What the room agreed to in this call because the operator had agreed beforehand.
    pub agreed: Vec<Consent>,
    /// PTZ heads in the plan's order.
    pub heads: Vec<HeadView>,
    /// Table buttons in the plan's order.
    pub pucks: Vec<PuckView>,
    /// Displays in the plan's order.
    pub displays: Vec<DisplayView>,
    /// Cameras in the plan's order.
    pub cameras: Vec<CameraView>,
    /// What is wrong, most important first.
    pub faults: Vec<Fault>,
    /// What may be pressed now, most important first; a face offers nothing else.
    pub offers: Vec<Offer>,
    /// The calendar's freshness.
    pub calendar: CalendarHealth,
    /// Whether the clock can be trusted.
    pub clock: ClockHealth,
}

/// What IT does from afar, and people in the room are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfarView {
    /// It looks for the room, which shows itself.
    Identify,
    /// It takes a picture of the room's own page; nothing of meetings is shown meanwhile.
    Picture,
}

/// The browser, for IT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserView {
    /// Not heard of yet.
    Unknown,
    /// Runs and obeys.
    Here,
    /// Away.
    Gone,
    /// Was told to begin anew, and has not come yet.
    BeginsAnew,
}

/// A table button as a face may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PuckView {
    /// Its role.
    pub id: PuckId,
    /// Connected and understood.
    pub here: bool,
    /// What it runs, when it said so.
    pub firmware: Option<Firmware>,
    /// What an update would bring.
    pub offered: Option<Firmware>,
    /// What is done to it.
    pub state: PuckState,
    /// Whether an update may be asked for now.
    pub may_update: bool,
}

/// What is done to a table button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PuckState {
    /// Nothing.
    Usual,
    /// It waits for firmware: an update was cut off.
    Waits,
    /// Firmware is written to it.
    Updating,
    /// That failed.
    Failed(FirmwareFailure),
}

impl View {
    /// More meetings than this are not shown.
    pub const MEETINGS: usize = 12;
}

/// What the room is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Nothing.
    Standby,
    /// A meeting comes up.
    Announced {
        /// When the room joins by itself; `None`: on press.
        joins_at: Option<Wall>,
        /// Whether its page is prepared (a hint for IT, not for people).
        warm: bool,
    },
    /// Entering.
    Joining(JoinStep),
    /// Before the door.
    Waiting {
        /// For whom.
        whom: WaitingFor,
        /// Since when.
        since: Wall,
    },
    /// A passcode must be typed.
    AsksPasscode {
        /// One was refused before.
        rejected: bool,
    },
    /// A person must act on the page.
    PersonNeeded(PersonNeeded),
    /// In the conference.
    InCall {
        /// Since when.
        since: Wall,
        /// When the room will leave by itself, and why; shown in time.
        leaves: Option<(Wall, LeaveWhy)>,
    },
    /// Was in the conference; coming back.
    Reconnecting {
        /// What happened.
        trouble: Trouble,
        /// Which try of the plan's tries, from 0 (the page itself is trying).
        attempt: u8,
    },
    /// Going.
    Leaving,
    /// Did not work; stays until read, retried, or the meeting is over.
    Failed {
        /// What.
        failure: CallFailure,
        /// Whether trying again makes sense.
        retry: bool,
    },
    /// Was ended by somebody else; shown for a while.
    Ended(EndedWhy),
}

/// The way that a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayView {
    /// Which kind.
    pub by: By,
    /// Why the best way was given up, when this is the other one.
    pub instead_of: Option<CallFailure>,
}

/// Why the room will leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveWhy {
    /// The booked time is over.
    BookedEnd,
    /// Nobody else is there.
    Alone,
    /// The next meeting is due.
    NextMeeting,
}

/// Who ended the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndedWhy {
    /// The host, for all.
    ByHost,
    /// The room was removed; it will not return by itself.
    Removed,
    /// The service's time limit.
    TimeLimit,
    /// The room left because nobody else was there.
    Alone,
    /// The room left at the booked end.
    BookedEnd,
    /// IT ended the room's part from afar; people in the room may join again.
    ByFleet,
}

/// A meeting on a face.
#[derive(Debug, Clone, PartialEq)]
pub struct MeetingView {
    /// To name it in a press.
    pub id: MeetingId,
    /// `None` when private: the face says so in its language.
    pub title: Option<Private>,
    /// Who invited; `None` when private or unknown.
    pub organizer: Option<Private>,
    /// Begin.
    pub start: Wall,
    /// End, extensions included for the current one.
    pub end: Wall,
    /// Whole-day entry.
    pub all_day: bool,
    /// Confirmed, tentative, cancelled.
    pub status: MeetingStatus,
    /// Whether and how it can be joined.
    pub joinable: Joinable,
}

/// Whether a meeting has a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joinable {
    /// Yes, at this service.
    Yes(ServiceId),
    /// Cancelled.
    Cancelled,
    /// Marked exempt.
    Exempt,
    /// No conference in the invitation.
    NoLink,
    /// Its host is not allowed here.
    UnknownHost(HostName),
    /// Its link is refused.
    Refused(HostName),
    /// This service cannot be joined by this room.
    NotJoinable(ServiceId),
    /// Its link leads to a page of this service and not into a conference.
    Page(ServiceId, Page),
    /// A mail filter of this host replaced its link.
    Sealed(HostName),
}

/// A microphone or camera on a face. Shows `seen`; `wanted` only to say "being opened".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchView {
    /// Read back; `Is(Closed)` when there is no call, since nothing can be sent.
    pub seen: Seen<Switch>,
    /// What was asked for and is not seen yet.
    pub becoming: Option<Switch>,
}

/// Why people should look at the microphone: nothing was opened, and only they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MicNote {
    /// It was open, and the conference closed it.
    Muted,
    /// Somebody in the conference asks the room to open it.
    AskedToUnmute,
}

/// Loudness on a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeView {
    /// Read back from the call; the remembered one outside a call.
    pub seen: Seen<Percent>,
    /// Never more than this.
    pub limit: Percent,
}

/// The room's own sound on a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundView {
    /// Why the sound server does not run.
    pub server: Option<SoundFailure>,
    /// The microphone; `None`: none is planned.
    pub microphone: Option<SoundUseView>,
    /// The loudspeaker; `None`: none is planned.
    pub loudspeaker: Option<SoundUseView>,
    /// The second output; `None`: none is planned.
    pub second: Option<SoundUseView>,
    /// What was read back of the microphone below the conference.
    pub mic: MicSeen,
    /// Who cancels echo, and why.
    pub echo: EchoChoice,
    /// The microphone goes through the room's own canceller.
    pub cancels: bool,
    /// The sound is being made anew.
    pub resetting: bool,
}

/// What is used for one of the room's roles in sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundUseView {
    /// Whether anything was heard of it yet.
    pub known: bool,
    /// The device in use; `None`: none can be.
    pub device: Option<SoundDeviceView>,
    /// The best device, when another one or none is used.
    pub instead_of: Option<SoundDeviceView>,
}

/// A microphone or loudspeaker on a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundDeviceView {
    /// Its role.
    pub id: SoundId,
    /// Its name.
    pub name: String,
}

/// How the room was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightView {
    /// It is being proven now.
    pub runs: bool,
    /// Tones may be heard while it is.
    pub aloud: bool,
    /// What came of it the last time.
    pub last: Option<Judged>,
    /// What was seen of the meetings of a day to come, until that day is over.
    pub tomorrow: Option<Foreseen>,
    /// Whether the meetings of a day to come can be looked at.
    pub ahead: Ahead,
}

/// Whether the meetings of a day to come can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// The operator's hours have no time for it.
    Never,
    /// Not now: the room is in use, is being proven, or does not know the time.
    NotNow,
    /// When somebody asks.
    MayBeAsked,
    /// They are being looked at.
    Looks,
}

/// A PTZ head on a face.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadView {
    /// Its role.
    pub id: HeadId,
    /// Its name.
    pub name: String,
    /// Its presets.
    pub presets: Vec<PresetPlan>,
    /// How it is.
    pub state: HeadState,
    /// Where it looks, when read.
    pub position: Option<Position>,
    /// The preset at which it was seen to arrive, until it moves.
    pub at_preset: Option<PresetNumber>,
}

/// How a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadState {
    /// Not seen since start.
    Unknown,
    /// Away.
    Gone(HeadFailure),
    /// In standby.
    Asleep,
    /// At rest.
    Still,
    /// Moving.
    Moving,
}

/// A display on a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayView {
    /// Its role.
    pub id: DisplayId,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: DisplayState,
    /// Somebody switched it otherwise than the room, which leaves it so.
    pub by_hand: bool,
}

/// How a display is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayState {
    /// Not read yet.
    Unknown,
    /// Away.
    Gone(DisplayFailure),
    /// In standby.
    Asleep,
    /// On its way to a picture.
    Warming,
    /// Shows the room, or nobody knows which input.
    On,
    /// Shows somebody's own device.
    OtherInput,
    /// On its way to standby.
    Cooling,
}

/// A camera on a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraView {
    /// Its role.
    pub id: CameraId,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: CameraState,
    /// What its picture was good for when it was last looked at.
    pub picture: Option<PictureSeen>,
}

/// How a camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraState {
    /// Not seen since start.
    Unknown,
    /// Cannot be used.
    Gone(CameraFailure),
    /// The conference or another program has its picture.
    InUse,
    /// Nobody has.
    Free,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Which device, when it is about one.
    pub subject: Option<String>,
    /// Why, where the device's driver knows.
    pub cause: Option<Cause>,
    /// Since when.
    pub since: Wall,
}

/// Something that may be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Join this meeting.
    Join(MeetingId),
    /// Call the standing conference.
    JoinStanding,
    /// Leave or give up.
    Leave,
    /// Stay longer.
    Extend,
    /// Microphone and camera may be switched.
    MicAndCamera,
    /// Type the passcode.
    Passcode,
    /// Try again.
    Retry,
    /// Away with the message.
    Dismiss,
    /// Act on the call's page by hand.
    OperatePage,
    /// Make the room's sound anew.
    ResetSound,
    /// Prove the room.
    Preflight,
    /// Stop proving it.
    StopPreflight,
}
