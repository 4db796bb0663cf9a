//! Quantities of sound as types. Know nothing of who measures them.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A level or a ratio of levels.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Decibels(pub f64);

impl Decibels {
    /// Of a power, or of a ratio of powers. Nothing at all is -200 dB.
    pub fn of_power(power: f64) -> Decibels {
        Decibels(10.0 * power.max(1e-20).log10())
    }

    /// The level of samples with this mean square, by AES17.
    pub fn of_full_scale(mean_square: f64) -> Decibels {
        Decibels::of_power(2.0 * mean_square)
    }

    /// The power that belongs to it.
    pub fn power(self) -> f64 {
        10f64.powf(self.0 / 10.0)
    }
}

impl fmt::Display for Decibels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} dB", self.0)
    }
}

/// A time in milliseconds, with parts of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Millis(pub f64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms", self.0)
    }
}

/// A part of a whole, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(pub f64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", self.0 * 100.0)
    }
}
