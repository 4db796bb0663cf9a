//! The room's sound: cards and switches under it (ALSA), the graph above them (PipeWire), one owner of both.
//!
//! Must not know conferences, the daemon, other devices, or files that people write.
