//! What is kept of a signed list over restarts, and handed from one who fetched it to another who trusts nobody. Knows no file.

use crate::refused::Refused;
use crate::trust::Trust;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is kept over restarts, so that nothing older is ever trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembering {
    /// Roots behind the given one, in their order.
    pub roots: Vec<String>,
    /// The last timestamp.
    pub timestamp: String,
    /// The snapshot that it means.
    pub snapshot: String,
    /// The list that it means.
    pub targets: String,
}

impl Remembering {
    /// What was trusted before, under the root that was given by hand; `None` when that is another root than it was.
    ///
    /// # Errors
    /// When the given root is none.
    pub fn recall(&self, given: &[u8]) -> Result<Option<Trust>, Refused> {
        let mut trust = Trust::begin(given)?;
        let followed = self
            .roots
            .iter()
            .all(|root| trust.next_root(root.as_bytes()).is_ok());
        if !followed {
            return Ok(None);
        }
        trust.recall(
            self.timestamp.as_bytes(),
            self.snapshot.as_bytes(),
            self.targets.as_bytes(),
        );
        Ok(Some(trust))
    }

    /// Holds a list that somebody else brings against what was trusted before: each step of it again, now.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn hold(
        &self,
        given: &[u8],
        brought: &Remembering,
        now: DateTime<Utc>,
    ) -> Result<Trust, Refused> {
        let (mut trust, followed) = match self.recall(given)? {
            Some(trust) => (trust, self.roots.len()),
            None => (Trust::begin(given)?, 0),
        };
        for root in brought.roots.iter().skip(followed) {
            trust.next_root(root.as_bytes())?;
        }
        trust.timestamp(brought.timestamp.as_bytes(), now)?;
        trust.snapshot(brought.snapshot.as_bytes(), now)?;
        trust.targets(brought.targets.as_bytes(), now)?;
        Ok(trust)
    }
}
