//! Owns the last good copy of each source on disk: written whole or not at all, readable by roomd alone.
//! It holds invitations in full, so it belongs on the device's own disk and nowhere else.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Place, Source, caldav::Collection, parse_aside, parse_many};
use crate::{model::Calendar, zone::UnixMs};

/// Format of the file. A copy of another version is not read: it is only a cache.
const VERSION: u32 = 1;
/// Longest file that is read back.
const MAX_FILE_BYTES: u64 = 128 << 20;

/// What a source remembers: the texts, and what it takes to ask only for news.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Memory {
    Text {
        text: String,
        etag: Option<String>,
        last_modified: Option<String>,
    },
    CalDav {
        collections: Vec<Collection>,
    },
}

impl Memory {
    /// The calendar that these texts make.
    pub(crate) async fn calendar(&self) -> Option<Calendar> {
        match self {
            Memory::Text { text, .. } => parse_aside(text.clone().into_bytes()).await.ok(),
            Memory::CalDav { collections } => {
                let texts: Vec<Arc<str>> = collections.iter().flat_map(Collection::texts).collect();
                parse_many(texts).await.ok()
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Copy<M> {
    version: u32,
    address: String,
    read_at_ms: i64,
    memory: M,
}

/// The place of one source's copy.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    path: PathBuf,
    address: String,
}

impl Store {
    pub(crate) fn new(folder: &Path, source: &Source) -> Self {
        let slug: String = source
            .name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .take(40)
            .collect();
        let file = format!("calendar-{slug}-{}.json", &digest(&source.name)[..8]);
        Self {
            path: folder.join(file),
            address: digest(&address(&source.place)),
        }
    }

    /// The copy of this very address and when it was read. A damaged copy counts as none.
    pub(crate) async fn load(&self) -> Option<(Memory, UnixMs)> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.load_now())
            .await
            .ok()?
    }

    fn load_now(&self) -> Option<(Memory, UnixMs)> {
        if fs::metadata(&self.path).ok()?.len() > MAX_FILE_BYTES {
            return None;
        }
        let copy: Copy<Memory> = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        let ours = copy.version == VERSION && copy.address == self.address;
        ours.then_some((copy.memory, UnixMs(copy.read_at_ms)))
    }

    /// Replaces the copy.
    ///
    /// # Errors
    /// What the system says; the old copy is then untouched.
    pub(crate) async fn save(&self, memory: &Memory, read_at: UnixMs) -> io::Result<()> {
        let copy = Copy {
            version: VERSION,
            address: self.address.clone(),
            read_at_ms: read_at.0,
            memory,
        };
        let text = serde_json::to_vec(&copy)?;
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || replace(&path, &text))
            .await
            .map_err(io::Error::other)?
    }
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension("new");
    let written = (|| {
        let _ = fs::remove_file(&temporary);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        fs::File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn address(place: &Place) -> String {
    match place {
        Place::File { path } => format!("file {}", path.display()),
        Place::Url { link, .. } => format!("url {}", link.reveal()),
        Place::CalDav {
            base, login, only, ..
        } => {
            let user = login.as_ref().map_or("", |login| login.user.as_str());
            format!("caldav {} {user} {}", base.reveal(), only.join("\n"))
        }
    }
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}
