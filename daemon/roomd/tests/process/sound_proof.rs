//! The real daemon, a real sound server, and a made-up room between the devices that the server invents: a check of the room hears
//! what is wrong with it, whatever the loudness that somebody chose.

use crate::kit::{Daemon, Folder, ROOM, SOON, until};
use crate::sound::{SOUND, Server, can_sound, sound};
use room_api::{Light, ProofReport};
use std::time::{Duration, Instant};
use virtual_room::{Devices, Fault, Room, Size, VirtualRoom};

const SIZE: Size = Size {
    rate: 48_000,
    loudspeakers: 1,
    microphones: 1,
};
/// A room in which nothing is wrong, and the same on another day.
const SEED: u64 = 7;

/// Presses, and waits for check number so many.
fn proven(daemon: &Daemon, number: usize) -> ProofReport {
    assert_eq!(daemon.press(r#"{"press":"preflight"}"#), 202);
    let began = Instant::now();
    loop {
        let (status, body) = daemon.ask("GET", "/api/v1/preflight", "");
        assert_eq!(status, 200, "{body}");
        let seen: ProofReport = serde_json::from_str(&body).unwrap();
        if seen.history.len() == number {
            return seen;
        }
        assert!(began.elapsed() < 4 * SOON, "check {number} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn sounds(report: &ProofReport) -> Vec<&str> {
    let codes = report.findings.iter().map(|f| f.code.as_str());
    codes.filter(|code| code.starts_with("sound")).collect()
}

/// What the check of sound alone came to.
fn light(report: &ProofReport) -> Option<Light> {
    let mut checks = report.checks.iter();
    checks.find(|check| check.check == "sound")?.light
}

#[test]
fn a_check_hears_what_is_wrong_with_the_room_at_any_loudness() {
    if !can_sound() {
        return;
    }
    let folder = Folder::with(&format!("{ROOM}{SOUND}"));
    let _server = Server::start(&folder, &[]);
    let daemon = folder.start(&[]);
    until("the room's sound", || {
        let sound = sound(&daemon);
        let used = [sound.microphone?.device?, sound.loudspeaker?.device?];
        (used == ["Tischmikrofon", "Saal"] && daemon.state().volume.seen.is_some()).then_some(())
    });
    let devices = Devices {
        socket: Some(folder.path("run/sound/pipewire-0")),
        loudspeakers: vec!["stand-in-front".to_owned()],
        microphones: vec!["stand-in-table".to_owned()],
    };
    let room = VirtualRoom::open(&Room::installed(SIZE, SEED), devices).unwrap();

    let well = proven(&daemon, 1);
    assert_eq!(sounds(&well), [""; 0], "{:?}", well.findings);
    assert_eq!(light(&well), Some(Light::Green));

    // Half as loud by hand is no fault of the room's; a humming microphone is.
    assert_eq!(daemon.press(r#"{"press":"volume","percent":50}"#), 202);
    until("half as loud", || {
        (daemon.state().volume.seen == Some(50)).then_some(())
    });
    room.become_another(&Room::broken(SIZE, SEED, Fault::Hum(0, -40.0)))
        .unwrap();
    let hums = proven(&daemon, 2);
    assert_eq!(sounds(&hums), ["sound-hum"], "{:?}", hums.findings);
    let words = &hums
        .findings
        .iter()
        .find(|f| f.code == "sound-hum")
        .unwrap()
        .de;
    assert!(
        words.what.contains("microphone") || words.what.contains("Mikrofon"),
        "{words:?}"
    );
}
