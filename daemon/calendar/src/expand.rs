//! Owns the way from events to dated occurrences in a window: rules, minus exceptions, plus added dates, with the
//! changed instances merged in. Pure; knows no source, no status filter and no clock.
//!
//! Terms: a *series* is all events of one UID; its *master* has no RECURRENCE-ID; a *slot* is the start that the rule
//! gives; a *change* is an event that replaces a slot, or a slot and all after it.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};

use crate::{
    error::Problem,
    model::{Calendar, Event, KnownRule, Rule, Until, When, end_of},
    rule::{Budget, Kind, Plan, RuleFault, Span},
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
    let mut done = Expansion::default();
    let mut budget = Budget::default();
    for events in by_uid.values() {
        Series::new(events, room).expand(window, &mut budget, &mut done);
    }
    done
}

struct Series<'c> {
    master: Option<&'c Event>,
    changes: Vec<&'c Event>,
    /// Zone of the series; floating values and dates are local to it.
    zone: Zone,
    room: Zone,
}

impl<'c> Series<'c> {
    fn new(events: &[&'c Event], room: &Zone) -> Self {
        let newest = |events: &mut dyn Iterator<Item = &&'c Event>| {
            events.max_by_key(|event| event.revision).copied()
        };
        let master = newest(&mut events.iter().filter(|event| event.replaces.is_none()));
        let zone = match master.map(|master| &master.start) {
            Some(When::Zoned(_, zone)) => zone.clone(),
            _ => room.clone(),
        };
        let mut slots: BTreeMap<(bool, UnixMs), Vec<&'c Event>> = BTreeMap::new();
        for event in events {
            if let Some(replaces) = &event.replaces {
                let slot = replaces.slot.instant(&zone);
                slots
                    .entry((replaces.slot.is_date(), slot))
                    .or_default()
                    .push(event);
            }
        }
        let changes = slots
            .values()
            .filter_map(|events| newest(&mut events.iter()))
            .collect();
        Self {
            master,
            changes,
            zone,
            room: room.clone(),
        }
    }

    fn expand(&self, window: Window, budget: &mut Budget, done: &mut Expansion<'c>) {
        if let Some(master) = self.master {
            if self.repeats(master) {
                self.slots(master, window, budget, done);
            } else if self.change_of(&self.slot(&master.start)).is_none() {
                self.push(
                    master,
                    Instance::Single,
                    &master.start,
                    &master.until,
                    window,
                    done,
                );
            }
        }
        for change in &self.changes {
            if self.is_outdated(change, budget) {
                continue;
            }
            let instance = self.instance_of(change);
            self.push(change, instance, &change.start, &change.until, window, done);
        }
    }

    fn repeats(&self, master: &Event) -> bool {
        !master.rules.is_empty() || !master.dates.is_empty()
    }

    fn instance_of(&self, change: &Event) -> Instance {
        match (&change.replaces, self.master) {
            (_, Some(master))
                if !self.repeats(master) && self.replaces(change, &self.slot(&master.start)) =>
            {
                Instance::Single
            }
            (Some(replaces), master) => {
                let whole_days = master.is_some_and(|master| master.start.is_date());
                Instance::Slot(if whole_days || replaces.slot.is_date() {
                    UnixMs::from_utc(self.day_of(&replaces.slot))
                } else {
                    replaces.slot.instant(&self.zone)
                })
            }
            (None, _) => Instance::Single,
        }
    }

    /// A change that is older than its master and fits none of its slots was left behind when the series moved.
    fn is_outdated(&self, change: &Event, budget: &mut Budget) -> bool {
        let (Some(master), Some(replaces)) = (self.master, &change.replaces) else {
            return false;
        };
        if change.revision.sequence >= master.revision.sequence || !self.repeats(master) {
            return false;
        }
        let at = replaces.slot.instant(&self.zone);
        let near = Window {
            from: at.plus(-UnixMs::DAY),
            to: at.plus(UnixMs::DAY),
        };
        let (starts, faults) = self.starts(master, near, budget);
        faults.is_empty()
            && !starts
                .iter()
                .any(|(start, _)| self.replaces(change, &self.slot(start)))
    }

