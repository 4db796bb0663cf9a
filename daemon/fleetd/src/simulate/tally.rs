//! What is counted while rooms are played. Owns numbers; judges nothing.

use super::cast::Mischief;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// All counts of a run.
#[derive(Debug, Default)]
pub struct Tally {
    /// Honest rooms whose line is up.
    pub up: AtomicI64,
    /// Rooms in a call.
    pub in_calls: AtomicI64,
    /// Connections of honest rooms, over all.
    pub connects: AtomicU64,
    /// Bytes from the server, with TLS.
    pub bytes_in: AtomicU64,
    /// Bytes to the server, with TLS.
    pub bytes_out: AtomicU64,
    /// Settings that rooms took or refused.
    pub settled: AtomicU64,
    /// Commands that rooms did.
    pub done: AtomicU64,
    lost: Mutex<BTreeMap<String, u64>>,
    undialled: Mutex<BTreeMap<String, u64>>,
    cut_off: Mutex<BTreeMap<Mischief, u64>>,
    endured: Mutex<BTreeMap<Mischief, u64>>,
}

fn count<K: Ord>(map: &Mutex<BTreeMap<K, u64>>, key: K) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    *map.entry(key).or_default() += 1;
}

fn counts<K: Ord + Clone>(map: &Mutex<BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    map.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Tally {
    /// An honest room lost a line that nobody cut.
    pub fn lost(&self, why: &str) {
        count(&self.lost, why.to_owned());
    }

    /// An honest room got no connection.
    pub fn undialled(&self, why: &str) {
        count(&self.undialled, why.to_owned());
    }

    /// The server ended the line of a hostile room.
    pub fn cut_off(&self, mischief: Mischief) {
        count(&self.cut_off, mischief);
    }

    /// The server let a hostile room go on.
    pub fn endured(&self, mischief: Mischief) {
        count(&self.endured, mischief);
    }

    /// Lines that honest rooms lost, by what they saw.
    #[must_use]
    pub fn all_lost(&self) -> BTreeMap<String, u64> {
        counts(&self.lost)
    }

    /// Connections that honest rooms did not get, by what they saw.
    #[must_use]
    pub fn all_undialled(&self) -> BTreeMap<String, u64> {
        counts(&self.undialled)
    }

    /// How often hostile rooms were cut off, and how often not, by what they did.
    #[must_use]
    pub fn hostile(&self) -> BTreeMap<Mischief, (u64, u64)> {
        let (cut, endured) = (counts(&self.cut_off), counts(&self.endured));
        let both = Mischief::ALL.map(|mischief| {
            let of = |map: &BTreeMap<Mischief, u64>| map.get(&mischief).copied().unwrap_or(0);
            (mischief, (of(&cut), of(&endured)))
        });
        both.into_iter()
            .filter(|(_, (cut, endured))| cut + endured > 0)
            .collect()
    }

    /// Honest rooms whose line is up.
    #[must_use]
    pub fn is_up(&self) -> i64 {
        self.up.load(Ordering::Relaxed)
    }
}
