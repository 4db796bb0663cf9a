//! One camera's conversation, without I/O and without a clock: bytes, requests and moments in; frames and facts out.
//!
//! Terms: a *request* is what the room asked; it becomes one or two *steps* (wire commands). A step is *awaiting* until the camera
//! accepts it, then it *runs* in a socket until it is completed. Stops have a lane of their own.
//!
//! Invariant: at most one step or inquiry is unanswered at a time, and at most one stop frame on top of it.
//! Invariant: every request ends exactly once.
//! Invariant: nothing that turns the head is sent while a stop is unanswered.
//! Must not know ports, files or timers.

mod answers;
mod requests;
mod sockets;
mod startup;
mod step;
mod stop;
mod stopping;
#[cfg(test)]
mod tests;
mod tickets;
mod timers;
mod watch;

use crate::link::Link;
use crate::model::HeadModel;
use crate::visca::{Address, Frame, Inquiry, Reply};
use core::time::Duration;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::{HeadId, RequestId};
use room_core::units::{Mono, Switch};
use sockets::{Running, Sockets};
use startup::{Phase, StartStep};
use std::collections::VecDeque;
use step::{Kind, Step};
use stop::StopLane;
use tickets::{Ticket, Tickets};
use watch::{Pace, Watch};

/// How long a camera that has shown to be slow may take to answer, beside the time on the wire.
const ANSWER_SLOW: Duration = Duration::from_millis(1000);
/// After a drive was accepted, the next one may follow at once, so looking waits this long: a look costs two vertical periods,
/// and with them two drives. An accepted drive is a sign of life itself ..
const CALM: Duration = Duration::from_millis(60);
/// .. but however closely drives follow one another, there is a look each so often, for whoever reads the place.
const LOOK_AT_LEAST: Duration = Duration::from_secs(5);
/// A stop is repeated sooner: one vertical period for the stop, one for what stood before it, and some air.
const STOP_ANSWER: Duration = Duration::from_millis(50);
/// How often a step or inquiry of the start is sent at most.
const TRIES: u8 = 3;
/// The longest answer that is waited for, in bytes.
const ANSWER_BYTES: usize = 11;

/// What the engine must know of its camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadSetup {
    /// Its role in the room; stands in every event.
    pub id: HeadId,
    /// Its number on the line.
    pub address: Address,
    /// How bytes reach it.
    pub link: Link,
    /// How it counts.
    pub model: HeadModel,
}

/// What the engine wants done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// These bytes onto the wire, now.
    Write(Frame),
    /// The same bytes once more, because no answer came; a link that counts frames gives them the number they had.
    Again(Frame),
    /// This fact to the room.
    Event(Event),
}

/// What is on the wire and unanswered.
#[derive(Debug, Clone, Copy)]
struct Awaiting {
    what: What,
    frame: Frame,
    tries: u8,
    until: Mono,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Start(StartStep),
    Ask(Inquiry),
    Step(Step),
}

/// A continuous move that this side began and must end.
#[derive(Debug, Clone, Copy)]
struct Driving {
    drive: Drive,
    until: Mono,
    turns: bool,
    zooms: bool,
    accepted: Option<Mono>,
    ticket: Ticket,
}

/// A camera is to be on or asleep, and that is being read back.
#[derive(Debug, Clone, Copy)]
struct PowerWait {
    ticket: Ticket,
    wanted: Switch,
    until: Mono,
}

/// The conversation with one camera.
#[derive(Debug)]
pub struct Engine {
    setup: HeadSetup,
    phase: Phase,
    announced: Announced,
    /// The only camera of its line: whatever answers is meant, whatever number it says.
    alone: bool,
    garbled: bool,
    /// Something was understood since the link was opened.
    understood: bool,
    answer_wait: Duration,
    /// Others have the line until here; only a stop is sent before.
    others_until: Mono,
    /// The camera wants its pause until here; only a stop is sent before.
    rests_until: Mono,
    /// So many frames that are no stop were sent.
    turns: u64,
    awaiting: Option<Awaiting>,
    queue: VecDeque<Step>,
    /// The camera's sockets are full; the queue rests until a completion or this moment.
    held_until: Option<Mono>,
    sockets: Sockets,
    tickets: Tickets,
    driving: Option<Driving>,
    power_wait: Option<PowerWait>,
    stop: StopLane,
    /// A drive was sent after the last stop that was answered.
    unstopped: bool,
    watch: Watch,
    /// A drive was just accepted; no look before.
    calm_until: Mono,
    /// A head that was just told something is looked at quickly until here.
    lively_until: Mono,
    out: Vec<Action>,
}

