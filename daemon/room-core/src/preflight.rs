//! When the room proves itself, and what came of it: before meetings, at night, and when somebody asks for it.
//! Knows no check and no sound; whoever runs them says how they ended.
//!
//! Invariants:
//! - It never runs in a call, on the way to one, or while a page is prepared; whatever is pressed ends it at once.
//! - By itself it is heard only outside the operator's quiet hours; within them it makes no sound.

use crate::effect::Effect;
use crate::ids::CheckCode;
use crate::limits;
use crate::room::Room;
use crate::units::{Mono, Wall};
use crate::view::PreflightView;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// When the room proves itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreflightPlan {
    /// So long before a meeting, each once; the longest first.
    pub before: Vec<Duration>,
}

/// The operator's hours of the coming days as times of the wall clock. The core knows no time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// When the room proves itself in the night.
    pub nights: Vec<Wall>,
    /// From when until when it makes no sound by itself.
    pub quiet: Vec<(Wall, Wall)>,
}

/// One preflight; facts of another one are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// What whoever runs the checks can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreflightCommand {
    /// Begin; answered by one `PreflightSeen`.
    Start {
        /// Which one.
        run: RunId,
        /// Whether sound may be played.
        aloud: bool,
    },
    /// Stop now, whatever was asked before; nothing is answered.
    Stop,
}

/// How a preflight ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreflightSeen {
    /// The room was judged.
    Judged(Light, Vec<CheckCode>),
    /// Somebody is in the room: nothing was tried.
    Occupied,
    /// It could not be run.
    Unable,
}

/// How a room was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Light {
    /// Everything as it should be.
    Green,
    /// It works, but something should be seen to.
    Yellow,
    /// It will not work.
    Red,
}

/// The last judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// How bad.
    pub light: Light,
    /// What was found, worst first.
    pub codes: Vec<CheckCode>,
    /// When.
    pub at: Wall,
}

/// What the room knows of its preflight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preflight {
    run: Option<(RunId, Mono)>,
    last_run: u64,
    hours: Hours,
    /// Times at which one was due and was begun.
    begun: Vec<Wall>,
    judged: Option<(Judged, Mono)>,
}

/// More times than this are not remembered; a day has fewer.
const BEGUN_MAX: usize = 64;

impl Preflight {
    pub fn runs(&self) -> bool {
        self.run.is_some()
    }
}

impl Room {
    pub(crate) fn read_hours(&mut self, hours: Hours) {
        self.preflight.hours = hours;
    }

    pub(crate) fn read_preflight(&mut self, run: RunId, seen: PreflightSeen) {
        let Some((_, since)) = self.preflight.run.filter(|(known, _)| *known == run) else {
            return;
        };
        self.preflight.run = None;
        if let PreflightSeen::Judged(light, codes) = seen {
            let at = self.clock.wall_of(self.now);
            self.preflight.judged = Some((Judged { light, codes, at }, since));
        }
    }

    /// Nothing is on that a preflight could disturb.
    pub(crate) fn idle(&self) -> bool {
        let page = self.warm.as_ref().and_then(|w| w.call());
        self.visit.is_none() && page.is_none() && !self.stopping
    }

    pub(crate) fn may_preflight(&self) -> bool {
        self.plan.preflight.is_some() && self.idle() && !self.preflight.runs()
    }

    pub(crate) fn press_preflight(&mut self) {
        if self.may_preflight() {
            self.begin_preflight(true);
        }
    }

    /// Somebody is there: what runs is ended unless it is asked for, and what is due by itself now is not made up for.
    pub(crate) fn forgo_preflight(&mut self, asked: bool) {
        if !asked {
            self.stop_preflight();
        }
        let Some(wall) = self.wall() else {
            return;
        };
        let times = self.preflight_times().into_iter();
        let due = times.filter(|time| time.at <= wall && wall < time.until);
        let due: Vec<Wall> = due.map(|time| time.at).collect();
        self.note_begun(due);
    }

