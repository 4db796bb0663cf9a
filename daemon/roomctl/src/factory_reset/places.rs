//! Where a room leaves something on a machine, and what of it is removed. Knows folders and the keys of the room's file that
//! name others; no secret.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders of one system, below its root.
#[derive(Debug)]
pub struct Places {
    root: PathBuf,
    /// The room's file, below the root like all that follow.
    pub room: PathBuf,
    config: PathBuf,
    state: PathBuf,
    /// What root's helper for packages keeps.
    upgrade: PathBuf,
    policy: PathBuf,
    running: Vec<PathBuf>,
    /// Files that the room's file names because they are secret.
    named: BTreeSet<PathBuf>,
}

/// What else may have kept something: the journal, core dumps, temporary files.
const KEPT_BY_OTHERS: &[&str] = &[
    "/var/log",
    "/var/lib/systemd",
    "/var/crash",
    "/var/tmp",
    "/tmp",
    "/etc/roomd",
    "/run",
];

impl Places {
    /// Of the system below `root`. A room's file that cannot be read names nothing, and the usual places hold.
    pub fn of(root: &Path, room: &Path) -> Places {
        let below = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
        let config = room.parent().unwrap_or(Path::new("/etc/roomd"));
        let mut named = BTreeSet::new();
        let mut state = None;
        for file in copies(&below(room)) {
            let text = fs::read_to_string(file).unwrap_or_default();
            let table: toml::Table = text.parse().unwrap_or_default();
            let room = table.get("room").and_then(|room| room.get("state_dir"));
            let said = room
                .and_then(toml::Value::as_str)
                .map(|path| below(&config.join(path)));
            state = state.or(said);
            each_string(&toml::Value::Table(table), "", &mut |key, value| {
                if key.ends_with("_file") {
                    named.insert(below(&config.join(value)));
                }
            });
        }
        Places {
            room: below(room),
            config: below(config),
            state: state.unwrap_or_else(|| below(Path::new("/var/lib/roomd"))),
            upgrade: below(Path::new("/var/lib/roomd-upgrade")),
            policy: below(Path::new("/etc/chromium/policies/managed/roomd.json")),
            running: [
                "/run/roomd",
                "/run/roomd-browser",
                "/run/roomd-sound",
                "/run/roomd-sound-clients",
            ]
            .map(|path| below(Path::new(path)))
            .into(),
            named,
            root: root.to_owned(),
        }
    }

    /// The folder of what the daemon keeps.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Whether this file was named, or lies where secrets do.
    pub fn is_secret(&self, file: &Path) -> bool {
        self.named.contains(file) || file.starts_with(self.config.join("secrets"))
    }

    /// The room's file and its earlier copies.
    pub fn room_files(&self) -> Vec<PathBuf> {
        copies(&self.room)
    }

    /// All files that go.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn files(&self) -> Result<BTreeSet<PathBuf>> {
        let mut files = BTreeSet::new();
        let folders = [&self.config, &self.state, &self.upgrade];
        let folders = folders.into_iter().chain(&self.running);
        for folder in folders {
            below(folder, &mut files)?;
        }
        files.extend(
            self.named
                .iter()
                .chain([&self.policy])
                .filter(|file| file.is_file())
                .cloned(),
        );
        Ok(files)
    }

    /// How many files of each kind, in words.
    pub fn kinds<'a>(&self, files: &'a BTreeSet<PathBuf>) -> BTreeMap<&'a str, usize> {
        let mut kinds = BTreeMap::new();
        for file in files {
            *kinds.entry(self.kind(file)).or_default() += 1;
        }
        kinds
    }

    fn kind(&self, file: &Path) -> &'static str {
        if self.is_secret(file) {
            return "passwords and passcodes";
        }
        if file.starts_with(&self.config) {
            return "the room's file, its copies and boards";
        }
        if *file == self.policy {
            return "the browser's policy";
        }
        if file.starts_with(&self.upgrade) {
            return "releases that the fleet had installed";
        }
        let Ok(inside) = file.strip_prefix(&self.state) else {
            return "what belongs to running services, the browser's profile too";
        };
        let first = inside
            .iter()
            .next()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        match first {
            "calendars" => "copies of calendars",
            "commission" | "preflight" | "screens" => "checks, reports and pictures",
            "recordings" => "recordings of the daemon's steps",
            "pairings.json" => "paired devices",
            "sip" => "files of the SIP client",
            "packs" | "buttons" | "heads" => "packs, notes on buttons, presets",
            name if name.starts_with("practice")
                || name.ends_with(".der")
                || name.ends_with(".pem") =>
            {
                "keys and certificates"
            }
            _ => "memory and other state",
        }
    }

    /// Removes the folders that are empty now; those that the package makes are made again by it.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn clear(&self) -> Result<()> {
        for folder in [&self.config, &self.state, &self.upgrade] {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error)
                        .with_context(|| format!("cannot remove {}", folder.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where secrets are looked for afterwards.
    pub fn searched(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = KEPT_BY_OTHERS
            .iter()
            .map(|path| self.root.join(path.trim_start_matches('/')))
            .collect();
        all.extend([
            self.config.clone(),
            self.state.clone(),
            self.upgrade.clone(),
        ]);
        all.extend(self.policy.parent().map(Path::to_owned));
        all.extend(self.named.iter().cloned());
        all.sort();
        all.dedup();
        // What lies inside another is read with it.
        let outer = |path: &PathBuf| {
            !all.iter()
                .any(|other| other != path && path.starts_with(other))
        };
        all.iter().filter(|path| outer(path)).cloned().collect()
    }
}

/// The file, and what was put aside when it was replaced: `room.toml.1` and so on.
fn copies(room: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (room.parent(), room.file_name()) else {
        return Vec::new();
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = name.to_string_lossy().into_owned();
    let mut all: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|one| one.to_string_lossy().starts_with(&name))
        })
        .collect();
    all.sort();
    all
}

/// Each text of a file with its key.
pub fn each_string(value: &toml::Value, key: &str, each: &mut impl FnMut(&str, &str)) {
    match value {
        toml::Value::String(text) => each(key, text),
        toml::Value::Table(table) => table
            .iter()
            .for_each(|(key, value)| each_string(value, key, each)),
        toml::Value::Array(all) => all.iter().for_each(|value| each_string(value, key, each)),
        _ => {}
    }
}

/// All files below a folder; links are no folders, so nothing outside is touched. Sockets and the like are files here.
fn below(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => below(&entry.path(), files)?,
            _ => {
                files.insert(entry.path());
            }
        }
    }
    Ok(())
}
