//! call-sip: joins conferences by SIP through baresip, a process of its own, and says what is seen there.
//!
//! ```text
//!  room ──Handle──► port ──► engine (pure: what to do next) ──► port ──control line──► baresip ──► SIP, RTP
//!  room ◄──Event─── port ◄── engine ◄── message ◄── frame ◄────────────────────────────┘
//! ```
//!
//! - [`client`] writes the files that baresip starts with; the process outlives the daemon and is found again.
//! - [`frame`] and [`message`] are the control line's codec; [`reason`] and [`media`] read what baresip says in prose.
//! - [`engine`] decides; [`run`] carries out.
//!
//! Microphone and camera are closed by their *source*: a generator that is muted besides, and no picture at all. So a closed
//! room never even opens its devices, what is open can be read back at any time, and no slip of the mute, which in baresip
//! is a change of state without a reading, lets the room be heard.
//!
//! Knows room-core's types; knows no other adapter and not the daemon.

pub mod client;
pub mod dial;
pub mod engine;
pub mod frame;
mod handle;
pub mod media;
pub mod message;
mod port;
pub mod reason;

pub use client::{Account, Client, ClientError, Encryption, Transport};
pub use engine::{Setup, Sources};
pub use handle::{Handle, Inbox, channel};
pub use port::{SipConfig, SipError, run};
