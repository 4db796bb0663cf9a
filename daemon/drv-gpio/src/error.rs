//! Why a line cannot be used, by kind: the supervisor looks at nothing else.

use crate::hand::Place;
use room_core::failure::FittingFailure;
use std::path::PathBuf;

/// Why a line cannot be had, or was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpioError {
    /// No chip has this line, or the chip is away.
    #[error("there is no line {0}")]
    Absent(Place),
    /// The daemon may not open the chip.
    #[error(
        "no permission to open {}: put the account into the group `gpio`, or give it the chip by a udev rule \
         (SUBSYSTEM==\"gpio\", GROUP=\"gpio\", MODE=\"0660\")", .0.display()
    )]
    Denied(PathBuf),
    /// Somebody else has the line.
    #[error("line {line} is in use by `{by}`")]
    Busy {
        /// Which.
        line: Place,
        /// Who, as the kernel knows it.
        by: String,
    },
    /// This is no Raspberry Pi that the driver knows.
    #[error("this machine is no known Raspberry Pi: use `driver = \"kernel\"`")]
    NoPi,
    /// The line has no number on a Raspberry Pi.
    #[error("line {0} is none of a Raspberry Pi: write \"GPIO0\" to \"GPIO27\"")]
    NoPin(Place),
    /// Broke while in use, or the kernel refused what was asked.
    #[error("line {line} cannot be used: {why}")]
    Broken {
        /// Which.
        line: Place,
        /// In the kernel's words.
        why: String,
    },
}

impl GpioError {
    /// As the room tells it.
    pub fn failure(&self) -> FittingFailure {
        match self {
            GpioError::Absent(_) | GpioError::NoPi | GpioError::NoPin(_) => FittingFailure::Absent,
            GpioError::Denied(_) => FittingFailure::Denied,
            GpioError::Busy { .. } => FittingFailure::Busy,
            GpioError::Broken { .. } => FittingFailure::Broken,
        }
    }

    pub(crate) fn broken(line: &Place, why: impl ToString) -> GpioError {
        GpioError::Broken {
            line: line.clone(),
            why: why.to_string(),
        }
    }
}
