//! What was done with a room's key that no honest room does. It is said of the room until it has behaved for a while. Pure.

use super::Trouble;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misdeed {
    /// Two boards came with it at the same time.
    TwoBoards,
    /// What was said is no message.
    Malformed,
    /// A message was longer than any may be.
    TooLong,
    /// More was said than any room has to say.
    TooFast,
    /// What was said before was said again.
    Replayed,
}

impl Misdeed {
    /// All of them.
    pub const ALL: [Misdeed; 5] = [
        Misdeed::TwoBoards,
        Misdeed::Malformed,
        Misdeed::TooLong,
        Misdeed::TooFast,
        Misdeed::Replayed,
    ];

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Misdeed::TwoBoards => "two-boards",
            Misdeed::Malformed => "malformed",
            Misdeed::TooLong => "too-long",
            Misdeed::TooFast => "too-fast",
            Misdeed::Replayed => "replayed",
        }
    }

    /// What it is for the room's light.
    #[must_use]
    pub fn trouble(self) -> Trouble {
        match self {
            Misdeed::TwoBoards => Trouble::TwoBoards,
            Misdeed::Malformed | Misdeed::TooLong | Misdeed::TooFast | Misdeed::Replayed => {
                Trouble::Misbehaves
            }
        }
    }
}

/// When and how often. Times are milliseconds since 1970 by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// First.
    pub since_ms: i64,
    /// Last.
    pub last_ms: i64,
    /// So often.
    pub count: u64,
}

/// Those of one room that are not forgiven yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Misdeeds(BTreeMap<Misdeed, Times>);

impl Misdeeds {
    /// After so long without another one, it is no longer said. A room that was replaced by its twin comes back within five minutes.
    pub const FORGIVEN_MS: i64 = 30 * 60_000;

    /// One more; whether it is the first of its kind.
    pub fn note(&mut self, what: Misdeed, now_ms: i64) -> bool {
        let before = self.0.contains_key(&what);
        let times = self.0.entry(what).or_insert(Times {
            since_ms: now_ms,
            last_ms: now_ms,
            count: 0,
        });
        times.last_ms = times.last_ms.max(now_ms);
        times.count = times.count.saturating_add(1);
        !before
    }

    /// Forgets those that were not done again; whether there were any.
    pub fn forgive(&mut self, now_ms: i64) -> bool {
        let before = self.0.len();
        self.0
            .retain(|_, times| now_ms.saturating_sub(times.last_ms) < Self::FORGIVEN_MS);
        self.0.len() < before
    }

    /// Whether one of them is to be forgotten.
    #[must_use]
    pub fn is_over(&self, now_ms: i64) -> bool {
        let over = |times: &Times| now_ms.saturating_sub(times.last_ms) >= Self::FORGIVEN_MS;
        self.0.values().any(over)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with its times, the gravest first.
    pub fn each(&self) -> impl Iterator<Item = (Misdeed, Times)> + '_ {
        self.0.iter().map(|(what, times)| (*what, *times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted_and_forgotten_when_it_was_long_not_done_again() {
        let mut misdeeds = Misdeeds::default();
        assert!(misdeeds.note(Misdeed::TooFast, 0));
        assert!(!misdeeds.note(Misdeed::TooFast, 1_000));
        assert!(misdeeds.note(Misdeed::TwoBoards, 60_000));
        let (first, times) = misdeeds.each().next().unwrap();
        assert_eq!((first, times.count), (Misdeed::TwoBoards, 1));
        let end = 1_000 + Misdeeds::FORGIVEN_MS;
        assert!(!misdeeds.is_over(end - 1) && misdeeds.is_over(end));
        assert!(!misdeeds.forgive(end - 1) && misdeeds.forgive(end));
        let left: Vec<Misdeed> = misdeeds.each().map(|(what, _)| what).collect();
        assert_eq!(left, [Misdeed::TwoBoards]);
        assert!(misdeeds.forgive(i64::MAX) && misdeeds.is_empty());
    }

    #[test]
    fn each_is_written_as_its_word() {
        for what in Misdeed::ALL {
            let written = serde_json::to_value(what).unwrap();
            assert_eq!(written, what.word());
        }
    }
}
