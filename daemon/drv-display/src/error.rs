//! Why a line to a display could not be opened or kept.

use room_core::failure::DisplayFailure;
use std::io;

/// What went wrong with a line. Says nothing of the display behind it.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// There is no such device.
    #[error("there is no {0}")]
    Absent(String),
    /// This user may not open it.
    #[error("{0} may not be opened by this user")]
    Denied(String),
    /// Another program has it.
    #[error("{0} is in use by another program")]
    Busy(String),
    /// It exists and does not work as such a line.
    #[error("{line} does not work")]
    Unusable {
        /// The line.
        line: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was there and went away.
    #[error("{line} went away")]
    Lost {
        /// The line.
        line: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody answers at that address of the network.
    #[error("nobody answers at {line}")]
    Unreachable {
        /// The address.
        line: String,
        /// What the system said.
        source: io::Error,
    },
}

impl LineError {
    /// What the room is told.
    pub fn failure(&self) -> DisplayFailure {
        match self {
            LineError::Absent(_) | LineError::Unusable { .. } | LineError::Lost { .. } => {
                DisplayFailure::LineAbsent
            }
            LineError::Denied(_) => DisplayFailure::LineDenied,
            LineError::Busy(_) => DisplayFailure::LineBusy,
            LineError::Unreachable { .. } => DisplayFailure::NoAnswer,
        }
    }

    /// What the system said, as a kind of line error.
    pub(crate) fn of(line: &str, source: io::Error) -> LineError {
        let line = line.to_owned();
        // ENODEV and ENXIO: the node is there and its device is not.
        const NO_DEVICE: [i32; 2] = [19, 6];
        const BUSY: i32 = 16;
        match (source.kind(), source.raw_os_error()) {
            (io::ErrorKind::NotFound, _) => LineError::Absent(line),
            (io::ErrorKind::PermissionDenied, _) => LineError::Denied(line),
            (_, Some(BUSY)) => LineError::Busy(line),
            (_, Some(code)) if NO_DEVICE.contains(&code) => LineError::Absent(line),
            _ => LineError::Unusable { line, source },
        }
    }
}
