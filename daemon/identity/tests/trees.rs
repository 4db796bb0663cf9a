//! What is found in trees that look like real machines' sysfs.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::Tree;
use expect_test::{Expect, expect};
use identity::{Machine, NodeKind};
use std::fmt::Write;
use std::fs;

fn shown(machine: &Machine) -> String {
    let mut text = String::new();
    for device in &machine.devices {
        let serial = device
            .usb()
            .and_then(|usb| usb.serial.clone())
            .unwrap_or_default();
        let _ = writeln!(text, "{} | {} | {serial}", device.address, device.title());
        for node in &device.nodes {
            let path = node
                .path
                .as_ref()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            let interface = node
                .interface
                .map(|number| format!(" if{number}"))
                .unwrap_or_default();
            let label = node.label.as_deref().unwrap_or_default();
            let _ = writeln!(
                text,
                "  {} {}{interface} {path} {label}",
                node.kind.word(),
                node.name
            );
        }
    }
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

fn sees(tree: &str, expected: Expect) {
    expected.assert_eq(&shown(&Tree::of(tree).scan()));
}

#[test]
fn a_pc_is_seen_whole() {
    sees(
        "pc.umockdev",
        expect![[r#"
        0000:00:14.0/1 | Jabra SPEAK 510 USB | 1C48F9A1B2C3
          sound card card1 if0 /dev/snd/controlC1 USB
          HID hidraw0 if3 /dev/hidraw0 Jabra SPEAK 510 USB
          keys event5 if3 /dev/input/event5 Jabra SPEAK 510 USB
        0000:00:14.0/2 | FTDI FT232R USB UART | A10KX1YZ
          serial line ttyUSB0 if0 /dev/ttyUSB0
        0000:00:14.0/3.1 | Logitech C922 Pro Stream Webcam | 5D3A1F2E
          camera video0 if0 /dev/video0 C922 Pro Stream Webcam
          sound card card2 if2 /dev/snd/controlC2 Webcam
        0000:00:14.0/3.2 | Logitech C922 Pro Stream Webcam | 5D3A1F2E
          camera video2 if0 /dev/video2 C922 Pro Stream Webcam
          sound card card3 if2 /dev/snd/controlC3 Webcam_1
        0000:00:14.0/4 | roomd Table button | E6614104
          serial line ttyACM0 if0 /dev/ttyACM0
        0000:00:14.0/5 | Dell KB216 Wired Keyboard |
          HID hidraw1 if0 /dev/hidraw1 Dell KB216 Wired Keyboard
          keys event6 if0 /dev/input/event6 Dell KB216 Wired Keyboard
        0000:00:14.0/6 | USB Serial |
        0000:00:14.0/ss/3 | Example 4K Camera |
          camera video4 if0 /dev/video4 4K Camera
        0000:00:02.0 | 0000:00:02.0 |
          display socket DP-1  disconnected
          display socket HDMI-A-1  connected
        00:04 | 00:04 |
          serial line ttyS0 /dev/ttyS0"#]],
    );
}

#[test]
fn a_boards_own_parts_are_seen() {
    sees(
        "pi4.umockdev",
        expect![[r#"
            0000:01:00.0/1.4 | FTDI Quad RS232-HS | FT4HX
              serial line ttyUSB0 if0 /dev/ttyUSB0
              serial line ttyUSB1 if1 /dev/ttyUSB1
              serial line ttyUSB2 if2 /dev/ttyUSB2
              serial line ttyUSB3 if3 /dev/ttyUSB3
            fe200000.gpio | fe200000.gpio |
              GPIO chip gpiochip0 /dev/gpiochip0 pinctrl-bcm2711
            fe201000.serial | fe201000.serial |
              serial line ttyAMA0 /dev/ttyAMA0
            fef00700.hdmi | fef00700.hdmi |
              sound card card0 /dev/snd/controlC0 vc4hdmi0
              CEC cec0 /dev/cec0
            gpu | gpu |
              display socket HDMI-A-1  connected"#]],
    );
}

#[test]
fn a_controller_has_a_name_that_does_not_count() {
    sees(
        "rk3588.umockdev",
        expect![[r#"
        fc000000.usb/1 | Logitech C922 Pro Stream Webcam | 77AA0011
          camera video0 if0 /dev/video0 C922 Pro Stream Webcam"#]],
    );
}

#[test]
fn a_machine_without_a_bus_has_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(identity::scan(folder.path()), Machine::default());
    assert_eq!(
        identity::scan(&folder.path().join("nowhere")),
        Machine::default()
    );
    fs::create_dir_all(folder.path().join("bus/usb/devices")).unwrap();
    assert!(identity::scan(folder.path()).has_usb);
}

#[test]
fn what_is_pulled_while_it_is_read_was_not_there() {
    let tree = Tree::of("pc.umockdev");
    tree.pull("1-3.1");
    let machine = tree.scan();
    let cameras = machine
        .devices
        .iter()
        .flat_map(|device| &device.nodes)
        .filter(|node| node.kind == NodeKind::Video);
    let names: Vec<_> = cameras.map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["video2", "video4"]);
}

#[test]
fn damaged_trees_are_read_as_far_as_they_make_sense() {
    let tree = Tree::of("pc.umockdev");
    let bus = tree.sys().join("bus/usb/devices");
    let device = fs::canonicalize(bus.join("1-2")).unwrap();
    fs::write(device.join("serial"), b"\xff\xfe\x07bell\n").unwrap();
    fs::write(device.join("product"), "").unwrap();
    fs::write(
        fs::canonicalize(bus.join("1-4")).unwrap().join("idVendor"),
        "not hex\n",
    )
    .unwrap();
    fs::create_dir_all(bus.join("9-")).unwrap();
    fs::create_dir_all(bus.join("x-1")).unwrap();
    let machine = tree.scan();
    let serial = machine
        .devices
        .iter()
        .find(|device| device.nodes.iter().any(|node| node.name == "ttyUSB0"));
    let usb = serial.and_then(|device| device.usb()).unwrap();
    assert_eq!(usb.serial.as_deref(), Some("\u{fffd}\u{fffd}bell"));
    assert!(
        machine
            .devices
            .iter()
            .all(|device| device.nodes.iter().all(|node| node.name != "ttyACM0"))
    );
}
