//! What the room asks of a call: dials, leaves, opens and closes sources, sends the code. Knows no answers.

use super::call::{Call, Goal, Stage};
use super::{Engine, For, NO_PICTURE, SILENCE};
use crate::client::Transport;
use crate::message::Order;
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, EndReason, JoinStep};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, Private};
use room_core::units::Switch;

impl Engine {
    pub(super) fn command(&mut self, id: CallId, command: CallCommand) {
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
            CallCommand::SoundAnew => {
                if self.current(id).is_some_and(|call| call.connected()) {
                    self.sound_anew(id);
                }
            }
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
        self.go_on();
    }

    /// The client is there: does the next thing that the call is for.
    pub(super) fn go_on(&mut self) {
        let Some(call) = self.call.as_mut().filter(|_| self.newer.is_some()) else {
            return;
        };
        let (id, goal) = (call.id, call.goal);
        call.registering = goal == Goal::Ready && self.setup.registers;
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

    pub(super) fn ready(&mut self) {
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
        // Older clients name the transport by themselves, and would name it twice.
        let transport = Some(self.setup.transport).filter(|_| self.newer != Some(false));
        self.order(For::Nothing, Order::Sound(SILENCE.to_owned()));
        self.order(For::Nothing, Order::Picture(NO_PICTURE.to_owned()));
        self.order(
            For::Dialled(id),
            Order::Dial(uri(address.reveal(), transport)),
        );
        self.tell(id, CallSeen::Entering(JoinStep::Opening));
    }

    fn leave(&mut self, id: CallId) {
        let now = self.now;
        match self.call.as_mut().filter(|call| call.id == id) {
            Some(call) if call.stage == Stage::Dialling || call.on_the_line() => {
                call.enter(Stage::Leaving, now);
                self.order(For::Nothing, Order::HangUp);
            }
            Some(_) | None => {
                self.call.take_if(|call| call.id == id);
                self.tell(id, CallSeen::Over(EndReason::Left));
            }
        }
    }

    pub(super) fn set_mic(&mut self, id: CallId, to: Switch) {
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

    /// baresip keeps to a device whose server died, and opens one anew that it is told again. The source is not closed for that: a
    /// look that comes between would take it for somebody's wish.
    fn sound_anew(&mut self, id: CallId) {
        let sources = self.setup.sources.clone();
        let open = self.current(id).and_then(|call| call.source) == Some(Switch::Open);
        self.order(For::Nothing, Order::Player(sources.speaker));
        if open {
            self.order(For::Microphone(id), Order::Sound(sources.mic));
        }
        self.order(For::Sound(id), Order::SoundState);
    }

    /// The mute follows the source: turned only when it is known and wrong, and not while a turn is under way.
    pub(super) fn settle_mute(&mut self) {
        let Some(call) = &self.call else { return };
        let wrong = call.muted.is_some_and(|muted| muted != call.mute_wanted);
        let id = call.id;
        let turning = self.asked.values().any(|(what, _)| *what == For::Mute(id));
        if wrong && !turning {
            self.order(For::Mute(id), Order::TurnMute);
        }
    }

    pub(super) fn muted(&mut self, text: &str) {
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
}
/// An address as baresip dials it. Without a named transport the far end's domain would choose, and might choose one in
/// the clear.
fn uri(address: &str, transport: Option<Transport>) -> Private {
    let bare = address
        .trim_start_matches("sips:")
        .trim_start_matches("sip:");
    let by = transport.map(|transport| format!(";transport={}", transport.name()));
    Private::new(format!("sip:{bare}{}", by.unwrap_or_default()))
}
