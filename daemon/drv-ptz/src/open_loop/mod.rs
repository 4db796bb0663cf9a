//! Heads that confirm nothing: Pelco, and VISCA cameras that never answer. Pure.
//! Frames are spaced, a stop is sent twice and before everything else, a drive ends after its limit, and what a head did is not
//! known. Where a model answers Pelco's queries, its place is read.
//!
//! Invariant: every request ends exactly once, and never as done.
//! Must not know sockets, files or timers.

mod queries;
mod speech;
#[cfg(test)]
mod tests;

pub(crate) use speech::Speech;

use crate::line::{Order, Output};
use crate::model::HeadModel;
use core::time::Duration;
use queries::Queries;
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::{HeadId, RequestId};
use room_core::units::Mono;
use speech::{Ears, Sort, Words};
use std::collections::VecDeque;

/// A stop goes out a second time after this: nothing says whether the first was heard.
const AGAIN: Duration = Duration::from_millis(60);
/// Least time between two frames to one head, where its model names none: decoders of one video field miss closer ones.
const SPACING: Duration = Duration::from_millis(40);
/// More frames than this wait only when somebody stores presets faster than the line.
const QUEUED: usize = 16;

/// What the driver must know of such a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenSetup {
    pub id: HeadId,
    pub speech: Speech,
    pub model: HeadModel,
}

/// Frames of one request, still to be sent.
#[derive(Debug)]
struct Waiting {
    /// The request that ends with the last frame.
    request: RequestId,
    sort: Sort,
    frames: VecDeque<Vec<u8>>,
}

/// One head.
#[derive(Debug)]
struct Head {
    setup: OpenSetup,
    queue: VecDeque<Waiting>,
    not_before: Mono,
    /// When the continuous move that this side began must end.
    driving: Option<Mono>,
    /// When the stop is repeated.
    stop_again: Option<Mono>,
    queries: Option<Queries>,
}

/// Every head of one line.
#[derive(Debug)]
pub(crate) struct OpenLoop {
    heads: Vec<Head>,
    ears: Ears,
    began: bool,
    out: Vec<Output>,
}

impl OpenLoop {
    pub fn new(setups: Vec<OpenSetup>) -> OpenLoop {
        let ears = setups
            .first()
            .map_or(Ears::Deaf, |setup| Ears::of(setup.speech));
        let head = |setup: OpenSetup| Head {
            queries: (setup.model.queries && setup.speech.can_ask()).then(Queries::default),
            setup,
            queue: VecDeque::new(),
            not_before: Mono::default(),
            driving: None,
            stop_again: None,
        };
        OpenLoop {
            heads: setups.into_iter().map(head).collect(),
            ears,
            began: false,
            out: Vec::new(),
        }
    }

    /// Takes bytes as they come; only answers to queries say anything.
    pub fn on_bytes(&mut self, now: Mono, bytes: &[u8]) -> Vec<Output> {
        for byte in bytes {
            let Some((from, answer)) = self.ears.push(*byte) else {
                continue;
            };
            let head = self
                .heads
                .iter_mut()
                .find(|head| head.setup.speech.address() == from);
            if let Some(head) = head
                && let Some(queries) = &mut head.queries
                && let Some((position, moving)) = queries.on_answer(now, answer, &head.setup.model)
            {
                let seen = HeadSeen::At { position, moving };
                let event = Event::Head(head.setup.id.clone(), seen);
                self.out.push(Output::Event(event));
            }
        }
        self.on_tick(now)
    }

    pub fn submit(&mut self, now: Mono, order: Order) -> Vec<Output> {
        if let Some(head) = self.heads.get_mut(order.head) {
            head.accept(now, order, &mut self.out);
        }
        self.on_tick(now)
    }

    pub fn on_tick(&mut self, now: Mono) -> Vec<Output> {
        if !core::mem::replace(&mut self.began, true) {
            for head in &mut self.heads {
                let online = Event::Head(head.setup.id.clone(), HeadSeen::Online);
                self.out.push(Output::Event(online));
                // Nobody knows what an earlier daemon left running.
                head.stop(now, &mut self.out);
            }
        }
        for head in &mut self.heads {
            head.live(now, &mut self.out);
        }
        core::mem::take(&mut self.out)
    }

    pub fn next_deadline(&self) -> Option<Mono> {
        if !self.began {
            return Some(Mono::default());
        }
        self.heads.iter().filter_map(Head::next_deadline).min()
    }

    pub fn abandon(&mut self, failure: HeadFailure) -> Vec<Output> {
        for head in &mut self.heads {
            for waiting in head.queue.drain(..) {
                self.out
                    .push(ended(waiting.request, Outcome::Failed(failure)));
            }
        }
        core::mem::take(&mut self.out)
    }
}

