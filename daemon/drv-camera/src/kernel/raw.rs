//! Asks the kernel what a node is and what can be set there, and believes no text: see `kernel` for why the crate does not.
//! The only file of this crate that speaks to the kernel itself.
#![allow(
    unsafe_code,
    reason = "three requests whose structures the kernel fills; each is plain numbers, for which zeroes are valid"
)]

use crate::control::{Control, ControlId, Takes, word};
use core::ffi::c_void;
use std::io;
use v4l::Device;
use v4l::v4l_sys as sys;
use v4l::v4l2::{self, vidioc};

/// What a node says that it is.
#[derive(Debug)]
pub struct Identity {
    pub driver: String,
    pub card: String,
    pub bus: String,
    abilities: u32,
}

impl Identity {
    /// Whether it is a camera, or what it is instead.
    pub fn is(&self) -> Result<(), &'static str> {
        let has = |ability: u32| self.abilities & ability != 0;
        if has(sys::V4L2_CAP_VIDEO_M2M | sys::V4L2_CAP_VIDEO_M2M_MPLANE) {
            return Err("it is a codec of the board");
        }
        if has(sys::V4L2_CAP_META_CAPTURE | sys::V4L2_CAP_META_OUTPUT) {
            return Err("it carries a camera's metadata, not its picture");
        }
        if has(sys::V4L2_CAP_VIDEO_OUTPUT | sys::V4L2_CAP_VIDEO_OUTPUT_MPLANE) {
            return Err("it takes pictures instead of giving them");
        }
        if has(sys::V4L2_CAP_VIDEO_CAPTURE_MPLANE) {
            return Err(
                "it is a part of a camera on the board's own connector, which programs reach through libcamera",
            );
        }
        match has(sys::V4L2_CAP_VIDEO_CAPTURE) && has(sys::V4L2_CAP_STREAMING) {
            true => Ok(()),
            false => Err("it gives no pictures"),
        }
    }
}

/// VIDIOC_QUERYCAP. What counts is what this node can do, not what all nodes of the device can together.
pub fn identity(device: &Device) -> io::Result<Identity> {
    // SAFETY: the structure is plain numbers.
    let mut said: sys::v4l2_capability = unsafe { core::mem::zeroed() };
    ask(device, vidioc::VIDIOC_QUERYCAP, &mut said)?;
    let abilities = match said.capabilities & sys::V4L2_CAP_DEVICE_CAPS {
        0 => said.capabilities,
        _ => said.device_caps,
    };
    Ok(Identity {
        driver: text(&said.driver),
        card: text(&said.card),
        bus: text(&said.bus_info),
        abilities,
    })
}

/// Every control that the camera has and that is not switched off for good.
pub fn controls(device: &Device) -> io::Result<Vec<Control>> {
    let mut controls = Vec::new();
    let mut last = 0;
    loop {
        let next = last | sys::V4L2_CTRL_FLAG_NEXT_CTRL | sys::V4L2_CTRL_FLAG_NEXT_COMPOUND;
        match query(device, next) {
            // The kernel counts upwards; one that does not would never end.
            Ok(said) if said.id > last => {
                last = said.id;
                if said.type_ != sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_CTRL_CLASS
                    && said.flags & sys::V4L2_CTRL_FLAG_DISABLED == 0
                {
                    controls.push(described(device, &said));
                }
            }
            Ok(_) => return Ok(controls),
            // EINVAL is the end of the list, and ENOTTY a camera that has none.
            Err(error) if matches!(error.raw_os_error(), Some(EINVAL | ENOTTY)) => {
                return Ok(controls);
            }
            Err(error) => return Err(error),
        }
    }
}

const EINVAL: i32 = nix::errno::Errno::EINVAL as i32;
const ENOTTY: i32 = nix::errno::Errno::ENOTTY as i32;

/// One control.
pub fn control(device: &Device, id: ControlId) -> io::Result<Control> {
    Ok(described(device, &query(device, id.0)?))
}

fn query(device: &Device, id: u32) -> io::Result<sys::v4l2_query_ext_ctrl> {
    // SAFETY: the structure is plain numbers.
    let mut said: sys::v4l2_query_ext_ctrl = unsafe { core::mem::zeroed() };
    said.id = id;
    ask(device, vidioc::VIDIOC_QUERY_EXT_CTRL, &mut said)?;
    Ok(said)
}

fn described(device: &Device, said: &sys::v4l2_query_ext_ctrl) -> Control {
    let takes = takes(device, said);
    let readable = said.flags & sys::V4L2_CTRL_FLAG_WRITE_ONLY == 0
        && !matches!(takes, Takes::Press | Takes::Other);
    let value = readable.then(|| value(device, said)).flatten();
    let name: Vec<u8> = said.name.iter().map(|byte| byte.to_ne_bytes()[0]).collect();
    Control {
        id: ControlId(said.id),
        name: word(&text(&name)),
        takes,
        default: said.default_value,
        value,
        writable: said.flags & sys::V4L2_CTRL_FLAG_READ_ONLY == 0,
        active: said.flags & (sys::V4L2_CTRL_FLAG_INACTIVE | sys::V4L2_CTRL_FLAG_GRABBED) == 0,
    }
}

