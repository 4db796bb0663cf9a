//! What a call reports, taken into the visit or the prepared page. Facts of any other call are ignored.
//! Invariant: a call that begins has microphone and camera wanted closed.

use crate::call::{Opened, Shown, Stage, Then};
use crate::effect::CallCommand;
use crate::event::{CallSeen, EndReason, JoinStep, LensSeen, PersonNeeded, Trouble, WaitingFor};
use crate::failure::CallFailure;
use crate::ids::CallId;
use crate::limits;
use crate::room::Room;
use crate::units::{Percent, Switch};
use crate::view::EndedWhy;
use crate::warm::WarmState;

impl Room {
    pub(crate) fn call_fact(&mut self, call: CallId, seen: CallSeen) {
        if self.warm.as_ref().and_then(|w| w.call()) == Some(call) {
            self.warm_fact(call, seen);
        } else if let Some(visit) = self.visit.as_ref().filter(|v| v.call == call) {
            match visit.stage.clone() {
                Stage::Pending { .. } => {}
                Stage::Leaving { then, .. } => self.leaving_fact(seen, then),
                Stage::Joining(_)
                | Stage::Waiting(_)
                | Stage::AsksPasscode { .. }
                | Stage::PersonNeeded(_)
                | Stage::Inside
                | Stage::Adopting => self.visit_fact(call, seen),
            }
        }
    }

    /// A prepared page never lets anything through and never enters by itself: one that does is destroyed and not tried again.
    fn warm_fact(&mut self, call: CallId, seen: CallSeen) {
        let now = self.now;
        let Some(warm) = self.warm.as_mut() else {
            return;
        };
        match seen {
            CallSeen::Warm => warm.state = WarmState::Ready { call },
            CallSeen::Inside => {
                warm.give_up();
                self.command_call(call, CallCommand::Drop);
            }
            CallSeen::Over(EndReason::Left | EndReason::PageGone) => warm.fail(now),
            CallSeen::Failed(_)
            | CallSeen::Over(_)
            | CallSeen::Trouble(Trouble::PageCrashed | Trouble::SoundLost) => {
                warm.fail(now);
                self.command_call(call, CallCommand::Drop);
            }
            CallSeen::Mic(Switch::Open) => {
                self.command_call(call, CallCommand::Mic(Switch::Closed));
            }
            CallSeen::Camera(Switch::Open) => {
                self.command_call(call, CallCommand::Camera(Switch::Closed));
            }
            CallSeen::Mic(Switch::Closed) | CallSeen::Camera(Switch::Closed) => {}
            CallSeen::Trouble(Trouble::Network | Trouble::Frozen) | CallSeen::Recovered => {}
            CallSeen::Entering(_) | CallSeen::Waiting(_) | CallSeen::PasscodeAsked { .. } => {}
            CallSeen::PersonNeeded(_) | CallSeen::ConsentAsked(_) => {}
            CallSeen::Agreed(_) | CallSeen::UnmuteAsked | CallSeen::Volume(_) => {}
            CallSeen::People(_) | CallSeen::Media(_) => {}
            CallSeen::Lens(_) | CallSeen::Sound(..) => {}
        }
    }

    /// On the way out only the end matters, and what the microphone and camera still do.
    fn leaving_fact(&mut self, seen: CallSeen, then: Then) {
        match seen {
            CallSeen::Over(reason) => {
                if !matches!(reason, EndReason::Left | EndReason::PageGone) {
                    self.drop_page();
                }
                self.end_visit(then);
            }
            CallSeen::Failed(_) => {
                self.drop_page();
                self.end_visit(then);
            }
            CallSeen::Mic(value) => self.mic.read(value),
            CallSeen::Camera(value) => self.camera.read(value),
            CallSeen::Trouble(Trouble::Frozen) => self.doubt_gates(),
            CallSeen::Warm
            | CallSeen::Entering(_)
            | CallSeen::Waiting(_)
            | CallSeen::PasscodeAsked { .. }
            | CallSeen::PersonNeeded(_)
            | CallSeen::ConsentAsked(_)
            | CallSeen::Agreed(_)
            | CallSeen::UnmuteAsked
            | CallSeen::Inside
            | CallSeen::Lens(_)
            | CallSeen::Sound(..)
            | CallSeen::Volume(_)
            | CallSeen::People(_)
            | CallSeen::Media(_)
            | CallSeen::Trouble(Trouble::Network | Trouble::PageCrashed | Trouble::SoundLost)
            | CallSeen::Recovered => {}
        }
    }

