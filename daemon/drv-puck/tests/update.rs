//! New firmware for a button: what is seen on USB, what follows from it, and what reaches the loader's disk.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use drv_puck::update::{Built, fits, look, write};
use drv_puck::update::{Found, Image, Job, Loader, Next, Plugged, Roots, UpdateError, Version};
use puck_image::{Segment, pack};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn image(marker: &str) -> Image {
    let mut bytes = vec![0x5a; 40_000];
    bytes[900..900 + marker.len()].copy_from_slice(marker.as_bytes());
    let place = 0x1000_0000;
    Image::read(&pack(&[Segment { place, bytes }])).unwrap()
}

fn newer() -> Image {
    image("roomd-table-button/1 rp2040 oled usb 0.2.0\0")
}

fn button(version: Version) -> Plugged {
    Plugged {
        port: "1-1.2".to_owned(),
        serial: "E661".to_owned(),
        version: Some(version),
        line: Some("/dev/ttyACM0".into()),
    }
}

fn running(version: Version) -> Found {
    Found {
        buttons: vec![button(version)],
        loaders: Vec::new(),
    }
}

fn in_loader(disk: Option<&str>) -> Found {
    Found {
        buttons: Vec::new(),
        loaders: vec![Loader {
            port: "1-1.2".to_owned(),
            disk: disk.map(Into::into),
        }],
    }
}

const OLD: Version = Version(0, 1, 0);
const NEW: Version = Version(0, 2, 0);

#[test]
fn an_image_for_the_other_display_is_refused_where_the_button_says_what_it_has() {
    let coloured = image("roomd-table-button/1 rp2040 tft usb 0.2.0\0");
    let says = |display| Built::For(display);
    fits(&newer(), says(drv_puck::Display::Oled)).unwrap();
    fits(&coloured, says(drv_puck::Display::Tft)).unwrap();
    let refused = fits(&coloured, says(drv_puck::Display::Oled)).unwrap_err();
    let words = "the image is for the tft display, and the button has the oled one";
    assert_eq!(refused.to_string(), words);
    let tomorrows = fits(&newer(), says(drv_puck::Display::Other(7))).unwrap_err();
    assert!(
        tomorrows.to_string().contains("does not know"),
        "{tomorrows}"
    );
    for built in [Built::NotYet, Built::Unsaid] {
        fits(&coloured, built).unwrap();
    }
}

#[test]
fn an_update_goes_through_the_loader_and_ends_at_the_version() {
    let mut job = Job::new("1-1.2", &newer()).unwrap();
    let enter = Next::Enter("/dev/ttyACM0".into());
    assert_eq!(job.next(&running(OLD)).unwrap(), enter);
    job.entered();
    assert_eq!(job.next(&running(OLD)).unwrap(), Next::Wait("the loader"));
    assert_eq!(
        job.next(&Found::default()).unwrap(),
        Next::Wait("the loader")
    );
    assert_eq!(
        job.next(&in_loader(None)).unwrap(),
        Next::Wait("the loader's disk")
    );
    let disk = in_loader(Some("/dev/sda1"));
    assert_eq!(job.next(&disk).unwrap(), Next::Write("/dev/sda1".into()));
    job.written();
    assert_eq!(job.next(&disk).unwrap(), Next::Wait("the button's start"));
    assert_eq!(
        job.next(&Found::default()).unwrap(),
        Next::Wait("the button's start")
    );
    assert_eq!(job.next(&running(NEW)).unwrap(), Next::Done);
}

#[test]
fn a_pulled_plug_is_continued_by_the_next_attempt() {
    let mut job = Job::new("1-1.2", &newer()).unwrap();
    let disk = in_loader(Some("/dev/sda1"));
    assert_eq!(job.next(&disk).unwrap(), Next::Write("/dev/sda1".into()));
    let mut elsewhere = Job::new("1-1.4", &newer()).unwrap();
    assert_eq!(elsewhere.next(&disk).unwrap(), Next::Wait("the button"));
}

