//! Owns the file in which spoilt tokens outlive a restart. Knows only its format.

use crate::conference::Revocations;
use crate::error::PracticeError;
use crate::ids::ConferenceId;
use crate::token::write_private;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Revocations by conference.
pub(crate) type AllRevocations = BTreeMap<ConferenceId, Revocations>;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    conferences: AllRevocations,
}

const VERSION: u32 = 1;

/// Reads what was kept; nothing when there is no file yet.
pub(crate) fn load(path: &Path) -> Result<AllRevocations, PracticeError> {
    let failed = |source| PracticeError::State {
        path: PathBuf::from(path),
        source,
    };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(AllRevocations::new()),
        Err(error) => return Err(failed(error)),
    };
    let file: File = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    if file.version == VERSION {
        Ok(file.conferences)
    } else {
        let why = format!("version {} is not known", file.version);
        Err(failed(io::Error::new(io::ErrorKind::InvalidData, why)))
    }
}

/// Writes what must be kept, replacing the file in one step.
pub(crate) fn save(path: &Path, conferences: AllRevocations) -> io::Result<()> {
    write_private(
        path,
        &serde_json::to_vec(&File {
            version: VERSION,
            conferences,
        })?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Wall;
    use crate::ids::ParticipantId;
    use crate::messages::Over;

    #[test]
    fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.json");
        assert!(load(&path).unwrap().is_empty());
        let people =
            BTreeMap::from([(ParticipantId::from_bytes([1; 8]), (Over::Removed, Wall(9)))]);
        let revoked = Revocations {
            ended: Some(Wall(5)),
            people,
        };
        let all = AllRevocations::from([(ConferenceId::new("raum").unwrap(), revoked)]);
        save(&path, all.clone()).unwrap();
        save(&path, all.clone()).unwrap();
        assert_eq!(load(&path).unwrap(), all);
    }

    #[test]
    fn a_broken_file_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.json");
        for bad in ["{", "[]", r#"{"version":2,"conferences":{}}"#] {
            std::fs::write(&path, bad).unwrap();
            let said = load(&path).unwrap_err().to_string();
            assert!(said.contains("revoked.json"), "{said}");
        }
    }
}
