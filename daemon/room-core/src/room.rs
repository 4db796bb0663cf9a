//! The room: its state, the order of one step, and the reconciling of wanted with seen.
//! Transitions of a visit stand in `life.rs`, what a call reports in `facts.rs`, what people press in `presses.rs`.

use crate::afar::Afar;
use crate::call::{Aftermath, Stage, Visit};
use crate::clock::Clock;
use crate::displays::{Display, Need};
use crate::effect::{CallCommand, Effect, HeadCommand, Screen};
use crate::event::{BrowserSeen, ClockHealth, Event};
use crate::event::{HeadSeen, Outcome, Trouble};
use crate::fittings::{Camera, Fitting};
use crate::heads::Head;
use crate::ids::{CallId, HeadId, RequestId};
use crate::limits;
use crate::meeting::{By, CalendarHealth, CalendarSeen, Meeting};
use crate::memory::{Memory, OpenCall};
use crate::plan::RoomPlan;
use crate::preflight::Preflight;
use crate::presses::leaves_preflight_alone;
use crate::pucks::Puck;
use crate::schedule::Agenda;
use crate::sound::Sound;
use crate::switches::{Follow, Gate, Reach};
use crate::units::{Mono, Percent, Wall};
use crate::warm::Warm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What one step asks of the hands, in order.
pub type Effects = Vec<Effect>;

/// The whole mind of one room. Total: any sequence of events, at any times, is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Room {
    pub(crate) plan: RoomPlan,
    pub(crate) began: Mono,
    pub(crate) now: Mono,
    pub(crate) clock: Clock,
    pub(crate) meetings: Vec<Meeting>,
    pub(crate) calendar: Calendar,
    pub(crate) memory: Memory,
    pub(crate) persisted: Memory,
    pub(crate) browser: Browser,
    pub(crate) visit: Option<Visit>,
    pub(crate) warm: Option<Warm>,
    pub(crate) aftermath: Option<Aftermath>,
    pub(crate) mic: Gate,
    pub(crate) camera: Gate,
    pub(crate) volume: Follow<Percent>,
    pub(crate) screen: Follow<Screen>,
    pub(crate) heads: Vec<Head>,
    pub(crate) pucks: Vec<Puck>,
    pub(crate) displays: Vec<Display>,
    pub(crate) need: Need,
    /// Since when nobody needs the displays; `None` once they were told to rest.
    pub(crate) unneeded_since: Option<Mono>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) fittings: Vec<Fitting>,
    pub(crate) sound: Sound,
    pub(crate) preflight: Preflight,
    pub(crate) afar: Afar,
    pub(crate) last_request: u64,
    pub(crate) stopping: bool,
    #[serde(skip)]
    pub(crate) out: Effects,
}

/// How fresh the calendar is, and since when somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calendar {
    pub health: CalendarHealth,
    pub told: Option<Mono>,
}

/// The browser unit; `None` until it was heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Browser {
    pub seen: Option<BrowserSeen>,
    pub since: Mono,
}

impl Room {
    /// A room that has seen nothing yet. `now` is the daemon's start.
    pub fn new(plan: RoomPlan, now: Mono) -> Room {
        let volume = plan.policy.volume_at_start.min(plan.policy.volume_limit);
        let mut room = Room {
            began: now,
            now,
            clock: Clock::unread(now),
            meetings: Vec::new(),
            calendar: Calendar {
                health: CalendarHealth::Never,
                told: None,
            },
            memory: Memory::default(),
            persisted: Memory::default(),
            browser: Browser {
                seen: None,
                since: now,
            },
            visit: None,
            warm: None,
            aftermath: None,
            mic: Gate::closed(),
            camera: Gate::closed(),
            volume: Follow::new(volume),
            screen: Follow::new(Screen::Room),
            heads: Vec::new(),
            pucks: Vec::new(),
            displays: Vec::new(),
            need: Need::None,
            unneeded_since: Some(now),
            cameras: Vec::new(),
            fittings: Vec::new(),
            sound: Sound::new(),
            preflight: Preflight::default(),
            afar: Afar::default(),
            last_request: 0,
            stopping: false,
            out: Vec::new(),
            plan,
        };
        room.fit_plan();
        room
    }

