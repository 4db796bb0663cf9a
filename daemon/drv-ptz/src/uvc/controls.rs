//! What a camera's motors are called by the kernel, and who can set them. A trait, so that the head can be tried without a camera.
//! Must not know requests.
//!
//! Units: "Camera Control Reference" of the kernel's V4L2 documentation. Angles are arc seconds, right and up positive.

use std::collections::BTreeMap;
use std::io;

/// A control of the camera class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Control {
    /// Where pan stands, in arc seconds.
    Pan,
    /// Where tilt stands, in arc seconds.
    Tilt,
    /// Where the zoom stands, in steps of the model's own.
    Zoom,
    /// How fast pan runs; 0 stops it.
    PanSpeed,
    /// How fast tilt runs; 0 stops it.
    TiltSpeed,
    /// How fast the zoom runs; 0 stops it.
    ZoomSpeed,
    /// Sends pan to its middle.
    PanReset,
    /// Sends tilt to its middle.
    TiltReset,
}

impl Control {
    /// Every one.
    pub const ALL: [Control; 8] = [
        Control::Pan,
        Control::Tilt,
        Control::Zoom,
        Control::PanSpeed,
        Control::TiltSpeed,
        Control::ZoomSpeed,
        Control::PanReset,
        Control::TiltReset,
    ];

    /// The kernel's number of it.
    pub fn id(self) -> u32 {
        match self {
            Control::PanReset => 0x009A_0906,
            Control::TiltReset => 0x009A_0907,
            Control::Pan => 0x009A_0908,
            Control::Tilt => 0x009A_0909,
            Control::Zoom => 0x009A_090D,
            Control::ZoomSpeed => 0x009A_090F,
            Control::PanSpeed => 0x009A_0920,
            Control::TiltSpeed => 0x009A_0921,
        }
    }
}

/// What values a control takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Smallest.
    pub least: i64,
    /// Largest.
    pub most: i64,
    /// Distance between two values; from 1.
    pub step: i64,
}

impl Range {
    /// The value of the range that is nearest.
    pub(super) fn nearest(self, value: i64) -> i64 {
        let step = self.step.max(1);
        let kept = value.clamp(self.least, self.most);
        let steps = (kept - self.least + step / 2) / step;
        (self.least + steps * step).min(self.most)
    }
}

/// The controls that a camera has.
pub type Abilities = BTreeMap<Control, Range>;

/// A camera's controls. Calls may take milliseconds: each is a transfer over USB.
pub trait Controls: Send + 'static {
    /// Which there are.
    ///
    /// # Errors
    /// What the system says.
    fn abilities(&self) -> io::Result<Abilities>;

    /// The value of one.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, control: Control) -> io::Result<i64>;

    /// Sets one.
    ///
    /// # Errors
    /// What the system says.
    fn write(&self, control: Control, value: i64) -> io::Result<()>;
}
