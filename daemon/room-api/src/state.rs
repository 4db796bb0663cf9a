//! The room as a face shows it: everything the panel, the main display and `roomctl status` need.
//! Knows no language; texts for people are looked up by code.

use crate::equipment::{Camera, Display, Head, TableButton};
use crate::meeting::Meeting;
use crate::private::Private;
use crate::sound::{Preflight, Sound};
use serde::{Deserialize, Serialize};

/// The room, whole. Sent at every change; there are no partial updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelState {
    /// [`crate::VERSION`].
    pub version: u16,
    /// Which start of the daemon counts the revisions.
    pub boot: String,
    /// Grows by one with every change.
    pub revision: u64,
    /// The room's clock when this was sent.
    pub now_ms: i64,
    /// The room's time zone, an IANA name.
    pub zone: String,
    /// The room's name.
    pub room: String,
    /// What the room is doing.
    pub phase: Phase,
    /// The way that the call takes; `null` when there is no call.
    pub way: Option<Way>,
    /// The meeting the phase is about.
    pub current: Option<Meeting>,
    /// Meetings that are not over, by start.
    pub meetings: Vec<Meeting>,
    /// The room's microphone.
    pub mic: SwitchState,
    /// The room's camera in the conference.
    pub camera: SwitchState,
    /// Loudness.
    pub volume: Volume,
    /// The room's own sound; `null` where nothing is planned for it.
    pub sound: Option<Sound>,
    /// How the room was proven; `null` where it never is.
    pub preflight: Option<Preflight>,
    /// How many others are in the call.
    pub people: Option<u16>,
    /// What flows.
    pub media: Option<Media>,
    /// What happened to the microphone from the conference's side just now.
    pub mic_note: Option<MicNote>,
    /// What the room agreed to in this call because the operator had agreed beforehand.
    pub agreed: Vec<Consent>,
    /// PTZ heads.
    pub heads: Vec<Head>,
    /// Table buttons.
    pub buttons: Vec<TableButton>,
    /// Displays that the room switches.
    pub displays: Vec<Display>,
    /// Cameras that the room watches.
    pub cameras: Vec<Camera>,
    /// What is wrong, most important first.
    pub faults: Vec<Fault>,
    /// What may be pressed now, most important first.
    pub offers: Vec<Offer>,
    /// How fresh the calendar is.
    pub calendar: Calendar,
    /// Whether the clock can be trusted.
    pub clock: Clock,
    /// Who helps, as people dial it.
    pub help: Option<String>,
    /// The address of the practice conference.
    pub practice_url: Option<String>,
    /// A technical test of IT's runs in the room's browser, dark and silent.
    pub trial: bool,
    /// What IT does from afar just now; `null`: nothing.
    pub afar: Option<Afar>,
    /// What IT compares while the room asks its fleet to take it in; `null`: it does not.
    pub fleet_code: Option<String>,
    /// How to pair a device; only ever sent to the board's own browser.
    pub pairing: Option<Pairing>,
}

/// What IT does from afar, and people in the room are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Afar {
    /// It looks for the room, which shows itself.
    Identify,
    /// It takes a picture of the room's own page; nothing of meetings is shown meanwhile.
    Picture,
}

/// The way that a call takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Which kind.
    pub by: By,
    /// Why the best way was given up, when this is the other one: the failure's code.
    pub instead_of: Option<String>,
}

/// The kinds of ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// In the browser.
    Page,
    /// By SIP.
    Sip,
}

/// What the room is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Phase {
    /// Nothing.
    Standby {},
    /// A meeting comes up.
    Announced {
        /// When the room joins by itself; `null`: on press.
        joins_at_ms: Option<i64>,
        /// Whether its page is prepared.
        warm: bool,
    },
    /// Entering.
    Joining {
        /// How far.
        step: JoinStep,
    },
    /// Before the door.
    Waiting {
        /// For whom.
        whom: WaitingFor,
        /// Since when.
        since_ms: i64,
    },
    /// A passcode must be typed.
    AsksPasscode {
        /// One was refused before.
        rejected: bool,
    },
    /// A person must act on the page.
    PersonNeeded {
        /// To do what.
        need: PersonNeed,
    },
    /// In the conference.
    InCall {
        /// Since when.
        since_ms: i64,
        /// When the room leaves by itself.
        leaves: Option<Leaves>,
    },
    /// Coming back.
    Reconnecting {
        /// What happened.
        trouble: Trouble,
        /// Which try; 0: the page itself is trying.
        attempt: u8,
    },
    /// Going.
    Leaving {},
    /// Did not work.
    Failed {
        /// The failure's code, such as `call-unreachable`.
        failure: String,
        /// Whether trying again makes sense.
        retry: bool,
        /// How well the room knows the service's pages, when that may be the cause.
        recognition: Option<Recognition>,
    },
    /// Ended by somebody else.
    Ended {
        /// By whom or what.
        why: EndedWhy,
    },
}

