//! Buttons and lamps on GPIO lines.
//!
//! Layers, each knowing only those before it: `engine` (contacts and patterns in time, pure), `hand` (lines of a board:
//! through the kernel's character device, or straight at a Raspberry Pi's registers), `port` (one line), `supervise` (gone and back).
//! Must not know the daemon, other devices, files that people write, or what a lamp stands for.
//!
//! A line that is away is a fact, not an error: the driver says so and waits for it.

mod clock;
mod engine;
mod error;
pub mod hand;
mod port;
mod supervise;

pub use clock::now;
pub use engine::button::{Button, Contact, Feel, Finding};
pub use engine::light::{Light, Pattern};
pub use error::GpioError;
pub use hand::{Active, Bias, Driver, Place, Used, found_lines};
pub use supervise::{ButtonConfig, Handle, Inbox, LampConfig, channel, serve_button, serve_lamp};
