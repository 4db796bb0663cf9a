//! Which node is the room's speakerphone: by a link that leads to it, its USB numbers or its plug, never by its own number.
//! Reads sysfs; opens no device.

use crate::descriptor::Layout;
use crate::error::HidError;
use std::fs;
use std::path::{Path, PathBuf};

/// Which speakerphone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By what it is.
    Usb {
        /// Its maker.
        vendor: u16,
        /// Its model.
        product: u16,
        /// Its own number, to tell two of a model apart.
        serial: Option<String>,
    },
    /// The USB device to which the node behind this path belongs; of several nodes, the one that has a phone's keys.
    /// The path may be a link that comes and goes.
    DeviceOf(PathBuf),
    /// The very node behind this path.
    Node(PathBuf),
    /// By the plug, as the kernel counts it: `1-3.2` is the second socket of the hub in the third one of bus 1.
    Plug(String),
    /// The first device that has a phone's keys.
    First,
}

/// Where the kernel shows its devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// `/sys`.
    pub sys: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots {
            sys: PathBuf::from("/sys"),
            dev: PathBuf::from("/dev"),
        }
    }
}

/// A device with a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The node.
    pub node: PathBuf,
    /// Its maker.
    pub vendor: u16,
    /// Its model.
    pub product: u16,
    /// As it names itself.
    pub name: String,
    /// Its own number; may be empty.
    pub serial: String,
    /// The plug it sits in; `None` when it is on no USB.
    pub plug: Option<String>,
    /// Its keys and lamps.
    pub layout: Layout,
}

impl Found {
    /// Whether both are nodes of one device. What is on no USB has only its own.
    fn is_beside(&self, other: &Found) -> bool {
        self.node == other.node || (self.plug.is_some() && self.plug == other.plug)
    }
}

/// GN Audio.
const JABRA: u16 = 0x0B0E;
/// hid-generic leaves all of this maker's devices to hid-jabra, and the kernel ignores SPEAK 410 before firmware 1.11 and
/// SPEAK 510 before 2.14 altogether (drivers/hid/hid-quirks.c).
const ABOUT_JABRA: &str = "for a Jabra, load the module hid-jabra, and update its firmware \
     (a SPEAK 410 needs 1.11 or later, a SPEAK 510 needs 2.14 or later)";
const ABOUT_OTHERS: &str =
    "load the module usbhid, or look into the kernel's log for what it says about the device";

/// Every device that has a node.
pub fn all(roots: &Roots) -> Vec<Found> {
    let entries = fs::read_dir(roots.sys.join("class/hidraw"))
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<Found> = entries
        .filter_map(|entry| read(roots, &entry.path()))
        .collect();
    found.sort_by(|a, b| a.node.cmp(&b.node));
    found
}

/// The room's speakerphone.
///
/// # Errors
/// What stands in the way.
pub fn find(roots: &Roots, which: &Which) -> Result<Found, HidError> {
    let mut no_phone = None;
    // A speakerphone often has several nodes: sound keys, vendor's own, and the one of the call.
    for found in meant(all(roots), which) {
        match found.layout.is_phone() {
            true => return Ok(found),
            false => no_phone = Some(found.name),
        }
    }
    match (which, no_phone) {
        (Which::First, _) => Err(HidError::Absent),
        (_, Some(name)) => Err(HidError::NoPhone(name)),
        (Which::DeviceOf(path) | Which::Node(path), None) => Err(HidError::NoNode(path.clone())),
        (_, None) => Err(without_node(roots, which)),
    }
}

