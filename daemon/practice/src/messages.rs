//! Owns what page and server say to each other over the WebSocket: JSON objects told apart by `type`.
//! Knows nothing of who may say what; that is the conference's business.

use crate::ids::{Code, DisplayName, ParticipantId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest text frame a page may send, in bytes.
pub const FRAME_MAX: usize = 64 * 1024;
/// The longest session description that is passed on, in bytes.
pub const SDP_MAX: usize = 32 * 1024;
/// The longest candidate line that is passed on, in bytes.
pub const CANDIDATE_MAX: usize = 1024;

/// Whether a microphone or camera sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sending {
    /// It sends.
    Open,
    /// It does not.
    #[default]
    Closed,
}

/// What a page has seen of its own devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// The microphone.
    pub mic: Sending,
    /// The camera.
    pub camera: Sending,
}

/// What a person may do in the conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May admit, deny, mute, remove and end.
    Host,
    /// May not.
    Guest,
}

/// A request to be let in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// What the others shall see.
    pub name: DisplayName,
    /// The conference's passcode, when the person gave one.
    #[serde(default)]
    pub passcode: Option<Code>,
    /// The host's code, when the person gave one.
    #[serde(default)]
    pub host_code: Option<Code>,
}

/// One step of setting up a peer connection. `pc` names the connection, so that answers and candidates
/// of an older one are told apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Signal {
    /// A session description to answer.
    Offer {
        /// The connection meant.
        pc: String,
        /// Session description, at most [`SDP_MAX`] bytes.
        sdp: String,
    },
    /// The answer to an offer.
    Answer {
        /// The connection meant.
        pc: String,
        /// Session description, at most [`SDP_MAX`] bytes.
        sdp: String,
    },
    /// An address to try.
    Candidate {
        /// The connection meant.
        pc: String,
        /// The candidate line, at most [`CANDIDATE_MAX`] bytes.
        candidate: String,
        /// The media section's name.
        mid: Option<String>,
        /// The media section's place.
        line: Option<u16>,
    },
    /// "I have no connection to you": the offering side shall make a new one.
    Ready,
    /// "This connection is broken for me": the offering side shall restart it.
    Restart {
        /// The connection meant.
        pc: String,
    },
}

impl Signal {
    /// Whether every part keeps to its bound.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        let named = |pc: &str| (1..=32).contains(&pc.len());
        match self {
            Self::Offer { pc, sdp } | Self::Answer { pc, sdp } => named(pc) && sdp.len() <= SDP_MAX,
            Self::Candidate {
                pc, candidate, mid, ..
            } => {
                let mid_fits = mid.as_ref().is_none_or(|mid| mid.len() <= 32);
                named(pc) && candidate.len() <= CANDIDATE_MAX && mid_fits
            }
            Self::Ready => true,
            Self::Restart { pc } => named(pc),
        }
    }
}

/// Addresses and keys stay out of the logs.
impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offer { .. } => "Offer",
            Self::Answer { .. } => "Answer",
            Self::Candidate { .. } => "Candidate",
            Self::Ready => "Ready",
            Self::Restart { .. } => "Restart",
        })
    }
}

/// What a page says.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FromPage {
    /// Let me in.
    Join(Join),
    /// I was here before; this token says so.
    Resume {
        /// As given in [`ToPage::Token`].
        token: String,
        /// What the page sees of its own devices now.
        media: Media,
    },
    /// My devices have changed; this is how they are now.
    Media {
        /// Both of them.
        media: Media,
    },
    /// For another participant's page.
    Signal {
        /// Whom.
        to: ParticipantId,
        /// What.
        signal: Signal,
    },
    /// Host: let a waiting person in.
    Admit {
        /// Whom.
        who: ParticipantId,
    },
    /// Host: turn a waiting person away.
    Deny {
        /// Whom.
        who: ParticipantId,
    },
    /// Host: close somebody's microphone. There is no opposite.
    Mute {
        /// Whose.
        who: ParticipantId,
    },
    /// Host: put somebody out.
    Remove {
        /// Whom.
        who: ParticipantId,
    },
    /// Host: end it for everybody.
    EndForAll,
    /// I go.
    Leave,
    /// I am still here.
    Pulse,
}

/// Where a person stands while not in the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Until the host comes.
    Host,
    /// Until somebody lets them in.
    Lobby,
    /// A moment, until those who were here before a restart are back.
    Moment,
}

/// How a code was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeAnswer {
    /// One is needed.
    Wanted,
    /// Not this one.
    Wrong,
    /// Not looked at: too many wrong ones before.
    TooMany,
}

/// Which code an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// The conference's passcode.
    Passcode,
    /// The host's code.
    HostCode,
}

/// Why a stay is over. Final: the page closes its connection and never returns by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// A host ended it for everybody, or the owner did.
    Ended,
    /// A host put this person out.
    Removed,
    /// A host did not let this person in.
    Denied,
    /// This person went.
    Left,
    /// Four are in the call already.
    Full,
    /// Too many are waiting already.
    LobbyFull,
    /// The token is no longer, or never was, good.
    Expired,
    /// The same person came back on another connection.
    Replaced,
    /// The page sent too much, or what is not understood.
    Misbehaved,
}

/// Why somebody is gone from the call, for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Went.
    Left,
    /// Was put out.
    Removed,
    /// Did not come back in time.
    Lost,
}

/// Whether the server has a person's page on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// It has.
    Here,
    /// It lost it and waits for its return.
    Away,
}

/// One person in the call, as the others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// Who.
    pub id: ParticipantId,
    /// Called what.
    pub name: DisplayName,
    /// May do what.
    pub role: Role,
    /// Sends what, by their own page's word.
    #[serde(flatten)]
    pub media: Media,
    /// Is reachable.
    pub line: Line,
}

/// One person at the door, as a host sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Knock {
    /// Who.
    pub id: ParticipantId,
    /// Called what.
    pub name: DisplayName,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToPage {
    /// About a code that is needed or was given. The page may ask to join again.
    Code {
        /// Which code.
        code: CodeKind,
        /// How it was taken.
        answer: CodeAnswer,
        /// How long to wait before the next try, in milliseconds.
        wait_ms: u64,
    },
    /// Wait here.
    Wait {
        /// For what.
        waiting: Waiting,
    },
    /// You are in the call.
    Joined {
        /// Who you are.
        you: ParticipantId,
        /// What you may do.
        role: Role,
    },
    /// Keep this for [`FromPage::Resume`]; it replaces the one before.
    Token {
        /// Opaque.
        token: String,
    },
    /// Who is in the call, and for a host who waits at the door.
    Roster {
        /// Everybody in the call.
        people: Vec<Seat>,
        /// Everybody at the door; empty unless you are host.
        lobby: Vec<Knock>,
        /// Some may not be back yet after a restart: keep live connections to people not listed.
        settling: bool,
    },
    /// From another participant's page.
    Signal {
        /// Whose.
        from: ParticipantId,
        /// What.
        signal: Signal,
    },
    /// A host wants your microphone closed.
    MuteAsked,
    /// Somebody is no longer in the call.
    Gone {
        /// Who.
        who: ParticipantId,
        /// Why.
        why: Gone,
    },
    /// Nobody more can be admitted while four are in the call.
    CannotAdmit,
    /// Your stay is over.
    Over {
        /// Why.
        why: Over,
    },
    /// I am still here.
    Pulse,
}
