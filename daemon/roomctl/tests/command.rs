//! roomctl as a person meets it: its words, its exit codes, and what it sends.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::JoinHandle;

fn roomctl(socket: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .env("ROOMD_SOCKET", socket)
        .args(words)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// Answers so many requests with the same answer and returns what was asked.
fn daemon(socket: &Path, answers: Vec<(u16, &'static str)>) -> JoinHandle<Vec<String>> {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        let answer = |(status, body): (u16, &str)| {
            let mut stream = listener.accept().unwrap().0;
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            write!(stream, "HTTP/1.0 {status} x\r\n\r\n{body}").unwrap();
            format!(
                "{} {}",
                head.lines().next().unwrap(),
                String::from_utf8(sent).unwrap()
            )
        };
        answers.into_iter().map(answer).collect()
    })
}

const STATE: &str = r#"{"version":1,"boot":"b","revision":3,"now_ms":1796036400000,"zone":"Europe/Berlin","room":"Saal",
"phase":{"kind":"in-call","since_ms":1796036400000,"leaves":null},"current":null,"meetings":[],
"mic":{"seen":"closed","becoming":"open"},"camera":{"seen":null,"becoming":null},"volume":{"seen":40,"limit":90},
"mic_note":null,"agreed":[],"way":null,"people":2,"media":null,"heads":[],"buttons":[],
"displays":[{"id":"main","name":"Saal","state":"other-input","failure":null,"by_hand":true}],
"cameras":[{"id":"front","name":"Front","state":"gone","failure":"camera-absent","picture":null}],
"faults":[{"code":"camera-gone","subject":"front","cause":"camera-absent","since_ms":0}],"offers":[],"calendar":{"kind":"fresh"},"clock":"good",
"help":null,"practice_url":null,"trial":false,"pairing":null}"#;

#[test]
fn no_daemon_is_said_with_the_place_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let output = roomctl(&socket, &["status"]);
    assert_eq!(output.status.code(), Some(3));
    let text = said(&output);
    assert!(
        text.contains("roomd does not run here") && text.contains("control.sock"),
        "{text}"
    );
    assert!(text.contains("systemctl start roomd"), "{text}");
    drop(UnixListener::bind(&socket).unwrap());
    let output = roomctl(&socket, &["leave"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        said(&output).contains("nobody listens"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_refusal_is_said_in_the_rooms_words() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let no = r#"{"code":"only-in-room","sentence":"Only people in the room may do that."}"#;
    let asked = daemon(&socket, vec![(403, no)]);
    let output = roomctl(&socket, &["mic", "on"]);
    assert_eq!(output.status.code(), Some(4));
    let text = said(&output);
    assert!(
        text.contains("Only people in the room may do that. (only-in-room)"),
        "{text}"
    );
    let asked = asked.join().unwrap();
    assert_eq!(
        asked,
        [r#"POST /api/v1/press HTTP/1.0 {"press":"mic","to":"open"}"#]
    );
}

#[test]
fn a_press_is_sent_and_what_came_of_it_shown() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let yes = r#"{"boot":"b","revision":3}"#;
    let asked = daemon(&socket, vec![(202, yes), (200, STATE)]);
    let output = roomctl(&socket, &["preset", "front", "2"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("Saal: in call since 12:00"),
        "{}",
        said(&output)
    );
    let asked = asked.join().unwrap();
    assert!(
        asked[0].ends_with(r#"{"press":"head-preset","head":"front","number":2}"#),
        "{asked:?}"
    );
}

#[test]
fn status_shows_what_is_seen_and_json_gives_it_whole() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let asked = daemon(&socket, vec![(200, STATE), (200, STATE)]);
    let text = said(&roomctl(&socket, &["status"]));
    assert!(text.contains("microphone  closed, becoming open"), "{text}");
    assert!(text.contains("camera      unknown"), "{text}");
    let laptop = "display shows somebody's own device, left so because somebody switched it";
    assert!(text.contains(laptop), "{text}");
    assert!(
        text.contains("camera cannot be used (camera-absent)")
            && text.contains("camera-gone (front): camera-absent since"),
        "{text}"
    );
    let json = roomctl(&socket, &["status", "--json"]);
    let state: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(state["volume"]["limit"], 90);
    asked.join().unwrap();
}

#[test]
fn a_page_that_nobody_knows_is_told_with_how_sure_its_recognition_is() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let failed = r#"{"kind":"failed","failure":"call-unknown-screen","retry":true,"recognition":{"service":"pexip",
        "certainty":"unverified","seen":"2026-05"}}"#;
    // A daemon before this one says nothing about it.
    let older = r#"{"kind":"failed","failure":"call-unknown-screen","retry":true}"#;
    let with = |phase: &str| -> &'static str {
        STATE
            .replace(
                r#"{"kind":"in-call","since_ms":1796036400000,"leaves":null}"#,
                phase,
            )
            .leak()
    };
    let asked = daemon(&socket, vec![(200, with(failed)), (200, with(older))]);
    let text = said(&roomctl(&socket, &["status"]));
    let line = "failed: call-unknown-screen; the pages of pexip are recognised by unverified signs, as of 2026-05";
    assert!(text.contains(line), "{text}");
    let text = said(&roomctl(&socket, &["status"]));
    assert!(text.contains("failed: call-unknown-screen\n"), "{text}");
    asked.join().unwrap();
}

