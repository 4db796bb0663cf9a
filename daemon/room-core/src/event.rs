//! Everything that can happen to a room, as past facts. Closed: a new fact must be thought about everywhere.
//! Knows no sender; the shell sets origins, and no network message can name one.

mod devices;

pub use devices::{CameraSeen, DisplayInput, DisplayPower, DisplaySeen, FittingSeen, PictureSeen};

use crate::effect::Screen;
use crate::failure::{CallFailure, HeadFailure};
use crate::hand::{Consent, Hand};
use crate::ids::{
    CallId, CameraId, DisplayId, FittingId, HeadId, MeetingId, Private, PuckId, RequestId,
};
use crate::meeting::CalendarSeen;
use crate::memory::Memory;
use crate::plan::RoomPlan;
use crate::preflight::{Hours, PreflightSeen, RunId};
use crate::pucks::FirmwareSeen;
use crate::sound::SoundSeen;
use crate::units::{Percent, Position, PresetNumber, Speed, Switch, Wall};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Time passed; sent when a deadline is due.
    Deadline,
    /// The wall clock as read now, sent at start, each minute and after a jump.
    Clock {
        /// Wall time at this event's moment.
        wall: Wall,
        /// Whether it can be trusted.
        health: ClockHealth,
    },
    /// The calendar was read, changed, or grew stale.
    Calendar(CalendarSeen),
    /// Somebody pressed something.
    Pressed {
        /// What.
        press: Press,
        /// Where the finger was.
        origin: Origin,
    },
    /// The browser unit came, went, or was replaced.
    Browser(BrowserSeen),
    /// Something was seen in a call; facts of an old call are ignored.
    Call(CallId, CallSeen),
    /// What stands on the main display was read back.
    Screen(Screen),
    /// Something was seen at a PTZ head.
    Head(HeadId, HeadSeen),
    /// A table button came or went.
    Puck(PuckId, Presence),
    /// Something was seen of a table button's firmware.
    Firmware(PuckId, FirmwareSeen),
    /// Something was seen at a display.
    Display(DisplayId, DisplaySeen),
    /// Something was seen at a camera.
    Camera(CameraId, CameraSeen),
    /// A lamp, wired button, speakerphone or status panel came or went.
    Fitting(FittingId, FittingSeen),
    /// Something was seen of the room's sound.
    Sound(SoundSeen),
    /// A preflight ended; one that was stopped is not heard of.
    Preflight(RunId, PreflightSeen),
    /// The operator's hours of the coming days, sent at start and each hour.
    Hours(Hours),
    /// A command ended.
    Done {
        /// Which.
        request: RequestId,
        /// How.
        outcome: Outcome,
    },
    /// A new, checked plan.
    PlanChanged(Box<RoomPlan>),
    /// What the daemon remembered from before its restart; the first event, when there is any.
    Restored(Box<Memory>),
    /// The daemon is asked to end; calls go on without it.
    Stopping,
}

/// Where a press came from. Set by the shell from the connection; has no decoder in any network format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A button on the table.
    Puck,
    /// A wired button in the room, or the keys of its speakerphone.
    Button,
    /// The room's panel: the touch screen in the room, or a device paired by the code on the room's own display.
    Panel,
    /// A person at the board's command line, perhaps from afar.
    Console,
    /// IT's fleet server.
    Fleet,
}

impl Origin {
    /// Whether the finger was in the room: only then may a microphone or camera open.
    pub fn in_room(self) -> bool {
        match self {
            Origin::Puck | Origin::Button | Origin::Panel => true,
            Origin::Console | Origin::Fleet => false,
        }
    }
}

/// What was pressed. Absolute, but for keys of a button, whose meaning the core decides from what is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Press {
    /// Join this meeting, or the one that is due.
    Join(Option<MeetingId>),
    /// Join the operator's standing conference.
    JoinStanding,
    /// Leave the call, or give up joining.
    Leave,
    /// Stay longer than booked.
    Extend,
    /// Microphone of the room.
    Mic(Switch),
    /// Camera of the room.
    Camera(Switch),
    /// Loudness in the room.
    Volume(Percent),
    /// Make the room's sound anew, without leaving the call.
    ResetSound,
    /// Prove the room.
    Preflight,
    /// Stop proving it; any other press does as well.
    StopPreflight,
    /// Look at the next day's meetings now.
    LookAhead,
    /// Show itself for so long, so that somebody in the building finds it.
    Identify(Duration),
    /// Say that a picture of the room's own page is taken, and show nothing of meetings until it was.
    Picture,
    /// It was taken, or will not be.
    PictureTaken,
    /// Begin the browser anew; a call in it is joined again.
    RestartBrowser,
    /// The passcode that was asked for.
    Passcode(Private),
    /// Try again after a failure.
    Retry,
    /// The failure was read.
    Dismiss,
    /// Something for a PTZ head.
    Head(HeadId, HeadPress),
    /// A key of a table button.
    Key(Key, KeyPress),
    /// Give a table button the firmware that came with the daemon.
    UpdatePuck(PuckId),
    /// A hand on the call's page, while a person is needed there.
    Hand(Hand),
}

/// What can be pressed for a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeadPress {
    /// Go to a preset.
    Preset(PresetNumber),
    /// Keep moving while the finger rests; repeated by the face at least each 300 ms, ends by itself.
    Drive(Drive),
    /// Stop now.
    Stop,
    /// Go to the home position.
    Home,
}

/// A continuous move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Drive {
    /// Right positive.
    pub pan: Speed,
    /// Up positive.
    pub tilt: Speed,
    /// Tele positive.
    pub zoom: Speed,
}

