//! The real daemon as a process: what systemd, IT and a killed board see of it.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../faces/axe.rs"]
mod axe;
mod cancellers;
#[allow(dead_code, reason = "made for other pages, too")]
#[path = "../faces/chrome.rs"]
mod chrome;
mod contract;
mod displays;
mod facility;
mod heads;
mod kit;
mod machine;
mod phone;
mod practice_call;
mod preflight;
mod pucks;
mod renewal;
mod sound;
mod sound_proof;
mod sound_sip;
mod spoken;
mod stage;
mod ways;

use emulators::visca::{CameraServer, FrameKind, Options};
use kit::{Folder, ROOM, until};
use nix::sys::signal::Signal;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn it_starts_gives_life_signs_and_ends_when_told() {
    let folder = Folder::with(ROOM);
    let mut daemon = folder.start(&[("WATCHDOG_USEC", "300000")]);
    assert_eq!(daemon.ask("GET", "/healthz", "").0, 200);
    for _ in 0..3 {
        daemon.told("WATCHDOG=1");
    }
    let began = Instant::now();
    daemon.signal(Signal::SIGTERM);
    daemon.told("STOPPING=1");
    assert!(daemon.ended().success());
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "it took {:?}",
        began.elapsed()
    );
    assert!(
        !daemon.control_socket().exists(),
        "the socket is gone with the daemon"
    );
}

#[test]
fn a_second_daemon_on_the_same_room_is_refused() {
    let folder = Folder::with(ROOM);
    let first = folder.start(&[]);
    let second = folder.roomd(&["run", "--room", "room.toml"]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1));
    assert!(said.contains(&format!("process {}", first.pid())), "{said}");
    assert!(said.contains("Stop it first"), "{said}");
    assert_eq!(first.state().room, "Testsaal");
}

/// What a room lies over, so that nothing of this machine is used.
const BOARD: &str = r#"
[room]
state_dir = "state"
[browser]
headless = true
[faces]
listen = "127.0.0.1:0"
socket = "run/control.sock"
"#;

#[test]
fn a_machine_without_a_room_says_so_and_becomes_the_room_that_is_described() {
    let folder = Folder::with("# Nothing yet.\n");
    folder.write("board.toml", BOARD);
    let board = folder.path("board.toml");
    let words = ["--board", board.to_str().unwrap()];
    let daemon = folder.start_with(&words, &[]);
    for path in ["/display", "/panel"] {
        let page = daemon.page(path);
        for part in [
            "noch nicht eingerichtet",
            "not set up yet",
            "sudo roomctl commission",
        ] {
            assert!(page.contains(part), "{part} is missing in {path}:\n{page}");
        }
    }
    assert_eq!(
        daemon.state().offers.len(),
        0,
        "there is nothing to be pressed"
    );

    folder.write("room.toml", "[room]\nname = \"Half\n");
    daemon.signal(Signal::SIGHUP);
    daemon.logged("the new configuration is refused; the one before stays in force");
    folder.write("room.toml", "[room]\nname = \"Beschrieben\"\n");
    daemon.signal(Signal::SIGHUP);
    daemon.logged("the daemon begins anew with it");
    // What systemd is told of the refused file may still be on its way.
    until("the panel anew", || {
        let served = daemon.log().matches("the panel is served").count();
        (served == 2).then_some(())
    });
    daemon.told("READY=1");
    assert_eq!(daemon.state().room, "Beschrieben");
    assert!(!daemon.page("/display").contains("noch nicht eingerichtet"));
}

const TEN_MISTAKES: &str = r#"board = "demmo"
[room]
nmae = "Saal 2"
zone = "Europe/Berln"
language = "deutsch"
[policy]
announce_before = 15
alone_after = "10 minutes"
rejoin_tries = "3"
[hosts]
"https://meet.example.org/" = "jitsi"
[faces]
listen = "0.0.0.0:8080"
[calendars.bookings]
url = "http://calendar.example.org/saal2.ics"
"#;

#[test]
fn a_file_with_ten_mistakes_shows_all_ten() {
    let folder = Folder::with(TEN_MISTAKES);
    for words in [&["check", "room.toml"][..], &["run", "--room", "room.toml"]] {
        let refused = folder.roomd(words);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr);
        let mistakes = [
            "there is no board `demmo`",
            "unknown key `nmae`",
            "`Europe/Berln` is not a time zone",
            "`deutsch` is not known",
            "found a bare number",
            "`10 minutes` is not a time",
            "found a text",
            "is not a host name",
            "is not an address of this machine alone",
            "an unencrypted link is refused",
            "did you mean `Europe/Berlin`?",
            "line 3, column 1",
        ];
        for mistake in mistakes {
            assert!(said.contains(mistake), "{mistake} is missing in:\n{said}");
        }
    }
}

