//! Transitions of a visit: begin, leave, fail, lose its page, end. Who asks for them stands elsewhere.
//! Invariant: never two calls alive. A page is dropped, left or known to be gone before another is asked for.

use crate::call::{Aftermath, Code, Next, Opened, Patience, Shown, Stage, Then, Visit};
use crate::call::{beyond_tries, may_pass};
use crate::effect::{CallCommand, CallRequest};
use crate::event::{BrowserSeen, JoinStep, Trouble};
use crate::failure::CallFailure;
use crate::hand::Agreed;
use crate::ids::{CallId, MeetingId};
use crate::limits;
use crate::meeting::{By, Meeting, Target};
use crate::memory::{Memory, Purpose};
use crate::plan::AfterCrash;
use crate::room::Room;
use crate::schedule;
use crate::switches::Gate;
use crate::units::{Mono, Wall};

impl Room {
    // ---- begin ----

    /// Starts a visit, unless its target is not known.
    pub(crate) fn start_visit(&mut self, next: Next, known: Option<Target>) {
        let booked = self.meeting_of(&next.purpose).cloned();
        let Some(target) = self.target_of(&next.purpose).or(known) else {
            return;
        };
        self.aftermath = None;
        self.lose_gates();
        self.lose_page_volume();
        self.volume.want(self.start_volume());
        for head in &mut self.heads {
            head.call_begins();
        }
        self.visit = Some(Visit {
            chosen: next.chosen,
            by: target.best.by(),
            code: Code::of(&target.best),
            target: Some(target),
            start: booked.as_ref().map(|m| m.start),
            end: booked.as_ref().map(|m| m.end),
            booked,
            ..Visit::blank(next.purpose, self.now)
        });
        self.begin_call();
    }

    /// Asks for the page when the visit has none, its time has come and the browser is there.
    pub(crate) fn begin_call(&mut self) {
        let Some(visit) = &self.visit else { return };
        let Stage::Pending {
            not_before,
            give_up,
        } = visit.stage
        else {
            return;
        };
        let target = self.target_of(&visit.purpose).or(visit.target.clone());
        let ready = |target: &Target| self.ready_for(target.way(visit.by).by());
        match target {
            Some(target) if self.now >= not_before && ready(&target) => self.open_page(target),
            None if self.now >= give_up => self.end_failed(CallFailure::ConnectionLost),
            Some(target) if self.now >= give_up && !ready(&target) => {
                self.end_failed(CallFailure::BrowserBroken);
            }
            Some(_) | None => {}
        }
    }

    fn open_page(&mut self, target: Target) {
        let by = self.visit.as_ref().map_or(By::Page, |v| v.by);
        let way = target.way(by).clone();
        let request = self.request(way.by(), Some(target.clone()));
        let call = self.take_warm(&request).unwrap_or_else(|| self.new_call());
        let now = self.now;
        if let Some(visit) = self.visit.as_mut() {
            visit.call = call;
            if visit.by != way.by() {
                visit.by = way.by();
                visit.code = Code::of(&way);
            }
            visit.code.known = visit.code.known.take().or(way.passcode().cloned());
            visit.target = Some(target);
            visit.enter_stage(Stage::Joining(JoinStep::Opening), now);
        }
        self.command_call(call, CallCommand::Join(request));
    }

    /// What an adapter is told about a call.
    pub(crate) fn request(&self, by: By, target: Option<Target>) -> CallRequest {
        CallRequest {
            by,
            target,
            display_name: self.plan.display_name.clone(),
        }
    }

    pub(crate) fn new_call(&mut self) -> CallId {
        self.memory.last_call = self.memory.last_call.saturating_add(1);
        CallId(self.memory.last_call)
    }

    /// The prepared page when it is the right one; any other is dropped.
    fn take_warm(&mut self, request: &CallRequest) -> Option<CallId> {
        let warm = self.warm.take()?;
        let call = warm.call()?;
        if warm.request == *request {
            return Some(call);
        }
        self.command_call(call, CallCommand::Drop);
        None
    }

