//! Which releases may be installed: metadata of The Update Framework (TUF, specification 1.0), verified and made.
//! Pure: reads no file and no clock, opens no connection, and does not know what a release does.
//!
//! Terms: a *root* says whose signatures count for what; *targets* lists releases with length and hash; a *snapshot* says which
//! list is meant, a *timestamp* which snapshot, and until when. All four are signed with keys that are kept off the server, so that
//! whoever has the server can withhold a release and never make one.
//!
//! The profile is narrow on purpose: Ed25519, SHA-256, consistent snapshots, no delegations.
//!
//! Invariant: without a root that was given beforehand nothing is ever trusted.
//! Invariant: what was refused changes nothing of what is trusted.
//! Invariant: no version of anything that was trusted is ever undercut.

mod canonical;
mod key;
mod metadata;
mod name;
mod refused;
mod remembering;
mod sign;
mod trust;

pub use key::{Public, Secret};
pub use metadata::{
    Custom, Hashes, Kind, Listed, Pinned, Root, Snapshot, Targets, Timestamp, Version,
};
pub use name::{BadName, TargetName};
pub use refused::{Refused, Role};
pub use remembering::Remembering;
pub use sign::{Issue, Keys, SignError, Signed, sign_root, sign_targets, sign_timestamp};
pub use trust::{Trust, limit};

/// The SHA-256 of bytes, as metadata writes it.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hex::encode(Sha256::digest(bytes))
}
