//! Chance from a seed: the same seed is the same year on every machine and with every version of every library.

/// A seeded source of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
    calm: bool,
}

impl Dice {
    /// Begins with this seed; calm dice know no mishap.
    pub fn new(seed: u64, calm: bool) -> Dice {
        Dice { state: seed, calm }
    }

    /// Whether nothing goes wrong.
    pub fn calm(&self) -> bool {
        self.calm
    }

    /// Something that is not as it should be happens so often in a thousand, and never when all is calm.
    pub fn mishap(&mut self, in_a_thousand: u64) -> bool {
        !self.calm && self.chance(in_a_thousand)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` up to and without `high`; `low` when there is none between.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.saturating_sub(low) {
            0 => low,
            span => low + self.next() % span,
        }
    }

    /// Yes so often in a thousand.
    pub fn chance(&mut self, in_a_thousand: u64) -> bool {
        self.between(0, 1000) < in_a_thousand
    }

    /// One of these; the list must not be empty.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = self.between(0, items.len() as u64);
        &items[usize::try_from(at).unwrap_or(0)]
    }
}
