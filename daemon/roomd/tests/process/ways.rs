//! One way into a conference cannot work and the other one is taken, once: daemon, browser, SIP client, a far end by SIP.

use super::contract::{Browser, can_run, later, media};
use super::kit::{Daemon, Folder, until};
use emulators::ports;
use emulators::sip::{Busy, Place};
use room_api::{By, Phase, Switch};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What would show a second try: a room that tries again does so within a few seconds.
const STILL: Duration = Duration::from_secs(5);

pub fn has_baresip() -> bool {
    let there = Command::new("baresip").arg("-h").output().is_ok();
    let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
    assert!(
        there || !all,
        "all tests were asked for, but this one needs baresip"
    );
    if !there {
        eprintln!("SKIPPED: needs baresip");
    }
    there
}

/// A program that ends with the test.
pub struct Program(Child);

impl Program {
    fn start(mut command: Command, log: &std::path::Path) -> Self {
        let log = fs::File::create(log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        Program(command.spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A conference with a page where nobody answers, and a number by SIP that leads to `far`.
fn room(first: &str, far: SocketAddr) -> (Folder, Daemon) {
    let (page, panel) = (ports::free(), ports::free());
    let folder = Folder::with("");
    let mic = folder.path("kit/microphone.wav");
    let room = format!(
        "board = \"demo\"\n[room]\nname = \"Testsaal\"\n[faces]\nlisten = \"127.0.0.1:{panel}\"\n\
         [hosts]\n\"127.0.0.1:{page}\" = \"pexip\"\n\"conf.example\" = \"pexip\"\n[ways]\npexip = \"{first}\"\n\
         [practice]\nlisten = \"127.0.0.1:0\"\n[browser]\nuser = \"nobody\"\n[calendars.bookings]\nfile = \"calendar.ics\"\n\
         [sip]\ndomains = [\"conf.example\"]\ntransport = \"udp\"\nencryption = \"none\"\nproxy = \"{far}\"\n\
         control = \"127.0.0.1:{}\"\nmicrophone = \"aufile,{}\"\ncamera = \"fakevideo,nil\"\nspeaker = \"aubridge,room\"\n\
         screen = \"fakevideo,\"\n",
        ports::free(),
        mic.display(),
    );
    folder.write("room.toml", &room);
    let stamp = |minutes: i64| {
        (chrono::Utc::now() + chrono::Duration::minutes(minutes)).format("%Y%m%dT%H%M%SZ")
    };
    let (from, to) = (stamp(-1), stamp(30));
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1@test.invalid\r\nDTSTAMP:{from}\r\n\
         DTSTART:{from}\r\nDTEND:{to}\r\nSUMMARY:Ratsrunde\r\nLOCATION:https://127.0.0.1:{page}/webapp/#/?conference=97912345\r\n\
         DESCRIPTION:SIP: 97912345@conf.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    folder.write("calendar.ics", &calendar);
    fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    media(&folder);
    let daemon = folder.start(&[("RUST_LOG", "info")]);
    (folder, daemon)
}

/// The room's client, as its unit starts it.
pub fn client(folder: &Folder) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomd"));
    command
        .args(["sip-client", "--room"])
        .arg(folder.path("room.toml"));
    Program::start(command, &folder.path("client.log"))
}

/// Presses as soon as the room knows the meeting and has all it needs.
fn join(daemon: &Daemon) {
    later("browser and client", daemon, || {
        let ready = ["the browser obeys", "the SIP client obeys"];
        let log = daemon.log();
        ready.iter().all(|part| log.contains(part)).then_some(())
    });
    until("the meeting", || daemon.state().meetings.into_iter().next());
    assert_eq!(daemon.press(r#"{"press":"join"}"#), 202);
}

#[test]
fn a_page_that_cannot_be_reached_gives_way_to_sip_and_an_end_is_the_end() {
    if !can_run() || !has_baresip() {
        return;
    }
    let place = Place::take().unwrap();
    let (folder, daemon) = room("browser", place.at());
    let far = place.far_end(&folder.path("far"), "97912345").unwrap();
    let _client = client(&folder);
    let _browser = Browser::start(&folder);
    join(&daemon);
    let state = later("the call by SIP", &daemon, || {
        let state = daemon.state();
        matches!(state.phase, Phase::InCall { .. }).then_some(state)
    });
    let way = state.way.unwrap();
    assert_eq!(way.by, By::Sip);
    assert_eq!(way.instead_of.as_deref(), Some("call-unreachable"));
    assert_eq!(state.mic.seen, Some(Switch::Closed), "dark and silent");
    assert_eq!(state.camera.seen, Some(Switch::Closed), "dark and silent");
    daemon.logged("way=\"sip\" instead_of=\"call-unreachable\"");

    far.says_goodbye().unwrap();
    until("the end", || {
        matches!(daemon.state().phase, Phase::Ended { .. }).then_some(())
    });
    std::thread::sleep(STILL);
    let state = daemon.state();
    assert!(state.way.is_none(), "entered again: {:?}", state.phase);
    assert!(
        !daemon.log().contains("97912345"),
        "the number is in the log"
    );
}

#[test]
fn a_far_end_that_is_busy_gives_way_to_the_page_and_neither_is_tried_again() {
    if !can_run() || !has_baresip() {
        return;
    }
    let mut far = Busy::start().unwrap();
    let (folder, daemon) = room("sip", far.at);
    let _client = client(&folder);
    let _browser = Browser::start(&folder);
    join(&daemon);
    daemon.logged("way=\"page\" instead_of=\"call-busy\"");
    let failure = later("the page's failure", &daemon, || {
        match daemon.state().phase {
            Phase::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    });
    assert_eq!(failure, "call-unreachable");
    std::thread::sleep(STILL);
    assert!(matches!(daemon.state().phase, Phase::Failed { .. }));
    assert!(far.calls.try_recv().is_ok());
    assert!(far.calls.try_recv().is_err(), "called twice");
}
