//! Chromium's managed policy while the kit runs: the daemon's own text, put in place and taken away again.
//! Knows nothing of what it says.

use anyhow::{Context, Result, bail};
use nix::unistd::{AccessFlags, access};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The file that Chromium reads.
pub const FILE: &str = "/etc/chromium/policies/managed/roomd.json";
/// Outside the folder, because Chromium reads everything in it.
const BEFORE: &str = "/etc/chromium/policies/roomd.json.before-demo";

/// A policy in place. [`Policy::restore`] or dropping brings back what was there before.
#[derive(Debug)]
pub struct Policy {
    file: PathBuf,
    before: PathBuf,
    in_place: bool,
}

impl Policy {
    /// Puts `text` in place, as root; asks sudo when this is not root.
    ///
    /// # Errors
    /// Neither root nor sudo, or the folder cannot be written.
    pub fn install(text: &str) -> Result<Policy> {
        Policy::install_at(text, Path::new(FILE), Path::new(BEFORE))
    }

    fn install_at(text: &str, file: &Path, before: &Path) -> Result<Policy> {
        // One that is still there is from a kit that was killed: what it kept is the real one.
        if file.exists() && !before.exists() {
            rightly(before, "cp", &["-p".as_ref(), file, before])?;
        } else if !before.exists() {
            write(before, "")?;
        }
        let policy = Policy {
            file: file.to_owned(),
            before: before.to_owned(),
            in_place: true,
        };
        write(file, text).context("installing Chromium's policy")?;
        Ok(policy)
    }

    /// Brings back what was there.
    ///
    /// # Errors
    /// It could not be put back; says where it is kept.
    pub fn restore(mut self) -> Result<()> {
        self.put_back()
    }

    fn put_back(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.in_place) {
            return Ok(());
        }
        let was_there = fs::metadata(&self.before).is_ok_and(|kept| kept.len() > 0);
        let back = if was_there {
            rightly(&self.file, "mv", &["-f".as_ref(), &self.before, &self.file])
        } else {
            rightly(&self.file, "rm", &["-f".as_ref(), &self.before, &self.file])
        };
        back.with_context(|| {
            format!(
                "putting Chromium's policy back; the old one is {}",
                self.before.display()
            )
        })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            eprintln!("{error:#}");
        }
    }
}

/// Runs a tool that writes at `place`, as root where this user may not.
fn rightly(place: &Path, tool: &str, arguments: &[&Path]) -> Result<()> {
    let mut command = if may_write(place) {
        Command::new(tool)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg(tool);
        sudo
    };
    let status = command.args(arguments).stdin(Stdio::inherit()).status();
    match status.with_context(|| format!("running {tool}"))? {
        status if status.success() => Ok(()),
        status => bail!("{tool} {status}; Chromium's policy needs root (or sudo)"),
    }
}

fn may_write(place: &Path) -> bool {
    let folder = place.ancestors().skip(1).find(|above| above.exists());
    folder.is_some_and(|folder| access(folder, AccessFlags::W_OK).is_ok())
}

fn write(file: &Path, text: &str) -> Result<()> {
    let mut draft = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut draft, text.as_bytes())?;
    if let Some(folder) = file.parent() {
        rightly(file, "mkdir", &["-p".as_ref(), folder])?;
    }
    let mode = ["-m".as_ref(), "0644".as_ref()];
    rightly(
        file,
        "install",
        &[&mode[..], &[draft.path(), file]].concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(folder: &Path) -> (PathBuf, PathBuf) {
        (folder.join("managed/roomd.json"), folder.join("before"))
    }

    #[test]
    fn what_was_there_comes_back_even_after_a_kit_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, before) = places(folder.path());
        fs::create_dir(folder.path().join("managed")).unwrap();
        fs::write(&file, "the operator's").unwrap();
        std::mem::forget(Policy::install_at("first kit", &file, &before).unwrap());
        let policy = Policy::install_at("second kit", &file, &before).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "second kit");
        policy.restore().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "the operator's");
        assert!(!before.exists());
    }

    #[test]
    fn nothing_before_is_nothing_after() {
        let folder = tempfile::tempdir().unwrap();
        let (file, before) = places(folder.path());
        drop(Policy::install_at("kit", &file, &before).unwrap());
        assert!(!file.exists() && !before.exists());
    }
}
