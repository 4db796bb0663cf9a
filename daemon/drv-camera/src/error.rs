//! Why a camera does not do what it should. Knows which of these the room tells apart.

use room_core::failure::CameraFailure;
use std::io;
use std::path::PathBuf;

/// What went wrong at a camera.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    /// Nothing is plugged in that fits.
    #[error("no camera is plugged in that fits {0}")]
    Absent(String),
    /// The node is gone, or went while it was used.
    #[error("{} is gone", .0.display())]
    Gone(PathBuf),
    /// The node may not be opened.
    #[error("{} may not be opened by this account; the group that may is usually `video`, \
             or `roomd` where roomd's udev rules are installed", .0.display())]
    Denied(PathBuf),
    /// The node is something else.
    #[error("{} is no camera: {what}", .path.display())]
    NoCamera {
        /// Which node.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Another program has the picture.
    #[error("{} is in use: another program, usually the conference, has its picture", .0.display())]
    InUse(PathBuf),
    /// The USB connection cannot carry the picture.
    #[error("the USB connection has no room for the picture of {}: another camera shares it; \
             plug one of them into another controller", .0.display())]
    NoBandwidth(PathBuf),
    /// The camera offers no format that can be read here.
    #[error("{} offers no picture that can be read here ({offers})", .path.display())]
    NoFormat {
        /// Which node.
        path: PathBuf,
        /// What it offers.
        offers: String,
    },
    /// No picture came in time.
    #[error("no picture came from {} within {seconds} s", .path.display())]
    NoPicture {
        /// Which node.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// A picture cannot be read.
    #[error("a picture cannot be read: {0}")]
    Garbled(String),
    /// The camera has no such control.
    #[error("there is no control {0:?}")]
    NoControl(String),
    /// The control does not take the value.
    #[error("{control} takes {takes}, not {given}")]
    OutOfRange {
        /// Which.
        control: String,
        /// What it takes.
        takes: String,
        /// What it was given.
        given: String,
    },
    /// Something else the kernel said.
    #[error("cannot {doing} {}", .path.display())]
    Broken {
        /// What was tried.
        doing: &'static str,
        /// At which node.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

impl CameraError {
    /// What the kernel's answer to this means for a camera.
    pub(crate) fn from_io(
        path: &std::path::Path,
        doing: &'static str,
        source: io::Error,
    ) -> CameraError {
        use nix::errno::Errno;
        let path = path.to_path_buf();
        match source.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ENODEV | Errno::ENXIO | Errno::ENOENT) => CameraError::Gone(path),
            Some(Errno::EACCES | Errno::EPERM) => CameraError::Denied(path),
            Some(Errno::EBUSY) => CameraError::InUse(path),
            // uvcvideo and the USB core say this when no alternate setting fits into what is left of the bus.
            Some(Errno::ENOSPC) => CameraError::NoBandwidth(path),
            Some(Errno::ENOTTY) => CameraError::NoCamera {
                path,
                what: "it is no video device",
            },
            _ if source.kind() == io::ErrorKind::TimedOut => {
                CameraError::NoPicture { path, seconds: 0 }
            }
            _ => CameraError::Broken {
                doing,
                path,
                source,
            },
        }
    }

    /// What the room is told. `None`: the camera is there and somebody else has it.
    pub fn failure(&self) -> Option<CameraFailure> {
        match self {
            CameraError::InUse(_) => None,
            CameraError::Absent(_) | CameraError::Gone(_) => Some(CameraFailure::Absent),
            CameraError::Denied(_) => Some(CameraFailure::Denied),
            CameraError::NoCamera { .. } => Some(CameraFailure::NoCamera),
            CameraError::NoBandwidth(_) => Some(CameraFailure::NoBandwidth),
            CameraError::NoFormat { .. }
            | CameraError::NoPicture { .. }
            | CameraError::Garbled(_)
            | CameraError::NoControl(_)
            | CameraError::OutOfRange { .. }
            | CameraError::Broken { .. } => Some(CameraFailure::Broken),
        }
    }
}
