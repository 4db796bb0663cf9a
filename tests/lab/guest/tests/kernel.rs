//! What the lab promises to the tests of drivers: each kind of device is there, on the kernel's own drivers.
//! Runs in the guest: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use lab_guest::gadget::{Function, Gadget, Identity};
#[cfg(target_arch = "x86_64")]
use lab_guest::gpio::{Chip, Pull};
use lab_guest::host::{Device, plug, unplug};
use lab_guest::module::Module;
use lab_guest::uhid::Hid;
use lab_guest::{run, udev};
use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

/// A speakerphone's: hook switch and mute key in report 1, lamps in report 2.
const TELEPHONE: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x0B, 0x15, 0x00, 0x25, 0x01, 0x09, 0x20,
    0x75, 0x01, 0x95, 0x01, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x75, 0x06, 0x95, 0x01, 0x81, 0x01,
    0x85, 0x02, 0x05, 0x08, 0x09, 0x17, 0x09, 0x09, 0x09, 0x18, 0x75, 0x01, 0x95, 0x03, 0x91, 0x22,
    0x75, 0x05, 0x95, 0x01, 0x91, 0x01, 0xC0,
];

#[test]
fn two_identical_adapters_are_told_apart_by_their_sockets() {
    plug(Device::FtdiA).unwrap();
    udev::appears("/dev/ttyUSB0", SOON).unwrap();
    plug(Device::FtdiB).unwrap();
    udev::appears("/dev/ttyUSB1", SOON).unwrap();
    let (a, b) = (
        udev::properties("/dev/ttyUSB0").unwrap(),
        udev::properties("/dev/ttyUSB1").unwrap(),
    );
    assert_eq!(a["ID_VENDOR_ID"], "0403");
    assert_eq!(a["ID_SERIAL"], b["ID_SERIAL"]);
    assert!(a["ID_PATH"].ends_with("usb-0:1:1.0"), "{a:?}");
    assert!(b["ID_PATH"].ends_with("usb-0:2:1.0"), "{b:?}");
    unplug(Device::FtdiA).unwrap();
    udev::goes("/dev/ttyUSB0", SOON).unwrap();
    udev::appears("/dev/ttyUSB1", SOON).unwrap();
}

#[test]
fn rules_of_a_test_name_a_device_and_end_with_it() {
    let rules = r#"SUBSYSTEM=="tty", ENV{ID_PATH}=="*-usb-0:1:1.0", SYMLINK+="roomd/of-a-test""#;
    let rules = udev::Rules::install("70-test.rules", rules).unwrap();
    plug(Device::FtdiA).unwrap();
    udev::appears("/dev/roomd/of-a-test", SOON).unwrap();
    unplug(Device::FtdiA).unwrap();
    udev::goes("/dev/roomd/of-a-test", SOON).unwrap();
    drop(rules);
    plug(Device::FtdiA).unwrap();
    udev::appears("/dev/ttyUSB0", SOON).unwrap();
    assert!(!std::path::Path::new("/dev/roomd/of-a-test").exists());
}

#[test]
fn cameras_stream_what_they_say() {
    let _vivid = Module::load("vivid", &["n_devs=2"]).unwrap();
    udev::settles(SOON).unwrap();
    // Both hang on one platform device, so their by-path links fall together.
    udev::appears("/dev/v4l/by-path/platform-vivid.0-video-index0", SOON).unwrap();
    let known = run("v4l2-ctl", &["--list-devices"]).unwrap();
    assert!(
        known.contains("platform:vivid-000") && known.contains("platform:vivid-001"),
        "{known}"
    );
    let said = run(
        "v4l2-ctl",
        &[
            "-d",
            "/dev/video0",
            "--set-fmt-video=width=640,height=360,pixelformat=YUYV",
            "--get-fmt-video",
        ],
    )
    .unwrap();
    assert!(said.contains("640/360"), "{said}");
    let picture = "/tmp/picture";
    run(
        "v4l2-ctl",
        &[
            "-d",
            "/dev/video0",
            "--stream-mmap",
            "--stream-count=1",
            &format!("--stream-to={picture}"),
        ],
    )
    .unwrap();
    assert_eq!(std::fs::metadata(picture).unwrap().len(), 640 * 360 * 2);
}

#[test]
fn a_television_hears_its_player_over_cec() {
    let _vivid = Module::load("vivid", &[]).unwrap();
    udev::appears("/dev/cec1", SOON).unwrap();
    run("cec-ctl", &["-d", "/dev/cec0", "--tv"]).unwrap();
    run("cec-ctl", &["-d", "/dev/cec1", "--playback"]).unwrap();
    let said = run(
        "cec-ctl",
        &["-d", "/dev/cec1", "--to", "0", "--give-osd-name"],
    )
    .unwrap();
    assert!(said.contains("SET_OSD_NAME"), "{said}");
}

#[test]
fn a_sound_card_is_a_loop() {
    let _loop = Module::load("snd-aloop", &[]).unwrap();
    udev::appears("/dev/snd/controlC0", SOON).unwrap();
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap();
    assert!(cards.contains("Loopback"), "{cards}");
    run("amixer", &["-c", "0", "contents"]).unwrap();
}

