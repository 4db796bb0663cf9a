//! Keys of those whose packs are trusted. Knows how minisign writes and names them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::PublicKey;

/// A public key whose holder's packs are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    pub(crate) key: PublicKey,
    id: String,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a minisign public key; it is the second line of the .pub file and begins with RW")]
pub struct KeyError;

impl TrustedKey {
    /// Reads the key as it stands in the second line of a `.pub` file.
    ///
    /// # Errors
    /// The text is no such key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let key = PublicKey::from_base64(text).map_err(|_| KeyError)?;
        let id = key_id(text).ok_or(KeyError)?;
        Ok(Self { key, id })
    }

    /// Its name, as minisign prints it.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The key's name in a key or in the second line of a signature: behind two letters for the algorithm, lowest byte first.
pub(crate) fn key_id(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64.trim()).ok()?;
    let id: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_minisign_names_it() {
        // Made by minisign 0.11, which calls it CE1B83200CC392DB.
        let key = TrustedKey::parse(" RWTbksMMIIMbzlHyYx8DCkUybS4mf+bs0oFf16TirE8Jh3tRam/rRSMU\n")
            .expect("a key");
        assert_eq!(key.id(), "CE1B83200CC392DB");
        for bad in ["", "RW", "RWTbksMM", "untrusted comment: x", "ä"] {
            assert_eq!(
                TrustedKey::parse(bad).map(|key| key.id),
                Err(KeyError),
                "{bad}"
            );
        }
    }
}
