//! What a room can be told to do: a closed list, absolute, and nothing that opens a microphone or a camera.
//! Knows no room; who may say what is the server's and the room's business.

use crate::ids::{Code, CommandId, RoomId};
use serde::{Deserialize, Serialize};

/// A verb for one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Said twice, done once.
    pub id: CommandId,
    /// What.
    pub verb: Verb,
    /// When it was said, by the server's clock.
    pub issued_ms: i64,
    /// After this it is not begun any more.
    pub expires_ms: i64,
    /// Who else agreed, for verbs that want it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
}

/// What a room can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Verb {
    /// Begin a part anew.
    Restart {
        /// Which.
        part: Part,
    },
    /// Make the room's sound anew.
    ResetSound {},
    /// Prove the room; never beside a call or people.
    Preflight {},
    /// Look at the next day's meetings.
    Tomorrow {},
    /// Join the canary meeting of the room's file, dark and silent, and leave it.
    Canary {
        /// Its name in the room's file.
        name: Code,
    },
    /// Leave the call; the room says that IT did it.
    Leave {},
    /// Close the microphone. There is no verb to open it.
    Mute {},
    /// Gather logs, redacted in the room, and put them there.
    LogBundle {
        /// Where.
        to: Upload,
    },
    /// A picture of the room's own page on the main display, with a notice on it; never in a call.
    Screenshot {
        /// Where.
        to: Upload,
    },
    /// Blink, so that a person in the building finds it.
    Identify {
        /// For how long; 1 to 300.
        seconds: u16,
    },
    /// A verb that this version does not know; it is answered as one and never done.
    #[serde(other)]
    Unknown,
}

/// Whether others have to agree to a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Nobody in the room notices, or it only ever helps.
    Harmless,
    /// People in the room notice.
    Noticed,
    /// It shows something of the room to others: a grant is needed.
    NeedsGrant,
}

impl Verb {
    /// How dangerous it is.
    pub fn danger(&self) -> Danger {
        match self {
            Verb::Preflight {}
            | Verb::Tomorrow {}
            | Verb::Canary { .. }
            | Verb::Mute {}
            | Verb::Identify { .. }
            | Verb::LogBundle { .. }
            | Verb::Unknown => Danger::Harmless,
            Verb::Restart { .. } | Verb::ResetSound {} | Verb::Leave {} => Danger::Noticed,
            Verb::Screenshot { .. } => Danger::NeedsGrant,
        }
    }

    /// Its name in messages, logs and the audit.
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Restart { .. } => "restart",
            Verb::ResetSound {} => "reset-sound",
            Verb::Preflight {} => "preflight",
            Verb::Tomorrow {} => "tomorrow",
            Verb::Canary { .. } => "canary",
            Verb::Leave {} => "leave",
            Verb::Mute {} => "mute",
            Verb::LogBundle { .. } => "log-bundle",
            Verb::Screenshot { .. } => "screenshot",
            Verb::Identify { .. } => "identify",
            Verb::Unknown => "unknown",
        }
    }
}

/// Parts of a room that can be begun anew by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Chromium; microphone and camera are closed first, and a call in it is joined again, dark and silent.
    Browser,
    /// The daemon; calls go on.
    Daemon,
}

/// What kept a room from getting through with what it had begun. Newer rooms may say codes that are not in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The daemon ended meanwhile.
    Interrupted,
    /// The microphone was not seen to close.
    MicrophoneNotClosed,
    /// The room is still in the call.
    CallNotLeft,
    /// The sound did not come back.
    SoundNotBack,
    /// The check did not end.
    PreflightNotDone,
    /// The look at the next day did not end.
    TomorrowNotDone,
    /// The browser did not come back.
    BrowserNotBack,
    /// The room was not seen to show itself.
    NotShown,
    /// What was asked for could not be put on the server, or is larger than it may be.
    NotUploaded,
    /// The room's page did not show that a picture is taken, or there was none.
    PictureNotTaken,
    /// The test meeting's page does not fit its pack any more.
    CanaryDrifted,
    /// In the test meeting a microphone or camera was open.
    CanaryNotDark,
    /// The room did not get into the test meeting.
    CanaryNotEntered,
}

impl Failure {
    /// All of them.
    pub const ALL: [Failure; 13] = [
        Failure::Interrupted,
        Failure::MicrophoneNotClosed,
        Failure::CallNotLeft,
        Failure::SoundNotBack,
        Failure::PreflightNotDone,
        Failure::TomorrowNotDone,
        Failure::BrowserNotBack,
        Failure::NotShown,
        Failure::NotUploaded,
        Failure::PictureNotTaken,
        Failure::CanaryDrifted,
        Failure::CanaryNotDark,
        Failure::CanaryNotEntered,
    ];

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Failure::Interrupted => "interrupted",
            Failure::MicrophoneNotClosed => "microphone-not-closed",
            Failure::CallNotLeft => "call-not-left",
            Failure::SoundNotBack => "sound-not-back",
            Failure::PreflightNotDone => "preflight-not-done",
            Failure::TomorrowNotDone => "tomorrow-not-done",
            Failure::BrowserNotBack => "browser-not-back",
            Failure::NotShown => "not-shown",
            Failure::NotUploaded => "not-uploaded",
            Failure::PictureNotTaken => "picture-not-taken",
            Failure::CanaryDrifted => "canary-drifted",
            Failure::CanaryNotDark => "canary-not-dark",
            Failure::CanaryNotEntered => "canary-not-entered",
        }
    }
}

/// Where on the same server a room puts something, once. A path and never a host: a room sends nothing elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Below [`crate::UPLOAD_PATH`]; 16 to 64 letters and digits.
    pub token: Code,
    /// More bytes than this are not taken.
    pub most: u32,
}

/// The consent that a dangerous verb needs, which no server can make up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// minisign's signature of [`Command::granted_text`], with a key that is kept off the server.
    pub signature: String,
}

impl Command {
    /// What a grant signs: this verb, for this room, until then, and nothing else.
    pub fn granted_text(&self, room: &RoomId) -> String {
        let verb = serde_json::to_string(&self.verb).unwrap_or_default();
        format!(
            "roomd grant 1\nroom {room}\ncommand {}\nverb {verb}\nuntil {}\n",
            self.id, self.expires_ms
        )
    }

    /// Whether it may be begun at `now_ms` by the room's clock, which may differ from the server's by [`Command::SLACK_MS`].
    pub fn is_timely(&self, now_ms: i64) -> bool {
        let lasts = self.expires_ms.saturating_sub(self.issued_ms);
        (0..=Self::LONGEST_MS).contains(&lasts)
            && now_ms <= self.expires_ms.saturating_add(Self::SLACK_MS)
            && now_ms >= self.issued_ms.saturating_sub(Self::SLACK_MS)
    }

    /// No command is meant for later than a day.
    pub const LONGEST_MS: i64 = 24 * 3_600_000;
    /// How far a room's clock and the server's may be apart, in both directions.
    pub const SLACK_MS: i64 = 120_000;
}
