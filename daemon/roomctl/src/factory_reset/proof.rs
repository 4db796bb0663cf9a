//! What is secret about a room, noted before it goes, and looked for afterwards in all that is left. Prints no secret and keeps
//! none on a disk.

use super::places::{Places, each_string};
use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A shorter text stands somewhere by chance.
const SHORTEST: usize = 6;
/// So much of a file is enough to know it again.
const WINDOW: usize = 32;
/// Keys of the room's file whose text is not for everybody: a calendar's address may be a secret itself.
const KEYS: &[&str] = &["passcode", "password", "secret", "url", "user", "account"];
/// What the state folder holds that everybody may know, because it came from elsewhere.
const PUBLIC: &[&str] = &["packs", "buttons", "heads", "lock"];

/// Bytes to look for, and in words what each is.
#[derive(Default)]
pub struct Secrets {
    all: BTreeMap<Vec<u8>, &'static str>,
    too_short: usize,
}

/// What was read, and where something was found.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Files that still hold something, and what.
    pub found: Vec<(PathBuf, &'static str)>,
    /// Files that could not be read.
    pub unread: Vec<PathBuf>,
    /// How many were read.
    pub files: usize,
    /// How much.
    pub bytes: u64,
}

impl Secrets {
    /// Of these files.
    ///
    /// # Errors
    /// One cannot be read: what is in it could not be looked for.
    pub fn noted(places: &Places, files: &BTreeSet<PathBuf>) -> Result<Secrets> {
        let mut secrets = Secrets::default();
        for file in places.room_files() {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let table: toml::Table = text.parse().unwrap_or_default();
            each_string(&toml::Value::Table(table), "", &mut |key, value| {
                if KEYS.contains(&key) {
                    secrets.note(value.as_bytes(), "a secret of the room's file");
                }
            });
        }
        for file in files {
            let whole =
                || fs::read(file).with_context(|| format!("cannot read {}", file.display()));
            if !fs::symlink_metadata(file).is_ok_and(|data| data.is_file()) {
                continue;
            }
            if places.is_secret(file) {
                let bytes = whole()?;
                for line in bytes.split(|byte| *byte == b'\n') {
                    secrets.note(line.trim_ascii(), "a password or passcode");
                }
            } else if let Ok(inside) = file.strip_prefix(places.state()) {
                let first = inside
                    .iter()
                    .next()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                if !PUBLIC.iter().any(|name| first.starts_with(name)) {
                    secrets.windows(&whole()?);
                }
            }
        }
        Ok(secrets)
    }

    fn note(&mut self, bytes: &[u8], what: &'static str) {
        match bytes.len() {
            0 => {}
            1..SHORTEST => self.too_short += 1,
            _ => {
                self.all.insert(bytes.to_vec(), what);
            }
        }
    }

    /// Parts from the inside: how a file begins and ends is often the same for all of its kind.
    fn windows(&mut self, bytes: &[u8]) {
        for quarter in 1..=3 {
            let from = (bytes.len() * quarter / 4).min(bytes.len().saturating_sub(WINDOW));
            let window = &bytes[from..bytes.len().min(from + WINDOW)];
            let distinct: BTreeSet<&u8> = window.iter().collect();
            // Blank space and rows of one sign are in every file.
            if distinct.len() >= WINDOW / 4 {
                self.note(window, "a part of what the daemon kept");
            }
        }
    }

    /// How many are looked for.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many are not, because chance would find them.
    pub fn too_short(&self) -> usize {
        self.too_short
    }

    /// Reads every file at and below these places.
    ///
    /// # Errors
    /// The secrets cannot be looked for at once: a bug.
    pub fn look_for(&self, places: &[PathBuf]) -> Result<Leftovers> {
        let words: Vec<&'static str> = self.all.values().copied().collect();
        let needles =
            AhoCorasick::new(self.all.keys()).context("making a search of the secrets")?;
        let mut read = Leftovers::default();
        for place in places {
            look(place, &needles, &words, &mut read);
        }
        Ok(read)
    }
}

fn look(path: &Path, needles: &AhoCorasick, words: &[&'static str], read: &mut Leftovers) {
    let Ok(data) = fs::symlink_metadata(path) else {
        return;
    };
    if data.is_dir() {
        match fs::read_dir(path) {
            Ok(entries) => entries
                .flatten()
                .for_each(|entry| look(&entry.path(), needles, words, read)),
            Err(_) => read.unread.push(path.to_owned()),
        }
        return;
    }
    // Pipes and sockets hold nothing, and a file of no length is empty or the kernel's own.
    if !data.is_file() || data.len() == 0 {
        return;
    }
    match found(path, needles, read) {
        Ok(Some(which)) => read.found.push((path.to_owned(), words[which])),
        Ok(None) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => read.unread.push(path.to_owned()),
    }
}

fn found(path: &Path, needles: &AhoCorasick, read: &mut Leftovers) -> io::Result<Option<usize>> {
    let mut counted = Counted {
        file: File::open(path)?,
        bytes: 0,
    };
    let first = needles.stream_find_iter(&mut counted).next().transpose()?;
    read.files += 1;
    read.bytes += counted.bytes;
    Ok(first.map(|found| found.pattern().as_usize()))
}

struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(into)?;
        self.bytes += length as u64;
        Ok(length)
    }
}