    pub(crate) fn meeting_of(&self, purpose: &Purpose) -> Option<&Meeting> {
        match purpose {
            Purpose::Meeting(id) => self.meetings.iter().find(|m| m.id == *id),
            Purpose::Standing => None,
        }
    }

    pub(crate) fn target_of(&self, purpose: &Purpose) -> Option<Target> {
        match purpose {
            Purpose::Meeting(_) => schedule::target(self.meeting_of(purpose)?).cloned(),
            Purpose::Standing => self.plan.standing.clone(),
        }
    }

    /// Takes up what an earlier daemon left: looks for its page, and never joins again what was finished.
    pub(crate) fn restore(&mut self, mut memory: Memory) {
        let open = memory.open.clone();
        memory.finished.truncate(limits::FINISHED_MAX);
        memory.last_call = memory.last_call.max(self.memory.last_call);
        self.persisted = memory.clone();
        self.memory = memory;
        self.volume.want(self.start_volume());
        let Some(open) = open.filter(|_| self.visit.is_none()) else {
            return;
        };
        self.memory.last_call = self.memory.last_call.max(open.call.0);
        if open.leaving {
            self.command_call(open.call, CallCommand::Drop);
            return;
        }
        let target = self.target_of(&open.purpose);
        let request = self.request(open.by, target.clone());
        self.mic = Gate::adopted(open.mic);
        self.camera = Gate::adopted(open.camera);
        self.volume.want(self.start_volume());
        self.visit = Some(Visit {
            call: open.call,
            by: open.by,
            target,
            end: open.end,
            extended_to: open.end,
            entered_wall: open.inside_since,
            stage: Stage::Adopting,
            adopted: true,
            restore: Opened {
                mic: open.mic,
                camera: open.camera,
            },
            ..Visit::blank(open.purpose, self.now)
        });
        self.command_call(open.call, CallCommand::Adopt(request));
    }

    // ---- end ----

    /// Leaves, and then does what follows. A visit without a page is over at once.
    pub(crate) fn leave(&mut self, then: Then) {
        let now = self.now;
        let page_gone = self
            .visit
            .as_ref()
            .is_some_and(|v| self.lost_with_browser(v));
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        if let Stage::Leaving { then: planned, .. } = &mut visit.stage {
            *planned = then;
            return;
        }
        if !visit.has_page() || page_gone {
            self.end_visit(then);
            return;
        }
        let limit = match visit.inside {
            Some(_) => limits::LEAVE,
            None => limits::GIVE_UP,
        };
        let call = visit.call;
        visit.enter_stage(
            Stage::Leaving {
                until: now.plus(limit),
                then,
            },
            now,
        );
        self.mic.release();
        self.camera.release();
        self.command_call(call, CallCommand::Leave);
    }

    /// The visit is over and its page gone.
    pub(crate) fn end_visit(&mut self, then: Then) {
        let Some(visit) = self.visit.take() else {
            return;
        };
        if then.finished {
            self.finish(&visit);
        }
        self.lose_gates();
        self.lose_page_volume();
        self.memory.volume = None;
        self.volume.want(self.start_volume());
        self.aftermath = then.show.map(|shown| Aftermath {
            shown,
            purpose: visit.purpose,
            target: visit.target,
            since: self.now,
        });
        if let Some(next) = then.next.filter(|next| self.still_due(next)) {
            self.start_visit(next, None);
        }
    }

    /// Leaving took its time, in which the clock, the calendar or the plan may have changed.
    fn still_due(&self, next: &Next) -> bool {
        let booked = || Some((self.agenda()?, self.meeting_of(&next.purpose)?));
        next.chosen || booked().is_some_and(|(agenda, meeting)| agenda.follows_now(meeting))
    }

    /// Destroys the page, or what may be left of it.
    pub(crate) fn drop_page(&mut self) {
        let page = self
            .visit
            .as_ref()
            .filter(|v| v.has_page() && !self.lost_with_browser(v));
        if let Some(call) = page.map(|v| v.call) {
            self.command_call(call, CallCommand::Drop);
        }
    }

