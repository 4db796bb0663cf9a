//! Philips' SICP from version 1.7 on: length, display, group, data, exclusive or. Serial line or TCP 5000.
//! Source: "The SICP Commands Document", sections on messages, power, input, volume.

use super::Codec;
use super::frames::{Cut, Window, xor};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

const CONTROL: u8 = 0x00;
const POWER: (u8, u8) = (0x18, 0x19);
const INPUT: (u8, u8) = (0xAC, 0xAD);
const VOLUME: (u8, u8) = (0x44, 0x45);
const MUTE: (u8, u8) = (0x47, 0x46);
/// The longest message.
const MOST: u8 = 0x28;

#[derive(Debug)]
pub(super) struct Sicp {
    id: u8,
    window: Window,
}

impl Sicp {
    pub(super) fn new(id: u8) -> Sicp {
        Sicp {
            id,
            window: Window::default(),
        }
    }

    fn frame(&self, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len() + 4).unwrap_or(u8::MAX);
        let mut frame = vec![length, self.id, 0];
        frame.extend_from_slice(data);
        frame.push(xor(&frame));
        frame
    }
}

impl Codec for Sicp {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let data = match request {
            Request::AskPower => vec![POWER.1],
            Request::AskInput => vec![INPUT.1],
            Request::AskVolume => vec![VOLUME.1],
            Request::AskMuted => vec![MUTE.1],
            Request::Power(Turn::On) => vec![POWER.0, 2],
            Request::Power(Turn::Standby) => vec![POWER.0, 1],
            // Source, and the playlist or page that sources of the display's own would open; no notice on the picture.
            Request::Input(code) => vec![INPUT.0, code.byte()?, 0x09, 0x01, 0x00],
            // Speakers and the line out.
            Request::Volume(volume) => vec![VOLUME.0, volume.get(), volume.get()],
            Request::Muted(Muted::Yes) => vec![MUTE.0, 1],
            Request::Muted(Muted::No) => vec![MUTE.0, 0],
            Request::AskTroubles => return None,
        };
        Some(self.frame(&data))
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let id = self.id;
        self.window.take(bytes, |bytes| cut(bytes, id))
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let (Some(request), [_, _, _, data @ .., _]) = (under_way, frame) else {
            return Heard::Nothing;
        };
        match (data, request.is_question()) {
            ([CONTROL, 0x06, ..], false) => Heard::Answer(Answer::Done),
            ([CONTROL, 0x15, ..], _) => Heard::Answer(Answer::Refused(Refusal::Failed)),
            ([CONTROL, 0x18, ..], _) => Heard::Answer(Answer::Refused(Refusal::NotNow)),
            ([command, values @ ..], true) => {
                said(request, *command, values).map_or(Heard::Nothing, Heard::Answer)
            }
            _ => Heard::Nothing,
        }
    }

    fn forget(&mut self) {
        self.window.forget();
    }
}

/// Reports carry other groups than requests, so the group is not looked at.
fn cut(bytes: &[u8], id: u8) -> Cut {
    let whole = usize::from(bytes[0]);
    if !(5..=MOST).contains(&bytes[0]) || bytes.get(1).is_some_and(|byte| *byte != id) {
        Cut::Skip
    } else if bytes.len() < whole {
        Cut::More
    } else if xor(&bytes[..whole]) == 0 {
        Cut::Frame(whole)
    } else {
        Cut::Skip
    }
}

fn said(request: &Request, command: u8, values: &[u8]) -> Option<Answer> {
    let value = *values.first()?;
    match (request, value) {
        (Request::AskPower, 1) if command == POWER.1 => Some(Answer::Power(Power::Standby)),
        (Request::AskPower, 2) if command == POWER.1 => Some(Answer::Power(Power::On)),
        (Request::AskInput, code) if command == INPUT.1 => {
            Some(Answer::Input(InputCode::of_bytes(&[code])))
        }
        (Request::AskVolume, 0..=100) if command == VOLUME.1 => {
            Some(Answer::Volume(Percent::new(value)))
        }
        (Request::AskMuted, 0) if command == MUTE.1 => Some(Answer::Muted(Muted::No)),
        (Request::AskMuted, 1) if command == MUTE.1 => Some(Answer::Muted(Muted::Yes)),
        _ => None,
    }
}
