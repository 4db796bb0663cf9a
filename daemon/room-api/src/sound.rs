//! The room's own sound and its proof as a face shows them.
//! Knows no language; texts for people are looked up by code.

use serde::{Deserialize, Serialize};

/// The room's own sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// Why the sound server does not run: a code such as `sound-server-gone`.
    pub server: Option<String>,
    /// The microphone; `null`: none is planned.
    pub microphone: Option<SoundUse>,
    /// The loudspeaker; `null`: none is planned.
    pub loudspeaker: Option<SoundUse>,
    /// The second output; `null`: none is planned.
    pub second: Option<SoundUse>,
    /// Who cancels echo.
    pub echo: EchoBy,
    /// Why.
    pub echo_why: EchoWhy,
    /// The sound is being made anew.
    pub resetting: bool,
}

/// What is used for one of the room's roles in sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundUse {
    /// Whether anything was heard of it yet.
    pub known: bool,
    /// The name of the device in use; `null`: none can be.
    pub device: Option<String>,
    /// The name of the best device, when another one or none is used.
    pub instead_of: Option<String>,
}

/// Who cancels echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EchoBy {
    /// The device.
    Device,
    /// The conference's page.
    Browser,
    /// The room's own canceller.
    Room,
    /// Nobody.
    Nobody,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EchoWhy {
    /// The operator says so.
    Operator,
    /// The device has a canceller of its own, and the last check of the room heard it work.
    DeviceHasOne,
    /// The device shall have one, and no check has heard it yet.
    DeviceUnproven,
    /// The device's own was heard to let echo through.
    DeviceFails,
    /// The device has none.
    DeviceHasNone,
    /// Nobody knows whether the device has one.
    DeviceUnknown,
    /// A call by SIP has no canceller of its own.
    NoBrowser,
}

/// What is heard at the room's microphone and loudspeaker: an event of its own on the stream. Figures, never sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// What the room says; `null`: nothing is measured.
    pub microphone: Option<Level>,
    /// What the room hears; `null`: nothing is measured.
    pub loudspeaker: Option<Level>,
}

/// How loud it is, in decibels of full scale by AES17: a full sine is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Root mean square.
    pub rms: f64,
    /// The highest sample.
    pub peak: f64,
    /// Short-term loudness by EBU R128 in LUFS; `null`: not long enough to say.
    pub loudness: Option<f64>,
}

/// How the room was proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preflight {
    /// It is being proven now.
    pub runs: bool,
    /// Tones may be heard while it is.
    pub aloud: bool,
    /// What came of it the last time.
    pub last: Option<Proof>,
    /// What was seen of the meetings of a day to come, until that day is over.
    pub tomorrow: Option<Foreseen>,
}

/// The meetings of a day to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreseen {
    /// When it was looked.
    pub at_ms: i64,
    /// The meetings, by start.
    pub meetings: Vec<ForeseenMeeting>,
}

/// A meeting of a day to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeseenMeeting {
    /// When it begins.
    pub start_ms: i64,
    /// How bad.
    pub light: Light,
    /// What was found, worst first: codes such as `meeting-not-allowed`.
    pub codes: Vec<String>,
}

/// A judgement of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// How bad.
    pub light: Light,
    /// What was found, worst first: codes such as `sound-hum`.
    pub codes: Vec<String>,
    /// When.
    pub at_ms: i64,
}

/// How a room was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// Everything as it should be.
    Green,
    /// It works, but something should be seen to.
    Yellow,
    /// It will not work.
    Red,
}
