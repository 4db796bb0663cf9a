//! A machine forgets its room: what goes, what stays, and that a secret which is left somewhere is found and named.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const ROOM: &str = r#"
[room]
name = "Saal 3"
[[standing]]
passcode = "482915-geheim"
[calendars.bookings]
caldav = "https://kalender.stadt.example/saal-3"
user = "saal-3@stadt.example"
password_file = "secrets/calendar"
[sip]
account = "saal3@sip.stadt.example"
password_file = "/srv/keys/sip"
"#;
const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKf0q9Xr3nWmZ7eTtY1cVbS5uLhGdJpQ8aRxOiE2wN4M\n-----END PRIVATE KEY-----\n";

/// Another machine's disk, with a room on it.
struct Disk(tempfile::TempDir);

impl Disk {
    fn with_a_room() -> Disk {
        let disk = Disk(tempfile::tempdir().unwrap());
        disk.write("etc/roomd/room.toml", ROOM.as_bytes());
        disk.write("etc/roomd/room.toml.1", b"[room]\nname = \"Saal\"\n[calendars.a]\nurl = \"https://example.org/private-4711.ics\"\n");
        disk.write("etc/roomd/secrets/calendar", b"correct horse battery\n");
        disk.write("srv/keys/sip", b"Sip-Kennwort-99\n");
        disk.write("srv/keys/other", b"somebody else's\n");
        disk.write("var/lib/roomd/practice-tls.key", KEY);
        disk.write(
            "var/lib/roomd/pairings.json",
            br#"[{"digest":"9f2c4b7e01d85a6633c8f1b2","until":1796036400}]"#,
        );
        disk.write(
            "var/lib/roomd/recordings/1.jsonl",
            b"{\"step\":1,\"event\":\"pressed\",\"at\":17960364}\n",
        );
        disk.write("var/lib/roomd-upgrade/state.json", b"{\"ended\":[]}");
        disk.write(
            "var/lib/roomd/commission/state.json",
            b"{\"answers\":{\"calendar\":\"https://example.org/private-4711.ics\"}}",
        );
        disk.write(
            "run/roomd-browser/profile/Cookies",
            b"SQLite format 3\0session=0123456789abcdefABCDEF",
        );
        disk.write(
            "etc/chromium/policies/managed/roomd.json",
            b"{\"URLAllowlist\":[\"https://bbb.stadt.example\"]}",
        );
        disk.write("etc/chromium/policies/managed/house.json", b"{}");
        disk.write("var/log/syslog", b"roomd: the room is described now\n");
        disk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn reset(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_roomctl"))
            .arg("factory-reset")
            .arg("--root")
            .arg(self.0.path())
            .args(words)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// All bytes of all files below.
fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.extend(fs::read(path).unwrap());
        }
    }
    all
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_room_is_forgotten_and_its_secrets_are_proven_to_be_gone() {
    let disk = Disk::with_a_room();
    let done = disk.reset(&["--yes"]);
    let text = said(&done);
    assert_eq!(done.status.code(), Some(0), "{text}");
    for part in [
        "paired devices: 1",
        "keys and certificates: 1",
        "passwords and passcodes: 2",
        "none is left",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let left = everything(disk.0.path());
    for secret in [
        &b"482915-geheim"[..],
        b"correct horse",
        b"Sip-Kennwort",
        b"Kf0q9Xr3nWmZ7eTt",
        b"private-4711",
        b"9f2c4b7e",
        b"session=",
    ] {
        assert!(!holds(&left, secret), "{}", String::from_utf8_lossy(secret));
        assert!(!holds(text.as_bytes(), secret), "it is printed: {text}");
    }
    for gone in [
        "etc/roomd",
        "var/lib/roomd",
        "var/lib/roomd-upgrade",
        "etc/chromium/policies/managed/roomd.json",
    ] {
        assert!(!disk.path(gone).exists(), "{gone}");
    }
    for stays in [
        "srv/keys/other",
        "etc/chromium/policies/managed/house.json",
        "var/log/syslog",
    ] {
        assert!(disk.path(stays).exists(), "{stays}");
    }
    let again = disk.reset(&["--yes"]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}

#[test]
fn a_secret_that_is_left_elsewhere_is_found_and_named() {
    let copies: [(&str, &[u8]); 4] = [
        (
            "var/log/journal/a/system.journal",
            b"\0\0typed by hand: correct horse battery\0",
        ),
        ("tmp/room.toml.swp", b"passcode = \"482915-geheim\""),
        ("var/lib/systemd/coredump/core.roomd", KEY),
        (
            "var/tmp/backup/calendar.ics",
            b"https://example.org/private-4711.ics",
        ),
    ];
    for (name, bytes) in copies {
        let disk = Disk::with_a_room();
        disk.write(name, bytes);
        let done = disk.reset(&["--yes"]);
        let text = said(&done);
        assert_eq!(done.status.code(), Some(1), "{name}: {text}");
        assert!(
            text.contains(&format!("LEFT: {}", disk.path(name).display())),
            "{name}: {text}"
        );
        assert!(
            disk.path(name).exists(),
            "what is nobody's of ours is named, never removed"
        );
    }
}

#[test]
fn without_a_yes_nothing_changes_and_a_link_leads_nowhere() {
    let disk = Disk::with_a_room();
    disk.write("home/people/notes", b"kept");
    symlink(disk.path("home/people"), disk.path("var/lib/roomd/link")).unwrap();
    let asked = disk.reset(&[]);
    assert_eq!(asked.status.code(), Some(1));
    assert!(said(&asked).contains("--yes"), "{}", said(&asked));
    assert_eq!(
        fs::read(disk.path("etc/roomd/room.toml")).unwrap(),
        ROOM.as_bytes()
    );

    let done = disk.reset(&["--yes"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert_eq!(fs::read(disk.path("home/people/notes")).unwrap(), b"kept");
}

#[test]
fn a_room_whose_file_is_broken_is_forgotten_all_the_same() {
    let disk = Disk::with_a_room();
    disk.write("etc/roomd/room.toml", b"[room\nname = ");
    let done = disk.reset(&["--yes"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(!disk.path("etc/roomd").exists() && !disk.path("var/lib/roomd").exists());
}
