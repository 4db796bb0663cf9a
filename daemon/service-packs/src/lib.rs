//! Whether a renewed service pack may be used: its signature, what it claims to be, and which versions were seen before.
//! Pure: reads no file, knows no clock, and does not know what stands in a pack.
//!
//! Terms: a *pack* is a file that says how a conference service is recognised or joined; a *seal* is the minisign
//! signature beside it; a *claim* is what the signer says in the seal's trusted comment.
//!
//! Invariant: without a trusted key no pack is ever trusted.
//! Invariant: a pack is never used as another kind, service or version than its signer claimed.
//! Invariant: what counts is newer than the built-in pack and never older than what was seen before.

mod claim;
mod key;
mod seal;
mod seen;

pub use claim::{Claim, Kind};
pub use key::{KeyError, TrustedKey};
pub use seal::{Refused, Trusted, verify};
pub use seen::Seen;

/// A pack larger than this is none, in bytes.
pub const MAX_BYTES: usize = 256 << 10;

/// What the seal's file is called: the pack's name and this.
pub const SEAL_SUFFIX: &str = ".minisig";
