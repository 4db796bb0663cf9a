//! The room's sound: cards and switches under it (ALSA), the graph above them (PipeWire), one owner of both.
//!
//! Layers, each knowing only those before it: `ports` (what cards and graph can be asked, as traits of our own).
//! Must not know conferences, the daemon, other devices, or files that people write.

pub mod ports;
