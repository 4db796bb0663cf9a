//! PTZ heads: cameras that turn, over VISCA and Pelco on serial lines and networks, and by the kernel's controls over USB.
//!
//! Layers, each knowing only those before it: `visca`, `pelco`, `sony` (bytes), `model` (steps and degrees), `link` (how long
//! bytes take), `engine` (one camera's conversation), `line` (several cameras on one link), `open_loop` (heads that never answer),
//! `uvc` (motors as controls), `conversation` (whichever of them), all pure; `inbox` (requests), `trace` (frames in words),
//! `port` (the line), `supervise` (gone and back).
//! Must not know the daemon, other devices, or files that people write.

mod config;
mod conversation;
mod engine;
mod error;
mod inbox;
mod line;
mod link;
mod model;
mod open_loop;
pub mod pelco;
mod port;
pub mod sony;
mod supervise;
mod trace;
pub mod uvc;
pub mod visca;

pub use config::{HeadConfig, LineConfig, Peer, Port, Protocol};
pub use engine::{Action, Engine, HeadSetup};
pub use error::PtzError;
pub use inbox::{Handle, Inbox, channel, channels};
pub use link::Link;
pub use model::{Answers, AxisScale, HeadModel, Inverted, Presets};
pub use port::run;
pub use sony::Numbering;
pub use supervise::supervise;
pub use trace::{Trace, Traced, Way};
pub use visca::Layout;
