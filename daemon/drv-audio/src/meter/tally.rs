//! What holds over time: the last so many values, and findings that come and go only when signs persist.

use super::Ear;
use core::iter::Sum;
use room_core::failure::SoundFinding;
use std::collections::VecDeque;

/// The last so many values.
pub(super) struct Recent<T> {
    values: VecDeque<T>,
    most: usize,
}

impl<T: Copy> Recent<T> {
    pub(super) fn new(most: usize) -> Recent<T> {
        Recent {
            values: VecDeque::with_capacity(most),
            most,
        }
    }

    pub(super) fn push(&mut self, value: T) {
        if self.values.len() == self.most {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    /// How many they are at most.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn sum(&self) -> T
    where
        T: Sum<T>,
    {
        self.values.iter().copied().sum()
    }
}

impl Recent<f64> {
    /// What a tenth of them lie below, once there are `enough`.
    pub(super) fn tenth(&self, enough: usize) -> Option<f64> {
        if self.values.len() < enough.max(1) {
            return None;
        }
        let mut values: Vec<f64> = self.values.iter().copied().collect();
        let at = values.len() / 10;
        let (_, tenth, _) = values.select_nth_unstable_by(at, f64::total_cmp);
        Some(*tenth)
    }
}

/// One finding with its inertia: so many signs in a row for it, or against it.
#[derive(Debug)]
pub(super) struct Latch {
    finding: SoundFinding,
    begin: u32,
    end: u32,
    in_a_row: u32,
    holds: bool,
}

impl Latch {
    /// Those that make sense for what is listened to. Signs come with each block, hum's with each second.
    pub(super) fn all(ear: Ear) -> Vec<Latch> {
        let both = [
            (SoundFinding::Clipping, 1, 1),
            (SoundFinding::Hum, 3, 3),
            (SoundFinding::Quiet, 30, 10),
            (SoundFinding::WrongChannel, 30, 30),
        ];
        let microphone = [
            (SoundFinding::Dead, 10, 5),
            (SoundFinding::Noisy, 50, 50),
            (SoundFinding::Dropouts, 1, 1),
        ];
        let more: &[_] = if ear == Ear::Microphone {
            &microphone
        } else {
            &[]
        };
        let all = both.iter().chain(more).copied();
        all.map(|(finding, begin, end)| Latch::new(finding, begin, end))
            .collect()
    }

    /// One that does not hold yet.
    pub(super) fn new(finding: SoundFinding, begin: u32, end: u32) -> Latch {
        Latch {
            finding,
            begin,
            end,
            in_a_row: 0,
            holds: false,
        }
    }

    pub(super) fn finding(&self) -> SoundFinding {
        self.finding
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// `Some` when it begins or ceases to hold.
    pub(super) fn feed(&mut self, sign: bool) -> Option<bool> {
        self.in_a_row = if sign == self.holds {
            0
        } else {
            self.in_a_row + 1
        };
        if self.in_a_row < if self.holds { self.end } else { self.begin } {
            return None;
        }
        self.in_a_row = 0;
        self.holds = sign;
        Some(sign)
    }
}
