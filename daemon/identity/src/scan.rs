//! Reads what is plugged in from a sysfs tree. Opens no device; what vanishes while it is read was not there.
//! Paths are walked, never parsed out of udev's texts: those change from version to version.

use crate::machine::{Address, Device, Machine, Node, NodeKind, UsbAddress};
use crate::model::UsbModel;
use crate::place::{Side, UsbPlace};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// `bDeviceClass` of a hub, and `bDeviceProtocol` of a root hub's SuperSpeed half: linux/usb/ch9.h, drivers/usb/core/hcd.c.
const HUB: &str = "09";
const SUPER_SPEED: &str = "03";

/// Everything below this folder, which is `/sys` but for tests.
pub fn scan(sys: &Path) -> Machine {
    let Ok(sys) = &fs::canonicalize(sys) else {
        return Machine::default();
    };
    let bus = sys.join("bus/usb/devices");
    let mut found: BTreeMap<Key, Device> = BTreeMap::new();
    for folder in entries(&bus) {
        if let Some(device) = usb_device(&folder) {
            found.insert(Key::Usb(folder), device);
        }
    }
    for (class, kind) in CLASSES {
        for folder in entries(&sys.join(class)) {
            let Some(node) = node(sys, &folder, *kind) else {
                continue;
            };
            let (key, address) = owner(sys, &folder);
            let bare = || Device {
                address,
                maker: None,
                product: None,
                nodes: Vec::new(),
            };
            match key {
                // The device itself is gone already, or its folder says too little.
                Key::Usb(_) if !found.contains_key(&key) => {}
                key => found.entry(key).or_insert_with(bare).nodes.push(node),
            }
        }
    }
    let mut devices: Vec<Device> = found.into_values().collect();
    for device in &mut devices {
        device
            .nodes
            .sort_by(|a, b| (a.kind, a.interface, &a.name).cmp(&(b.kind, b.interface, &b.name)));
    }
    devices.sort_by_key(order);
    Machine {
        has_usb: bus.is_dir(),
        devices,
    }
}

const CLASSES: &[(&str, NodeKind)] = &[
    ("class/video4linux", NodeKind::Video),
    ("class/tty", NodeKind::Serial),
    ("class/sound", NodeKind::Sound),
    ("class/hidraw", NodeKind::Hid),
    ("class/input", NodeKind::Input),
    ("class/cec", NodeKind::Cec),
    ("class/drm", NodeKind::Connector),
    ("bus/gpio/devices", NodeKind::Gpio),
];

/// Nodes with the same key are one device's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Usb(PathBuf),
    Board(String),
}

fn order(device: &Device) -> (bool, Option<UsbPlace>, String) {
    let place = device.usb().map(|usb| usb.place.clone());
    (place.is_none(), place, device.address.to_string())
}

/// The real folders behind a folder's links.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| fs::canonicalize(entry.ok()?.path()).ok())
        .collect()
}

fn name(folder: &Path) -> &str {
    folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// An attribute's first line; `None` when it is absent, empty or closed to us.
fn attribute(folder: &Path, attribute: &str) -> Option<String> {
    let bytes = fs::read(folder.join(attribute)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line: String = text
        .lines()
        .next()?
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// A value of the folder's `uevent` file.
fn property(folder: &Path, key: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join("uevent")).ok()?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.to_owned())
}

fn hex(text: &str) -> Option<u16> {
    u16::from_str_radix(text, 16).ok()
}

fn usb_device(folder: &Path) -> Option<Device> {
    let (bus, ports) = name(folder).split_once('-')?;
    let ports = ports.parse().ok()?;
    if attribute(folder, "bDeviceClass")? == HUB {
        return None;
    }
    let root = folder
        .ancestors()
        .find(|above| name(above).strip_prefix("usb") == Some(bus))?;
    let side = match attribute(root, "bDeviceProtocol").as_deref() {
        Some(SUPER_SPEED) => Side::SuperSpeed,
        _ => Side::Usb2,
    };
    let model = UsbModel {
        vendor: hex(&attribute(folder, "idVendor")?)?,
        product: hex(&attribute(folder, "idProduct")?)?,
    };
    let place = UsbPlace {
        controller: controller(root)?.to_owned(),
        side,
        ports,
    };
    let address = UsbAddress {
        bus: bus.parse().ok()?,
        place,
        model,
        serial: attribute(folder, "serial"),
    };
    Some(Device {
        address: Address::Usb(address),
        maker: attribute(folder, "manufacturer"),
        product: attribute(folder, "product"),
        nodes: Vec::new(),
    })
}

/// `xhci-hcd.0.auto` is counted in the order of probing; the device it was made for has a name of its own.
fn controller(root: &Path) -> Option<&str> {
    root.ancestors()
        .skip(1)
        .map(name)
        .find(|name| !name.ends_with(".auto"))
}

/// Whose a node is: the nearest USB device above it, else the part of the board that it belongs to.
fn owner(sys: &Path, folder: &Path) -> (Key, Address) {
    let above = || {
        folder
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(sys))
    };
    if let Some(usb) = above().find(|above| above.join("idVendor").is_file()) {
        let name = name(usb).to_owned();
        return (Key::Usb(usb.to_owned()), Address::Board { name });
    }
    let name = board_name(folder).to_owned();
    (Key::Board(name.clone()), Address::Board { name })
}

