//! What people press. The only place where a microphone or camera can come to be wanted open.
//! Invariant: only a press whose origin is in the room opens; from elsewhere it is ignored, while closing works from everywhere.
//!
//! Keys of a table button: *main* short joins what is due, or tries again after a failure, and does nothing harmful in a call;
//! main long leaves, or puts a message away. *Mute* short opens a microphone that is seen closed, and closes it when it is seen open
//! or unknown; mute long closes.

use crate::call::{Next, Shown, Stage, Then, retry_makes_sense};
use crate::effect::CallCommand;
use crate::event::{HeadPress, JoinStep, Key, KeyPress, Origin, Press};
use crate::ids::{HeadId, MeetingId, Private};
use crate::memory::Purpose;
use crate::room::Room;
use crate::schedule::{Agenda, Due};
use crate::units::{Percent, Seen, Switch};
use crate::view::EndedWhy;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Mic,
    Camera,
}

impl Room {
    pub(crate) fn press(&mut self, press: Press, origin: Origin) {
        if self.stopping && !works_while_stopping(&press) {
            return;
        }
        if origin.in_room() {
            self.found();
        }
        self.forgo_preflight(leaves_preflight_alone(&press));
        match press {
            Press::Join(meeting) => self.press_join(meeting),
            Press::JoinStanding => self.go_to(Purpose::Standing),
            Press::Leave => self.leave(after_leaving(origin)),
            Press::Extend => self.extend(),
            Press::Mic(value) => self.switch(Which::Mic, value, origin),
            Press::Camera(value) => self.switch(Which::Camera, value, origin),
            Press::Volume(value) => self.set_volume(value),
            Press::ResetSound => self.reset_sound(),
            Press::Preflight => self.press_preflight(),
            // Any press did.
            Press::StopPreflight => {}
            Press::LookAhead => self.press_look_ahead(),
            Press::Identify(lasts) => self.identify(lasts),
            Press::Picture => self.announce_picture(),
            Press::PictureTaken => self.end_picture(),
            Press::RestartBrowser => self.begin_browser(origin),
            Press::Passcode(code) => self.type_passcode(code),
            Press::Retry => self.retry(),
            Press::Dismiss => self.aftermath = None,
            Press::Head(head, press) => self.press_head(&head, press),
            Press::Key(key, press) => self.press_key(key, press, origin),
            Press::UpdatePuck(puck) => self.press_update(&puck),
            Press::Hand(hand) => self.hand(hand, origin),
        }
    }

    fn press_join(&mut self, meeting: Option<MeetingId>) {
        let busy = self.visit.as_ref().is_some_and(|v| !v.leaving());
        let id = match meeting {
            Some(id) => self.may_join(&id).then_some(id),
            None if busy => None,
            None => match self.agenda().map(|a| a.due()) {
                Some(Due::One(meeting)) => Some(meeting.id.clone()),
                Some(Due::Nothing | Due::Several(_)) | None => None,
            },
        };
        if let Some(id) = id {
            self.go_to(Purpose::Meeting(id));
        }
    }

    /// The one that the room is in may be pressed again: somebody chose it.
    fn may_join(&self, id: &MeetingId) -> bool {
        let current = self.visit.as_ref().and_then(|v| v.meeting());
        let offered = |a: Agenda| a.find(id).is_some_and(|m| a.pressable(m));
        let known = |id| self.target_of(&Purpose::Meeting(id)).is_some();
        current == Some(id) || self.agenda().map_or_else(|| known(id.clone()), offered)
    }

    /// Somebody wants to be there: leaves whatever else there is first.
    fn go_to(&mut self, purpose: Purpose) {
        let now = self.now;
        let possible = self.target_of(&purpose).is_some();
        let next = Next {
            purpose,
            chosen: true,
        };
        let Some(visit) = self.visit.as_mut() else {
            self.start_visit(next, None);
            return;
        };
        if visit.purpose == next.purpose && !visit.leaving() {
            visit.chosen = true;
            if let Stage::Pending { not_before, .. } = &mut visit.stage {
                *not_before = now.min(*not_before);
            }
        } else if self.is_there(&next.purpose) {
            self.become_meeting(next);
        } else if possible {
            self.leave(Then {
                next: Some(next),
                ..Then::finished()
            });
        }
    }

    fn extend(&mut self) {
        let leaves = self.leaves().is_some();
        let (now, wall) = (self.now, self.wall());
        let by = self.plan.policy.extend_by;
        let Some(visit) = self.visit.as_mut().filter(|v| v.is_inside()) else {
            return;
        };
        if let (Some(wall), true) = (wall, leaves || visit.end().is_some()) {
            let from = visit.end().map_or(wall, |end| end.max(wall));
            visit.extended_to = Some(from.plus(by));
        }
        visit.alone_since = visit.alone_since.map(|_| now);
    }

    /// Whether every face shows that the room will leave, and it may stay.
    fn asks_to_stay(&self) -> bool {
        self.leaves_soon().is_some() && !self.plan.policy.extend_by.is_zero()
    }

