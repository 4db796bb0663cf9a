//! Decides what to ask of baresip and what to tell the room. Pure: no socket, no clock, no waiting.
//! Invariants: nothing is dialled before both sources are closed; a source opens by the room's command and in no other way;
//! what the room is told about microphone and camera was read back. The mute follows the microphone's source and is never
//! what closes it.

mod call;
#[cfg(test)]
mod tests;

use crate::media;
use crate::message::{Happened, Order, Said};
use crate::reason::{self, Was};
use call::{Call, Goal, Stage};
use core::time::Duration;
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, EndReason, JoinStep, Trouble};
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::units::{Mono, Switch};
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
/// How long the first packet of sound may take after the far end took the call.
const FIRST_PACKET: Duration = Duration::from_secs(10);
/// How often it is asked what flows.
const ASK: Duration = Duration::from_millis(1000);
/// The same before the room is inside.
const ASK_AT_FIRST: Duration = Duration::from_millis(200);
/// An order that is not answered for so long says that the client hangs.
const ANSWER: Duration = Duration::from_secs(5);

/// Where the room's sound and picture come from when they are open, as baresip's `driver,device`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The microphone.
    pub mic: String,
    /// The camera.
    pub camera: String,
}

/// What the engine must know of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What is open when it is open.
    pub sources: Sources,
    /// The room has an account that must be registered before a call is prepared.
    pub registers: bool,
    /// Signalling goes over TLS.
    pub encrypted: bool,
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
    last_token: u64,
    asked: BTreeMap<u64, (For, Mono)>,
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
            last_token: 0,
            asked: BTreeMap::new(),
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

    // ---- the room's commands ----

    fn command(&mut self, id: CallId, command: CallCommand) {
        match command {
            CallCommand::Warm(request) => self.begin(id, &request, Goal::Ready),
            CallCommand::Join(request) => self.begin(id, &request, Goal::Inside),
            CallCommand::Adopt(request) => self.begin(id, &request, Goal::Found),
            CallCommand::Leave => self.leave(id),
            CallCommand::Drop => {
                if self.call.take_if(|call| call.id == id).is_some() {
                    self.order(For::Nothing, Order::HangUp);
                }
            }
            CallCommand::Mic(to) => {
                if self.current(id).is_some_and(|call| call.connected()) {
                    self.set_mic(id, to);
                }
            }
            CallCommand::Camera(to) => {
                if self.current(id).is_some_and(|call| call.connected()) {
                    self.set_camera(id, to);
                }
            }
            CallCommand::Passcode(code) => self.dial_code(id, code.reveal()),
            // baresip has no loudness of its own; the room's sound system keeps it.
            CallCommand::Volume(_) => {}
            // There is no page.
            CallCommand::Agree(_) | CallCommand::Hand(_) => {}
        }
    }

    fn begin(&mut self, id: CallId, request: &CallRequest, goal: Goal) {
        let now = self.now;
        let same = self.current(id).is_some();
        if !same && self.call.take().is_some() {
            self.order(For::Nothing, Order::HangUp);
        }
        let way = request.way();
        let call = self.call.get_or_insert_with(|| Call::new(id, now));
        call.goal = goal;
        if let Some(way) = way {
            call.address = Some(way.place().clone());
            call.coded = way.passcode().is_some() && goal != Goal::Found;
        }
        if goal == Goal::Inside && call.address.is_none() {
            self.fail(CallFailure::NotFound);
            return;
        }
        if self.up {
            self.go_on();
        }
    }

    /// The client is there: does the next thing that the call is for.
    fn go_on(&mut self) {
        let Some(call) = &self.call else { return };
        let (id, goal) = (call.id, call.goal);
        match (call.stage, goal) {
            (Stage::Client, Goal::Ready) if self.setup.registers => {
                self.order(For::Registered(id), Order::Registrations);
            }
            (Stage::Client, Goal::Ready) => self.ready(),
            (Stage::Client | Stage::Ready, Goal::Inside) => self.dial(),
            (Stage::Client, Goal::Found) => self.order(For::Found(id), Order::Calls),
            _ => {}
        }
    }

    fn ready(&mut self) {
        if let Some(call) = &mut self.call {
            call.enter(Stage::Ready, self.now);
            let id = call.id;
            self.tell(id, CallSeen::Warm);
        }
    }

    fn dial(&mut self) {
        let Some(call) = &mut self.call else { return };
        let Some(address) = call.address.clone() else {
            return;
        };
        call.enter(Stage::Dialling, self.now);
        let id = call.id;
        self.order(For::Nothing, Order::Sound(SILENCE.to_owned()));
        self.order(For::Nothing, Order::Picture(NO_PICTURE.to_owned()));
        self.order(For::Dialled(id), Order::Dial(uri(address.reveal())));
        self.order(For::Mute(id), Order::TurnMute);
        self.tell(id, CallSeen::Entering(JoinStep::Opening));
    }

    fn leave(&mut self, id: CallId) {
        let now = self.now;
        match self.call.as_mut().filter(|call| call.id == id) {
            Some(call) if call.on_the_line() => {
                call.enter(Stage::Leaving, now);
                self.order(For::Nothing, Order::HangUp);
            }
            Some(_) | None => {
                self.call.take_if(|call| call.id == id);
                self.tell(id, CallSeen::Over(EndReason::Left));
            }
        }
    }

    fn set_mic(&mut self, id: CallId, to: Switch) {
        let source = match to {
            Switch::Open => self.setup.sources.mic.clone(),
            Switch::Closed => SILENCE.to_owned(),
        };
        let now = self.now;
        if let Some(call) = &mut self.call {
            call.mic_moved = now;
            call.mute_wanted = to == Switch::Closed;
        }
        self.order(For::Microphone(id), Order::Sound(source));
        self.settle_mute();
        self.order(For::Sound(id), Order::SoundState);
    }

    /// The mute follows the source: turned only when it is known and wrong, and not while a turn is under way.
    fn settle_mute(&mut self) {
        let Some(call) = &self.call else { return };
        let wrong = call.muted.is_some_and(|muted| muted != call.mute_wanted);
        let id = call.id;
        let turning = self.asked.values().any(|(what, _)| *what == For::Mute(id));
        if wrong && !turning {
            self.order(For::Mute(id), Order::TurnMute);
        }
    }

    fn muted(&mut self, text: &str) {
        if let Some(call) = &mut self.call {
            call.muted = Some(!text.contains("un-muted"));
            self.settle_mute();
            self.tell_mic();
            self.come_in();
        }
    }

    fn set_camera(&mut self, id: CallId, to: Switch) {
        let source = match to {
            Switch::Open => self.setup.sources.camera.clone(),
            Switch::Closed => NO_PICTURE.to_owned(),
        };
        self.order(For::Nothing, Order::Picture(source));
        self.order(For::Picture(id), Order::PictureState);
    }

    /// The digits, then the key that ends them at every conference that asks by voice.
    fn dial_code(&mut self, id: CallId, code: &str) {
        let now = self.now;
        let Some(call) = self
            .call
            .as_mut()
            .filter(|call| call.id == id && call.connected())
        else {
            return;
        };
        let typed: Vec<char> = code.chars().filter(|c| !c.is_whitespace()).collect();
        if typed.is_empty() || !typed.iter().all(|c| matches!(c, '0'..='9' | '*' | '#')) {
            self.tell(id, CallSeen::PasscodeAsked { rejected: true });
            return;
        }
        call.code_sent(now);
        let last = typed.last().copied();
        let end = (last != Some('#')).then_some('#');
        for key in typed.into_iter().chain(end) {
            self.order(For::Nothing, Order::Key(key));
        }
    }

    // ---- the client ----

    fn line_up(&mut self) {
        self.up = true;
        self.asked.clear();
        self.order(For::Version, Order::About);
        self.go_on();
    }

    fn line_down(&mut self) {
        self.up = false;
        self.asked.clear();
        let gone = |call: &mut Call| call.stage != Stage::Client;
        if let Some(call) = self.call.take_if(gone) {
            let left = call.stage == Stage::Leaving;
            let why = if left {
                EndReason::Left
            } else {
                EndReason::PageGone
            };
            self.tell(call.id, CallSeen::Over(why));
        }
    }

    fn happened(&mut self, happened: Happened) {
        let now = self.now;
        let Some(call) = &mut self.call else {
            return self.outside_a_call(&happened);
        };
        let id = call.id;
        match happened {
            Happened::Ringing if call.stage == Stage::Calling => {
                self.tell(id, CallSeen::Entering(JoinStep::Knocking));
            }
            Happened::Established if call.stage == Stage::Calling => {
                call.enter(Stage::Taken, now);
                self.ask_state();
            }
            Happened::FirstPacket if call.connected() => {
                call.heard = true;
                self.come_in();
            }
            Happened::Closed(text) => self.closed(&text),
            Happened::Level(level) => self.level(level),
            Happened::Incoming if !call.on_the_line() => self.order(For::Nothing, Order::HangUp),
            Happened::Ringing | Happened::Established | Happened::FirstPacket => {}
            Happened::Incoming | Happened::Registered | Happened::NotRegistered => {}
        }
    }

    /// Nobody may call the room.
    fn outside_a_call(&mut self, happened: &Happened) {
        if *happened == Happened::Incoming {
            self.order(For::Nothing, Order::HangUp);
        }
    }

    fn closed(&mut self, text: &str) {
        let Some(call) = self.call.take_if(|call| call.on_the_line()) else {
            return;
        };
        let was = match (call.connected(), self.setup.encrypted) {
            (true, _) => Was::Established,
            (false, true) => Was::CallingOverTls,
            (false, false) => Was::Calling,
        };
        let seen = match call.stage {
            Stage::Leaving => CallSeen::Over(EndReason::Left),
            _ if call.refused_code(self.now) => CallSeen::Failed(CallFailure::WrongPasscode),
            _ => reason::of(text, was),
        };
        self.tell(call.id, seen);
    }

    /// The meter hears what is sent: it corrects what is believed of the mute.
    fn level(&mut self, level: i16) {
        let now = self.now;
        if let Some(call) = self.call.as_mut().filter(|call| call.connected()) {
            call.meter(level, now);
            self.settle_mute();
            self.tell_mic();
        }
    }

    fn answer(&mut self, token: u64, done: bool, text: &str) {
        let Some((what, _)) = self.asked.remove(&token) else {
            return;
        };
        let thawed = self
            .oldest()
            .is_none_or(|since| self.now.since(since) < ANSWER);
        if let Some(call) = self.call.as_mut().filter(|call| call.frozen && thawed) {
            call.frozen = false;
            let id = call.id;
            self.tell(id, CallSeen::Recovered);
        }
        match what {
            For::Nothing => {}
            For::Version => note_version(text),
            For::Registered(id) if self.current(id).is_some() => {
                if text.contains("OK") {
                    self.ready();
                }
            }
            For::Found(id) if self.current(id).is_some() => self.found(text),
            For::Dialled(id) if self.current(id).is_some() => self.dialled(done),
            For::Microphone(id) if self.current(id).is_some() => {
                if text.contains("failed") || text.contains("no such") {
                    self.set_mic(id, Switch::Closed);
                }
            }
            For::Mute(id) if self.current(id).is_some() => self.muted(text),
            For::Sound(id) if self.current(id).is_some() => self.sound(&media::read(text)),
            For::Picture(id) if self.current(id).is_some() => self.picture(&media::read(text)),
            // Answers about a call that is over.
            For::Registered(_) | For::Found(_) | For::Dialled(_) => {}
            For::Microphone(_) | For::Mute(_) | For::Sound(_) | For::Picture(_) => {}
        }
    }

    fn found(&mut self, text: &str) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        if text.contains("ESTABLISHED") {
            call.enter(Stage::Taken, now);
            self.ask_state();
        } else if ["OUTGOING", "RINGING", "EARLY"]
            .iter()
            .any(|state| text.contains(state))
        {
            call.enter(Stage::Calling, now);
        } else {
            self.end(CallSeen::Over(EndReason::PageGone));
        }
    }

    fn dialled(&mut self, done: bool) {
        if !done {
            self.fail(CallFailure::Unreachable);
        } else if let Some(call) = &mut self.call {
            call.enter(Stage::Calling, self.now);
        }
    }

    // ---- what flows ----

    fn ask_state(&mut self) {
        let now = self.now;
        if let Some(call) = &mut self.call {
            call.asked_state = Some(now);
            let id = call.id;
            self.order(For::Sound(id), Order::SoundState);
            self.order(For::Picture(id), Order::PictureState);
        }
    }

    fn sound(&mut self, report: &media::Report) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        let seen = report.source.as_deref().map(|driver| match driver {
            SILENT_DRIVER | "none" => Switch::Closed,
            _ => Switch::Open,
        });
        call.source = seen.or(call.source);
        call.heard |= report.received.is_some_and(|count| count > 0);
        call.sound.count(report);
        call.note_flow(now);
        self.tell_mic();
        self.come_in();
    }

    /// Open is a microphone for a source, and no mute behind it.
    fn tell_mic(&mut self) {
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        let Some(source) = call.source else { return };
        let seen = match (source, call.muted) {
            (Switch::Closed, _) | (Switch::Open, Some(true)) => Switch::Closed,
            (Switch::Open, Some(false) | None) => Switch::Open,
        };
        if call.mic.replace(seen) != Some(seen) {
            self.tell(id, CallSeen::Mic(seen));
        }
    }

    /// The twin of [`Engine::sound`]; comes after it, so that one picture of all flows is told.
    fn picture(&mut self, report: &media::Report) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        let seen = report.source.as_deref().map(|driver| match driver {
            "none" => Switch::Closed,
            _ => Switch::Open,
        });
        let changed = seen.filter(|seen| call.camera != Some(*seen));
        call.camera = seen.or(call.camera);
        call.picture.count(report);
        call.note_flow(now);
        let media = call.media_changed();
        if let Some(seen) = changed {
            self.tell(id, CallSeen::Camera(seen));
        }
        self.come_in();
        if let Some(media) = media {
            self.tell(id, CallSeen::Media(media));
        }
        self.judge_line();
    }

    /// Inside is: taken, sound arrives, both sources were read, and the code that is known was given.
    fn come_in(&mut self) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        if call.stage != Stage::Taken || !call.heard || call.mic.is_none() || call.camera.is_none()
        {
            return;
        }
        let id = call.id;
        if call.coded {
            call.coded = false;
            call.enter(Stage::Coding, now);
            self.tell(id, CallSeen::PasscodeAsked { rejected: false });
        } else {
            call.enter(Stage::Inside, now);
            self.tell(id, CallSeen::Inside);
        }
    }

    fn judge_line(&mut self) {
        let now = self.now;
        let Some(call) = self
            .call
            .as_mut()
            .filter(|call| call.stage == Stage::Inside)
        else {
            return;
        };
        let id = call.id;
        if call.given_up(now) {
            self.order(For::Nothing, Order::HangUp);
            self.fail(CallFailure::ConnectionLost);
            return;
        }
        let stands = call.stands(now);
        if core::mem::replace(&mut call.lost, stands) != stands {
            let seen = match stands {
                true => CallSeen::Trouble(Trouble::Network),
                false => CallSeen::Recovered,
            };
            self.tell(id, seen);
        }
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
                (Stage::Client, Goal::Ready | Goal::Inside) => self.fail(CallFailure::SipBroken),
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

/// An address as baresip dials it.
fn uri(address: &str) -> room_core::ids::Private {
    let bare = address
        .trim_start_matches("sips:")
        .trim_start_matches("sip:");
    room_core::ids::Private::new(format!("sip:{bare}"))
}

/// Clients before version 2 take any certificate: the line is encrypted, but nobody knows to whom.
fn note_version(text: &str) {
    let version = text.split_whitespace().find_map(|word| {
        let numbers: Vec<u32> = word.split('.').filter_map(|n| n.parse().ok()).collect();
        (numbers.len() == 3).then_some(numbers)
    });
    if version.is_some_and(|numbers| numbers.first().is_some_and(|major| *major < 2)) {
        tracing::warn!("this SIP client is too old to check a server's certificate");
    }
}
