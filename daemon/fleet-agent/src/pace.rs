//! When to try again, and how much may be heard in a while. Knows no connection.

use core::time::Duration;
use fleet_proto::Goodbye;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Growing, spread pauses between tries.
#[derive(Debug)]
pub(crate) struct Pause {
    tries: u32,
    crowd: Duration,
    chance: SmallRng,
}

impl Pause {
    /// Never longer than this without the server's word.
    pub const LONGEST: Duration = Duration::from_secs(300);
    /// After a connection that lasted so long, counting begins anew.
    pub const PROVEN: Duration = Duration::from_secs(60);

    pub fn new(seed: u64) -> Self {
        Self {
            tries: 0,
            crowd: Duration::ZERO,
            chance: SmallRng::seed_from_u64(seed),
        }
    }

    pub fn forget(&mut self) {
        self.tries = 0;
    }

    /// Rooms that lose one server come back within this, as it said.
    pub fn of_crowd(&mut self, spread: Duration) {
        self.crowd = spread;
    }

    /// The whole pause is by chance, so that ten thousand rooms that lost one server do not come back in waves.
    pub fn next(&mut self) -> Duration {
        let most = Duration::from_secs(2).saturating_mul(1 << self.tries.min(16));
        self.tries = self.tries.saturating_add(1);
        let most = most.max(self.crowd).min(Self::LONGEST);
        let least = Duration::from_millis(500);
        least + self.part_of(most.saturating_sub(least))
    }

    /// As the server asked, within an hour and an hour of spread.
    pub fn as_told(&mut self, word: Goodbye) -> Duration {
        let within = |s: u32| Duration::from_secs(u64::from(s.min(3600)));
        within(word.after_s) + self.part_of(within(word.spread_s))
    }

    fn part_of(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.chance.random::<f64>())
    }
}

/// How much may be heard: so many at once, and then so many a second.
#[derive(Debug)]
pub(crate) struct Bucket {
    left: f64,
    at: Duration,
}

impl Bucket {
    const MOST: f64 = 100.0;
    const A_SECOND: f64 = 20.0;

    pub fn new(at: Duration) -> Self {
        Self {
            left: Self::MOST,
            at,
        }
    }

    pub fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * Self::A_SECOND).min(Self::MOST) - 1.0;
        self.left >= 0.0
    }
}
