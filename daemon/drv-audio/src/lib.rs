//! The room's sound: cards and switches under it (ALSA), the graph above them (PipeWire), one owner of both.
//!
//! Layers, each knowing only those before it: `ports` (what cards and graph can be asked, as traits of our own), `meter` and
//! `canceller` (pure arithmetic), `engine` (which device for which role, the microphone in both places; pure), `hardware` (the
//! cards, through the crate alsa), `filter` (the canceller as a process of its own on PipeWire), `graph` (PipeWire), `supervise` (the
//! one owner).
//! Must not know conferences, the daemon, other devices, or files that people write.

pub mod canceller;
mod engine;
pub mod filter;
pub mod graph;
pub mod hardware;
pub mod meter;
pub mod ports;
mod supervise;

pub use engine::{Action, Engine, Input, SETTLE, SoundConfig, SoundDevice, Wanted};
pub use supervise::{Handle, Inbox, Levels, Told, channel, supervise};
