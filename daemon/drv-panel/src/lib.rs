//! A small status panel: what stands on it is drawn on any target, and only what changed goes over its bus.
//!
//! Layers, each knowing only those before it: `show` (what stands there), `draw` (words and signs to pixels, pure), `canvas` (pixels,
//! and which of them changed, pure), `glass` (kinds of panel), `bus` (their lines), `supervise` (gone and back).
//! Must not know the daemon, the room's state, languages, or files that people write.

mod bus;
mod canvas;
mod draw;
mod error;
pub mod glass;
mod kind;
mod picture;
mod sample;
mod show;
mod supervise;

pub use bus::{Driver, Place, Wiring, open};
pub use canvas::{Canvas, Grid, changes};
pub use draw::{Palette, draw};
pub use error::PanelError;
pub use kind::{Depth, Kind};
pub use picture::{Seen, decode, picture, png};
pub use sample::{Sample, Tongue, sample};
pub use show::{Mic, Show, Tone};
pub use supervise::{Config, Handle, Inbox, channel, supervise};
