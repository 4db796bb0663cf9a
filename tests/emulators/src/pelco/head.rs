//! One head: bytes with their times in, motion and rare answers out. Pure.

use crate::visca::Head;
use room_core::units::Position;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// So many frames are kept, the first ones.
const KEPT: usize = 4096;

/// Which frames it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `FF` and six more.
    D,
    /// From `A0` to `AF` and a check.
    P,
}

/// A frame that was for this head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PelcoSeen {
    /// When its last byte was there.
    pub at: Duration,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A head.
#[derive(Debug)]
pub struct PelcoHead {
    dialect: Dialect,
    number: u8,
    /// Answers the extended queries.
    tells: bool,
    head: Head,
    presets: BTreeMap<u8, Position>,
    window: VecDeque<u8>,
    seen: Vec<PelcoSeen>,
    out: Vec<Vec<u8>>,
}

impl PelcoHead {
    /// A head of this number; preset 1 looks to the lectern.
    pub fn new(dialect: Dialect, number: u8, tells: bool) -> PelcoHead {
        let lectern = Position {
            pan: -4500,
            tilt: -250,
            zoom: 250,
        };
        PelcoHead {
            dialect,
            number,
            tells,
            head: Head::default(),
            presets: BTreeMap::from([(1, lectern), (2, Position::default())]),
            window: VecDeque::new(),
            seen: Vec::new(),
            out: Vec::new(),
        }
    }

    /// The frames that were for it.
    pub fn seen(&self) -> impl Iterator<Item = &PelcoSeen> {
        self.seen.iter()
    }

    /// Where it looks at this moment.
    pub fn position(&self, now: Duration) -> Position {
        self.head.position(now)
    }

    /// Whether anything turns at this moment.
    pub fn is_moving(&self, now: Duration) -> bool {
        self.head.is_moving(now)
    }

    /// What it said since the last time.
    pub fn said(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.out)
    }

    /// One byte has arrived.
    pub fn receive(&mut self, at: Duration, byte: u8) {
        self.window.push_back(byte);
        let length = match self.dialect {
            Dialect::D => 7,
            Dialect::P => 8,
        };
        while self.window.len() > length {
            self.window.pop_front();
        }
        let bytes: Vec<u8> = self.window.iter().copied().collect();
        let words = match (self.dialect, &bytes[..]) {
            (Dialect::D, [0xFF, address, c1, c2, d1, d2, check])
                if u32::from(*check)
                    == [address, c1, c2, d1, d2]
                        .into_iter()
                        .map(|b| u32::from(*b))
                        .sum::<u32>()
                        % 256 =>
            {
                (*address, [*c1, *c2, *d1, *d2])
            }
            (Dialect::P, [0xA0, address, c1, c2, d1, d2, 0xAF, check])
                if *check == 0xA0 ^ address ^ c1 ^ c2 ^ d1 ^ d2 ^ 0xAF =>
            {
                (address.wrapping_add(1), [*c1, *c2, *d1, *d2])
            }
            _ => return,
        };
        self.window.clear();
        if words.0 != self.number {
            return;
        }
        if self.seen.len() < KEPT {
            self.seen.push(PelcoSeen { at, bytes });
        }
        self.obey(at, words.1);
    }

    fn obey(&mut self, now: Duration, words: [u8; 4]) {
        match words {
            [0, 0x03, _, number] => {
                let place = self.head.position(now);
                self.presets.insert(number, place);
            }
            [0, 0x05, _, number] => drop(self.presets.remove(&number)),
            [0, 0x07, _, number] => {
                if let Some(place) = self.presets.get(&number) {
                    self.head.turn_to_place(now, *place);
                }
            }
            [0, query @ (0x51 | 0x53 | 0x55), _, _] if self.tells => self.answer(now, query),
            [0, bits, pan, tilt] if bits & 1 == 0 => {
                let way =
                    |plus: u8, minus: u8| i8::from(bits & plus != 0) - i8::from(bits & minus != 0);
                // Speeds of 0 to 3F, onto those of the motors.
                let speed = |byte: u8| byte.min(0x3F) / 3 + 1;
                self.head.drive_axes(
                    now,
                    (way(0x02, 0x04), speed(pan)),
                    (way(0x08, 0x10), speed(tilt)),
                );
                self.head.drive_zoom_axis(now, way(0x20, 0x40));
            }
            _ => {}
        }
    }

    fn answer(&mut self, now: Duration, query: u8) {
        let place = self.head.position(now);
        let turn = |centidegrees: i32| centidegrees.rem_euclid(36_000) as u16;
        let value = match query {
            0x51 => turn(place.pan),
            0x53 => turn(-place.tilt),
            _ => (u32::from(place.zoom) * 0x4000 / 1000) as u16,
        };
        let [high, low] = value.to_be_bytes();
        let (code, number) = (query + 8, self.number);
        self.out.push(match self.dialect {
            Dialect::D => {
                let sum = [number, code, high, low]
                    .iter()
                    .map(|b| u32::from(*b))
                    .sum::<u32>();
                vec![0xFF, number, 0, code, high, low, (sum % 256) as u8]
            }
            Dialect::P => {
                let body = [0xA0, number - 1, 0, code, high, low, 0xAF];
                let check = body.iter().fold(0, |all, byte| all ^ byte);
                [&body[..], &[check]].concat()
            }
        });
    }
}
