//! Ways in which cameras and lines misbehave. Switches only; `camera` obeys them.

use std::time::Duration;

/// Ways of being a bad camera, or on a bad line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Answers come so much later.
    pub late: Duration,
    /// Does what it is told and never answers.
    pub mute: bool,
    /// Hears nothing: unplugged, or without power.
    pub deaf: bool,
    /// Says everything twice.
    pub doubled: bool,
    /// Noise on the line around each answer.
    pub noise: bool,
    /// Answers under this number whatever its own is.
    pub answers_as: Option<u8>,
    /// Refuses so many next commands because its sockets are full.
    pub full: u32,
    /// Completes and never accepts.
    pub no_ack: bool,
    /// Hears nothing of so many next frames.
    pub losses: u32,
    /// Its menu is open: does nothing but power.
    pub menu_open: bool,
    /// Speaks at another speed: what comes is no frame.
    pub garbage: bool,
    /// Does not end a drive when it accepts a stop, so many times.
    pub ignores_stop: u32,
}
