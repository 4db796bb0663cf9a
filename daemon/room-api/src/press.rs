//! What a face may ask of the room, and how it is answered.
//! Knows no finger: the server takes the origin from the connection.

use crate::private::Private;
use crate::state::Switch;
use serde::{Deserialize, Serialize};

/// A press. Absolute: nothing here toggles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "press", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PressRequest {
    /// Join a meeting.
    Join {
        /// Which; absent: the one that is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meeting: Option<String>,
    },
    /// Join the operator's standing conference.
    JoinStanding {},
    /// Leave the call, or give up joining.
    Leave {},
    /// Stay longer than booked.
    Extend {},
    /// The room's microphone.
    Mic {
        /// What it shall be.
        to: Switch,
    },
    /// The room's camera.
    Camera {
        /// What it shall be.
        to: Switch,
    },
    /// Loudness in the room.
    Volume {
        /// 0 to 100; the room's limit applies.
        percent: u8,
    },
    /// Make the room's sound anew, without leaving the call.
    ResetSound {},
    /// Prove the room.
    Preflight {},
    /// Stop proving it.
    StopPreflight {},
    /// The passcode that was asked for.
    Passcode {
        /// 1 to 128 characters.
        code: Private,
    },
    /// Try again after a failure.
    Retry {},
    /// The message was read.
    Dismiss {},
    /// A PTZ head goes to a preset.
    HeadPreset {
        /// The head's role.
        head: String,
        /// The preset's number.
        number: u8,
    },
    /// A PTZ head moves for as long as this is repeated, at least each 300 ms; it stops by itself.
    HeadDrive {
        /// The head's role.
        head: String,
        /// -100 (left) to 100 (right), percent of the head's speed.
        #[serde(default)]
        pan: i8,
        /// -100 (down) to 100 (up).
        #[serde(default)]
        tilt: i8,
        /// -100 (wide) to 100 (tele).
        #[serde(default)]
        zoom: i8,
    },
    /// A PTZ head stops now.
    HeadStop {
        /// The head's role.
        head: String,
    },
    /// A PTZ head goes home.
    HeadHome {
        /// The head's role.
        head: String,
    },
    /// A table button gets the firmware that came with the daemon.
    ButtonUpdate {
        /// The button's role.
        button: String,
    },
    /// A finger taps the call's page while it needs a person.
    PageTap {
        /// From the left, in ten-thousandths of the page's visible width.
        x: u16,
        /// From above, in ten-thousandths of its visible height.
        y: u16,
    },
    /// A finger or wheel turns what lies there.
    PageScroll {
        /// As in a tap.
        x: u16,
        /// As in a tap.
        y: u16,
        /// Hundredths of the page's visible height, -300 to 300; positive shows what stands below.
        by: i16,
    },
    /// A finger takes what lies there and puts it elsewhere, such as a slider's knob.
    PageDrag {
        /// As in a tap: where it is taken.
        x: u16,
        /// As in a tap.
        y: u16,
        /// As in a tap: where it is let go.
        to_x: u16,
        /// As in a tap.
        to_y: u16,
    },
    /// Text for whatever has the focus on the page.
    PageType {
        /// 1 to 512 characters.
        text: Private,
    },
    /// A key for the page.
    PageKey {
        /// Which.
        key: PageKey,
    },
}

/// Keys that pass to the call's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageKey {
    /// To the next field.
    Tab,
    /// To the field before.
    BackTab,
    /// Activates what has the focus.
    Enter,
    /// Closes what stands in front.
    Escape,
    /// Deletes the character before.
    Backspace,
    /// Deletes the one after.
    Delete,
    /// One up.
    Up,
    /// One down.
    Down,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// Ticks or presses what has the focus.
    Space,
}

/// The room has taken the press in; what came of it is in the state of this revision or a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PressAnswer {
    /// Which start of the daemon counts the revisions.
    pub boot: String,
    /// The state's revision right after the press.
    pub revision: u64,
}

/// A device asks to become a panel of this room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairRequest {
    /// The six digits that the room's own display shows; blanks are ignored.
    pub code: Private,
    /// Stay paired for long: a tablet that belongs to the room. Otherwise for half a day.
    #[serde(default)]
    pub stays: bool,
}

/// The device is paired; its cookie came with this answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairAnswer {
    /// Until when.
    pub until_ms: i64,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people, in the language asked for.
    pub sentence: String,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal,)*) => {
        /// Why a request was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ErrorCode {
            /// Every one.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name),*];

            /// As written in the answer.
            pub fn code(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(ErrorCode::$name => $status,)* }
            }
        }
    };
}

error_codes!(
    /// The body is no request of this API.
    BadRequest = 400 "bad-request",
    /// The page's token is missing or of an earlier start.
    TokenNeeded = 401 "token-needed",
    /// The device is not paired with this room.
    PairingNeeded = 401 "pairing-needed",
    /// The pairing code is not the one on the display.
    WrongCode = 403 "wrong-code",
    /// The address in the request is none of this room's.
    WrongHost = 403 "wrong-host",
    /// Another web site asked.
    CrossOrigin = 403 "cross-origin",
    /// Microphone and camera are opened by people in the room only.
    OnlyInRoom = 403 "only-in-room",
    /// Only at the control socket of the board.
    OnlyConsole = 403 "only-console",
    /// No such address.
    NotFound = 404 "not-found",
    /// No such meeting, head or preset.
    UnknownName = 404 "unknown-name",
    /// The address exists, the method does not.
    WrongMethod = 405 "wrong-method",
    /// The room does not offer this now.
    NotOffered = 409 "not-offered",
    /// The room is in use, a meeting is near, or another technical test runs.
    RoomBusy = 409 "room-busy",
    /// The body is too long.
    TooLarge = 413 "too-large",
    /// The body is not declared as JSON.
    NotJson = 415 "not-json",
    /// Too many tries; the answer says how long to wait.
    SlowDown = 429 "slow-down",
    /// Too many listeners at once.
    TooMany = 503 "too-many",
    /// The room did not take the press in, in time.
    NotAnswered = 503 "not-answered",
);
