//! The other way into a conference: tried once in a visit, when the way at hand cannot work.
//! Knows no service; whether a failure is worth another way stands in `call.rs`.

use crate::call::{Code, Opened, Shown, Stage, Then, another_way_may_work};
use crate::failure::CallFailure;
use crate::limits;
use crate::meeting::Way;
use crate::room::Room;

impl Room {
    /// Destroys the page; then the other way in is tried, or the visit ends with this failure.
    pub(crate) fn end_failed(&mut self, failure: CallFailure) {
        self.drop_page();
        if !self.take_other_way(failure) {
            self.end_visit(Then::show(Shown::Failed(failure)));
        }
    }

    /// The way that is left after this failure: the target's other one, once in a visit.
    pub(crate) fn way_left(&self, failure: CallFailure) -> Option<&Way> {
        let visit = self.visit.as_ref().filter(|v| !v.leaving())?;
        let other = visit.target.as_ref()?.ways().find(|w| w.by() != visit.by);
        other.filter(|_| visit.instead_of.is_none() && another_way_may_work(failure))
    }

    /// Takes the way that is left, dark and silent like any other.
    fn take_other_way(&mut self, failure: CallFailure) -> bool {
        let now = self.now;
        let (Some(other), Some(visit)) = (self.way_left(failure).cloned(), self.visit.as_mut())
        else {
            return false;
        };
        visit.by = other.by();
        visit.code = Code::of(&other);
        visit.instead_of = Some(failure);
        visit.attempt = 0;
        visit.restore = Opened::NOTHING;
        visit.forget_page();
        let give_up = now.plus(limits::BROWSER);
        visit.enter_stage(
            Stage::Pending {
                not_before: now,
                give_up,
            },
            now,
        );
        self.lose_gates();
        self.volume.lose();
        self.run_pending();
        true
    }
}

impl Code {
    /// What the invitation says about this way.
    pub(crate) fn of(way: &Way) -> Code {
        Code {
            known: way.passcode().cloned(),
            tried: false,
        }
    }
}
