//! One line in hand: edges to presses, light to the line. Ends when the line does. Knows nothing of coming back.

use crate::clock;
use crate::engine::button::{Button, Feel, Finding};
use crate::engine::light::Light;
use crate::error::GpioError;
use crate::hand::{EDGES, Edge, Hand, Lit, Output};
use crate::supervise::{ButtonConfig, Voice};
use room_core::event::{Event, FittingSeen, Origin, Press};
use room_core::failure::FittingFailure;
use room_core::units::Percent;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::{debug, info, warn};

/// Between two looks at a lamp's line, and at a contact whose edges may have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Why a line is let go.
pub(crate) enum Ended {
    /// Nobody needs it any more.
    Unneeded,
    /// It is gone, or could not be had.
    Trouble(GpioError),
}

impl From<GpioError> for Ended {
    fn from(error: GpioError) -> Self {
        Ended::Trouble(error)
    }
}

/// Reads one contact until its line is gone.
pub(crate) async fn read(
    config: &ButtonConfig,
    hand: &dyn Hand,
    voice: &mut Voice,
) -> Result<(), Ended> {
    let (sender, mut edges) = mpsc::channel(EDGES);
    let mut line = hand.watch(&config.input, sender)?;
    let feel = Feel {
        debounce: match line.debounced() {
            true => Duration::ZERO,
            false => config.input.debounce,
        },
        hold: config.hold,
        stuck_after: config.stuck_after,
    };
    let mut told = line.contact()?;
    let mut button = Button::begin(feel, clock::now(), told);
    info!(button = %config.id, line = %config.input.line, "button in hand");
    voice.say(FittingSeen::Here).await?;
    let mut found = Vec::new();
    loop {
        for finding in found.drain(..) {
            tell(config, finding, voice).await?;
        }
        let now = clock::now();
        let due = button
            .due()
            .map_or(LOOK_AGAIN, |due| due.saturating_sub(now).min(LOOK_AGAIN));
        tokio::select! {
            // What happened comes before what time says about it.
            biased;
            edge = edges.recv() => match edge {
                Some(Edge::To { at, contact }) => {
                    told = contact;
                    button.hear(at, contact, &mut found);
                }
                Some(Edge::Lost(error)) => return Err(error.into()),
                None => return Err(GpioError::broken(&config.input.line, "its edges ended").into()),
            },
            () = sleep(due) => {
                let now = clock::now();
                let seen = line.contact()?;
                // Edges that were lost, or are still on their way: then they come as a repetition, which changes nothing.
                if seen != told && edges.is_empty() {
                    told = seen;
                    button.hear(now, seen, &mut found);
                }
                button.tick(now, &mut found);
            }
            () = voice.out.closed() => return Err(Ended::Unneeded),
        }
    }
}

async fn tell(config: &ButtonConfig, finding: Finding, voice: &mut Voice) -> Result<(), Ended> {
    match finding {
        Finding::Pressed(press) => {
            debug!(button = %config.id, key = ?config.key, ?press, "pressed");
            let press = Press::Key(config.key, press);
            let origin = Origin::Button;
            voice.tell(Event::Pressed { press, origin }).await
        }
        Finding::Stuck => {
            let seconds = config.stuck_after.as_secs();
            warn!(button = %config.id, line = %config.input.line,
                "a line held down for {seconds} s: something lies on the button, or its wire touches another");
            voice.say(FittingSeen::Gone(FittingFailure::Stuck)).await
        }
        Finding::Freed => {
            info!(button = %config.id, "the line that was held down is free again");
            voice.say(FittingSeen::Here).await
        }
    }
}

/// Keeps one lamp as it is wanted until its line is gone.
pub(crate) async fn light(
    output: &Output,
    hand: &dyn Hand,
    wanted: &mut watch::Receiver<Light>,
    voice: &mut Voice,
) -> Result<(), Ended> {
    let mut line = hand.lamp(output)?;
    info!(lamp = %voice.id, line = %output.line, dims = line.dims(), "lamp in hand");
    voice.say(FittingSeen::Here).await?;
    let mut shown = None;
    loop {
        let now = clock::now();
        let light = *wanted.borrow_and_update();
        let duty = light.duty(now);
        if shown != Some(duty) {
            line.set(duty)?;
            shown = Some(duty);
        }
        let changes = light.changes(now).map(|at| at.saturating_sub(now));
        let look = changes.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
        tokio::select! {
            changed = wanted.changed() => changed.map_err(|_| Ended::Unneeded)?,
            () = sleep(look) => shown = held(line.as_mut(), output, duty)?,
        }
    }
}

/// What the line really shows; a line that somebody else turned is set again.
fn held(line: &mut dyn Lit, output: &Output, duty: Percent) -> Result<Option<Percent>, GpioError> {
    let lit = duty.get() > 0;
    if line.seen()? == lit {
        return Ok(Some(duty));
    }
    warn!(line = %output.line, lit, "the lamp's line is not as it was set; set again");
    Ok(None)
}
