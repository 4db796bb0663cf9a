//! The messages, both ways, and the choices inside them.
//! Knows no bytes.

use crate::{SCHEMA, Text, WIRE_VERSION, schema_hash};
use postcard_schema::Schema;
use postcard_schema::schema::NamedType;
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

        // On the wire it is a byte, whatever choices there are.
        impl Schema for $name {
            const SCHEMA: &'static NamedType = u8::SCHEMA;
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
        /// Two white flashes each two seconds: waiting for somebody else.
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

open_choice!(
    /// What the room is doing, for the sign beside the words.
    Scene {
        /// Nothing.
        Free = 0,
        /// A meeting comes up.
        Coming = 1,
        /// On the way into a call or out of it.
        Moving = 2,
        /// Before the door of a conference.
        Waiting = 3,
        /// In a call.
        Call = 4,
        /// Somebody in the room has to decide something.
        Question = 5,
        /// Something did not work.
        Trouble = 6,
    }
);

open_choice!(
    /// The language of the few words that the button says of itself.
    Tongue {
        /// German.
        German = 0,
        /// English.
        English = 1,
    }
);

open_choice!(
    /// How bright display and ring may be while nobody touches a key.
    Light {
        /// In use.
        Full = 0,
        /// Nothing comes up soon.
        Dim = 1,
        /// Nothing more comes up today: the display is dark.
        Dark = 2,
    }
);

open_choice!(
    /// The display that a button is built for.
    Display {
        /// SSD1306, 128 x 64.
        Oled = 0,
        /// ST7789, 240 x 240.
        Tft = 1,
    }
);

open_choice!(
    /// The line to the host that a button is built for.
    Line {
        /// A serial port on USB.
        Usb = 0,
        /// Two wires.
        Uart = 1,
    }
);

/// What the host says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
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
    /// What to show from now on, in more detail than [`HostToPuck::Show`]. Since [`SCHEMA`] 2.
    Face(Face),
    /// Restart into the chip's own loader, to be given other firmware. Since [`SCHEMA`] 2.
    Loader {
        /// The session that asks; in another one it is void.
        session: u32,
    },
}

impl Message for HostToPuck {
    const VARIANTS: u32 = 6;
}

/// The host's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct HostHello {
    /// [`WIRE_VERSION`] of the host.
    pub wire_version: u8,
    /// [`SCHEMA`] of the host.
    pub schema: u8,
    /// [`schema_hash`] of the host: tells apart two builds that claim one schema.
    pub hash: u32,
    /// Names this opening of the line; not 0.
    pub session: u32,
}

impl HostHello {
    /// This build's greeting.
    pub fn new(session: u32) -> HostHello {
        HostHello {
            wire_version: WIRE_VERSION,
            schema: SCHEMA,
            hash: schema_hash(),
            session,
        }
    }
}

/// Everything that a button of [`SCHEMA`] 1 shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
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

/// Everything that the button shows. Words come from the host, so that a new sentence needs no new firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Face {
    /// The ring of light.
    pub ring: Ring,
    /// The microphone as it was read back.
    pub mic: Mic,
    /// For the sign beside the words.
    pub scene: Scene,
    /// For the words that the button says of itself.
    pub tongue: Tongue,
    /// How bright.
    pub light: Light,
    /// Minutes until the next meeting, or left in this one; nothing when there is nothing to count.
    pub minutes: Option<u16>,
    /// The room's state or a question, in a few large words.
    pub headline: Text,
    /// From when to when, or the microphone.
    pub detail: Text,
    /// What a short press of the big key does now; empty when it does nothing.
    pub action: Text,
    /// What is wrong, in one line; empty when nothing is.
    pub trouble: Text,
}

impl Face {
    /// The same for a button of [`SCHEMA`] 1.
    pub fn plain(&self) -> Show {
        let second = match self.trouble {
            Text::EMPTY => self.detail,
            trouble => trouble,
        };
        Show {
            ring: self.ring,
            mic: self.mic,
            minutes: self.minutes,
            line_one: self.headline,
            line_two: second,
        }
    }
}

/// What the button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
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
    /// Why the firmware ended before this start; said once in each session. Since [`SCHEMA`] 2.
    Trouble(Text),
    /// What the firmware was built for; said after each [`PuckToHost::Hello`] that answers. Since [`SCHEMA`] 3.
    Built {
        /// Its display.
        display: Display,
        /// Its line.
        line: Line,
    },
    /// What nobody else knows yet; said in each session.
    #[cfg(feature = "tomorrow")]
    Tomorrow(Text),
}

impl Message for PuckToHost {
    const VARIANTS: u32 = if cfg!(feature = "tomorrow") { 6 } else { 5 };
}

/// The button's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct PuckHello {
    /// [`WIRE_VERSION`] of the button.
    pub wire_version: u8,
    /// [`SCHEMA`] of the button.
    pub schema: u8,
    /// [`schema_hash`] of the button.
    pub hash: u32,
    /// The session of the hello that is answered; 0 when the button speaks first.
    pub session: u32,
    /// Count of the last key pressed so far.
    pub count: u16,
    /// Name and version of the firmware.
    pub firmware: Text,
    /// Serial number of the chip.
    pub serial: Text,
}