    fn read_lens(&mut self, lens: LensSeen) {
        let now = self.now;
        if let Some(visit) = self.visit.as_mut() {
            visit.another_lens = match lens {
                LensSeen::TheRooms => None,
                LensSeen::Another => visit.another_lens.or(Some(now)),
            };
        }
    }

    /// Nobody knows what they do.
    fn doubt_gates(&mut self) {
        self.mic.doubt();
        self.camera.doubt();
    }

    fn visit_fact(&mut self, call: CallId, seen: CallSeen) {
        match seen {
            CallSeen::Warm => self.found_warm(call),
            CallSeen::Entering(step) => self.entering(step),
            CallSeen::Waiting(whom) => self.waiting(whom),
            CallSeen::PasscodeAsked { rejected } => self.passcode_asked(call, rejected),
            CallSeen::PersonNeeded(needed) => self.person_needed(needed),
            CallSeen::ConsentAsked(kind) => self.consent_asked(call, kind),
            CallSeen::Agreed(kind) => self.agreed(kind),
            CallSeen::UnmuteAsked => self.unmute_asked(),
            CallSeen::Inside => self.inside(),
            CallSeen::Mic(value) => self.read_mic(value),
            CallSeen::Camera(value) => self.camera.read(value),
            CallSeen::Lens(lens) => self.read_lens(lens),
            // For the record: a room without sound of its own has the browser's default, which is no fault.
            CallSeen::Sound(..) => {}
            CallSeen::Volume(value) if self.plan.sound.is_none() => self.read_volume(value),
            // The room's own loudness counts, and the page's stays as it is.
            CallSeen::Volume(_) => {}
            CallSeen::People(count) => self.people(count),
            CallSeen::Media(media) => {
                if let Some(visit) = self.visit.as_mut() {
                    visit.media = Some(media);
                }
            }
            CallSeen::Trouble(trouble) => self.trouble(trouble),
            CallSeen::Recovered => {
                if let Some(visit) = self.visit.as_mut() {
                    visit.trouble = None;
                }
            }
            CallSeen::Over(reason) => self.over(reason),
            CallSeen::Failed(failure) => self.page_failed(failure),
        }
    }

