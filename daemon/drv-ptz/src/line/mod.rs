//! One link and every head on it: who may speak when, whose answer it is, and what must be said before anybody speaks. Pure.
//!
//! Terms: a *turn* is one frame and its answer; a head that does not answer loses the line after a moment, though it may still
//! answer later. Stops need no turn.
//!
//! Invariant: no more than one frame that is no stop is on the wire of a chain at a time, so a stop waits for one frame at most.
//! Must not know sockets, files or timers.

mod ring;
#[cfg(test)]
mod tests;

use crate::engine::{Action, Engine, HeadSetup};
use crate::link::Link;
use crate::sony::{Numbering, Sony, Unwrapped};
use crate::visca::{Deframer, Frame, Received, Reply};
use core::time::Duration;
use ring::Ring;
use room_core::effect::HeadCommand;
use room_core::event::Event;
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use room_core::units::Mono;

/// A camera answers within two vertical periods; after this, others may speak.
const TURN: Duration = Duration::from_millis(50);
/// The longest answer and the frame before it, in bytes.
const TURN_BYTES: usize = 16 + 11;
/// While something must be said first; ended by its answer, so this is only a bound.
const PREAMBLE: Duration = Duration::from_secs(3600);

/// What goes out of a link or up to the room, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// These bytes; on a network, one datagram.
    Send(Vec<u8>),
    /// This fact.
    Event(Event),
}

/// A request for one of a line's heads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Order {
    /// Which head, in the line's order.
    pub head: usize,
    /// Its outcome carries this.
    pub request: RequestId,
    /// What.
    pub command: HeadCommand,
}

/// How frames are wrapped.
#[derive(Debug)]
pub(crate) enum Wrapping {
    /// Not at all.
    Bare,
    /// In Sony's numbered datagrams.
    Sony(Sony),
}

/// A link and its heads.
#[derive(Debug)]
pub(crate) struct Line {
    heads: Vec<Engine>,
    link: Link,
    ring: Option<Ring>,
    wrapping: Wrapping,
    deframer: Deframer,
    turn: Option<Turn>,
    /// Who is asked first, so that all get their turn.
    first: usize,
    out: Vec<Output>,
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    head: usize,
    until: Mono,
}

impl Line {
    /// The heads of one link; their setups name the same link.
    pub fn new(setups: Vec<HeadSetup>, numbering: Option<Numbering>) -> Line {
        let link = setups.first().map_or(Link::Network, |setup| setup.link);
        Line {
            ring: link.is_shared().then(Ring::default),
            link,
            heads: setups.into_iter().map(Engine::new).collect(),
            wrapping: numbering.map_or(Wrapping::Bare, |n| Wrapping::Sony(Sony::new(n))),
            deframer: Deframer::default(),
            turn: None,
            first: 0,
            out: Vec::new(),
        }
    }

    /// Takes bytes of a stream as they come, cut anywhere.
    pub fn on_bytes(&mut self, now: Mono, bytes: &[u8]) -> Vec<Output> {
        for byte in bytes {
            if let Some(received) = self.deframer.push(*byte) {
                self.on_received(now, received);
            }
        }
        if self.deframer.holds_noise() {
            self.for_all(now, None);
        }
        self.on_tick(now)
    }

    /// Takes one datagram.
    pub fn on_datagram(&mut self, now: Mono, datagram: &[u8]) -> Vec<Output> {
        let payload = match &mut self.wrapping {
            Wrapping::Bare => Unwrapped::Payload(datagram.to_vec()),
            Wrapping::Sony(sony) => sony.unwrap(now, datagram),
        };
        match payload {
            Unwrapped::Payload(bytes) => {
                // A frame does not go on in another datagram.
                self.deframer = Deframer::default();
                return self.on_bytes(now, &bytes);
            }
            Unwrapped::Noise => self.for_all(now, None),
            Unwrapped::Ready | Unwrapped::OutOfStep | Unwrapped::Nothing => {}
        }
        self.on_tick(now)
    }

    fn on_received(&mut self, now: Mono, received: Received) {
        let reply = match received {
            Received::Frame(frame) => Reply::parse(&frame),
            Received::Noise => None,
        };
        match (reply, &mut self.ring) {
            (Some(reply @ (Reply::AddressesSet { .. } | Reply::Cleared)), Some(ring)) => {
                ring.answered(reply);
            }
            (Some(Reply::NetworkChange), Some(ring)) => {
                ring.begin_again();
                self.for_all(now, Some(Reply::NetworkChange));
            }
            (Some(reply), Some(_)) => self.for_sender(now, reply),
            (reply, None) => self.for_all(now, reply),
            (None, Some(_)) => self.for_all(now, None),
        }
    }

