//! When the room proves itself, and what came of it: before meetings, at night, and when somebody asks for it; and when it
//! looks at the next day's meetings. Knows no check and no sound; whoever runs them says how they ended.
//!
//! Invariants:
//! - It never runs in a call, on the way to one, or while a page is prepared; whatever is pressed ends it at once.
//! - By itself it is heard only outside the operator's quiet hours; within them it makes no sound.
//! - Each time comes once, also over restarts and jumps of the clock: what was begun is remembered.

mod ahead;

use crate::effect::Effect;
use crate::ids::{CheckCode, MeetingId, SoundId};
use crate::limits;
use crate::meeting::{Conference, Meeting, MeetingStatus, NoTarget};
use crate::room::Room;
pub use crate::sound::{EchoProof, Hearing};
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
    /// When it looks at the next day's meetings.
    #[serde(default)]
    pub evenings: Vec<Evening>,
}

/// When the room looks at the meetings of a day to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evening {
    /// When it looks.
    pub at: Wall,
    /// The first moment of that day.
    pub from: Wall,
    /// The first moment after it.
    pub until: Wall,
}

/// A meeting to come, as far as checks need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coming {
    /// Which one.
    pub id: MeetingId,
    /// When it begins.
    pub start: Wall,
    /// Where it leads, or why nowhere.
    pub conference: Conference,
}

/// One preflight; facts of another one are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// What whoever runs the checks can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PreflightCommand {
    /// Begin; answered by one `PreflightSeen`.
    Start {
        /// Which one.
        run: RunId,
        /// Whether sound may be played.
        aloud: bool,
        /// The next meeting, when there is one.
        meeting: Option<Box<Coming>>,
    },
    /// Look at the ways to these meetings and at nothing in the room; answered by one `PreflightSeen`.
    LookAhead {
        /// Which one.
        run: RunId,
        /// By start.
        meetings: Vec<Coming>,
    },
    /// Stop now, whatever was asked before; nothing is answered.
    Stop,
}

/// How a preflight ended, and what comes to light on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreflightSeen {
    /// The canceller of the microphone in use was tried; the preflight goes on.
    Echo(EchoProof),
    /// From now on the microphone is to be heard so; the preflight goes on.
    Hears(Hearing),
    /// The room was judged.
    Judged(Light, Vec<CheckCode>),
    /// The meetings of a day to come were judged.
    Ahead(Vec<MeetingJudged>),
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

/// How a meeting to come was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingJudged {
    /// When it begins.
    pub start: Wall,
    /// How bad.
    pub light: Light,
    /// What was found, worst first.
    pub codes: Vec<CheckCode>,
}

/// What was seen of the meetings of a day to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// When it was looked.
    pub at: Wall,
    /// The end of that day; afterwards it says nothing any more.
    pub until: Wall,
    /// The meetings, by start.
    pub meetings: Vec<MeetingJudged>,
}

/// Something that was due at a time, and was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Begun {
    /// A check of the room.
    Room(Wall),
    /// A look at the meetings of a day to come.
    Ahead(Wall),
}

/// What must survive a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    /// What was due and was begun.
    pub begun: Vec<Begun>,
    /// The last judgement.
    pub judged: Option<Judged>,
    /// The last look at a day to come.
    pub foreseen: Option<Foreseen>,
    /// What each microphone's own canceller was heard to do, the last time that it was tried.
    #[serde(default)]
    pub echo: Vec<(SoundId, EchoProof)>,
}

/// What the room knows of its preflight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preflight {
    run: Option<Running>,
    last_run: u64,
    hears: Hearing,
    hours: Hours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    id: RunId,
    since: Mono,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Room { aloud: bool },
    Ahead(Evening),
}

impl Preflight {
    /// Whether the room itself is being proven.
    pub fn runs(&self) -> bool {
        self.aloud().is_some()
    }

    fn aloud(&self) -> Option<bool> {
        match self.run?.what {
            What::Room { aloud } => Some(aloud),
            What::Ahead(_) => None,
        }
    }

    /// How the room is heard while it is being proven.
    pub fn hears(&self) -> Option<Hearing> {
        self.runs().then_some(self.hears)
    }
}

