//! Displays and projectors without hardware: one body with power, input and sound, and a wire for each protocol.
//! Written from the makers' documents alone; shares no code with the driver that it judges.

mod body;
mod bus;
mod server;
mod text;
mod wire;

pub use body::{Body, Lies, Outcome, PowerState, Request};
pub use server::{DisplayServer, serve_pty, serve_tcp};
pub use wire::{Emulator, Wire, named};
