//! Keeps lines in hand: says once what stands in the way, waits, and takes them again. Knows no line's protocol.

use crate::engine::light::Light;
use crate::error::GpioError;
use crate::hand::{Hand, Input, Output};
use crate::port::{Ended, light, read};
use room_core::event::{Event, FittingSeen, Key};
use room_core::ids::FittingId;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::warn;

/// Between two tries to take a line that cannot be had.
const LOOK: Duration = Duration::from_millis(500);

/// A button of the room.
#[derive(Debug, Clone)]
pub struct ButtonConfig {
    /// Its role, such as `button.wall`.
    pub id: FittingId,
    /// Its line.
    pub input: Input,
    /// What it means.
    pub key: Key,
    /// Held for this long is a long press; without it a press is told at once.
    pub hold: Option<Duration>,
    /// Held for this long is no finger any more.
    pub stuck_after: Duration,
}

/// A lamp of the room.
#[derive(Debug, Clone)]
pub struct LampConfig {
    /// Its role, such as `lamp.door`.
    pub id: FittingId,
    /// Its line.
    pub output: Output,
}

/// The way to what a lamp shows. Cheap to clone; when the last one is gone, the lamp goes dark and its driver ends.
#[derive(Debug, Clone)]
pub struct Handle(watch::Sender<Light>);

impl Handle {
    /// Shows this from now on, also after the line went and came back. The newest wins.
    pub fn show(&self, light: Light) {
        self.0.send_if_modified(|shown| {
            let changed = *shown != light;
            *shown = light;
            changed
        });
    }
}

/// The driver's end of [`channel`].
#[derive(Debug)]
pub struct Inbox(watch::Receiver<Light>);

/// A handle and the inbox for [`serve_lamp`]; dark at first.
pub fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = watch::channel(Light::dark());
    (Handle(sender), Inbox(receiver))
}

/// Serves one button for ever; returns when nobody listens to its presses any more.
pub async fn serve_button(config: ButtonConfig, hand: Box<dyn Hand>, out: mpsc::Sender<Event>) {
    let mut voice = Voice::new(config.id.clone(), out);
    loop {
        match read(&config, hand.as_ref(), &mut voice).await {
            Err(Ended::Unneeded) | Ok(()) => return,
            Err(Ended::Trouble(error)) => {
                if voice.gone(&error).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = voice.out.closed() => return,
        }
    }
}

/// Serves one lamp for ever; returns when all handles are gone.
pub async fn serve_lamp(
    config: LampConfig,
    hand: Box<dyn Hand>,
    mut inbox: Inbox,
    out: mpsc::Sender<Event>,
) {
    let mut voice = Voice::new(config.id, out);
    loop {
        match light(&config.output, hand.as_ref(), &mut inbox.0, &mut voice).await {
            Err(Ended::Unneeded) | Ok(()) => return,
            Err(Ended::Trouble(error)) => {
                if voice.gone(&error).await.is_err() {
                    return;
                }
            }
        }
        sleep(LOOK).await;
        if inbox.0.has_changed().is_err() {
            return;
        }
    }
}

/// Tells the room about one fitting; what was said last is not said again.
pub(crate) struct Voice {
    pub id: FittingId,
    pub out: mpsc::Sender<Event>,
    said: Option<FittingSeen>,
    trouble: Option<GpioError>,
}

impl Voice {
    fn new(id: FittingId, out: mpsc::Sender<Event>) -> Voice {
        Voice {
            id,
            out,
            said: None,
            trouble: None,
        }
    }

    pub async fn say(&mut self, seen: FittingSeen) -> Result<(), Ended> {
        if self.said == Some(seen) {
            return Ok(());
        }
        self.said = Some(seen);
        self.tell(Event::Fitting(self.id.clone(), seen)).await
    }

    pub async fn tell(&self, event: Event) -> Result<(), Ended> {
        self.out.send(event).await.map_err(|_| Ended::Unneeded)
    }

    async fn gone(&mut self, error: &GpioError) -> Result<(), Ended> {
        if self.trouble.as_ref() != Some(error) {
            warn!(fitting = %self.id, "{error}; waiting for it");
            self.trouble = Some(error.clone());
        }
        self.say(FittingSeen::Gone(error.failure())).await
    }
}
