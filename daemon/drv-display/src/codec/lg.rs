//! LG's commands: `ka 01 01` and a carriage return; answers end with the letter x. Serial line or TCP 9761.
//! Source: the external control chapter of LG's monitor and signage manuals.

use super::Codec;
use super::frames::{Lines, text};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

#[derive(Debug)]
pub(super) struct Lg {
    id: u8,
    lines: Lines,
}

impl Lg {
    pub(super) fn new(id: u8) -> Lg {
        Lg {
            id,
            lines: Lines::new(b"x", 32),
        }
    }
}

impl Codec for Lg {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        const READ: u8 = 0xFF;
        let (command, data) = match request {
            Request::AskPower => ("ka", READ),
            Request::AskInput => ("xb", READ),
            Request::AskVolume => ("kf", READ),
            Request::AskMuted => ("ke", READ),
            Request::Power(Turn::On) => ("ka", 1),
            Request::Power(Turn::Standby) => ("ka", 0),
            Request::Input(code) => ("xb", code.byte()?),
            Request::Volume(volume) => ("kf", volume.get()),
            // The value is whether sound is on.
            Request::Muted(Muted::Yes) => ("ke", 0),
            Request::Muted(Muted::No) => ("ke", 1),
            Request::AskTroubles => return None,
        };
        Some(format!("{command} {:02x} {data:02x}\r", self.id).into_bytes())
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.lines.take(bytes)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some((letter, good, data)) = text(frame).and_then(|line| self.parts(line)) else {
            return Heard::Nothing;
        };
        // It says nothing unasked. What comes all the same is the echo of a command, which proves nothing.
        let asked = under_way.filter(|request| letter_of(request) == Some(letter));
        let Some(request) = asked else {
            return Heard::Nothing;
        };
        match (good, request.is_question()) {
            (false, _) => Heard::Answer(Answer::Refused(Refusal::Failed)),
            (true, false) => Heard::Answer(Answer::Done),
            (true, true) => said(letter, data).map_or(Heard::Nothing, Heard::Answer),
        }
    }

    fn forget(&mut self) {
        self.lines.forget();
    }
}

impl Lg {
    /// The command's letter, whether it was obeyed, and the value; only of this display.
    fn parts(&self, line: &str) -> Option<(char, bool, u8)> {
        // Noise before an answer costs nothing: it is parsed from its end.
        let mut words = line.rsplit(' ').filter(|word| !word.is_empty());
        let verdict = words.next()?;
        let id = u8::from_str_radix(words.next()?, 16).ok()?;
        let letter = words.next()?.chars().next_back()?;
        let (good, data) = match (verdict.strip_prefix("OK"), verdict.strip_prefix("NG")) {
            (Some(data), _) => (true, data),
            (None, Some(data)) => (false, data),
            (None, None) => return None,
        };
        let value = u8::from_str_radix(data.get(..2).unwrap_or("0"), 16).ok()?;
        (id == self.id).then_some((letter, good, value))
    }
}

fn letter_of(request: &Request) -> Option<char> {
    match request {
        Request::AskPower | Request::Power(_) => Some('a'),
        Request::AskInput | Request::Input(_) => Some('b'),
        Request::AskVolume | Request::Volume(_) => Some('f'),
        Request::AskMuted | Request::Muted(_) => Some('e'),
        Request::AskTroubles => None,
    }
}

fn said(letter: char, value: u8) -> Option<Answer> {
    match (letter, value) {
        ('a', 0) => Some(Answer::Power(Power::Standby)),
        ('a', 1) => Some(Answer::Power(Power::On)),
        ('b', code) => Some(Answer::Input(InputCode::of_bytes(&[code]))),
        ('f', 0..=100) => Some(Answer::Volume(Percent::new(value))),
        ('e', 0) => Some(Answer::Muted(Muted::Yes)),
        ('e', 1) => Some(Answer::Muted(Muted::No)),
        _ => None,
    }
}
