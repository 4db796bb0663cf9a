//! The folder of what must survive: who holds it, the room's memory, keys. Files appear whole or not at all.
//! Knows no meaning of what it keeps.

use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use room_core::memory::Memory;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tracing::{error, warn};

/// The folder, held by this process alone for as long as this lives.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    _lock: Flock<File>,
}

const LOCK: &str = "lock";
const MEMORY: &str = "memory.json";

impl StateDir {
    /// Makes the folder when needed and takes it.
    ///
    /// # Errors
    /// When the folder cannot be used, or another daemon holds it: the message says which and what to do.
    pub fn take(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| {
                format!(
                    "cannot make the folder {} for the room's memory",
                    path.display()
                )
            })?;
        let lock = lock(path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// A file or folder in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the room remembered; nothing when there is no file. A damaged file is put aside, so that a room starts in any case.
    pub fn memory(&self) -> Option<Memory> {
        let path = self.file(MEMORY);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                warn!(path = %path.display(), %error, "cannot read what the room remembered");
                return None;
            }
        };
        match serde_json::from_slice(&text) {
            Ok(memory) => Some(memory),
            Err(error) => {
                let aside = self.file("memory.damaged.json");
                let kept = fs::rename(&path, &aside).is_ok();
                warn!(%error, kept, aside = %aside.display(), "what the room remembered is damaged and was put aside");
                None
            }
        }
    }

    /// Begins writing memories in a thread of its own, so that nobody waits for a disk; the newest wins.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn keeper(&self) -> Result<Keeper> {
        let desk = Arc::new(Desk::default());
        let (path, theirs) = (self.file(MEMORY), Arc::clone(&desk));
        let thread = std::thread::Builder::new()
            .name("memory".into())
            .spawn(move || keep(&path, &theirs))
            .context("cannot start the thread that keeps the room's memory")?;
        Ok(Keeper {
            desk,
            thread: Some(thread),
        })
    }
}

fn lock(folder: &Path) -> Result<Flock<File>> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{}", std::process::id())?;
            Ok(lock)
        }
        Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let who = match pid.trim() {
                "" => "another roomd".to_owned(),
                pid => format!("another roomd (process {pid})"),
            };
            bail!(
                "{who} already runs this room: it holds {}.\n\
                 Stop it first (`systemctl stop roomd`), or give this one a room and a --state-dir of its own.",
                folder.display()
            );
        }
        Err((_, errno)) => bail!("cannot lock {}: {errno}", path.display()),
    }
}

/// The way to the thread that writes the room's memory. Dropping it waits until the last memory is written.
#[derive(Debug)]
pub struct Keeper {
    desk: Arc<Desk>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Desk {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot {
    newest: Option<Memory>,
    closed: bool,
}

impl Desk {
    fn change(&self, change: impl FnOnce(&mut Slot)) {
        change(&mut self.slot.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    /// The newest memory; `None` when there will be no more.
    fn next(&self) -> Option<Memory> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |slot: &mut Slot| slot.newest.is_none() && !slot.closed;
        let mut slot = self
            .changed
            .wait_while(slot, idle)
            .unwrap_or_else(PoisonError::into_inner);
        slot.newest.take()
    }
}

impl Keeper {
    /// Keeps this from now on. Never waits for the disk.
    pub fn keep(&self, memory: Memory) {
        self.desk.change(|slot| slot.newest = Some(memory));
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.desk.change(|slot| slot.closed = true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the thread that keeps the room's memory panicked");
        }
    }
}

fn keep(path: &Path, desk: &Desk) {
    while let Some(memory) = desk.next() {
        let written = serde_json::to_vec(&memory).map_err(anyhow::Error::from);
        if let Err(error) = written.and_then(|text| write_whole(path, &text)) {
            let error = format!("{error:#}");
            warn!(path = %path.display(), %error, "cannot keep the room's memory");
        }
    }
}

/// Writes a file so that after a power cut either the old or the new one is there, whole. Readable to the daemon alone.
///
/// # Errors
/// What the file system says.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// A folder of files that appear whole or not at all, closed to others. One that cannot be read counts as absent and is said: a room
/// starts in any case.
#[derive(Debug, Clone)]
pub struct Drawer(PathBuf);

impl Drawer {
    /// This folder; it is made when the first file is put into it.
    pub fn new(folder: PathBuf) -> Drawer {
        Drawer(folder)
    }

    /// Where the file of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is in it.
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    warn!(file = %path.display(), %error, "cannot be read; the room goes on without it");
                }
                None
            }
        }
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is there then.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        let cannot = || format!("cannot write {}", path.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .with_context(cannot)?;
        write_whole(&path, bytes).with_context(cannot)
    }

    /// There is none any more.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != ErrorKind::NotFound
        {
            warn!(file = %path.display(), %error, "cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(last_call: u64) -> Memory {
        Memory {
            last_call,
            ..Memory::default()
        }
    }

    #[test]
    fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        {
            let state = StateDir::take(&path).unwrap();
            assert_eq!(state.memory(), None);
            let keeper = state.keeper().unwrap();
            (1..=100).for_each(|n| keeper.keep(memory(n)));
        }
        let state = StateDir::take(&path).unwrap();
        assert_eq!(state.memory(), Some(memory(100)));
        let names: Vec<_> = fs::read_dir(&path)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "lock and memory alone: {names:?}");
    }

    #[test]
    fn a_damaged_memory_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::take(folder.path()).unwrap();
        fs::write(state.file(MEMORY), "{\"last_call\":").unwrap();
        assert_eq!(state.memory(), None);
        assert_eq!(state.memory(), None);
        let aside = fs::read_to_string(state.file("memory.damaged.json")).unwrap();
        assert_eq!(aside, "{\"last_call\":");
    }

    #[test]
    fn a_second_holder_is_refused_with_the_first_ones_number() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDir::take(folder.path()).unwrap();
        let said = format!("{:#}", StateDir::take(folder.path()).unwrap_err());
        assert!(
            said.contains(&format!("process {}", std::process::id())),
            "{said}"
        );
        assert!(said.contains("systemctl stop roomd"), "{said}");
        drop(first);
        StateDir::take(folder.path()).unwrap();
    }
}
