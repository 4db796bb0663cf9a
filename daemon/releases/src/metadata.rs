//! The four kinds of metadata as the specification writes them. Types only; nothing here is trusted by being read.

use crate::key::{Public, Written};
use crate::name::TargetName;
use crate::refused::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What metadata of every kind says, and its own part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Dated<T> {
    #[serde(rename = "_type")]
    pub kind: String,
    pub spec_version: String,
    pub version: u64,
    pub expires: DateTime<Utc>,
    #[serde(flatten)]
    pub of: T,
}

/// A text with its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub signed: Value,
    pub signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    pub keyid: String,
    pub sig: String,
}

/// Whose signatures count for what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Root {
    pub(crate) consistent_snapshot: bool,
    #[serde(deserialize_with = "keys")]
    pub(crate) keys: BTreeMap<String, Public>,
    pub(crate) roles: BTreeMap<String, Signers>,
}

/// How many of which keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signers {
    pub keyids: BTreeSet<String>,
    pub threshold: u32,
}

/// Keys of other kinds are passed over; a name that is not its key's is refused.
fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Public>, D::Error> {
    let all = BTreeMap::<String, Value>::deserialize(from)?;
    let mut keys = BTreeMap::new();
    for (id, value) in all {
        let written: Written = match serde_json::from_value(value) {
            Ok(written) => written,
            Err(_) => continue,
        };
        let Some(key) = Public::of(&written) else {
            continue;
        };
        if key.id() != id {
            return Err(serde::de::Error::custom("a key has another key's name"));
        }
        keys.insert(id, key);
    }
    Ok(keys)
}

impl Root {
    pub(crate) fn signers(&self, role: Role) -> Option<&Signers> {
        self.roles.get(role.word())
    }
}

/// One version of metadata that other metadata means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Its version.
    pub version: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Its hashes by algorithm; SHA-256 is looked at.
    pub hashes: Hashes,
}

/// Hashes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Which snapshot is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Timestamp {
    pub(crate) meta: SnapshotMeta,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SnapshotMeta {
    #[serde(rename = "snapshot.json")]
    pub snapshot: Pinned,
}

/// Which list of targets is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Snapshot {
    pub(crate) meta: TargetsMeta,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct TargetsMeta {
    #[serde(rename = "targets.json")]
    pub targets: Pinned,
}

/// The list of releases.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Targets {
    pub(crate) targets: BTreeMap<TargetName, Listed>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its length in bytes.
    pub length: u64,
    /// Its hashes.
    pub hashes: Hashes,
    /// What it is; other files beside it have none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "custom"
    )]
    pub custom: Option<Custom>,
}

/// What others write there is not ours to read, and no reason to refuse the list.
fn custom<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Custom>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// What the signer says of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// Its kind.
    pub kind: Kind,
    /// Of what: a service's slug, in its pack's claim; a package's name; chip and display of a table button;
    /// a board's name.
    pub of: String,
    /// Its version; grows.
    pub version: Version,
    /// For which machines, where it is not for all: a package's architecture as Debian names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
}

/// A version, as what it is of counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Version {
    /// A pack's; a board's file's.
    Counted(u32),
    /// A package's, of which Debian says which of two is newer; an image's for table buttons.
    Named(String),
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Version::Counted(number) => write!(f, "{number}"),
            Version::Named(name) => f.write_str(name),
        }
    }
}

impl From<u32> for Version {
    fn from(number: u32) -> Self {
        Version::Counted(number)
    }
}

/// Kinds of releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// How a service's pages are joined.
    JoinPack,
    /// How a service is found in an invitation.
    RecognisePack,
    /// The daemon with everything that comes with it, as a Debian package.
    Package,
    /// An image for table buttons.
    Firmware,
    /// A board's file.
    Board,
    /// Something that this version does not know: never installed.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// All that can be released.
    pub const ALL: [Kind; 5] = [
        Kind::JoinPack,
        Kind::RecognisePack,
        Kind::Package,
        Kind::Firmware,
        Kind::Board,
    ];

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Kind {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.word() == word)
            .unwrap_or(Kind::Unknown)
    }

    /// As metadata writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::JoinPack => "join-pack",
            Kind::RecognisePack => "recognise-pack",
            Kind::Package => "package",
            Kind::Firmware => "firmware",
            Kind::Board => "board",
            Kind::Unknown => "unknown",
        }
    }
}