#[test]
fn something_else_at_the_socket_is_not_taken_for_a_room() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let asked = daemon(&socket, vec![(200, "<html>"), (500, "oh")]);
    let output = roomctl(&socket, &["status"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("not understood"),
        "{}",
        said(&output)
    );
    let output = roomctl(&socket, &["leave"]);
    assert_eq!(output.status.code(), Some(4));
    asked.join().unwrap();
}

#[test]
fn what_is_no_camera_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, file) = (folder.path().join("none"), folder.path().join("x.png"));
    for (node, why) in [
        ("/dev/null", "/dev/null is no camera: it is no video device"),
        (
            "/etc/hostname",
            "/etc/hostname is no camera: it is no device",
        ),
        ("/dev/video999", "/dev/video999 is gone"),
    ] {
        let output = roomctl(
            &socket,
            &["camera", "snapshot", node, file.to_str().unwrap()],
        );
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    assert!(!file.exists());
    let output = roomctl(&socket, &["camera", "info", "no such thing"]);
    assert!(
        said(&output).contains("`roomctl camera list` shows"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_role_is_looked_up_in_the_rooms_file() {
    let folder = tempfile::tempdir().unwrap();
    let room = folder.path().join("room.toml");
    let text = "[room]\nname = \"Saal\"\n[cameras.front]\nlabel = \"no such webcam\"\n[cameras.back]\nusb = \"9-9\"\n";
    std::fs::write(&room, text).unwrap();
    let ask = |role| {
        let words = ["camera", "info", role, "--room", room.to_str().unwrap()];
        said(&roomctl(folder.path(), &words))
    };
    assert!(
        ask("front").contains("no camera is called \"front\" here"),
        "{}",
        ask("front")
    );
    assert!(
        ask("back").contains("not plugged in where the room's file says"),
        "{}",
        ask("back")
    );
    assert!(
        ask("side").contains("no camera \"side\", but: front, back"),
        "{}",
        ask("side")
    );
}

#[test]
fn the_rooms_camera_is_still_closed_by_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let yes = r#"{"boot":"b","revision":3}"#;
    let asked = daemon(&socket, vec![(202, yes), (200, STATE)]);
    let output = roomctl(&socket, &["camera", "off"]);
    assert!(output.status.success(), "{}", said(&output));
    let asked = asked.join().unwrap();
    assert!(
        asked[0].contains(r#""press":"camera","to":"closed""#),
        "{asked:?}"
    );
}

#[test]
fn a_table_button_keeps_its_firmware_while_the_room_is_in_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let daemon = daemon(&socket, vec![(200, STATE)]);
    let marker = b"roomd-table-button/1 rp2040 oled usb 0.2.0\0";
    let segment = puck_image::Segment {
        place: 0x1000_0000,
        bytes: marker.to_vec(),
    };
    let image = folder.path().join("button.uf2");
    std::fs::write(&image, puck_image::pack(&[segment])).unwrap();
    let output = roomctl(&socket, &["puck", "update", &image.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("in a call"), "{}", said(&output));
    assert_eq!(daemon.join().unwrap().len(), 1);
}

/// The state with this table button; its text is on one line, as in a stream.
fn state_with(button: &str) -> String {
    let state = STATE.replace("\"buttons\":[]", &format!("\"buttons\":[{button}]"));
    state.replace('\n', "")
}

fn table_button(rest: &str) -> String {
    format!(r#"{{"id":"table","here":true,{rest},"may_update":true}}"#)
}

const LINES: &str = r#"{"buttons":[{"id":"table","place":"1-1.2","serial":"E661","firmware":"roomd-puck 0.1.0",
"foreign_wire":null,"display":"tft","silent_ms":412}]}"#;
const OLDER: &str = r#""firmware":"0.1.0","offered":"0.2.0","update":"none","failure":null"#;
const WRITTEN: &str = r#""firmware":"0.1.0","offered":"0.2.0","update":"runs","failure":null"#;
const NEWER: &str = r#""firmware":"0.2.0","offered":null,"update":"none","failure":null"#;
const FAILED: &str =
    r#""firmware":"0.1.0","offered":"0.2.0","update":"failed","failure":"firmware-disk""#;

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn puck(folder: &Path, words: &[&str]) -> Output {
    let nothing = folder.to_string_lossy().into_owned();
    let more = ["--sys", &nothing, "--dev", &nothing];
    roomctl(
        &folder.join("control.sock"),
        &[&["puck"], words, &more].concat(),
    )
}

#[test]
fn table_buttons_are_listed_with_role_place_version_and_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let state = leak(state_with(&table_button(OLDER)));
    let asked = daemon(&socket, vec![(200, LINES), (200, state)]);
    let text = said(&puck(folder.path(), &["list"]));
    assert!(text.contains("1-1.2"), "{text}");
    let told = "table: table button here, firmware 0.1.0, 0.2.0 is offered, tft display, last word 0.4 s ago";
    assert!(text.contains(told), "{text}");
    asked.join().unwrap();
}

