//! Wakes a display over one of its lines and asks what it shows. Knows no order.

use anyhow::{Context, Result};
use commission::{Finding, Measure, Proof, Proven};
use drv_display::codec::Login;
use drv_display::words::{Answer, Power, Turn};
use drv_display::{DisplayModel, Goal, Kind, LinkCommand, LinkEvent, LinkSetup, Report, talk};
use preflight::Trouble;
use room_profile::DisplayLine;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A display that sleeps deeply needs most of it.
const WAKING: Duration = Duration::from_secs(40);
/// After the power is seen, for what it shows.
const READING: Duration = Duration::from_secs(4);

/// A line of a display, as its driver takes it.
///
/// # Errors
/// When there is no such model or line.
pub fn setup(line: &DisplayLine, models: &[(String, DisplayModel)]) -> Result<LinkSetup> {
    let found = models.iter().find(|(name, _)| *name == line.model);
    let (_, model) = found.with_context(|| format!("there is no model {}", line.model))?;
    Ok(LinkSetup {
        address: line.line.parse()?,
        model: model.clone(),
        id: line.number,
        login: Login {
            user: line.user.clone(),
            password: String::new(),
        },
        wake: line.wake.as_deref().and_then(|mac| mac.parse().ok()),
    })
}

/// Wakes a display over one line; `None` when nobody answers there.
pub async fn wake(proof: &Proof, setup: LinkSetup, name: &str) -> Option<Proven> {
    let model = setup.model.clone();
    let (commands, inbox) = mpsc::unbounded_channel();
    let (out, mut events) = mpsc::channel(64);
    let link = tokio::spawn(talk(setup, inbox, out));
    let goal = Goal::power(Turn::On);
    let _ = commands.send(LinkCommand::Want(goal.clone()));
    let began = Instant::now();
    let mut proven = None;
    let mut until = began + WAKING;
    while let Ok(Some(event)) = timeout(
        until.saturating_duration_since(Instant::now()),
        events.recv(),
    )
    .await
    {
        match event {
            LinkEvent::Report(Report::Seen(Answer::Power(Power::On))) if proven.is_none() => {
                let took = began.elapsed().as_secs_f64();
                proven = Some(Proven::of(proof.clone()).with(Measure::Took, took));
                let _ = commands.send(LinkCommand::Look(Kind::Input));
                until = Instant::now() + READING;
            }
            LinkEvent::Report(Report::Seen(Answer::Input(code))) => {
                let named = model.inputs.iter().find(|(_, known)| **known == code);
                let number =
                    named.and_then(|(name, _)| name.strip_prefix("hdmi")?.parse::<f64>().ok());
                // One that shows another kind of input has answered all the same.
                if let Some(known) = proven.take() {
                    proven = Some(match number {
                        Some(number) => known.with(Measure::Input, number),
                        None => known,
                    });
                    break;
                }
            }
            LinkEvent::Report(Report::GivenUp(given, _)) if given == goal => {
                let trouble = Trouble::DisplayDark(name.to_owned());
                proven = Some(Proven::found(proof.clone(), Finding::Known(trouble)));
                break;
            }
            LinkEvent::Report(Report::Silent | Report::Unproven) | LinkEvent::Fault(_) => break,
            _ => {}
        }
    }
    link.abort();
    proven
}
