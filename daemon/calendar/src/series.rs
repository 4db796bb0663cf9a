//! Owns the merging of one series: the master's slots, minus exceptions, with changes in place of what they replace.
//! Pure; knows no source and no status filter.
//!
//! Terms: a *series* is all events of one UID; its *master* has no RECURRENCE-ID; a *slot* is a start that the rule
//! gives; a *change* is an event that replaces a slot, or a slot and all after it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::{
    error::Problem,
    expand::{Expansion, Instance, Occurrence, Window},
    model::{Event, Status, Until, When, end_of},
    rule::{Budget, RuleFault},
    slots::{Calculation, Frame, Named, Slot},
    zone::{UnixMs, Zone},
};

/// What is wanted, what it may cost, and what has been found.
pub(crate) struct Work<'c> {
    pub window: Window,
    pub budget: Budget,
    pub done: Expansion<'c>,
}

/// All events of one UID, the newest version of each.
pub(crate) struct Series<'c> {
    master: Option<&'c Event>,
    changes: Vec<&'c Event>,
    by_slot: Named<&'c Event>,
    frame: Frame,
}

/// One event with the date it gets.
struct Dated<'c, 'd> {
    event: &'c Event,
    instance: Instance,
    start: &'d When,
    until: &'d Until,
}

impl<'c> Series<'c> {
    pub(crate) fn new(events: &[&'c Event], room: &Zone) -> Self {
        let master = newest(events.iter().filter(|event| event.replaces.is_none()));
        let frame = Frame::new(master, room);
        let mut versions: BTreeMap<(bool, UnixMs), Vec<&'c Event>> = BTreeMap::new();
        for event in events {
            if let Some(replaces) = &event.replaces {
                let slot = replaces.slot.instant(&frame.zone);
                let named = (replaces.slot.is_date(), slot);
                versions.entry(named).or_default().push(event);
            }
        }
        let changes: Vec<&Event> = versions
            .values()
            .filter_map(|all| newest(all.iter()))
            .collect();
        let mut by_slot = Named::default();
        for change in &changes {
            if let Some(replaces) = &change.replaces {
                by_slot.insert(&replaces.slot, *change, &frame);
            }
        }
        Self {
            master,
            changes,
            by_slot,
            frame,
        }
    }

    /// Adds every occurrence that touches the window.
    pub(crate) fn expand(&self, work: &mut Work<'c>) {
        match self.master {
            Some(master) if repeats(master) => self.slots(master, work),
            Some(master) if self.by_slot.get(&self.frame.slot(&master.start)).is_none() => {
                let instance = Instance::Single;
                let (start, until) = (&master.start, &master.until);
                self.push(
                    Dated {
                        event: master,
                        instance,
                        start,
                        until,
                    },
                    work,
                );
            }
            _ => {}
        }
        for change in &self.changes {
            if self.is_outdated(change, work) {
                continue;
            }
            let instance = self.instance_of(change);
            let (start, until) = (&change.start, &change.until);
            self.push(
                Dated {
                    event: change,
                    instance,
                    start,
                    until,
                },
                work,
            );
        }
    }

    fn slots(&self, master: &'c Event, work: &mut Work<'c>) {
        let reach = self.furthest_move();
        let mut found =
            Calculation::new(master, &self.frame, work.window.widened(reach)).run(&mut work.budget);
        let problems = found
            .faults
            .drain(..)
            .map(|fault| problem(&master.uid, fault));
        work.done.problems.extend(problems);
        let excepted = Named::of(&master.except_dates, &self.frame);
        for (start, own_until) in &found.starts {
            let slot = self.frame.slot(start);
            if excepted.get(&slot).is_some() || self.by_slot.get(&slot).is_some() {
                continue;
            }
            let instance = Instance::Slot(slot.key);
            if let Some(change) = self.change_from(&slot) {
                let start = self.shifted(change, start);
                let until = moved_until(change, &start, &self.frame.zone);
                self.push(
                    Dated {
                        event: change,
                        instance,
                        start: &start,
                        until: &until,
                    },
                    work,
                );
                continue;
            }
            let until = match own_until {
                Some(own) => (*own).clone(),
                None => moved_until(master, start, &self.frame.zone),
            };
            self.push(
                Dated {
                    event: master,
                    instance,
                    start,
                    until: &until,
                },
                work,
            );
        }
    }

    fn push(&self, dated: Dated<'c, '_>, work: &mut Work<'c>) {
        // Whole days belong to the room's day, wherever the series was written.
        let whole_day = dated.start.is_date();
        let around = if whole_day {
            &self.frame.room
        } else {
            &self.frame.zone
        };
        let start = dated.start.instant(around);
        let end = end_of(dated.start, dated.until, around).max(start);
        if work.window.touches(start, end) {
            work.done.occurrences.push(Occurrence {
                event: dated.event,
                instance: dated.instance,
                start,
                end,
            });
        }
    }

    fn instance_of(&self, change: &Event) -> Instance {
        let Some(replaces) = &change.replaces else {
            return Instance::Single;
        };
        if let Some(master) = self.master.filter(|master| !repeats(master)) {
            let own = Named::of([&replaces.slot], &self.frame);
            if own.get(&self.frame.slot(&master.start)).is_some() {
                return Instance::Single;
            }
        }
        let named = match (&replaces.slot, self.master.map(|master| &master.start)) {
            // A day in a series of times means the slot on that day.
            (When::Date(day), Some(When::Zoned(start, zone))) => {
                When::Zoned(day.and_time(start.time()), zone.clone())
            }
            (When::Date(day), Some(When::Floating(start))) => {
                When::Floating(day.and_time(start.time()))
            }
            (slot, _) => slot.clone(),
        };
        Instance::Slot(self.frame.slot(&named).key)
    }

    /// A change that is older than its master and fits none of its slots was left behind when the series moved.
    fn is_outdated(&self, change: &Event, work: &mut Work<'c>) -> bool {
        let (Some(master), Some(replaces)) = (self.master, &change.replaces) else {
            return false;
        };
        if change.revision.sequence >= master.revision.sequence || !repeats(master) {
            return false;
        }
        let at = replaces.slot.instant(&self.frame.zone);
        let near = Window {
            from: at.plus(-UnixMs::DAY),
            to: at.plus(UnixMs::DAY),
        };
        let found = Calculation::new(master, &self.frame, near).run(&mut work.budget);
        let own = Named::of([&replaces.slot], &self.frame);
        let fits = |start: &When| own.get(&self.frame.slot(start)).is_some();
        found.faults.is_empty() && !found.starts.iter().any(|(start, _)| fits(start))
    }

    /// Changes of a slot and all after it.
    fn lasting_changes(&self) -> impl Iterator<Item = (UnixMs, &'c Event)> + '_ {
        self.changes.iter().filter_map(|change| {
            let replaces = change
                .replaces
                .as_ref()
                .filter(|replaces| replaces.and_future)?;
            Some((replaces.slot.instant(&self.frame.zone), *change))
        })
    }

    /// The last change of this and all following slots that holds for a slot.
    fn change_from(&self, slot: &Slot) -> Option<&'c Event> {
        self.lasting_changes()
            .filter(|(from, _)| *from <= slot.at)
            .max_by_key(|(from, _)| *from)
            .map(|(_, change)| change)
    }

    /// How far changes can carry a slot's occurrence into or out of the window.
    fn furthest_move(&self) -> i64 {
        self.lasting_changes()
            .map(|(_, change)| {
                let moved = self.shift(change).num_milliseconds().abs();
                self.frame.length(change).saturating_add(moved)
            })
            .max()
            .unwrap_or(0)
    }

    fn shift(&self, change: &Event) -> TimeDelta {
        let Some(replaces) = &change.replaces else {
            return TimeDelta::zero();
        };
        let local = |when: &When| self.frame.zone.local(when.instant(&self.frame.zone));
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
}

/// The highest SEQUENCE, then the latest DTSTAMP, then the cancelled one, then the last in the text.
fn newest<'e, 'c: 'e>(events: impl Iterator<Item = &'e &'c Event>) -> Option<&'c Event> {
    events
        .copied()
        .max_by_key(|event| (event.revision, event.status == Status::Cancelled))
}

fn repeats(event: &Event) -> bool {
    !event.rules.is_empty() || !event.dates.is_empty()
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
