//! Owns the slots of a series: every start that its rules and added dates give near a window, and the ways in which
//! EXDATE and RECURRENCE-ID name one. Pure.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use crate::{
    expand::Window,
    model::{Event, KnownRule, Rule, Until, When, end_of},
    rule::{Budget, Kind, Plan, RuleFault, Span},
    zone::{UnixMs, Zone},
};

/// The local time of a series.
pub(crate) struct Frame {
    /// Zone of the series; floating values and dates are local to it.
    pub zone: Zone,
    /// Zone of the room.
    pub room: Zone,
    whole_days: bool,
}

impl Frame {
    pub(crate) fn new(master: Option<&Event>, room: &Zone) -> Self {
        let zone = match master.map(|master| &master.start) {
            Some(When::Zoned(_, zone)) => zone.clone(),
            _ => room.clone(),
        };
        Self {
            zone,
            room: room.clone(),
            whole_days: master.is_some_and(|master| master.start.is_date()),
        }
    }

    /// The slot that a value means.
    pub(crate) fn slot(&self, start: &When) -> Slot {
        let at = start.instant(&self.zone);
        let day = self.day_of(start);
        let by_day = self.whole_days || start.is_date();
        Slot {
            at,
            day,
            key: if by_day { UnixMs::from_utc(day) } else { at },
        }
    }

    /// Midnight of the local day that a value means. A UTC midnight in a series of whole days is that date itself.
    fn day_of(&self, when: &When) -> NaiveDateTime {
        let written = when.written();
        let local = match when {
            When::Zoned(_, zone) if *zone != self.zone => {
                if self.whole_days && written.time() == NaiveTime::MIN {
                    written
                } else {
                    self.zone.local(zone.instant(written))
                }
            }
            _ => written,
        };
        local.date().and_time(NaiveTime::MIN)
    }

    /// How long an event lasts, in milliseconds, never negative.
    pub(crate) fn length(&self, event: &Event) -> i64 {
        let start = event.start.instant(&self.zone);
        (end_of(&event.start, &event.until, &self.zone).0 - start.0).max(0)
    }
}

/// A start that the rule gives, in the forms by which it can be named.
pub(crate) struct Slot {
    pub at: UnixMs,
    day: NaiveDateTime,
    /// Stays the same when the meeting moves; for whole days, midnight UTC of the day.
    pub key: UnixMs,
}

/// Values found by the slot that names them: an instant or, written as a date, a local day.
pub(crate) struct Named<T> {
    by_instant: BTreeMap<UnixMs, T>,
    by_day: BTreeMap<NaiveDateTime, T>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self {
            by_instant: BTreeMap::new(),
            by_day: BTreeMap::new(),
        }
    }
}

impl Named<()> {
    pub(crate) fn of<'w>(names: impl IntoIterator<Item = &'w When>, frame: &Frame) -> Self {
        let mut named = Self::default();
        for name in names {
            named.insert(name, (), frame);
        }
        named
    }
}

impl<T> Named<T> {
    pub(crate) fn insert(&mut self, name: &When, value: T, frame: &Frame) {
        if name.is_date() || frame.whole_days {
            self.by_day.insert(frame.day_of(name), value);
        } else {
            self.by_instant.insert(name.instant(&frame.zone), value);
        }
    }

    pub(crate) fn get(&self, slot: &Slot) -> Option<&T> {
        self.by_instant
            .get(&slot.at)
            .or_else(|| self.by_day.get(&slot.day))
    }
}

/// What a calculation gave.
pub(crate) struct Starts<'c> {
    /// Every start once, in order, with its own end where RDATE gave one.
    pub starts: Vec<(When, Option<&'c Until>)>,
    pub faults: Vec<RuleFault>,
}

/// The working out of one master's slots near a window.
pub(crate) struct Calculation<'c, 'f> {
    master: &'c Event,
    frame: &'f Frame,
    span: Span,
    faults: Vec<RuleFault>,
}

impl<'c, 'f> Calculation<'c, 'f> {
    pub(crate) fn new(master: &'c Event, frame: &'f Frame, window: Window) -> Self {
        // Clocks are moved by an hour; twice that makes up for local times around the change.
        const SLACK: i64 = 120 * UnixMs::MINUTE;
        let back = frame.length(master).saturating_add(SLACK);
        let span = Span {
            from: frame.zone.local(window.from.plus(-back)),
            core: frame.zone.local(window.from),
            to: frame.zone.local(window.to.plus(SLACK)),
        };
        Self {
            master,
            frame,
            span,
            faults: Vec::new(),
        }
    }

    pub(crate) fn run(mut self, budget: &mut Budget) -> Starts<'c> {
        let master = self.master;
        let mut dates = self.follow(&master.rules, budget);
        let first = master.start.written();
        if first >= self.span.from && first < self.span.to {
            dates.push(first);
        }
        if !dates.is_empty() && !master.except_rules.is_empty() {
            let except = self.follow(&master.except_rules, budget);
            dates.retain(|date| except.binary_search(date).is_err());
        }
        let as_start = |local: NaiveDateTime| match &master.start {
            When::Date(_) => When::Date(local.date()),
            When::Floating(_) => When::Floating(local),
            When::Zoned(_, zone) => When::Zoned(local, zone.clone()),
        };
        let added = master
            .dates
            .iter()
            .map(|added| (added.start.clone(), added.until.as_ref()));
        let mut starts: Vec<_> = dates
            .into_iter()
            .map(|date| (as_start(date), None))
            .chain(added)
            .collect();
        starts.sort_by_cached_key(|(start, _)| start.instant(&self.frame.zone));
        starts.dedup_by_key(|(start, _)| start.instant(&self.frame.zone));
        Starts {
            starts,
            faults: self.faults,
        }
    }

    fn follow(&mut self, rules: &[Rule], budget: &mut Budget) -> Vec<NaiveDateTime> {
        let mut dates = Vec::new();
        for rule in rules {
            match self.follow_one(rule, budget) {
                Ok(found) => dates.extend(found),
                Err(RuleFault::TooMany(found)) => {
                    dates.extend(found);
                    self.faults.push(RuleFault::TooMany(Vec::new()));
                }
                Err(fault) => self.faults.push(fault),
            }
        }
        dates.sort_unstable();
        dates.dedup();
        dates
    }

    fn follow_one(
        &self,
        rule: &Rule,
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDateTime>, RuleFault> {
        let rule = match rule {
            Rule::Known(rule) => rule,
            Rule::Unknown(detail) => return Err(RuleFault::Invalid(detail.clone())),
        };
        let whole_days = self.master.start.is_date();
        let kind = if whole_days { Kind::Whole } else { Kind::Timed };
        let plan = Plan::new(rule, self.master.start.written(), kind, self.last(rule))?;
        plan.dates(self.span, budget)
    }

    /// UNTIL in the local time of the series. Exchange writes it in UTC, others as a date or without a zone.
    fn last(&self, rule: &KnownRule) -> Option<NaiveDateTime> {
        let end_of_day = |day: NaiveDateTime| day + TimeDelta::seconds(86_399);
        Some(match rule.until.as_ref()? {
            When::Date(day) => end_of_day(day.and_time(NaiveTime::MIN)),
            When::Floating(local) => *local,
            When::Zoned(utc, zone) => {
                let midnight = utc.time() == NaiveTime::MIN;
                if self.master.start.is_date() && midnight {
                    *utc
                } else {
                    self.frame.zone.local(zone.instant(*utc))
                }
            }
        })
    }
}
