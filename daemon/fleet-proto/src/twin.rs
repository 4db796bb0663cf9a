//! The desired document and what became of it. Knows no file format but that it is text.

use crate::ids::{BoundedText, Revision};
use serde::{Deserialize, Deserializer, Serialize};

/// A longer document, in bytes, is refused on both sides.
pub const MAX_SETTINGS: usize = 16 * 1024;

/// How a room shall be set: TOML that is laid over the room's own file. Only what is no wiring may stand in it; the room holds the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Which writing.
    pub revision: Revision,
    /// The text, whole.
    pub settings: String,
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            revision: Revision,
            settings: String,
        }
        let Raw { revision, settings } = Raw::deserialize(from)?;
        match settings.len() {
            0..=MAX_SETTINGS => Ok(Desired { revision, settings }),
            length => Err(serde::de::Error::custom(format!(
                "settings of {length} bytes; {MAX_SETTINGS} are the limit"
            ))),
        }
    }
}

/// What became of a desired document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Which.
    pub revision: Revision,
    /// What.
    #[serde(flatten)]
    pub settled: Settled,
}

/// Taken whole or refused whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Settled {
    /// The room runs with it.
    Applied {
        /// What of it comes into force only with the daemon's next start.
        later: Vec<BoundedText>,
    },
    /// The room keeps the one before.
    Refused {
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line, counted from 1; `None`: the whole.
    pub line: Option<u32>,
    /// What.
    pub message: BoundedText,
    /// What to do.
    pub help: Option<BoundedText>,
}
