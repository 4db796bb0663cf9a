//! Where a device sits on USB, and what sits there, out of the kernel's sysfs. Opens no device, knows no kind of device.
//!
//! What vanishes while it is read was not there.

use std::fs;
use std::path::Path;

/// A place on USB and what sits there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usb {
    /// Bus and ports, such as `1-3.2`: port 2 of the hub in port 3 of bus 1.
    pub place: String,
    /// The controller's own name and the ports, such as `0000:00:14.0/3.2`, or `0000:00:14.0/ss/3.2` where the controller's
    /// SuperSpeed half counts them; bus numbers may change, this does not.
    pub socket: String,
    /// Vendor and product.
    pub model: (u16, u16),
    /// What it calls itself.
    pub product: Option<String>,
    /// The serial number, when it has one.
    pub serial: Option<String>,
    /// Megabits a second that were agreed with the port.
    pub speed: Option<u32>,
}

/// The first USB device at or above a node's own folder, which must be a real path: links are not followed.
pub fn above(device: &Path) -> Option<Usb> {
    let folder = device
        .ancestors()
        .find(|folder| folder.join("idVendor").is_file() && folder.join("devnum").is_file())?;
    let place = folder.file_name()?.to_str()?.to_owned();
    let (_, ports) = place.split_once('-')?;
    let root = folder.ancestors().find(|above| {
        let name = above.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("usb") && above.join("idVendor").is_file())
    })?;
    let controller = root.parent()?.file_name()?.to_str()?;
    let hex = |file: &str| u16::from_str_radix(&text(&folder.join(file))?, 16).ok();
    // `bDeviceProtocol` of a root hub, drivers/usb/core/hcd.c: 3 is SuperSpeed.
    let half = match text(&root.join("bDeviceProtocol")).as_deref() {
        Some("03") => "ss/",
        _ => "",
    };
    Some(Usb {
        socket: format!("{controller}/{half}{ports}"),
        model: (hex("idVendor")?, hex("idProduct")?),
        // Blanks at its end are common.
        product: text(&folder.join("product")).map(|name| name.trim().to_owned()),
        serial: text(&folder.join("serial")),
        speed: text(&folder.join("speed")).and_then(|speed| speed.parse().ok()),
        place,
    })
}

/// A file of sysfs as one text, without what ends it; `None` when it is not there or empty.
pub fn text(path: &Path) -> Option<String> {
    let text = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_end_matches(['\n', '\0', ' ']);
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A root hub of a controller with one device behind a hub's second port.
    fn tree(protocol: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("pci0000:00/0000:00:14.0/usb1");
        let device = root.join("1-3/1-3.2");
        let function = device.join("1-3.2:1.0/sound/card0");
        fs::create_dir_all(&function).unwrap();
        let write = |file: PathBuf, text: &str| fs::write(file, format!("{text}\n")).unwrap();
        write(root.join("idVendor"), "1d6b");
        write(root.join("bDeviceProtocol"), protocol);
        for (file, text) in [
            ("idVendor", "0b0e"),
            ("idProduct", "0412"),
            ("devnum", "7"),
            ("product", "Speak "),
            ("serial", "A1"),
            ("speed", "480"),
        ] {
            write(device.join(file), text);
        }
        (dir, function)
    }

    #[test]
    fn a_device_behind_a_hub_is_told_by_controller_and_ports() {
        let (_dir, function) = tree("01");
        let usb = above(&function).unwrap();
        assert_eq!(usb.place, "1-3.2");
        assert_eq!(usb.socket, "0000:00:14.0/3.2");
        assert_eq!(usb.model, (0x0b0e, 0x0412));
        assert_eq!(usb.product.as_deref(), Some("Speak"));
        assert_eq!(usb.serial.as_deref(), Some("A1"));
        assert_eq!(usb.speed, Some(480));
    }

    #[test]
    fn the_half_of_a_controller_that_counts_anew_is_named() {
        let (_dir, function) = tree("03");
        assert_eq!(above(&function).unwrap().socket, "0000:00:14.0/ss/3.2");
    }

    #[test]
    fn what_is_on_no_usb_or_half_gone_has_no_place() {
        let (dir, function) = tree("01");
        assert_eq!(above(dir.path()), None);
        fs::remove_file(
            dir.path()
                .join("pci0000:00/0000:00:14.0/usb1/1-3/1-3.2/idProduct"),
        )
        .unwrap();
        assert_eq!(above(&function), None);
    }
}
