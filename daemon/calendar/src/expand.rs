//! Owns the window, and the way from events to dated occurrences in it, series by series.
//! Pure; knows no source, no status filter and no clock.

use std::collections::BTreeMap;

use crate::{
    error::Problem,
    model::{Calendar, Event},
    rule::Budget,
    series::{Series, Work},
    zone::{UnixMs, Zone},
};

/// A half-open stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First instant inside.
    pub from: UnixMs,
    /// First instant behind.
    pub to: UnixMs,
}

impl Window {
    /// The window a room looks at: from one day ago to two weeks ahead.
    pub fn around(now: UnixMs) -> Self {
        Self {
            from: now.plus(-UnixMs::DAY),
            to: now.plus(14 * UnixMs::DAY),
        }
    }

    /// The window with so many milliseconds more on both sides.
    pub(crate) fn widened(&self, ms: i64) -> Self {
        Self {
            from: self.from.plus(ms.saturating_neg()),
            to: self.to.plus(ms),
        }
    }

    /// True when something from `start` to `end` touches the window; what has no length counts by its start.
    pub fn touches(&self, start: UnixMs, end: UnixMs) -> bool {
        start < self.to && (end > self.from || start >= self.from)
    }
}

/// Which one of a series; stays the same when that one is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instance {
    /// The only one.
    Single,
    /// The one whose slot is this instant; for whole days, midnight UTC of the day.
    Slot(UnixMs),
}

/// One event on one date.
#[derive(Debug, Clone)]
pub struct Occurrence<'c> {
    /// Where its properties come from: the master or a change.
    pub event: &'c Event,
    /// Which one of the series.
    pub instance: Instance,
    /// When it starts.
    pub start: UnixMs,
    /// When it ends, never before it starts.
    pub end: UnixMs,
}

/// What [`expand`] found.
#[derive(Debug, Default)]
pub struct Expansion<'c> {
    /// Occurrences that touch the window, by UID, then by start.
    pub occurrences: Vec<Occurrence<'c>>,
    /// What could not be worked out.
    pub problems: Vec<Problem>,
}

/// Works out every occurrence that touches the window.
///
/// Invariant: occurrences lie in the window and no series has more than a few hundred of them.
pub fn expand<'c>(calendar: &'c Calendar, room: &Zone, window: Window) -> Expansion<'c> {
    let mut by_uid: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &calendar.events {
        by_uid.entry(&event.uid).or_default().push(event);
    }
    let mut work = Work {
        window,
        budget: Budget::default(),
        done: Expansion::default(),
    };
    for events in by_uid.values() {
        Series::new(events, room).expand(&mut work);
    }
    work.done
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
