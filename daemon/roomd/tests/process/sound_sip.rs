//! A call by SIP with the room's own sound: its client, as its unit starts it, over the sound server's face; what the far end may do
//! to the microphone, what becomes of the call when that face dies, and when the room's own canceller hangs.

use crate::cancellers::Canceller;
use crate::contract::later;
use crate::kit::{Daemon, Folder, until};
use crate::sound::{Graph, Panel, SOUND, Server, can_sound, graph_of, in_call, sound};
use crate::ways::{Program, client, has_baresip};
use emulators::ports;
use emulators::sip::Place;
use nix::sys::signal::Signal;
use room_api::{EchoBy, Phase, Switch};
use std::path::Path;
use std::time::{Duration, Instant};
use virtual_room::{Devices, Room, Size, VirtualRoom};

const SIZE: Size = Size {
    rate: 48_000,
    loudspeakers: 1,
    microphones: 1,
};

/// The client's streams in the graph.
const CLIENT: &str = "ALSA plug-in [baresip]";

/// A server that died is back after 0.1 s, and two more pass until clients are told; the rest is the machine's.
const BACK: Duration = Duration::from_secs(15);

/// Whether ALSA speaks PulseAudio here. Never silent.
fn has_plugin() -> bool {
    let there = Path::new("/etc/alsa/conf.d/50-pulseaudio.conf").exists();
    let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
    assert!(
        there || !all,
        "all tests were asked for, but this one needs libasound2-plugins"
    );
    if !there {
        eprintln!("SKIPPED: sound_sip: needs libasound2-plugins");
    }
    there
}

/// A room that calls by SIP alone, with the sound that its file names.
fn room(far: std::net::SocketAddr) -> (Folder, u16) {
    let (panel, control) = (ports::free(), ports::free());
    let folder = Folder::with(&format!(
        "board = \"demo\"\n[room]\nname = \"Testsaal\"\n[faces]\nlisten = \"127.0.0.1:{panel}\"\n\
         [hosts]\n\"conf.example\" = \"pexip\"\n[ways]\npexip = \"sip\"\n[practice]\nlisten = \"127.0.0.1:0\"\n\
         [preflight]\nenabled = false\n[calendars.bookings]\nfile = \"calendar.ics\"\n\
         [sip]\ndomains = [\"conf.example\"]\ntransport = \"udp\"\nencryption = \"none\"\nproxy = \"{far}\"\n\
         control = \"127.0.0.1:{control}\"\ncamera = \"fakevideo,nil\"\nscreen = \"fakevideo,\"\n{SOUND}"
    ));
    let stamp = |minutes: i64| {
        (chrono::Utc::now() + chrono::Duration::minutes(minutes)).format("%Y%m%dT%H%M%SZ")
    };
    let (from, to) = (stamp(-1), stamp(30));
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1@test.invalid\r\nDTSTAMP:{from}\r\n\
         DTSTART:{from}\r\nDTEND:{to}\r\nSUMMARY:Ratsrunde\r\nDESCRIPTION:SIP: 97912345@conf.example\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    folder.write("calendar.ics", &calendar);
    (folder, panel)
}

fn has_fault(daemon: &Daemon, code: &str) -> bool {
    let faults = daemon.state().faults;
    faults.iter().any(|fault| fault.code == code)
}

/// What the lamp shows, whether the graph lets the microphone through, and whether the client has it and the loudspeaker.
fn now(daemon: &Daemon, graph: &Graph) -> (Option<Switch>, bool, bool, bool) {
    let heard = graph.ears("room-microphone").contains(&CLIENT.to_owned());
    let heard_here = graph
        .sources("room-loudspeaker")
        .contains(&CLIENT.to_owned());
    (
        daemon.state().mic.seen,
        !graph.is_muted(),
        heard,
        heard_here,
    )
}

fn settled(daemon: &Daemon, graph: &Graph, wanted: Switch) {
    let open = wanted == Switch::Open;
    let began = Instant::now();
    loop {
        let now = now(daemon, graph);
        if now == (Some(wanted), open, open, true) {
            return;
        }
        assert!(began.elapsed() < BACK, "{now:?} and not {wanted:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What both ends of the call said, when a test fails.
struct Said<'a>(&'a Folder);

impl Drop for Said<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for log in ["client.log", "far/log"] {
            let said = std::fs::read_to_string(self.0.path(log)).unwrap_or_default();
            eprintln!("{log}:\n{said}");
        }
    }
}

