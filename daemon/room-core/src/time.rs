//! Everything in a visit that time alone brings about: limits of a stage, leaving by itself, withdrawing.
//!
//! Who goes when, at the end of the booked time:
//! - `AtEnd::Stay`: the room stays until people leave, the host ends it, or it is alone.
//! - `AtEnd::LeaveAfter`: it leaves then, announced [`limits::LEAVE_NOTICE`] before.
//! - A next meeting that the room joins by itself and that does not overlap the running one: at its begin (or the extended end
//!   of the running one) the room announces that it will change over, and does so [`limits::CHANGE_OVER`] later. One that waits for
//!   a press changes nothing until it is pressed. One that overlaps is a double booking: somebody must choose. One in the very same
//!   conference needs no leaving: from its begin on the room is in that meeting, with microphone and camera closed.
//! - *Extend* moves the end, and with it the change-over, and lets a lonely room wait anew.
//! - An end or begin that time, calendar or plan leapt over makes nobody leave: only one that comes after the leap does.

use crate::call::{Next, Shown, Stage, Then, Visit, unhelped};
use crate::event::{Trouble, WaitingFor};
use crate::failure::CallFailure;
use crate::limits;
use crate::memory::Purpose;
use crate::plan::AtEnd;
use crate::room::Room;
use crate::schedule;
use crate::units::{Mono, Wall};
use crate::view::{EndedWhy, LeaveWhy};

impl Room {
    /// Everything in the visit that is due by now.
    pub(crate) fn run_limits(&mut self) {
        self.withdraw_when_off();
        self.run_pending();
        self.run_stage_limit();
        self.stay_for_next();
        if let Some((at, _, why)) = self.leaves()
            && self.now >= at
        {
            self.leave_by_itself(why);
        }
    }

    pub(crate) fn run_pending(&mut self) {
        let Some(visit) = &self.visit else { return };
        if visit.has_page() {
            return;
        }
        if visit.adopted && self.adopted_is_over(visit) {
            self.end_visit(Then::nothing());
            return;
        }
        self.begin_call();
    }

    fn run_stage_limit(&mut self) {
        let Some(visit) = &self.visit else { return };
        let reconnect = self.plan.policy.reconnect_limit;
        let trouble = visit.trouble_limit(reconnect).filter(|_| !visit.leaving());
        if let (Some(at), Some((cause, _))) = (trouble, visit.trouble)
            && self.now >= at
        {
            self.drop_page();
            self.lose_page(cause);
            return;
        }
        if self.stage_limit().is_none_or(|at| self.now < at) {
            return;
        }
        match visit.stage.clone() {
            Stage::Pending { .. } | Stage::Inside => {}
            Stage::Adopting => {
                self.drop_page();
                self.lose_page(Trouble::PageCrashed);
            }
            Stage::Joining(_) => self.page_failed(CallFailure::NoAnswer),
            Stage::Waiting(WaitingFor::Host) => self.give_up(CallFailure::HostTimeout),
            Stage::Waiting(WaitingFor::Lobby | WaitingFor::Hold) => {
                self.give_up(CallFailure::LobbyTimeout);
            }
            Stage::AsksPasscode { .. } => self.give_up(CallFailure::PasscodeTimeout),
            Stage::PersonNeeded(needed) => self.give_up(unhelped(needed)),
            Stage::Leaving { then, .. } => {
                self.drop_page();
                self.end_visit(then);
            }
        }
    }

    /// Leaves politely and then shows the failure; at once when there is another way in.
    fn give_up(&mut self, failure: CallFailure) {
        if self.way_left(failure).is_some() {
            self.end_failed(failure);
            return;
        }
        self.leave(Then::show(Shown::Failed(failure)));
    }

    /// When the stage ends by itself.
    pub(crate) fn stage_limit(&self) -> Option<Mono> {
        let visit = self.visit.as_ref()?;
        match visit.stage {
            Stage::Pending { .. } | Stage::Inside => None,
            Stage::Adopting => Some(visit.since.plus(limits::ADOPT)),
            Stage::Joining(_) => Some(visit.since.plus(self.plan.policy.join_limit)),
            Stage::Waiting(_) => self.wait_limit(visit),
            Stage::AsksPasscode { .. } => visit.patience.passcode_by,
            Stage::PersonNeeded(_) if visit.inside.is_some() => None,
            Stage::PersonNeeded(_) => visit.patience.person_by,
            Stage::Leaving { until, .. } => Some(until),
        }
    }

    /// The plan's limit from the begin of the meeting or of the waiting, and the booked end in any case.
    fn wait_limit(&self, visit: &Visit) -> Option<Mono> {
        let since = visit.patience.waits_since.unwrap_or(visit.since);
        let start = visit.start.and_then(|t| self.clock.mono_of(t));
        let limit = since
            .max(start.unwrap_or(since))
            .plus(self.plan.policy.wait_limit);
        let end = visit.end().filter(|end| counts(visit, *end));
        let end = end.and_then(|t| self.clock.mono_of(t));
        Some(limit.min(end.unwrap_or(limit)))
    }

