//! Samsung's Multiple Display Control: `AA command id length data.. sum`, by serial line or TCP.
//! Source: MDC Protocol document, "power", "volume", "mute" and "input source" control.

use super::Codec;
use super::frames::{Cut, Window, sum};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

const HEAD: u8 = 0xAA;
/// Stands where the command stands in requests.
const REPLY: u8 = 0xFF;
const POWER: u8 = 0x11;
const VOLUME: u8 = 0x12;
const MUTE: u8 = 0x13;
const INPUT: u8 = 0x14;

#[derive(Debug)]
pub(super) struct Mdc {
    id: u8,
    window: Window,
}

impl Mdc {
    pub(super) fn new(id: u8) -> Mdc {
        Mdc {
            id,
            window: Window::default(),
        }
    }

    fn frame(&self, command: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let mut frame = vec![HEAD, command, self.id, length];
        frame.extend_from_slice(data);
        frame.push(sum(&frame[1..]));
        frame
    }
}

impl Codec for Mdc {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let (command, data) = match request {
            Request::AskPower => (POWER, None),
            Request::AskVolume => (VOLUME, None),
            Request::AskMuted => (MUTE, None),
            Request::AskInput => (INPUT, None),
            Request::Power(Turn::On) => (POWER, Some(1)),
            Request::Power(Turn::Standby) => (POWER, Some(0)),
            Request::Volume(volume) => (VOLUME, Some(volume.get())),
            Request::Muted(Muted::Yes) => (MUTE, Some(1)),
            Request::Muted(Muted::No) => (MUTE, Some(0)),
            Request::Input(code) => (INPUT, Some(code.byte()?)),
            Request::AskTroubles => return None,
        };
        Some(self.frame(command, data.as_slice()))
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.window.take(bytes, cut)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let [HEAD, REPLY, id, _, verdict, command, data @ .., _] = frame else {
            return Heard::Nothing;
        };
        if *id != self.id {
            return Heard::Nothing;
        }
        let asked = under_way.and_then(command_of) == Some(*command);
        let answer = match (verdict, data) {
            (b'N', _) => Answer::Refused(Refusal::Failed),
            (b'A', [value, ..]) => match said(*command, *value) {
                Some(answer) => answer,
                None => return Heard::Nothing,
            },
            (b'A', []) => Answer::Done,
            _ => return Heard::Nothing,
        };
        // It says nothing unasked. What comes all the same is the echo of a command, which proves nothing.
        match (asked, under_way.is_some_and(Request::is_question), answer) {
            (false, ..) => Heard::Nothing,
            (true, true, answer) | (true, false, answer @ Answer::Refused(_)) => {
                Heard::Answer(answer)
            }
            (true, false, _) => Heard::Answer(Answer::Done),
        }
    }

    fn forget(&mut self) {
        self.window.forget();
    }
}

fn cut(bytes: &[u8]) -> Cut {
    if bytes[0] != HEAD || bytes.get(1).is_some_and(|byte| *byte != REPLY) {
        return Cut::Skip;
    }
    let Some(length) = bytes.get(3) else {
        return Cut::More;
    };
    let whole = usize::from(*length) + 5;
    // Verdict and command always stand in a reply.
    if *length < 2 {
        Cut::Skip
    } else if bytes.len() < whole {
        Cut::More
    } else if sum(&bytes[1..whole - 1]) == bytes[whole - 1] {
        Cut::Frame(whole)
    } else {
        Cut::Skip
    }
}

fn command_of(request: &Request) -> Option<u8> {
    match request {
        Request::AskPower | Request::Power(_) => Some(POWER),
        Request::AskVolume | Request::Volume(_) => Some(VOLUME),
        Request::AskMuted | Request::Muted(_) => Some(MUTE),
        Request::AskInput | Request::Input(_) => Some(INPUT),
        Request::AskTroubles => None,
    }
}

fn said(command: u8, value: u8) -> Option<Answer> {
    match (command, value) {
        (POWER, 0) => Some(Answer::Power(Power::Standby)),
        (POWER, 1) => Some(Answer::Power(Power::On)),
        (VOLUME, 0..=100) => Some(Answer::Volume(Percent::new(value))),
        (MUTE, 0) => Some(Answer::Muted(Muted::No)),
        (MUTE, 1) => Some(Answer::Muted(Muted::Yes)),
        (INPUT, code) => Some(Answer::Input(InputCode::of_bytes(&[code]))),
        _ => None,
    }
}
