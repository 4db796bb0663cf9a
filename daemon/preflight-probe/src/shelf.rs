//! What stays of runs, in a folder: the installation's sound, the last run, the next day's meetings, the history. Files are
//! replaced whole, never half. Knows no page and no clock.

use preflight::history::{KEPT, Past, appended};
use preflight::sound::Loop;
use preflight::{Run, Trouble};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Debug, Clone)]
pub struct Shelf(PathBuf);

/// Why something is not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A file cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("cannot write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A file holds something else.
    #[error("{} is damaged, or of another version; remove it", .0.display())]
    Damaged(PathBuf, #[source] serde_json::Error),
}

/// A run, and when it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// In seconds since 1970.
    pub at: i64,
    /// What came of it.
    pub run: Run,
}

/// A meeting of a day to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// When it begins, in milliseconds since 1970.
    pub start_ms: i64,
    /// What was found on the way to it.
    pub troubles: Vec<Trouble>,
}

const BASELINE: &str = "baseline.json";
const HISTORY: &str = "history.jsonl";
const LAST: &str = "last.json";
const TOMORROW: &str = "tomorrow.json";

impl Shelf {
    /// In this folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Shelf {
        Shelf(folder)
    }

    /// Where a file of this name is.
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The sound at the installation, when it was stored.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub fn baseline(&self) -> Result<Option<Vec<Loop>>, ShelfError> {
        self.read(BASELINE)
    }

    /// Stores the sound as that of the installation; where that is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, loops: &[Loop]) -> Result<PathBuf, ShelfError> {
        self.keep(BASELINE, &loops)
    }

    /// The last run.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub fn last(&self) -> Result<Option<Kept>, ShelfError> {
        self.read(LAST)
    }

    /// The meetings of the day that was looked at last.
    ///
    /// # Errors
    /// When they are there and cannot be used.
    pub fn tomorrow(&self) -> Result<Vec<Ahead>, ShelfError> {
        Ok(self.read(TOMORROW)?.unwrap_or_default())
    }

    /// Keeps what was found of the next day's meetings.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn foresee(&self, meetings: &[Ahead]) -> Result<(), ShelfError> {
        self.keep(TOMORROW, &meetings).map(|_| ())
    }

    /// Earlier runs, the oldest first. Lines that a power cut tore are passed over.
    pub fn history(&self) -> Vec<Past> {
        let text = fs::read_to_string(self.file(HISTORY)).unwrap_or_default();
        let lines = text.lines();
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Keeps a run as the last one, and as a line of the history.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, kept: &Kept) -> Result<(), ShelfError> {
        self.keep(LAST, kept)?;
        let file = self.file(HISTORY);
        let before = fs::read_to_string(&file).unwrap_or_default();
        let line = serde_json::to_string(&Past::of(kept.at, &kept.run))
            .map_err(|error| ShelfError::Damaged(file.clone(), error))?;
        self.replace(&file, &appended(&before, &line, KEPT))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ShelfError> {
        let file = self.file(name);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ShelfError::Read(file, error)),
        };
        let read = serde_json::from_str(&text);
        read.map(Some)
            .map_err(|error| ShelfError::Damaged(file, error))
    }

    fn keep(&self, name: &str, what: &impl Serialize) -> Result<PathBuf, ShelfError> {
        let file = self.file(name);
        let text = serde_json::to_string(what)
            .map_err(|error| ShelfError::Damaged(file.clone(), error))?;
        self.replace(&file, &text)?;
        Ok(file)
    }

    fn replace(&self, file: &Path, text: &str) -> Result<(), ShelfError> {
        let whole = file.with_extension("new");
        let replaced = fs::create_dir_all(&self.0)
            .and_then(|()| File::create(&whole))
            .and_then(|mut new| new.write_all(text.as_bytes()).and_then(|()| new.sync_all()))
            .and_then(|()| fs::rename(&whole, file));
        replaced.map_err(|error| ShelfError::Write(file.to_owned(), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use preflight::{Check, Checked, Skipped};

    fn kept(at: i64) -> Kept {
        let mut checked = Checked::of(Check::Picture);
        checked
            .troubles
            .push(Trouble::PictureCovered("front".to_owned()));
        let quiet = Checked::skipped(Check::Sound, Skipped::Quiet);
        Kept {
            at,
            run: Run {
                checks: vec![checked, quiet],
                stopped: None,
            },
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_the_history_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().join("preflight"));
        assert_eq!(shelf.last().unwrap(), None);
        assert!(shelf.history().is_empty());
        for at in 0..i64::try_from(KEPT).unwrap() + 5 {
            shelf.remember(&kept(at)).unwrap();
        }
        let again = Shelf::new(folder.path().join("preflight"));
        let history = again.history();
        assert_eq!((history.len(), history[0].at), (KEPT, 5));
        assert_eq!(history[0].codes, ["picture-covered"]);
        let newest = again.last().unwrap().unwrap();
        assert_eq!(newest.at, i64::try_from(KEPT).unwrap() + 4);
        assert_eq!(newest.run, kept(0).run);
    }

    #[test]
    fn a_damaged_file_is_said_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().to_owned());
        fs::write(folder.path().join(BASELINE), "[{").unwrap();
        let said = shelf.baseline().unwrap_err().to_string();
        assert!(said.contains("baseline.json is damaged"), "{said}");
    }
}