    fn for_sender(&mut self, now: Mono, reply: Reply) {
        let from = reply.sender();
        let whose = self
            .heads
            .iter()
            .position(|head| Some(head.setup().address) == from);
        match whose {
            Some(at) => self.with(at, now, |head| head.on_reply(now, Some(reply))),
            None => tracing::debug!(?reply, "an answer of a camera that is nobody's"),
        }
    }

    fn for_all(&mut self, now: Mono, reply: Option<Reply>) {
        for at in 0..self.heads.len() {
            self.with(at, now, |head| head.on_reply(now, reply));
        }
    }

    /// Takes a request for one of the heads.
    pub fn submit(&mut self, now: Mono, order: Order) -> Vec<Output> {
        if order.head < self.heads.len() {
            let Order {
                request, command, ..
            } = order;
            self.with(order.head, now, |engine| {
                engine.submit(now, request, command)
            });
        }
        self.on_tick(now)
    }

    /// Time has passed.
    pub fn on_tick(&mut self, now: Mono) -> Vec<Output> {
        self.say_first(now);
        // Whoever speaks holds the others; whoever has ended lets the next one speak in the same moment.
        for _ in 0..=self.heads.len() {
            self.end_turn(now);
            let before = self.out.len();
            for step in 0..self.heads.len() {
                let at = (self.first + step) % self.heads.len();
                self.with(at, now, |head| head.on_tick(now));
            }
            if self.out.len() == before {
                break;
            }
        }
        core::mem::take(&mut self.out)
    }

    /// When [`Line::on_tick`] wants to be called at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        let heads = self.heads.iter().filter_map(Engine::next_deadline);
        let turn = self.turn.map(|turn| turn.until);
        let ring = self.ring.as_ref().and_then(Ring::next_deadline);
        let sony = match &self.wrapping {
            Wrapping::Bare => None,
            Wrapping::Sony(sony) => sony.next_deadline(),
        };
        heads.chain(turn).chain(ring).chain(sony).min()
    }

    /// Whether no camera answers.
    pub fn is_silent(&self) -> bool {
        !self.heads.is_empty() && self.heads.iter().all(Engine::is_silent)
    }

    /// Ends everything with this failure.
    pub fn abandon(&mut self, failure: HeadFailure) -> Vec<Output> {
        for at in 0..self.heads.len() {
            let actions = self.heads[at].abandon(failure);
            self.take(actions);
        }
        core::mem::take(&mut self.out)
    }

    /// Numbers on a chain, the count of datagrams: until that is settled, heads wait.
    fn say_first(&mut self, now: Mono) {
        let silent = self.is_silent();
        let mut ready = true;
        if let Some(ring) = &mut self.ring {
            let said = ring.on_tick(now, self.link, silent);
            ready &= ring.is_set();
            let heads = self.heads.iter().map(|head| head.setup());
            ring.judge(heads);
            self.out
                .extend(said.map(|frame| Output::Send(frame.as_bytes().to_vec())));
        }
        if let Wrapping::Sony(sony) = &mut self.wrapping {
            let said = sony.on_tick(now);
            ready &= sony.is_ready();
            self.out.extend(said.map(Output::Send));
        }
        for head in &mut self.heads {
            match (ready, self.turn) {
                (false, _) => head.hold(now.plus(PREAMBLE)),
                (true, None) => head.release(now),
                (true, Some(_)) => {}
            }
        }
    }

    fn end_turn(&mut self, now: Mono) {
        let over = |turn: &Turn| turn.until <= now || !self.heads[turn.head].is_awaiting();
        if self.turn.as_ref().is_some_and(over) {
            self.turn = None;
            for head in &mut self.heads {
                head.release(now);
            }
        }
    }

    fn with(&mut self, at: usize, now: Mono, act: impl FnOnce(&mut Engine) -> Vec<Action>) {
        let before = self.heads[at].turns();
        let actions = act(&mut self.heads[at]);
        if self.heads[at].turns() != before && self.heads.len() > 1 {
            let until = now.plus(self.link.wire_time(TURN_BYTES) + TURN);
            self.turn = Some(Turn { head: at, until });
            self.first = (at + 1) % self.heads.len();
            for (other, head) in self.heads.iter_mut().enumerate() {
                if other != at {
                    head.hold(until);
                }
            }
        }
        self.take(actions);
    }

    fn take(&mut self, actions: Vec<Action>) {
        for action in actions {
            let output = match action {
                Action::Write(frame) => Output::Send(self.wrap(frame, false)),
                Action::Again(frame) => Output::Send(self.wrap(frame, true)),
                Action::Event(event) => Output::Event(event),
            };
            self.out.push(output);
        }
    }

    fn wrap(&mut self, frame: Frame, again: bool) -> Vec<u8> {
        match &mut self.wrapping {
            Wrapping::Bare => frame.as_bytes().to_vec(),
            Wrapping::Sony(sony) => sony.wrap(frame, again),
        }
    }
}
