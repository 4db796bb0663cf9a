//! A speakerphone's keys and lamps over HID: its mute key asks the room, its lamps show what the room saw.
//!
//! Layers, each knowing only those before it: `descriptor` (where a device keeps its bits), `engine` (key and lamp in step, pure),
//! `find` (which node it is), `port` (the node), `supervise` (gone and back).
//! Must not know sound, the daemon, other devices, or files that people write.
//!
//! A speakerphone that is away is a fact, not an error: the driver says so and waits for it.

pub mod descriptor;
mod engine;
mod error;
mod find;
mod port;
mod supervise;

pub use descriptor::Layout;
pub use engine::{HookKey, Phone, Shows, Step};
pub use error::HidError;
pub use find::{Found, Roots, Which, all, find};
pub use port::Wire;
pub use supervise::{Config, Handle, Inbox, channel, supervise};
