//! Stored places of cameras that store none themselves, kept in a file of one line each. Knows no camera.

use room_core::units::{Position, PresetNumber};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The places, and where they are kept.
#[derive(Debug, Clone, Default)]
pub struct PresetBook {
    file: Option<PathBuf>,
    places: BTreeMap<u8, Position>,
}

impl PresetBook {
    /// Forgotten at the end.
    pub fn in_memory() -> PresetBook {
        PresetBook::default()
    }

    /// Reads the file; one that does not exist yet is empty, and a line that makes no sense is told and left out.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn at(file: &Path) -> io::Result<PresetBook> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut places = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            match read(line) {
                Some((number, place)) => drop(places.insert(number, place)),
                None => {
                    tracing::warn!(file = %file.display(), line = at + 1, "this preset makes no sense");
                }
            }
        }
        Ok(PresetBook {
            file: Some(file.to_path_buf()),
            places,
        })
    }

    pub(super) fn get(&self, number: PresetNumber) -> Option<Position> {
        self.places.get(&number.0).copied()
    }

    /// Keeps a place, on disk before it counts.
    pub(super) fn store(&mut self, number: PresetNumber, place: Position) -> io::Result<()> {
        let mut places = self.places.clone();
        places.insert(number.0, place);
        if let Some(file) = &self.file {
            let text: String = places.iter().map(written).collect();
            replace(file, &text)?;
        }
        self.places = places;
        Ok(())
    }
}

/// Whenever the power goes, the old places are there or the new ones.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let fresh = file.with_extension("new");
    let mut whole = File::create(&fresh)?;
    whole.write_all(text.as_bytes())?;
    whole.sync_all()?;
    std::fs::rename(&fresh, file)?;
    let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// `number pan tilt zoom`, in hundredths of a degree and thousandths.
fn read(line: &str) -> Option<(u8, Position)> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let place = Position {
        pan: words.next()?.parse().ok()?,
        tilt: words.next()?.parse().ok()?,
        zoom: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some((number, place))
}

fn written((number, place): (&u8, &Position)) -> String {
    format!("{number} {} {} {}\n", place.pan, place.tilt, place.zoom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outlive_the_daemon_and_a_spoilt_line_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("front.presets");
        let mut book = PresetBook::at(&file).unwrap();
        let place = Position {
            pan: -4500,
            tilt: 250,
            zoom: 300,
        };
        book.store(PresetNumber(3), place).unwrap();
        book.store(PresetNumber(7), Position::default()).unwrap();
        let spoilt = std::fs::read_to_string(&file).unwrap() + "9 x\n";
        std::fs::write(&file, spoilt).unwrap();
        let book = PresetBook::at(&file).unwrap();
        assert_eq!(book.get(PresetNumber(3)), Some(place));
        assert_eq!(book.get(PresetNumber(7)), Some(Position::default()));
        assert_eq!(book.get(PresetNumber(9)), None);
    }
}
