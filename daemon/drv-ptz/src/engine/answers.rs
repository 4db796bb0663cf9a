//! Whose answer is it? A camera answers in the order of what it got, so the oldest that fits is meant.

use super::requests::LIVELY;
use super::startup::{Phase, StartStep};
use super::stop::StopStep;
use super::{ANSWER_SLOW, Awaiting, Engine, Kind, PowerWait, Running, Step, What};
use crate::visca::{Address, Answer, Command, Inquiry, Refusal, Reply, Socket};
use core::time::Duration;
use room_core::event::{HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::units::{Mono, Switch};

/// A camera with full sockets is asked again after this, when it has completed nothing before.
const FULL_PAUSE: Duration = Duration::from_millis(500);

impl Engine {
    pub(super) fn on_garbage(&mut self) {
        tracing::trace!(head = %self.setup.id, "noise");
        self.garbled = true;
    }

    pub(super) fn take_reply(&mut self, now: Mono, reply: Reply) {
        tracing::trace!(head = %self.setup.id, ?reply, "in");
        match reply {
            Reply::AddressesSet { next } => self.addresses_set(now, next),
            Reply::Cleared => self.cleared(now),
            Reply::NetworkChange => self.network_changed(now),
            Reply::Ack(from, _)
            | Reply::Completion(from, _)
            | Reply::Answer(from, _)
            | Reply::Refused(from, _, _)
                if !self.is_meant(from) =>
            {
                tracing::debug!(head = %self.setup.id, from = from.get(), "another camera's answer");
            }
            Reply::Ack(_, socket) => {
                self.heard(now);
                self.accepted(now, socket);
            }
            Reply::Completion(_, socket) => {
                self.heard(now);
                self.completed(now, socket);
            }
            Reply::Answer(_, data) => {
                self.heard(now);
                self.answered(now, data.as_bytes());
            }
            Reply::Refused(_, socket, why) => {
                self.heard(now);
                self.refused(now, socket, why);
            }
        }
    }

    fn is_meant(&self, from: Address) -> bool {
        self.alone || from == self.setup.address
    }

    /// The camera lives: a silence ends at once.
    fn heard(&mut self, now: Mono) {
        self.watch.heard();
        if matches!(self.phase, Phase::Silent { .. }) {
            self.begin_start(now);
        }
    }

    fn cleared(&mut self, now: Mono) {
        if let Some(Awaiting {
            what: What::Start(step @ StartStep::Clear),
            ..
        }) = self.awaiting
        {
            self.start_goes_on(now, step);
        }
    }

    /// A camera that answers only after a repetition is given more time from now on.
    fn learn_pace(&mut self, awaiting: &Awaiting) {
        if awaiting.tries > 1 {
            self.answer_wait = (self.answer_wait * 2).min(ANSWER_SLOW);
        }
    }

    fn accepted(&mut self, now: Mono, socket: Socket) {
        match self.awaiting {
            Some(
                awaiting @ Awaiting {
                    what: What::Step(step),
                    ..
                },
            ) => {
                self.awaiting = None;
                self.learn_pace(&awaiting);
                self.step_accepted(now, step);
                self.runs_in(now, socket, step);
            }
            _ if self.stop_is_sent() => self.stop_accepted(now, socket),
            _ => tracing::debug!(head = %self.setup.id, "an ACK for nothing"),
        }
    }

    fn runs_in(&mut self, now: Mono, socket: Socket, step: Step) {
        let running = Running {
            socket,
            step,
            until: now.plus(step.kind.limit()),
        };
        if let Some(lost) = self.sockets.add(running) {
            self.fail(lost.step.ticket, HeadFailure::Timeout);
        }
    }

    fn step_accepted(&mut self, now: Mono, step: Step) {
        match step.kind {
            Kind::Drive => {
                let request = self.tickets.step_done(step.ticket);
                if request.is_some()
                    && let Some(driving) = self
                        .driving
                        .as_mut()
                        .filter(|driving| driving.ticket == step.ticket)
                {
                    driving.accepted = Some(now);
                }
                self.finish(request, Outcome::Done);
            }
            Kind::Power => self.await_power(now, step),
            Kind::Move | Kind::Store | Kind::Stop => {}
        }
        if step.kind == Kind::Drive {
            self.calm_until = now.plus(super::CALM);
        }
        if step.kind.is_motion() {
            self.lively_until = now.plus(LIVELY);
            self.watch.hurry(now);
        }
    }

    fn await_power(&mut self, now: Mono, step: Step) {
        if !self.tickets.is_open(step.ticket) {
            return;
        }
        let wanted = match step.command {
            Command::PowerOn => Switch::Open,
            _ => Switch::Closed,
        };
        let until = now.plus(Kind::Power.limit());
        self.power_wait = Some(PowerWait {
            ticket: step.ticket,
            wanted,
            until,
        });
        self.watch.hurry(now);
    }

    fn completed(&mut self, now: Mono, socket: Socket) {
        self.held_until = None;
        if let Some(running) = self.sockets.finish(socket) {
            return self.step_completed(now, running.step);
        }
        match self.awaiting {
            // Some cameras complete at once and never accept.
            Some(Awaiting {
                what: What::Step(step),
                ..
            }) => {
                self.awaiting = None;
                self.step_accepted(now, step);
                self.step_completed(now, step);
            }
            Some(Awaiting {
                what: What::Start(step @ StartStep::Clear),
                ..
            }) => {
                self.start_goes_on(now, step);
            }
            _ if self.stop_is_sent() => self.stop_step_ends(now, None),
            _ => tracing::debug!(head = %self.setup.id, "a completion for nothing"),
        }
    }

    fn step_completed(&mut self, now: Mono, step: Step) {
        if matches!(step.kind, Kind::Move | Kind::Store) {
            let request = self.tickets.step_done(step.ticket);
            self.finish(request, Outcome::Done);
        }
        if step.kind == Kind::Move {
            self.watch.arrived();
        }
        if step.kind.is_motion() {
            self.watch.hurry(now);
        }
    }

    fn answered(&mut self, now: Mono, data: &[u8]) {
        let Some(awaiting) = self.awaiting else {
            tracing::debug!(head = %self.setup.id, "an answer to nothing");
            return;
        };
        match awaiting.what {
            What::Start(step) => self.start_answered(now, step, data),
            What::Ask(inquiry) => match inquiry.read(data) {
                Some(answer) => {
                    self.awaiting = None;
                    self.learn_pace(&awaiting);
                    self.learned(now, answer);
                    let pace = self.pace(now);
                    self.watch.answered(now, pace);
                }
                // Perhaps a late answer to an earlier question; the right one may follow.
                None => self.garbled = true,
            },
            What::Step(_) => tracing::debug!(head = %self.setup.id, "a late answer"),
        }
    }

    fn learned(&mut self, now: Mono, answer: Answer) {
        let whole = match answer {
            Answer::PanTilt { pan, tilt } => self.watch.read_pan_tilt(pan, tilt),
            Answer::Zoom(zoom) => self.watch.read_zoom(zoom),
            Answer::Version { .. } => false,
            Answer::On | Answer::Asleep | Answer::PowerFault => {
                self.power_seen(now, answer);
                false
            }
        };
        if !whole {
            return;
        }
        self.garbled = false;
        if let Some((position, moving)) = self.watch.news(&self.setup.model) {
            self.saw(HeadSeen::At { position, moving });
        }
        self.check_that_it_stands(now);
    }

    fn refused(&mut self, now: Mono, socket: Socket, why: Refusal) {
        let cancels = matches!(self.stop.steps.front(), Some(StopStep::Cancel(_)));
        match why {
            Refusal::Cancelled => {
                if let Some(running) = self.sockets.finish(socket) {
                    let request = self.tickets.close(running.step.ticket);
                    self.finish(request, Outcome::Replaced);
                }
                if cancels && self.stop_is_sent() {
                    self.stop_step_ends(now, None);
                }
                return;
            }
            Refusal::NoSocket if cancels && self.stop_is_sent() => {
                return self.stop_step_ends(now, None);
            }
            _ => {}
        }
        let asks = matches!(
            self.awaiting,
            Some(Awaiting {
                what: What::Ask(_),
                ..
            })
        );
        if asks && why == Refusal::NotNow && self.fail_running(socket) {
            return;
        }
        match self.awaiting {
            Some(awaiting) => self.awaited_refused(now, awaiting, why),
            None if self.stop_is_sent() => self.stop_refused(now, why),
            None => {
                if !self.fail_running(socket) {
                    tracing::debug!(head = %self.setup.id, ?why, "a refusal of nothing");
                }
            }
        }
    }

    /// Inquiries use no socket, so a refusal that names one means what runs there.
    fn fail_running(&mut self, socket: Socket) -> bool {
        if socket.get() == 0 {
            return false;
        }
        let Some(running) = self.sockets.finish(socket) else {
            return false;
        };
        self.fail(running.step.ticket, HeadFailure::NotNow);
        true
    }

    fn awaited_refused(&mut self, now: Mono, awaiting: Awaiting, why: Refusal) {
        self.awaiting = None;
        match awaiting.what {
            What::Start(step) => self.start_refused(now, step),
            What::Ask(inquiry) => self.ask_refused(now, inquiry, why),
            What::Step(step) => self.step_refused(now, step, why),
        }
    }

    fn ask_refused(&mut self, now: Mono, inquiry: Inquiry, why: Refusal) {
        match why {
            Refusal::NotNow if inquiry != Inquiry::Power => self.watch.not_now(),
            _ => self.watch.unknown(inquiry),
        }
        let pace = self.pace(now);
        self.watch.answered(now, pace);
    }

    fn step_refused(&mut self, now: Mono, mut step: Step, why: Refusal) {
        match why {
            Refusal::BufferFull if !step.was_full && self.tickets.is_open(step.ticket) => {
                step.was_full = true;
                self.queue.push_front(step);
                self.make_room(now, step);
            }
            Refusal::Length | Refusal::Syntax => self.fail(step.ticket, HeadFailure::NotSupported),
            _ => self.fail(step.ticket, HeadFailure::NotNow),
        }
    }

    /// The sockets are full. Moves that nobody waits for any more are broken off; else the next completion is waited for.
    fn make_room(&mut self, now: Mono, step: Step) {
        let stale: Vec<u8> = self
            .sockets
            .iter()
            .filter(|running| {
                running.step.kind == Kind::Move && !self.tickets.is_open(running.step.ticket)
            })
            .map(|running| running.socket.get())
            .collect();
        if step.kind.is_motion() && !stale.is_empty() {
            self.begin_stop(now, &stale);
        } else {
            self.held_until = Some(now.plus(FULL_PAUSE));
        }
    }
}
