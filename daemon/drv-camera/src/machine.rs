//! What a camera can be asked, as a trait of our own, so that the crate behind it can be replaced and tests need no camera.
//! Every call may block; nothing is kept open between two.

use crate::control::{Control, ControlId};
use crate::error::CameraError;
use crate::find::Found;
use crate::frame::Frame;
use crate::mode::{Mode, Offer};
use core::time::Duration;
use std::path::Path;

/// Everything that a camera says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The driver's name.
    pub driver: String,
    /// The camera's name.
    pub card: String,
    /// Where it is, as the driver says.
    pub bus: String,
    /// Formats, sizes and rates.
    pub offers: Vec<Offer>,
    /// What can be set.
    pub controls: Vec<Control>,
}

/// Whether somebody has a camera's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Another program has it.
    Yes,
    /// Nobody has.
    No,
}

/// A picture to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shot {
    /// In this format and size, or what the driver makes of it.
    pub mode: Mode,
    /// After so many others, until the exposure has settled.
    pub settle: u32,
    /// All of them within this time.
    pub within: Duration,
}

/// A machine with cameras.
pub trait Machine: core::fmt::Debug + Send + Sync + 'static {
    /// Every video node, in the order of their numbers.
    fn find(&self) -> Vec<Found>;

    /// Asks a camera about itself. Takes nothing from whoever has its picture.
    ///
    /// # Errors
    /// When it is gone, may not be opened, or is no camera.
    fn probe(&self, node: &Path) -> Result<Probe, CameraError>;

    /// Sets one control and gives back what it then reads.
    ///
    /// # Errors
    /// When the camera refuses it.
    fn set(&self, node: &Path, control: ControlId, value: i64) -> Result<Option<i64>, CameraError>;

    /// Whether somebody has its picture.
    ///
    /// # Errors
    /// When it is gone or may not be opened.
    fn taken(&self, node: &Path) -> Result<Taken, CameraError>;

    /// Takes a picture and lets the camera go again.
    ///
    /// # Errors
    /// When somebody else has it, none comes in time, or the bus has no room.
    fn take(&self, node: &Path, shot: Shot) -> Result<Frame, CameraError>;
}
