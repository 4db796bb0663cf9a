//! What a fleet signs and a room's daemon brings: the package as it is and as a newer version, and the list that names both, as files for
//! the guest. Signed by the fleet's own program. Knows no guest.

use crate::programs;
use crate::run::Place;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The newer version's number.
pub const NEWER: &str = "9.0.0";

/// A folder with `root.json`, `list.json`, `old.deb` and `new.deb`.
///
/// # Errors
/// The fleet's program does not build or refuses; or the package cannot be packed anew.
pub fn signed(place: &Place, package: &Path) -> Result<TempDir> {
    // A guest sees what is below the folder of built things.
    let folder = tempfile::tempdir_in(place.target.join("lab")).context("a folder for releases")?;
    let (old, new) = (folder.path().join("old.deb"), folder.path().join("new.deb"));
    packed(package, None, &old)?;
    packed(package, Some(NEWER), &new)?;
    let fleetd = programs::bins("fleetd", &place.target)?.join("fleetd");
    let release = |words: &[&Path]| {
        let keys = folder.path().join("keys");
        let list = folder.path().join("list");
        let mut command = Command::new(&fleetd);
        command.args(["release".as_ref(), words[0]]);
        command.args(["--keys".as_ref(), keys.as_path()]);
        command.args(["--list".as_ref(), list.as_path()]);
        done(command.args(&words[1..]))
    };
    release(&["init".as_ref()])?;
    release(&["add".as_ref(), &old, &new])?;
    let list = folder.path().join("list");
    fs::copy(list.join("1.root.json"), folder.path().join("root.json"))?;
    let text = serde_json::json!({
        "roots": [],
        "timestamp": fs::read_to_string(list.join("timestamp.json"))?,
        "snapshot": fs::read_to_string(newest(&list, ".snapshot.json")?)?,
        "targets": fs::read_to_string(newest(&list, ".targets.json")?)?,
    });
    fs::write(folder.path().join("list.json"), text.to_string())?;
    // What signs stays away from rooms.
    fs::remove_dir_all(folder.path().join("keys"))?;
    Ok(folder)
}

/// The same package, in a wrapping that an emulated machine undoes quickly, as this version where one is given.
fn packed(package: &Path, version: Option<&str>, to: &Path) -> Result<()> {
    let root = tempfile::tempdir().context("a folder to unpack into")?;
    done(
        Command::new("dpkg-deb")
            .arg("-R")
            .args([package, root.path()]),
    )?;
    if let Some(version) = version {
        let control = root.path().join("DEBIAN/control");
        let text = fs::read_to_string(&control)?;
        let lines = text.lines().map(|line| match line.split_once(": ") {
            Some(("Version", _)) => format!("Version: {version}\n"),
            _ => format!("{line}\n"),
        });
        fs::write(&control, lines.collect::<String>())?;
    }
    let words = ["--root-owner-group", "-Zgzip", "-z1", "--build"];
    done(Command::new("dpkg-deb").args(words).args([root.path(), to]))
}

fn newest(list: &Path, ending: &str) -> Result<PathBuf> {
    let names = fs::read_dir(list)?.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let number = name.strip_suffix(ending)?.parse::<u64>().ok()?;
        Some((number, entry.path()))
    });
    let found = names.max_by_key(|(number, _)| *number);
    Ok(found.with_context(|| format!("no {ending} was signed"))?.1)
}

fn done(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
