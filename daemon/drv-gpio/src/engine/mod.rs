//! What fingers and lamps are in time, without lines: contacts to presses, patterns to light.
//! Pure: every time is a `Duration` on one clock that the caller chooses.

pub mod button;
pub mod light;
