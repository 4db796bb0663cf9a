//! One wire for each protocol, and a body behind it. The binary ones stand here, those of text in `text.rs`, those of buses in
//! `bus.rs`.

use super::body::{Body, Outcome, PowerState, Request};
use super::{bus, text};
use std::time::Duration;

/// How a protocol looks on the wire, from the display's side.
pub trait Wire: Send {
    /// What the display says when somebody connects.
    fn greeting(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Takes bytes; the requests that they complete.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request>;

    /// The bytes that answer; `None` where the protocol says nothing.
    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>>;
}

/// A display on a wire.
pub struct Emulator {
    /// The display.
    pub body: Body,
    wire: Box<dyn Wire>,
}

/// Bytes that are no answer of any protocol, and begin none.
const NOISE: &[u8] = &[0x00, 0xF7, 0x13, 0x80];

impl Emulator {
    /// A display that speaks this protocol; `None` when there is no such protocol.
    pub fn new(protocol: &str, password: Option<&str>) -> Option<Emulator> {
        let (wire, input) = named(protocol, password)?;
        Some(Emulator {
            body: Body::new(input),
            wire,
        })
    }

    /// Somebody connects.
    pub fn greeting(&mut self) -> Option<Vec<u8>> {
        let silent = self.body.lies.deaf || self.body.lies.mute;
        self.wire.greeting().filter(|_| !silent)
    }

