//! PTZ heads: cameras that turn, over VISCA on a serial line.
//!
//! Layers, each knowing only those before it: `visca` (bytes), `model` (steps and degrees), `link` (how long bytes take),
//! `engine` (the conversation, pure), `inbox` (requests), `port` (the line), `supervise` (gone and back).
//! Must not know the daemon, other devices, or files that people write.

mod engine;
mod error;
mod inbox;
mod link;
mod model;
mod port;
mod supervise;
pub mod visca;

pub use engine::{Action, Engine, HeadSetup};
pub use error::PtzError;
pub use inbox::{Handle, Inbox, channel};
pub use link::Link;
pub use model::{AxisScale, HeadModel};
pub use port::{HeadConfig, run};
pub use supervise::supervise;
pub use visca::Address;