#[test]
fn a_call_by_sip_has_the_rooms_sound_and_has_it_again_when_its_server_died() {
    if !can_sound() || !has_baresip() || !has_plugin() || !Canceller::can_run("sound_sip") {
        return;
    }
    let place = Place::take().unwrap();
    let (folder, port) = room(place.at());
    let graph = Graph(&folder);
    let _server = graph_of(&folder);
    let clients = Server::start(&folder, &["--clients"]);
    until("the face's socket", || {
        folder.path("sound-clients/native").exists().then_some(())
    });
    let (mut canceller, signs) = Canceller::watched(&folder, Duration::from_millis(600));
    let daemon = folder.start(&[]);
    let devices = Devices {
        socket: Some(folder.path("run/sound/pipewire-0")),
        loudspeakers: vec!["stand-in-front".to_owned()],
        microphones: vec!["stand-in-table".to_owned()],
    };
    // A microphone without any noise would look muted to the client.
    let _air = VirtualRoom::open(&Room::installed(SIZE, 5), devices).unwrap();
    let far = place.far_end(&folder.path("far"), "97912345").unwrap();
    let _client: Program = client(&folder);
    let _said = Said(&folder);
    later("the client", &daemon, || {
        let log = daemon.log();
        log.contains("the SIP client obeys").then_some(())
    });
    until("the meeting", || daemon.state().meetings.into_iter().next());
    let panel = Panel::open(port);
    panel.press(r#"{"press":"join"}"#);
    later("the call by SIP", &daemon, || {
        in_call(&daemon).then_some(())
    });
    settled(&daemon, &graph, Switch::Closed);
    panel.press(r#"{"press":"mic","to":"open"}"#);
    settled(&daemon, &graph, Switch::Open);
    assert_eq!(sound(&daemon).echo, EchoBy::Room);
    until("the canceller in the way", || {
        (graph.sources("room-microphone") == ["room-canceller"]).then_some(())
    });

    // The client opens its devices while the graph turns; what stands from the first moment on it cannot open at all.
    std::thread::sleep(Duration::from_millis(1500));
    settled(&daemon, &graph, Switch::Open);

    // It gives signs of life to systemd while it lives; one that hangs gives none, is gone around, and that is said.
    let mut sign = [0; 64];
    signs.set_read_timeout(Some(BACK)).unwrap();
    for says in ["READY=1\n", "WATCHDOG=1\n", "WATCHDOG=1\n"] {
        let length = signs.recv(&mut sign).unwrap();
        assert_eq!(&sign[..length], says.as_bytes());
    }
    canceller.signal(Signal::SIGSTOP);
    let stopped = Instant::now();
    until("the microphone past the canceller", || {
        (graph.sources("room-microphone") == ["stand-in-table"]).then_some(())
    });
    eprintln!("gone around {:?} after it hung", stopped.elapsed());
    assert!(stopped.elapsed() < Duration::from_secs(6));
    until("the sentence about it", || {
        has_fault(&daemon, "canceller-gone").then_some(())
    });
    signs.set_nonblocking(true).unwrap();
    while signs.recv(&mut sign).is_ok() {}
    std::thread::sleep(Duration::from_millis(600));
    assert!(
        signs.recv(&mut sign).is_err(),
        "a sign of life while it hangs"
    );
    assert!(in_call(&daemon));
    settled(&daemon, &graph, Switch::Open);
    // As systemd ends one that gives no signs; this one finds its connection gone when it wakes.
    canceller.signal(Signal::SIGCONT);
    assert!(!canceller.ended().success(), "its unit starts it again");
    let _canceller = Canceller::start(&folder);
    until("the canceller in the way again", || {
        (graph.sources("room-microphone") == ["room-canceller"]).then_some(())
    });
    until("nothing to say", || {
        (!has_fault(&daemon, "canceller-gone")).then_some(())
    });

    // The server's face dies alone.
    drop(clients);
    until("the sentence about it", || {
        has_fault(&daemon, "sound-server-gone").then_some(())
    });
    assert!(in_call(&daemon), "the call goes on");
    let _clients = Server::start(&folder, &["--clients"]);
    let back = Instant::now();
    until("its absence", || {
        (!has_fault(&daemon, "sound-server-gone")).then_some(())
    });
    settled(&daemon, &graph, Switch::Open);
    eprintln!(
        "heard again {:?} after the face was started",
        back.elapsed()
    );

    // The far end puts the room on hold: closed everywhere, and its return opens nothing.
    far.order("hold").unwrap();
    let held = |daemon: &Daemon| matches!(daemon.state().phase, Phase::Waiting { .. });
    until("the hold", || held(&daemon).then_some(()));
    let closed = || {
        let (seen, lets_through, ..) = now(&daemon, &graph);
        seen != Some(Switch::Open) && !lets_through
    };
    until("a closed microphone", || closed().then_some(()));
    far.order("resume").unwrap();
    until("the end of the hold", || in_call(&daemon).then_some(()));
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        assert!(closed(), "{:?}", now(&daemon, &graph));
        std::thread::sleep(Duration::from_millis(50));
    }
    panel.press(r#"{"press":"mic","to":"open"}"#);
    settled(&daemon, &graph, Switch::Open);
}