#[test]
fn a_usb_loudspeaker_comes_and_goes() {
    // The card of another test may still be on its way out.
    udev::goes("/dev/snd/controlC0", SOON).unwrap();
    plug(Device::Speaker).unwrap();
    udev::appears("/dev/snd/controlC0", SOON).unwrap();
    let card = udev::properties("/dev/snd/controlC0").unwrap();
    assert!(card["ID_PATH"].contains("usb-0:3"), "{card:?}");
    unplug(Device::Speaker).unwrap();
    udev::goes("/dev/snd/controlC0", SOON).unwrap();
}

/// The board of the arm64 guest has a chip of its own; nothing is wired to its lines.
#[test]
#[cfg(target_arch = "aarch64")]
fn the_boards_own_gpio_chip_is_there() {
    let said = run("gpiodetect", &[]).unwrap();
    assert!(said.contains("pl061") || said.contains("9030000"), "{said}");
    assert_eq!(run("gpioget", &["gpiochip0", "0"]).unwrap().trim(), "0");
}

/// Compiled for the PC alone: Debian's kernel has no simulator.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_line_is_driven_and_read_from_outside() {
    let chip = Chip::new("panel", &["button", "lamp"]).unwrap();
    let node = chip.node().unwrap();
    let node = node.to_str().unwrap();
    udev::appears(node, SOON).unwrap();
    chip.pull(0, Pull::Up).unwrap();
    assert_eq!(run("gpioget", &[node, "0"]).unwrap().trim(), "1");
    chip.pull(0, Pull::Down).unwrap();
    assert_eq!(run("gpioget", &[node, "0"]).unwrap().trim(), "0");
    assert_eq!(
        run("gpiofind", &["lamp"]).unwrap().trim(),
        format!("{} 1", node.trim_start_matches("/dev/"))
    );
    let mut held = std::process::Command::new("gpioset")
        .args(["--mode=wait", node, "1=1"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + SOON;
    while !chip.is_high(1).unwrap() {
        assert!(
            std::time::Instant::now() < deadline,
            "the lamp's line stays low"
        );
        std::thread::yield_now();
    }
    drop(held.stdin.take());
    held.wait().unwrap();
}

#[test]
fn a_telephone_speaks_and_is_spoken_to() {
    run("modprobe", &["uhid"]).unwrap();
    let before = nodes("hidraw");
    let mut phone = Hid::plug("Lab speakerphone", 0x1209, 0x00FE, TELEPHONE).unwrap();
    udev::settles(SOON).unwrap();
    let node = nodes("hidraw")
        .into_iter()
        .find(|node| !before.contains(node))
        .unwrap();
    udev::appears(&node, SOON).unwrap();
    let mut host = File::options().read(true).write(true).open(&node).unwrap();
    phone.input(&[1, 0b01]).unwrap();
    let mut report = [0; 8];
    let count = host.read(&mut report).unwrap();
    assert_eq!(report[..count], [1, 0b01]);
    host.write_all(&[2, 0b10]).unwrap();
    assert_eq!(phone.output(SOON).unwrap(), [2, 0b10]);
    drop(phone);
    udev::goes(&node, SOON).unwrap();
}

#[test]
fn a_gadget_is_a_serial_line_with_the_identity_it_was_given() {
    let identity = Identity {
        vendor: 0x1209,
        product: 0x0001,
        manufacturer: "roomd",
        name: "Table button",
        serial: "E6614",
    };
    let gadget = Gadget::new(identity, &[Function::Acm]).unwrap();
    for _ in 0..2 {
        gadget.plug().unwrap();
        udev::appears("/dev/ttyACM0", SOON).unwrap();
        let known = udev::properties("/dev/ttyACM0").unwrap();
        assert_eq!(
            (&*known["ID_VENDOR_ID"], &*known["ID_SERIAL_SHORT"]),
            ("1209", "E6614")
        );
        gadget.unplug().unwrap();
        udev::goes("/dev/ttyACM0", SOON).unwrap();
    }
}

#[test]
fn a_gadget_is_a_telephone() {
    let identity = Identity {
        vendor: 0x1209,
        product: 0x00FE,
        manufacturer: "roomd",
        name: "Speakerphone",
        serial: "1",
    };
    let before = nodes("hidraw");
    let gadget = Gadget::new(
        identity,
        &[Function::Hid {
            descriptor: TELEPHONE.to_vec(),
            longest_report: 2,
        }],
    )
    .unwrap();
    gadget.plug().unwrap();
    let deadline = std::time::Instant::now() + SOON;
    let node = loop {
        udev::settles(SOON).unwrap();
        if let Some(node) = nodes("hidraw")
            .into_iter()
            .find(|node| !before.contains(node))
        {
            break node;
        }
        assert!(std::time::Instant::now() < deadline, "no hidraw node");
    };
    let known = udev::properties(&node).unwrap();
    assert!(known["DEVPATH"].contains("dummy_hcd"), "{known:?}");
}

fn nodes(kind: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/dev").unwrap();
    entries
        .map(|entry| entry.unwrap().path().to_string_lossy().into_owned())
        .filter(|path| path.trim_start_matches("/dev/").starts_with(kind))
        .collect()
}