/// What the room was told about the head being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    Nothing,
    Online,
    Gone,
}

impl Engine {
    /// An engine that begins the start-up sequence at its first [`Engine::on_tick`].
    pub fn new(setup: HeadSetup) -> Engine {
        Engine {
            alone: !setup.link.is_shared(),
            answer_wait: setup.link.patience(),
            setup,
            phase: Phase::begin(),
            announced: Announced::Nothing,
            garbled: false,
            understood: false,
            others_until: Mono::default(),
            rests_until: Mono::default(),
            turns: 0,
            awaiting: None,
            queue: VecDeque::new(),
            held_until: None,
            sockets: Sockets::default(),
            tickets: Tickets::default(),
            driving: None,
            power_wait: None,
            stop: StopLane::default(),
            unstopped: false,
            watch: Watch::default(),
            calm_until: Mono::default(),
            lively_until: Mono::default(),
            out: Vec::new(),
        }
    }

    /// Takes what came from this camera, or to all; `None` for bytes that say nothing. [`Engine::on_tick`] must follow.
    pub fn on_reply(&mut self, now: Mono, reply: Option<Reply>) -> Vec<Action> {
        match reply {
            Some(reply) => {
                self.understood = true;
                self.take_reply(now, reply);
            }
            None => self.on_garbage(),
        }
        core::mem::take(&mut self.out)
    }

    /// Time has passed.
    pub fn on_tick(&mut self, now: Mono) -> Vec<Action> {
        self.run_timers(now);
        self.pump(now);
        core::mem::take(&mut self.out)
    }

