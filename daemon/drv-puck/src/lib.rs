//! The table button on a serial line: presses in, what to show out, presence told.
//! Owns the line. Knows the wire and the core's events; neither the room's state nor what a press means.
//!
//! A button that is away is a fact, not an error: the driver says so and waits for it.

mod port;
mod session;
pub mod update;

pub use wire::{Display, Face, Light, Mic, Ring, Scene, Text, Tongue};

use room_core::event::{Event, Presence};
use room_core::ids::PuckId;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

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

/// Which display a button says that it is built for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Built {
    /// It may still say it: nothing came since its line was opened.
    #[default]
    NotYet,
    /// It cannot say it: it is older than that word, or not understood.
    Unsaid,
    /// For this one.
    For(Display),
}

/// What a button said of itself, for people who look after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// Name and version of its firmware.
    pub firmware: Option<String>,
    /// Serial number of its chip.
    pub serial: Option<String>,
    /// When anything came from it last.
    pub heard: Option<Instant>,
    /// The wire's version, when it is another than ours.
    pub foreign: Option<u8>,
    /// What it is built for.
    pub built: Built,
}

/// Between two looks at what a button that was asked has said.
const LOOK_EVERY: Duration = Duration::from_millis(20);

type Known = Arc<Mutex<Acquaintance>>;

/// The way to what the button shows. Cheap to clone; when the last one is gone, the driver ends.
#[derive(Debug, Clone)]
pub struct Handle {
    show: watch::Sender<Option<Face>>,
    known: Known,
}

impl Handle {
    /// Shows this from now on, also after the button went and came back. The newest wins.
    pub fn show(&self, face: Face) {
        self.show.send_if_modified(|shown| {
            let changed = *shown != Some(face);
            *shown = Some(face);
            changed
        });
    }

    /// What it said of itself so far; stays when it is away.
    pub fn acquaintance(&self) -> Acquaintance {
        let known = self.known.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The driver's end of [`channel`].
#[derive(Debug)]
pub struct Inbox {
    show: watch::Receiver<Option<Face>>,
    known: Known,
}

/// A handle and the inbox for [`supervise`].
pub fn channel() -> (Handle, Inbox) {
    let (sender, show) = watch::channel(None);
    let known = Known::default();
    let handle = Handle {
        show: sender,
        known: Arc::clone(&known),
    };
    (handle, Inbox { show, known })
}

/// Serves one button for ever: opens the line whenever it is there, and tells presses and presence to `out`.
/// Ends when all handles or the receiver of `out` are gone.
pub async fn supervise(config: Config, inbox: Inbox, out: mpsc::Sender<Event>) {
    port::Line::new(config, inbox, out).serve().await;
}

/// What the button at this line says of itself when it is asked once, within `limit`. For where no daemon serves it.
pub async fn ask(path: PathBuf, limit: Duration) -> Acquaintance {
    let (handle, inbox) = channel();
    let (out, mut events) = mpsc::channel(8);
    let id = PuckId::new("asked");
    let driver = tokio::spawn(supervise(Config { id, path }, inbox, out));
    let words = async {
        while handle.acquaintance().built == Built::NotYet {
            tokio::select! {
                said = events.recv() => if said.is_none() { return },
                () = sleep(LOOK_EVERY) => {}
            }
        }
    };
    // Whoever says nothing in time says nothing.
    let _ = timeout(limit, words).await;
    driver.abort();
    let _ = driver.await;
    handle.acquaintance()
}

fn presence(id: &PuckId, presence: Presence) -> Event {
    Event::Puck(id.clone(), presence)
}
