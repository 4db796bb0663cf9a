//! NEC's External Control of displays: SOH, header, a message in hex digits, check byte, carriage return.
//! Source: NEC "External Control" manual, sections 2 to 4. Serial line, or TCP 7142.

use super::Codec;
use super::frames::{Cut, Window, xor};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const CR: u8 = 0x0D;
/// SOH, reserved, receiver, sender, type, two digits of length.
const HEADER: usize = 7;
const INPUT: &str = "0060";
const VOLUME: &str = "0062";
const MUTE: &str = "008D";

#[derive(Debug)]
pub(super) struct Nec {
    /// `A` for display 1.
    address: u8,
    /// The largest volume that the display knows, once it has told.
    loudest: u16,
    window: Window,
}

impl Nec {
    pub(super) fn new(id: u8) -> Nec {
        Nec {
            address: b'A' + id.clamp(1, 26) - 1,
            loudest: 100,
            window: Window::default(),
        }
    }

    fn frame(&self, kind: u8, message: &str) -> Vec<u8> {
        let mut frame = vec![SOH, b'0', self.address, b'0', kind];
        frame.extend(format!("{:02X}", message.len() + 2).bytes());
        frame.push(STX);
        frame.extend(message.bytes());
        frame.push(ETX);
        frame.push(xor(&frame[1..]));
        frame.push(CR);
        frame
    }
}

impl Codec for Nec {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let set = |code: &str, value: u16| (b'E', format!("{code}{value:04X}"));
        let (kind, message) = match request {
            Request::AskPower => (b'A', "01D6".to_owned()),
            Request::Power(Turn::On) => (b'A', "C203D60001".to_owned()),
            Request::Power(Turn::Standby) => (b'A', "C203D60004".to_owned()),
            Request::AskInput => (b'C', INPUT.to_owned()),
            Request::AskVolume => (b'C', VOLUME.to_owned()),
            Request::AskMuted => (b'C', MUTE.to_owned()),
            Request::Input(code) => set(INPUT, code.byte()?.into()),
            Request::Volume(volume) => set(VOLUME, share(volume.get(), self.loudest)),
            Request::Muted(Muted::Yes) => set(MUTE, 1),
            Request::Muted(Muted::No) => set(MUTE, 2),
            Request::AskTroubles => return None,
        };
        Some(self.frame(kind, &message))
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.window.take(bytes, cut)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let from_us = frame.get(3) != Some(&self.address);
        let message = frame.get(HEADER + 1..frame.len().saturating_sub(3));
        let Some(message) = message.and_then(|bytes| core::str::from_utf8(bytes).ok()) else {
            return Heard::Nothing;
        };
        if from_us || !message.is_ascii() {
            return Heard::Nothing;
        }
        match (frame[4], under_way) {
            (b'B', Some(request)) => power(message, request),
            (b'D' | b'F', Some(request)) => self.parameter(message, request),
            _ => Heard::Nothing,
        }
    }

    fn forget(&mut self) {
        self.window.forget();
    }
}

impl Nec {
    fn parameter(&mut self, message: &str, request: &Request) -> Heard {
        let number = |at: usize| u16::from_str_radix(message.get(at..at + 4)?, 16).ok();
        let code = match request {
            Request::AskInput | Request::Input(_) => INPUT,
            Request::AskVolume | Request::Volume(_) => VOLUME,
            Request::AskMuted | Request::Muted(_) => MUTE,
            Request::AskPower | Request::Power(_) | Request::AskTroubles => return Heard::Nothing,
        };
        let (Some(most), Some(value)) = (number(8), number(12)) else {
            return Heard::Nothing;
        };
        if message.get(2..6) != Some(code) {
            return Heard::Nothing;
        }
        if !message.starts_with("00") {
            return Heard::Answer(Answer::Refused(Refusal::NotSupported));
        }
        let answer = match request {
            Request::AskInput => {
                Answer::Input(InputCode::of_bytes(&[u8::try_from(value).unwrap_or(0)]))
            }
            Request::AskVolume => {
                self.loudest = most.max(1);
                Answer::Volume(percent(value, self.loudest))
            }
            Request::AskMuted if value == 1 => Answer::Muted(Muted::Yes),
            Request::AskMuted => Answer::Muted(Muted::No),
            _ => Answer::Done,
        };
        Heard::Answer(answer)
    }
}

/// The answers to commands: to power, to its state, and the one that means "not now".
fn power(message: &str, request: &Request) -> Heard {
    if message == "BE" {
        return Heard::Answer(Answer::Refused(Refusal::NotNow));
    }
    let state = message
        .strip_prefix("0200D600")
        .and_then(|rest| rest.get(4..8));
    match (request, state) {
        (Request::AskPower, Some("0001")) => Heard::Answer(Answer::Power(Power::On)),
        // Standby, suspended, off by the power key.
        (Request::AskPower, Some("0002" | "0003" | "0004")) => {
            Heard::Answer(Answer::Power(Power::Standby))
        }
        (Request::AskPower, None) if message.starts_with("0201D6") => {
            Heard::Answer(Answer::Refused(Refusal::NotSupported))
        }
        (Request::Power(_), _) if message.starts_with("00C203D6") => Heard::Answer(Answer::Done),
        (Request::Power(_), _) if message.starts_with("01C203D6") => {
            Heard::Answer(Answer::Refused(Refusal::Failed))
        }
        _ => Heard::Nothing,
    }
}

fn cut(bytes: &[u8]) -> Cut {
    if bytes[0] != SOH || bytes.get(1).is_some_and(|byte| *byte != b'0') {
        return Cut::Skip;
    }
    let Some(digits) = bytes.get(5..HEADER) else {
        return Cut::More;
    };
    let digits = core::str::from_utf8(digits).ok();
    let Some(length) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
        return Cut::Skip;
    };
    let end = HEADER + usize::from(length);
    if length < 3 {
        Cut::Skip
    } else if bytes.len() < end + 2 {
        Cut::More
    } else if bytes[HEADER] == STX
        && bytes[end - 1] == ETX
        && bytes[end] == xor(&bytes[1..end])
        && bytes[end + 1] == CR
    {
        Cut::Frame(end + 2)
    } else {
        Cut::Skip
    }
}

/// So many percent of `most`, rounded.
pub(super) fn share(percent: u8, most: u16) -> u16 {
    let value = (u32::from(percent) * u32::from(most) + 50) / 100;
    u16::try_from(value).unwrap_or(most)
}

/// What share of `most` this is, rounded.
pub(super) fn percent(value: u16, most: u16) -> Percent {
    let most = u32::from(most.max(1));
    let share = (u32::from(value) * 100 + most / 2) / most;
    Percent::new(u8::try_from(share).unwrap_or(100))
}
