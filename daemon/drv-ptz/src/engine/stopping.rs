//! How a stop goes out: at once, behind nothing but the frame that is already on the wire, and again until it is answered.
//! Afterwards the head is watched, and told again when it goes on turning.

use super::requests::LIVELY;
use super::stop::{FULL_PAUSE, FULL_TRIES, Sent, StopStep, TRIES};
use super::{Awaiting, Engine, Kind, Running, STOP_ANSWER, Step, Ticket, What};
use crate::visca::{Refusal, Socket};
use room_core::event::Outcome;
use room_core::failure::HeadFailure;
use room_core::units::Mono;

impl Engine {
    /// Fills the lane; a stop that is under way already covers this one, because nothing that turns the head was sent since.
    /// What these sockets run is cancelled first.
    pub(super) fn begin_stop(&mut self, now: Mono, cancel: &[u8]) {
        // A drive that still waits in the queue will be sent after this stop, and keeps its limit.
        let waits = |ticket| self.queue.iter().any(|step| step.ticket == ticket);
        let driving = self.driving.filter(|driving| !waits(driving.ticket));
        if driving.is_some() {
            self.driving = None;
        }
        if self.stop.is_busy() {
            return;
        }
        let zoom_first = driving.is_some_and(|was| was.zooms && !was.turns);
        let mut steps = vec![StopStep::PanTilt, StopStep::Zoom];
        if zoom_first {
            steps.reverse();
        }
        self.stop.steps = cancel
            .iter()
            .map(|socket| StopStep::Cancel(*socket))
            .chain(steps)
            .collect();
        self.stop.sent = None;
        self.stop.fulls = 0;
        self.stop.failure = None;
        self.stop.not_before = now;
    }

    /// Both stop frames at once, for a camera that may hear though it does not answer.
    pub(super) fn stop_unheard(&mut self) {
        for step in [StopStep::PanTilt, StopStep::Zoom] {
            self.write(step.command().to(self.setup.address), 1);
        }
    }

    pub(super) fn pump_stop(&mut self, now: Mono) {
        if self.stop.sent.is_none() && self.stop.not_before <= now {
            self.send_stop(now, 1);
        }
    }

    fn send_stop(&mut self, now: Mono, tries: u8) {
        let Some(step) = self.stop.steps.front() else {
            return;
        };
        let frame = step.command().to(self.setup.address);
        let ahead = self
            .awaiting
            .map_or(0, |awaiting| awaiting.frame.as_bytes().len());
        let wire = self
            .setup
            .link
            .wire_time(ahead + frame.as_bytes().len() + 2 * 3);
        // The last try waits as long as any command: the camera may be slow and not deaf.
        let answer = if tries < TRIES {
            STOP_ANSWER.max(self.answer_wait / 5)
        } else {
            self.answer_wait
        };
        let until = now.plus(answer + wire);
        self.stop.sent = Some(Sent { tries, until });
        self.write(frame, tries);
    }

    /// The stop frame on the wire was not answered in time.
    pub(super) fn stop_missed(&mut self, now: Mono, sent: Sent) {
        if sent.tries < TRIES {
            self.send_stop(now, sent.tries + 1);
        } else {
            self.stop_step_ends(now, Some(HeadFailure::NoAnswer));
        }
    }

    /// Whether a stop frame is on the wire and unanswered.
    pub(super) fn stop_is_sent(&self) -> bool {
        self.stop.sent.is_some()
    }

    pub(super) fn stop_accepted(&mut self, now: Mono, socket: Socket) {
        let Some(step) = self.stop.steps.front() else {
            return;
        };
        let step = Step {
            ticket: Ticket::NONE,
            kind: Kind::Stop,
            command: step.command(),
            was_full: false,
        };
        self.sockets.add(Running {
            socket,
            step,
            until: now.plus(Kind::Stop.limit()),
        });
        self.stop_step_ends(now, None);
    }

    pub(super) fn stop_refused(&mut self, now: Mono, why: Refusal) {
        let step = self.stop.steps.front().copied();
        match (why, step) {
            (_, Some(StopStep::Cancel(_))) => self.stop_step_ends(now, None),
            (Refusal::BufferFull, _) if self.stop.fulls < FULL_TRIES => {
                if self.stop.fulls == 0 {
                    self.stop.steps.push_front(StopStep::Cancel(2));
                    self.stop.steps.push_front(StopStep::Cancel(1));
                    self.stop.not_before = now;
                } else {
                    self.stop.not_before = now.plus(FULL_PAUSE);
                }
                self.stop.fulls += 1;
                self.stop.sent = None;
            }
            (Refusal::Syntax, Some(StopStep::Zoom)) => self.stop_step_ends(now, None),
            (Refusal::Syntax | Refusal::Length, _) => {
                self.stop_step_ends(now, Some(HeadFailure::NotSupported));
            }
            _ => self.stop_step_ends(now, Some(HeadFailure::NotNow)),
        }
    }

    pub(super) fn stop_step_ends(&mut self, now: Mono, failure: Option<HeadFailure>) {
        self.stop.steps.pop_front();
        self.stop.sent = None;
        self.stop.failure = self.stop.failure.or(failure);
        self.stop.not_before = now;
        if self.stop.is_busy() {
            return;
        }
        self.lively_until = now.plus(LIVELY);
        self.watch.hurry(now);
        self.unstopped &= self.stop.failure.is_some();
        let outcome = self
            .stop
            .failure
            .take()
            .map_or(Outcome::Done, Outcome::Failed);
        let request = self.stop.request.take();
        self.finish(request, outcome);
    }

    /// A reading came in: a head that was stopped some time ago and still turns, without anybody's new order, is told again.
    pub(super) fn check_that_it_stands(&mut self, now: Mono) {
        if !self.watch.is_moving() {
            if now >= self.lively_until {
                self.stop.repeats_left = 0;
            }
            return;
        }
        let ordered = self.driving.is_some()
            || self.queue.iter().any(|step| step.kind.is_motion())
            || self
                .sockets
                .iter()
                .any(|running| running.step.kind == Kind::Move);
        if !ordered
            && self.stop.repeats_left > 0
            && now >= self.lively_until
            && !self.stop.is_busy()
        {
            tracing::warn!(head = %self.setup.id, "still turns after a stop; stopping again");
            self.stop.repeats_left -= 1;
            self.begin_stop(now, &[]);
        }
    }

    /// The longest that a drive may last is over.
    pub(super) fn drive_is_over(&mut self, now: Mono) {
        let Some(driving) = self.driving else {
            return;
        };
        // What was never accepted within its time is not sent any more.
        self.fail(driving.ticket, HeadFailure::Timeout);
        self.stop.repeats_left = TRIES;
        self.begin_stop(now, &[]);
    }

    /// What is on the wire was replaced or has no one waiting: it must not be sent again.
    pub(super) fn is_abandoned(&self, awaiting: &Awaiting) -> bool {
        match awaiting.what {
            What::Step(step) => !self.tickets.is_open(step.ticket),
            What::Start(_) | What::Ask(_) => false,
        }
    }
}