    /// All dates of the master that may touch the window, with the end of those that have one of their own.
    fn starts(
        &self,
        master: &'c Event,
        window: Window,
        budget: &mut Budget,
    ) -> (Vec<(When, Option<&'c Until>)>, Vec<RuleFault>) {
        let mut found: Vec<(When, Option<&Until>)> = Vec::new();
        let mut faults = Vec::new();
        let span = self.span(master, window);
        let as_start = |local: NaiveDateTime| match &master.start {
            When::Date(_) => When::Date(local.date()),
            When::Floating(_) => When::Floating(local),
            When::Zoned(_, zone) => When::Zoned(local, zone.clone()),
        };
        let first = master.start.written();
        if first >= span.from && first < span.to {
            found.push((master.start.clone(), None));
        }
        let mut dates = self.follow(master, &master.rules, span, (budget, &mut faults));
        if !dates.is_empty() && !master.except_rules.is_empty() {
            let except = self.follow(master, &master.except_rules, span, (budget, &mut faults));
            dates.retain(|date| except.binary_search(date).is_err());
            found.retain(|(start, _)| except.binary_search(&start.written()).is_err());
        }
        found.extend(dates.into_iter().map(|date| (as_start(date), None)));
        found.extend(
            master
                .dates
                .iter()
                .map(|added| (added.start.clone(), added.until.as_ref())),
        );
        (found, faults)
    }

    fn follow(
        &self,
        master: &Event,
        rules: &[Rule],
        span: Span,
        (budget, faults): (&mut Budget, &mut Vec<RuleFault>),
    ) -> Vec<NaiveDateTime> {
        let kind = if master.start.is_date() {
            Kind::Whole
        } else {
            Kind::Timed
        };
        let mut dates = Vec::new();
        for rule in rules {
            let outcome = match rule {
                Rule::Unknown(detail) => Err(RuleFault::Invalid(detail.clone())),
                Rule::Known(rule) => {
                    Plan::new(rule, master.start.written(), kind, self.last(master, rule))
                        .and_then(|plan| plan.dates(span, budget))
                }
            };
            match outcome {
                Ok(found) => dates.extend(found),
                Err(RuleFault::TooMany(found)) => {
                    dates.extend(found);
                    faults.push(RuleFault::TooMany(Vec::new()));
                }
                Err(fault) => faults.push(fault),
            }
        }
        dates.sort_unstable();
        dates.dedup();
        dates
    }

    /// UNTIL in the local time of the series. Exchange writes it in UTC, others as a date or without a zone.
    fn last(&self, master: &Event, rule: &KnownRule) -> Option<NaiveDateTime> {
        let end_of_day = |day: NaiveDateTime| day + TimeDelta::seconds(86_399);
        Some(match rule.until.as_ref()? {
            When::Date(day) => end_of_day(day.and_time(chrono::NaiveTime::MIN)),
            When::Floating(local) => *local,
            When::Zoned(utc, zone) => {
                let midnight = utc.time() == chrono::NaiveTime::MIN;
                if master.start.is_date() && midnight {
                    *utc
                } else {
                    self.zone.local(zone.instant(*utc))
                }
            }
        })
    }

    /// The local span in which a slot may lie whose occurrence touches the window.
    fn span(&self, master: &Event, window: Window) -> Span {
        let length = |event: &Event| {
            (end_of(&event.start, &event.until, &self.zone).0 - event.start.instant(&self.zone).0)
                .max(0)
        };
        let furthest = self
            .changes
            .iter()
            .filter(|change| {
                change
                    .replaces
                    .as_ref()
                    .is_some_and(|replaces| replaces.and_future)
            })
            .map(|change| {
                length(change).saturating_add(self.shift(change).num_milliseconds().abs())
            })
            .max()
            .unwrap_or(0);
        // Clocks are moved by an hour; twice that makes up for local times around the change.
        const SLACK: i64 = 120 * UnixMs::MINUTE;
        let back = length(master).max(furthest).saturating_add(SLACK);
        let ahead = furthest.saturating_add(SLACK);
        Span {
            core: self.zone.local(window.from),
            from: self.zone.local(window.from.plus(-back)),
            to: self.zone.local(window.to.plus(ahead)),
        }
    }

    fn slots(
        &self,
        master: &'c Event,
        window: Window,
        budget: &mut Budget,
        done: &mut Expansion<'c>,
    ) {
        let (mut starts, faults) = self.starts(master, window, budget);
        done.problems
            .extend(faults.into_iter().map(|fault| problem(&master.uid, fault)));
        starts.sort_by_key(|(start, _)| start.instant(&self.zone));
        starts.dedup_by_key(|(start, _)| start.instant(&self.zone));
        for (start, own_until) in &starts {
            let slot = self.slot(start);
            if self.is_excepted(master, &slot) || self.change_of(&slot).is_some() {
                continue;
            }
            let instance = Instance::Slot(slot.key);
            match self.change_from(&slot) {
                Some(change) => {
                    let start = self.shifted(change, start);
                    let until = moved_until(change, &start, &self.zone);
                    self.push(change, instance, &start, &until, window, done);
                }
                None => {
                    let until = match own_until {
                        Some(own) => (*own).clone(),
                        None => moved_until(master, start, &self.zone),
                    };
                    self.push(master, instance, start, &until, window, done);
                }
            }
        }
    }

    fn slot(&self, start: &When) -> Slot {
        let at = start.instant(&self.zone);
        let day = self.day_of(start);
        Slot {
            at,
            day,
            key: if start.is_date() {
                UnixMs::from_utc(day)
            } else {
                at
            },
        }
    }

    /// Midnight of the local day that a value means for this series. A UTC midnight on a series of whole days is
    /// that date itself.
    fn day_of(&self, when: &When) -> NaiveDateTime {
        let written = when.written();
        let local = match when {
            When::Zoned(_, zone) if *zone != self.zone => {
                let whole = self.master.is_some_and(|master| master.start.is_date());
                if whole && written.time() == chrono::NaiveTime::MIN {
                    written
                } else {
                    self.zone.local(zone.instant(written))
                }
            }
            _ => written,
        };
        local.date().and_time(chrono::NaiveTime::MIN)
    }

    /// EXDATE and RECURRENCE-ID name a slot by its instant or, written as a date, by its local day.
    fn names(&self, named: &When, slot: &Slot) -> bool {
        let whole_days = self.master.is_some_and(|master| master.start.is_date());
        if named.is_date() || whole_days {
            self.day_of(named) == slot.day
        } else {
            named.instant(&self.zone) == slot.at
        }
    }

    fn is_excepted(&self, master: &Event, slot: &Slot) -> bool {
        master
            .except_dates
            .iter()
            .any(|named| self.names(named, slot))
    }

    fn replaces(&self, change: &Event, slot: &Slot) -> bool {
        change
            .replaces
            .as_ref()
            .is_some_and(|replaces| self.names(&replaces.slot, slot))
    }

    fn change_of(&self, slot: &Slot) -> Option<&'c Event> {
        self.changes
            .iter()
            .copied()
            .find(|change| self.replaces(change, slot))
    }

