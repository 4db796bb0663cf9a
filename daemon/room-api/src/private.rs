//! Text that belongs to people and prints as a placeholder.
//! Knows nothing about who shows it.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A subject, a name or a passcode. Travels as plain text to the face that needs it, prints as `<private>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private>")
    }
}
