//! `roomctl packs verify`, `packs in-use`, `join --dry-run --room` and `calendar` as IT meets them: what they say, and by
//! which exit code a script tells good from bad.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use minisign::KeyPair;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACK: &str = include_str!("../../call-browser/providers/practice.toml");

fn roomctl(socket: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .env("ROOMD_SOCKET", socket)
        .args(words)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text + &String::from_utf8(output.stderr).unwrap(),
    )
}

/// Without a daemon.
fn offline(words: &[&str]) -> (Option<i32>, String) {
    roomctl(Path::new("/nowhere/control.sock"), words)
}

struct Desk {
    folder: tempfile::TempDir,
    keys: KeyPair,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
        }
    }

    fn key(&self) -> String {
        self.keys.pk.to_base64()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A pack with its signature beside it.
    fn signed(&self, name: &str, text: &str, claim: &str) -> String {
        let KeyPair { pk, sk } = &self.keys;
        let claim = format!("roomd-pack {claim}");
        let seal = minisign::sign(Some(pk), sk, Cursor::new(text), Some(&claim), None).unwrap();
        self.write(&format!("{name}.minisig"), &seal.into_string());
        self.write(name, text).to_str().unwrap().to_owned()
    }
}

fn version(number: u32) -> String {
    let own = PACK.lines().find(|line| line.starts_with("version"));
    PACK.replacen(own.unwrap(), &format!("version = {number}"), 1)
}

#[test]
fn a_pack_that_would_be_taken_is_told_from_each_that_would_not() {
    let (desk, stranger) = (Desk::new(), Desk::new());
    let verify = |file: &str, key: &str| offline(&["packs", "verify", file, "--key", key]);
    let claim = "kind=join service=practice version=901";
    let good = desk.signed("good.toml", &version(901), claim);
    let (code, text) = verify(&good, &desk.key());
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("good.toml is good: join practice version 901, signed by "),
        "{text}"
    );

    // A key may be named by its file, as the stock tool writes it; one of several is enough.
    let file = desk.write(
        "ours.pub",
        &format!("untrusted comment: ours\n{}\n", desk.key()),
    );
    let file = file.to_str().unwrap();
    let (code, text) = offline(&[
        "packs",
        "verify",
        &good,
        "--key",
        &stranger.key(),
        "--key",
        file,
    ]);
    assert_eq!(code, Some(0), "{text}");

    let altered = desk.signed("altered.toml", &version(901), claim);
    desk.write("altered.toml", &version(902));
    let unsigned = desk.write("unsigned.toml", &version(901));
    let other = desk.signed("other.toml", &version(902), claim);
    let broken = version(901).replace("[[rule]]", "[[rulle]]");
    let broken = desk.signed("broken.toml", &broken, claim);
    for (file, key, code) in [
        (good.as_str(), stranger.key(), "pack-foreign-key"),
        (&altered, desk.key(), "pack-altered"),
        (unsigned.to_str().unwrap(), desk.key(), "pack-unsigned"),
        (&other, desk.key(), "pack-not-as-claimed"),
        (&broken, desk.key(), "pack-senseless"),
    ] {
        let (exit, text) = verify(file, &key);
        assert_eq!(exit, Some(1), "{code}: {text}");
        assert!(
            text.contains("is refused") && text.contains(&format!("({code})")),
            "{text}"
        );
    }

    let (code, text) = verify(&good, "no key at all");
    assert_eq!(code, Some(1));
    assert!(text.contains("neither a key nor a file with one"), "{text}");
    let (code, text) = verify("/nowhere/x.toml", &desk.key());
    assert_eq!(code, Some(1));
    assert!(text.contains("cannot read /nowhere/x.toml"), "{text}");
}

/// A daemon that answers so many requests for its packs.
fn daemon(socket: &Path, answers: &[&'static str]) -> std::thread::JoinHandle<Vec<String>> {
    let listener = UnixListener::bind(socket).unwrap();
    let answers = answers.to_vec();
    std::thread::spawn(move || {
        let answer = |body: &str| {
            let mut stream = listener.accept().unwrap().0;
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty())
                .collect();
            write!(stream, "HTTP/1.0 200 x\r\n\r\n{body}").unwrap();
            head[0].clone()
        };
        answers.into_iter().map(answer).collect()
    })
}

