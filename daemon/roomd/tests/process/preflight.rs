//! The real daemon proves its room before a booked meeting, by itself: planted faults are named and nothing else.

use crate::kit::{Daemon, Folder, ROOM, SOON, until};
use emulators::display::{Emulator, Request, serve_pty};
use emulators::ports;
use emulators::visca::{CameraServer, Options};
use room_api::{DisplayState, HeadState, Light, ProofReport};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A meeting in so many minutes: late enough not to be prepared, early enough that a check is due.
fn calendar(minutes: i64, link: &str) -> String {
    let at = |minutes: i64| {
        let time = chrono::Utc::now() + chrono::Duration::minutes(minutes);
        time.format("%Y%m%dT%H%M%SZ").to_string()
    };
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        &format!("UID:{minutes}@example.org"),
        &format!("DTSTAMP:{}", at(0)),
        &format!("DTSTART:{}", at(minutes)),
        &format!("DTEND:{}", at(minutes + 60)),
        "SUMMARY:Ausschuss",
        &format!("LOCATION:{link}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}

fn room(display: &Path, practice: u16) -> String {
    let room = ROOM.replace(
        "[practice]\nlisten = \"127.0.0.1:0\"",
        &format!("[practice]\nlisten = \"127.0.0.1:{practice}\"\non_demand = true"),
    );
    format!(
        r#"{room}
[displays.main]
name = "Leinwand"
input = "hdmi1"
links = [{{ line = "serial:{}", model = "samsung-signage" }}]
[hosts]
"meet.invalid" = "jitsi"
[calendars.bookings]
file = "calendar.ics"
every = "10 s"
"#,
        display.display()
    )
}

fn report(daemon: &Daemon) -> ProofReport {
    let (status, body) = daemon.ask("GET", "/api/v1/preflight", "");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits for the check number so many: a calendar is read each ten seconds, a head goes there and back.
fn proven(daemon: &Daemon, number: usize) -> ProofReport {
    let began = Instant::now();
    loop {
        let seen = report(daemon);
        if seen.history.len() == number {
            return seen;
        }
        assert!(began.elapsed() < 4 * SOON, "check {number} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn codes(report: &ProofReport) -> Vec<&str> {
    report.findings.iter().map(|f| f.code.as_str()).collect()
}

/// What is wrong with the room whatever the meeting.
const PLANTED: [&str; 3] = ["browser-gone", "display-wrong-input", "fitting-silent"];

#[test]
fn before_a_meeting_the_room_proves_itself_and_names_what_was_planted_alone() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let folder = Folder::with(ROOM);
    let line = folder.path("kit/display");
    let display = {
        let _inside = runtime.enter();
        serve_pty(Emulator::new("samsung-mdc", None).unwrap(), &line).unwrap()
    };
    let head = CameraServer::start(Options {
        link: folder.path("kit/front"),
        baud: None,
    })
    .unwrap();
    let practice = ports::free();
    folder.write("room.toml", &room(&line, practice));

    // Somebody left the display on another input. No browser runs here and no table button is plugged in: faults as well.
    display.with(|body, now| body.by_hand(now, &Request::Power(true)));
    display.with(|body, now| body.by_hand(now, &Request::Input("23".to_owned())));
    let daemon = folder.start(&[]);
    until("the display, the head and no browser", || {
        let state = daemon.state();
        let browser = state.faults.iter().any(|f| f.code == "browser-gone");
        browser.then_some(())?;
        let wrong = state.displays[0].state == DisplayState::OtherInput;
        (wrong && state.heads[0].state == HeadState::Still).then_some(())
    });
    let before = head.handle().position();
    assert!(report(&daemon).at_ms.is_none());
    let link = format!("http://127.0.0.1:{practice}/practice/ausschuss");
    folder.write("calendar.ics", &calendar(10, &link));
    let first = proven(&daemon, 1);
    assert_eq!(codes(&first), PLANTED);
    assert_eq!(first.light, Some(Light::Red));
    let display = &first.findings[1];
    assert!(display.de.what.contains("„Leinwand“"), "{display:?}");
    assert!(display.en.advice.contains("switches over"), "{display:?}");
    let judged = |check: &str| {
        let mut checks = first.checks.iter();
        checks.find(|c| c.check == check).and_then(|c| c.light)
    };
    assert_eq!(
        ["path", "heads", "sound"].map(judged),
        [Some(Light::Green), Some(Light::Green), None]
    );
    assert_eq!(head.handle().position(), before, "it went, and came back");
    // The report is there a moment before the room's state tells of it.
    let last = until("what came of it", || daemon.state().preflight?.last);
    assert_eq!(last.codes, PLANTED);
    let (status, page) = daemon.ask("GET", "/api/v1/preflight/report?lang=de", "");
    assert_eq!(status, 200);
    assert!(page.contains("Testsaal") && page.contains("zeigt einen anderen Eingang"));

    // The room writes down what it remembers beside what it does.
    until("what came of it is written down", || {
        let memory = std::fs::read_to_string(folder.path("state/memory.json")).ok()?;
        memory.contains("display-wrong-input").then_some(())
    });
    // Killed and back within the same quarter of an hour, it remembers and does not begin again; for another meeting it does.
    daemon.signal(nix::sys::signal::Signal::SIGKILL);
    drop(daemon);
    let daemon = folder.start(&[]);
    until("the meeting", || {
        (!daemon.state().meetings.is_empty()).then_some(())
    });
    let remembered = until("what it remembers", || daemon.state().preflight?.last);
    assert_eq!(remembered.at_ms, last.at_ms);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!daemon.state().preflight.unwrap().runs);
    assert_eq!(report(&daemon).history.len(), 1);
    let nowhere = calendar(11, "https://meet.invalid/ausschuss");
    folder.write("calendar.ics", &nowhere);
    let second = proven(&daemon, 2);
    // The browser is called gone a few seconds after a start; whether it is by now, is no matter here.
    let mut found = codes(&second);
    found.retain(|code| !PLANTED.contains(code));
    assert_eq!(found, ["path-name-unknown"]);
    let kept = fs::read_to_string(folder.path("state/preflight/last.json")).unwrap();
    for secret in ["Ausschuss", "ausschuss", "meet.invalid"] {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
}