/// The nearest folder above that is a device by itself: no class (`tty`), no part that the kernel puts between
/// (`fe201000.serial:0.0` below `fe201000.serial`), no graphics card's number above its sockets.
fn board_name(folder: &Path) -> &str {
    let devices: Vec<&str> = folder
        .ancestors()
        .skip(1)
        .filter(|above| above.join("uevent").is_file())
        .map(name)
        .collect();
    let is_part = |index: usize| {
        let outer = devices[index + 1..].iter();
        let is_card = devices[index]
            .strip_prefix("card")
            .is_some_and(|rest| rest.parse::<u16>().is_ok());
        let rest = |outer: &&str| devices[index].strip_prefix(*outer);
        is_card || outer.filter_map(rest).any(|rest| rest.starts_with(':'))
    };
    let own = (0..devices.len()).find(|index| !is_part(*index));
    own.map_or("virtual", |index| devices[index])
}

fn node(sys: &Path, folder: &Path, kind: NodeKind) -> Option<Node> {
    let own = name(folder);
    let device = folder.join("device");
    let dev = |name: &str| Some(Path::new("/dev").join(name));
    let mut path = property(folder, "DEVNAME").and_then(|name| dev(&name));
    let mut shown = own.to_owned();
    let label = match kind {
        NodeKind::Video => {
            // Every further index of an interface is metadata or another shape of the same picture.
            (attribute(folder, "index")? == "0").then_some(())?;
            attribute(folder, "name")
        }
        NodeKind::Serial => {
            let is_console = folder.starts_with(sys.join("devices/virtual"));
            // A port of the 8250 driver that has no chip behind it has type 0: linux/serial_core.h, PORT_UNKNOWN.
            let is_empty = attribute(folder, "type").is_some_and(|kind| kind == "0");
            (!is_console && !is_empty).then_some(())?;
            None
        }
        NodeKind::Sound => {
            let number: u16 = own.strip_prefix("card")?.parse().ok()?;
            path = dev(&format!("snd/controlC{number}"));
            attribute(folder, "id")
        }
        NodeKind::Hid => property(&device, "HID_NAME"),
        NodeKind::Input => {
            own.starts_with("event").then_some(())?;
            // Power buttons, lids and jacks of the board are nobody's keys.
            folder
                .ancestors()
                .find(|above| above.join("idVendor").is_file())?;
            attribute(&device, "name")
        }
        NodeKind::Cec => None,
        NodeKind::Connector => {
            let status = attribute(folder, "status")?;
            shown = own.split_once('-')?.1.to_owned();
            path = None;
            Some(status)
        }
        NodeKind::Gpio => gpio_label(sys, folder),
    };
    let needs_path = kind != NodeKind::Connector;
    (!needs_path || path.is_some()).then_some(())?;
    let interface = folder
        .ancestors()
        .find_map(|above| attribute(above, "bInterfaceNumber"))
        .and_then(|number| u8::from_str_radix(&number, 16).ok());
    Some(Node {
        kind,
        name: shown,
        path,
        interface,
        label,
    })
}

/// The chip's label stands with the older interface, where the kernel still has it.
fn gpio_label(sys: &Path, folder: &Path) -> Option<String> {
    let beside = entries(&sys.join("class/gpio"));
    let own = folder.parent()?;
    let same = |chip: &&PathBuf| chip.ancestors().skip(1).take(2).any(|above| above == own);
    beside
        .iter()
        .find(same)
        .and_then(|chip| attribute(chip, "label"))
}
