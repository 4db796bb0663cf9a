//! What must hold after every step, each under its own name, for tests and simulations of any size.
//! Remembers only what was commanded and seen; decides nothing, and is not used by the room itself.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "each check looks at the few things it is about"
)]

mod ahead;
mod devices;
mod hands;
mod known;
mod sound;
#[cfg(test)]
mod sound_tests;
#[cfg(test)]
mod tests;

use crate::call::{Visit, another_way_may_work};
use crate::effect::{CallCommand, Effect};
use crate::event::Event;
use crate::failure::CallFailure;
use crate::ids::{CallId, DisplayId, HeadId};
use crate::limits;
use crate::meeting::By;
use crate::memory::{Memory, Purpose};
use crate::plan::JoinPolicy;
use crate::room::Room;
use crate::schedule;
use crate::sound::MicSeen;
use crate::units::{Mono, Seen, Switch};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub invariant: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.found)
    }
}

/// One step: what came in, what went out, and the room after it.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// What happened.
    pub event: &'a Event,
    /// What was asked of the hands.
    pub effects: &'a [Effect],
    /// After the step.
    pub room: &'a Room,
}

/// Watches a room step by step, from its first one.
#[derive(Debug, Clone)]
pub struct Watcher {
    alive: BTreeMap<CallId, By>,
    highest: u64,
    mic: Lamp,
    camera: Lamp,
    visit: Option<VisitKey>,
    inside: bool,
    instead_of: Option<CallFailure>,
    heads_gone: BTreeSet<HeadId>,
    displays_here: BTreeSet<DisplayId>,
    browser_gone: bool,
    /// A person is needed on the page, and still has time.
    asks: bool,
    kept: Memory,
    /// What was read of the microphone below the conference.
    source: MicSeen,
    sound_up: bool,
    /// The sound server or its face for clients died, and the browser was not told to begin its sound anew since.
    sound_stale: bool,
    clients_cut: bool,
}

/// What is known of a microphone or camera by facts and presses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lamp {
    seen: Seen<Switch>,
    wanted: Switch,
    /// A person in the room opened it, in this visit.
    by_the_room: bool,
}

type VisitKey = (Purpose, Mono);
type Found = Result<(), String>;
type Check = fn(&Watcher, &Step) -> Found;

impl Default for Watcher {
    fn default() -> Self {
        let lamp = Lamp {
            seen: Seen::Unknown,
            wanted: Switch::Closed,
            by_the_room: false,
        };
        Watcher {
            alive: BTreeMap::new(),
            highest: 0,
            mic: lamp,
            camera: lamp,
            visit: None,
            inside: false,
            instead_of: None,
            heads_gone: BTreeSet::new(),
            displays_here: BTreeSet::new(),
            browser_gone: false,
            asks: false,
            kept: Memory::default(),
            source: MicSeen::UNKNOWN,
            sound_up: false,
            sound_stale: false,
            clients_cut: false,
        }
    }
}

