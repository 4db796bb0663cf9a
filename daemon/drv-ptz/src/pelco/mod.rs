//! Pelco-D and Pelco-P as bytes: commands and the few answers that some models give, and back. No I/O, no clock.
//! Must not know what a room is or when anything is sent.
//!
//! Sources: Pelco's "D" and "P" protocol manuals (TF-0002 and TF-0001); the bits of a motion are the same in both, the frames not.

mod deframe;
#[cfg(test)]
mod tests;

pub use deframe::{Deframer, Received};

use core::fmt;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Seven bytes, a sum at the end.
    D,
    /// Eight bytes between `A0` and `AF`, an exclusive or at the end.
    P,
}

const D_SYNC: u8 = 0xFF;
const P_START: u8 = 0xA0;
const P_END: u8 = 0xAF;
/// The fastest motor speed; beyond lies turbo, which no held button should reach.
pub const FASTEST: u8 = 0x3F;

const RIGHT: u8 = 0x02;
const LEFT: u8 = 0x04;
const UP: u8 = 0x08;
const DOWN: u8 = 0x10;
const TELE: u8 = 0x20;
const WIDE: u8 = 0x40;
/// First command byte: "camera on" needs the sense bit beside it, "camera off" goes without.
const D_POWER: u8 = 0x08;
const D_SENSE: u8 = 0x80;
const P_ON: u8 = 0x40;
const P_POWER: u8 = 0x10;

/// A head's number on its line: 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u8);

impl Address {
    /// The number that heads leave the factory with.
    pub const FIRST: Address = Address(1);

    /// `None` for 0.
    pub fn new(number: u8) -> Option<Address> {
        (number != 0).then_some(Address(number))
    }

    /// 1 to 255.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// One motor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motor {
    /// Does not run.
    Still,
    /// Left or down, at this speed of 0 to 3F.
    Minus(u8),
    /// Right or up, at this speed of 0 to 3F.
    Plus(u8),
}

/// The zoom, which has no speed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// Does not run.
    Still,
    /// Longer.
    Tele,
    /// Wider.
    Wide,
}

/// What some models tell about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// Hundredths of a degree, 0 to 35999.
    Pan,
    /// Hundredths of a degree, 0 to 35999; 0 is level, and it counts downwards.
    Tilt,
    /// The zoom's own steps.
    Zoom,
}

/// A command; nothing confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Run the motors until told otherwise; all still is the stop.
    Move {
        /// Right is plus.
        pan: Motor,
        /// Up is plus.
        tilt: Motor,
        /// Tele or wide.
        zoom: Zoom,
    },
    /// Store this place.
    PresetStore(u8),
    /// Forget a stored place.
    PresetClear(u8),
    /// Turn to a stored place.
    PresetRecall(u8),
    /// The camera's supply.
    CameraOn,
    /// The same.
    CameraOff,
    /// Tell this; the extension that few models know.
    Ask(Query),
}

impl Command {
    /// Nothing runs.
    pub const STOP: Command = Command::Move {
        pan: Motor::Still,
        tilt: Motor::Still,
        zoom: Zoom::Still,
    };

    /// The bytes for this head.
    pub fn to(self, dialect: Dialect, address: Address) -> Frame {
        Frame::new(dialect, address, self.words(dialect))
    }

    /// Two command bytes and two data bytes.
    fn words(self, dialect: Dialect) -> [u8; 4] {
        match (self, dialect) {
            (Command::Move { pan, tilt, zoom }, _) => {
                let (pan_bit, pan_speed) = motor(pan, LEFT, RIGHT);
                let (tilt_bit, tilt_speed) = motor(tilt, DOWN, UP);
                let zoom_bit = match zoom {
                    Zoom::Still => 0,
                    Zoom::Tele => TELE,
                    Zoom::Wide => WIDE,
                };
                [0, pan_bit | tilt_bit | zoom_bit, pan_speed, tilt_speed]
            }
            (Command::PresetStore(number), _) => [0, 0x03, 0, number],
            (Command::PresetClear(number), _) => [0, 0x05, 0, number],
            (Command::PresetRecall(number), _) => [0, 0x07, 0, number],
            (Command::CameraOn, Dialect::D) => [D_SENSE | D_POWER, 0, 0, 0],
            (Command::CameraOff, Dialect::D) => [D_POWER, 0, 0, 0],
            (Command::CameraOn, Dialect::P) => [P_ON | P_POWER, 0, 0, 0],
            (Command::CameraOff, Dialect::P) => [P_POWER, 0, 0, 0],
            (Command::Ask(query), _) => [0, query.asks(), 0, 0],
        }
    }