    fn switch(&mut self, which: Which, value: Switch, origin: Origin) {
        if (which, value) == (Which::Mic, Switch::Closed) {
            self.insist_on_source();
        }
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        let restore = match which {
            Which::Mic => &mut visit.restore.mic,
            Which::Camera => &mut visit.restore.camera,
        };
        let may = match value {
            Switch::Open => origin.in_room() && visit.is_inside(),
            Switch::Closed => {
                *restore = Switch::Closed;
                visit.has_page()
            }
        };
        if may {
            visit.mic_note = visit.mic_note.filter(|_| which != Which::Mic);
            match which {
                Which::Mic => {
                    self.mic.ask(value);
                    self.insist_on_source();
                }
                Which::Camera => self.camera.ask(value),
            }
        }
    }

    /// Microphone and camera, at once.
    pub(crate) fn close_both(&mut self, origin: Origin) {
        self.switch(Which::Mic, Switch::Closed, origin);
        self.switch(Which::Camera, Switch::Closed, origin);
    }

    fn set_volume(&mut self, value: Percent) {
        let value = value.min(self.plan.policy.volume_limit);
        self.memory.volume = Some(value);
        self.volume.want(value);
    }

    fn type_passcode(&mut self, code: Private) {
        let now = self.now;
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        let asked = matches!(visit.stage, Stage::AsksPasscode { .. });
        if !asked || code.reveal().trim().is_empty() {
            return;
        }
        visit.code.known = Some(code.clone());
        visit.patience.passcode_by = None;
        visit.enter_stage(Stage::Joining(JoinStep::FillingIn), now);
        let call = visit.call;
        self.command_call(call, CallCommand::Passcode(code));
    }

    /// Whether a failure is shown after which the same thing may work, and it is known where to go.
    pub(crate) fn may_retry(&self) -> bool {
        let Some(aftermath) = self.aftermath.as_ref().filter(|_| self.visit.is_none()) else {
            return false;
        };
        let known = || aftermath.target.is_some() || self.target_of(&aftermath.purpose).is_some();
        matches!(aftermath.shown, Shown::Failed(failure) if retry_makes_sense(failure)) && known()
    }

    fn retry(&mut self) {
        let Some(aftermath) = &self.aftermath else {
            return;
        };
        if !self.may_retry() {
            return;
        }
        let next = Next {
            purpose: aftermath.purpose.clone(),
            chosen: true,
        };
        let known = aftermath.target.clone();
        self.start_visit(next, known);
    }

    fn press_head(&mut self, id: &HeadId, press: HeadPress) {
        let Some(at) = self.heads.iter().position(|h| h.id() == id) else {
            return;
        };
        if let Some(command) = self.heads[at].press(press) {
            self.command_head(at, command);
        }
    }

    fn press_key(&mut self, key: Key, press: KeyPress, origin: Origin) {
        match (key, press) {
            (Key::Main, KeyPress::Short) if self.may_retry() => self.retry(),
            (Key::Main, KeyPress::Short) if self.asks_to_stay() => self.extend(),
            (Key::Main, KeyPress::Short) => self.press_join(None),
            (Key::Main, KeyPress::Long) => {
                self.aftermath = None;
                self.leave(Then::finished());
            }
            (Key::Mute, KeyPress::Short) => {
                let inside = self.visit.as_ref().is_some_and(|v| v.is_inside());
                let value = match self.lamps()[0].seen {
                    Seen::Is(Switch::Closed) if inside => Switch::Open,
                    Seen::Is(_) | Seen::Unknown => Switch::Closed,
                };
                self.switch(Which::Mic, value, origin);
            }
            (Key::Mute, KeyPress::Long) => self.switch(Which::Mic, Switch::Closed, origin),
        }
    }
}

/// Who sits in the room is told when somebody from afar ended their call.
fn after_leaving(origin: Origin) -> Then {
    match origin {
        Origin::Fleet => Then::show(Shown::Ended(EndedWhy::ByFleet)),
        Origin::Puck | Origin::Button | Origin::Panel | Origin::Console => Then::finished(),
    }
}

/// What nobody in the room pressed and nobody there hears ends no proof.
pub(crate) fn leaves_preflight_alone(press: &Press) -> bool {
    matches!(
        press,
        Press::Preflight
            | Press::LookAhead
            | Press::Identify(_)
            | Press::Picture
            | Press::PictureTaken
    )
}

/// While the daemon ends, what quiets still works.
fn works_while_stopping(press: &Press) -> bool {
    matches!(
        press,
        Press::Mic(Switch::Closed)
            | Press::Camera(Switch::Closed)
            | Press::Head(_, HeadPress::Stop)
    )
}

impl Then {
    /// A person left: nothing to show, and not joined again by itself.
    fn finished() -> Then {
        Then {
            finished: true,
            ..Then::nothing()
        }
    }
}
