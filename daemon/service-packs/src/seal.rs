//! Verifies a pack against its seal and the trusted keys, and holds what it says against what was claimed.

use crate::claim::Claim;
use crate::key::{TrustedKey, key_id};
use crate::{Kind, MAX_BYTES};
use minisign_verify::{Error, Signature};

/// Why a pack is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The room trusts nobody.
    #[error("no key is trusted: name one in `packs.keys` of the room's file")]
    NoKeys,
    /// There is no seal beside it.
    #[error("it is not signed: there is no file {0} beside it")]
    Unsigned(String),
    /// The seal is no minisign signature.
    #[error("its signature cannot be read: make it with `minisign -S`")]
    SealUnreadable,
    /// Signed in minisign's old way.
    #[error("it is signed in the old way of minisign: sign it anew without -l")]
    OldSeal,
    /// Signed by somebody else.
    #[error("it is signed by key {0}, which this room does not trust")]
    ForeignKey(String),
    /// The text or the claim is not what was signed.
    #[error("it does not match its signature: it was changed after it was signed, or damaged")]
    Altered,
    /// The signature is good and does not say what was signed.
    #[error(
        "{0}: sign it with -t 'roomd-pack kind=… service=… version=…'",
        crate::claim::NoClaim
    )]
    NoClaim,
    /// It is longer than any pack.
    #[error("it is longer than {} kB: is this the right file?", MAX_BYTES / 1024)]
    TooLarge,
    /// It is signed and cannot be read as a pack.
    #[error("it is signed and makes no sense: {0}")]
    Senseless(String),
    /// The file says it is something else than the signer says.
    #[error("the signer says `{claimed}`, and the file itself says `{found}`")]
    NotAsClaimed {
        /// By the signer.
        claimed: Claim,
        /// In the file.
        found: Claim,
    },
    /// Not newer than what comes with the daemon.
    #[error("version {version} is not newer than the built-in version {built_in}")]
    NotNewer {
        /// Its own.
        version: u32,
        /// What comes with the daemon.
        built_in: u32,
    },
    /// Older than what was seen before.
    #[error("version {version} is older than version {seen}, which this room has seen already")]
    RolledBack {
        /// Its own.
        version: u32,
        /// The highest that was seen.
        seen: u32,
    },
    /// Two files are the same pack.
    #[error("another file of the folder is the same pack in version {0}")]
    Twice(u32),
}

impl Refused {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::NoKeys => "pack-no-keys",
            Refused::Unsigned(_) => "pack-unsigned",
            Refused::SealUnreadable => "pack-seal-unreadable",
            Refused::OldSeal => "pack-old-seal",
            Refused::ForeignKey(_) => "pack-foreign-key",
            Refused::Altered => "pack-altered",
            Refused::NoClaim => "pack-no-claim",
            Refused::TooLarge => "pack-too-large",
            Refused::Senseless(_) => "pack-senseless",
            Refused::NotAsClaimed { .. } => "pack-not-as-claimed",
            Refused::NotNewer { .. } => "pack-not-newer",
            Refused::RolledBack { .. } => "pack-rolled-back",
            Refused::Twice(_) => "pack-twice",
        }
    }
}

/// A pack whose signer is trusted. What stands in it was not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// What the signer says it is.
    pub claim: Claim,
    /// The signer's key, as minisign names it.
    pub signed_by: String,
    /// The pack itself.
    pub text: String,
}

impl Trusted {
    /// Holds what the file itself says against the claim.
    ///
    /// # Errors
    /// They differ.
    pub fn must_be(&self, kind: Kind, service: &str, version: u32) -> Result<(), Refused> {
        let found = Claim {
            kind,
            service: service.to_owned(),
            version,
        };
        if found == self.claim {
            return Ok(());
        }
        let claimed = self.claim.clone();
        Err(Refused::NotAsClaimed { claimed, found })
    }
}

/// Verifies a pack against its seal and the trusted keys.
///
/// # Errors
/// Why it is not to be trusted.
pub fn verify(pack: &[u8], seal: &str, keys: &[TrustedKey]) -> Result<Trusted, Refused> {
    if keys.is_empty() {
        return Err(Refused::NoKeys);
    }
    if pack.len() > MAX_BYTES || seal.len() > MAX_BYTES {
        return Err(Refused::TooLarge);
    }
    let signature = Signature::decode(seal).map_err(|_| Refused::SealUnreadable)?;
    let signer = seal.lines().nth(1).and_then(key_id);
    let signer = signer.ok_or(Refused::SealUnreadable)?;
    let mut named = keys.iter().filter(|key| key.id() == signer).peekable();
    if named.peek().is_none() {
        return Err(Refused::ForeignKey(signer));
    }
    // Two keys may carry the same name, by accident or not; one of them must fit.
    let mut last = Refused::Altered;
    for key in named {
        match key.key.verify(pack, &signature, false) {
            Ok(()) => return trusted(pack, &signature, signer),
            Err(Error::UnexpectedAlgorithm) => last = Refused::OldSeal,
            Err(_) => {}
        }
    }
    Err(last)
}

fn trusted(pack: &[u8], signature: &Signature, signed_by: String) -> Result<Trusted, Refused> {
    let claim = signature.trusted_comment().parse();
    let text = String::from_utf8(pack.to_vec());
    Ok(Trusted {
        claim: claim.map_err(|_| Refused::NoClaim)?,
        signed_by,
        text: text.map_err(|_| Refused::Senseless("it is not UTF-8".to_owned()))?,
    })
}
