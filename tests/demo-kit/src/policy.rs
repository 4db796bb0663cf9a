//! Chromium's managed policy for the kit's browsers: the daemon's own text, where Chromium looks for it.
//! Knows nothing of what it says.
//!
//! As root the kit's browsers get a view of the file system of their own, in which the policy lies in its place;
//! nothing of the machine is touched, and other browsers on it go on as before. Elsewhere the policy is installed for
//! the whole machine, with sudo, and taken away again at the end.

use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{AccessFlags, Uid, access};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tracing::{debug, info};

/// Chromium reads all files in the folder `managed` below.
const PLACE: &str = "/etc/chromium/policies";
const FILE: &str = "managed/roomd.json";
/// Beside the folder, because Chromium reads everything in it.
const BEFORE: &str = "roomd.json.before-demo";
/// Becomes the program after the mount, so that no shell stays in between.
const MOUNT_AND_BECOME: &str = "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"";

/// A policy in place.
#[derive(Debug)]
pub enum Policy {
    /// Seen only by programs that are started through [`Policy::around`].
    Own {
        /// The folder that they see in place of the machine's.
        folder: PathBuf,
    },
    /// Seen by every Chromium of this machine.
    Machine(Installed),
}

impl Policy {
    /// Puts `text` in place; `folder` is a fresh name for a folder that lives as long as the policy.
    ///
    /// # Errors
    /// Neither a view of one's own nor root nor sudo.
    pub fn place(text: &str, folder: &Path) -> Result<Policy> {
        if Uid::effective().is_root() {
            fs::create_dir_all(PLACE).with_context(|| format!("making {PLACE}"))?;
            fs::create_dir_all(folder.join("managed"))?;
            fs::write(folder.join(FILE), text)?;
            if own_view_works(folder) {
                let folder = folder.to_owned();
                return Ok(Policy::Own { folder });
            }
        }
        info!("Chromium's policy is installed for the whole machine while the kit runs");
        Ok(Policy::Machine(Installed::install(text, Path::new(PLACE))?))
    }

    /// A program and its words, so that it sees the policy.
    pub fn around(&self, program: PathBuf, words: Vec<OsString>) -> (PathBuf, Vec<OsString>) {
        match self {
            Policy::Machine(_) => (program, words),
            Policy::Own { folder } => {
                let mut whole = own_view(folder);
                whole.push(program.into());
                whole.extend(words);
                ("unshare".into(), whole)
            }
        }
    }

    /// Brings back what was there.
    ///
    /// # Errors
    /// It could not be put back; says where it is kept.
    pub fn restore(self) -> Result<()> {
        match self {
            Policy::Own { .. } => Ok(()),
            Policy::Machine(installed) => installed.restore(),
        }
    }
}

fn own_view(folder: &Path) -> Vec<OsString> {
    let words = [
        "--mount",
        "--propagation",
        "private",
        "--",
        "sh",
        "-c",
        MOUNT_AND_BECOME,
        "sh",
    ];
    let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
    words.extend([folder.into(), PLACE.into()]);
    words
}

/// In a container even root may not have one.
fn own_view_works(folder: &Path) -> bool {
    let seen = Command::new("unshare")
        .args(own_view(folder))
        .args(["test", "-e"])
        .arg(Path::new(PLACE).join(FILE))
        .stderr(Stdio::null())
        .status();
    debug!(?seen, "a view of the file system of one's own");
    seen.is_ok_and(|status| status.success())
}

/// A policy for the whole machine. Restoring or dropping brings back what was there before.
#[derive(Debug)]
pub struct Installed {
    file: PathBuf,
    before: PathBuf,
    in_place: bool,
    _only_one: Flock<File>,
}

impl Installed {
    fn install(text: &str, place: &Path) -> Result<Installed> {
        let only_one = lock(place)?;
        let (file, before) = (place.join(FILE), place.join(BEFORE));
        // One that is still there is from a kit that was killed: what it kept is the real one.
        if file.exists() && !before.exists() {
            rightly(&before, "cp", &["-p".as_ref(), &file, &before])?;
        } else if !before.exists() {
            write(&before, "")?;
        }
        let policy = Installed {
            file,
            before,
            in_place: true,
            _only_one: only_one,
        };
        write(&policy.file, text).context("installing Chromium's policy")?;
        Ok(policy)
    }

    /// Brings back what was there.
    ///
    /// # Errors
    /// It could not be put back; says where it is kept.
    fn restore(mut self) -> Result<()> {
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

impl Drop for Installed {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            eprintln!("{error:#}");
        }
    }
}

/// One kit at a time, where they would share the machine's policy.
fn lock(place: &Path) -> Result<Flock<File>> {
    let name = place.to_string_lossy().replace('/', "-");
    let path = std::env::temp_dir().join(format!("roomd-demo{name}.lock"));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(lock),
        Err((_, error)) => bail!(
            "another demo runs on this machine ({}: {error}); end it first",
            path.display()
        ),
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
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "{tool} for {}: {status}; Chromium's policy needs root or sudo",
            place.display()
        ),
        Err(error) => bail!(
            "{tool} for {}: {error}; Chromium's policy needs root or sudo, and neither is at hand",
            place.display()
        ),
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

    #[test]
    fn what_was_there_comes_back_even_after_a_kit_was_killed() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(FILE);
        fs::create_dir(place.path().join("managed")).unwrap();
        fs::write(&file, "the operator's").unwrap();
        let mut killed = Installed::install("first kit", place.path()).unwrap();
        killed.in_place = false;
        drop(killed);
        let policy = Installed::install("second kit", place.path()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "second kit");
        policy.restore().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "the operator's");
        assert!(!place.path().join(BEFORE).exists());
    }

    #[test]
    fn nothing_before_is_nothing_after_and_two_at_once_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let policy = Installed::install("kit", place.path()).unwrap();
        let error = Installed::install("other kit", place.path()).unwrap_err();
        assert!(error.to_string().contains("another demo"), "{error:#}");
        drop(policy);
        assert!(!place.path().join(FILE).exists() && !place.path().join(BEFORE).exists());
    }

    #[test]
    #[ignore = "needs root and a kernel that allows mounts; run with --ignored"]
    fn a_view_of_its_own_shows_the_policy_to_its_program_alone() {
        let folder = tempfile::tempdir().unwrap();
        let policy = Policy::place("only here", &folder.path().join("policies")).unwrap();
        assert!(matches!(policy, Policy::Own { .. }), "{policy:?}");
        let file = Path::new(PLACE).join(FILE);
        let (program, words) = policy.around("cat".into(), vec![file.clone().into()]);
        let seen = Command::new(program).args(words).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&seen.stdout), "only here");
        assert_ne!(fs::read_to_string(file).ok().as_deref(), Some("only here"));
    }
}