    /// Takes bytes; what it says to them, each after so long.
    pub fn hear(&mut self, now: Duration, bytes: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let mut said = Vec::new();
        for request in self.wire.hear(bytes) {
            let Some(outcome) = self.body.obey(now, &request) else {
                continue;
            };
            let Some(answer) = self.wire.answer(&request, &outcome) else {
                continue;
            };
            let lies = self.body.lies;
            if lies.noise {
                said.push((lies.late, NOISE.to_vec()));
            }
            if lies.doubled {
                said.push((lies.late, answer.clone()));
            }
            said.push((lies.late, answer));
        }
        said
    }
}

/// The wire of a protocol, and the code of an input that the board does not hang on.
pub fn named(protocol: &str, password: Option<&str>) -> Option<(Box<dyn Wire>, &'static str)> {
    let password = password.unwrap_or_default().to_owned();
    Some(match protocol {
        "samsung-mdc" => (Box::new(Mdc::default()), "14"),
        "lg" => (Box::new(text::Lg::default()), "60"),
        "nec" => (Box::new(Nec::default()), "01"),
        "sony-serial" => (Box::new(SonySerial::default()), "0404"),
        "sony-simple-ip" => (Box::new(text::SimpleIp::default()), "100000004"),
        "panasonic-display" => (Box::new(text::Panasonic::serial()), "PC1"),
        "panasonic-projector" => (Box::new(text::Panasonic::network(password)), "RG1"),
        "philips-sicp" => (Box::new(Sicp::default()), "05"),
        "pjlink" => (Box::new(text::Pjlink::new(password)), "11"),
        "ascii" => (Box::new(text::Sharp::default()), "2"),
        "ddc" => (Box::new(bus::Ddc), "01"),
        "cec" => (Box::new(bus::Cec::default()), ""),
        _ => return None,
    })
}

fn on(power: PowerState) -> bool {
    matches!(power, PowerState::On)
}

fn hex(code: &str) -> Vec<u8> {
    let pairs = code.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn code_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Samsung MDC, display 1: `AA command id length data.. sum`.
#[derive(Default)]
struct Mdc(Vec<u8>);

impl Wire for Mdc {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        self.0.extend(bytes);
        let mut requests = Vec::new();
        loop {
            let start = self.0.iter().position(|byte| *byte == 0xAA);
            self.0.drain(..start.unwrap_or(self.0.len()));
            let Some(length) = self.0.get(3).map(|length| usize::from(*length)) else {
                return requests;
            };
            if self.0.len() < length + 5 {
                return requests;
            }
            let frame: Vec<u8> = self.0.drain(..length + 5).collect();
            let sum = frame[1..length + 4]
                .iter()
                .map(|b| u32::from(*b))
                .sum::<u32>()
                % 256;
            if sum == u32::from(frame[length + 4]) && frame[2] == 1 {
                requests.push(match (frame[1], &frame[4..length + 4]) {
                    (0x11, []) => Request::AskPower,
                    (0x11, [value]) => Request::Power(*value == 1),
                    (0x12, []) => Request::AskVolume,
                    (0x12, [value]) => Request::Volume(*value),
                    (0x13, []) => Request::AskMuted,
                    (0x13, [value]) => Request::Muted(*value == 1),
                    (0x14, []) => Request::AskInput,
                    (0x14, [value]) => Request::Input(code_of(&[*value])),
                    _ => Request::Unknown,
                });
            }
        }
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let command = match request {
            Request::AskPower | Request::Power(_) => 0x11,
            Request::AskVolume | Request::Volume(_) => 0x12,
            Request::AskMuted | Request::Muted(_) => 0x13,
            Request::AskInput | Request::Input(_) => 0x14,
            _ => return None,
        };
        let (verdict, value) = match (outcome, request) {
            (Outcome::Power(power), _) => (b'A', u8::from(on(*power))),
            (Outcome::Input(code), _) => (b'A', hex(code)[0]),
            (Outcome::Volume(value), _) => (b'A', *value),
            (Outcome::Muted(value), _) => (b'A', u8::from(*value)),
            (Outcome::Done, Request::Power(value) | Request::Muted(value)) => {
                (b'A', u8::from(*value))
            }
            (Outcome::Done, Request::Volume(value)) => (b'A', *value),
            (Outcome::Done, Request::Input(code)) => (b'A', hex(code)[0]),
            _ => (b'N', 0),
        };
        let mut frame = vec![0xAA, 0xFF, 1, 3, verdict, command, value];
        let sum = frame[1..].iter().map(|b| u32::from(*b)).sum::<u32>() % 256;
        frame.push(u8::try_from(sum).ok()?);
        Some(frame)
    }
}

/// NEC External Control, display 1. Its volume goes to 60.
#[derive(Default)]
struct Nec(Vec<u8>);

const NEC_LOUDEST: u32 = 60;

impl Wire for Nec {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        self.0.extend(bytes);
        let mut requests = Vec::new();
        while let Some(end) = self.0.iter().position(|byte| *byte == 0x0D) {
            let frame: Vec<u8> = self.0.drain(..=end).collect();
            let Some(start) = frame.iter().position(|byte| *byte == 0x01) else {
                continue;
            };
            let frame = &frame[start..];
            if frame.len() < 11 || frame[2] != b'A' {
                continue;
            }
            let (body, tail) = frame.split_at(frame.len() - 2);
            let check = body[1..].iter().fold(0, |mixed, byte| mixed ^ byte);
            let message = String::from_utf8_lossy(&body[8..body.len() - 1]).into_owned();
            if check == tail[0] {
                requests.push(nec_request(frame[4], &message));
            }
        }
        requests
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let pair = |result: u8, code: &str, most: u32, value: u32| {
            format!("{result:02X}{code}00{most:04X}{value:04X}")
        };
        let code = match request {
            Request::AskInput | Request::Input(_) => "0060",
            Request::AskVolume | Request::Volume(_) => "0062",
            _ => "008D",
        };
        let loud = |percent: u8| (u32::from(percent) * NEC_LOUDEST + 50) / 100;
        let kind = match request {
            Request::AskPower | Request::Power(_) => 'B',
            question if question.is_question() => 'D',
            _ => 'F',
        };
        let message = match (request, outcome) {
            (_, Outcome::NotNow) => return Some(nec_frame('B', "BE")),
            (_, Outcome::Power(power)) => {
                format!("0200D60000040{:03}", if on(*power) { 1 } else { 4 })
            }
            (Request::Power(value), _) => {
                format!("00C203D6000{}", if *value { 1 } else { 4 })
            }
            (_, Outcome::Input(code_now)) => pair(0, code, 0x80, hex(code_now)[0].into()),
            (Request::Input(told), _) => pair(0, code, 0x80, hex(told)[0].into()),
            (_, Outcome::Volume(value)) => pair(0, code, NEC_LOUDEST, loud(*value)),
            (Request::Volume(value), _) => pair(0, code, NEC_LOUDEST, loud(*value)),
            (_, Outcome::Muted(value)) | (Request::Muted(value), _) => {
                pair(0, code, 2, if *value { 1 } else { 2 })
            }
            _ => pair(1, "0000", 0, 0),
        };
        Some(nec_frame(kind, &message))
    }
}

fn nec_request(kind: u8, message: &str) -> Request {
    let value = || u32::from_str_radix(message.get(4..8)?, 16).ok();
    match (kind, message.get(..4).unwrap_or_default()) {
        (b'A', "01D6") => Request::AskPower,
        (b'A', "C203") if message.ends_with("D60001") => Request::Power(true),
        (b'A', "C203") if message.ends_with("D60004") => Request::Power(false),
        (b'C', "0060") => Request::AskInput,
        (b'C', "0062") => Request::AskVolume,
        (b'C', "008D") => Request::AskMuted,
        (b'E', "0060") => Request::Input(format!("{:02X}", value().unwrap_or(0))),
        (b'E', "0062") => {
            let percent = (value().unwrap_or(0) * 100 + NEC_LOUDEST / 2) / NEC_LOUDEST;
            Request::Volume(u8::try_from(percent).unwrap_or(100))
        }
        (b'E', "008D") => Request::Muted(value() == Some(1)),
        _ => Request::Unknown,
    }
}