/// Keys that a table button has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// The big one: join, answer; held: leave.
    Main,
    /// Microphone.
    Mute,
}

/// How a key was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPress {
    /// Tapped.
    Short,
    /// Held for two seconds.
    Long,
}

/// Whether the wall clock can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockHealth {
    /// Disciplined by a time source, or no sign of trouble.
    Good,
    /// Known to be off by more than a minute, or never set: nothing is joined by itself.
    Wrong,
}

/// The browser unit as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BrowserSeen {
    /// Runs and obeys; a new one after `Gone` has no pages of ours.
    Ready,
    /// Crashed, killed, or its keeper cannot be reached.
    Gone,
}

/// What a call adapter saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallSeen {
    /// The page is loaded up to the point before entering.
    Warm,
    /// Entering goes on.
    Entering(JoinStep),
    /// Held before the door.
    Waiting(WaitingFor),
    /// A passcode is asked for; `rejected` when one was given and refused.
    PasscodeAsked {
        /// A code was tried and refused.
        rejected: bool,
    },
    /// Only a person may go on here.
    PersonNeeded(PersonNeeded),
    /// The page wants consent, and would take it from the room too.
    ConsentAsked(Consent),
    /// The room agreed, as it was told to.
    Agreed(Consent),
    /// Somebody in the conference asks the room to open its microphone.
    UnmuteAsked,
    /// Admitted, by two signs (page and media or participants).
    Inside,
    /// The room's microphone as the conference has it.
    Mic(Switch),
    /// The room's camera as the conference has it.
    Camera(Switch),
    /// Which camera the conference's page was given.
    Lens(LensSeen),
    /// Which microphone or loudspeaker the conference's page has.
    Sound(SoundEnd, EndSeen),
    /// Loudness of the conference in the room.
    Volume(Percent),
    /// How many others are there.
    People(u16),
    /// What flows, by the media statistics.
    Media(MediaSeen),
    /// The connection is lost or stalls; the page is trying.
    Trouble(Trouble),
    /// The trouble is over.
    Recovered,
    /// The call is over.
    Over(EndReason),
    /// Entering or staying failed.
    Failed(CallFailure),
}

/// How far entering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum JoinStep {
    /// The service is asked through its interface; there is no page yet.
    Asking,
    /// The page is loading.
    Opening,
    /// Name and choices are being filled in.
    FillingIn,
    /// The door was knocked at.
    Knocking,
}

/// Whom the room waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitingFor {
    /// The host has not started.
    Host,
    /// Somebody inside must let the room in.
    Lobby,
    /// The far end put the room on hold, and must take it back.
    Hold,
}

/// What only a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonNeeded {
    /// Solve a captcha.
    Captcha,
    /// Sign in.
    Login,
    /// Register for the meeting.
    Registration,
    /// Agree to something; `None` when the page does not say to what.
    Consent(Option<Consent>),
    /// The service takes the room for a robot.
    BotWall,
    /// Decide whether the room follows into a group of its own.
    Breakout,
    /// Say that somebody is still there.
    Presence,
}

/// Whose camera a conference's page has, as it was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LensSeen {
    /// The one that the room's file means.
    TheRooms,
    /// Another one: the room's was not there, or the page took what it liked.
    Another,
}

/// An end of a conference's sound in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SoundEnd {
    /// Where the room is heard.
    Microphone,
    /// Where the others are heard.
    Loudspeaker,
}

/// Whose microphone or loudspeaker a conference's page has, as it was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndSeen {
    /// The one that the room means.
    TheRooms,
    /// Another one: the room's was not there, and the browser's default stays.
    Another,
}

/// Flow of media, by the statistics of the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSeen {
    /// Sound from the others.
    pub audio_in: Flow,
    /// Picture from the others.
    pub video_in: Flow,
    /// Sound to the others.
    pub audio_out: Flow,
    /// Picture to the others.
    pub video_out: Flow,
}

/// Whether packets run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// Packets were counted.
    Runs,
    /// None were.
    Stands,
}

/// What is wrong with a running call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// No packets, or the page says that it reconnects.
    Network,
    /// The page does not answer.
    Frozen,
    /// The page's renderer died.
    PageCrashed,
    /// The sound server that the page's sound hung on died. The room itself sees that; no page says it.
    SoundLost,
}

/// Why a call is over. Only [`EndReason::PageGone`] may be rejoined by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndReason {
    /// The room left.
    Left,
    /// The host ended it for all.
    EndedByHost,
    /// The room was removed.
    Removed,
    /// Nobody let the room in.
    Denied,
    /// The service's own time limit.
    TimeLimit,
    /// The page of the call does not exist any more.
    PageGone,
}

/// A PTZ head as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeadSeen {
    /// Answers; its power state follows. Of a head that never answers: its line is open, and more is never known.
    Online,
    /// The line is gone or nobody answers.
    Gone(HeadFailure),
    /// Power read back.
    Power(Switch),
    /// Position read back, and whether it is still changing.
    At {
        /// Where it looks.
        position: Position,
        /// Whether the motors run.
        moving: bool,
    },
}

/// Whether a thing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// Connected and understood.
    Here,
    /// Unplugged or silent.
    Gone,
    /// Connected, and of a version that is not understood.
    Foreign,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Confirmed by the device.
    Done,
    /// Handed to a device that never answers; what it did is not known.
    Sent,
    /// A newer command took its place.
    Replaced,
    /// Not done.
    Failed(HeadFailure),
}
