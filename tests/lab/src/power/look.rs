//! What a room's disk holds after the power went: its file system repaired as at a start, its files read without mounting it.
//! Only looks; whether that is a room is for `judge`.

use super::packages::Packages;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The room's file.
const ROOM: &str = "/etc/roomd/room.toml";
/// Accounts that the package's services run under.
pub const ACCOUNTS: [&str; 3] = ["roomd", "roomd-browser", "roomd-sound"];
/// What a later start reads beside the room's file, as JSON.
pub const NOTES: [&str; 4] = [
    "/var/lib/roomd/memory.json",
    "/var/lib/roomd/commission/state.json",
    "/var/lib/roomd/commission/record.json",
    "/etc/chromium/policies/managed/roomd.json",
];
/// What has systemd start the daemon.
const ENABLED: &str = "/etc/systemd/system/multi-user.target.wants/roomd.service";

/// Of which package a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The one that was there.
    Old,
    /// The one that came.
    New,
    /// There is no such file.
    Missing,
    /// Neither: a part of one, or something else.
    Half,
}

/// A room as it lies on a disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The package's files.
    pub files: BTreeMap<String, Version>,
    /// The text of the room's file.
    pub room: Option<String>,
    /// Of `NOTES` those that are there.
    pub notes: BTreeMap<&'static str, String>,
    /// Of `ACCOUNTS` those that the system knows.
    pub accounts: Vec<&'static str>,
    /// Whether systemd starts the daemon.
    pub enabled: bool,
    /// What dpkg says of the package, such as `installed` or `half-configured`.
    pub package: String,
}

/// Repairs the file system as a start does, and reads.
///
/// # Errors
/// Tools are missing, or the file system is beyond what a start repairs.
pub fn look(disk: &Path, packages: &Packages, box_: &Path) -> Result<Seen> {
    repair(disk)?;
    let _ = fs::remove_dir_all(box_);
    fs::create_dir_all(box_.join("dpkg/info"))?;
    let mut wanted = String::new();
    let mut out = BTreeMap::new();
    let names = packages.files().map(String::as_str);
    let others = [ROOM, "/etc/passwd"].into_iter().chain(NOTES);
    for (number, name) in names.chain(others).enumerate() {
        let file = box_.join(number.to_string());
        writeln!(wanted, "dump {name} {}", file.display())?;
        out.insert(name, file);
    }
    let place = box_.display();
    writeln!(wanted, "dump /var/lib/dpkg/status {place}/dpkg/status")?;
    writeln!(wanted, "rdump /var/lib/dpkg/updates {place}/dpkg")?;
    writeln!(wanted, "stat {ENABLED}")?;
    let script = box_.join("wanted");
    fs::write(&script, wanted)?;
    let said = Command::new("debugfs")
        .arg("-f")
        .arg(&script)
        .arg(disk)
        .output()
        .context("starting debugfs (e2fsprogs has it)")?;
    let read = |name: &str| fs::read(&out[name]).ok();
    let text = |name: &str| read(name).map(|text| String::from_utf8_lossy(&text).into_owned());
    let users = text("/etc/passwd").unwrap_or_default();
    let known = |account: &&&str| {
        users
            .lines()
            .any(|line| line.split(':').next() == Some(account))
    };
    Ok(Seen {
        files: packages
            .files()
            .map(|name| (name.clone(), packages.version(name, read(name).as_deref())))
            .collect(),
        room: text(ROOM),
        notes: NOTES
            .iter()
            .filter_map(|&name| Some((name, text(name)?)))
            .collect(),
        accounts: ACCOUNTS.iter().filter(known).copied().collect(),
        enabled: String::from_utf8_lossy(&said.stdout).contains("Type: symlink"),
        package: package(&box_.join("dpkg"))?,
    })
}

/// What `fsck` does at a start: the journal, and what is safe to mend without asking.
fn repair(disk: &Path) -> Result<()> {
    let done = Command::new("e2fsck")
        .args(["-f", "-p"])
        .arg(disk)
        .output()
        .context("starting e2fsck (e2fsprogs has it)")?;
    match done.status.code() {
        Some(0 | 1) => Ok(()),
        _ => bail!(
            "the file system is broken: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        ),
    }
}

fn package(dpkg: &Path) -> Result<String> {
    let asked = Command::new("dpkg-query")
        .arg("--admindir")
        .arg(dpkg)
        .args(["-W", "-f", "${db:Status-Status}", "roomd"])
        .output()
        .context("starting dpkg-query")?;
    // 1: the package is not known; 2: the notes cannot be read.
    if asked.status.code() == Some(1) {
        return Ok("not installed".to_owned());
    }
    if !asked.status.success() {
        bail!(
            "dpkg's own notes are broken: {}",
            String::from_utf8_lossy(&asked.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&asked.stdout).into_owned())
}
