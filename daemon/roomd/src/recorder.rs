//! The last few thousand steps of the room, ready to be written down and replayed: snapshot, then event by event
//! what came, what was asked for, and when the room wanted to be woken. Private text is a placeholder from the start.
//! Knows no meaning of an event. The format is private and tied to the build.

use anyhow::{Context, Result};
use room_core::effect::Effect;
use room_core::event::Event;
use room_core::units::{Mono, Wall};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

/// One line of a recording.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line<R> {
    /// The first one.
    Head(Head),
    /// The whole room as it was before the next step.
    Snapshot(R),
    /// One step.
    Step(Box<Step>),
}

/// Says what made the recording.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head {
    /// The daemon's version: another one may decide differently.
    pub version: String,
    /// When it was written down.
    pub written: Wall,
    /// Why.
    pub why: String,
}

/// One step of the room.
#[derive(Debug, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub now: Mono,
    /// What happened.
    pub event: Event,
    /// What the room asked for; absent when the step never ended.
    pub effects: Option<Vec<Effect>>,
    /// When the room wants to be woken next, and why.
    pub wakes: Option<(Mono, String)>,
}

/// A snapshot is taken after so many steps or bytes.
const SEGMENT_STEPS: usize = 1024;
const SEGMENT_BYTES: usize = 256 << 10;
/// So many are kept beside the one that grows.
const SEGMENTS: usize = 4;

/// The ring. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    full: VecDeque<Segment>,
    growing: Option<Segment>,
    /// The step that goes on right now: kept apart so that a panic in it is in the recording.
    under_way: Option<(Mono, String)>,
}

#[derive(Debug)]
struct Segment {
    text: String,
    steps: usize,
}

impl Recorder {
    /// To be called before a step: with a snapshot when one is due.
    pub fn begin<R: Serialize>(&self, now: Mono, event: &Event, room: &R) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |s: &Segment| s.steps >= SEGMENT_STEPS || s.text.len() >= SEGMENT_BYTES;
        if ring.growing.as_ref().is_none_or(full) {
            ring.turn(&Line::Snapshot(room));
        }
        ring.under_way = Some((now, json(event)));
    }

    /// To be called after the step.
    pub fn end(&self, effects: &[Effect], wakes: Option<(Mono, String)>) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((now, event)) = ring.under_way.take() else {
            return;
        };
        let (effects, wakes) = (json(&effects), json(&wakes));
        if let Some(segment) = &mut ring.growing {
            segment.steps += 1;
            write_step(&mut segment.text, now, &event, (&effects, &wakes));
        }
    }

    /// Writes everything into a new file of this folder and says which. Old recordings beyond the newest few are deleted.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn dump(&self, folder: &Path, why: &str) -> Result<PathBuf> {
        let text = match self.0.try_lock() {
            Ok(ring) => ring.text(why),
            Err(TryLockError::Poisoned(ring)) => ring.into_inner().text(why),
            Err(TryLockError::WouldBlock) => self
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .text(why),
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join(format!("{}-{why}.jsonl", crate::clock::wall().0));
        crate::state_dir::write_whole(&path, text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
        forget_old(folder);
        Ok(path)
    }
}

impl Ring {
    fn turn<R: Serialize>(&mut self, snapshot: &Line<R>) {
        self.full.extend(self.growing.take());
        while self.full.len() > SEGMENTS {
            self.full.pop_front();
        }
        let text = json(snapshot) + "\n";
        self.growing = Some(Segment { text, steps: 0 });
    }

    fn text(&self, why: &str) -> String {
        let head = Head {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            written: crate::clock::wall(),
            why: why.to_owned(),
        };
        let mut text = json(&Line::<()>::Head(head)) + "\n";
        self.full
            .iter()
            .chain(&self.growing)
            .for_each(|segment| text.push_str(&segment.text));
        if let Some((now, event)) = &self.under_way {
            write_step(&mut text, *now, event, ("null", "null"));
        }
        text
    }
}

fn write_step(text: &mut String, now: Mono, event: &str, (effects, wakes): (&str, &str)) {
    let _ = writeln!(
        text,
        r#"{{"step":{{"now":{},"event":{event},"effects":{effects},"wakes":{wakes}}}}}"#,
        now.0
    );
}

/// Every type of a recording can be written as JSON; were one not, the place would say so.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("\"not recorded: {error}\""))
}

const RECORDINGS: usize = 8;

fn forget_old(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut recordings: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    recordings.sort();
    let old = recordings.len().saturating_sub(RECORDINGS);
    for path in &recordings[..old] {
        let _ = std::fs::remove_file(path);
    }
}
