//! The room's mind: one pure, total state machine. Events in, effects out, a view for every face.
//! No I/O, no clock, no async, no randomness, no error: a bad world is state.
//!
//! Terms: *wanted* is what was asked of a device, *seen* what was read back from it; effects are their difference.

pub mod effect;
pub mod event;
pub mod failure;
pub mod ids;
pub mod meeting;
pub mod memory;
pub mod plan;
pub mod units;
pub mod view;