    /// What a frame tells a head; `None` for anything that this type cannot say.
    pub fn parse(frame: &Frame) -> Option<Command> {
        let words = frame.words();
        Some(match (words, frame.dialect) {
            ([D_POWER, 0, 0, 0], Dialect::D) | ([P_POWER, 0, 0, 0], Dialect::P) => {
                Command::CameraOff
            }
            ([0x88, 0, 0, 0], Dialect::D) | ([0x50, 0, 0, 0], Dialect::P) => Command::CameraOn,
            ([0, 0x03, 0, number], _) => Command::PresetStore(number),
            ([0, 0x05, 0, number], _) => Command::PresetClear(number),
            ([0, 0x07, 0, number], _) => Command::PresetRecall(number),
            ([0, code @ (0x51 | 0x53 | 0x55), 0, 0], _) => {
                Command::Ask(Query::ALL.into_iter().find(|query| query.asks() == code)?)
            }
            ([0, bits, pan, tilt], _) if bits & 0x81 == 0 => Command::Move {
                pan: read_motor(bits, pan, LEFT, RIGHT)?,
                tilt: read_motor(bits, tilt, DOWN, UP)?,
                zoom: match bits & (TELE | WIDE) {
                    0 => Zoom::Still,
                    TELE => Zoom::Tele,
                    WIDE => Zoom::Wide,
                    _ => return None,
                },
            },
            _ => return None,
        })
    }
}

fn motor(motor: Motor, minus: u8, plus: u8) -> (u8, u8) {
    match motor {
        Motor::Still => (0, 0),
        Motor::Minus(speed) => (minus, speed.min(FASTEST)),
        Motor::Plus(speed) => (plus, speed.min(FASTEST)),
    }
}

fn read_motor(bits: u8, speed: u8, minus: u8, plus: u8) -> Option<Motor> {
    match (bits & minus != 0, bits & plus != 0) {
        (false, false) => Some(Motor::Still),
        (true, false) => Some(Motor::Minus(speed.min(FASTEST))),
        (false, true) => Some(Motor::Plus(speed.min(FASTEST))),
        (true, true) => None,
    }
}

impl Query {
    /// Every one.
    pub const ALL: [Query; 3] = [Query::Pan, Query::Tilt, Query::Zoom];

    fn asks(self) -> u8 {
        match self {
            Query::Pan => 0x51,
            Query::Tilt => 0x53,
            Query::Zoom => 0x55,
        }
    }

    fn answers(self) -> u8 {
        self.asks() + 8
    }
}

/// What a head that knows the extension answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// To which question.
    pub query: Query,
    /// Its value.
    pub value: u16,
}

impl Answer {
    /// What a frame answers; `None` when it is no answer.
    pub fn parse(frame: &Frame) -> Option<Answer> {
        let [0, code, high, low] = frame.words() else {
            return None;
        };
        let query = Query::ALL
            .into_iter()
            .find(|query| query.answers() == code)?;
        Some(Answer {
            query,
            value: u16::from_be_bytes([high, low]),
        })
    }

    /// The bytes that say this.
    pub fn frame(self, dialect: Dialect, address: Address) -> Frame {
        let [high, low] = self.value.to_be_bytes();
        Frame::new(dialect, address, [0, self.query.answers(), high, low])
    }
}

/// One whole frame, whose check is right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    dialect: Dialect,
    bytes: [u8; 8],
}

impl Frame {
    fn new(dialect: Dialect, address: Address, words: [u8; 4]) -> Frame {
        let [c1, c2, d1, d2] = words;
        let bytes = match dialect {
            Dialect::D => {
                let body = [address.0, c1, c2, d1, d2];
                [D_SYNC, body[0], c1, c2, d1, d2, sum(&body), 0]
            }
            // Heads count from 1 and the wire from 0.
            Dialect::P => {
                let body = [P_START, address.0 - 1, c1, c2, d1, d2, P_END];
                [body[0], body[1], c1, c2, d1, d2, P_END, xor(&body)]
            }
        };
        Frame { dialect, bytes }
    }

    /// The bytes as they stand on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        match self.dialect {
            Dialect::D => &self.bytes[..7],
            Dialect::P => &self.bytes,
        }
    }

    /// To or from which head; `None` for a number that no head can have.
    pub fn address(&self) -> Option<Address> {
        match self.dialect {
            Dialect::D => Address::new(self.bytes[1]),
            Dialect::P => Address::new(self.bytes[1].checked_add(1)?),
        }
    }

    fn words(&self) -> [u8; 4] {
        let [_, _, c1, c2, d1, d2, _, _] = self.bytes;
        [c1, c2, d1, d2]
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.as_bytes().iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{byte:02X}")?;
        }
        Ok(())
    }
}

/// Pelco-D's check: the sum of what stands behind the sync byte, modulo 256.
fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Pelco-P's check: the exclusive or of all that stands before it.
fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |all, byte| all ^ byte)
}
