//! Owns the folder a Chromium keeps its profile in: fresh for each start, for its account alone, gone at its end.

use crate::launch::Account;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where profiles are made.
#[derive(Debug, Clone)]
pub struct Profiles {
    parent: PathBuf,
}

impl Profiles {
    /// Profiles are made below `parent`, which is created, closed to others, and cleared of what an earlier keeper left.
    ///
    /// # Errors
    /// The folder cannot be made or cleared.
    pub fn below(parent: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(parent)?;
        for entry in std::fs::read_dir(parent)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) && !in_use(&entry.path()) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self {
            parent: parent.to_owned(),
        })
    }

    /// A fresh one; it is deleted when dropped.
    ///
    /// # Errors
    /// The folder cannot be made or given to the account.
    pub fn fresh(&self, account: &Account) -> io::Result<tempfile::TempDir> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .tempdir_in(&self.parent)?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        if let Account::Other { uid, gid, .. } = account {
            std::os::unix::fs::chown(folder.path(), Some(*uid), Some(*gid))?;
        }
        Ok(folder)
    }
}

const PREFIX: &str = "chromium-";

/// Whether the keeper that made this profile still runs (two rooms may share a folder).
fn in_use(profile: &Path) -> bool {
    let name = profile.file_name().unwrap_or_default().to_string_lossy();
    let pid = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split('-').next())
        .unwrap_or_default();
    !pid.is_empty()
        && Path::new("/proc").join(pid).exists()
        && pid != std::process::id().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_private_fresh_and_gone_at_its_end_and_old_ones_are_cleared() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join("chromium-999999999-old");
        std::fs::create_dir(&left).unwrap();
        let other = parent.path().join("something else");
        std::fs::create_dir(&other).unwrap();
        let profiles = Profiles::below(parent.path()).unwrap();
        assert!(!left.exists() && other.exists());
        let one = profiles.fresh(&Account::Mine).unwrap();
        let two = profiles.fresh(&Account::Mine).unwrap();
        assert_ne!(one.path(), two.path());
        assert_eq!(
            std::fs::metadata(one.path()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists());
    }
}