fn nec_frame(kind: char, message: &str) -> Vec<u8> {
    let mut frame =
        format!("\u{1}00A{kind}{:02X}\u{2}{message}\u{3}", message.len() + 2).into_bytes();
    frame.push(frame[1..].iter().fold(0, |mixed, byte| mixed ^ byte));
    frame.push(0x0D);
    frame
}

/// Sony's serial commands.
#[derive(Default)]
struct SonySerial(Vec<u8>);

impl Wire for SonySerial {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        self.0.extend(bytes);
        let mut requests = Vec::new();
        loop {
            let start = self.0.iter().position(|byte| matches!(byte, 0x8C | 0x83));
            self.0.drain(..start.unwrap_or(self.0.len()));
            let whole = match self.0.as_slice() {
                [0x83, ..] => 6,
                [0x8C, _, _, length, ..] => 4 + usize::from(*length),
                _ => return requests,
            };
            if self.0.len() < whole {
                return requests;
            }
            let frame: Vec<u8> = self.0.drain(..whole).collect();
            let sum = frame[..whole - 1]
                .iter()
                .map(|b| u32::from(*b))
                .sum::<u32>()
                % 256;
            if sum != u32::from(frame[whole - 1]) {
                continue;
            }
            requests.push(match frame.as_slice() {
                [0x83, _, 0x00, ..] => Request::AskPower,
                [0x83, _, 0x02, ..] => Request::AskInput,
                [0x83, _, 0x05, ..] => Request::AskVolume,
                [0x83, _, 0x06, ..] => Request::AskMuted,
                [0x8C, _, 0x00, _, value, _] => Request::Power(*value == 1),
                [0x8C, _, 0x02, _, kind, number, _] => Request::Input(code_of(&[*kind, *number])),
                [0x8C, _, 0x05, _, 1, value, _] => Request::Volume(*value),
                [0x8C, _, 0x06, _, 1, value, _] => Request::Muted(*value == 1),
                _ => Request::Unknown,
            });
        }
    }

    fn answer(&mut self, _request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let data = match outcome {
            Outcome::Done => return Some(vec![0x70, 0x00, 0x70]),
            Outcome::Power(power) => vec![u8::from(on(*power))],
            Outcome::Input(code) => hex(code),
            Outcome::Volume(value) => vec![1, *value],
            Outcome::Muted(value) => vec![1, u8::from(*value)],
            Outcome::NotNow => return Some(vec![0x70, 0x03, 0x73]),
            _ => return Some(vec![0x70, 0x04, 0x74]),
        };
        let mut frame = vec![0x70, 0x00, u8::try_from(data.len() + 1).ok()?];
        frame.extend(data);
        let sum = frame.iter().map(|b| u32::from(*b)).sum::<u32>() % 256;
        frame.push(u8::try_from(sum).ok()?);
        Some(frame)
    }
}

/// Philips SICP, display 1.
#[derive(Default)]
struct Sicp(Vec<u8>);

impl Wire for Sicp {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        self.0.extend(bytes);
        let mut requests = Vec::new();
        while let Some(length) = self.0.first().map(|length| usize::from(*length)) {
            if !(5..=40).contains(&length) {
                self.0.remove(0);
                continue;
            }
            if self.0.len() < length {
                break;
            }
            let frame: Vec<u8> = self.0.drain(..length).collect();
            if frame.iter().fold(0, |mixed, byte| mixed ^ byte) != 0 || frame[1] != 1 {
                continue;
            }
            requests.push(match frame[3..length - 1] {
                [0x19] => Request::AskPower,
                [0xAD] => Request::AskInput,
                [0x45] => Request::AskVolume,
                [0x46] => Request::AskMuted,
                [0x18, value] => Request::Power(value == 2),
                [0xAC, code, ..] => Request::Input(code_of(&[code])),
                [0x44, value, ..] => Request::Volume(value),
                [0x47, value] => Request::Muted(value == 1),
                _ => Request::Unknown,
            });
        }
        requests
    }

    fn answer(&mut self, _request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let (group, data) = match outcome {
            Outcome::Done => (0, vec![0x00, 0x06]),
            Outcome::NotNow => (0, vec![0x00, 0x18]),
            Outcome::Power(power) => (1, vec![0x19, if on(*power) { 2 } else { 1 }]),
            Outcome::Input(code) => (1, vec![0xAD, hex(code)[0], 0, 1, 0]),
            Outcome::Volume(value) => (1, vec![0x45, *value, *value]),
            Outcome::Muted(value) => (1, vec![0x46, u8::from(*value)]),
            _ => (0, vec![0x00, 0x15]),
        };
        let mut frame = vec![u8::try_from(data.len() + 4).ok()?, 1, group];
        frame.extend(data);
        frame.push(frame.iter().fold(0, |mixed, byte| mixed ^ byte));
        Some(frame)
    }
}
