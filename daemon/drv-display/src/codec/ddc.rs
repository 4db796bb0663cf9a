//! DDC/CI: a monitor's control panel on the wires of its picture, at address 37 of the connector's I2C bus.
//! Source: VESA DDC/CI 1.1 sections 4 and 6, MCCS 2.2 for the codes.

use super::Codec;
use super::frames::{Cut, Window, xor};
use super::nec::{percent, share};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};

/// The source address that a controller writes first.
const HOST: u8 = 0x51;
/// The display's address on the bus, as it counts into the check byte of what is written.
const DISPLAY: u8 = 0x6E;
/// The check byte of what is read starts from this.
const READ_SEED: u8 = 0x50;
const INPUT: u8 = 0x60;
const VOLUME: u8 = 0x62;
const MUTE: u8 = 0x8D;
const POWER: u8 = 0xD6;

#[derive(Debug)]
pub(super) struct Ddc {
    /// The largest volume that the monitor knows, once it has told.
    loudest: u16,
    window: Window,
}

impl Ddc {
    pub(super) fn new() -> Ddc {
        Ddc {
            loudest: 100,
            window: Window::default(),
        }
    }
}

fn frame(data: &[u8]) -> Vec<u8> {
    let length = 0x80 | u8::try_from(data.len()).unwrap_or(0x7F);
    let mut frame = vec![HOST, length];
    frame.extend_from_slice(data);
    frame.push(DISPLAY ^ xor(&frame));
    frame
}

fn ask(code: u8) -> Vec<u8> {
    frame(&[0x01, code])
}

fn tell(code: u8, value: u16) -> Vec<u8> {
    let [high, low] = value.to_be_bytes();
    frame(&[0x03, code, high, low])
}

impl Codec for Ddc {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        Some(match request {
            Request::Power(Turn::On) => tell(POWER, 1),
            Request::Power(Turn::Standby) => tell(POWER, 4),
            Request::Input(code) => tell(INPUT, code.byte()?.into()),
            Request::Volume(volume) => tell(VOLUME, share(volume.get(), self.loudest)),
            Request::Muted(Muted::Yes) => tell(MUTE, 1),
            Request::Muted(Muted::No) => tell(MUTE, 2),
            question => ask(code_of(question)?),
        })
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.window.take(bytes, cut)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some(request) = under_way.filter(|request| request.is_question()) else {
            return Heard::Nothing;
        };
        let answer = match *frame {
            // The null message: busy, or it does not know the code.
            [_, 0x80, _] => Answer::Refused(Refusal::NotNow),
            [_, 0x88, 0x02, 0x00, code, _, high, most, upper, value, _]
                if Some(code) == code_of(request) =>
            {
                let most = u16::from_be_bytes([high, most]);
                match self.said(code, most, u16::from_be_bytes([upper, value])) {
                    Some(answer) => answer,
                    None => return Heard::Nothing,
                }
            }
            [_, 0x88, 0x02, 0x01, code, ..] if Some(code) == code_of(request) => {
                Answer::Refused(Refusal::NotSupported)
            }
            _ => return Heard::Nothing,
        };
        Heard::Answer(answer)
    }

    fn forget(&mut self) {
        self.window.forget();
    }

    /// A monitor keeps silent when it is told something.
    fn is_answered(&self, request: &Request) -> bool {
        request.is_question()
    }
}

impl Ddc {
    fn said(&mut self, code: u8, most: u16, value: u16) -> Option<Answer> {
        // Some monitors leave rubbish in the upper half of values that need only the lower.
        let low = value.to_be_bytes()[1];
        match (code, low) {
            (POWER, 1) => Some(Answer::Power(Power::On)),
            (POWER, 2..=5) => Some(Answer::Power(Power::Standby)),
            (INPUT, input) => Some(Answer::Input(InputCode::of_bytes(&[input]))),
            (VOLUME, _) => {
                self.loudest = most.max(1);
                Some(Answer::Volume(percent(value, self.loudest)))
            }
            (MUTE, 1) => Some(Answer::Muted(Muted::Yes)),
            (MUTE, 2) => Some(Answer::Muted(Muted::No)),
            _ => None,
        }
    }
}

fn code_of(request: &Request) -> Option<u8> {
    match request {
        Request::AskPower | Request::Power(_) => Some(POWER),
        Request::AskInput | Request::Input(_) => Some(INPUT),
        Request::AskVolume | Request::Volume(_) => Some(VOLUME),
        Request::AskMuted | Request::Muted(_) => Some(MUTE),
        Request::AskTroubles => None,
    }
}

/// What is read is as long as was asked for, whatever the monitor had to say: the rest of a short message is skipped.
fn cut(bytes: &[u8]) -> Cut {
    if bytes[0] != DISPLAY {
        return Cut::Skip;
    }
    let Some(length) = bytes.get(1) else {
        return Cut::More;
    };
    let whole = 3 + usize::from(length & 0x7F);
    if !matches!(length, 0x80 | 0x88) {
        Cut::Skip
    } else if bytes.len() < whole {
        Cut::More
    } else if READ_SEED ^ xor(&bytes[..whole - 1]) == bytes[whole - 1] {
        Cut::Frame(whole)
    } else {
        Cut::Skip
    }
}
