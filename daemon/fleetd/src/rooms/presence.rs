//! Whether a room's line is up, since when, and which words of it count: those of the newest connection, in order. Pure.
//!
//! Invariant: nothing that an older connection says late changes anything.

use fleet_proto::{Epoch, Sequence};
use serde::{Deserialize, Serialize};

/// A room's line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    epoch: Epoch,
    heard: Option<Sequence>,
    link: Link,
}

/// Whether the line is up. Times are milliseconds since 1970 by the server's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Link {
    /// The room has never connected.
    #[default]
    Never,
    /// It is up.
    Up {
        /// Since when.
        since_ms: i64,
    },
    /// It is down.
    Down {
        /// Since when.
        since_ms: i64,
    },
}

/// Said on a connection that is not the newest any more, or not after what was heard before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("said too late")]
pub struct Late;

impl Presence {
    /// The number of the newest connection.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether the line is up.
    #[must_use]
    pub fn link(&self) -> Link {
        self.link
    }

    /// A connection begins.
    ///
    /// # Errors
    /// When a newer one has begun already.
    pub fn begin(&mut self, epoch: Epoch, now_ms: i64) -> Result<(), Late> {
        if epoch <= self.epoch {
            return Err(Late);
        }
        let since_ms = match self.link {
            // Who changes the line within a moment was there all the time.
            Link::Up { since_ms } => since_ms,
            Link::Never | Link::Down { .. } => now_ms,
        };
        *self = Presence {
            epoch,
            heard: None,
            link: Link::Up { since_ms },
        };
        Ok(())
    }

    /// Something with a number was said.
    ///
    /// # Errors
    /// When it does not count.
    pub fn said(&mut self, epoch: Epoch, sequence: Sequence) -> Result<(), Late> {
        if epoch != self.epoch || self.heard.is_some_and(|heard| sequence <= heard) {
            return Err(Late);
        }
        self.heard = Some(sequence);
        Ok(())
    }

    /// A connection has ended; whether that takes the line down.
    pub fn end(&mut self, epoch: Epoch, now_ms: i64) -> bool {
        let last = epoch == self.epoch && matches!(self.link, Link::Up { .. });
        if last {
            self.link = Link::Down { since_ms: now_ms };
        }
        last
    }

    /// The server begins: no line is up yet, whatever was written when it ended.
    pub fn server_began(&mut self, now_ms: i64) {
        if let Link::Up { .. } = self.link {
            self.link = Link::Down { since_ms: now_ms };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_newer_connection_wins_and_the_older_says_nothing_more() {
        let mut presence = Presence::default();
        assert_eq!(presence.begin(Epoch(1), 10), Ok(()));
        assert_eq!(presence.said(Epoch(1), Sequence(4)), Ok(()));
        assert_eq!(presence.begin(Epoch(2), 20), Ok(()));
        assert_eq!(presence.said(Epoch(1), Sequence(5)), Err(Late));
        assert!(!presence.end(Epoch(1), 21), "the older one's end is no end");
        assert_eq!(presence.link(), Link::Up { since_ms: 10 });
        assert_eq!(presence.said(Epoch(2), Sequence(1)), Ok(()));
        assert_eq!(presence.begin(Epoch(1), 22), Err(Late));
        assert!(presence.end(Epoch(2), 30));
        assert_eq!(presence.link(), Link::Down { since_ms: 30 });
    }

    #[test]
    fn what_is_said_twice_or_out_of_order_does_not_count() {
        let mut presence = Presence::default();
        presence.begin(Epoch(1), 0).unwrap();
        assert_eq!(presence.said(Epoch(1), Sequence(7)), Ok(()));
        assert_eq!(presence.said(Epoch(1), Sequence(7)), Err(Late));
        assert_eq!(presence.said(Epoch(1), Sequence(6)), Err(Late));
        assert_eq!(presence.said(Epoch(1), Sequence(9)), Ok(()), "a gap may be");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn nothing_an_older_connection_says_late_changes_anything(steps in proptest::collection::vec((0..4_u8, 0..6_u64, 0..9_u64), 0..60)) {
            let mut presence = Presence::default();
            let mut newest = 0;
            for (now, (kind, epoch, sequence)) in steps.into_iter().enumerate() {
                let before = presence.clone();
                let now = now as i64;
                match kind {
                    0 => { let _ = presence.begin(Epoch(epoch), now); }
                    1 => { let _ = presence.said(Epoch(epoch), Sequence(sequence)); }
                    2 => { presence.end(Epoch(epoch), now); }
                    _ => presence.server_began(now),
                }
                if kind < 3 && epoch < newest {
                    prop_assert_eq!(&before, &presence);
                }
                newest = presence.epoch().0;
                prop_assert!(newest >= before.epoch().0);
            }
        }
    }
}
