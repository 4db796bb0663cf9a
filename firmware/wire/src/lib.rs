//! What a host and a table button say to each other, and how it travels on a serial line.
//! Owns messages, frames and versions. Knows no port, no clock, no allocator; nothing here decides anything.
//!
//! A frame is `00 | COBS(message, CRC-16 little endian) | 00`. A message is a postcard-encoded variant of
//! [`HostToPuck`] or [`PuckToHost`].
//!
//! The conversation:
//! 1. The host opens the line and says [`HostHello`] with a session number of its own; it repeats it until answered.
//! 2. The button answers [`PuckHello`] with that number, and what it is built for. Keys of an older session are void on both
//!    sides, so a press made while nobody listened can never act later.
//! 3. Both send something each [`ALIVE_EVERY_MS`]: the button by its own clock, the host in answer, or by itself a little later.
//!    Who hears nothing for [`SILENT_AFTER_MS`] takes the other for gone.
//! 4. A press is repeated each [`KEY_REPEAT_MS`] until [`HostToPuck::Heard`] names its count, for at most
//!    [`KEY_GIVEN_UP_MS`]; the host acts once per count.
//!
//! Growing: variants are only appended, never moved or removed, and the fields of a variant never change: a changed message
//! is a new variant. Each appended variant raises [`SCHEMA`]. An unknown variant is
//! passed over, an unknown choice inside a message arrives as `Other`. [`WIRE_VERSION`] changes only when frames or the
//! two hellos change, which ends the understanding; a hello always begins with its variant and this number, so that the
//! other side can name what it does not understand.
#![no_std]

mod frame;
mod messages;
mod text;

pub use frame::{Decoder, Frame, MAX_FRAME, MAX_MESSAGE, Received, WireError};
pub use messages::{
    Display, Face, HostHello, HostToPuck, Key, KeyKind, Light, Line, Message, Mic, PuckHello,
    PuckToHost, Ring, Scene, Show, Tongue,
};
pub use text::Text;

use postcard_schema::key::Key as SchemaKey;

/// The form of frames and hellos. Two sides with different numbers do not understand each other.
pub const WIRE_VERSION: u8 = if cfg!(feature = "yesterday") { 1 } else { 2 };
/// How many times a variant or choice has been appended since [`WIRE_VERSION`] began. Tells what the other may send.
pub const SCHEMA: u8 = if cfg!(feature = "tomorrow") { 4 } else { 3 };
/// A number that changes with any field or variant of any message, for builds that share [`SCHEMA`] and should not.
pub const fn schema_hash() -> u32 {
    HASH
}

const HASH: u32 = fold(SchemaKey::for_path::<HostToPuck>("host"))
    ^ fold(SchemaKey::for_path::<PuckToHost>("puck")).rotate_left(16);

const fn fold(key: SchemaKey) -> u32 {
    let [a, b, c, d, e, f, g, h] = key.to_bytes();
    u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
}

/// Both sides send something at least this often, in milliseconds.
pub const ALIVE_EVERY_MS: u32 = 500;
/// A side that hears nothing for this long takes the other for gone, in milliseconds.
pub const SILENT_AFTER_MS: u32 = 1500;
/// An unheard key is sent again after this, in milliseconds.
pub const KEY_REPEAT_MS: u32 = 100;
/// An unheard key is given up after this, in milliseconds: a press that acts late would surprise.
pub const KEY_GIVEN_UP_MS: u32 = 1000;
