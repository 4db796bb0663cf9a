//! New firmware for a table button: what is plugged in, what to do next, and the disk that takes it.
//! Owns no line of a running room. Whether the room is free for it is the core's to say, or asked by whoever updates by hand.
//!
//! The image's first page is written last (`puck-image` packs it so). Until then the chip finds no valid start in its flash
//! and its ROM offers the loader again by itself, so a plug that was pulled in the middle costs nothing but time.

mod attend;
mod disk;
mod images;
mod job;
mod plugged;
mod register;

pub use crate::Built;
pub use attend::{Attendance, attend};
pub use disk::{touch, write, write_mounted};
pub use images::{Chosen, Display, Images, fits, said};
pub use job::{Entered, Job, Next};
pub use plugged::{Found, Loader, Plugged, Roots, look};
pub use puck_image::{Image, ImageError, Line, Marker};
pub use register::{Register, Ward};
pub use room_core::pucks::Firmware as Version;

use std::io;
use std::path::PathBuf;

/// Why an update stopped. The button is as it was, or waits in its loader for the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The file must not be written.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The image is for a button that is wired to the board's header; that one has no loader on USB.
    #[error(
        "the image is for a button on two wires; hold BOOTSEL while plugging it in, and copy the file"
    )]
    NotForUsb,
    /// The image draws on another display than the button has: its own would stay dark.
    #[error("the image is for the {image} display, and the button has {}", match has {
        Some(has) => format!("the {has} one"),
        None => "another one that this version does not know".to_owned(),
    })]
    OtherDisplay {
        /// As the button says, where this build knows it.
        has: Option<Display>,
        /// As the image says.
        image: Display,
    },
    /// Its line could not be opened.
    #[error("the line {path} cannot be opened: {source}")]
    Line {
        /// The line.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The loader's disk could not be written.
    #[error("the loader's disk {path} cannot be written while {doing}: {source}")]
    Disk {
        /// The disk.
        path: PathBuf,
        /// At which step.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// What comes next did not come in time.
    #[error("{0} did not come in time")]
    Late(&'static str),
    /// The image was written, and the button still says another version.
    #[error("the button was written and still says {said}, not {wanted}")]
    OtherVersion {
        /// What it says.
        said: Version,
        /// What the image says.
        wanted: Version,
    },
}