impl Head {
    fn accept(&mut self, now: Mono, order: Order, out: &mut Vec<Output>) {
        let Order {
            request, command, ..
        } = order;
        match command {
            HeadCommand::Stop => return self.stop_for(now, request, out),
            HeadCommand::Drive { drive, .. } if drive == Drive::default() => {
                return self.stop_for(now, request, out);
            }
            _ => {}
        }
        let Words { sort, frames } = match self.setup.speech.say(command, &self.setup.model) {
            Ok(words) => words,
            Err(failure) => return out.push(ended(request, Outcome::Failed(failure))),
        };
        if sort == Sort::Motion {
            self.replace_motion(out);
            match command {
                HeadCommand::Drive { limit, .. } => self.driving = Some(now.plus(limit)),
                // A place ends a drive; that it does so everywhere is not known, so it is stopped first.
                _ if self.driving.is_some() => self.stop(now, out),
                _ => {}
            }
            if let Some(queries) = &mut self.queries {
                queries.hurry(now);
            }
        }
        if self.queue.len() >= QUEUED {
            return out.push(ended(request, Outcome::Failed(HeadFailure::NotNow)));
        }
        self.queue.push_back(Waiting {
            request,
            sort,
            frames: frames.into(),
        });
    }

    fn stop_for(&mut self, now: Mono, request: RequestId, out: &mut Vec<Output>) {
        self.replace_motion(out);
        self.stop(now, out);
        out.push(ended(request, Outcome::Sent));
    }

    /// Now, whatever waits, and once more a little later.
    fn stop(&mut self, now: Mono, out: &mut Vec<Output>) {
        self.driving = None;
        self.say_stop(now, out);
        self.stop_again = Some(now.plus(AGAIN));
        if let Some(queries) = &mut self.queries {
            queries.hurry(now);
        }
    }

    fn say_stop(&mut self, now: Mono, out: &mut Vec<Output>) {
        for frame in self.setup.speech.stop() {
            tracing::trace!(head = %self.setup.id, ?frame, "out");
            out.push(Output::Send(frame));
        }
        self.not_before = now.plus(self.spacing());
    }

    fn spacing(&self) -> Duration {
        self.setup.model.spacing.max(SPACING)
    }

    /// The newest motion is meant; older ones that were not sent are not sent any more.
    fn replace_motion(&mut self, out: &mut Vec<Output>) {
        let (older, kept): (VecDeque<Waiting>, _) = self
            .queue
            .drain(..)
            .partition(|waiting| waiting.sort == Sort::Motion);
        self.queue = kept;
        out.extend(
            older
                .into_iter()
                .map(|older| ended(older.request, Outcome::Replaced)),
        );
    }

    fn live(&mut self, now: Mono, out: &mut Vec<Output>) {
        if self.driving.is_some_and(|until| until <= now) {
            self.replace_motion(out);
            self.stop(now, out);
        }
        if self.stop_again.is_some_and(|at| at <= now) {
            self.stop_again = None;
            self.say_stop(now, out);
        }
        // What is newer than a stop must not be ended by the second one, so it waits for that.
        if self.not_before > now || self.stop_again.is_some() {
            return;
        }
        if let Some(frame) = self.next_frame(out) {
            tracing::trace!(head = %self.setup.id, ?frame, "out");
            out.push(Output::Send(frame));
            self.not_before = now.plus(self.spacing());
        } else if let Some(query) = self.queries.as_mut().and_then(|q| q.next(now)) {
            out.extend(self.setup.speech.ask(query).map(Output::Send));
            self.not_before = now.plus(self.spacing());
        }
    }

    fn next_frame(&mut self, out: &mut Vec<Output>) -> Option<Vec<u8>> {
        let waiting = self.queue.front_mut()?;
        let frame = waiting.frames.pop_front();
        if waiting.frames.is_empty() {
            out.push(ended(waiting.request, Outcome::Sent));
            self.queue.pop_front();
        }
        frame
    }

    fn next_deadline(&self) -> Option<Mono> {
        let queue = (!self.queue.is_empty()).then_some(self.not_before);
        let queries = self.queries.as_ref().and_then(Queries::due);
        let queries = queries.map(|due| due.max(self.not_before));
        let next = self.stop_again.or(queue.into_iter().chain(queries).min());
        [self.driving, next].into_iter().flatten().min()
    }
}

fn ended(request: RequestId, outcome: Outcome) -> Output {
    Output::Event(Event::Done { request, outcome })
}
