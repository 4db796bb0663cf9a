//! What happens because time has passed.

use super::{Engine, TRIES, What};
use room_core::failure::HeadFailure;
use room_core::units::Mono;

impl Engine {
    pub(super) fn run_timers(&mut self, now: Mono) {
        if self.driving.is_some_and(|driving| driving.until <= now) {
            self.drive_is_over(now);
        }
        if let Some(sent) = self.stop.sent.filter(|sent| sent.until <= now) {
            self.stop_missed(now, sent);
        }
        // What might be sent again waits for its turn on the line.
        if self.awaiting.is_some_and(|awaiting| awaiting.until <= now) && !self.is_held(now) {
            self.answer_missed(now);
        }
        while let Some(running) = self.sockets.overdue(now) {
            self.fail(running.step.ticket, HeadFailure::Timeout);
        }
        if let Some(wait) = self.power_wait.filter(|wait| wait.until <= now) {
            self.power_wait = None;
            self.fail(wait.ticket, HeadFailure::Timeout);
        }
    }

    fn answer_missed(&mut self, now: Mono) {
        let Some(awaiting) = self.awaiting.take() else {
            return;
        };
        match awaiting.what {
            What::Start(step) => self.start_missed(now, step, awaiting),
            What::Ask(_) => {
                if self.watch.missed(now) {
                    self.go_silent(now);
                }
            }
            What::Step(step) if self.is_abandoned(&awaiting) => {
                tracing::debug!(head = %self.setup.id, ?step, "abandoned without an answer");
            }
            What::Step(step) if self.stop.is_busy() => self.queue.push_front(step),
            What::Step(step) if awaiting.tries < TRIES => {
                self.send(now, What::Step(step), awaiting.tries + 1);
            }
            What::Step(step) => {
                self.fail(step.ticket, HeadFailure::NoAnswer);
                self.watch.hurry(now);
            }
        }
    }
}