#[test]
fn a_plug_pulled_after_the_last_byte_is_written_again_and_an_image_that_never_starts_is_named() {
    let mut job = Job::new("1-1.2", &newer()).unwrap();
    let disk = in_loader(Some("/dev/sda1"));
    for _ in 0..3 {
        assert_eq!(job.next(&disk).unwrap(), Next::Write("/dev/sda1".into()));
        job.written();
        assert_eq!(job.next(&disk).unwrap(), Next::Wait(Job::START));
        let gone = job.next(&Found::default()).unwrap();
        assert_eq!(gone, Next::Wait(Job::START));
    }
    let refused = job.next(&disk).unwrap_err();
    assert!(
        matches!(refused, UpdateError::Late(Job::START)),
        "{refused}"
    );
}

#[test]
fn a_button_that_was_written_and_says_another_version_is_named() {
    let mut job = Job::new("1-1.2", &newer()).unwrap();
    job.entered();
    job.written();
    let refused = job.next(&running(OLD)).unwrap_err();
    assert!(matches!(
        refused,
        UpdateError::OtherVersion {
            said: OLD,
            wanted: NEW
        }
    ));
}

#[test]
fn a_button_with_the_version_is_left_alone_and_images_for_two_wires_are_refused() {
    let mut job = Job::new("1-1.2", &newer()).unwrap();
    assert_eq!(job.next(&running(NEW)).unwrap(), Next::Done);
    let wired = image("roomd-table-button/1 rp2040 oled uart 0.2.0\0");
    let refused = Job::new("1-1.2", &wired).unwrap_err();
    assert!(matches!(refused, UpdateError::NotForUsb));
}

fn device(sys: &Path, port: &str, attributes: &[(&str, &str)], below: &str) {
    let folder = sys.join("devices/usb1").join(port);
    fs::create_dir_all(folder.join(format!("{port}:1.0")).join(below)).unwrap();
    for (name, text) in attributes {
        fs::write(folder.join(name), format!("{text}\n")).unwrap();
    }
    let bus = sys.join("bus/usb/devices");
    fs::create_dir_all(&bus).unwrap();
    symlink(&folder, bus.join(port)).unwrap();
}

#[test]
fn buttons_and_loaders_are_found_by_what_they_say_of_themselves() {
    let sys = tempfile::tempdir().unwrap();
    let numbers = [
        ("idVendor", "1209"),
        ("idProduct", "0001"),
        ("bcdDevice", "0010"),
    ];
    let ours = [
        &numbers[..],
        &[("product", "Table button"), ("serial", "E661")],
    ]
    .concat();
    device(sys.path(), "1-1.2", &ours, "tty/ttyACM3");
    let foreign = [&numbers[..], &[("product", "Weather station")]].concat();
    device(sys.path(), "1-1.3", &foreign, "tty/ttyACM4");
    let loader = [("idVendor", "2e8a"), ("idProduct", "0003")];
    let disk = "host0/target0:0:0/0:0:0:0/block/sda";
    device(sys.path(), "1-1.4", &loader, disk);
    let part = sys
        .path()
        .join("devices/usb1/1-1.4/1-1.4:1.0")
        .join(disk)
        .join("sda1");
    fs::create_dir_all(&part).unwrap();
    fs::write(part.join("partition"), "1\n").unwrap();
    device(sys.path(), "1-1.5", &loader, "none");
    let found = look(&Roots {
        sys: sys.path().into(),
        dev: "/dev".into(),
    });
    let mut here = button(OLD);
    here.line = Some("/dev/ttyACM3".into());
    assert_eq!(found.buttons, [here]);
    let loaders = [("1-1.4", Some("/dev/sda1")), ("1-1.5", None)].map(|(port, disk)| Loader {
        port: port.to_owned(),
        disk: disk.map(Into::into),
    });
    assert_eq!(found.loaders, loaders);
}

#[test]
fn every_byte_of_the_image_reaches_the_disk_in_its_order() {
    let disk = tempfile::tempdir().unwrap();
    let image = newer();
    let mut steps = Vec::new();
    write(disk.path(), &image, |done| steps.push(done)).unwrap();
    let file = fs::read(disk.path().join("BUTTON.UF2")).unwrap();
    assert_eq!(file, image.file());
    assert!(steps.len() > 2 && steps.is_sorted());
    let gone = disk.path().join("gone");
    let refused = write(&gone, &image, |_| {}).unwrap_err();
    assert!(matches!(refused, UpdateError::Disk { .. }), "{refused}");
}
