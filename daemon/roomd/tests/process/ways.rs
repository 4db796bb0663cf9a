//! One way into a conference cannot work and the other one is taken, once: daemon, browser, SIP client, a far end by SIP.

use super::contract::{Browser, can_run, free_port, later, media};
use super::kit::{Daemon, Folder, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::{By, Phase, Switch};
use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What would show a second try: a room that tries again does so within a few seconds.
const STILL: Duration = Duration::from_secs(5);

fn has_baresip() -> bool {
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
struct Program(Child);

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
    let (page, panel) = (free_port(), free_port());
    let folder = Folder::with("");
    let mic = folder.path("kit/microphone.wav");
    let room = format!(
        "board = \"demo\"\n[room]\nname = \"Testsaal\"\n[faces]\nlisten = \"127.0.0.1:{panel}\"\n\
         [hosts]\n\"127.0.0.1:{page}\" = \"pexip\"\n\"conf.example\" = \"pexip\"\n[ways]\npexip = \"{first}\"\n\
         [browser]\nuser = \"nobody\"\n[calendars.bookings]\nfile = \"calendar.ics\"\n\
         [sip]\ndomains = [\"conf.example\"]\ntransport = \"udp\"\nencryption = \"none\"\nproxy = \"{far}\"\n\
         control = \"127.0.0.1:{}\"\nmicrophone = \"aufile,{}\"\ncamera = \"fakevideo,nil\"\nspeaker = \"aubridge,room\"\n\
         screen = \"fakevideo,\"\n",
        free_port(),
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
fn client(folder: &Folder) -> Program {
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

/// Another baresip that takes every call.
fn far_end(folder: &Folder, at: SocketAddr) -> Program {
    let place = folder.path("far");
    fs::create_dir(&place).unwrap();
    let modules: String = ["g711", "ausine", "aubridge", "uuid"]
        .map(|name| format!("module {name}.so\n"))
        .concat();
    let config = format!(
        "poll_method epoll\nsip_listen {at}\naudio_player aubridge,far\naudio_source ausine,440\naudio_alert aubridge,alert\n\
         ausrc_srate 48000\nausrc_channels 2\n\
         module_path /usr/lib/baresip/modules\n{modules}module_tmp account.so\nmodule_app menu.so\n"
    );
    let account = format!("<sip:97912345@{at};transport=udp>;regint=0;answermode=auto\n");
    for (name, text) in [
        ("config", config),
        ("accounts", account),
        ("contacts", String::new()),
    ] {
        fs::write(place.join(name), text).unwrap();
    }
    let mut command = Command::new("baresip");
    command.arg("-f").arg(&place);
    Program::start(command, &folder.path("far.log"))
}

#[test]
fn a_page_that_cannot_be_reached_gives_way_to_sip_and_an_end_is_the_end() {
    if !can_run() || !has_baresip() {
        return;
    }
    let at: SocketAddr = ([127, 0, 0, 1], free_port()).into();
    let (folder, daemon) = room("browser", at);
    let far = far_end(&folder, at);
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

    let pid = i32::try_from(far.0.id()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
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

/// Answers every call with "busy", and keeps the calls' names.
fn busy() -> (SocketAddr, Arc<Mutex<BTreeSet<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    let calls = Arc::new(Mutex::new(BTreeSet::new()));
    let heard = Arc::clone(&calls);
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok((count, caller)) = socket.recv_from(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if !text.starts_with("INVITE ") {
                continue;
            }
            let line = |name: &str| {
                text.lines()
                    .find(|line| line.starts_with(name))
                    .unwrap()
                    .to_owned()
            };
            heard.lock().unwrap().insert(line("Call-ID:"));
            let lines = ["Via:", "From:", "Call-ID:", "CSeq:"]
                .map(line)
                .join("\r\n");
            let answer = format!(
                "SIP/2.0 486 Busy Here\r\n{lines}\r\n{};tag=b\r\nContent-Length: 0\r\n\r\n",
                line("To:")
            );
            let _ = socket.send_to(answer.as_bytes(), caller);
        }
    });
    (at, calls)
}

#[test]
fn a_far_end_that_is_busy_gives_way_to_the_page_and_neither_is_tried_again() {
    if !can_run() || !has_baresip() {
        return;
    }
    let (at, calls) = busy();
    let (folder, daemon) = room("sip", at);
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
    assert_eq!(calls.lock().unwrap().len(), 1, "called once");
}
