//! Why a panel cannot be used, by kind: the supervisor looks at nothing else.

use room_core::failure::FittingFailure;
use std::io;
use std::path::{Path, PathBuf};

/// Why a panel cannot be had, or was lost.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// Its bus is not there.
    #[error("{} is not there: is the bus switched on (dtparam, overlay, module)?", .0.display())]
    Absent(PathBuf),
    /// The daemon may not open its bus or lines.
    #[error("no permission to open {}: put the account into the group that owns it (i2c, spi, gpio or video)", .0.display())]
    Denied(PathBuf),
    /// No chip that may be opened has this line.
    #[error("there is no line `{0}` on any GPIO chip that this account may open (group `gpio`)")]
    NoLine(String),
    /// Its line is missing in the room's file.
    #[error("this kind of panel needs the line `{0}`")]
    NeedsLine(&'static str),
    /// Nobody takes what is written to this address of its I2C bus.
    #[error(
        "nobody answers at address {0:#04x} of the bus: is the panel wired, and is that its address? Most have 0x3c, some 0x3d"
    )]
    Silent(u8),
    /// The bus works and the panel does not answer.
    #[error("the panel does not take what it is told: {0}")]
    Broken(String),
    /// The framebuffer has a form that is not drawn on.
    #[error("the framebuffer has {0} bits for a pixel; 16 and 32 are drawn on")]
    Depth(u32),
    /// A picture could not be written or read.
    #[error("the picture cannot be used: {0}")]
    Picture(String),
}

impl PanelError {
    /// As the room tells it.
    pub fn failure(&self) -> FittingFailure {
        match self {
            PanelError::Absent(_) | PanelError::NoLine(_) | PanelError::Silent(_) => {
                FittingFailure::Absent
            }
            PanelError::Denied(_) => FittingFailure::Denied,
            PanelError::NeedsLine(_)
            | PanelError::Broken(_)
            | PanelError::Depth(_)
            | PanelError::Picture(_) => FittingFailure::Broken,
        }
    }

    pub(crate) fn of(path: &Path, error: &io::Error) -> PanelError {
        match error.kind() {
            io::ErrorKind::NotFound => PanelError::Absent(path.to_owned()),
            io::ErrorKind::PermissionDenied => PanelError::Denied(path.to_owned()),
            _ => PanelError::Broken(format!("{}: {error}", path.display())),
        }
    }

    pub(crate) fn broken(why: impl core::fmt::Debug) -> PanelError {
        PanelError::Broken(format!("{why:?}"))
    }
}
