//! What the client says by itself and answers: how far the call is, how it ended, whether the account is registered.
//! Knows no wishes of the room.

use super::call::{Call, Goal, Stage};
use super::{ANSWER, Engine, For};
use crate::client::Transport;
use crate::media;
use crate::message::{Happened, Order};
use crate::reason::{self, Was};
use room_core::event::{CallSeen, EndReason, JoinStep};
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::units::Switch;

impl Engine {
    pub(super) fn line_up(&mut self) {
        self.up = true;
        self.asked.clear();
        self.order(For::Version, Order::About);
    }

    pub(super) fn line_down(&mut self) {
        self.up = false;
        self.asked.clear();
        self.newer = None;
        self.unregistered = None;
        if let Some(call) = &mut self.call {
            call.registering = false;
        }
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

    pub(super) fn happened(&mut self, happened: Happened) {
        let now = self.now;
        match &happened {
            Happened::Registered => return self.registered(),
            Happened::NotRegistered(text) => return self.not_registered(text),
            _ => {}
        }
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
            Happened::Reported => call.report(now),
            Happened::Renegotiated if call.connected() => self.ask_state(),
            Happened::Incoming if !call.on_the_line() => self.order(For::Nothing, Order::HangUp),
            Happened::Ringing | Happened::Established | Happened::FirstPacket => {}
            Happened::Renegotiated | Happened::Incoming => {}
            Happened::Registered | Happened::NotRegistered(_) => {}
        }
    }

    /// Nobody may call the room.
    fn outside_a_call(&mut self, happened: &Happened) {
        if *happened == Happened::Incoming {
            self.order(For::Nothing, Order::HangUp);
        }
    }

    /// It is heard of as an event and as an answer, and asked for each second: a late word must not take a call back that went on.
    fn registered(&mut self) {
        self.unregistered = None;
        let waits = |call: &Call| (call.stage, call.goal) == (Stage::Client, Goal::Ready);
        if self.setup.registers && self.call.as_ref().is_some_and(waits) {
            self.ready();
        }
    }

    /// A password that is refused stays refused; anything else baresip tries again by itself.
    fn not_registered(&mut self, text: &str) {
        let why = reason::unregistered(text);
        self.unregistered = Some(why);
        let waits = |call: &Call| (call.stage, call.goal) == (Stage::Client, Goal::Ready);
        if why == CallFailure::KeyRefused && self.call.as_ref().is_some_and(waits) {
            self.fail(why);
        }
    }

    fn closed(&mut self, text: &str) {
        let Some(call) = self.call.take_if(|call| call.on_the_line()) else {
            return;
        };
        let was = match (call.connected(), self.setup.transport) {
            (true, _) => Was::Established,
            (false, Transport::Tls) => Was::CallingOverTls,
            (false, Transport::Tcp | Transport::Udp) => Was::Calling,
        };
        let seen = match call.stage {
            Stage::Leaving => CallSeen::Over(EndReason::Left),
            _ if call.refused_code(self.now) => CallSeen::Failed(CallFailure::WrongPasscode),
            _ => match reason::of(text, was) {
                // Who has an account was asked for it, and what it gave was not taken.
                CallSeen::Failed(CallFailure::LoginNeeded) if self.setup.registers => {
                    CallSeen::Failed(CallFailure::KeyRefused)
                }
                seen => seen,
            },
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

    pub(super) fn answer(&mut self, token: u64, done: bool, text: &str) {
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
            For::Version => self.version(text),
            For::Registered(id) if self.current(id).is_some() => {
                if text.contains("OK") {
                    self.registered();
                }
            }
            For::Found(id) if self.current(id).is_some_and(is_searched) => self.found(text),
            For::Dialled(id) => self.dialled(id, done, text),
            For::Microphone(id) if self.current(id).is_some() => {
                if text.contains("failed") || text.contains("no such") {
                    self.set_mic(id, Switch::Closed);
                }
            }
            For::Mute(id) if self.current(id).is_some() => self.muted(text),
            For::Sound(id) if self.current(id).is_some() => self.sound(&media::read(text)),
            For::Picture(id) if self.current(id).is_some() => self.picture(&media::read(text)),
            // Answers about a call that is over.
            For::Registered(_) | For::Found(_) => {}
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

    /// Newer clients name the call, and take no order about it before it rings unless it is selected.
    fn dialled(&mut self, id: CallId, done: bool, text: &str) {
        let number = text
            .split_once("call id: ")
            .map(|(_, number)| number.trim());
        if let Some(number) = number.filter(|_| done) {
            self.order(For::Nothing, Order::Select(number.to_owned()));
        }
        match &mut self.call {
            Some(call) if call.id == id && !done => match call.stage {
                Stage::Leaving => self.end(CallSeen::Over(EndReason::Left)),
                _ => self.fail(CallFailure::Unreachable),
            },
            Some(call) if call.id == id && call.stage == Stage::Dialling => {
                call.enter(Stage::Calling, self.now);
                self.order(For::Mute(id), Order::TurnMute);
            }
            // Left, or given up, before the client had even answered.
            Some(call) if call.id == id => self.order(For::Nothing, Order::HangUp),
            None if done => self.order(For::Nothing, Order::HangUp),
            Some(_) | None => {}
        }
    }

    /// Before this is known nothing is asked of the client.
    fn version(&mut self, text: &str) {
        let newer = is_newer(text);
        if self.setup.transport == Transport::Tls && !newer {
            tracing::warn!("this SIP client is too old to check a server's certificate");
        }
        self.newer = Some(newer);
        self.go_on();
    }
}

fn is_searched(call: &Call) -> bool {
    (call.stage, call.goal) == (Stage::Client, Goal::Found)
}

/// From 1.1 on. Clients before that take any certificate: the line is encrypted, but nobody knows to whom.
fn is_newer(about: &str) -> bool {
    let version = about.split_whitespace().find_map(|word| {
        let numbers: Vec<u32> = word.split('.').filter_map(|n| n.parse().ok()).collect();
        (numbers.len() == 3).then_some(numbers)
    });
    version.is_none_or(|numbers| numbers.as_slice() >= [1, 1].as_slice())
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn clients_are_newer_from_1_1_on() {
        let about =
            |version: &str| format!("|  \u{1b}[34;1mbare\u{1b}[31;1msip\u{1b}[;m {version}   |");
        for (version, newer) in [
            ("1.0.0", false),
            ("0.6.5", false),
            ("1.1.0", true),
            ("3.16.0", true),
        ] {
            assert_eq!(is_newer(&about(version)), newer, "{version}");
        }
    }
}
