//! `roomctl devices` and `roomctl udev` as a person meets them, over trees that look like real machines.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../identity/tests/common/mod.rs"]
mod common;

use common::Tree;
use expect_test::{expect, expect_file};
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const ROOM: &str = r#"
[room]
name = "Saal 2"
[places]
PTZ-FRONT = "0000:00:14.0/2"
[heads.front]
usb = "PTZ-FRONT"
[heads.rear]
usb = "1-6"
[pucks.table]
usb_model = "1209:0001"
usb_serial = "E6614104"
[pucks.door]
usb = "1-7"
"#;

fn roomctl(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomctl"));
    command.args(words);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// The file of a room, in a folder that lives as long as the test.
fn room(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("room.toml");
    std::fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap().to_owned();
    (folder, name)
}

#[test]
fn roles_places_and_what_is_missing_are_shown() {
    let tree = Tree::of("pc.umockdev");
    let (_folder, file) = room(ROOM);
    let output = roomctl(&["devices", "--room", &file, "--sysfs"])
        .arg(tree.sys())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let text = said(&output);
    // What this account may open of the real machine is another matter.
    let table = text.split("\nThis account").next().unwrap();
    expect![[r#"
        ROLE        WHAT                                        PLACE                       SERIAL NUMBER  OFFERS
        -           Jabra SPEAK 510 USB  0b0e:0422              0000:00:14.0/1              1C48F9A1B2C3   sound card /dev/snd/controlC1, HID /dev/hidraw0, keys /dev/input/event5
        ptz-front   FTDI FT232R USB UART  0403:6001             PTZ-FRONT = 0000:00:14.0/2  A10KX1YZ       serial line /dev/ttyUSB0
        -           Logitech C922 Pro Stream Webcam  046d:085c  0000:00:14.0/3.1            5D3A1F2E       camera /dev/video0, sound card /dev/snd/controlC2
        -           Logitech C922 Pro Stream Webcam  046d:085c  0000:00:14.0/3.2            5D3A1F2E       camera /dev/video2, sound card /dev/snd/controlC3
        puck-table  roomd Table button  1209:0001               0000:00:14.0/4              E6614104       serial line /dev/ttyACM0
        -           Dell KB216 Wired Keyboard  413c:2113        0000:00:14.0/5              -              HID /dev/hidraw1, keys /dev/input/event6
        -           USB Serial  1a86:7523                       0000:00:14.0/6              -              nothing: it has no driver here, or needs none
        -           Example 4K Camera  2e7e:0001                0000:00:14.0/ss/3           -              camera /dev/video4
        -           part of the board                           0000:00:02.0                -              display socket DP-1 (disconnected), display socket HDMI-A-1 (connected)
        -           part of the board                           00:04                       -              serial line /dev/ttyS0

        ptz-rear is missing: USB Serial at 0000:00:14.0/6 offers no serial line.
        puck-door is missing: nothing is at 1-7.
    "#]].assert_eq(table);
}

#[test]
fn without_a_room_everything_is_shown_and_nothing_is_missing() {
    let tree = Tree::of("pi4.umockdev");
    let output = roomctl(&["devices", "--sysfs"])
        .arg(tree.sys())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output);
    assert!(
        text.contains("0000:01:00.0/1.4") && text.contains("GPIO chip /dev/gpiochip0"),
        "{text}"
    );
    assert!(!text.contains("missing"), "{text}");
    let nowhere = tempfile::tempdir().unwrap();
    let output = roomctl(&["devices", "--sysfs"])
        .arg(nowhere.path())
        .output()
        .unwrap();
    assert!(
        said(&output).contains("no USB bus at all"),
        "{}",
        said(&output)
    );
}

#[test]
fn json_gives_roles_and_findings_with_their_sentences() {
    let tree = Tree::of("pc.umockdev");
    let (_folder, file) = room(ROOM);
    let output = roomctl(&["devices", "--json", "--room", &file, "--sysfs"])
        .arg(tree.sys())
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let devices = json["devices"].as_array().unwrap();
    let front = devices
        .iter()
        .find(|device| device["roles"][0] == "ptz-front")
        .unwrap();
    assert_eq!(front["label"], "PTZ-FRONT");
    assert_eq!(front["address"]["place"], "0000:00:14.0/2");
    assert_eq!(front["address"]["model"], "0403:6001");
    assert_eq!(front["nodes"][0]["path"], "/dev/ttyUSB0");
    let findings: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["finding"].as_str().unwrap())
        .collect();
    assert_eq!(findings, ["useless", "missing"]);
    assert_eq!(
        json["findings"][1]["sentence"],
        "puck-door is missing: nothing is at 1-7"
    );
}

#[test]
fn a_wrong_room_is_said_with_its_places() {
    let (_folder, file) = room("[room]\nname = \"S\"\n[heads.front]\nusb = \"left\"\n");
    for words in [["devices", "--room", &file], ["udev", "--room", &file]] {
        let output = roomctl(&words).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains("room.toml:4:7: `left` is neither a label"),
            "{}",
            said(&output)
        );
    }
    let output = roomctl(&["devices", "--room", "/nowhere/room.toml"])
        .output()
        .unwrap();
    assert!(
        said(&output).contains("cannot read /nowhere/room.toml: No such file"),
        "{}",
        said(&output)
    );
}