    /// Whether the browser is gone, and this visit's page with it. A call by SIP goes on.
    pub(crate) fn lost_with_browser(&self, visit: &Visit) -> bool {
        visit.by == By::Page && self.browser.seen == Some(BrowserSeen::Gone)
    }

    pub(crate) fn lose_gates(&mut self) {
        self.mic.lose();
        self.camera.lose();
    }

    /// Not to be joined again by itself: the meeting, and its twins at the same time.
    pub(crate) fn finish(&mut self, visit: &Visit) {
        let Some(id) = visit.meeting() else { return };
        let booked = self.meeting_of(&visit.purpose);
        let end = booked.map(|m| m.end);
        let last = [end, visit.end(), self.wall()].into_iter().flatten().max();
        let until = last.unwrap_or(Wall(i64::MAX)).plus(limits::FINISHED_KEPT);
        let same = |m: &&Meeting| {
            booked.is_some_and(|b| schedule::twins(m, b) && m.start < b.end && b.start < m.end)
        };
        let twins = self.meetings.iter().filter(same).map(|m| m.id.clone());
        let mut finished: Vec<MeetingId> = twins.filter(|twin| twin != id).collect();
        finished.push(id.clone());
        self.memory
            .finished
            .retain(|(other, _)| !finished.contains(other));
        let entries = finished.into_iter().map(|id| (id, until));
        self.memory.finished.extend(entries);
        let excess = self
            .memory
            .finished
            .len()
            .saturating_sub(limits::FINISHED_MAX);
        self.memory.finished.drain(..excess);
    }

    /// A finished meeting that is moved stays finished.
    pub(crate) fn keep_finished_up(&mut self) {
        for (id, until) in &mut self.memory.finished {
            if let Some(meeting) = self.meetings.iter().find(|m| m.id == *id) {
                *until = (*until).max(meeting.end.plus(limits::FINISHED_KEPT));
            }
        }
    }

    /// The room is inside already: it stays there, and from now on it is in this meeting. As at any begin, dark and silent.
    pub(crate) fn become_meeting(&mut self, next: Next) {
        let booked = self.meeting_of(&next.purpose).cloned();
        let (Some(mut visit), Some(booked)) = (self.visit.take(), booked) else {
            return;
        };
        self.finish(&visit);
        self.mic.close();
        self.camera.close();
        visit.purpose = next.purpose;
        visit.chosen = next.chosen;
        visit.start = Some(booked.start);
        visit.end = Some(booked.end);
        visit.extended_to = None;
        visit.target = schedule::target(&booked).cloned().or(visit.target);
        visit.booked = Some(booked);
        visit.restore = Opened::NOTHING;
        self.visit = Some(visit);
    }

    /// Whether the room is inside this meeting's conference already.
    pub(crate) fn is_there(&self, purpose: &Purpose) -> bool {
        let here = self.visit.as_ref().filter(|v| v.is_inside());
        let here = here.and_then(|v| v.target.as_ref());
        let there = self.meeting_of(purpose).and_then(schedule::target);
        here.zip(there)
            .is_some_and(|(here, there)| here.same_place(there))
    }

    // ---- loss ----

    /// What a person in the room had opened, as far as it may come back.
    pub(crate) fn opened(&self, visit: &Visit) -> Opened {
        if visit.inside.is_some() {
            Opened {
                mic: self.mic.wanted(),
                camera: self.camera.wanted(),
            }
        } else {
            visit.restore
        }
    }

    /// The page is gone: join anew, as long as there are tries. One that is only useless is dropped before.
    pub(crate) fn lose_page(&mut self, cause: Trouble) {
        let by = self.visit.as_ref().map_or(By::Page, |v| v.by);
        self.try_anew(cause, beyond_tries(cause, by));
    }

