//! Keeps one speakerphone in step: finds it whenever it is there, tells presses and presence, says all lamps anew after each return.
//! Knows no report.

use crate::engine::{HookKey, Phone, Shows, Step};
use crate::error::HidError;
use crate::find::{Roots, Which, find};
use crate::port::Wire;
use room_core::event::{Event, FittingSeen, Origin};
use room_core::ids::FittingId;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

/// Between two looks for a speakerphone that is away.
const LOOK: Duration = Duration::from_millis(500);

/// Which speakerphone, and what its keys are for.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its role in the room.
    pub id: FittingId,
    /// Which one.
    pub which: Which,
    /// What the hook key is for.
    pub hook_key: HookKey,
    /// Where the kernel shows its devices.
    pub roots: Roots,
}

/// The way to what the speakerphone shows. Cheap to clone; when the last one is gone, the driver ends.
#[derive(Debug, Clone)]
pub struct Handle(watch::Sender<Shows>);

impl Handle {
    /// Shows this from now on, also after the device went and came back. The newest wins.
    pub fn show(&self, shows: Shows) {
        self.0.send_if_modified(|shown| {
            let changed = *shown != shows;
            *shown = shows;
            changed
        });
    }
}

/// The driver's end of [`channel`].
#[derive(Debug)]
pub struct Inbox(watch::Receiver<Shows>);

/// A handle and the inbox for [`supervise`].
pub fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = watch::channel(Shows::IDLE);
    (Handle(sender), Inbox(receiver))
}

enum Ended {
    Unneeded,
    Trouble(HidError),
}

impl From<HidError> for Ended {
    fn from(error: HidError) -> Self {
        Ended::Trouble(error)
    }
}

/// Serves one speakerphone for ever; returns when nobody needs it any more.
pub async fn supervise(config: Config, mut inbox: Inbox, out: mpsc::Sender<Event>) {
    let mut voice = Voice {
        id: config.id.clone(),
        out,
        said: None,
        trouble: String::new(),
    };
    loop {
        let error = match serve(&config, &mut inbox.0, &mut voice).await {
            Ok(()) | Err(Ended::Unneeded) => return,
            Err(Ended::Trouble(error)) => error,
        };
        if voice.gone(&error).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = voice.out.closed() => return,
        }
        if inbox.0.has_changed().is_err() {
            return;
        }
    }
}

async fn serve(
    config: &Config,
    shows: &mut watch::Receiver<Shows>,
    voice: &mut Voice,
) -> Result<(), Ended> {
    let found = find(&config.roots, &config.which)?;
    let mut wire = Wire::open(&found.node)?;
    info!(node = %found.node.display(), name = found.name, "speakerphone connected");
    voice.trouble.clear();
    voice.say(FittingSeen::Here).await?;
    // A lamp without a master claims nothing.
    wire.at_the_end(found.layout.lamps(&[]));
    let started = Instant::now();
    let first = *shows.borrow_and_update();
    let (mut phone, mut steps) =
        Phone::begin(found.layout, config.hook_key, started.elapsed(), first);
    loop {
        for step in steps.drain(..) {
            match step {
                Step::Send(report) => wire.say(report),
                Step::Pressed(press) => {
                    debug!(?press, "pressed at the speakerphone");
                    let origin = Origin::Button;
                    voice.tell(Event::Pressed { press, origin }).await?;
                }
            }
        }
        tokio::select! {
            report = wire.hear() => steps = phone.hear(started.elapsed(), &report?),
            changed = shows.changed() => {
                changed.map_err(|_| Ended::Unneeded)?;
                let shown = *shows.borrow_and_update();
                steps = phone.show(started.elapsed(), shown);
            }
            () = voice.out.closed() => return Err(Ended::Unneeded),
        }
    }
}

/// Tells the room; what was said last is not said again.
struct Voice {
    id: FittingId,
    out: mpsc::Sender<Event>,
    said: Option<FittingSeen>,
    trouble: String,
}

impl Voice {
    async fn say(&mut self, seen: FittingSeen) -> Result<(), Ended> {
        if self.said == Some(seen) {
            return Ok(());
        }
        self.said = Some(seen);
        self.tell(Event::Fitting(self.id.clone(), seen)).await
    }

    async fn tell(&self, event: Event) -> Result<(), Ended> {
        self.out.send(event).await.map_err(|_| Ended::Unneeded)
    }

    async fn gone(&mut self, error: &HidError) -> Result<(), Ended> {
        let trouble = error.to_string();
        if self.trouble != trouble {
            warn!("{trouble}; waiting for it");
            self.trouble = trouble;
        }
        self.say(FittingSeen::Gone(error.failure())).await
    }
}
