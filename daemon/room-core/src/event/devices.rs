//! What is seen of displays, cameras and fittings: what they are, and never why. Knows no driver.

use crate::failure::{CameraFailure, DisplayFailure, FittingFailure};
use serde::{Deserialize, Serialize};

/// A display as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplaySeen {
    /// Answers over one of its links; power and input follow.
    Here,
    /// None of its links works.
    Gone(DisplayFailure),
    /// Power read back.
    Power(DisplayPower),
    /// Input read back.
    Input(DisplayInput),
    /// It was asked as often as is sensible and does not do it.
    Refused(DisplayFailure),
}

/// Power of a display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplayPower {
    /// Shows a picture.
    On,
    /// Off, but for its control line.
    Standby,
    /// A projector on its way to a picture.
    Warming,
    /// A projector on its way to standby.
    Cooling,
}

/// Where a display's picture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplayInput {
    /// From the room.
    Room,
    /// From somebody's own device.
    Other,
}

/// A camera as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CameraSeen {
    /// Plugged in and usable.
    Here,
    /// Cannot be used.
    Gone(CameraFailure),
    /// Another program, usually the conference, has its picture.
    InUse,
    /// Nobody has.
    Free,
    /// Its picture, looked at while nobody else used it.
    Picture(PictureSeen),
}

/// What a camera's picture is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureSeen {
    /// A room.
    Good,
    /// A room with its lights off.
    Dark,
    /// Nothing at all.
    Black,
    /// The same frame again and again.
    Frozen,
    /// Something lies before the lens.
    Covered,
    /// Out of focus.
    Blurred,
}

/// A lamp, wired button, speakerphone or status panel as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FittingSeen {
    /// Works.
    Here,
    /// Does not.
    Gone(FittingFailure),
}
