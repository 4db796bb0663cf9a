//! Which check is when: one after the other, each with its deadline, repaired and tried again once, ended by any press, person or
//! call. Sans-IO; the clock is an argument. Knows no device.

use crate::check::{Check, Checked, Run, Skipped, Stop};
use crate::trouble::{Repair, Trouble};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is seen of the room before anything begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// A call is on, or about to be.
    pub call: bool,
    /// Somebody is in the room.
    pub occupied: bool,
    /// The room shall be quiet now, so nothing may be played.
    pub quiet: bool,
}

/// What happens to a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The check that was started came to this.
    Checked(Checked),
    /// What was repaired, is; or could not be.
    Repaired,
    /// It shall end now.
    Stop(Stop),
    /// Time went by.
    Tick,
}

/// What shall be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Run this check.
    Start(Check),
    /// Give this check up at once: no sound more, no movement more.
    Abandon(Check),
    /// Mend this, then say so.
    Repair(BTreeSet<Repair>),
    /// It is over. Nothing follows.
    Finished(Run),
}

/// How long a check may take; of those that count devices, each one.
fn longest(check: Check, parts: u32) -> Duration {
    let (base, each) = match check {
        Check::Meeting => (5, 0),
        Check::Path => (30, 0),
        Check::Sip => (15, 0),
        Check::Displays => (5, 15),
        Check::Picture => (5, 15),
        Check::Heads => (5, 20),
        Check::People => (5, 5),
        // A pair of the sound loop takes at most four seconds; the beginning and the end of each recording one more. Echo is
        // listened for once, by whoever may cancel it: five seconds for a device, and seven for the room's own canceller, which
        // has to be put in the way.
        Check::Sound => (23, 6),
    };
    Duration::from_secs(base + each * u64::from(parts))
}

/// The longest that a repair may take.
const REPAIR: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq)]
enum State {
    Checking(Check, Duration),
    Repairing(Checked, Duration),
    Over,
}

/// A run in the making.
#[derive(Debug)]
pub struct Plan {
    left: VecDeque<(Check, u32)>,
    parts: u32,
    tried: BTreeMap<Check, Vec<Repair>>,
    done: Vec<Checked>,
    state: State,
}

impl Plan {
    /// Begins with these checks, each with the number of its devices or pairs. What the surroundings forbid is not begun at all.
    ///
    /// # Errors
    /// When nothing may be checked now.
    pub fn begin(
        now: Duration,
        wanted: &[(Check, u32)],
        around: Surroundings,
    ) -> Result<(Plan, Vec<Order>), Stop> {
        if around.call {
            return Err(Stop::Call);
        }
        if around.occupied {
            return Err(Stop::Occupied);
        }
        let mut wanted = wanted.to_vec();
        wanted.sort_by_key(|(check, _)| *check);
        wanted.dedup_by_key(|(check, _)| *check);
        let (loud, left): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .partition(|(check, _)| around.quiet && *check == Check::Sound);
        let mut plan = Plan {
            left: left.into(),
            parts: 0,
            tried: BTreeMap::new(),
            done: loud
                .into_iter()
                .map(|(check, _)| Checked::skipped(check, Skipped::Quiet))
                .collect(),
            state: State::Over,
        };
        let orders = plan.next(now);
        Ok((plan, orders))
    }

    /// One thing happens.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Order> {
        match (self.state.clone(), input) {
            (State::Over, _) => Vec::new(),
            (State::Checking(check, _), Input::Stop(stop)) => {
                self.done.push(Checked::skipped(check, Skipped::Stopped));
                let mut orders = vec![Order::Abandon(check)];
                orders.extend(self.finish(Some(stop)));
                orders
            }
            (State::Repairing(checked, _), Input::Stop(stop)) => {
                self.done.push(checked);
                self.finish(Some(stop))
            }
            (State::Checking(check, _), Input::Checked(checked)) if checked.check == check => {
                self.judged(now, checked)
            }
            (State::Repairing(checked, _), Input::Repaired) => self.again(now, checked.check),
            (State::Checking(check, until), Input::Tick) if now >= until => {
                let mut checked = Checked::of(check);
                checked.troubles.push(Trouble::Late(check));
                self.done.push(checked);
                let mut orders = vec![Order::Abandon(check)];
                orders.extend(self.next(now));
                orders
            }
            (State::Repairing(checked, until), Input::Tick) if now >= until => {
                self.done.push(checked);
                self.next(now)
            }
            (State::Checking(..) | State::Repairing(..), _) => Vec::new(),
        }
    }

    /// When time alone changes something.
    pub fn next_deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Checking(_, until) | State::Repairing(_, until) => Some(*until),
            State::Over => None,
        }
    }

    fn judged(&mut self, now: Duration, mut checked: Checked) -> Vec<Order> {
        let before = self.tried.get(&checked.check);
        checked.tried = before.cloned().unwrap_or_default();
        let repairs: BTreeSet<Repair> = checked
            .troubles
            .iter()
            .filter_map(Trouble::repair)
            .collect();
        if checked.tried.is_empty() && !repairs.is_empty() {
            checked.tried = repairs.iter().copied().collect();
            self.tried.insert(checked.check, checked.tried.clone());
            self.state = State::Repairing(checked, now + REPAIR);
            return vec![Order::Repair(repairs)];
        }
        self.done.push(checked);
        self.next(now)
    }

    fn again(&mut self, now: Duration, check: Check) -> Vec<Order> {
        self.state = State::Checking(check, now + longest(check, self.parts));
        vec![Order::Start(check)]
    }

    fn next(&mut self, now: Duration) -> Vec<Order> {
        match self.left.pop_front() {
            Some((check, parts)) => {
                self.parts = parts;
                self.again(now, check)
            }
            None => self.finish(None),
        }
    }

    fn finish(&mut self, stopped: Option<Stop>) -> Vec<Order> {
        let left = self.left.drain(..);
        let never = left.map(|(check, _)| Checked::skipped(check, Skipped::Stopped));
        self.done.extend(never);
        self.done.sort_by_key(|checked| checked.check);
        self.state = State::Over;
        vec![Order::Finished(Run {
            checks: core::mem::take(&mut self.done),
            stopped,
        })]
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
