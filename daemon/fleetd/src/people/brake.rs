//! The brake on guesses: wrong tries of one name or one network lock it for a while that grows. Pure; the clock is an argument.

use crate::enrol::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Wrong tries before a lock begins.
const FREE: u32 = 5;
const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(900);
/// Wrong tries are forgotten after this long without any.
const FORGET: Duration = Duration::from_secs(24 * 3600);
/// More are not told apart; beyond it the oldest are forgotten.
const MOST: usize = 10_000;

/// Nobody may try for this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong tries; again in {} s", .0.as_secs() + 1)]
pub struct Locked(pub Duration);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Network(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    last_ms: i64,
}

/// The brake of one server.
#[derive(Debug, Default)]
pub struct Brake(HashMap<Who, Tries>);

impl Brake {
    /// Whether this name may be tried from here.
    ///
    /// # Errors
    /// When not, and for how long.
    pub fn may(&self, (name, from): (&str, IpAddr), now_ms: i64) -> Result<(), Locked> {
        self.locked(&both(name, from), now_ms)
    }

    /// Whether somebody whose name is not known yet may try from here.
    ///
    /// # Errors
    /// When not, and for how long.
    pub fn may_from(&self, from: IpAddr, now_ms: i64) -> Result<(), Locked> {
        self.locked(&[Who::Network(network(from))], now_ms)
    }

    fn locked(&self, all: &[Who], now_ms: i64) -> Result<(), Locked> {
        let rests = all.iter().filter_map(|who| self.0.get(who)?.rest(now_ms));
        rests.max().map_or(Ok(()), |rest| Err(Locked(rest)))
    }

    /// A wrong try.
    pub fn wrong(&mut self, (name, from): (&str, IpAddr), now_ms: i64) {
        self.count(both(name, from), now_ms);
    }

    /// A wrong try of somebody whose name is not known.
    pub fn wrong_from(&mut self, from: IpAddr, now_ms: i64) {
        self.count([Who::Network(network(from))], now_ms);
    }

    fn count(&mut self, all: impl IntoIterator<Item = Who>, now_ms: i64) {
        if self.0.len() >= MOST {
            let forget = millis(FORGET);
            self.0.retain(|_, tries| now_ms - tries.last_ms < forget);
            if self.0.len() >= MOST {
                self.0.clear();
            }
        }
        for who in all {
            let tries = self.0.entry(who).or_insert(Tries {
                wrong: 0,
                last_ms: now_ms,
            });
            if now_ms - tries.last_ms > millis(FORGET) {
                tries.wrong = 0;
            }
            tries.wrong += 1;
            tries.last_ms = now_ms;
        }
    }

    /// A right one: the name starts anew, the network does not, or one account would free guesses at all others.
    pub fn right(&mut self, name: &str) {
        self.0.remove(&named(name));
    }
}

/// No account has a longer name; what is typed for one must not fill the memory.
const LONGEST_NAME: usize = 40;

fn named(name: &str) -> Who {
    Who::Name(name.chars().take(LONGEST_NAME).collect())
}

fn both(name: &str, from: IpAddr) -> [Who; 2] {
    [named(name), Who::Network(network(from))]
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Tries {
    fn rest(&self, now_ms: i64) -> Option<Duration> {
        let beyond = self.wrong.checked_sub(FREE)?;
        let lock = FIRST.saturating_mul(1 << beyond.min(10)).min(LONGEST);
        let rest = (self.last_ms + millis(lock)).checked_sub(now_ms)?;
        u64::try_from(rest)
            .ok()
            .filter(|rest| *rest > 0)
            .map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn a_name_is_locked_for_longer_and_longer_from_wherever_it_is_tried() {
        let mut brake = Brake::default();
        let mut now = 0;
        for host_number in 1..=5 {
            assert_eq!(brake.may(("anna", host(host_number)), now), Ok(()));
            brake.wrong(("anna", host(host_number)), now);
        }
        assert_eq!(brake.may(("anna", host(9)), now), Err(Locked(FIRST)));
        assert_eq!(brake.may(("berta", host(9)), now), Ok(()));
        now += 10_000;
        assert_eq!(brake.may(("anna", host(9)), now), Ok(()));
        brake.wrong(("anna", host(9)), now);
        assert_eq!(brake.may(("anna", host(9)), now), Err(Locked(2 * FIRST)));
        brake.right("anna");
        assert_eq!(brake.may(("anna", host(9)), now), Ok(()));
    }

    #[test]
    fn tries_without_a_name_lock_their_network_and_no_name() {
        let mut brake = Brake::default();
        for _ in 0..5 {
            assert_eq!(brake.may_from(host(1), 0), Ok(()));
            brake.wrong_from(host(1), 0);
        }
        assert_eq!(brake.may_from(host(1), 0), Err(Locked(FIRST)));
        assert!(brake.may(("anna", host(1)), 0).is_err());
        assert_eq!(brake.may_from(host(2), 0), Ok(()));
        assert_eq!(brake.may(("", host(2)), 0), Ok(()));
    }

    #[test]
    fn a_network_that_tries_many_names_is_locked_and_a_right_try_does_not_free_it() {
        let mut brake = Brake::default();
        for name in ["a", "b", "c", "d", "e"] {
            brake.wrong((name, host(1)), 0);
        }
        brake.right("f");
        assert!(brake.may(("f", host(1)), 0).is_err());
        assert_eq!(brake.may(("f", host(2)), 0), Ok(()));
        assert_eq!(
            brake.may(("f", host(1)), 900_001),
            Ok(()),
            "no lock is longer"
        );
    }
}