/// Root may open everything, so root's test becomes nobody.
#[test]
fn nodes_that_this_account_may_not_open_are_named_with_their_group() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(folder.path(), 0o755);
    let (node, program) = (folder.path().join("ttyUSB0"), folder.path().join("roomctl"));
    std::fs::write(&node, "").unwrap();
    open(&node, 0);
    std::fs::copy(env!("CARGO_BIN_EXE_roomctl"), &program).unwrap();
    let tree = Tree::of("pc.umockdev");
    open(tree.sys().parent().unwrap(), 0o755);
    tree.pull("1-2");
    tree.add("P: /devices/pci0000:00/0000:00:14.0/usb1/1-2\nE: SUBSYSTEM=usb\nA: idVendor=0403\nA: idProduct=6001\nA: bDeviceClass=00\n");
    let line =
        "P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/tty/ttyUSB0\nE: SUBSYSTEM=tty\n";
    tree.add(line);
    let tty = tree.sys().join("class/tty/ttyUSB0/uevent");
    std::fs::write(tty, format!("DEVNAME={}\n", node.display())).unwrap();
    let mut command = Command::new(&program);
    command.args(["devices", "--sysfs"]).arg(tree.sys());
    if nix::unistd::Uid::effective().is_root() {
        command.uid(65534).gid(65534);
    }
    let text = said(&command.output().unwrap());
    let told = format!("This account may not open {}", node.display());
    assert!(
        text.contains(&told) && text.contains("or install the rules of `roomctl udev`"),
        "{text}"
    );
}

/// A running command that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_says_what_is_pulled_and_plugged_within_a_second() {
    let tree = Tree::of("pc.umockdev");
    let (_folder, file) = room(ROOM);
    let mut command = roomctl(&["devices", "--watch", "--room", &file, "--sysfs"]);
    let mut child = Running(
        command
            .arg(tree.sys())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let out = child.0.stdout.take().unwrap();
    let (lines_in, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if lines_in.send((Instant::now(), line)).is_err() {
                return;
            }
        }
    });
    let wait = |text: &str| -> Instant {
        loop {
            let (at, line) = lines
                .recv_timeout(Duration::from_secs(20))
                .unwrap_or_else(|_| panic!("no line with: {text}"));
            if line.contains(text) {
                return at;
            }
        }
    };
    wait("puck-door is missing");
    let pulled = Instant::now();
    tree.pull("1-2");
    let seen = wait("pulled: FTDI FT232R USB UART at 0000:00:14.0/2");
    wait("ptz-front is missing: nothing is at 0000:00:14.0/2");
    tree.plug_again("pc.umockdev", "1-2", "A99");
    wait("plugged: FTDI FT232R USB UART at 0000:00:14.0/2; serial line /dev/ttyUSB0");
    wait("ptz-front was swapped for one of the same model: serial number A99, was A10KX1YZ");
    wait("no longer so: ptz-front is missing");
    // A busy machine may add to the second that is promised; the laboratory measures it.
    assert!(
        seen - pulled < Duration::from_secs(3),
        "{:?}",
        seen - pulled
    );
}

/// Reads the whole file that is checked in; `UPDATE_EXPECT=1` writes it.
#[test]
fn checked_in_rules_are_those_of_their_rooms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = root.join("boards/room.example.toml");
    let (_folder, demo) = room("board = \"demo\"\n[room]\nname = \"Demo\"\n");
    let rules = |file: &str| {
        let output = roomctl(&["udev", "--room", file]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    expect_file!["../../../udev/room.example.rules"].assert_eq(&rules(example.to_str().unwrap()));
    expect_file!["../../../udev/demo.rules"].assert_eq(&rules(&demo));
    let files = std::fs::read_dir(root.join("udev")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut others: Vec<String> = names.collect();
    others.retain(|name| name != "room.example.rules" && name != "demo.rules");
    // Those for every room: a table button's loader, displays that come late.
    others.sort();
    assert_eq!(others, ["70-roomd-loader.rules", "71-roomd-screen.rules"]);
}