    /// The last change of this and all following slots that holds for a slot.
    fn change_from(&self, slot: &Slot) -> Option<&'c Event> {
        self.changes
            .iter()
            .copied()
            .filter_map(|change| {
                let replaces = change
                    .replaces
                    .as_ref()
                    .filter(|replaces| replaces.and_future)?;
                let from = replaces.slot.instant(&self.zone);
                (from <= slot.at).then_some((from, change))
            })
            .max_by_key(|(from, _)| *from)
            .map(|(_, change)| change)
    }

    fn shift(&self, change: &Event) -> TimeDelta {
        let Some(replaces) = &change.replaces else {
            return TimeDelta::zero();
        };
        let local = |when: &When| self.zone.local(when.instant(&self.zone));
        local(&change.start) - local(&replaces.slot)
    }

    fn shifted(&self, change: &Event, start: &When) -> When {
        let local = start.written();
        let moved = local
            .checked_add_signed(self.shift(change))
            .unwrap_or(local);
        match start {
            When::Date(_) if change.start.is_date() => When::Date(moved.date()),
            When::Date(_) | When::Floating(_) => When::Floating(moved),
            When::Zoned(_, zone) => When::Zoned(moved, zone.clone()),
        }
    }

    fn push(
        &self,
        event: &'c Event,
        instance: Instance,
        start: &When,
        until: &Until,
        window: Window,
        done: &mut Expansion<'c>,
    ) {
        // Whole days belong to the room's day, wherever the series was written.
        let around = if start.is_date() {
            &self.room
        } else {
            &self.zone
        };
        let start_at = start.instant(around);
        let end = end_of(start, until, around).max(start_at);
        if window.touches(start_at, end) {
            done.occurrences.push(Occurrence {
                event,
                instance,
                start: start_at,
                end,
            });
        }
    }
}

/// A start that the rule gives, in the forms by which it can be named.
struct Slot {
    at: UnixMs,
    day: NaiveDateTime,
    key: UnixMs,
}

/// The end of another date of an event: the same exact length, or the same DURATION (RFC 5545 3.8.5.3).
fn moved_until(event: &Event, start: &When, around: &Zone) -> Until {
    match &event.until {
        Until::At(end) if start.is_date() && end.is_date() => Until::For {
            days: (end.written() - event.start.written()).num_days(),
            ms: 0,
        },
        Until::At(end) => Until::For {
            days: 0,
            ms: end.instant(around).0 - event.start.instant(around).0,
        },
        said => said.clone(),
    }
}

fn problem(uid: &str, fault: RuleFault) -> Problem {
    let uid = uid.to_owned();
    match fault {
        RuleFault::Invalid(detail) => Problem::RuleNotUnderstood { uid, detail },
        RuleFault::TooCostly => Problem::RuleTooCostly { uid },
        RuleFault::TooMany(_) => Problem::TooManyDates { uid },
    }
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
