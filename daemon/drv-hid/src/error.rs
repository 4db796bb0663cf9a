//! Why a speakerphone cannot be used, by kind: the supervisor looks at nothing else.

use room_core::failure::FittingFailure;
use std::io;
use std::path::PathBuf;

/// Why a speakerphone cannot be had, or was lost.
#[derive(Debug, thiserror::Error)]
pub enum HidError {
    /// It is not plugged in.
    #[error("the speakerphone is not plugged in")]
    Absent,
    /// It is plugged in, and the kernel gives no way to its keys.
    #[error("the speakerphone is plugged in, but the kernel offers none of its keys: {0}")]
    NoDriver(&'static str),
    /// Nothing is behind the path that names it.
    #[error(
        "{} leads to no speakerphone: it is not plugged in, or the kernel offers none of its keys; \
         `roomctl devices` says which", .0.display()
    )]
    NoNode(PathBuf),
    /// What is plugged in there has no keys or lamps of a phone.
    #[error("{0} has no mute key and no mute lamp")]
    NoPhone(String),
    /// The daemon may not open it.
    #[error(
        "no permission to open {}: a udev rule must give it to the daemon's group \
         (KERNEL==\"hidraw*\", SUBSYSTEM==\"hidraw\", GROUP=\"plugdev\", MODE=\"0660\")", .0.display()
    )]
    Denied(PathBuf),
    /// It is there and cannot be used.
    #[error("the speakerphone's node {} cannot be used: {why}", .node.display())]
    Broken {
        /// Which.
        node: PathBuf,
        /// What the kernel says.
        #[source]
        why: io::Error,
    },
}

impl HidError {
    /// As the room tells it.
    pub fn failure(&self) -> FittingFailure {
        match self {
            HidError::Absent | HidError::NoNode(_) => FittingFailure::Absent,
            HidError::Denied(_) => FittingFailure::Denied,
            HidError::NoDriver(_) | HidError::NoPhone(_) | HidError::Broken { .. } => {
                FittingFailure::Broken
            }
        }
    }
}
