//! Waiting for what udev does, and rules of a test's own. The waits are udev's: a node counts when its rules have run.

use crate::{run, write};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Waits until a node or link below `/dev` is there and udev is done with it.
///
/// # Errors
/// It is not there within `limit`.
pub fn appears(path: &str, limit: Duration) -> Result<()> {
    let limit = format!("--timeout={}", limit.as_secs_f64());
    run("udevadm", &["wait", &limit, path]).with_context(|| format!("{path} does not appear"))?;
    Ok(())
}

/// Waits until a node or link below `/dev` is gone.
///
/// # Errors
/// It is still there after `limit`.
pub fn goes(path: &str, limit: Duration) -> Result<()> {
    let limit = format!("--timeout={}", limit.as_secs_f64());
    run("udevadm", &["wait", "--removed", &limit, path])
        .with_context(|| format!("{path} does not go"))?;
    Ok(())
}

/// Waits until udev has nothing to do.
///
/// # Errors
/// It still has after `limit`.
pub fn settles(limit: Duration) -> Result<()> {
    run(
        "udevadm",
        &["settle", &format!("--timeout={}", limit.as_secs().max(1))],
    )?;
    Ok(())
}

/// What udev knows of a node: `ID_PATH`, `ID_SERIAL` and so on.
///
/// # Errors
/// There is no such node.
pub fn properties(path: &str) -> Result<BTreeMap<String, String>> {
    let text = run("udevadm", &["info", "--query=property", path])?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// A file of rules that holds until this is dropped. Devices that were there before are not looked at again.
#[derive(Debug)]
pub struct Rules(PathBuf);

impl Rules {
    /// Puts rules into force; `name` begins with their rank, `70-roomd.rules`:
    /// what `60-serial.rules` and its like find out (`ID_PATH`, `ID_SERIAL`) is known only to those after it.
    ///
    /// # Errors
    /// udev does not take them.
    pub fn install(name: &str, rules: &str) -> Result<Rules> {
        let folder = PathBuf::from("/run/udev/rules.d");
        std::fs::create_dir_all(&folder)?;
        let rules_file = Rules(folder.join(name));
        write(&rules_file.0, rules)?;
        reload()?;
        Ok(rules_file)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = reload();
    }
}

fn reload() -> Result<()> {
    run("udevadm", &["control", "--reload", "--timeout=20"])?;
    Ok(())
}
