//! The messages, both ways, and the choices inside them.
//! Knows no bytes.

use crate::{SCHEMA, Text, WIRE_VERSION};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One direction of the conversation.
pub trait Message: Serialize + DeserializeOwned {
    /// How many variants this build knows; a greater number on the wire is a newer peer's.
    const VARIANTS: u32;
}

macro_rules! open_choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "u8", into = "u8")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A newer peer's choice that this build does not know.
            Other(u8),
        }

        impl $name {
            /// Every choice that this build knows.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
        }

        impl From<u8> for $name {
            fn from(code: u8) -> Self {
                match code {
                    $($code => $name::$variant,)*
                    other => $name::Other(other),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(choice: $name) -> u8 {
                match choice {
                    $($name::$variant => $code,)*
                    $name::Other(code) => code,
                }
            }
        }
    };
}

open_choice!(
    /// A key of the button.
    Key {
        /// The big one.
        Main = 0,
        /// Microphone.
        Mute = 1,
    }
);

open_choice!(
    /// How a key was pressed.
    KeyKind {
        /// Tapped.
        Short = 0,
        /// Held for two seconds.
        Long = 1,
    }
);

open_choice!(
    /// What the ring of light does.
    Ring {
        /// Dark.
        Off = 0,
        /// White, slowly swelling and fading: a meeting may be joined.
        Breathing = 1,
        /// White, running round: on the way.
        Sweep = 2,
        /// Red: the microphone is closed in a call.
        Red = 3,
        /// Green: the microphone is open.
        Green = 4,
        /// Amber: something needs a look.
        Amber = 5,
        /// Two white flashes, once: understood, but there is nothing to do.
        WhiteDouble = 6,
    }
);

open_choice!(
    /// The room's microphone as it was read back.
    Mic {
        /// Lets sound through.
        Open = 0,
        /// Lets nothing through.
        Closed = 1,
        /// Nobody knows.
        Unknown = 2,
    }
);

/// What the host says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostToPuck {
    /// Opens a session. Always variant 0, never changed within [`WIRE_VERSION`].
    Hello(HostHello),
    /// What to show from now on.
    Show(Show),
    /// Still here.
    Alive,
    /// The key with this count was taken.
    Heard {
        /// The count of [`PuckToHost::Key`].
        count: u16,
    },
}

impl Message for HostToPuck {
    const VARIANTS: u32 = 4;
}

/// The host's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHello {
    /// [`WIRE_VERSION`] of the host.
    pub wire_version: u8,
    /// [`SCHEMA`] of the host.
    pub schema: u8,
    /// Names this opening of the line; not 0.
    pub session: u32,
}

impl HostHello {
    /// This build's greeting.
    pub fn new(session: u32) -> HostHello {
        HostHello {
            wire_version: WIRE_VERSION,
            schema: SCHEMA,
            session,
        }
    }
}

/// Everything the button shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Show {
    /// The ring of light.
    pub ring: Ring,
    /// The microphone's state, for the lamp at its key.
    pub mic: Mic,
    /// Minutes until the next meeting, or left in this one; nothing when there is nothing to count.
    pub minutes: Option<u16>,
    /// First line of the display.
    pub line_one: Text,
    /// Second line of the display.
    pub line_two: Text,
}

/// What the button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PuckToHost {
    /// Answers the host's hello, or says that the button has just started. Always variant 0, never changed within
    /// [`WIRE_VERSION`].
    Hello(PuckHello),
    /// A key was pressed.
    Key {
        /// Which.
        key: Key,
        /// How.
        kind: KeyKind,
        /// Grows by one with each press and wraps; a repeated one is the same press.
        count: u16,
    },
    /// Still here.
    Alive,
}

impl Message for PuckToHost {
    const VARIANTS: u32 = 3;
}

/// The button's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PuckHello {
    /// [`WIRE_VERSION`] of the button.
    pub wire_version: u8,
    /// [`SCHEMA`] of the button.
    pub schema: u8,
    /// The session of the hello that is answered; 0 when the button speaks first.
    pub session: u32,
    /// Count of the last key pressed so far.
    pub count: u16,
    /// Name and version of the firmware.
    pub firmware: Text,
    /// Serial number of the chip.
    pub serial: Text,
}