    /// An adopted page stands before the door: enter, as dark and silent as from nothing, whatever was open before.
    fn found_warm(&mut self, call: CallId) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        if visit.stage != Stage::Adopting {
            return;
        }
        let Some(target) = visit.target.clone() else {
            return;
        };
        visit.enter_stage(Stage::Joining(JoinStep::Opening), now);
        visit.adopted = false;
        visit.restore = Opened::NOTHING;
        let by = visit.by;
        self.mic.close();
        self.camera.close();
        let request = self.request(by, Some(target));
        self.command_call(call, CallCommand::Join(request));
    }

    /// Late steps of entering do not push a room out that is inside.
    fn entering(&mut self, step: JoinStep) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut().filter(|v| v.inside.is_none()) else {
            return;
        };
        visit.pageless = step == JoinStep::Asking;
        if let Stage::Joining(seen) = &mut visit.stage {
            *seen = step;
        } else {
            visit.enter_stage(Stage::Joining(step), now);
        }
    }

    /// Put before the door, perhaps again: whatever was open is closed.
    fn waiting(&mut self, whom: WaitingFor) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        if visit.inside.take().is_some() {
            visit.people = None;
            visit.alone_since = None;
            visit.restore = Opened::NOTHING;
            self.mic.close();
            self.camera.close();
        }
        visit.patience.waits_since.get_or_insert(now);
        visit.enter_stage(Stage::Waiting(whom), now);
    }

    /// The known passcode is tried once; after that a person is asked.
    fn passcode_asked(&mut self, call: CallId, rejected: bool) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut().filter(|v| v.inside.is_none()) else {
            return;
        };
        let code = visit.code.known.clone().filter(|_| !visit.code.tried);
        match code {
            Some(code) if !rejected => {
                visit.code.tried = true;
                visit.enter_stage(Stage::Joining(JoinStep::FillingIn), now);
                self.command_call(call, CallCommand::Passcode(code));
            }
            Some(_) | None => {
                visit.code.tried = true;
                let until = now.plus(limits::PASSCODE);
                visit.patience.passcode_by.get_or_insert(until);
                visit.enter_stage(Stage::AsksPasscode { rejected }, now);
            }
        }
    }

    /// Inside, a question to a person (a recording, new terms) does not end the call; each question has its own time there.
    pub(crate) fn person_needed(&mut self, needed: PersonNeeded) {
        let now = self.now;
        if let Some(visit) = self.visit.as_mut() {
            let patience = &mut visit.patience;
            if visit.inside.is_some() {
                // What is asked in a call has no limit, and leaves none behind for a door that comes later.
                patience.person_by = None;
                patience.person_most = None;
            } else {
                patience.person_by.get_or_insert(now.plus(limits::PERSON));
                let most = now.plus(limits::PERSON_MOST);
                patience.person_most.get_or_insert(most);
            }
            visit.enter_stage(Stage::PersonNeeded(needed), now);
        }
    }

    fn inside(&mut self) {
        let (now, wall) = (self.now, self.wall());
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        visit.enter_stage(Stage::Inside, now);
        visit.pageless = false;
        visit.trouble = None;
        if visit.inside.is_some() {
            return;
        }
        visit.inside = Some(now);
        visit.code.tried = false;
        let adopted = core::mem::take(&mut visit.adopted);
        let first = !visit.was_inside();
        visit.entered.get_or_insert(now);
        visit.entered_wall = visit.entered_wall.or(wall);
        if adopted && visit.attempt == 0 {
            return;
        }
        self.begin_dark(first);
    }

    /// Dark and silent, but for what a person in the room had opened before a crash, when the plan allows that.
    fn begin_dark(&mut self, first: bool) {
        self.mic.close();
        self.camera.close();
        let Some(visit) = self.visit.as_ref() else {
            return;
        };
        let restore = self.to_restore(visit);
        if restore.mic == Switch::Open {
            self.mic.ask(Switch::Open);
        }
        if restore.camera == Switch::Open {
            self.camera.ask(Switch::Open);
        }
        if let Some(visit) = self.visit.as_mut() {
            visit.restore = Opened::NOTHING;
        }
        if first {
            for head in &mut self.heads {
                head.call_inside();
            }
        }
    }

    /// Inside, a volume that somebody else chose is taken over, up to the room's limit.
    pub(crate) fn read_volume(&mut self, value: Percent) {
        let inside = self.visit.as_ref().is_some_and(|v| v.is_inside());
        if inside && !self.volume.in_flight() {
            let kept = value.min(self.plan.policy.volume_limit);
            if kept != self.volume.wanted() {
                self.volume.want(kept);
                self.memory.volume = Some(kept);
            }
        }
        self.volume.read(value);
    }

    fn people(&mut self, count: u16) {
        let now = self.now;
        if let Some(visit) = self.visit.as_mut().filter(|v| v.inside.is_some()) {
            visit.people = Some(count);
            visit.alone_since = match count {
                0 => Some(visit.alone_since.unwrap_or(now)),
                _ => None,
            };
        }
    }

    fn trouble(&mut self, trouble: Trouble) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        match (trouble, visit.trouble) {
            (Trouble::PageCrashed | Trouble::SoundLost, _) => {
                self.drop_page();
                self.lose_page(trouble);
            }
            (Trouble::Network, Some(_)) => {}
            (Trouble::Network, None) => visit.trouble = Some((trouble, now)),
            (Trouble::Frozen, Some((Trouble::Frozen, _))) => self.doubt_gates(),
            (Trouble::Frozen, _) => {
                visit.trouble = Some((trouble, now));
                self.doubt_gates();
            }
        }
    }

    fn over(&mut self, reason: EndReason) {
        let then = match reason {
            EndReason::Left => Then {
                show: None,
                finished: true,
                next: None,
            },
            EndReason::EndedByHost => Then::show(Shown::Ended(EndedWhy::ByHost)),
            EndReason::Removed => Then::show(Shown::Ended(EndedWhy::Removed)),
            EndReason::TimeLimit => Then::show(Shown::Ended(EndedWhy::TimeLimit)),
            EndReason::Denied => Then::show(Shown::Failed(CallFailure::Denied)),
            EndReason::PageGone => {
                self.lose_page(Trouble::PageCrashed);
                return;
            }
        };
        if reason != EndReason::Left {
            self.drop_page();
        }
        self.end_visit(then);
    }
}
