//! The controls of a real camera, through the kernel. The only place that knows the crate `v4l`.
//! Controls need no stream, so the conference may have the picture at the same time.

use super::controls::{Abilities, Control, Controls, Range};
use std::io;
use std::path::Path;
use v4l::Device;
use v4l::control::{Flags, Value};

/// An open camera.
pub struct VideoDevice(Device);

impl VideoDevice {
    /// Opens `/dev/videoN`, or a link to it.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<VideoDevice> {
        Device::with_path(path).map(VideoDevice)
    }
}

impl Controls for VideoDevice {
    fn abilities(&self) -> io::Result<Abilities> {
        let all = self.0.query_controls()?;
        let known = all.into_iter().filter_map(|about| {
            let control = Control::ALL.into_iter().find(|c| c.id() == about.id)?;
            let unusable = about.flags.intersects(Flags::DISABLED | Flags::INACTIVE);
            let range = Range {
                least: least(control, about.minimum, about.maximum),
                most: about.maximum,
                step: i64::try_from(about.step).unwrap_or(1).max(1),
            };
            (!unusable).then_some((control, range))
        });
        Ok(known.collect())
    }

    fn read(&self, control: Control) -> io::Result<i64> {
        match self.0.control(control.id())?.value {
            Value::Integer(value) => Ok(value),
            Value::Boolean(value) => Ok(value.into()),
            Value::None | Value::String(_) | Value::CompoundU8(_) | Value::CompoundU16(_) => {
                Err(io::ErrorKind::InvalidData.into())
            }
            Value::CompoundU32(_) | Value::CompoundPtr(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn write(&self, control: Control, value: i64) -> io::Result<()> {
        let value = match control {
            Control::PanReset | Control::TiltReset => Value::None,
            _ => Value::Integer(value),
        };
        let id = control.id();
        self.0.set_control(v4l::Control { id, value })
    }
}

/// Kernels up to 6.x report 0 or -1 as the least speed of cameras that run both ways (uvcvideo reads one UVC field for two).
fn least(control: Control, least: i64, most: i64) -> i64 {
    match control {
        Control::PanSpeed | Control::TiltSpeed | Control::ZoomSpeed => least.min(-most),
        _ => least,
    }
}
