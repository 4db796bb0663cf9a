//! `roomctl puck` from the first word to the last, with the kernel's files and the loader's disk in a folder. The chip's ROM
//! cannot be emulated; a thread stands in for what it does: it takes the touch, offers a disk, and starts what was written.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use emulators::puck::{Pty, Puck, speed};
use puck_image::{Segment, pack};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(20);

struct Machine(TempDir);

impl Machine {
    fn new() -> Machine {
        let machine = Machine(tempfile::tempdir().unwrap());
        fs::create_dir_all(machine.sys().join("bus/usb/devices")).unwrap();
        fs::create_dir_all(machine.dev()).unwrap();
        machine
    }

    fn sys(&self) -> PathBuf {
        self.0.path().join("sys")
    }

    fn dev(&self) -> PathBuf {
        self.0.path().join("dev")
    }

    fn image(&self, marker: &str) -> PathBuf {
        let mut bytes = vec![0x5a; 60_000];
        bytes[900..900 + marker.len()].copy_from_slice(marker.as_bytes());
        let place = 0x1000_0000;
        let file = self.0.path().join("button.uf2");
        fs::write(&file, pack(&[Segment { place, bytes }])).unwrap();
        file
    }

    fn roomctl(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_roomctl"))
            .env("ROOMD_SOCKET", self.0.path().join("control.sock"))
            .arg("puck")
            .args(words)
            .args([
                Path::new("--sys"),
                &self.sys(),
                Path::new("--dev"),
                &self.dev(),
            ])
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const OURS: &str = "roomd-table-button/1 rp2040 oled usb 0.2.0\0";

fn plug(sys: &Path, attributes: &[(&str, &str)], below: &str) {
    let folder = sys.join("devices/1-1.2");
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::remove_file(sys.join("bus/usb/devices/1-1.2"));
    fs::create_dir_all(folder.join("1-1.2:1.0").join(below)).unwrap();
    for (name, text) in attributes {
        fs::write(folder.join(name), text).unwrap();
    }
    symlink(&folder, sys.join("bus/usb/devices/1-1.2")).unwrap();
}

fn plug_button(sys: &Path, release: &str) {
    let says = [
        ("idVendor", "1209"),
        ("idProduct", "0001"),
        ("product", "Table button"),
        ("serial", "E661"),
        ("bcdDevice", release),
    ];
    plug(sys, &says, "tty/ttyACM0");
}

fn plug_loader(sys: &Path, dev: &Path) {
    fs::create_dir_all(dev.join("sda")).unwrap();
    let says = [("idVendor", "2e8a"), ("idProduct", "0003")];
    plug(sys, &says, "host0/target0:0:0/0:0:0:0/block/sda");
}

fn until(fits: impl Fn() -> bool) {
    let end = Instant::now() + SOON;
    while !fits() {
        assert!(Instant::now() < end, "not in time");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Takes the image from the disk and starts it.
fn rom(sys: &Path, dev: &Path, bytes: u64) {
    let file = dev.join("sda/BUTTON.UF2");
    until(|| fs::metadata(&file).is_ok_and(|found| found.len() == bytes));
    plug_button(sys, "0020");
}

#[tokio::test]
async fn a_button_gets_new_firmware_from_the_touch_to_its_version() {
    let machine = Machine::new();
    let (sys, dev, image) = (machine.sys(), machine.dev(), machine.image(OURS));
    let bytes = fs::metadata(&image).unwrap().len();
    let line = Pty::open(&dev.join("ttyACM0")).unwrap();
    plug_button(&sys, "0010");
    let listed = said(&machine.roomctl(&["list"]));
    assert!(
        listed.contains("1-1.2") && listed.contains("0.1.0"),
        "{listed}"
    );
    let chip = thread::spawn(move || {
        until(|| speed(&dev.join("ttyACM0")) == Some(1200));
        plug_loader(&sys, &dev);
        rom(&sys, &dev, bytes);
    });
    let image = image.to_string_lossy().into_owned();
    let output = machine.roomctl(&["update", &image]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("loader") && text.contains("100 %"), "{text}");
    assert!(text.trim_end().ends_with("0.2.0 runs"), "{text}");
    chip.join().unwrap();
    drop(line);
    let again = said(&machine.roomctl(&["update", &image]));
    assert!(
        again.trim_end().ends_with("0.2.0 runs") && !again.contains("written"),
        "{again}"
    );
}

/// No daemon runs: the button is asked itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_for_the_other_display_is_refused_before_anything_is_touched() {
    let machine = Machine::new();
    let line = machine.dev().join("ttyACM0");
    let _button = Puck::start(&line).unwrap();
    plug_button(&machine.sys(), "0010");
    let coloured = OURS.replace("oled", "tft");
    let image = machine.image(&coloured);
    let output = machine.roomctl(&["update", &image.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(text.contains("the button has the oled one"), "{text}");
    assert!(!text.contains("loader"), "{text}");
}

#[test]
fn the_same_command_goes_on_after_a_pulled_plug() {
    let machine = Machine::new();
    let (sys, dev, image) = (machine.sys(), machine.dev(), machine.image(OURS));
    let bytes = fs::metadata(&image).unwrap().len();
    plug_loader(&sys, &dev);
    fs::write(dev.join("sda/BUTTON.UF2"), "half of it").unwrap();
    let chip = thread::spawn(move || rom(&sys, &dev, bytes));
    let output = machine.roomctl(&["update", &image.to_string_lossy()]);
    assert!(output.status.success(), "{}", said(&output));
    chip.join().unwrap();
}

#[test]
fn files_of_others_and_two_buttons_are_refused_with_what_to_do() {
    let machine = Machine::new();
    plug_button(&machine.sys(), "0010");
    let foreign = machine.image("something else");
    let output = machine.roomctl(&["update", &foreign.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(text.contains("none of a table button"), "{text}");
    let image = machine.image(OURS);
    let words = ["update", &image.to_string_lossy(), "--plug", "1-9"];
    let text = said(&machine.roomctl(&words));
    assert!(text.contains("1-9") && text.contains("puck list"), "{text}");
    let text = said(&machine.roomctl(&["version", &image.to_string_lossy()]));
    assert!(text.contains("0.2.0 for rp2040"), "{text}");
}
