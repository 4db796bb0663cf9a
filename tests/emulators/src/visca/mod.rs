//! VISCA cameras on a line, true to the byte and to the vertical period, that can be told to misbehave.
//! Written from the makers' tables alone: it shares no code with the driver that it examines.
//!
//! `motor` (how things turn), `camera` (the conversation, pure), `chain` (several on a line), `log` (what it heard), `server`
//! (on a pty with a baud rate, or on loopback),
//! `state_page` (JSON over HTTP), `measure` (how long a stop takes).

mod bytes;
mod camera;
mod chain;
mod log;
mod measure;
mod motor;
mod quirks;
mod server;
mod state;
mod state_page;
#[cfg(test)]
mod tests;

pub use camera::Camera;
pub use chain::Chain;
pub use log::{FrameKind, FrameSeen, Log};
pub use measure::{Spread, StopReport, stop_on_wire};
pub use motor::{Head, preset_position};
pub use quirks::Quirks;
pub use server::{CameraHandle, CameraServer, Options};
pub use state::State;
pub use state_page::serve_state;
