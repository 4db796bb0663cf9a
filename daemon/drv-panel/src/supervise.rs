//! Keeps one panel showing: opens it whenever it is there, on a thread of its own, and tells its presence. Knows no pixel.

use crate::bus::{Wiring, open};
use crate::error::PanelError;
use crate::kind::Kind;
use crate::show::Show;
use room_core::event::{Event, FittingSeen};
use room_core::ids::FittingId;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle as Runtime;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::{error, info, warn};

/// Between two tries to open a panel that is away.
const LOOK: Duration = Duration::from_secs(2);

/// Which panel, and how it is connected.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its role, such as `panel.door`.
    pub id: FittingId,
    /// What it is.
    pub kind: Kind,
    /// Its bus and lines.
    pub wiring: Wiring,
}

/// The way to what the panel shows. Cheap to clone; when the last one is gone, the driver ends.
#[derive(Debug, Clone)]
pub struct Handle(watch::Sender<Option<Show>>);

impl Handle {
    /// Shows this from now on, also after the panel went and came back. The newest wins.
    pub fn show(&self, show: Show) {
        self.0.send_if_modified(|shown| {
            let changed = shown.as_ref() != Some(&show);
            *shown = Some(show);
            changed
        });
    }
}

/// The driver's end of [`channel`].
#[derive(Debug)]
pub struct Inbox(watch::Receiver<Option<Show>>);

/// A handle and the inbox for [`supervise`].
pub fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = watch::channel(None);
    (Handle(sender), Inbox(receiver))
}

enum Ended {
    Unneeded,
    Trouble(PanelError),
}

impl From<PanelError> for Ended {
    fn from(error: PanelError) -> Self {
        Ended::Trouble(error)
    }
}

/// Serves one panel for ever; returns when nobody needs it any more.
pub async fn supervise(config: Config, inbox: Inbox, out: mpsc::Sender<Event>) {
    let runtime = Runtime::current();
    let (done, over) = tokio::sync::oneshot::channel::<()>();
    let work = move || {
        runtime.block_on(serve_for_ever(config, inbox.0, out));
        drop(done);
    };
    // A bus blocks for as long as a panel takes, electronic paper for seconds.
    match thread::Builder::new().name("panel".to_owned()).spawn(work) {
        Ok(_) => {
            let _ = over.await;
        }
        Err(error) => error!(%error, "no thread for a panel"),
    }
}

async fn serve_for_ever(
    config: Config,
    mut shows: watch::Receiver<Option<Show>>,
    out: mpsc::Sender<Event>,
) {
    let mut said = None;
    let mut last = String::new();
    loop {
        let error = match serve(&config, &mut shows, &out, &mut said).await {
            Ok(()) | Err(Ended::Unneeded) => return,
            Err(Ended::Trouble(error)) => error,
        };
        let trouble = error.to_string();
        if last != trouble {
            warn!(panel = %config.id, "{trouble}; waiting for it");
            last = trouble;
        }
        let gone = FittingSeen::Gone(error.failure());
        if say(&config, &out, &mut said, gone).await.is_err() {
            return;
        }
        sleep(LOOK).await;
        if shows.has_changed().is_err() {
            return;
        }
    }
}

async fn serve(
    config: &Config,
    shows: &mut watch::Receiver<Option<Show>>,
    out: &mpsc::Sender<Event>,
    said: &mut Option<FittingSeen>,
) -> Result<(), Ended> {
    let mut glass = open(config.kind, &config.wiring)?;
    info!(panel = %config.id, kind = config.kind.name(), "panel in hand");
    loop {
        let show = shows.borrow_and_update().clone();
        if let Some(show) = show {
            glass.show(&show)?;
            say(config, out, said, FittingSeen::Here).await?;
        }
        if shows.changed().await.is_err() {
            glass.blank()?;
            return Err(Ended::Unneeded);
        }
    }
}

async fn say(
    config: &Config,
    out: &mpsc::Sender<Event>,
    said: &mut Option<FittingSeen>,
    seen: FittingSeen,
) -> Result<(), Ended> {
    if *said == Some(seen) {
        return Ok(());
    }
    *said = Some(seen);
    let event = Event::Fitting(config.id.clone(), seen);
    out.send(event).await.map_err(|_| Ended::Unneeded)
}
