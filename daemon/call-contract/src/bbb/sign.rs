//! Checksums of BigBlueButton's API: over the name of the call, the query exactly as it is sent, and the shared secret.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use room_core::ids::Private;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use url::Url;

/// Algorithms that servers accept, each where its operator allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1: what every server accepts unless told otherwise.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Checksum {
    /// By the secret's length, as BigBlueButton's own tools choose; a secret of any other length goes with SHA-1.
    pub fn of_secret(secret: &str) -> Self {
        match secret.len() {
            64 => Self::Sha256,
            96 => Self::Sha384,
            128 => Self::Sha512,
            _ => Self::Sha1,
        }
    }

    /// In hexadecimal digits.
    pub fn of(self, text: &str) -> String {
        match self {
            Self::Sha1 => hex::encode(Sha1::digest(text)),
            Self::Sha256 => hex::encode(Sha256::digest(text)),
            Self::Sha384 => hex::encode(Sha384::digest(text)),
            Self::Sha512 => hex::encode(Sha512::digest(text)),
        }
    }
}

/// The operator's shared secret of a server, and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    secret: Private,
    checksum: Checksum,
}

impl Key {
    /// With the operator's choice of an algorithm, else with the one that goes with the secret.
    pub fn new(secret: Private, checksum: Option<Checksum>) -> Self {
        let checksum = checksum.unwrap_or_else(|| Checksum::of_secret(secret.reveal()));
        Self { secret, checksum }
    }

    /// The address of a call with its parameters, in order, signed. `api` ends with a slash.
    pub fn sign(&self, api: &Url, call: &str, parameters: &[(&str, &str)]) -> Url {
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let query = pairs.join("&");
        let sum = self
            .checksum
            .of(&format!("{call}{query}{}", self.secret.reveal()));
        let mut url = api.clone();
        url.set_path(&format!("{}{call}", api.path()));
        // Only letters, digits and percent signs are left, which the address keeps as they stand.
        url.set_query(Some(&format!("{query}&checksum={sum}")));
        url
    }
}

fn encoded(text: &str) -> String {
    // The names of parameters are written plainly in every example; a hyphen or underscore needs no encoding anyway.
    const KEEP: percent_encoding::AsciiSet =
        NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(text, &KEEP).to_string()
}
