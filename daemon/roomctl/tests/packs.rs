//! `roomctl packs` as IT meets it: no daemon is needed, tables for people, JSON for programs, exit codes for scripts.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::fs;
use std::path::Path;
use std::process::Command;

const PROVIDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../call-browser/providers");

fn packs(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .arg("packs")
        .args(words)
        .output()
        .unwrap();
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text)
}

#[test]
fn the_built_in_packs_say_how_sure_they_are() {
    let (code, text) = packs(&["list"]);
    assert_eq!(code, Some(0));
    let line = text
        .lines()
        .find(|line| line.starts_with("practice"))
        .unwrap();
    assert!(
        line.contains("contract") && line.contains("2026-"),
        "{line}"
    );
    let (code, text) = packs(&["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, Some(0));
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|pack| pack["service"] == "practice")
    );
    let (code, text) = packs(&["show", "practice"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("passcode-rejected") && text.contains("waiting-lobby"),
        "{text}"
    );
    let (code, text) = packs(&["show", "skype"]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("known are") && text.contains("practice"),
        "{text}"
    );
}

#[test]
fn the_packs_of_the_checkout_are_right_and_their_pages_are_found_beside_them() {
    let (code, text) = packs(&["check", PROVIDERS]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("pages: 0 wrong"), "{text}");
    assert!(!text.contains("without pages"), "{text}");
    let one = format!("{PROVIDERS}/practice.toml");
    let (code, text) = packs(&["check", &one, "--strict"]);
    assert_eq!((code, text.lines().count()), (Some(0), 1), "{text}");
}

#[test]
fn without_pages_it_is_said_that_nothing_shows_a_match() {
    let (code, text) = packs(&["check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("without pages"), "{text}");
}

#[test]
fn what_is_wrong_is_named_and_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read_to_string(format!("{PROVIDERS}/practice.toml")).unwrap();
    let pack = folder.path().join("practice.toml");
    fs::write(&pack, good.replacen("screen-lobby", "screen-looby", 1)).unwrap();
    let pages = format!("{PROVIDERS}/../tests/pages");
    let words = ["check", pack.to_str().unwrap(), "--pages", &pages];
    let (code, text) = packs(&words);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("WRONG") && text.contains("screen-looby"),
        "{text}"
    );
    let (code, text) = packs(&[&words[..], &["--json"]].concat());
    let outcome: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(outcome["reports"][0]["findings"][0]["level"], "wrong");

    fs::write(&pack, "service = 3").unwrap();
    let (code, text) = packs(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(text.contains("practice.toml: cannot be used"), "{text}");
    let (code, text) = packs(&["check", "/nowhere/at/all"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("/nowhere/at/all"), "{text}");
}

#[test]
fn a_vendor_that_dropped_a_marker_is_noticed() {
    let vendor = tempfile::tempdir().unwrap();
    let jitsi = format!("{PROVIDERS}/jitsi.toml");
    let page = fs::read_to_string(format!("{PROVIDERS}/jitsi.html")).unwrap();
    let write = |text: &str| fs::write(vendor.path().join("api.js"), text).unwrap();
    let check = |folder: &Path| packs(&["check", &jitsi, "--against", folder.to_str().unwrap()]);
    write(&format!("{page} lobby-screen"));
    let (code, text) = check(vendor.path());
    assert_eq!(code, Some(0), "{text}");
    write(&format!("{page} lobby-screen").replace("participantKickedOut", "participantRemoved"));
    let (code, text) = check(vendor.path());
    assert_eq!(code, Some(1), "{text}");
    let line = text
        .lines()
        .find(|line| line.contains("participantKickedOut"))
        .unwrap();
    assert!(line.contains("only-in-pack"), "{line}");
}