    /// A meeting that the room went to by itself was cancelled, moved or removed before anybody let it in.
    fn withdraw_when_off(&mut self) {
        let Some(visit) = &self.visit else { return };
        let early = visit.entered.is_none() && !visit.chosen && !visit.adopted && !visit.leaving();
        let (Purpose::Meeting(_), true, Some(wall)) = (&visit.purpose, early, self.wall()) else {
            return;
        };
        let still_on = self.meeting_of(&visit.purpose).is_some_and(|m| {
            let begins = m.start.minus(self.plan.policy.join_before);
            schedule::target(m).is_some() && (begins <= wall || !self.clock.trusted())
        });
        if !still_on {
            self.leave(Then::nothing());
        }
    }

    /// When the room leaves by itself, and why: the earliest reason.
    pub(crate) fn leaves(&self) -> Option<(Mono, Wall, LeaveWhy)> {
        let visit = self.visit.as_ref().filter(|v| v.is_inside())?;
        let at_wall = |wall: Wall, why| Some((self.clock.mono_of(wall)?, wall, why));
        let booked = self.leaves_at_end(visit);
        let booked = booked.and_then(|t| at_wall(t, LeaveWhy::BookedEnd));
        let change = self.changes_over(visit).filter(|(_, p)| !self.is_there(p));
        let change = change.and_then(|(t, _)| at_wall(t, LeaveWhy::NextMeeting));
        let alone = self
            .leaves_alone(visit)
            .map(|at| (at, self.clock.wall_of(at), LeaveWhy::Alone));
        let reasons = [booked, change, alone].into_iter().flatten();
        reasons.min_by_key(|(at, _, _)| *at)
    }

    fn leaves_at_end(&self, visit: &Visit) -> Option<Wall> {
        let AtEnd::LeaveAfter(after) = self.plan.policy.at_end else {
            return None;
        };
        visit.meeting()?;
        let at = visit.end()?.plus(after);
        (self.clock.trusted() && counts(visit, at)).then_some(at)
    }

    fn leaves_alone(&self, visit: &Visit) -> Option<Mono> {
        let after = self.plan.policy.alone_after?;
        let since = visit.alone_since.filter(|_| visit.trouble.is_none())?;
        let start = visit.start.and_then(|t| self.clock.mono_of(t));
        Some(since.max(start.unwrap_or(since)).plus(after))
    }

    /// When the room leaves for the next meeting, and for which.
    pub(crate) fn changes_over(&self, visit: &Visit) -> Option<(Wall, Purpose)> {
        let began = self.clock.wall_of(visit.began);
        let after = visit.floor.map_or(began, |floor| floor.max(began));
        let next = self.agenda()?.follower(visit.meeting(), visit.end, after)?;
        let from = visit.end().map_or(next.start, |end| end.max(next.start));
        let purpose = Purpose::Meeting(next.id.clone());
        let at = match self.is_there(&purpose) {
            true => from,
            false => from.plus(limits::CHANGE_OVER),
        };
        (at < next.end).then_some((at, purpose))
    }

    /// When the next meeting is in the very same conference, nobody leaves.
    fn stay_for_next(&mut self) {
        let next = self.visit.as_ref().and_then(|v| self.changes_over(v));
        if let (Some((at, purpose)), Some(wall)) = (next, self.wall())
            && wall >= at
            && self.is_there(&purpose)
        {
            self.become_meeting(Next {
                purpose,
                chosen: false,
            });
        }
    }

    /// When the room will be in the next meeting without leaving.
    pub(crate) fn stays_at(&self) -> Option<Mono> {
        let (at, purpose) = self.changes_over(self.visit.as_ref()?)?;
        let at = self.clock.mono_of(at)?;
        self.is_there(&purpose).then_some(at)
    }

    fn leave_by_itself(&mut self, why: LeaveWhy) {
        let then = match why {
            LeaveWhy::BookedEnd => Then::show(Shown::Ended(EndedWhy::BookedEnd)),
            LeaveWhy::Alone => Then::show(Shown::Ended(EndedWhy::Alone)),
            LeaveWhy::NextMeeting => {
                let change = self.visit.as_ref().and_then(|v| self.changes_over(v));
                Then {
                    show: None,
                    finished: true,
                    next: change.map(|(_, purpose)| Next {
                        purpose,
                        chosen: false,
                    }),
                }
            }
        };
        self.leave(then);
    }

    /// Time, calendar or plan changed: what is past by now makes nobody leave.
    pub(crate) fn raise_floor(&mut self) {
        let wall = self.wall();
        if let Some(visit) = self.visit.as_mut() {
            visit.floor = wall;
        }
    }

    /// The visit's meeting as the calendar has it now; one that vanished or was cancelled keeps its old times.
    pub(crate) fn follow_calendar_in_visit(&mut self) {
        let Some(visit) = &self.visit else { return };
        let Some(meeting) = self.meeting_of(&visit.purpose) else {
            return;
        };
        let target = schedule::target(meeting).cloned();
        let (start, end, booked) = (meeting.start, meeting.end, meeting.clone());
        let Some(visit) = self.visit.as_mut().filter(|_| target.is_some()) else {
            return;
        };
        visit.booked = Some(booked);
        let moved = visit.end != Some(end);
        visit.start = Some(start);
        visit.end = Some(end);
        visit.extended_to = visit.extended_to.filter(|t| *t > end);
        visit.target = target;
        if moved && !visit.adopted {
            self.raise_floor();
        }
    }
}

/// Whether this time still makes anybody leave.
fn counts(visit: &Visit, at: Wall) -> bool {
    visit.floor.is_none_or(|floor| at > floor)
}
