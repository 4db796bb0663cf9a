//! Plays a recording again and says whether the room asks for the same as it did then.
//! Knows no meaning of an event; a difference is a bug, or another build's recording.

use crate::recorder::{Line, Step};
use anyhow::{Context, Result, bail};
use room_core::Room;
use room_core::units::Mono;
use serde::Serialize;
use serde_json::Value;
use std::io::{BufRead, Write};

/// What came of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// So many steps were played.
    pub steps: usize,
    /// So many of them asked for something else, or left the room in another state.
    pub different: usize,
}

/// Plays `recording` and prints each step to `out`.
///
/// # Errors
/// When a line cannot be read, or `out` cannot be written. Every line before it was played.
pub fn replay(recording: impl BufRead, out: &mut impl Write) -> Result<Outcome> {
    let mut player = Player {
        room: None,
        outcome: Outcome::default(),
        out,
    };
    for (index, line) in recording.lines().enumerate() {
        let number = index + 1;
        let text = line.with_context(|| format!("cannot read line {number}"))?;
        if text.trim().is_empty() {
            continue;
        }
        let line = serde_json::from_str(&text)
            .with_context(|| format!("line {number} is no line of this build's recordings"))?;
        player
            .line(line)
            .with_context(|| format!("at line {number}"))?;
    }
    if player.room.is_none() {
        bail!("the recording holds no snapshot of the room to begin from");
    }
    Ok(player.outcome)
}

struct Player<'a, W> {
    room: Option<Room>,
    outcome: Outcome,
    out: &'a mut W,
}

impl<W: Write> Player<'_, W> {
    fn line(&mut self, line: Line<Room>) -> Result<()> {
        match line {
            Line::Head(head) => {
                let (version, why, written) = (head.version, head.why, head.written.0);
                writeln!(
                    self.out,
                    "roomd {version}, written down at {written} ms ({why})"
                )?;
                if version != env!("CARGO_PKG_VERSION") {
                    let own = env!("CARGO_PKG_VERSION");
                    writeln!(
                        self.out,
                        "this is roomd {own}: differences may be the version's"
                    )?;
                }
                Ok(())
            }
            Line::Snapshot(recorded) => self.snapshot(recorded),
            Line::Step(step) => self.step(*step),
        }
    }

    fn snapshot(&mut self, recorded: Room) -> Result<()> {
        if let Some(played) = &self.room
            && plain(played)? != plain(&recorded)?
        {
            self.outcome.different += 1;
            writeln!(self.out, "DIFFERENT: the room's state at this snapshot")?;
        }
        self.room = Some(recorded);
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<()> {
        let room = self
            .room
            .as_mut()
            .context("a step without a snapshot before it")?;
        self.outcome.steps += 1;
        writeln!(self.out, "{:>10}  {:?}", written(step.now), step.event)?;
        let effects = room.step(step.now, step.event);
        let wakes = room
            .next_deadline()
            .map(|(at, why)| (at, format!("{why:?}")));
        for effect in &effects {
            writeln!(self.out, "{:>10}  -> {effect:?}", "")?;
        }
        if let Some((at, why)) = &wakes {
            writeln!(self.out, "{:>10}  .. {why} at {}", "", written(*at))?;
        }
        let Some(recorded) = &step.effects else {
            writeln!(self.out, "{:>10}  the recording ends inside this step", "")?;
            return Ok(());
        };
        if plain(&effects)? != plain(recorded)? {
            self.outcome.different += 1;
            writeln!(self.out, "{:>10}  DIFFERENT: recorded was {recorded:?}", "")?;
        } else if wakes != step.wakes {
            self.outcome.different += 1;
            writeln!(
                self.out,
                "{:>10}  DIFFERENT: recorded deadline was {:?}",
                "", step.wakes
            )?;
        }
        Ok(())
    }
}

/// As a recording sees it: private text is the same placeholder everywhere.
fn plain<T: Serialize>(value: &T) -> Result<Value> {
    Ok(serde_json::to_value(value)?)
}

fn written(at: Mono) -> String {
    format!("{}.{:03}s", at.0 / 1000, at.0 % 1000)
}