#[test]
fn a_button_that_is_not_understood_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let state = leak(state_with(&table_button(OLDER).replace("true", "false")));
    let lines = LINES.replace("\"foreign_wire\":null", "\"foreign_wire\":1");
    let asked = daemon(&socket, vec![(200, leak(lines)), (200, state)]);
    let text = said(&puck(folder.path(), &["list"]));
    let told =
        "not understood, its firmware is of another version, firmware 0.1.0, 0.2.0 is offered";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("it speaks version 1 of the wire"), "{text}");
    asked.join().unwrap();
}

#[test]
fn the_daemon_updates_a_button_when_it_is_asked_and_its_failure_is_told() {
    for (end, good) in [(NEWER, true), (FAILED, false)] {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control.sock");
        let state = leak(state_with(&table_button(OLDER)));
        let stream = [WRITTEN, end].map(|rest| {
            let state = state_with(&table_button(rest));
            format!("event: state\ndata: {state}\n\n")
        });
        let stream = leak(stream.concat());
        let yes = r#"{"boot":"b","revision":3}"#;
        let answers = vec![(200, LINES), (200, state), (202, yes), (200, stream)];
        let asked = daemon(&socket, answers);
        let output = puck(folder.path(), &["update", "--plug", "1-1.2"]);
        let text = said(&output);
        assert_eq!(output.status.success(), good, "{text}");
        assert!(
            text.contains("table is given 0.2.0; leave it plugged in"),
            "{text}"
        );
        let last = if good { "0.2.0 runs" } else { "firmware-disk" };
        assert!(text.contains(last), "{text}");
        let asked = asked.join().unwrap();
        assert!(
            asked[2].ends_with(r#"{"press":"button-update","button":"table"}"#),
            "{asked:?}"
        );
    }
}

#[test]
fn a_boards_file_is_shown_as_the_daemon_runs_with_it_and_without_one_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let shown = |board: &str| {
        let output = roomctl(&socket, &["board", board]);
        let text = said(&output);
        let line = |start: &str| text.lines().find(|line| line.starts_with(start));
        let pins = line("header").unwrap_or_default().to_owned();
        (line("file").unwrap_or(&text).to_owned(), pins)
    };
    let came = "file     as it came with the package, revision 1";
    let (file, pins) = shown("rock-5b");
    assert_eq!(file, came);
    assert!(pins.contains("pin 3 = /dev/gpiochip4:11"), "{pins}");
    let released = r#"{"board":"rock-5b","from":"release","path":null,"revision":3,"on_trial":true,"text":"[machine]\nrevision = 3\ntitle = \"Board\"\n[machine.lines]\n\"pin 3\" = \"NEW\"\n"}"#;
    let own = r#"{"board":"rock-5b","from":"machine","path":"/etc/roomd/boards/rock-5b.toml","revision":1,"on_trial":false,"text":null}"#;
    for (answer, board, wanted, pin) in [
        (
            (200, released),
            "rock-5b",
            "file     as the fleet released it, revision 3, on trial",
            "pin 3 = NEW",
        ),
        ((200, released), "raspberry-pi-5", came, "pin 3 = GPIO2"),
        (
            (200, own),
            "rock-5b",
            "file     /etc/roomd/boards/rock-5b.toml, the operator's own, revision 1",
            "pin 3 = /dev",
        ),
        ((404, "{}"), "rock-5b", came, "pin 3 = /dev"),
    ] {
        // A daemon of a test before may have left its socket.
        let _ = std::fs::remove_file(&socket);
        let daemon = daemon(&socket, vec![answer]);
        let (file, pins) = shown(board);
        assert_eq!(file, wanted);
        assert!(pins.contains(pin), "{pin} in {pins}");
        let asked = daemon.join().unwrap();
        assert!(asked[0].starts_with("GET /api/v1/board"), "{asked:?}");
    }
}
