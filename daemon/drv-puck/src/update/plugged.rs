//! Table buttons and loaders on USB, as the kernel's own files tell them. Opens no line: what a button is and which version
//! it has stands in its descriptors.

use super::Version;
use std::fs;
use std::path::{Path, PathBuf};

/// The button's numbers: open ones for tests and private use (pid.codes).
const BUTTON: (&str, &str) = ("1209", "0001");
/// What it says of itself, since others use these numbers, too.
const PRODUCT: &str = "Table button";
/// The ROM's loader (RP2040 datasheet, 2.8.5).
const LOADER: (&str, &str) = ("2e8a", "0003");

/// Where to look.
#[derive(Debug, Clone)]
pub struct Roots {
    /// Usually `/sys`.
    pub sys: PathBuf,
    /// Usually `/dev`.
    pub dev: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots {
            sys: "/sys".into(),
            dev: "/dev".into(),
        }
    }
}

/// Of the kernel's `bcdDevice`, four digits.
fn version_of_release(text: &str) -> Option<Version> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    match digits[..] {
        [0, major, minor, patch] => Some(Version(major, minor, patch)),
        _ => None,
    }
}

/// A button that runs its firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugged {
    /// The socket, in the kernel's words, such as `1-1.2`.
    pub port: String,
    /// Serial number of its chip.
    pub serial: String,
    /// Its firmware's version; nothing when it says none that can be read.
    pub version: Option<Version>,
    /// Its serial line.
    pub line: Option<PathBuf>,
}

/// A chip in its ROM's loader. It tells neither its serial number nor whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loader {
    /// The socket.
    pub port: String,
    /// The disk's partition, once the kernel has found it.
    pub disk: Option<PathBuf>,
}

/// All that is plugged in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Running buttons, by socket.
    pub buttons: Vec<Plugged>,
    /// Chips in the loader, by socket.
    pub loaders: Vec<Loader>,
}

/// Looks once. What cannot be read is not there.
pub fn look(roots: &Roots) -> Found {
    let mut found = Found::default();
    let devices = roots.sys.join("bus/usb/devices");
    let mut folders: Vec<PathBuf> = entries(&devices).collect();
    folders.sort();
    for folder in folders {
        let say = |name: &str| attribute(&folder, name).unwrap_or_default();
        let Some(port) = folder.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        let port = port.into_owned();
        let (vendor, product) = (say("idVendor"), say("idProduct"));
        match (vendor.as_str(), product.as_str()) {
            BUTTON if say("product") == PRODUCT => found.buttons.push(Plugged {
                serial: say("serial"),
                version: version_of_release(&say("bcdDevice")),
                line: below(&folder, &port, "tty", 2).map(|name| roots.dev.join(name)),
                port,
            }),
            LOADER => found.loaders.push(Loader {
                disk: disk(&folder, &port).map(|name| roots.dev.join(name)),
                port,
            }),
            _ => {}
        }
    }
    found
}

/// The first thing in a folder of that name, at most so deep below one of the device's interfaces.
fn below(device: &Path, port: &str, name: &str, depth: u8) -> Option<String> {
    let interface = format!("{port}:");
    let interfaces = entries(device).filter(|folder| {
        let name = folder.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(&interface)
    });
    interfaces
        .filter_map(|folder| search(&folder, name, depth))
        .next()
}

fn search(folder: &Path, name: &str, depth: u8) -> Option<String> {
    let wanted = folder.join(name);
    if wanted.is_dir() {
        let mut inside: Vec<PathBuf> = entries(&wanted).collect();
        inside.sort();
        let first = inside.first()?.file_name()?;
        return Some(first.to_string_lossy().into_owned());
    }
    let deeper = depth.checked_sub(1)?;
    let mut folders = entries(folder).filter(|entry| entry.is_dir() && !entry.is_symlink());
    folders.find_map(|entry| search(&entry, name, deeper))
}

/// Below host, target and unit; its first partition where it has one.
fn disk(device: &Path, port: &str) -> Option<String> {
    let whole = below(device, port, "block", 3)?;
    let interface = format!("{port}:");
    let interfaces = entries(device).filter(|folder| {
        let name = folder.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(&interface)
    });
    let partition = interfaces
        .filter_map(|folder| partition(&folder, &whole, 3))
        .next();
    Some(partition.unwrap_or(whole))
}

fn partition(folder: &Path, whole: &str, depth: u8) -> Option<String> {
    let disk = folder.join("block").join(whole);
    if disk.is_dir() {
        let parts = entries(&disk).filter_map(|entry| {
            let name = entry.file_name()?.to_string_lossy().into_owned();
            (name.starts_with(whole) && entry.join("partition").is_file()).then_some(name)
        });
        return parts.min();
    }
    let deeper = depth.checked_sub(1)?;
    let mut folders = entries(folder).filter(|entry| entry.is_dir() && !entry.is_symlink());
    folders.find_map(|entry| partition(&entry, whole, deeper))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let read = fs::read_dir(folder).into_iter().flatten();
    read.filter_map(|entry| Some(entry.ok()?.path()))
}

fn attribute(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(text.trim().to_owned())
}