    fn note_begun(&mut self, times: Vec<Wall>) {
        self.preflight.begun.extend(times);
        let over = self.preflight.begun.len().saturating_sub(BEGUN_MAX);
        self.preflight.begun.drain(..over);
    }

    fn begin_preflight(&mut self, aloud: bool) {
        self.preflight.last_run = self.preflight.last_run.wrapping_add(1);
        let run = RunId(self.preflight.last_run);
        self.preflight.run = Some((run, self.now));
        let start = PreflightCommand::Start { run, aloud };
        self.out.push(Effect::Preflight(start));
    }

    pub(crate) fn stop_preflight(&mut self) {
        if self.preflight.run.take().is_some() {
            // Before whatever it makes room for.
            let stop = Effect::Preflight(PreflightCommand::Stop);
            self.out.insert(0, stop);
        }
    }

    /// Ends what may not run any more, and begins what is due.
    pub(crate) fn follow_preflight(&mut self) {
        let late = self.preflight_until().is_some_and(|at| self.now >= at);
        if late || !self.idle() || self.plan.preflight.is_none() {
            self.stop_preflight();
        }
        let due = self.wall().and_then(|wall| {
            let mut times = self.preflight_times().into_iter();
            times.find(|time| time.at <= wall && wall < time.until)
        });
        let Some(due) = due.filter(|_| self.may_preflight() && self.clock.trusted()) else {
            return;
        };
        self.note_begun(vec![due.at]);
        let aloud = !self.quiet_now();
        self.begin_preflight(aloud);
    }

    fn quiet_now(&self) -> bool {
        let wall = self.clock.wall_of(self.now);
        let quiet = &self.preflight.hours.quiet;
        quiet.iter().any(|(from, to)| *from <= wall && wall < *to)
    }

    /// Every time that is not begun yet, for the next meeting and the nights.
    fn preflight_times(&self) -> Vec<Time> {
        let (Some(plan), Some(agenda)) = (&self.plan.preflight, self.agenda()) else {
            return Vec::new();
        };
        let mut times = Vec::new();
        if let Some(meeting) = agenda.next_open(limits::PREFLIGHT_AHEAD) {
            let last = self.plan.policy.warm_before.max(limits::PREFLIGHT);
            for (turn, before) in plan.before.iter().enumerate() {
                let next = plan.before.get(turn + 1).copied().unwrap_or(last);
                times.push(Time {
                    at: meeting.start.minus(*before),
                    until: meeting.start.minus(next.max(last)),
                });
            }
        }
        let night = |at: &Wall| Time {
            at: *at,
            until: at.plus(limits::PREFLIGHT_NIGHT),
        };
        times.extend(self.preflight.hours.nights.iter().map(night));
        times.retain(|time| !self.preflight.begun.contains(&time.at));
        times
    }

    // ---- deadlines ----

    /// When a preflight under way has lasted too long.
    pub(crate) fn preflight_until(&self) -> Option<Mono> {
        let (_, since) = self.preflight.run?;
        Some(since.plus(limits::PREFLIGHT))
    }

    /// When the next one is due.
    pub(crate) fn preflight_at(&self) -> Option<Mono> {
        let wall = self.wall().filter(|_| self.clock.trusted())?;
        let times = self.preflight_times().into_iter().map(|time| time.at);
        let next = times.filter(|at| *at > wall).min()?;
        self.clock.mono_of(next)
    }

    // ---- what is shown ----

    pub(crate) fn preflight_view(&self) -> Option<PreflightView> {
        self.plan.preflight.as_ref()?;
        Some(PreflightView {
            runs: self.preflight.runs(),
            last: self
                .preflight
                .judged
                .as_ref()
                .map(|(judged, _)| judged.clone()),
        })
    }

    /// Since when the room is judged not to work.
    pub(crate) fn failed_preflight_since(&self) -> Option<Mono> {
        self.plan.preflight.as_ref()?;
        let (judged, since) = self.preflight.judged.as_ref()?;
        (judged.light == Light::Red).then_some(*since)
    }
}

/// When one is due, and from when on it would be too late.
struct Time {
    at: Wall,
    until: Wall,
}
