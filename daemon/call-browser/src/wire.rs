//! Owns the frames that keeper and client say to each other besides what passes through: objects with the one key
//! `keeper`. Knows nothing of what passes through.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ids from here on belong to the keeper itself.
pub const KEEPER_IDS: u64 = 1 << 30;
/// How many notes a client may leave.
pub const NOTES_MAX: usize = 32;
/// The longest key or value of a note, in bytes.
pub const NOTE_LENGTH: usize = 2048;

/// A frame from the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromKeeper {
    /// What it says.
    pub keeper: Said,
}

/// A frame to the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToKeeper {
    /// What is asked.
    pub keeper: Asked,
}

/// What a keeper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum Said {
    /// Chromium runs and answers. The first frame of a connection, or a new Chromium after `Gone`.
    Running(Running),
    /// Chromium does not run. The first frame of a connection, or what follows a crash.
    Gone(Gone),
    /// The connection will be closed by the keeper, for this reason.
    Refused {
        /// For people.
        why: String,
    },
}

/// A Chromium that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Grows with each Chromium that this keeper started, from 1.
    pub generation: u64,
    /// Its process id.
    pub pid: u32,
    /// Its product name and version.
    pub product: String,
    /// The smallest request id that this client may use: answers to earlier clients cannot be mistaken for its own.
    pub first_id: u64,
    /// What clients left for this Chromium.
    pub notes: BTreeMap<String, String>,
}

/// A Chromium that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// The generation that ended; 0 before the first.
    pub generation: u64,
    /// How it ended.
    pub why: String,
    /// How often in a row it has ended soon after its start.
    pub failures: u32,
    /// When the next one is started, from now.
    pub restart_in_ms: u64,
}

/// What a client may ask the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Asked {
    /// Keep this as long as this Chromium lives, also when the client dies.
    Note {
        /// Its name.
        key: String,
        /// What to keep; absent to forget it.
        value: Option<String>,
    },
    /// End the process that plays and captures for this Chromium. Chromium starts another one when a page needs it, and that one
    /// looks for the sound server anew.
    SoundAnew,
    /// End this Chromium; the next one is started as after any end.
    BrowserAnew,
}

/// Writes a frame of the keeper.
pub fn say(said: Said) -> Vec<u8> {
    serde_json::to_vec(&FromKeeper { keeper: said })
        .expect("plain structs of text and numbers always serialise")
}
