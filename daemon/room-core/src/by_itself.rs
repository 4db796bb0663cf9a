//! What the schedule asks for when nobody presses: joining, preparing a page, and letting old messages go.
//! Asks `schedule.rs`; knows no rule of its own.

use crate::call::{Next, Shown};
use crate::effect::CallCommand;
use crate::limits;
use crate::meeting::By;
use crate::memory::Purpose;
use crate::room::Room;
use crate::schedule;
use crate::units::Mono;
use crate::warm::{Warm, WarmState};

impl Room {
    /// Joins and prepares what is due by itself, and lets old messages go.
    pub(crate) fn follow_schedule(&mut self) {
        self.clear_aftermath();
        if self.visit.is_none() {
            let meeting = self.agenda().and_then(|a| a.joined_now());
            if let Some(id) = meeting.map(|m| m.id.clone()) {
                let next = Next {
                    purpose: Purpose::Meeting(id),
                    chosen: false,
                };
                self.start_visit(next, None);
            }
        }
        self.keep_warm();
    }

    fn clear_aftermath(&mut self) {
        if self.aftermath_until().is_some_and(|at| self.now >= at) {
            self.aftermath = None;
        }
    }

    /// When the message about the last visit goes away by itself.
    pub(crate) fn aftermath_until(&self) -> Option<Mono> {
        let aftermath = self.aftermath.as_ref()?;
        let short = aftermath.since.plus(limits::ENDED_SHOWN);
        match (aftermath.shown, &aftermath.purpose) {
            (Shown::Ended(_), _) => Some(short),
            (Shown::Failed(_), Purpose::Standing) => {
                Some(aftermath.since.plus(limits::FAILED_SHOWN))
            }
            (Shown::Failed(_), purpose @ Purpose::Meeting(_)) => {
                let end = self.meeting_of(purpose).map(|m| m.end);
                let over = end.and_then(|t| self.clock.mono_of(t));
                Some(short.max(over.unwrap_or(short)))
            }
        }
    }

    fn keep_warm(&mut self) {
        let wanted = match &self.visit {
            Some(_) => None,
            None => self.agenda().and_then(|a| a.warmed_now()),
        };
        let wanted = wanted.and_then(|m| Some((m.id.clone(), schedule::target(m)?.clone())));
        let Some((meeting, target)) = wanted else {
            self.drop_warm();
            return;
        };
        let request = self.request(target.best.by(), Some(target));
        if self.warm.as_ref().is_some_and(|w| w.request != request) {
            self.drop_warm();
        }
        let now = self.now;
        let warm = self.warm.get_or_insert_with(|| Warm {
            meeting: meeting.clone(),
            request,
            tries: 0,
            state: WarmState::Failed { again: Some(now) },
        });
        warm.meeting = meeting;
        self.run_warm();
    }

    fn run_warm(&mut self) {
        let now = self.now;
        let by = self.warm.as_ref().map_or(By::Page, |w| w.request.by);
        let ready = self.ready_for(by);
        let limit = self.plan.policy.join_limit;
        let Some(warm) = self.warm.as_mut() else {
            return;
        };
        match warm.state {
            WarmState::Loading { call, until } if now >= until => {
                warm.fail(now);
                self.command_call(call, CallCommand::Drop);
            }
            WarmState::Failed { again: Some(at) } if now >= at && ready => {
                let request = warm.request.clone();
                let call = self.new_call();
                if let Some(warm) = self.warm.as_mut() {
                    let until = now.plus(limit);
                    warm.state = WarmState::Loading { call, until };
                }
                self.command_call(call, CallCommand::Warm(request));
            }
            WarmState::Loading { .. } | WarmState::Ready { .. } | WarmState::Failed { .. } => {}
        }
    }

    pub(crate) fn drop_warm(&mut self) {
        if let Some(call) = self.warm.take().and_then(|w| w.call()) {
            self.command_call(call, CallCommand::Drop);
        }
    }
}
