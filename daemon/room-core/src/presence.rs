//! Whether a device is there, and why not and since when. Knows no device.

use crate::units::Mono;
use serde::{Deserialize, Serialize};

/// Whether a device is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Presence<F> {
    /// Not heard of since the start.
    Unknown,
    /// It is.
    Here,
    /// It is not.
    Gone { why: F, since: Mono },
}

impl<F: Copy> Presence<F> {
    /// Gone for this reason. A reason that changes keeps the moment at which the device went.
    pub fn lost(self, why: F, now: Mono) -> Self {
        let since = self.gone_since().unwrap_or(now);
        Presence::Gone { why, since }
    }

    /// Why it is away, and since when.
    pub fn gone(self) -> Option<(F, Mono)> {
        match self {
            Presence::Gone { why, since } => Some((why, since)),
            Presence::Unknown | Presence::Here => None,
        }
    }

    /// Since when it is away.
    pub fn gone_since(self) -> Option<Mono> {
        self.gone().map(|(_, since)| since)
    }
}