fn takes(device: &Device, said: &sys::v4l2_query_ext_ctrl) -> Takes {
    if said.nr_of_dims > 0 {
        return Takes::Other;
    }
    match said.type_ {
        sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN => Takes::Switch,
        sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_BUTTON => Takes::Press,
        sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER
        | sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER64 => Takes::Whole {
            least: said.minimum,
            most: said.maximum,
            step: said.step.max(1),
        },
        sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU
        | sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU => Takes::Choice(choices(device, said)),
        _ => Takes::Other,
    }
}

/// The kernel's own menus are short; a longer one is not read to its end.
const MOST_CHOICES: i64 = 64;

/// Numbers in between that a camera does not have are refused one by one.
fn choices(device: &Device, said: &sys::v4l2_query_ext_ctrl) -> Vec<(i64, String)> {
    let last = said.maximum.min(said.minimum.saturating_add(MOST_CHOICES));
    (said.minimum.max(0)..=last)
        .filter_map(|value| {
            // SAFETY: the structure is plain numbers.
            let mut item: sys::v4l2_querymenu = unsafe { core::mem::zeroed() };
            item.id = said.id;
            item.index = u32::try_from(value).ok()?;
            ask(device, vidioc::VIDIOC_QUERYMENU, &mut item).ok()?;
            // SAFETY: both parts of the union are plain numbers; the control's type says which one the kernel has filled.
            let name = unsafe {
                match said.type_ {
                    sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU => {
                        // The structure is packed, so nothing in it may be pointed to.
                        let number = item.__bindgen_anon_1.value;
                        number.to_string()
                    }
                    _ => {
                        let name = item.__bindgen_anon_1.name;
                        text(&name)
                    }
                }
            };
            Some((value, name))
        })
        .collect()
}

/// VIDIOC_G_EXT_CTRLS; the old request would cut 64 bits to 32.
fn value(device: &Device, said: &sys::v4l2_query_ext_ctrl) -> Option<i64> {
    // SAFETY: the structures are plain numbers and a pointer to one that lives until the request has ended.
    unsafe {
        let mut one: sys::v4l2_ext_control = core::mem::zeroed();
        one.id = said.id;
        let mut all: sys::v4l2_ext_controls = core::mem::zeroed();
        all.count = 1;
        all.controls = &raw mut one;
        ask(device, vidioc::VIDIOC_G_EXT_CTRLS, &mut all).ok()?;
        Some(match said.type_ {
            sys::v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER64 => one.__bindgen_anon_1.value64,
            _ => i64::from(one.__bindgen_anon_1.value),
        })
    }
}

fn ask<T>(device: &Device, request: vidioc::_IOC_TYPE, structure: &mut T) -> io::Result<()> {
    let structure: *mut T = structure;
    // SAFETY: each request is sent with the structure that linux/videodev2.h gives it, and the device is open.
    unsafe { v4l2::ioctl(device.handle().fd(), request, structure.cast::<c_void>()) }
}

/// Up to the first zero; what is no UTF-8 is shown as such.
fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_cut_in_the_middle_of_a_letter_is_a_name() {
        let mut cut = "Kamera für den großen Sitzungssaal".as_bytes()[..11].to_vec();
        cut[8] = 0xc3;
        cut.truncate(9);
        assert_eq!(text(&cut), "Kamera f\u{fffd}");
        assert_eq!(text(b"webcam\0\xff\xff"), "webcam");
    }

    #[test]
    fn only_what_gives_pictures_is_a_camera() {
        let is = |abilities| {
            let (driver, card, bus) = Default::default();
            Identity {
                driver,
                card,
                bus,
                abilities,
            }
            .is()
        };
        let streams = sys::V4L2_CAP_STREAMING;
        assert_eq!(is(sys::V4L2_CAP_VIDEO_CAPTURE | streams), Ok(()));
        assert!(is(sys::V4L2_CAP_VIDEO_CAPTURE).is_err());
        for other in [
            sys::V4L2_CAP_META_CAPTURE,
            sys::V4L2_CAP_VIDEO_M2M,
            sys::V4L2_CAP_VIDEO_OUTPUT,
            sys::V4L2_CAP_VIDEO_CAPTURE_MPLANE,
            sys::V4L2_CAP_VBI_CAPTURE,
        ] {
            assert!(is(other | streams).is_err(), "{other:x}");
        }
    }
}
