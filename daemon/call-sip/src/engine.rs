//! Decides what to ask of baresip and what to tell the room. Pure: no socket, no clock, no waiting.
//! Invariants: nothing is dialled before both sources are closed; a source opens by the room's command and in no other way;
//! what the room is told about microphone and camera was read back. The mute follows the microphone's source and is never
//! what closes it.

mod call;
mod client;
mod commands;
mod flows;
#[cfg(test)]
mod tests;

use crate::client::Transport;
use crate::message::{Order, Said};
use call::{Call, Goal, Stage};
use core::time::Duration;
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason, Trouble};
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::units::Mono;
use std::collections::BTreeMap;

/// A generator in the microphone's place: packets run, so that no far end takes the room for dead and keys can be sent.
/// It is muted besides; at 10 Hz nobody would hear it if it were not.
pub const SILENCE: &str = "ausine,10";
/// Its driver; a microphone never has it.
pub const SILENT_DRIVER: &str = "ausine";
/// A file that cannot exist: the only source that baresip reports as none.
pub const NO_PICTURE: &str = "avformat,/dev/null/closed";

/// How long a call waits for a client that is being started.
const CLIENT: Duration = Duration::from_secs(10);
/// How long the account may take: a client that is there tries again half a minute to a minute after it failed.
const REGISTERED: Duration = Duration::from_secs(70);
/// How long the first packet of sound may take after the far end took the call.
const FIRST_PACKET: Duration = Duration::from_secs(10);
/// How often it is asked what flows.
const ASK: Duration = Duration::from_millis(1000);
/// The same before the room is inside.
const ASK_AT_FIRST: Duration = Duration::from_millis(200);
/// An order that is not answered for so long says that the client hangs.
const ANSWER: Duration = Duration::from_secs(5);

/// Where the room's sound and picture come from when they are open, and where sound goes, as baresip's `driver,device`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The microphone.
    pub mic: String,
    /// The camera.
    pub camera: String,
    /// Where sound is played.
    pub speaker: String,
}

/// What the engine must know of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What is open when it is open.
    pub sources: Sources,
    /// The room has an account that must be registered before a call is prepared.
    pub registers: bool,
    /// What carries the signalling, whatever the far end's domain would prefer.
    pub transport: Transport,
}

/// Something that the engine is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The control line is there; nothing is known of the client behind it.
    LineUp,
    /// The client is gone, and every call with it.
    LineDown,
    /// The client said something.
    Said(Said),
    /// The room asks.
    Command(CallId, CallCommand),
    /// A deadline is due.
    Deadline,
}

/// Something that the engine asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// For the client; all orders of one step go out in one piece.
    Order(u64, Order),
    /// For the room.
    Tell(CallId, CallSeen),
}

/// What an order was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Nothing,
    Version,
    Registered(CallId),
    Found(CallId),
    Dialled(CallId),
    Microphone(CallId),
    Mute(CallId),
    Sound(CallId),
    Picture(CallId),
}

/// One SIP client and the one call that it may have.
#[derive(Debug)]
pub struct Engine {
    setup: Setup,
    now: Mono,
    up: bool,
    /// From version 1.1 on; `None` until the client has said which it is.
    newer: Option<bool>,
    last_token: u64,
    asked: BTreeMap<u64, (For, Mono)>,
    /// Why the account is not registered, as last heard.
    unregistered: Option<CallFailure>,
    call: Option<Call>,
    out: Vec<Output>,
}

impl Engine {
    /// Knows of no client yet.
    pub fn new(setup: Setup) -> Self {
        Engine {
            setup,
            now: Mono(0),
            up: false,
            newer: None,
            last_token: 0,
            asked: BTreeMap::new(),
            unregistered: None,
            call: None,
            out: Vec::new(),
        }
    }

    /// Takes one input; total.
    pub fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        self.now = self.now.max(now);
        match input {
            Input::LineUp => self.line_up(),
            Input::LineDown => self.line_down(),
            Input::Said(Said::Answer { token, done, text }) => self.answer(token, done, &text),
            Input::Said(Said::Event(happened)) => self.happened(happened),
            Input::Said(Said::Other) => {}
            Input::Command(call, command) => self.command(call, command),
            Input::Deadline => {}
        }
        self.run_limits();
        core::mem::take(&mut self.out)
    }

    /// When [`Input::Deadline`] is wanted.
    pub fn next_deadline(&self) -> Option<Mono> {
        let call = self.call.as_ref()?;
        let frozen = self.oldest().filter(|_| !call.frozen);
        let limits = [call.limit(), frozen.map(|since| since.plus(ANSWER))];
        let ask = call.asks_at().filter(|_| self.up);
        limits.into_iter().chain([ask]).flatten().min()
    }

    // ---- time ----

    fn run_limits(&mut self) {
        let now = self.now;
        let hangs = self
            .oldest()
            .is_some_and(|since| now.since(since) >= ANSWER);
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        if hangs && !call.frozen {
            call.frozen = true;
            self.tell(id, CallSeen::Trouble(Trouble::Frozen));
        }
        let Some(call) = &mut self.call else { return };
        if call.limit().is_some_and(|at| now >= at) {
            match (call.stage, call.goal) {
                (Stage::Client, Goal::Found) => self.end(CallSeen::Over(EndReason::PageGone)),
                (Stage::Client, Goal::Ready | Goal::Inside) => {
                    let why = self.unregistered.filter(|_| self.up);
                    self.fail(why.unwrap_or(CallFailure::SipBroken));
                }
                (Stage::Taken, _) => {
                    self.order(For::Nothing, Order::HangUp);
                    self.fail(CallFailure::NoMedia);
                }
                (Stage::Coded, _) => {
                    call.enter(Stage::Inside, now);
                    self.tell(id, CallSeen::Inside);
                }
                _ => {}
            }
        }
        let due = self.call.as_ref().and_then(Call::asks_at);
        if self.up && due.is_some_and(|at| now >= at) {
            match self.call.as_ref().map(|call| call.stage) {
                Some(Stage::Client) => self.ask_registered(),
                _ => self.ask_state(),
            }
        }
    }

    fn ask_registered(&mut self) {
        let now = self.now;
        if let Some(call) = &mut self.call {
            call.asked_state = Some(now);
            let id = call.id;
            self.order(For::Registered(id), Order::Registrations);
        }
    }

    fn oldest(&self) -> Option<Mono> {
        self.asked.values().map(|(_, since)| *since).min()
    }

    // ---- small things ----

    fn current(&self, id: CallId) -> Option<&Call> {
        self.call.as_ref().filter(|call| call.id == id)
    }

    fn fail(&mut self, failure: CallFailure) {
        self.end(CallSeen::Failed(failure));
    }

    fn end(&mut self, seen: CallSeen) {
        if let Some(call) = self.call.take() {
            self.tell(call.id, seen);
        }
    }

    fn tell(&mut self, id: CallId, seen: CallSeen) {
        self.out.push(Output::Tell(id, seen));
    }

    fn order(&mut self, what: For, order: Order) {
        if self.up {
            self.last_token = self.last_token.wrapping_add(1);
            self.asked.insert(self.last_token, (what, self.now));
            self.out.push(Output::Order(self.last_token, order));
        }
    }
}
