//! What video nodes there are and where they sit, read from sysfs; which of them a role means. Opens no device.
//! `/dev/videoN` is the order in which things were found, so it names nothing here.

use core::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use usb_place::text;

pub use usb_place::Usb;

/// A video node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The node to open.
    pub node: PathBuf,
    /// What the driver calls it; of a USB camera, its product name.
    pub name: String,
    /// The name by which a page in the browser sees it. Chromium takes the USB interface's own name, else the driver's, and
    /// adds vendor and product: `media/capture/video/linux/video_capture_device_factory_v4l2.cc`. Where it hangs on no USB, the driver's
    /// is what it answers ([`Probe::card`](crate::Probe::card)), and this the name of its node, which may be another one.
    pub label: String,
    /// Where it sits on USB; `None` for what is part of the board.
    pub usb: Option<Usb>,
    /// The kernel's name of the device that it belongs to, such as `1-3.2:1.0` or `vivid.0`.
    pub device: String,
    /// The daemon's own links to it, by their names, such as `cam-front`.
    pub links: Vec<String>,
    /// Counts the nodes of one device.
    pub index: u32,
    /// Differs each time it is plugged in, also when everything else is the same.
    pub plugged: u64,
}

/// What a role in the room means. Everything that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The place: `1-3.2`, or with the controller's own name `0000:00:14.0/3.2`.
    pub usb: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// The name, as a page sees it or without the model's numbers.
    pub label: Option<String>,
    /// The daemon's own link, such as `cam-front`, where something else has found the device already.
    pub link: Option<String>,
}

impl Wanted {
    /// Whether a node is meant.
    pub fn fits(&self, found: &Found) -> bool {
        let usb = found.usb.as_ref();
        let at =
            |place: &String| usb.is_some_and(|usb| usb.place == *place || usb.socket == *place);
        let with = |serial: &String| usb.is_some_and(|usb| usb.serial.as_ref() == Some(serial));
        let called = |label: &String| found.label == *label || found.name == *label;
        self.usb.as_ref().is_none_or(at)
            && self.serial.as_ref().is_none_or(with)
            && self.label.as_ref().is_none_or(called)
            && self
                .link
                .as_ref()
                .is_none_or(|link| found.links.contains(link))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.usb.as_ref().map(|place| format!("USB place {place}")));
        parts.extend(
            self.serial
                .as_ref()
                .map(|serial| format!("serial number {serial}")),
        );
        parts.extend(self.label.as_ref().map(|label| format!("label {label:?}")));
        parts.extend(
            self.link
                .as_ref()
                .map(|link| format!("the room's binding of {link}")),
        );
        match parts.is_empty() {
            true => f.write_str("any camera"),
            false => f.write_str(&parts.join(", ")),
        }
    }
}

/// Every video node of the machine in the order of their numbers, which is the order in which the browser lists twins.
/// `sys` is `/sys`, `dev` is `/dev`, and `links` the folder of the daemon's links, if there is one.
pub fn find(sys: &Path, dev: &Path, links: Option<&Path>) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(sys.join("class/video4linux")) else {
        return Vec::new();
    };
    let mut all: Vec<(u32, Found)> = entries
        .filter_map(|entry| one(&entry.ok()?.path(), dev))
        .collect();
    for (name, node) in links.map(read_links).unwrap_or_default() {
        if let Some((_, found)) = all.iter_mut().find(|(_, found)| found.node == node) {
            found.links.push(name);
        }
    }
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, found)| found).collect()
}

fn read_links(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let one = |entry: fs::DirEntry| {
        let name = entry.file_name().to_str()?.to_owned();
        Some((name, fs::read_link(entry.path()).ok()?))
    };
    entries.filter_map(|entry| one(entry.ok()?)).collect()
}

/// One node; `None` when it goes while it is looked at.
fn one(folder: &Path, dev: &Path) -> Option<(u32, Found)> {
    let node = folder.file_name()?.to_str()?;
    let number = node.strip_prefix("video")?.parse().ok()?;
    let name = text(&folder.join("name"))?;
    let device = fs::canonicalize(folder.join("device")).ok();
    let usb = device.as_deref().and_then(usb_place::above);
    let interface = text(&folder.join("device/interface"));
    let bare = interface.unwrap_or_else(|| name.clone());
    let label = match &usb {
        Some(usb) => format!("{bare} ({:04x}:{:04x})", usb.model.0, usb.model.1),
        None => bare,
    };
    let found = Found {
        node: dev.join(node),
        label,
        usb,
        device: device
            .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .unwrap_or_default(),
        index: text(&folder.join("index"))
            .and_then(|index| index.parse().ok())
            .unwrap_or(0),
        // sysfs never gives a number twice between two starts: fs/kernfs/dir.c counts them up.
        plugged: fs::metadata(folder).ok()?.ino(),
        name,
        links: Vec::new(),
    };
    Some((number, found))
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
