//! Displays and projectors: power, input and loudness over whatever line they listen to, believed only when read back.
//!
//! Layers, each knowing only those before it: `words` (what can be said), `codec` (bytes), `model` (files of models),
//! `engine` (the conversation, pure), `chain` (which line is used, pure), `port` (the lines), `link` (one line and its
//! conversation), `supervise` (the display as the room knows it); beside them `search` (projectors nobody wrote down).
//! Must not know the daemon or other devices.

mod chain;
pub mod codec;
mod engine;
mod error;
mod link;
pub mod model;
mod port;
pub mod search;
mod supervise;
pub mod words;

pub use engine::{Action, Engine, Goal, Kind, Report, Setup, Why};
pub use error::LineError;
pub use link::{LinkCommand, LinkEvent, LinkSetup, talk};
pub use model::{DisplayModel, ModelError};
pub use port::{Address, Mac, NoAddress};
pub use supervise::{DisplayConfig, Handle, Inbox, LinkConfig, channel, supervise};
