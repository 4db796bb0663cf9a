//! Lamps, buttons, speakerphones and small panels by hand: what works without hardware, and what is said without it.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::process::{Command, Output};

fn roomctl(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .args(args)
        .output()
        .unwrap()
}

fn refused(args: &[&str]) -> String {
    let output = roomctl(args);
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_panels_screen_is_drawn_without_a_panel() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "ssd1306",
        "st7789",
        "ili9341",
        "paper-2in9",
        "paper-4in2",
        "framebuffer",
    ] {
        let file = folder.path().join(format!("{kind}.png"));
        let path = file.to_str().unwrap();
        let output = roomctl(&[
            "panel", "--kind", kind, "--show", "failed", "--lang", "en", "--png", path,
        ]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let picture = std::fs::read(&file).unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{kind}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let said = refused(&["gpio", "watch", "no-such-line"]);
    assert!(
        said.contains("no line `no-such-line`") || said.contains("no permission"),
        "{said}"
    );
    let said = refused(&["lamp", "/dev/no-such-chip:3", "on"]);
    assert!(said.contains("/dev/no-such-chip"), "{said}");
    let said = refused(&["hid", "watch", "--plug", "99-9"]);
    assert!(said.contains("not plugged in"), "{said}");
    let said = refused(&["panel", "--kind", "ssd1306", "--bus", "/dev/no-such-bus"]);
    assert!(
        said.contains("/dev/no-such-bus") && said.contains("dtparam"),
        "{said}"
    );
}

#[test]
fn wrong_usage_is_explained() {
    let said = refused(&["hid", "watch", "--usb", "jabra"]);
    assert!(said.contains("0b0e:245d"), "{said}");
    let said = refused(&["lamp", "/dev/gpiochip0", "on"]);
    assert!(said.contains("CHIP:NUMBER"), "{said}");
    let said = refused(&["panel", "--kind", "ssd1306"]);
    assert!(said.contains("--bus") && said.contains("--png"), "{said}");
}

#[test]
fn help_teaches_with_examples() {
    for command in ["gpio", "hid", "panel"] {
        let output = roomctl(&[command, "--help"]);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(
            help.contains("Examples:") && help.contains(&format!("roomctl {command} ")),
            "{help}"
        );
    }
}

#[test]
fn lists_can_be_read_by_programs_also_when_there_is_nothing() {
    for what in ["camera", "gpio", "hid"] {
        let output = roomctl(&[what, "list", "--json"]);
        assert!(output.status.success(), "{what}");
        let said = String::from_utf8(output.stdout).unwrap();
        let list: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert!(list.is_array(), "{what}: {said}");
    }
}
