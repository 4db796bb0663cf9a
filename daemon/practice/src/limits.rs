//! Owns the token buckets that slow down guessing and flooding. Pure: time is told, never asked for.

use crate::clock::Mono;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Refills at an even pace up to its size; each permitted act takes one.
#[derive(Debug, Clone)]
pub struct Bucket {
    size_milli: u64,
    level_milli: u64,
    refill_ms: u64,
    seen: Mono,
}

impl Bucket {
    /// A full bucket of `size` acts that gets one back every `refill_ms` milliseconds (at least 1).
    #[must_use]
    pub fn new(now: Mono, size: u32, refill_ms: u64) -> Self {
        let size_milli = u64::from(size) * 1000;
        Self {
            size_milli,
            level_milli: size_milli,
            refill_ms: refill_ms.max(1),
            seen: now,
        }
    }

    fn refill(&mut self, now: Mono) {
        let gained = now.since(self.seen).saturating_mul(1000) / self.refill_ms;
        if gained > 0 {
            self.level_milli = self.level_milli.saturating_add(gained).min(self.size_milli);
            self.seen = now;
        }
    }

    /// How long until an act is permitted; zero when it is now.
    #[must_use]
    pub fn wait(&mut self, now: Mono) -> Duration {
        self.refill(now);
        let missing = 1000_u64.saturating_sub(self.level_milli);
        Duration::from_millis((missing * self.refill_ms).div_ceil(1000))
    }

    /// Takes one act, or says how long to wait.
    ///
    /// # Errors
    /// The time until the next act is permitted.
    pub fn take(&mut self, now: Mono) -> Result<(), Duration> {
        let wait = self.wait(now);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        self.level_milli -= 1000;
        Ok(())
    }

    fn is_full(&mut self, now: Mono) -> bool {
        self.refill(now);
        self.level_milli == self.size_milli
    }
}

/// Wrong codes per address and in all: five at once and one more every ten seconds from one address,
/// sixty and one a second from everywhere. A waiting person's right code is not looked at either.
#[derive(Debug, Clone)]
pub struct Tries {
    by_source: BTreeMap<IpAddr, Bucket>,
    everywhere: Bucket,
}

const SOURCES_REMEMBERED: usize = 256;

impl Tries {
    /// Nobody has tried anything yet.
    #[must_use]
    pub fn new(now: Mono) -> Self {
        Self {
            by_source: BTreeMap::new(),
            everywhere: Bucket::new(now, 60, 1_000),
        }
    }

    /// How long this address has to wait before a code of its is looked at; zero for at once.
    #[must_use]
    pub fn wait(&mut self, now: Mono, source: IpAddr) -> Duration {
        let own = self
            .by_source
            .get_mut(&source)
            .map_or(Duration::ZERO, |bucket| bucket.wait(now));
        own.max(self.everywhere.wait(now))
    }

    /// Counts a wrong code.
    pub fn wrong(&mut self, now: Mono, source: IpAddr) {
        self.by_source.retain(|_, bucket| !bucket.is_full(now));
        if self.by_source.len() < SOURCES_REMEMBERED || self.by_source.contains_key(&source) {
            let bucket = self
                .by_source
                .entry(source)
                .or_insert_with(|| Bucket::new(now, 5, 10_000));
            let _ = bucket.take(now);
        }
        let _ = self.everywhere.take(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn five_wrong_codes_then_one_every_ten_seconds() {
        let (mut tries, source) = (Tries::new(Mono(0)), IpAddr::V4(Ipv4Addr::LOCALHOST));
        for n in 0..5 {
            assert_eq!(tries.wait(Mono(n), source), Duration::ZERO, "try {n}");
            tries.wrong(Mono(n), source);
        }
        let wait = tries.wait(Mono(5), source);
        assert!(
            wait > Duration::from_secs(9) && wait <= Duration::from_secs(10),
            "{wait:?}"
        );
        assert_eq!(tries.wait(Mono(10_005), source), Duration::ZERO);
        tries.wrong(Mono(10_005), source);
        assert!(tries.wait(Mono(10_006), source) > Duration::from_secs(9));
    }

    #[test]
    fn another_address_is_not_made_to_wait() {
        let mut tries = Tries::new(Mono(0));
        let (one, two) = (
            IpAddr::V4([10, 0, 0, 1].into()),
            IpAddr::V4([10, 0, 0, 2].into()),
        );
        (0..9).for_each(|_| tries.wrong(Mono(0), one));
        assert_eq!(tries.wait(Mono(1), two), Duration::ZERO);
    }

    #[test]
    fn many_addresses_share_one_limit_and_bounded_memory() {
        let mut tries = Tries::new(Mono(0));
        for n in 0..1_000_u32 {
            tries.wrong(Mono(0), IpAddr::V4(Ipv4Addr::from(n)));
        }
        assert!(tries.by_source.len() <= SOURCES_REMEMBERED);
        let fresh = IpAddr::V4(Ipv4Addr::from(5_000));
        assert!(tries.wait(Mono(0), fresh) > Duration::ZERO);
    }

    #[test]
    fn small_steps_of_time_are_not_lost() {
        let mut bucket = Bucket::new(Mono(0), 1, 10_000);
        assert_eq!(bucket.take(Mono(0)), Ok(()));
        let waits = (1..=10_010)
            .map(|ms| bucket.wait(Mono(ms)))
            .filter(Duration::is_zero)
            .count();
        assert!(waits > 0);
    }
}
