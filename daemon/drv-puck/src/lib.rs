//! The table button on a serial line: presses in, what to show out, presence told.
//! Owns the line. Knows the wire and the core's events; neither the room's state nor what a press means.
//!
//! A button that is away is a fact, not an error: the driver says so and waits for it.

mod port;
mod session;
pub mod update;

pub use wire::{Face, Light, Mic, Ring, Scene, Text, Tongue};

use room_core::event::{Event, Presence};
use room_core::ids::PuckId;
use std::io;
use std::path::PathBuf;
use tokio::sync::{mpsc, watch};

/// Which button, and where its line is.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its role in the room.
    pub id: PuckId,
    /// The serial device, or a stable link to it. It may come and go.
    pub path: PathBuf,
}

/// Why a line could not be opened or broke. Looked at by kind only; every kind is waited out.
#[derive(Debug, thiserror::Error)]
pub enum PuckError {
    /// Nothing is plugged in there.
    #[error("no table button at the line")]
    Absent,
    /// The daemon may not open it: group or udev rule missing.
    #[error("no permission to open the line")]
    Denied,
    /// The line is there and cannot be used as one.
    #[error("line cannot be opened: {0}")]
    Unusable(String),
    /// Broke while in use.
    #[error("line broke: {0}")]
    Broken(#[source] io::Error),
}

/// The way to what the button shows. Cheap to clone; when the last one is gone, the driver ends.
#[derive(Debug, Clone)]
pub struct Handle(watch::Sender<Option<Face>>);

impl Handle {
    /// Shows this from now on, also after the button went and came back. The newest wins.
    pub fn show(&self, face: Face) {
        self.0.send_if_modified(|shown| {
            let changed = *shown != Some(face);
            *shown = Some(face);
            changed
        });
    }
}

/// The driver's end of [`channel`].
#[derive(Debug)]
pub struct Inbox(watch::Receiver<Option<Face>>);

/// A handle and the inbox for [`supervise`].
pub fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = watch::channel(None);
    (Handle(sender), Inbox(receiver))
}

/// Serves one button for ever: opens the line whenever it is there, and tells presses and presence to `out`.
/// Ends when all handles or the receiver of `out` are gone.
pub async fn supervise(config: Config, inbox: Inbox, out: mpsc::Sender<Event>) {
    port::Line::new(config, inbox.0, out).serve().await;
}

fn presence(id: &PuckId, presence: Presence) -> Event {
    Event::Puck(id.clone(), presence)
}
