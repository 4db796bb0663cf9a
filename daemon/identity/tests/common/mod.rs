//! Fake sysfs trees from the text that umockdev reads too, so that both see the same machine.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several tests, each of which may end where it stands"
)]

use identity::{Binding, Kind, Machine, Role, Unit};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A tree on disk, gone at the end of the test.
pub struct Tree {
    folder: TempDir,
}

/// The description's file.
pub fn description(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../identity/tests/trees")
        .join(name)
}

impl Tree {
    pub fn of(name: &str) -> Tree {
        let tree = Tree {
            folder: tempfile::tempdir().unwrap(),
        };
        let text = fs::read_to_string(description(name)).unwrap();
        for block in text.split("\n\n").filter(|block| block.contains("P: ")) {
            tree.add(block);
        }
        tree
    }

    pub fn sys(&self) -> PathBuf {
        self.folder.path().join("sys")
    }

    pub fn scan(&self) -> Machine {
        identity::scan(&self.sys())
    }

    /// Adds one device: `P:` path, `E:` properties, `A:` attributes, `L:` links.
    pub fn add(&self, block: &str) {
        let lines = || block.lines().filter_map(|line| line.split_once(": "));
        let of = |kind: &'static str| {
            lines()
                .filter(move |(k, _)| *k == kind)
                .map(|(_, value)| value)
        };
        let path = of("P").next().unwrap();
        let folder = self.sys().join(path.trim_start_matches('/'));
        fs::create_dir_all(&folder).unwrap();
        let mut uevent = String::new();
        for property in of("E") {
            let (key, value) = property.split_once('=').unwrap();
            match key {
                "SUBSYSTEM" => self.list(value, &folder),
                "DEVNAME" => uevent += &format!("DEVNAME={}\n", value.trim_start_matches("/dev/")),
                _ => uevent += &format!("{property}\n"),
            }
        }
        fs::write(folder.join("uevent"), uevent).unwrap();
        for attribute in of("A") {
            let (key, value) = attribute.split_once('=').unwrap();
            fs::write(folder.join(key), value.replace("\\n", "\n")).unwrap();
        }
        for link in of("L") {
            let (key, target) = link.split_once('=').unwrap();
            symlink(target, folder.join(key)).unwrap();
        }
    }

    fn list(&self, subsystem: &str, folder: &Path) {
        let list = match subsystem {
            // The older interface is a class of the same name: its folders lie in one more.
            "gpio" if folder.parent().is_some_and(|above| above.ends_with("gpio")) => {
                "class/gpio".to_owned()
            }
            "usb" | "gpio" | "pci" | "platform" => format!("bus/{subsystem}/devices"),
            _ => format!("class/{subsystem}"),
        };
        let list = self.sys().join(list);
        fs::create_dir_all(&list).unwrap();
        let link = list.join(folder.file_name().unwrap());
        let _ = fs::remove_file(&link);
        symlink(folder, link).unwrap();
    }

    /// Plugs in again what was pulled, as the description has it but for the serial number.
    pub fn plug_again(&self, tree: &str, name: &str, serial: &str) {
        let text = fs::read_to_string(description(tree)).unwrap();
        let is_below = |block: &&str| {
            block
                .lines()
                .next()
                .is_some_and(|path| path.contains(&format!("/{name}")))
        };
        for block in text.split("\n\n").filter(is_below) {
            let lines = block
                .lines()
                .map(|line| match line.starts_with("A: serial=") {
                    true => format!("A: serial={serial}\\n\n"),
                    false => format!("{line}\n"),
                });
            self.add(&lines.collect::<String>());
        }
    }

    /// Pulls the device of this name and all below it; links to it stay behind, as they do for a moment on a real machine.
    pub fn pull(&self, name: &str) {
        let folder = fs::canonicalize(self.sys().join("bus/usb/devices").join(name)).unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}

pub fn role(kind: Kind, name: &str, binding: Binding) -> Role {
    Role {
        kind,
        name: name.to_owned(),
        binding,
        interface: None,
    }
}

pub fn at(spot: &str) -> Binding {
    Binding::Place {
        spot: spot.parse().unwrap(),
        model: None,
    }
}

pub fn unit(model: &str, serial: &str) -> Unit {
    Unit {
        model: model.parse().unwrap(),
        serial: serial.to_owned(),
    }
}

/// Findings as a person reads them.
pub fn sentences(roles: &[Role], machine: &Machine) -> Vec<String> {
    let seating = identity::seat(roles, machine);
    seating.findings.iter().map(ToString::to_string).collect()
}

/// Each role with its node, or `-`.
pub fn seats(roles: &[Role], machine: &Machine) -> Vec<String> {
    let seating = identity::seat(roles, machine);
    let node = |seat: &identity::Seat| {
        seat.taken
            .map_or("-".to_owned(), |taken| taken.node.name.clone())
    };
    seating
        .seats
        .iter()
        .map(|seat| format!("{} {}", seat.role.label(), node(seat)))
        .collect()
}
