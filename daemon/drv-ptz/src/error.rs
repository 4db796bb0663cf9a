//! Why a line to a camera could not be opened or kept.

use room_core::failure::HeadFailure;
use std::path::PathBuf;

/// Why [`crate::run`] ended.
#[derive(Debug, thiserror::Error)]
pub enum PtzError {
    /// The path does not exist.
    #[error("there is no {}", .0.display())]
    Absent(PathBuf),
    /// This user may not open it.
    #[error("{} may not be opened by this user", .0.display())]
    Denied(PathBuf),
    /// Another program has it.
    #[error("{} is in use by another program", .0.display())]
    Busy(PathBuf),
    /// It exists and does not work as a serial line.
    #[error("{} does not work as a serial line", path.display())]
    Unusable {
        /// The line.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was there and went away.
    #[error("{} went away", path.display())]
    Lost {
        /// The line.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody listens to this head's events any more.
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
            PtzError::Denied(_) => HeadFailure::LineDenied,
            PtzError::Busy(_) => HeadFailure::LineBusy,
            PtzError::Unusable { .. } => HeadFailure::LineAbsent,
        }
    }
}
