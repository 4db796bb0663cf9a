//! Why a line to a head could not be opened or kept.

use nix::unistd::Group;
use room_core::failure::HeadFailure;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Why [`crate::run`] ended.
#[derive(Debug, thiserror::Error)]
pub enum PtzError {
    /// The path does not exist.
    #[error("there is no {}", .0.display())]
    Absent(PathBuf),
    /// This user may not open it.
    #[error(
        "{} may not be opened by this account; it belongs to the group {group}: add the account to it \
         (`usermod -aG {group} ACCOUNT`), or give the device to a group of its with a udev rule",
        path.display()
    )]
    Denied {
        /// The device.
        path: PathBuf,
        /// Whose members may open it.
        group: String,
    },
    /// Another program has it.
    #[error("{} is in use by another program", .0.display())]
    Busy(PathBuf),
    /// It exists and is not what it should be.
    #[error("{} does not work as a {what}", path.display())]
    Unusable {
        /// The device.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A camera, but nothing on it turns or zooms.
    #[error("{} has no motors: neither pan, tilt nor zoom is among its controls", .0.display())]
    NoMotors(PathBuf),
    /// Nobody takes a connection there, or the name is not known.
    #[error("{peer} cannot be reached")]
    Unreachable {
        /// Host and port.
        peer: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was there and went away.
    #[error("{port} went away")]
    Lost {
        /// The line.
        port: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A connection is there, and nobody answers over it.
    #[error("nobody answers at {0}")]
    Silent(String),
    /// What is spoken does not go over such a line.
    #[error("{0} does not carry this protocol")]
    Mismatch(String),
    /// Nobody listens to the heads' events any more.
    #[error("nobody listens to the head any more")]
    Unheard,
}

impl PtzError {
    /// What the room is told.
    pub fn failure(&self) -> HeadFailure {
        match self {
            PtzError::Absent(_) | PtzError::Lost { .. } | PtzError::Unheard => {
                HeadFailure::LineAbsent
            }
            PtzError::Denied { .. } => HeadFailure::LineDenied,
            PtzError::Busy(_) => HeadFailure::LineBusy,
            PtzError::Unusable { .. } => HeadFailure::LineAbsent,
            PtzError::Unreachable { .. } | PtzError::Silent(_) => HeadFailure::NoAnswer,
            PtzError::NoMotors(_) | PtzError::Mismatch(_) => HeadFailure::NotSupported,
        }
    }

    /// The refusal of a device, with the group that may open it.
    pub(crate) fn denied(path: &Path) -> PtzError {
        let owner = std::fs::metadata(path).map(|about| about.gid());
        let group = owner.ok().map(|gid| {
            let known = Group::from_gid(nix::unistd::Gid::from_raw(gid));
            known
                .ok()
                .flatten()
                .map_or_else(|| gid.to_string(), |group| group.name)
        });
        PtzError::Denied {
            path: path.to_path_buf(),
            group: group.unwrap_or_else(|| "dialout".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_group_and_where_rules_stand() {
        // Belongs to root's group on every system.
        let said = PtzError::denied(Path::new("/")).to_string();
        assert!(
            said.contains("group root") && said.contains("udev rule"),
            "{said}"
        );
        let said = PtzError::denied(Path::new("/nowhere/at/all")).to_string();
        assert!(said.contains("group dialout"), "{said}");
    }
}
