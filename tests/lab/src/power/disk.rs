//! A guest's disk as files on the host: as it was, replayed to a flush, and with the power gone somewhere. Knows bytes.

use super::cut::Cut;
use super::log::Log;
use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk on which everything is done that was asked for, up to some entry of a log.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    file: File,
    done: usize,
}

impl Disk {
    /// A copy of this one, before anything of the log.
    ///
    /// # Errors
    /// It cannot be copied.
    pub fn copy_of(base: &Path, path: PathBuf) -> Result<Disk> {
        copy(base, &path)?;
        let file = open(&path)?;
        let done = 0;
        Ok(Disk { path, file, done })
    }

    /// Does everything up to this entry; there is no way back.
    ///
    /// # Errors
    /// The log cannot be read, or the disk not be written.
    pub fn forward(&mut self, log: &Log, until: usize) -> Result<()> {
        for entry in log.entries.get(self.done..until).unwrap_or_default() {
            let text = log.text(entry, entry.length)?;
            self.file.write_all_at(&text, entry.at)?;
            self.done += 1;
        }
        Ok(())
    }

    /// The disk as the power leaves it, in a file of its own.
    ///
    /// # Errors
    /// As for `forward`.
    pub fn cut(&mut self, log: &Log, cut: &Cut, into: &Path) -> Result<()> {
        self.forward(log, cut.flushed)?;
        copy(&self.path, into)?;
        let file = open(into)?;
        for &(entry, length) in &cut.kept {
            let entry = &log.entries[entry];
            file.write_all_at(&log.text(entry, length)?, entry.at)?;
        }
        Ok(())
    }
}

/// A copy that takes no more room than what is in it.
///
/// # Errors
/// There is no room for it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp")
        .args(["--sparse=always", "--reflink=auto"])
        .args([from, to])
        .status()
        .context("starting cp")?;
    if !copied.success() {
        bail!("{} cannot be copied to {}", from.display(), to.display());
    }
    Ok(())
}

fn open(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.with_context(|| format!("opening {}", path.display()))
}