fn meant(mut all: Vec<Found>, which: &Which) -> Vec<Found> {
    match which {
        Which::DeviceOf(path) => {
            let own = behind(&all, path).cloned();
            all.retain(|found| own.as_ref().is_some_and(|own| own.is_beside(found)));
        }
        Which::Node(path) => {
            let own = behind(&all, path).cloned();
            all.retain(|found| own.as_ref() == Some(found));
        }
        Which::Usb {
            vendor,
            product,
            serial,
        } => all.retain(|found| {
            let same = (*vendor, *product) == (found.vendor, found.product);
            same && serial.as_ref().is_none_or(|serial| *serial == found.serial)
        }),
        Which::Plug(plug) => all.retain(|found| found.plug.as_ref() == Some(plug)),
        Which::First => {}
    }
    all
}

/// What a path leads to now.
fn behind<'a>(all: &'a [Found], path: &Path) -> Option<&'a Found> {
    let real = fs::canonicalize(path).ok()?;
    all.iter()
        .find(|found| fs::canonicalize(&found.node).is_ok_and(|node| node == real))
}

fn read(roots: &Roots, class: &Path) -> Option<Found> {
    let device = class.join("device");
    let uevent = fs::read_to_string(device.join("uevent")).ok()?;
    let value = |key: &str| {
        let line = uevent
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().to_owned()
    };
    // Bus, vendor, product: `0003:00000B0E:0000245D`.
    let id = value("HID_ID");
    let mut numbers = id
        .split(':')
        .map(|part| u32::from_str_radix(part, 16).unwrap_or(0));
    let (vendor, product) = (numbers.nth(1)?, numbers.next()?);
    let descriptor = fs::read(device.join("report_descriptor")).ok()?;
    Some(Found {
        node: roots.dev.join(class.file_name()?),
        vendor: u16::try_from(vendor).ok()?,
        product: u16::try_from(product).ok()?,
        name: value("HID_NAME"),
        serial: value("HID_UNIQ"),
        plug: plug(&fs::canonicalize(&device).ok()?),
        layout: Layout::parse(&descriptor),
    })
}

/// Of `.../usb1/1-3/1-3.2/1-3.2:1.3/0003:0B0E:245D.0001` the part before the interface.
fn plug(device: &Path) -> Option<String> {
    let parts = device.components().rev();
    let names = parts.map(|part| part.as_os_str().to_string_lossy().into_owned());
    names.filter_map(|name| interface_of(&name)).next()
}

fn interface_of(name: &str) -> Option<String> {
    let (plug, interface) = name.split_once(':')?;
    let (bus, ports) = plug.split_once('-')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_interface = interface
        .split_once('.')
        .is_some_and(|(a, b)| number(a) && number(b));
    (number(bus) && ports.split('.').all(number) && is_interface).then(|| plug.to_owned())
}

/// Is it plugged in at all?
fn without_node(roots: &Roots, which: &Which) -> HidError {
    let entries = fs::read_dir(roots.sys.join("bus/usb/devices"))
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries {
        let path = entry.path();
        let number = |name: &str| {
            let text = fs::read_to_string(path.join(name)).ok()?;
            u16::from_str_radix(text.trim(), 16).ok()
        };
        let (Some(vendor), Some(product)) = (number("idVendor"), number("idProduct")) else {
            continue;
        };
        let is = match which {
            Which::Usb {
                vendor: v,
                product: p,
                ..
            } => (*v, *p) == (vendor, product),
            Which::Plug(plug) => entry.file_name().to_string_lossy() == plug.as_str(),
            Which::DeviceOf(_) | Which::Node(_) | Which::First => false,
        };
        if is {
            return HidError::NoDriver(if vendor == JABRA {
                ABOUT_JABRA
            } else {
                ABOUT_OTHERS
            });
        }
    }
    HidError::Absent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plug_is_what_stands_before_the_interface() {
        let of = |path: &str| plug(Path::new(path));
        let hub =
            "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3.2/1-3.2:1.3/0003:0B0E:245D.0001";
        assert_eq!(of(hub), Some("1-3.2".to_owned()));
        assert_eq!(
            of("/sys/devices/virtual/misc/uhid/0003:0B0E:245D.0001"),
            None
        );
    }
}
