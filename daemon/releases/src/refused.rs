//! Why metadata or a target is not trusted: a name for each attack, and a code by which people find its sentence.

use core::fmt;

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Says whose signatures count.
    Root,
    /// Lists releases.
    Targets,
    /// Says which list is meant.
    Snapshot,
    /// Says which snapshot is meant, and until when.
    Timestamp,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Root, Role::Targets, Role::Snapshot, Role::Timestamp];

    /// As metadata writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Root => "root",
            Role::Targets => "targets",
            Role::Snapshot => "snapshot",
            Role::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no metadata of this kind.
    #[error("the {role} metadata cannot be read: {why}")]
    Unreadable {
        /// Of which kind it should be.
        role: Role,
        /// What is wrong.
        why: String,
    },
    /// It ends too early.
    #[error("{what} is cut off")]
    Truncated {
        /// What.
        what: String,
    },
    /// It is longer than listed, or than anything of its kind.
    #[error("{what} is longer than the {most} bytes that it may have")]
    Oversized {
        /// What.
        what: String,
        /// The limit, in bytes.
        most: u64,
    },
    /// Its time is over.
    #[error("the {role} metadata is no longer good: sign it anew")]
    Expired {
        /// Which.
        role: Role,
    },
    /// It is older than what was trusted before.
    #[error("the {role} metadata is version {version}, and {trusted} was trusted before")]
    RolledBack {
        /// Which.
        role: Role,
        /// Its version.
        version: u64,
        /// The one before.
        trusted: u64,
    },
    /// It is not the one that the other metadata means.
    #[error("the {role} metadata is not the one that was signed together with the rest")]
    Mixed {
        /// Which.
        role: Role,
    },
    /// A key that counts is named, and its signature is not over this.
    #[error("the {role} metadata was changed after it was signed")]
    WronglySigned {
        /// Which.
        role: Role,
    },
    /// Nobody whose signature counts has signed it.
    #[error("the {role} metadata is signed with a key that does not count for it")]
    UnknownKey {
        /// Which.
        role: Role,
    },
    /// Some of those whose signatures count are missing.
    #[error("the {role} metadata has {valid} of the {threshold} signatures that it needs")]
    TooFewSignatures {
        /// Which.
        role: Role,
        /// How many count.
        valid: u32,
        /// How many are needed.
        threshold: u32,
    },
    /// A root that is not the next one.
    #[error("root {version} does not follow root {trusted}")]
    NotNext {
        /// Its version.
        version: u64,
        /// The one before.
        trusted: u64,
    },
    /// There is no such target in the list.
    #[error("the release is not in the signed list")]
    NotListed,
    /// The target is not the listed one.
    #[error("the release is not the listed one: it was changed or damaged")]
    Altered,
}

impl Refused {
    /// All codes.
    pub const CODES: [&'static str; 12] = [
        "release-unreadable",
        "release-truncated",
        "release-oversized",
        "release-expired",
        "release-rolled-back",
        "release-mixed",
        "release-wrongly-signed",
        "release-unknown-key",
        "release-too-few-signatures",
        "release-not-next-root",
        "release-not-listed",
        "release-altered",
    ];

    /// For programs, and to find the sentence by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let place = match self {
            Refused::Unreadable { .. } => 0,
            Refused::Truncated { .. } => 1,
            Refused::Oversized { .. } => 2,
            Refused::Expired { .. } => 3,
            Refused::RolledBack { .. } => 4,
            Refused::Mixed { .. } => 5,
            Refused::WronglySigned { .. } => 6,
            Refused::UnknownKey { .. } => 7,
            Refused::TooFewSignatures { .. } => 8,
            Refused::NotNext { .. } => 9,
            Refused::NotListed => 10,
            Refused::Altered => 11,
        };
        Self::CODES[place]
    }
}
