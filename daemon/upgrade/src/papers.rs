//! What daemon and helper leave for each other, and where. Types and places; nothing here is believed by being read.

use crate::machine::Outcome;
use fleet_proto::{Code, Offer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What rooms run.
pub const PACKAGE: &str = "roomd";
/// A package is no larger, in bytes.
pub const LARGEST: u64 = 32 << 20;
/// This machine's, as Debian names it.
pub const ARCHITECTURE: &str = match cfg!(target_arch = "aarch64") {
    true => "arm64",
    false => "amd64",
};

/// Folders and files of both.
#[derive(Debug, Clone)]
pub struct Places {
    /// The root of trust, which only root can write.
    pub root: PathBuf,
    /// The helper's folder: its state, which everybody may read, and packages.
    pub own: PathBuf,
    /// The daemon's folder for as long as the machine runs.
    pub running: PathBuf,
    /// The daemon's state folder.
    pub daemon: PathBuf,
}

impl Places {
    /// The folder in the daemon's state folder with what it has brought.
    pub const BROUGHT: &str = "upgrade";
    /// The signed list in it.
    pub const LIST: &str = "list.json";
    /// The package in it.
    pub const NEW: &str = "new.deb";
    /// The package of the version that runs in it, where the helper has none.
    pub const OLD: &str = "old.deb";

    /// Of the system below this folder.
    #[must_use]
    pub fn below(folder: &Path) -> Places {
        Places {
            root: folder.join("etc/roomd/release-root.json"),
            own: folder.join("var/lib/roomd-upgrade"),
            running: folder.join("run/roomd"),
            daemon: folder.join("var/lib/roomd"),
        }
    }

    /// What the helper remembers.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.own.join("state.json")
    }

    /// Where the daemon asks; systemd waits for this file.
    #[must_use]
    pub fn wish(&self) -> PathBuf {
        self.running.join("upgrade-wanted")
    }

    /// Where the daemon on trial says how it is.
    #[must_use]
    pub fn word(&self) -> PathBuf {
        self.running.join("upgrade-word")
    }

    /// What the daemon brings.
    #[must_use]
    pub fn brought(&self) -> PathBuf {
        self.daemon.join(Self::BROUGHT)
    }
}

/// What the daemon asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// A release of the room's package.
    pub offer: Offer,
}

/// What a daemon on trial says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Which trial.
    pub offer: Offer,
    /// The version that speaks.
    pub software: String,
    /// How it is.
    #[serde(flatten)]
    pub is: Is,
}

/// How a daemon on trial is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Is {
    /// The room works as before.
    Proven {},
    /// It does not.
    Failed {
        /// Why.
        code: Code,
    },
    /// People came before that could be said.
    Later {},
}

impl From<Is> for Outcome {
    fn from(is: Is) -> Self {
        match is {
            Is::Proven {} => Outcome::Proven {},
            Is::Failed { code } => Outcome::Failed { code },
            Is::Later {} => Outcome::Later {},
        }
    }
}

/// What the helper remembers in this file; nothing where there is none.
///
/// # Errors
/// When it is there and cannot be read: whoever took it for empty would forget what is under way, and what is older than trusted.
pub(crate) fn remembered<T: Default + DeserializeOwned>(path: &Path) -> io::Result<T> {
    let said =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(io::Error::from)
            .map_err(said),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(said(error)),
    }
}

/// Replaces a file as a whole, on the disk when this returns.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    fs::set_permissions(file.path(), Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}