#[test]
fn the_packs_of_a_running_room_are_shown_with_where_they_come_from_and_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let well = r#"{"packs":[
        {"service":"jitsi","kind":"recognise","version":1,"signed_by":null,"certainty":null,"seen":null},
        {"service":"zoom","kind":"join","version":7,"signed_by":"ABCD","certainty":"vendor-test-ids","seen":"2026-11"}],
        "refused":[]}"#;
    let ill = r#"{"packs":[],"refused":[
        {"file":"zoom.toml","code":"pack-rolled-back","reason":"it is older","instead":7},
        {"file":"x.toml","code":"pack-unsigned","reason":"it has no seal","instead":null}]}"#;
    let asked = daemon(&socket, &[well, ill, ill]);
    let (code, text) = roomctl(&socket, &["packs", "in-use"]);
    assert_eq!(code, Some(0), "{text}");
    let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap();
    assert!(line("jitsi").contains("built-in"), "{text}");
    for part in ["join", "7", "signed by ABCD", "vendor-test-ids", "2026-11"] {
        assert!(line("zoom").contains(part), "{text}");
    }
    let (code, text) = roomctl(&socket, &["packs", "in-use"]);
    assert_eq!(code, Some(1), "{text}");
    for part in [
        "refused: zoom.toml: it is older (pack-rolled-back); version 7 serves on",
        "refused: x.toml: it has no seal (pack-unsigned)\n",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let (code, text) = roomctl(&socket, &["packs", "in-use", "--json"]);
    assert_eq!(code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["refused"][0]["instead"], 7);
    assert_eq!(asked.join().unwrap(), ["GET /api/v1/packs HTTP/1.0"; 3]);
    let (code, text) = offline(&["packs", "in-use"]);
    assert_eq!(code, Some(3), "{text}");
}

const ROOM: &str = r#"[room]
name = "Saal"
[hosts]
"bbb.stadt.example" = { service = "bbb", secret_file = "bbb.secret" }
"meet.stadt.example" = "jitsi"
"#;

#[test]
fn an_invitation_is_looked_at_by_a_rooms_file_alone() {
    let desk = Desk::new();
    let room = desk.write("room.toml", ROOM);
    let room = room.to_str().unwrap();
    let look = |what: &str| offline(&["join", "--dry-run", "--room", room, what]);
    let (code, text) = look("https://bbb.stadt.example/b/mei-x4k-9qz");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("service   bbb") && text.contains("allowed   yes"),
        "{text}"
    );

    // Of this server the room has the secret, so it may sign what nobody signed.
    let (code, text) = look("https://bbb.stadt.example/bigbluebutton/api/join?meetingID=rat");
    assert_eq!(code, Some(0), "{text}");

    let mail = "Liebe Kolleginnen und Kollegen,\nwir treffen uns hier: https://meet.stadt.example/Bauausschuss\n";
    let mail = desk.write("mail.txt", mail);
    let (code, text) = look(mail.to_str().unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("service   jitsi"), "{text}");

    // As calendars send it: folded in the middle of the link.
    let start = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let entry = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:{}\r\nDURATION:PT1H\r\n\
         DESCRIPTION:https://meet.stadt.exa\r\n mple/Bauausschuss\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        start.format("%Y%m%dT%H%M%SZ")
    );
    let entry = desk.write("entry.ics", &entry);
    let (code, text) = look(entry.to_str().unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("allowed   yes"), "{text}");

    let (code, text) = look("https://bbb.fremd.example/b/mei-x4k-9qz");
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("under [hosts] in the room's file: \"bbb.fremd.example\" = \"bbb\""),
        "{text}"
    );
    let words = ["join", "--dry-run", "--json", "--room", room, "x"];
    let (code, text) = offline(&words);
    assert_eq!(code, Some(1), "there is no file x: {text}");
    let link = "https://bbb.fremd.example/b/mei-x4k-9qz";
    let (_, text) = offline(&["join", "--dry-run", "--json", "--room", room, link]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["hosts_line"], "\"bbb.fremd.example\" = \"bbb\"");

    let (code, text) = offline(&["join", "--dry-run", "--room", "/nowhere/room.toml", link]);
    assert_eq!(code, Some(1));
    assert!(text.contains("/nowhere/room.toml"), "{text}");
}

#[test]
fn a_calendar_that_was_cut_off_is_warned_of_once() {
    let desk = Desk::new();
    let event =
        "BEGIN:VEVENT\nUID:a\nSUMMARY:Rat\nDTSTART:20260105T080000Z\nDURATION:PT1H\nEND:VEVENT\n";
    for cut in [
        "",
        "BEGIN:VEVENT\nUID:b\nSUMM",
        "BEGIN:VEVENT\nUID:b\nBEGIN:VALARM\n",
    ] {
        let text = format!("BEGIN:VCALENDAR\n{event}{cut}");
        let file = desk.write("cut.ics", &text);
        let words = ["calendar", file.to_str().unwrap(), "--from", "2026-01-05"];
        let (code, text) = offline(&words);
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(text.matches("cut off").count(), 1, "{text}");
        assert!(text.contains("Rat"), "{text}");
    }
}