/// How well the pages of a conference service are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {
    /// The service's slug, such as `jitsi`.
    pub service: String,
    /// How sure its signs are.
    pub certainty: Certainty,
    /// The month in which they were last held against their source, such as `2026-07`; `None` when nobody wrote it down.
    pub seen: Option<String>,
}

/// How sure the signs of a service's pages are; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Documented for programs.
    Contract,
    /// The vendor's own package holds them.
    VendorTestIds,
    /// Programs of others were seen to use them.
    SeenInPublicCode,
    /// Nobody has held them against the real page.
    Unverified,
}

/// How far entering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JoinStep {
    /// The page is loading.
    Opening,
    /// Name and choices are being filled in.
    FillingIn,
    /// The door was knocked at.
    Knocking,
}

/// Whom the room waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitingFor {
    /// The host has not started.
    Host,
    /// Somebody inside must let the room in.
    Lobby,
    /// The far end put the room on hold.
    Hold,
}

/// What only a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonNeed {
    /// Solve a captcha.
    Captcha,
    /// Sign in.
    Login,
    /// Register for the meeting.
    Registration,
    /// Agree to something that the page does not name.
    Consent,
    /// Agree to sound or picture being recorded or streamed.
    ConsentRecording,
    /// Agree to what is said being written down by a machine.
    ConsentTranscript,
    /// Agree to terms of use or a privacy notice.
    ConsentTerms,
    /// The service takes the room for a robot.
    BotWall,
    /// Decide whether the room follows into a group of its own.
    Breakout,
    /// Say that somebody is still there.
    Presence,
}

/// What is wrong with a running call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The connection.
    Network,
    /// The page does not answer.
    Frozen,
    /// The page died.
    PageCrashed,
    /// The page's sound was lost.
    SoundLost,
}

/// When and why the room leaves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaves {
    /// When.
    pub at_ms: i64,
    /// Why.
    pub why: LeaveWhy,
}

/// Why the room will leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
#[serde(rename_all = "kebab-case")]
pub enum EndedWhy {
    /// The host, for all.
    ByHost,
    /// The room was removed.
    Removed,
    /// The service's time limit.
    TimeLimit,
    /// Nobody else was there.
    Alone,
    /// The booked end.
    BookedEnd,
    /// IT ended the room's part from afar.
    ByFleet,
}

/// Two-way state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Live microphone, sending camera.
    Open,
    /// Nothing gets out.
    Closed,
}

/// A microphone or camera: what was read back, and what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchState {
    /// Read back; `null`: nobody knows.
    pub seen: Option<Switch>,
    /// Asked for and not seen yet.
    pub becoming: Option<Switch>,
}

/// Why people should look at the microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MicNote {
    /// It was on, and the conference switched it off.
    Muted,
    /// Somebody in the conference asks the room to switch it on.
    AskedToUnmute,
}

/// What consent was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// A recording or a stream.
    Recording,
    /// What is said is written down or summed up by a machine.
    Transcript,
    /// Terms of use or a privacy notice.
    Terms,
}

/// Loudness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Read back, in percent; `null`: nobody knows.
    pub seen: Option<u8>,
    /// Never more than this, in percent.
    pub limit: u8,
}

/// What was counted in the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Sound from the others flows.
    pub audio_in: bool,
    /// Picture from the others flows.
    pub video_in: bool,
    /// Sound to the others flows.
    pub audio_out: bool,
    /// Picture to the others flows.
    pub video_out: bool,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its code, such as `calendar-stale`.
    pub code: String,
    /// Which device.
    pub subject: Option<String>,
    /// Why, where the device's driver knows: a code such as `camera-absent`.
    pub cause: Option<String>,
    /// Since when.
    pub since_ms: i64,
}

/// Something that may be pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "offer", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Offer {
    /// Join this meeting.
    Join {
        /// Which.
        meeting: String,
    },
    /// Call the standing conference.
    JoinStanding {},
    /// Leave or give up.
    Leave {},
    /// Stay longer.
    Extend {},
    /// Microphone and camera may be switched.
    MicAndCamera {},
    /// Type the passcode.
    Passcode {},
    /// Try again.
    Retry {},
    /// Away with the message.
    Dismiss {},
    /// Act on the call's page by hand.
    OperatePage {},
    /// Make the room's sound anew.
    ResetSound {},
    /// Prove the room.
    Preflight {},
    /// Stop proving it.
    StopPreflight {},
}

/// How fresh the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Calendar {
    /// None, or not read yet.
    Never {},
    /// Read.
    Fresh {},
    /// A copy.
    Stale {
        /// Of this time.
        since_ms: i64,
    },
}

/// Whether the wall clock can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Yes.
    Good,
    /// No: nothing is joined by itself.
    Wrong,
}

/// How to make a phone or tablet a panel of this room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// Where to go.
    pub url: String,
    /// The six digits; `null` while pairing is locked after wrong tries.
    pub code: Option<Private>,
    /// Until when the code (or the lock) lasts.
    pub until_ms: i64,
}