    fn try_anew(&mut self, cause: Trouble, name: CallFailure) {
        let Some(mut visit) = self.visit.take() else {
            return;
        };
        if let Stage::Leaving { then, .. } = &visit.stage {
            let then = then.clone();
            self.visit = Some(visit);
            self.end_visit(then);
            return;
        }
        let held = visit
            .inside
            .is_some_and(|t| self.now.since(t) >= limits::STEADY);
        visit.attempt = if held {
            1
        } else {
            visit.attempt.saturating_add(1)
        };
        visit.restore = self.opened(&visit);
        visit.cause = cause;
        visit.forget_page();
        self.lose_gates();
        self.lose_page_volume();
        let not_before = self.now.plus(limits::rejoin_pause(visit.attempt));
        let give_up = not_before.plus(limits::BROWSER);
        visit.enter_stage(
            Stage::Pending {
                not_before,
                give_up,
            },
            self.now,
        );
        let exhausted = visit.attempt > self.plan.policy.rejoin_tries;
        let name = if visit.was_inside() {
            beyond_tries(cause, visit.by)
        } else {
            name
        };
        self.visit = Some(visit);
        if exhausted {
            self.end_failed(name);
        } else {
            self.run_pending();
        }
    }

    /// The page says that it failed. A line that may come back is tried again when the room was inside before, or is on its own.
    pub(crate) fn page_failed(&mut self, failure: CallFailure) {
        let Some(visit) = &self.visit else { return };
        let on_its_own = !visit.chosen && failure == CallFailure::Unreachable;
        let rejoining = visit.attempt > 0;
        if may_pass(failure) && (visit.was_inside() || rejoining || on_its_own) {
            let crashed = matches!(failure, CallFailure::BrowserBroken | CallFailure::SipBroken);
            let cause = match crashed {
                true => Trouble::PageCrashed,
                false => Trouble::Network,
            };
            self.drop_page();
            self.try_anew(cause, failure);
        } else {
            self.end_failed(failure);
        }
    }

    /// The adopted meeting is over, or does not take place any more: it is not joined anew.
    pub(crate) fn adopted_is_over(&self, visit: &Visit) -> bool {
        let Some(wall) = self.wall().filter(|_| self.clock.trusted()) else {
            return false;
        };
        let meeting = self.meeting_of(&visit.purpose);
        let off = meeting.is_some_and(|m| schedule::target(m).is_none());
        let end = visit.end().max(meeting.map(|m| m.end));
        off || end.is_some_and(|end| wall >= end)
    }

    /// What may be opened again after a crash.
    pub(crate) fn to_restore(&self, visit: &Visit) -> Opened {
        match self.plan.policy.after_crash {
            AfterCrash::DarkAndSilent => Opened::NOTHING,
            AfterCrash::RestoreWhatTheRoomOpened => visit.restore,
        }
    }
}

impl Then {
    /// Shows this; the meeting is not joined again by itself.
    pub fn show(shown: Shown) -> Then {
        Then {
            show: Some(shown),
            finished: true,
            next: None,
        }
    }

    /// As if it had not been tried.
    pub fn nothing() -> Then {
        Then {
            show: None,
            finished: false,
            next: None,
        }
    }
}

impl Visit {
    /// A visit that has no page yet.
    fn blank(purpose: Purpose, now: Mono) -> Visit {
        Visit {
            purpose,
            chosen: false,
            call: CallId(0),
            booked: None,
            target: None,
            by: By::Page,
            instead_of: None,
            start: None,
            end: None,
            extended_to: None,
            floor: None,
            began: now,
            stage: Stage::Pending {
                not_before: now,
                give_up: now.plus(limits::BROWSER),
            },
            since: now,
            patience: Patience::default(),
            inside: None,
            entered: None,
            entered_wall: None,
            adopted: false,
            pageless: false,
            attempt: 0,
            cause: Trouble::Network,
            trouble: None,
            code: Code::default(),
            restore: Opened::NOTHING,
            people: None,
            media: None,
            alone_since: None,
            agreed: Agreed::default(),
            mic_note: None,
            another_lens: None,
            unheard: None,
            stale_sound: false,
        }
    }
}