#[test]
fn a_bad_new_file_is_refused_whole_and_a_good_one_is_taken() {
    let folder = Folder::with(ROOM);
    let daemon = folder.start(&[]);
    let bad = ROOM
        .replace("Testsaal", "Neuer Saal")
        .replace("zone", "zoen")
        + "[policy]\njoin = \"never\"\n";
    folder.write("room.toml", &bad);
    daemon.signal(Signal::SIGHUP);
    daemon.logged("the new configuration is refused; the one before stays in force");
    let log = daemon.log();
    assert!(
        log.contains("unknown key `zoen`") && log.contains("`never` is not known"),
        "{log}"
    );
    assert_eq!(daemon.state().room, "Testsaal");
    folder.write("room.toml", &ROOM.replace("Testsaal", "Neuer Saal"));
    daemon.signal(Signal::SIGHUP);
    until("the new name", || {
        (daemon.state().room == "Neuer Saal").then_some(())
    });
}

#[test]
fn a_killed_daemon_comes_back_with_what_it_knew() {
    let folder = Folder::with(ROOM);
    let mut daemon = folder.start(&[]);
    assert_eq!(daemon.press(r#"{"press":"volume","percent":73}"#), 202);
    let memory = folder.path("state/memory.json");
    until("the memory", || {
        fs::read_to_string(&memory)
            .ok()
            .filter(|text| text.contains("73"))
    });
    daemon.signal(Signal::SIGKILL);
    daemon.ended();
    let began = Instant::now();
    let daemon = folder.start(&[]);
    assert_eq!(daemon.state().volume.seen, Some(73));
    eprintln!("killed and back with its panel in {:?}", began.elapsed());
}

#[test]
fn a_press_moves_the_head_and_a_recording_plays_the_same_again() {
    let folder = Folder::with(ROOM);
    let camera = camera(&folder);
    let daemon = folder.start(&[("RUST_LOG", "trace")]);
    let head = camera.handle();
    until("the head", || {
        (daemon.state().heads[0].state == room_api::HeadState::Still).then_some(())
    });
    let before = head.position();
    assert_eq!(
        daemon.press(r#"{"press":"head-preset","head":"front","number":1}"#),
        202
    );
    until("the preset", || {
        (daemon.state().heads[0].at_preset == Some(1)).then_some(())
    });
    assert_ne!(head.position(), before);
    assert_eq!(
        daemon.press(r#"{"press":"head-preset","head":"front","number":9}"#),
        404
    );
    assert_eq!(daemon.press(r#"{"press":"mic","to":"open"}"#), 403);

    let recording = daemon.dump();
    let played = folder.roomd(&["replay", recording.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(played.status.success(), "{said}");
    assert!(
        said.contains("Recall(PresetNumber(1))") && said.contains("equal: "),
        "{said}"
    );

    let other = fs::read_to_string(&recording)
        .unwrap()
        .replace("\"Recall\":1", "\"Recall\":2");
    folder.write("other.jsonl", &other);
    let played = folder.roomd(&["replay", "other.jsonl"]);
    let said = String::from_utf8_lossy(&played.stdout);
    assert_eq!(played.status.code(), Some(1), "{said}");
    assert!(said.contains("DIFFERENT: recorded was"), "{said}");
}

#[test]
fn a_daemon_that_ends_stops_a_moving_head() {
    let folder = Folder::with(ROOM);
    let camera = camera(&folder);
    let mut daemon = folder.start(&[]);
    let head = camera.handle();
    until("the head", || {
        (daemon.state().heads[0].state == room_api::HeadState::Still).then_some(())
    });
    assert_eq!(
        daemon.press(r#"{"press":"head-drive","head":"front","pan":20}"#),
        202
    );
    until("the move", || {
        (daemon.state().heads[0].state == room_api::HeadState::Moving).then_some(())
    });
    let stops = head.count(FrameKind::Stop);
    daemon.signal(Signal::SIGTERM);
    assert!(daemon.ended().success());
    assert!(
        head.count(FrameKind::Stop) > stops,
        "the head was told to stop"
    );
    until("rest", || (!head.is_moving()).then_some(()));
}

#[test]
fn a_line_that_vanishes_and_returns_is_seen_both_times() {
    let folder = Folder::with(ROOM);
    let camera = camera(&folder);
    let daemon = folder.start(&[]);
    let state = || daemon.state().heads[0].state;
    until("the head", || {
        (state() == room_api::HeadState::Still).then_some(())
    });
    camera.handle().unplug();
    until("its absence", || {
        (state() == room_api::HeadState::Gone).then_some(())
    });
    camera.handle().plug();
    until("its return", || {
        (state() == room_api::HeadState::Still).then_some(())
    });
}

fn camera(folder: &Folder) -> CameraServer {
    CameraServer::start(Options {
        link: folder.path("kit/front"),
        baud: None,
    })
    .unwrap()
}

/// Planted wherever people write something that is nobody else's business.
const SECRETS: [&str; 7] = [
    "GeheimerTitel",
    "GeheimePerson",
    "GeheimeNotiz",
    "geheimer-raum",
    "GEHEIMCODE1",
    "GEHEIMCODE2",
    "GEHEIMCODE3",
];

fn secret_calendar(now: i64) -> String {
    let stamp = |ms: i64| {
        let time = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(ms).unwrap();
        time.format("%Y%m%dT%H%M%SZ").to_string()
    };
    let link = "https://meet.example.org/geheimer-raum?pwd=GEHEIMCODE1";
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1@example.org",
        &format!("DTSTAMP:{}", stamp(now)),
        &format!("DTSTART:{}", stamp(now + 60_000)),
        &format!("DTEND:{}", stamp(now + 3_600_000)),
        "SUMMARY:GeheimerTitel",
        "ORGANIZER;CN=GeheimePerson:mailto:geheimeperson@example.org",
        &format!("LOCATION:{link}"),
        &format!("DESCRIPTION:GeheimeNotiz {link} Passcode: GEHEIMCODE1"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}

#[test]
fn nothing_private_enters_log_or_recording() {
    let room = ROOM.to_owned()
        + r#"
[hosts]
"meet.example.org" = "jitsi"
[standing]
link = "https://meet.example.org/geheimer-raum"
passcode = "GEHEIMCODE2"
[practice.conferences.probe]
passcode = "GEHEIMCODE2"
[calendars.bookings]
file = "calendar.ics"
"#;
    let folder = Folder::with(&room);
    let now = chrono::Utc::now().timestamp_millis();
    folder.write("calendar.ics", &secret_calendar(now));
    let daemon = folder.start(&[("RUST_LOG", "trace")]);
    let meeting = until("the meeting", || daemon.state().meetings.into_iter().next());
    assert_eq!(meeting.title.unwrap().reveal(), "GeheimerTitel");
    until("its announcement", || {
        matches!(daemon.state().phase, room_api::Phase::Announced { .. }).then_some(())
    });
    daemon.press(r#"{"press":"join-standing"}"#);
    daemon.press(r#"{"press":"passcode","code":"GEHEIMCODE3"}"#);
    assert_eq!(
        daemon
            .ask(
                "POST",
                "/api/v1/press",
                r#"{"press":"passcode","kode":"GEHEIMCODE3"}"#
            )
            .0,
        400
    );
    let recording = fs::read_to_string(daemon.dump()).unwrap();
    let log = daemon.log();
    assert!(
        log.contains("seen now="),
        "the log is as talkative as it can be"
    );
    assert!(
        recording.contains("Calendar"),
        "the meeting is in the recording"
    );
    for secret in SECRETS {
        let line = log
            .lines()
            .find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert_eq!(line, None, "{secret} is in the log");
        assert!(!recording.contains(secret), "{secret} is in the recording");
    }
}

/// Not a limit for debug builds; `tests/bench` holds the release build to its numbers.
#[test]
fn an_idle_room_costs_little() {
    let folder = Folder::with(ROOM);
    let _camera = camera(&folder);
    let daemon = folder.start(&[]);
    until("the head", || {
        (daemon.state().heads[0].state == room_api::HeadState::Still).then_some(())
    });
    let ticks = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", daemon.pid())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap().to_owned();
        let fields: Vec<u64> = after_name
            .split_whitespace()
            .map(|f| f.parse().unwrap_or(0))
            .collect();
        fields[11] + fields[12]
    };
    let (before, seconds) = (ticks(), 5);
    std::thread::sleep(Duration::from_secs(seconds));
    let used = ticks() - before;
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let memory = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    eprintln!(
        "idle: {used} ticks of 10 ms in {seconds} s, {} kB resident",
        memory("VmRSS:")
    );
    assert!(used <= 10, "{used} ticks of 10 ms in {seconds} s");
    assert!(memory("VmRSS:") <= 48_000, "{} kB", memory("VmRSS:"));
}