impl Room {
    pub(crate) fn read_hours(&mut self, hours: Hours) {
        self.preflight.hours = hours;
    }

    pub(crate) fn read_preflight(&mut self, id: RunId, seen: PreflightSeen) {
        let Some(run) = self.preflight.run.filter(|run| run.id == id) else {
            return;
        };
        if let PreflightSeen::Echo(proof) = seen {
            return self.read_echo(proof);
        }
        if let PreflightSeen::Hears(hears) = seen {
            return self.preflight.hears = hears;
        }
        self.preflight.run = None;
        let at = self.clock.wall_of(self.now);
        match (seen, run.what) {
            (PreflightSeen::Judged(light, codes), What::Room { .. }) => {
                self.memory.proofs.judged = Some(Judged { light, codes, at });
            }
            (PreflightSeen::Ahead(mut meetings), What::Ahead(evening)) => {
                meetings.truncate(limits::PREFLIGHT_MEETINGS);
                self.memory.proofs.foreseen = Some(Foreseen {
                    at,
                    until: evening.until,
                    meetings,
                });
            }
            (_, What::Room { .. } | What::Ahead(_)) => {}
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
        if !asked && self.preflight.runs() {
            self.stop_preflight();
        }
        let Some(wall) = self.wall() else {
            return;
        };
        let times = self.preflight_times().into_iter();
        let due = times.filter(|time| time.is_due(wall) && time.ahead.is_none());
        let due: Vec<Begun> = due.map(|time| time.begun()).collect();
        due.into_iter().for_each(|begun| self.note_begun(begun));
    }

    /// Two that are due at the same time are one.
    fn note_begun(&mut self, one: Begun) {
        let begun = &mut self.memory.proofs.begun;
        if begun.contains(&one) {
            return;
        }
        begun.push(one);
        let over = begun.len().saturating_sub(limits::PREFLIGHT_BEGUN);
        begun.drain(..over);
    }

    fn next_run(&mut self, what: What) -> RunId {
        self.stop_preflight();
        self.preflight.last_run = self.preflight.last_run.wrapping_add(1);
        let id = RunId(self.preflight.last_run);
        let since = self.now;
        self.preflight.run = Some(Running { id, since, what });
        self.preflight.hears = Hearing::Bare;
        id
    }

    fn begin_preflight(&mut self, aloud: bool) {
        let run = self.next_run(What::Room { aloud });
        let now = self.now_wall();
        let horizon = now.plus(limits::PREFLIGHT_MEETING);
        let meeting = self
            .coming(|m| now < m.end && m.start <= horizon)
            .next()
            .map(Box::new);
        let start = PreflightCommand::Start {
            run,
            aloud,
            meeting,
        };
        self.out.push(Effect::Preflight(start));
    }

    /// A look ahead that makes way is begun again when there is time.
    pub(crate) fn stop_preflight(&mut self) {
        let Some(run) = self.preflight.run.take() else {
            return;
        };
        if let What::Ahead(evening) = run.what
            && self.now < run.since.plus(limits::PREFLIGHT)
        {
            let again = Begun::Ahead(evening.at);
            self.memory.proofs.begun.retain(|begun| *begun != again);
        }
        // Before whatever it makes room for.
        let stop = Effect::Preflight(PreflightCommand::Stop);
        self.out.insert(0, stop);
    }

    /// Ends what may not run any more, and begins what is due.
    pub(crate) fn follow_preflight(&mut self) {
        let late = self.preflight_until().is_some_and(|at| self.now >= at);
        if late || !self.idle() || self.plan.preflight.is_none() {
            self.stop_preflight();
        }
        if !self.may_preflight() || !self.clock.trusted() {
            return;
        }
        let free = self.preflight.run.is_none();
        let due = self.wall().and_then(|wall| {
            let mut times = self.preflight_times().into_iter();
            times.find(|time| time.is_due(wall) && (free || time.ahead.is_none()))
        });
        let Some(due) = due else {
            return;
        };
        self.note_begun(due.begun());
        match due.ahead {
            Some(evening) => self.begin_look_ahead(evening),
            None => {
                let aloud = !self.quiet_now();
                self.begin_preflight(aloud);
            }
        }
    }

    fn now_wall(&self) -> Wall {
        self.clock.wall_of(self.now)
    }

    pub(crate) fn quiet_now(&self) -> bool {
        let wall = self.now_wall();
        let quiet = &self.preflight.hours.quiet;
        quiet.iter().any(|(from, to)| *from <= wall && wall < *to)
    }

    /// Meetings that are wanted and lead into a conference, or should.
    fn coming(&self, wanted: impl Fn(&Meeting) -> bool) -> impl Iterator<Item = Coming> {
        let meetings = self.meetings.iter();
        let wanted =
            meetings.filter(move |m| m.start < m.end && wants_a_conference(m) && wanted(m));
        wanted.map(|m| Coming {
            id: m.id.clone(),
            start: m.start,
            conference: m.conference.clone(),
        })
    }

    /// Every time that is not begun yet: for the next meeting, the nights, and the evenings.
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
                    ahead: None,
                });
            }
        }
        let night = |at: &Wall| Time {
            at: *at,
            until: at.plus(limits::PREFLIGHT_NIGHT),
            ahead: None,
        };
        let evening = |evening: &Evening| Time {
            at: evening.at,
            until: evening.from,
            ahead: Some(*evening),
        };
        let hours = &self.preflight.hours;
        times.extend(hours.nights.iter().map(night));
        times.extend(hours.evenings.iter().map(evening));
        times.retain(|time| !self.memory.proofs.begun.contains(&time.begun()));
        times
    }

    // ---- deadlines ----

    /// When a preflight under way has lasted too long.
    pub(crate) fn preflight_until(&self) -> Option<Mono> {
        Some(self.preflight.run?.since.plus(limits::PREFLIGHT))
    }

    /// When the next one is due, or another day is the next one.
    pub(crate) fn preflight_at(&self) -> Option<Mono> {
        let wall = self.wall().filter(|_| self.clock.trusted())?;
        let times = self.preflight_times().into_iter().map(|time| time.at);
        let days = self.preflight.hours.evenings.iter().map(|e| e.from);
        let next = times.chain(days).filter(|at| *at > wall).min()?;
        self.clock.mono_of(next)
    }

    // ---- what is shown ----

    pub(crate) fn preflight_view(&self) -> Option<PreflightView> {
        self.plan.preflight.as_ref()?;
        let aloud = self.preflight.aloud();
        let proofs = &self.memory.proofs;
        let now = self.now_wall();
        Some(PreflightView {
            runs: aloud.is_some(),
            aloud: aloud == Some(true) && self.plan.sound.is_some(),
            last: proofs.judged.clone(),
            tomorrow: proofs.foreseen.clone().filter(|seen| now < seen.until),
            ahead: self.ahead(),
        })
    }

    /// Since when the room is judged not to work.
    pub(crate) fn failed_preflight_since(&self) -> Option<Wall> {
        self.plan.preflight.as_ref()?;
        let judged = self.memory.proofs.judged.as_ref()?;
        (judged.light == Light::Red).then_some(judged.at)
    }

    /// What was begun.
    pub(crate) fn preflights_begun(&self) -> &[Begun] {
        &self.memory.proofs.begun
    }
}

/// Whether people expect a conference there. One at a host that is not allowed is expected too: that is what a check is for.
fn wants_a_conference(meeting: &Meeting) -> bool {
    let takes_place = meeting.status != MeetingStatus::Cancelled && !meeting.exempt;
    let leads = meeting.conference != Conference::Nowhere(NoTarget::NoLink);
    takes_place && leads && !meeting.all_day
}

/// When one is due, and from when on it would be too late.
struct Time {
    at: Wall,
    until: Wall,
    /// The day to look at; `None`: the room itself.
    ahead: Option<Evening>,
}

impl Time {
    fn begun(&self) -> Begun {
        match self.ahead {
            Some(_) => Begun::Ahead(self.at),
            None => Begun::Room(self.at),
        }
    }

    fn is_due(&self, wall: Wall) -> bool {
        self.at <= wall && wall < self.until
    }
}
