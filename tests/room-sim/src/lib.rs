//! Tests of the room's mind at full size: stories as text, random events, and a simulated room with a virtual clock.
//! Knows only `room-core`.

pub mod sim;
pub mod story;
