//! Words that nobody can guess, what is kept of them, and comparing them without telling how far they agree.

use core::fmt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// A new one, of 256 bits in hexadecimal.
#[must_use]
pub fn secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is kept of one.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// Whether two are the same, in a time that depends on their lengths alone.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differs) == 0
}

/// A text that only the store and the line to its receiver see.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// Of this text.
    #[must_use]
    pub fn of(text: &str) -> Hidden {
        Hidden(text.trim().to_owned())
    }

    /// The text, for the line to its receiver.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The host of an address, which is no secret.
    #[must_use]
    pub fn host(&self) -> String {
        let url = Url::parse(&self.0).ok();
        url.and_then(|url| Some(url.host_str()?.to_owned()))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<hidden>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_is_the_same() {
        assert!(same(b"abc", b"abc") && same(b"", b""));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
        assert_ne!(secret(), secret());
    }
}