impl Watcher {
    /// Every invariant by name; cheap enough for every step of a long simulation.
    const CHECKS: &'static [(&'static str, Check)] = &[
        ("arrive_dark_and_silent", Watcher::arrive_dark_and_silent),
        ("nothing_opens_from_afar", Watcher::nothing_opens_from_afar),
        (
            "the_lamp_tells_the_truth",
            Watcher::the_lamp_tells_the_truth,
        ),
        ("never_two_calls", Watcher::never_two_calls),
        (
            "only_the_current_call_is_commanded",
            Watcher::only_the_current_call_is_commanded,
        ),
        (
            "finished_is_never_rejoined",
            Watcher::finished_is_never_rejoined,
        ),
        (
            "joins_by_itself_only_when_allowed",
            Watcher::joins_by_itself_only_when_allowed,
        ),
        ("stop_wins", Watcher::stop_wins),
        (
            "drives_end_by_themselves",
            Watcher::drives_end_by_themselves,
        ),
        ("volume_within_its_limit", Watcher::volume_within_its_limit),
        (
            "memory_is_kept_and_bounded",
            Watcher::memory_is_kept_and_bounded,
        ),
        (
            "the_other_way_is_tried_once",
            Watcher::the_other_way_is_tried_once,
        ),
        (
            "gone_devices_are_left_alone",
            Watcher::gone_devices_are_left_alone,
        ),
        (
            "hands_reach_the_page_only_when_asked",
            Watcher::hands_reach_the_page_only_when_asked,
        ),
        (
            "a_hand_on_the_page_opens_nothing",
            Watcher::a_hand_on_the_page_opens_nothing,
        ),
        (
            "the_room_agrees_only_as_the_operator_said",
            Watcher::the_room_agrees_only_as_the_operator_said,
        ),
        (
            "being_asked_opens_nothing",
            Watcher::being_asked_opens_nothing,
        ),
        ("what_differs_is_open", Watcher::what_differs_is_open),
        (
            "whoever_closes_closes_all",
            Watcher::whoever_closes_closes_all,
        ),
        (
            "sound_opens_only_for_the_room",
            Watcher::sound_opens_only_for_the_room,
        ),
        (
            "without_sound_nothing_is_open",
            Watcher::without_sound_nothing_is_open,
        ),
        (
            "a_sound_server_that_died_is_answered_once",
            Watcher::a_sound_server_that_died_is_answered_once,
        ),
        (
            "preflight_leaves_calls_alone",
            Watcher::preflight_leaves_calls_alone,
        ),
        (
            "updates_leave_calls_alone",
            Watcher::updates_leave_calls_alone,
        ),
        (
            "each_preflight_comes_once",
            Watcher::each_preflight_comes_once,
        ),
        (
            "preflight_is_silent_in_quiet_hours",
            Watcher::preflight_is_silent_in_quiet_hours,
        ),
    ];

    /// The checks that look into the future on a copy; for tests.
    const FORESIGHT: &'static [(&'static str, Check)] = &[
        (
            "a_second_look_changes_nothing",
            Watcher::a_second_look_changes_nothing,
        ),
        (
            "nothing_happens_between_deadlines",
            Watcher::nothing_happens_between_deadlines,
        ),
        ("every_offer_answers", Watcher::every_offer_answers),
    ];

    /// Checks one step and remembers it.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&mut self, step: Step) -> Result<(), Broken> {
        self.note(&step);
        let result = run(Self::CHECKS, self, &step);
        self.remember(&step);
        result
    }

    /// Checks what the room would do next; call it after [`Watcher::check`].
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn foresee(&self, step: Step) -> Result<(), Broken> {
        run(Self::FORESIGHT, self, &step)
    }

    fn arrive_dark_and_silent(&self, step: &Step) -> Found {
        let visit = key(step.room.visit.as_ref());
        let same_visit = visit == self.visit || matches!(step.event, Event::Restored(_));
        let may = |lamp: &Lamp| lamp.by_the_room && same_visit;
        for effect in step.effects {
            match effect {
                Effect::Call(call, CallCommand::Mic(Switch::Open)) if !may(&self.mic) => {
                    return Err(format!(
                        "{call} opens a microphone that nobody in the room opened"
                    ));
                }
                Effect::Call(call, CallCommand::Camera(Switch::Open)) if !may(&self.camera) => {
                    return Err(format!(
                        "{call} opens a camera that nobody in the room opened"
                    ));
                }
                Effect::Call(call, CallCommand::Join(_)) => {
                    let (mic, camera) = (step.room.mic.wanted(), step.room.camera.wanted());
                    if (mic, camera) != (Switch::Closed, Switch::Closed) {
                        return Err(format!("{call} is entered with something wanted open"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn nothing_opens_from_afar(&self, step: &Step) -> Found {
        let Event::Pressed { origin, .. } = step.event else {
            return Ok(());
        };
        let opened = |lamp: &Lamp, now| lamp.wanted == Switch::Closed && now == Switch::Open;
        let mic = opened(&self.mic, step.room.mic.wanted());
        let camera = opened(&self.camera, step.room.camera.wanted());
        holds(origin.in_room() || !(mic || camera), || {
            format!("a press from {origin:?} opened something")
        })
    }

    /// Whether nothing that was read of this page before counts any more.
    fn begins(&self, step: &Step, call: CallId, command: &CallCommand) -> bool {
        let same_page =
            self.alive.contains_key(&call) && key(step.room.visit.as_ref()) == self.visit;
        match command {
            CallCommand::Warm(_) | CallCommand::Adopt(_) => true,
            CallCommand::Join(_) => !same_page,
            _ => false,
        }
    }

    fn the_lamp_tells_the_truth(&self, step: &Step) -> Found {
        let [mic, camera] = step.room.clients();
        let visit = step.room.visit.as_ref().filter(|v| v.has_page());
        let fresh = step
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Call(call, command) if self.begins(step, *call, command)));
        for (lamp, shown) in [(self.mic, mic.seen), (self.camera, camera.seen)] {
            let Some(visit) = visit else {
                holds(shown == Seen::Is(Switch::Closed), || {
                    format!("{shown:?} is shown without a page")
                })?;
                continue;
            };
            let known = if fresh { Seen::Unknown } else { lamp.seen };
            let outside = visit.inside.is_none();
            let honest = shown == known
                || (known == Seen::Unknown && outside && shown == Seen::Is(Switch::Closed));
            holds(honest, || format!("{shown:?} is shown, {known:?} was read"))?;
        }
        Ok(())
    }

    fn never_two_calls(&self, step: &Step) -> Found {
        let mut alive = self.alive.clone();
        for effect in step.effects {
            let Effect::Call(call, command) = effect else {
                continue;
            };
            match command {
                CallCommand::Warm(request)
                | CallCommand::Join(request)
                | CallCommand::Adopt(request) => {
                    alive.insert(*call, request.by);
                }
                CallCommand::Drop => {
                    alive.remove(call);
                }
                CallCommand::Passcode(_) | CallCommand::Mic(_) | CallCommand::Camera(_) => {}
                CallCommand::Volume(_) | CallCommand::SoundAnew | CallCommand::Leave => {}
                CallCommand::Agree(_) | CallCommand::Hand(_) => {}
            }
            holds(alive.len() <= 1, || format!("{alive:?} are alive"))?;
        }
        Ok(())
    }

    fn only_the_current_call_is_commanded(&self, step: &Step) -> Found {
        let mut alive = self.alive.clone();
        for effect in step.effects {
            let Effect::Call(call, command) = effect else {
                continue;
            };
            let (CallCommand::Warm(request) | CallCommand::Join(request)) = command else {
                holds(alive.contains_key(call), || {
                    format!("{call} has no page, and is told {command:?}")
                })?;
                continue;
            };
            if !alive.contains_key(call) {
                holds(call.0 > self.highest || call.0 == u64::MAX, || {
                    format!("{call} was used before")
                })?;
                alive.insert(*call, request.by);
            }
        }
        Ok(())
    }

    /// The visit that began in this step, unless a person asked for it or it was taken over from an earlier daemon.
    fn began_by_itself<'a>(&self, step: &Step<'a>) -> Option<&'a Visit> {
        let visit = step.room.visit.as_ref()?;
        let began = key(Some(visit)) != self.visit;
        (began && !visit.chosen && !matches!(step.event, Event::Restored(_))).then_some(visit)
    }

    fn finished_is_never_rejoined(&self, step: &Step) -> Found {
        let Some(id) = self.began_by_itself(step).and_then(|v| v.meeting()) else {
            return Ok(());
        };
        let finished = self.kept.finished.iter().any(|(other, _)| other == id);
        holds(!finished, || format!("{id} was finished"))
    }

    fn joins_by_itself_only_when_allowed(&self, step: &Step) -> Found {
        let Some(visit) = self.began_by_itself(step) else {
            return Ok(());
        };
        let room = step.room;
        let policy = &room.plan.policy;
        let meeting = room
            .meetings
            .iter()
            .find(|m| Some(&m.id) == visit.meeting());
        let (Some(meeting), Some(now)) = (meeting, room.wall()) else {
            return Err("nothing in the calendar asks for it".to_owned());
        };
        let own = meeting.join.unwrap_or(policy.join) == JoinPolicy::ByItself;
        let late = now > meeting.start.plus(policy.join_late_limit) && self.visit.is_none();
        let at = now.max(meeting.start);
        let rival = room.meetings.iter().any(|m| {
            let other = m.id != meeting.id && m.start <= at && at < m.end && !m.all_day;
            // With a meeting that was left its twins are, in this very step.
            let finished = self.kept.finished.iter().chain(&room.memory.finished);
            let left = finished.into_iter().any(|(id, _)| *id == m.id)
                || self
                    .visit
                    .as_ref()
                    .is_some_and(|(p, _)| *p == Purpose::Meeting(m.id.clone()));
            other && !left && schedule::target(m).is_some() && !schedule::twins(m, meeting)
        });
        for (wrong, why) in [
            (schedule::target(meeting).is_none(), "it cannot be joined"),
            (meeting.all_day, "it lasts all day"),
            (!own, "it waits for a press"),
            (!room.clock.trusted(), "the clock is wrong"),
            (
                now < meeting.start.minus(policy.join_before),
                "it is too early",
            ),
            (late, "it is too late"),
            (now >= meeting.end, "it is over"),
            (rival, "another meeting wants the room"),
        ] {
            holds(!wrong, || {
                format!("{} was joined although {why}", meeting.id)
            })?;
        }
        Ok(())
    }

    fn memory_is_kept_and_bounded(&self, step: &Step) -> Found {
        let kept = step.effects.iter().find_map(|e| match e {
            Effect::Persist(memory) => Some(memory),
            _ => None,
        });
        let kept = kept.unwrap_or(&self.kept);
        holds(*kept == step.room.memory, || {
            "something is remembered that was not kept".to_owned()
        })?;
        let count = kept.finished.len();
        holds(count <= limits::FINISHED_MAX, || {
            format!("{count} finished meetings")
        })?;
        for effect in step.effects {
            if let Effect::Call(call, CallCommand::Join(_) | CallCommand::Warm(_)) = effect {
                holds(call.0 <= kept.last_call, || {
                    format!("{call} is used and not kept")
                })?;
            }
        }
        let first = step
            .effects
            .iter()
            .position(|e| matches!(e, Effect::Persist(_)));
        holds(first.is_none_or(|at| at == 0), || {
            "kept after it was used".to_owned()
        })
    }

    /// A visit changes its way once at most, and never because somebody said no.
    fn the_other_way_is_tried_once(&self, step: &Step) -> Found {
        let visit = step.room.visit.as_ref();
        let now = visit.and_then(|v| v.instead_of);
        let before = self.instead_of.filter(|_| key(visit) == self.visit);
        holds(before.is_none() || now == before, || {
            format!("{now:?} after {before:?}: a second change of the way")
        })?;
        holds(now.is_none_or(another_way_may_work), || {
            format!("{now:?} is no reason for another way")
        })
    }
}

fn key(visit: Option<&Visit>) -> Option<VisitKey> {
    visit.map(|v| (v.purpose.clone(), v.began))
}

fn holds(condition: bool, found: impl FnOnce() -> String) -> Found {
    if condition { Ok(()) } else { Err(found()) }
}

fn run(checks: &[(&'static str, Check)], watcher: &Watcher, step: &Step) -> Result<(), Broken> {
    for (invariant, check) in checks {
        check(watcher, step).map_err(|found| Broken { invariant, found })?;
    }
    Ok(())
}