    /// When [`Engine::on_tick`] wants to be called at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        let lanes = match (self.phase, self.awaiting) {
            (_, Some(awaiting)) => Some(awaiting.until.max(self.held_until())),
            (Phase::Silent { next, .. }, None) => Some(next.max(self.held_until())),
            (Phase::Start { .. }, None) => Some(self.held_until()),
            (Phase::Running, None) if self.stop.is_busy() => None,
            (Phase::Running, None) => Some(self.free_line_deadline().max(self.held_until())),
        };
        let stop = match self.phase {
            Phase::Running => self.stop.next_deadline(),
            Phase::Start { .. } | Phase::Silent { .. } => None,
        };
        let driving = self.driving.map(|driving| driving.until);
        let power = self.power_wait.map(|wait| wait.until);
        [lanes, stop, driving, power, self.sockets.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn free_line_deadline(&self) -> Mono {
        let due = self.look_due();
        match self.held_until {
            Some(held) if !self.queue.is_empty() => due.min(held),
            _ => due,
        }
    }

    /// When to look at the head, as commands leave room for it.
    fn look_due(&self) -> Mono {
        let latest = self.watch.ended().plus(LOOK_AT_LEAST);
        self.watch.due().max(self.calm_until.min(latest))
    }

    /// Puts the next frame on the wire when there is one and it is its turn.
    fn pump(&mut self, now: Mono) {
        if self.is_held(now) {
            if matches!(self.phase, Phase::Running) {
                self.pump_stop(now);
            }
            return;
        }
        match self.phase {
            Phase::Silent { next, .. } if next <= now => self.begin_start(now),
            Phase::Silent { .. } => {}
            Phase::Start { step, .. } if self.awaiting.is_none() => self.send_start(now, step),
            Phase::Start { .. } => {}
            Phase::Running => self.pump_running(now),
        }
    }

    fn is_held(&self, now: Mono) -> bool {
        now < self.held_until()
    }

    fn held_until(&self) -> Mono {
        self.others_until.max(self.rests_until)
    }

    fn pump_running(&mut self, now: Mono) {
        self.pump_stop(now);
        if self.stop.is_busy() || self.awaiting.is_some() {
            return;
        }
        let look_is_due = self.look_due() <= now;
        if look_is_due && self.watch.is_starved(now) && self.ask(now) {
            return;
        }
        let held = self.held_until.is_some_and(|until| until > now);
        if !held && let Some(step) = self.queue.pop_front() {
            self.held_until = None;
            self.send(now, What::Step(step), 1);
        } else if look_is_due {
            self.ask(now);
        }
    }

    fn ask(&mut self, now: Mono) -> bool {
        let pace = self.pace(now);
        let Some(inquiry) = self.watch.next(now, pace) else {
            return false;
        };
        self.send(now, What::Ask(inquiry), 1);
        true
    }

    fn send(&mut self, now: Mono, what: What, tries: u8) {
        let address = self.setup.address;
        let frame = match what {
            What::Start(step) => step.frame(address),
            What::Ask(inquiry) => inquiry.to(address),
            What::Step(step) => {
                self.unstopped |= step.kind == Kind::Drive;
                step.command.to(address)
            }
        };
        let wire = self
            .setup
            .link
            .wire_time(frame.as_bytes().len() + ANSWER_BYTES);
        let until = now.plus(self.answer_wait + wire);
        self.awaiting = Some(Awaiting {
            what,
            frame,
            tries,
            until,
        });
        self.turns += 1;
        self.rests_until = now.plus(self.setup.model.spacing);
        self.write(frame, tries);
    }

    fn write(&mut self, frame: Frame, tries: u8) {
        tracing::trace!(head = %self.setup.id, ?frame, "out");
        self.out.push(if tries > 1 {
            Action::Again(frame)
        } else {
            Action::Write(frame)
        });
    }

    /// Whose head this is, and how it is reached.
    pub(crate) fn setup(&self) -> &HeadSetup {
        &self.setup
    }

    /// Nothing but a stop before this moment: somebody else has the line.
    pub(crate) fn hold(&mut self, until: Mono) {
        self.others_until = self.others_until.max(until);
    }

    /// The line is free again.
    pub(crate) fn release(&mut self, now: Mono) {
        self.others_until = self.others_until.min(now);
    }

    /// How many frames that are no stop were sent.
    pub(crate) fn turns(&self) -> u64 {
        self.turns
    }

    /// Whether a frame that is no stop is unanswered.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.awaiting.is_some()
    }

    /// Whether the camera is taken for gone.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.phase, Phase::Silent { .. })
    }

    /// How quickly to look at the head now.
    fn pace(&self, now: Mono) -> Pace {
        let runs = self
            .sockets
            .iter()
            .any(|running| running.step.kind.is_motion());
        let queued = self.queue.iter().any(|step| step.kind.is_motion());
        if self.power_wait.is_some() {
            Pace::Power
        } else if runs
            || queued
            || self.driving.is_some()
            || self.watch.is_moving()
            || now < self.lively_until
        {
            Pace::Motion
        } else {
            Pace::Rest
        }
    }

    fn saw(&mut self, seen: HeadSeen) {
        self.out
            .push(Action::Event(Event::Head(self.setup.id.clone(), seen)));
    }

    fn finish(&mut self, request: Option<RequestId>, outcome: Outcome) {
        if let Some(request) = request {
            tracing::debug!(head = %self.setup.id, request = request.0, ?outcome, "ended");
            self.out
                .push(Action::Event(Event::Done { request, outcome }));
        }
    }

    fn fail(&mut self, ticket: Ticket, failure: HeadFailure) {
        let request = self.tickets.close(ticket);
        self.queue.retain(|step| step.ticket != ticket);
        self.finish(request, Outcome::Failed(failure));
    }

    /// Ends everything that anybody waits for.
    fn fail_all(&mut self, failure: HeadFailure) {
        self.queue.clear();
        self.sockets.clear();
        self.awaiting = None;
        self.driving = None;
        self.power_wait = None;
        self.held_until = None;
        let stop = core::mem::take(&mut self.stop);
        for request in self.tickets.close_all().into_iter().chain(stop.request) {
            self.finish(Some(request), Outcome::Failed(failure));
        }
    }

    /// Ends everything with this failure: the line is gone, and nobody will answer any more.
    pub fn abandon(&mut self, failure: HeadFailure) -> Vec<Action> {
        self.fail_all(failure);
        core::mem::take(&mut self.out)
    }
}