    /// Takes one event and says what must be done. Time never runs backward: an earlier `now` counts as the latest one.
    /// Deadlines that are due by `now` are handled too, whatever the event is.
    pub fn step(&mut self, now: Mono, event: Event) -> Effects {
        self.now = self.now.max(now);
        if moves_time(&event) {
            self.run_limits();
        }
        let pressed =
            matches!(&event, Event::Pressed { press, .. } if !leaves_preflight_alone(press));
        self.take(event);
        if !self.stopping {
            self.run_limits();
            self.follow_schedule();
            self.follow_sound_server();
        }
        if pressed {
            // The press itself may have made another one due: a meeting that it gave up was the next one until now.
            self.forgo_preflight(false);
        }
        self.follow_preflight();
        self.follow_firmware();
        self.follow_afar();
        self.reconcile();
        self.persist();
        core::mem::take(&mut self.out)
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Deadline => {}
            Event::Clock { wall, health } => self.read_clock(wall, health),
            Event::Calendar(seen) => self.read_calendar(seen),
            Event::Pressed { press, origin } => self.press(press, origin),
            Event::Browser(seen) => self.read_browser(seen),
            Event::Call(call, seen) => self.call_fact(call, seen),
            Event::Screen(screen) => self.screen.read(screen),
            Event::Head(head, seen) => self.read_head(&head, seen),
            Event::Puck(puck, presence) => self.read_puck(&puck, presence),
            Event::Firmware(puck, seen) => self.read_firmware(&puck, seen),
            Event::Display(display, seen) => self.read_display(&display, seen),
            Event::Camera(camera, seen) => self.read_camera(&camera, seen),
            Event::Fitting(fitting, seen) => self.read_fitting(&fitting, seen),
            Event::Sound(seen) => self.read_sound(seen),
            Event::Preflight(run, seen) => self.read_preflight(run, seen),
            Event::Hours(hours) => self.read_hours(hours),
            Event::Done { request, outcome } => self.read_answer(request, outcome),
            Event::PlanChanged(plan) => {
                self.plan = *plan;
                self.fit_plan();
                self.raise_floor();
            }
            Event::Restored(memory) => self.restore(*memory),
            Event::Stopping => self.stopping = true,
        }
    }

    // ---- what was read ----

    fn read_clock(&mut self, wall: Wall, health: ClockHealth) {
        if self.clock.read(self.now, wall, health) {
            self.raise_floor();
        }
        if self.clock.trusted() {
            self.memory.finished.retain(|(_, until)| wall <= *until);
        }
    }

    fn read_calendar(&mut self, seen: CalendarSeen) {
        let mut meetings = seen.meetings;
        for meeting in &mut meetings {
            meeting.end = meeting.end.max(meeting.start);
        }
        meetings.sort_by_key(|m| m.start);
        let mut known = BTreeSet::new();
        meetings.retain(|m| known.insert(m.id.clone()));
        meetings.truncate(limits::MEETINGS_MAX);
        self.meetings = meetings;
        if self.calendar.health != seen.health || self.calendar.told.is_none() {
            self.calendar.told = Some(self.now);
        }
        self.calendar.health = seen.health;
        self.keep_finished_up();
        self.follow_calendar_in_visit();
    }

    fn read_browser(&mut self, seen: BrowserSeen) {
        if self.browser.seen == Some(seen) {
            return;
        }
        self.browser = Browser {
            seen: Some(seen),
            since: self.now,
        };
        self.follow_browser(seen);
        match seen {
            BrowserSeen::Ready => {}
            BrowserSeen::Gone => {
                self.screen.lose();
                let page = |w: &&mut Warm| w.request.by == By::Page && w.call().is_some();
                if let Some(warm) = self.warm.as_mut().filter(page) {
                    warm.fail(self.now);
                }
                if self
                    .visit
                    .as_ref()
                    .is_some_and(|v| v.has_page() && v.by == By::Page)
                {
                    self.lose_page(Trouble::PageCrashed);
                }
            }
        }
    }

    fn read_head(&mut self, id: &HeadId, seen: HeadSeen) {
        let in_call = self.visit.as_ref().is_some_and(Visit::is_inside);
        let now = self.now;
        if let Some(head) = self.heads.iter_mut().find(|h| h.id() == id) {
            head.read(seen, in_call, now);
        }
    }

    fn read_answer(&mut self, request: RequestId, outcome: Outcome) {
        for head in &mut self.heads {
            if head.done(request, outcome, self.now) {
                return;
            }
        }
    }

    /// Heads and all else as planned; what was seen of them stays.
    fn fit_plan(&mut self) {
        let mut heads = core::mem::take(&mut self.heads);
        for plan in &self.plan.heads {
            let known = heads.iter().position(|h| *h.id() == plan.id);
            let mut head = match known {
                Some(at) => heads.swap_remove(at),
                None => Head::new(plan.clone()),
            };
            head.plan = plan.clone();
            self.heads.push(head);
        }
        self.fit_pucks();
        self.fit_equipment();
        let sound = self.plan.sound.as_ref();
        self.sound.fit(sound);
        let limit = self.plan.policy.volume_limit;
        self.memory.volume = self.memory.volume.map(|v| v.min(limit));
        if self.visit.is_none() || self.volume.wanted() > limit {
            self.volume.want(self.start_volume());
        }
    }

    // ---- questions ----

    pub(crate) fn wall(&self) -> Option<Wall> {
        self.clock.wall(self.now)
    }

    /// The schedule's questions; `None` until the clock was read.
    pub(crate) fn agenda(&self) -> Option<Agenda<'_>> {
        Some(Agenda {
            meetings: &self.meetings,
            policy: &self.plan.policy,
            finished: &self.memory.finished,
            trusted: self.clock.trusted(),
            now: self.wall()?,
        })
    }

    pub(crate) fn browser_ready(&self) -> bool {
        self.browser.seen == Some(BrowserSeen::Ready)
    }

    /// Whether a call of this kind may be asked for. The SIP client says by itself when it is not there.
    pub(crate) fn ready_for(&self, by: By) -> bool {
        match by {
            By::Page => self.browser_ready(),
            By::Sip => true,
        }
    }

    /// What a call begins with: the volume that somebody chose since the last one, else the plan's.
    pub(crate) fn start_volume(&self) -> Percent {
        let policy = &self.plan.policy;
        let volume = self.memory.volume.unwrap_or(policy.volume_at_start);
        volume.min(policy.volume_limit)
    }

    // ---- wanted against seen ----

    fn reconcile(&mut self) {
        self.reconcile_gates();
        self.reconcile_sound();
        self.reconcile_volume();
        self.reconcile_screen();
        self.reconcile_heads();
        self.reconcile_displays();
    }

    fn reach(&self) -> Reach {
        let Some(visit) = &self.visit else {
            return Reach::Nothing;
        };
        let silent = matches!(visit.trouble, Some((Trouble::Frozen, _)));
        if !visit.has_page() {
            Reach::Nothing
        } else if visit.leaving() || silent || self.stopping {
            Reach::Asked
        } else if visit.is_inside() {
            Reach::Full
        } else {
            Reach::Guard
        }
    }

    fn reconcile_gates(&mut self) {
        let reach = self.reach();
        let mic = self.mic.due(self.now, reach);
        let camera = self.camera.due(self.now, reach);
        if let Some(call) = self.visit.as_ref().map(|v| v.call) {
            let mic = mic.map(CallCommand::Mic);
            let camera = camera.map(CallCommand::Camera);
            for command in [mic, camera].into_iter().flatten() {
                self.out.push(Effect::Call(call, command));
            }
        }
    }

    fn reconcile_volume(&mut self) {
        if self.plan.sound.is_some() {
            self.reconcile_room_volume();
            return;
        }
        // The SIP client has no loudness of its own to be asked for.
        let inside = self
            .visit
            .as_ref()
            .filter(|v| v.is_inside() && v.by == By::Page);
        match inside.map(|v| v.call) {
            Some(call) if !self.stopping => {
                if let Some(volume) = self.volume.due(self.now) {
                    self.out
                        .push(Effect::Call(call, CallCommand::Volume(volume)));
                }
            }
            Some(_) | None => self.volume.rest(),
        }
    }

    fn reconcile_screen(&mut self) {
        if !self.browser_ready() || self.stopping {
            self.screen.rest();
            return;
        }
        let wanted = self.wanted_screen();
        if self.screen.wanted() != wanted {
            self.screen.want(wanted);
        }
        if let Some(screen) = self.screen.due(self.now) {
            self.out.push(Effect::Screen(screen));
        }
    }

    /// The conference wherever it has something to show or a person must act on it; the room's own page otherwise.
    fn wanted_screen(&self) -> Screen {
        // The SIP client shows its picture in a window of its own, not in the browser.
        let Some(visit) = self.visit.as_ref().filter(|v| v.by == By::Page) else {
            return Screen::Room;
        };
        match visit.stage {
            Stage::Waiting(_) if visit.pageless => Screen::Room,
            Stage::Waiting(_) | Stage::PersonNeeded(_) => Screen::Call,
            Stage::Inside | Stage::Adopting => Screen::Call,
            Stage::Pending { .. } | Stage::Joining(_) => Screen::Room,
            Stage::AsksPasscode { .. } | Stage::Leaving { .. } => Screen::Room,
        }
    }

    fn reconcile_heads(&mut self) {
        if self.stopping {
            return;
        }
        let awake = self.visit.as_ref().is_some_and(|v| !v.leaving());
        for at in 0..self.heads.len() {
            self.heads[at].expire(self.now);
            if let Some(command) = self.heads[at].due(awake) {
                self.command_head(at, command);
            }
        }
    }

    pub(crate) fn command_head(&mut self, at: usize, command: HeadCommand) {
        self.last_request = self.last_request.wrapping_add(1);
        let request = RequestId(self.last_request);
        let head = &mut self.heads[at];
        head.sent(request, command, self.now);
        self.out.push(Effect::Head {
            head: head.id().clone(),
            request,
            command,
        });
    }

    pub(crate) fn command_call(&mut self, call: CallId, command: CallCommand) {
        self.out.push(Effect::Call(call, command));
    }

    // ---- memory ----

    /// The memory comes first of all effects, so that a call's number is kept before it is used.
    fn persist(&mut self) {
        self.memory.open = self.visit.as_ref().map(|visit| {
            let opened = self.opened(visit);
            OpenCall {
                call: visit.call,
                purpose: visit.purpose.clone(),
                by: visit.by,
                mic: opened.mic,
                camera: opened.camera,
                end: visit.end(),
                inside_since: visit.entered_wall,
                leaving: visit.leaving(),
            }
        });
        if self.memory != self.persisted {
            self.persisted = self.memory.clone();
            self.out.insert(0, Effect::Persist(self.memory.clone()));
        }
    }
}

/// Events after which an overdue limit could no longer be told from one that was leapt over.
fn moves_time(event: &Event) -> bool {
    matches!(
        event,
        Event::Clock { .. } | Event::Calendar(_) | Event::PlanChanged(_)
    )
}
