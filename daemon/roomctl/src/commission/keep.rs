//! What stays of a commissioning: its state, pictures, the record, the room's file and the report. Each file is replaced whole:
//! whenever the power goes, the old or the new one is there.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use commission::{Record, State};
use nix::unistd::{Gid, Group, Uid, User, chown};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Readable to root alone: a calendar's link may stand in it.
const OWN: u32 = 0o600;
/// Readable to the daemon too.
const ROOM: u32 = 0o640;
/// The daemon's account.
const GROUP: &str = "roomd";

/// The folder of a commissioning.
#[derive(Debug)]
pub struct Keeper(PathBuf);

impl Keeper {
    /// In this folder, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: PathBuf) -> Result<Keeper> {
        let made = fs::create_dir_all(&folder);
        made.with_context(|| {
            format!(
                "cannot make {}; use sudo, or --state FOLDER",
                folder.display()
            )
        })?;
        Ok(Keeper(folder))
    }

    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What an earlier run left.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub fn state(&self) -> Result<Option<State>> {
        let file = self.file("state.json");
        let Some(text) = read(&file)? else {
            return Ok(None);
        };
        let state = State::read(&text);
        let state = state.with_context(|| {
            format!(
                "{} cannot be continued; begin anew with --anew",
                file.display()
            )
        })?;
        Ok(Some(state))
    }

    /// Keeps the state after a step.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, state: &State) -> Result<()> {
        replace(&self.file("state.json"), state.text().as_bytes(), OWN)
    }

    /// Keeps the record: what later comparisons start from, and what other rooms take as a template.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&self, record: &Record) -> Result<()> {
        replace(&self.file("record.json"), record.text().as_bytes(), OWN)
    }

    /// Pictures of the record, as links that hold them. One that is gone is left out.
    pub fn pictures(&self, record: &Record) -> BTreeMap<String, String> {
        let names = record
            .proofs
            .iter()
            .filter_map(|proven| proven.picture.as_ref());
        let link = |name: &String| {
            let bytes = fs::read(self.file(name)).ok()?;
            Some((
                name.clone(),
                format!("data:image/png;base64,{}", STANDARD.encode(bytes)),
            ))
        };
        names.filter_map(link).collect()
    }
}

/// The record that a file holds.
///
/// # Errors
/// When there is none, or it cannot be used.
pub fn read_record(file: &Path) -> Result<Record> {
    let place = file.display();
    let text = read(file)?.with_context(|| {
        format!(
            "there is no record at {place}; `roomctl commission` leaves one when it is finished"
        )
    })?;
    Record::read(&text).with_context(|| format!("{place} is no record of a commissioning"))
}

fn read(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes the room's file; one that is there and says something else is copied first. Gives back the copy.
///
/// # Errors
/// When it cannot be written; the old one is still there then.
pub fn write_room(room: &Path, text: &str) -> Result<Option<PathBuf>> {
    let old = read(room)?;
    if old.as_deref() == Some(text) {
        return Ok(None);
    }
    let copy = old.map(|old| copy(room, &old)).transpose()?;
    replace(room, text.as_bytes(), ROOM)?;
    Ok(copy)
}

/// The first name that is free.
fn copy(room: &Path, text: &str) -> Result<PathBuf> {
    for number in 1.. {
        let name = room.with_extension(format!("toml.{number}"));
        if !name.exists() {
            replace(&name, text.as_bytes(), ROOM)?;
            return Ok(name);
        }
    }
    bail!("no name is free for a copy of {}", room.display())
}

/// The new text lies beside the old one until it is on the disk; then it takes its name, which happens whole or not at all.
pub fn replace(file: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = file.with_file_name(name);
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut new = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&beside)?;
        new.set_permissions(fs::Permissions::from_mode(mode))?;
        new.write_all(bytes)?;
        give(&beside, file, mode);
        new.sync_all()?;
        fs::rename(&beside, file)?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    })();
    written.with_context(|| {
        format!(
            "cannot write {}; use sudo, or name another place",
            file.display()
        )
    })
}

