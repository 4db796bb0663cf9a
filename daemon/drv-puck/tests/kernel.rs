//! The contract of the table button's driver over USB on the kernel's own driver, how a button is found there, and an image on a
//! real FAT. Runs in the lab: `tests/run lab`.

#[path = "rung/usb.rs"]
mod rung;

#[path = "contract.rs"]
mod contract;

#[path = "rung/fat.rs"]
mod fat;

use drv_puck::update::{Image, Roots, Version, look, write, write_mounted};
use lab_guest::udev;
use puck_image::{Segment, pack};
use std::fs;
use std::path::Path;
use std::time::Duration;

#[tokio::test]
async fn a_button_on_usb_is_found_with_its_role_version_and_line() {
    let line = rung::Line::new();
    lab_guest::write("/sys/kernel/config/usb_gadget/lab/bcdDevice", "0x0012").unwrap();
    let _button = line.button();
    udev::appears("/dev/roomd/puck-table", Duration::from_secs(15)).unwrap();
    let found = look(&Roots::default());
    let [button] = &found.buttons[..] else {
        panic!("{found:?}");
    };
    assert_eq!(button.version, Some(Version(0, 1, 2)));
    assert_eq!(button.serial, "EMULATED0001");
    let node = fs::canonicalize("/dev/roomd/puck-table").unwrap();
    assert_eq!(button.line.as_ref(), Some(&node), "the role leads to it");
}

#[test]
fn an_image_is_whole_on_a_real_fat_and_nothing_stays_mounted() {
    let marker = b"roomd-table-button/1 rp2040 oled usb 0.2.0\0";
    let mut bytes = vec![0x5a; 90_000];
    bytes[900..900 + marker.len()].copy_from_slice(marker);
    let place = 0x1000_0000;
    let image = Image::read(&pack(&[Segment { place, bytes }])).unwrap();
    let disk = fat::Disk::new();
    let mut done = 0;
    write(disk.device(), &image, |bytes| done = bytes).unwrap();
    assert_eq!(done, image.file().len());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(
        !mounts.contains(&disk.device().display().to_string()),
        "{mounts}"
    );
    assert!(
        write_mounted(disk.device(), &image).is_err(),
        "nobody mounts it"
    );
    // The same once more, where somebody has mounted it already, as udev does for a daemon without the right to.
    disk.mounted(|folder: &Path| {
        assert_eq!(fs::read(folder.join("BUTTON.UF2")).unwrap(), image.file());
        assert!(folder.join("INFO_UF2.TXT").is_file());
        fs::remove_file(folder.join("BUTTON.UF2")).unwrap();
        write_mounted(disk.device(), &image).unwrap();
        assert_eq!(fs::read(folder.join("BUTTON.UF2")).unwrap(), image.file());
    });
}
