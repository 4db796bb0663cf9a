//! `roomctl board` as a person meets it, over folders that look like a machine's.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::path::Path;
use std::process::{Command, Output};

fn board(root: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomctl"));
    command.arg("board").arg("--root").arg(root).args(words);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A machine with these files, all but empty ones with this text.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

const PI_5: (&str, &str) = (
    "proc/device-tree/compatible",
    "raspberrypi,5-model-b\0brcm,bcm2712\0",
);

#[test]
fn a_board_is_named_with_its_reason_and_what_it_lacks_with_the_remedy() {
    let root = machine(&[
        PI_5,
        ("dev/i2c-1", ""),
        ("dev/watchdog0", ""),
        ("dev/cec0", ""),
        ("dev/cec1", ""),
    ]);
    let output = board(root.path(), &[]);
    let said = said(&output);
    assert!(
        said.starts_with(
            "Raspberry Pi 5 (board = \"raspberry-pi-5\"), because the device tree says"
        ),
        "{said}"
    );
    assert!(said.contains("there    /dev/i2c-1"), "{said}");
    assert!(said.contains("missing  /dev/ttyAMA0"), "{said}");
    assert!(said.contains("dtparam=uart0=on"), "{said}");
    assert!(said.contains("pin 11 = GPIO17"), "{said}");
    assert_eq!(output.status.code(), Some(1), "something is missing");
}

#[test]
fn a_whole_board_is_good_and_says_so_to_programs() {
    let devices = [
        "dev/i2c-1",
        "dev/spidev0.0",
        "dev/ttyAMA0",
        "dev/cec0",
        "dev/cec1",
        "dev/watchdog0",
    ];
    let mut files: Vec<(&str, &str)> = devices.iter().map(|&device| (device, "")).collect();
    files.push(PI_5);
    let root = machine(&files);
    let output = board(root.path(), &["--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["board"], "raspberry-pi-5");
    assert!(
        report["parts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|part| part["there"] == true)
    );
}

#[test]
fn an_unknown_machine_is_told_what_it_calls_itself() {
    let root = machine(&[("proc/device-tree/compatible", "maker,other\0maker,chip\0")]);
    // Whatever processor the tests run on, a PC would be recognised by its architecture.
    let output = board(root.path(), &[]);
    let said = said(&output);
    if cfg!(target_arch = "x86_64") {
        assert!(said.starts_with("A PC (board = \"generic-pc\")"), "{said}");
    } else {
        assert!(
            said.contains("calls itself \"maker,other\", \"maker,chip\""),
            "{said}"
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_board_that_does_not_exist_is_refused_with_those_that_do() {
    let root = machine(&[]);
    let output = board(root.path(), &["raspberry-pi-9"]);
    assert!(!output.status.success());
    let said = said(&output);
    assert!(
        said.contains("no board `raspberry-pi-9`; known are"),
        "{said}"
    );
    assert!(said.contains("rock-5b"), "{said}");
}