/// To the group that had it, or the daemon's. Only root can; whoever else writes a file keeps it.
fn give(beside: &Path, file: &Path, mode: u32) {
    if mode != ROOM {
        return;
    }
    let had = fs::metadata(file).ok().map(|old| Gid::from_raw(old.gid()));
    let daemon = || {
        Group::from_name(GROUP)
            .ok()
            .flatten()
            .map(|group| group.gid)
    };
    if let Some(group) = had.or_else(daemon) {
        let _ = chown(beside, None, Some(group));
    }
}

/// Gives a file to whoever owns the folder: what root makes beside the daemon's memory must be the daemon's. Only root can.
pub fn give_to_owner(folder: &Path, file: &Path) {
    if let Ok(owner) = fs::metadata(folder) {
        let (user, group) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
        let _ = chown(file, Some(user), Some(group));
    }
}

/// Names under which distributions have it.
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Who prints when root asks: Chromium has a sandbox for everybody but root, and keeps it here.
const PRINTERS: [&str; 2] = ["roomd-browser", "nobody"];

/// Prints a page by the installed Chromium.
///
/// # Errors
/// When there is none, or it prints nothing.
pub fn pdf(page: &Path, pdf: &Path) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder for Chromium")?;
    let (copy, printed) = (
        folder.path().join("page.html"),
        folder.path().join("page.pdf"),
    );
    fs::copy(page, &copy).with_context(|| format!("cannot read {}", page.display()))?;
    let printer = printer()?;
    if let Some(user) = &printer {
        for path in [folder.path(), &copy] {
            chown(path, Some(user.uid), Some(user.gid))?;
        }
    }
    for program in CHROMIUMS {
        let mut command = Command::new(program);
        command
            .args([
                "--headless",
                "--disable-gpu",
                "--no-pdf-header-footer",
                "--no-first-run",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg(format!("--print-to-pdf={}", printed.display()))
            .arg(format!("file://{}", copy.display()))
            .current_dir(folder.path())
            .env("HOME", folder.path());
        if let Some(user) = &printer {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        match command.output() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot run {program}")),
            Ok(_) if printed.exists() => return replace(pdf, &fs::read(&printed)?, 0o644),
            Ok(done) => bail!(
                "{program} printed nothing: {}\nopen {} in any browser and print it there",
                String::from_utf8_lossy(&done.stderr).trim(),
                page.display()
            ),
        }
    }
    bail!(
        "no Chromium is installed; open {} in any browser and print it there",
        page.display()
    )
}

fn printer() -> Result<Option<User>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let known = PRINTERS
        .iter()
        .find_map(|name| User::from_name(name).ok().flatten());
    known
        .map(Some)
        .context("there is no account to print under; `nobody` is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader finds when the power goes after so many bytes of the new text.
    #[test]
    fn a_cut_at_any_byte_leaves_the_old_or_the_new_state() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::open(folder.path().to_owned()).unwrap();
        let facts = commission::Facts::default;
        let old = State::new(preflight::Language::De, facts(), None);
        let mut new = old.clone();
        new.answers.insert("name".to_owned(), "Saal".to_owned());
        keeper.keep(&old).unwrap();
        let text = new.text();
        for cut in 0..=text.len() {
            fs::write(keeper.file("state.json.new"), &text.as_bytes()[..cut]).unwrap();
            assert_eq!(
                keeper.state().unwrap().as_ref(),
                Some(&old),
                "cut after {cut}"
            );
        }
        keeper.keep(&new).unwrap();
        assert_eq!(keeper.state().unwrap().as_ref(), Some(&new));
        assert!(!keeper.file("state.json.new").exists());
        let mode = fs::metadata(keeper.file("state.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, OWN);
    }

    #[test]
    fn a_rooms_file_is_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join("room.toml");
        assert_eq!(write_room(&room, "a").unwrap(), None);
        assert_eq!(write_room(&room, "a").unwrap(), None, "nothing to be lost");
        for (text, number, before) in [("b", 1, "a"), ("c", 2, "b")] {
            let copy = write_room(&room, text).unwrap().unwrap();
            assert_eq!(copy, folder.path().join(format!("room.toml.{number}")));
            assert_eq!(fs::read_to_string(copy).unwrap(), before);
            assert_eq!(fs::read_to_string(&room).unwrap(), text);
        }
    }
}
