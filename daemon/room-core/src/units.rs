//! Quantities as types. Knows nothing about who uses them.

use core::fmt;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// Milliseconds of a clock that only runs forward, from the daemon's start; can be recorded and fed back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Mono(pub u64);

impl Mono {
    /// This moment and `d` more; saturates.
    pub fn plus(self, d: Duration) -> Mono {
        Mono(self.0.saturating_add(millis(d)))
    }

    /// How long after `earlier` this moment is; zero when it is before.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Milliseconds since 1970-01-01 UTC by the board's wall clock; may jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wall(pub i64);

impl Wall {
    /// This time and `d` more; saturates.
    pub fn plus(self, d: Duration) -> Wall {
        Wall(self.0.saturating_add_unsigned(millis(d)))
    }

    /// This time less `d`; saturates.
    pub fn minus(self, d: Duration) -> Wall {
        Wall(self.0.saturating_sub_unsigned(millis(d)))
    }

    /// How long after `earlier` this time is; zero when it is before.
    pub fn since(self, earlier: Wall) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

/// A share from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Percent(u8);

impl Percent {
    /// The share; more than 100 becomes 100.
    pub fn new(value: u8) -> Percent {
        Percent(value.min(100))
    }

    /// 0 to 100.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// A signed speed from -100 (left, down, wide) through 0 (still) to 100 (right, up, tele), in percent of what the head can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Speed(i8);

impl Speed {
    /// No movement.
    pub const STILL: Speed = Speed(0);

    /// The speed; kept within -100 to 100.
    pub fn new(value: i8) -> Speed {
        Speed(value.clamp(-100, 100))
    }

    /// -100 to 100.
    pub fn get(self) -> i8 {
        self.0
    }
}

/// Where a head looks. Angles in hundredths of a degree, right and up positive; zoom in thousandths of the optical range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Position {
    /// Hundredths of a degree, right positive.
    pub pan: i32,
    /// Hundredths of a degree, up positive.
    pub tilt: i32,
    /// 0 (widest) to 1000 (longest).
    pub zoom: u16,
}

/// A preset's number as the camera counts, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PresetNumber(pub u8);

/// Two-way state of something that lets sound or picture (or power) through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Switch {
    /// Lets through: live microphone, sending camera, powered device.
    Open,
    /// Lets nothing through.
    Closed,
}

/// What was read back from a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Seen<T> {
    /// Nobody knows; shown as unknown, never guessed.
    Unknown,
    /// Read back.
    Is(T),
}

impl<T: Copy> Seen<T> {
    /// The value, when it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Seen::Unknown => None,
            Seen::Is(value) => Some(value),
        }
    }
}
