//! The cards under the room's sound: which are there, what their own switches and amplifications say, who changes them.
//!
//! Layers, each knowing only those before it: `rules` (which of a card's elements counts, pure), `find` (what is plugged in, by
//! place), `holders` (who has a device), `mixer`, `listen`, `chime` and `offer` (the crate alsa), `bell` (plugged and pulled), `owner`
//! (the thread).
//! Must not know the graph, the daemon, or files that people write.

mod bell;
pub mod chime;
mod error;
pub mod find;
pub mod holders;
pub mod listen;
pub mod mixer;
pub mod offer;
mod owner;
pub mod rules;

pub use error::HardwareError;
pub use find::{Card, Pcm, Roots, cards};
pub use owner::AlsaCards;
