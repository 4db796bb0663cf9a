//! Owns the resume token: what it says, how it is signed and checked. Knows nothing of sockets or of
//! who has been removed since; the conference asks that.

use crate::clock::Wall;
use crate::ids::{ConferenceId, DisplayName, ParticipantId};
use crate::messages::Role;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// How long a token is good. A server may be away for this long without anybody losing their place.
pub const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// What a token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Where it is good.
    pub conference: ConferenceId,
    /// Who it was given to.
    pub participant: ParticipantId,
    /// What they are called.
    pub name: DisplayName,
    /// What they may do.
    pub role: Role,
    /// Whether they have been let in; otherwise they were waiting.
    pub admitted: Admitted,
    /// When it was given.
    pub issued: Wall,
}

/// Whether a person has been let into the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admitted {
    /// Yes.
    Yes,
    /// Not yet.
    No,
}

/// The key that signs resume tokens. Whoever keeps it over a restart keeps the calls alive over it.
#[derive(Clone)]
pub struct ResumeKey([u8; 32]);

impl ResumeKey {
    /// Uses these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a new one.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads the key file, or writes a new one that only its owner may read.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is not 32 bytes long.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => bytes.try_into().map(Self).map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the resume key file is not 32 bytes long",
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::random();
                write_private(path, &key.0)?;
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    /// Signs a claim.
    #[must_use]
    pub fn seal(&self, claim: &Claim) -> String {
        let json = serde_json::to_vec(claim).expect("a claim has only strings, enums and numbers");
        let body = URL_SAFE_NO_PAD.encode(json);
        let mark = URL_SAFE_NO_PAD.encode(self.mac(&body).finalize().into_bytes());
        format!("{body}.{mark}")
    }

    /// Checks signature and age. `None` for anything that is not a good token: the bearer need not know why.
    #[must_use]
    pub fn open(&self, token: &str, now: Wall) -> Option<Claim> {
        let (body, mark) = token.split_once('.').filter(|_| token.len() <= 2048)?;
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        self.mac(body).verify_slice(&mark).ok()?;
        let claim: Claim = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let fresh = now <= claim.issued.plus(TOKEN_LIFE);
        fresh.then_some(claim)
    }

    fn mac(&self, body: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"roomd practice resume 1\0");
        mac.update(body.as_bytes());
        mac
    }
}

impl fmt::Debug for ResumeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<key>")
    }
}

/// Replaces a file in one step; only its owner may read it.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let _ = std::fs::remove_file(beside);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        Claim {
            conference: ConferenceId::new("raum").unwrap(),
            participant: ParticipantId::from_bytes([7; 8]),
            name: DisplayName::new("Zoë").unwrap(),
            role: Role::Guest,
            admitted: Admitted::Yes,
            issued: Wall(1_000),
        }
    }

    #[test]
    fn a_token_comes_back_as_it_was() {
        let key = ResumeKey::random();
        assert_eq!(key.open(&key.seal(&claim()), Wall(2_000)), Some(claim()));
    }

    #[test]
    fn an_old_or_foreign_or_changed_token_is_refused() {
        let key = ResumeKey::random();
        let token = key.seal(&claim());
        let end = Wall(1_000).plus(TOKEN_LIFE);
        assert!(key.open(&token, end).is_some());
        assert_eq!(key.open(&token, Wall(end.0 + 1)), None);
        assert_eq!(ResumeKey::random().open(&token, Wall(1_000)), None);
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(key.open(&changed, Wall(1_000)), None, "changed at {place}");
        }
        for nonsense in ["", ".", "a.b", "ä", &"x".repeat(9_000)] {
            assert_eq!(key.open(nonsense, Wall(1_000)), None);
        }
    }

    #[test]
    fn the_key_file_is_private_and_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resume.key");
        let first = ResumeKey::load_or_create(&path).unwrap();
        let again = ResumeKey::load_or_create(&path).unwrap();
        assert_eq!(first.0, again.0);
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, b"short").unwrap();
        assert_eq!(
            ResumeKey::load_or_create(&path).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
