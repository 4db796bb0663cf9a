//! Sony's commands on a serial line: `8C` tells, `83` asks, `70` answers, each with a sum at its end.
//! Source: "RS-232C command specification" of the BRAVIA professional displays.

use super::Codec;
use super::frames::{Cut, Window, sum};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

const ANSWER: u8 = 0x70;
const POWER: u8 = 0x00;
const INPUT: u8 = 0x02;
const VOLUME: u8 = 0x05;
const MUTE: u8 = 0x06;

#[derive(Debug)]
pub(super) struct SonySerial {
    window: Window,
}

impl SonySerial {
    pub(super) fn new() -> SonySerial {
        SonySerial {
            window: Window::default(),
        }
    }
}

fn ask(function: u8) -> Vec<u8> {
    let mut frame = vec![0x83, 0x00, function, 0xFF, 0xFF];
    frame.push(sum(&frame));
    frame
}

fn tell(function: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len() + 1).unwrap_or(u8::MAX);
    let mut frame = vec![0x8C, 0x00, function, length];
    frame.extend_from_slice(data);
    frame.push(sum(&frame));
    frame
}

impl Codec for SonySerial {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        Some(match request {
            Request::AskPower => ask(POWER),
            Request::AskInput => ask(INPUT),
            Request::AskVolume => ask(VOLUME),
            Request::AskMuted => ask(MUTE),
            Request::Power(Turn::On) => tell(POWER, &[1]),
            Request::Power(Turn::Standby) => tell(POWER, &[0]),
            Request::Input(code) => match code.bytes()?.as_slice() {
                [kind, number] => tell(INPUT, &[*kind, *number]),
                _ => return None,
            },
            // 01: the value itself follows, not a step.
            Request::Volume(volume) => tell(VOLUME, &[1, volume.get()]),
            Request::Muted(Muted::Yes) => tell(MUTE, &[1, 1]),
            Request::Muted(Muted::No) => tell(MUTE, &[1, 0]),
            Request::AskTroubles => return None,
        })
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.window.take(bytes, cut)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some(request) = under_way else {
            return Heard::Nothing;
        };
        let answer = match (frame, request.is_question()) {
            ([ANSWER, 0x00, _], false) => Answer::Done,
            ([ANSWER, 0x01 | 0x02, _], _) => Answer::Refused(Refusal::NotSupported),
            ([ANSWER, 0x03, _], _) => Answer::Refused(Refusal::NotNow),
            ([ANSWER, 0x04..=0xFF, _], _) => Answer::Refused(Refusal::Failed),
            ([ANSWER, 0x00, _, data @ .., _], true) => match said(request, data) {
                Some(answer) => answer,
                None => return Heard::Nothing,
            },
            _ => return Heard::Nothing,
        };
        Heard::Answer(answer)
    }

    fn forget(&mut self) {
        self.window.forget();
    }
}

/// A short answer carries its sum where a long one carries its length; no length is as large as `70`.
fn cut(bytes: &[u8]) -> Cut {
    if bytes[0] != ANSWER {
        return Cut::Skip;
    }
    let &[_, verdict, third, ..] = bytes else {
        return Cut::More;
    };
    if third == ANSWER.wrapping_add(verdict) {
        return Cut::Frame(3);
    }
    let whole = 3 + usize::from(third);
    if verdict != 0 || !(2..0x70).contains(&third) {
        Cut::Skip
    } else if bytes.len() < whole {
        Cut::More
    } else if sum(&bytes[..whole - 1]) == bytes[whole - 1] {
        Cut::Frame(whole)
    } else {
        Cut::Skip
    }
}

fn said(request: &Request, data: &[u8]) -> Option<Answer> {
    match (request, data) {
        (Request::AskPower, [0]) => Some(Answer::Power(Power::Standby)),
        (Request::AskPower, [1]) => Some(Answer::Power(Power::On)),
        (Request::AskInput, [_, _]) => Some(Answer::Input(InputCode::of_bytes(data))),
        (Request::AskVolume, [.., value @ 0..=100]) => Some(Answer::Volume(Percent::new(*value))),
        (Request::AskMuted, [.., 0]) => Some(Answer::Muted(Muted::No)),
        (Request::AskMuted, [.., 1]) => Some(Answer::Muted(Muted::Yes)),
        _ => None,
    }
}
