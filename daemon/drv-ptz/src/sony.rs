//! Sony's frames around VISCA over UDP: a type, a length and a number on each. Pure.
//! Must not know cameras, sockets or what a payload says.
//!
//! Layout and types: "VISCA over IP" in the makers' command lists (BRC-X400, SRG-X400, ILME-FR7).

use crate::visca::Frame;
use core::time::Duration;
use room_core::units::Mono;
use std::collections::VecDeque;

/// Type, length, number.
pub const HEADER: usize = 8;
/// A reset that nobody answered is repeated after this ..
const RESET_ANSWER: Duration = Duration::from_millis(250);
/// .. so often; some compatible makers never answer it and need none.
const RESET_TRIES: u8 = 3;
/// So many sent frames are remembered: more than can be unanswered, two sockets and a stop among them.
const SENT: usize = 16;
/// So many answers are remembered, to tell a datagram that the network doubled ..
const HEARD: usize = 8;
/// .. which comes soon after the first; later ones are a camera that numbers its answers oddly.
const DOUBLE: Duration = Duration::from_millis(50);

const COMMAND: [u8; 2] = [0x01, 0x00];
const INQUIRY: [u8; 2] = [0x01, 0x10];
const CONTROL: [u8; 2] = [0x02, 0x00];
const CONTROL_REPLY: [u8; 2] = [0x02, 0x01];
const REPLY: [u8; 2] = [0x01, 0x11];

/// How a camera counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// Each frame has the next number.
    Counted,
    /// Always zero: cameras that keep no count and answer with any number.
    Zero,
}

/// What a datagram brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwrapped {
    /// VISCA bytes.
    Payload(Vec<u8>),
    /// The camera counts from zero again.
    Ready,
    /// The camera does not take our numbers; it must be told to count anew.
    OutOfStep,
    /// Nothing to act on: an answer that was heard already, or a control word that no table names.
    Nothing,
    /// No frame of this kind.
    Noise,
}

/// Frames on their way to one camera, and their numbers.
#[derive(Debug)]
pub struct Sony {
    numbering: Numbering,
    next: u32,
    sent: VecDeque<(u32, Frame)>,
    heard: VecDeque<(Mono, u16, Vec<u8>)>,
    reset: Reset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reset {
    Due,
    Asked { until: Mono, tries: u8 },
    Done,
}

impl Sony {
    /// A count that begins with a reset.
    pub fn new(numbering: Numbering) -> Sony {
        Sony {
            numbering,
            next: 0,
            sent: VecDeque::new(),
            heard: VecDeque::new(),
            reset: match numbering {
                Numbering::Counted => Reset::Due,
                Numbering::Zero => Reset::Done,
            },
        }
    }

    /// Whether frames may be sent.
    pub fn is_ready(&self) -> bool {
        self.reset == Reset::Done
    }

    /// When [`Sony::on_tick`] wants to be called at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        match self.reset {
            Reset::Due => Some(Mono::default()),
            Reset::Asked { until, .. } => Some(until),
            Reset::Done => None,
        }
    }

    /// The datagram that is due now, if any.
    pub fn on_tick(&mut self, now: Mono) -> Option<Vec<u8>> {
        let tries = match self.reset {
            Reset::Done => return None,
            Reset::Asked { until, .. } if now < until => return None,
            Reset::Asked { tries, .. } if tries >= RESET_TRIES => {
                tracing::debug!("the camera does not answer a reset of its count; going on");
                self.begin_count();
                return None;
            }
            Reset::Asked { tries, .. } => tries + 1,
            Reset::Due => 1,
        };
        self.reset = Reset::Asked {
            until: now.plus(RESET_ANSWER),
            tries,
        };
        Some(datagram(CONTROL, 0, &[0x01]))
    }

    fn begin_count(&mut self) {
        self.reset = Reset::Done;
        self.next = 0;
        self.sent.clear();
        self.heard.clear();
    }

    /// A frame as it leaves; one that is sent again keeps the number it had.
    pub fn wrap(&mut self, frame: Frame, again: bool) -> Vec<u8> {
        let before = self.sent.iter().rev().find(|(_, sent)| *sent == frame);
        let number = match (self.numbering, before) {
            (Numbering::Zero, _) => 0,
            (Numbering::Counted, Some((number, _))) if again => *number,
            (Numbering::Counted, _) => {
                let number = self.next;
                self.next = self.next.wrapping_add(1);
                self.sent.push_back((number, frame));
                if self.sent.len() > SENT {
                    self.sent.pop_front();
                }
                number
            }
        };
        let kind = match frame.as_bytes() {
            [_, 0x09, ..] => INQUIRY,
            _ => COMMAND,
        };
        datagram(kind, number, frame.as_bytes())
    }

    /// What came. The length is not believed: AVer's own note prints a wrong one, and the terminator says where a frame ends.
    pub fn unwrap(&mut self, now: Mono, bytes: &[u8]) -> Unwrapped {
        let Some((header, payload)) = bytes.split_at_checked(HEADER) else {
            return Unwrapped::Noise;
        };
        // Some cameras send the upper half as zero.
        let number = u16::from_be_bytes([header[6], header[7]]);
        match [header[0], header[1]] {
            CONTROL_REPLY => self.control(payload),
            REPLY | COMMAND | INQUIRY if payload.is_empty() => Unwrapped::Noise,
            REPLY | COMMAND | INQUIRY => self.payload(now, number, payload),
            _ => Unwrapped::Noise,
        }
    }

    fn control(&mut self, payload: &[u8]) -> Unwrapped {
        match (payload, self.reset) {
            ([0x01, ..], Reset::Asked { .. }) => {
                self.begin_count();
                Unwrapped::Ready
            }
            ([0x0F, 0x01, ..], Reset::Done) if self.numbering == Numbering::Counted => {
                tracing::debug!("the camera does not take our numbers; counting anew");
                self.reset = Reset::Due;
                Unwrapped::OutOfStep
            }
            ([0x0F, 0x02, ..], _) => {
                tracing::warn!("the camera does not know this type of frame");
                Unwrapped::Nothing
            }
            _ => Unwrapped::Nothing,
        }
    }

    /// Cameras that answer under numbers of their own are believed; only what answers a number of ours can be a double.
    fn payload(&mut self, now: Mono, number: u16, payload: &[u8]) -> Unwrapped {
        let ours = self.sent.iter().any(|(sent, _)| *sent as u16 == number);
        if !ours {
            return Unwrapped::Payload(payload.to_vec());
        }
        let known = |(at, n, bytes): &(Mono, u16, Vec<u8>)| {
            *n == number && bytes == payload && now.since(*at) <= DOUBLE
        };
        if self.heard.iter().any(known) {
            return Unwrapped::Nothing;
        }
        self.heard.push_back((now, number, payload.to_vec()));
        if self.heard.len() > HEARD {
            self.heard.pop_front();
        }
        Unwrapped::Payload(payload.to_vec())
    }
}

fn datagram(kind: [u8; 2], number: u32, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    [&kind[..], &length, &number.to_be_bytes(), payload].concat()
}

#[cfg(test)]
#[path = "sony_tests.rs"]
mod tests;
