//! The real daemon, a real sound server, and a made-up room between the devices that the server invents: a check of the room hears
//! what is wrong with it, whatever the loudness that somebody chose, and what its own canceller leaves of an echo.

use crate::cancellers::{Canceller, Known};
use crate::kit::{Daemon, Folder, ROOM, SOON, until};
use crate::sound::{SOUND, Server, can_sound, sound};
use emulators::ports;
use preflight::sound::{Loss, echo_loss, speech};
use room_api::{Light, ProofReport};
use std::time::{Duration, Instant};
use virtual_room::{Devices, Fault, Room, Size, VirtualRoom};

const SIZE: Size = Size {
    rate: 48_000,
    loudspeakers: 1,
    microphones: 1,
};
/// A room in which nothing is wrong, and the same on another day.
const SEED: u64 = 5;

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

/// Decibels of echo loss with the room's own canceller.
fn loss(report: &ProofReport) -> Option<f64> {
    let mut figures = report.checks.iter().flat_map(|check| &check.figures);
    let ours = figures.find(|figure| figure.measure == "echo-loss-by-room")?;
    Some(ours.value)
}

/// What was not measured.
fn notes(report: &ProofReport) -> Vec<&str> {
    let notes = report.checks.iter().flat_map(|check| &check.notes);
    notes.map(|note| note.code.as_str()).collect()
}

/// A room whose devices are used, and what lies between them.
fn furnished(room: &str) -> (Folder, Server, Daemon, VirtualRoom) {
    let folder = Folder::with(room);
    let server = Server::start(&folder, &[]);
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
    let air = VirtualRoom::open(&Room::installed(SIZE, SEED), devices).unwrap();
    (folder, server, daemon, air)
}

#[test]
fn a_check_hears_what_is_wrong_with_the_room_at_any_loudness() {
    if !can_sound() || !Canceller::can_run("sound_proof") {
        return;
    }
    // In this room's calls by SIP it cancels by itself, in those of a page the conference does.
    let sip = format!(
        "[sip]\ndomains = [\"conf.example\"]\ncontrol = \"127.0.0.1:{}\"\n",
        ports::free()
    );
    let (folder, _server, daemon, room) = furnished(&format!("{ROOM}{SOUND}{sip}"));
    let canceller = Canceller::start(&folder);
    let well = proven(&daemon, 1);
    assert_eq!(sounds(&well), [""; 0], "{:?}", well.findings);
    assert_eq!(light(&well), Some(Light::Green));
    eprintln!("the room's own canceller: {:?} dB", loss(&well));
    assert!(loss(&well).is_some_and(|loss| loss >= 40.0));
    assert_eq!(notes(&well), ["echo-by-conference"]);

    // Half as loud by hand is no fault of the room's; a humming microphone is, and a canceller that does not run.
    drop(canceller);
    assert_eq!(daemon.press(r#"{"press":"volume","percent":50}"#), 202);
    until("half as loud", || {
        (daemon.state().volume.seen == Some(50)).then_some(())
    });
    room.become_another(&Room::broken(SIZE, SEED, Fault::Hum(0, -40.0)))
        .unwrap();
    let hums = proven(&daemon, 2);
    let found = sounds(&hums);
    assert_eq!(found, ["sound-canceller-away", "sound-hum"]);
    assert_eq!((light(&hums), loss(&hums)), (Some(Light::Red), None));
    let words = &hums.findings.iter().find(|f| f.code == "sound-hum");
    let words = &words.unwrap().de;
    assert!(
        words.what.contains("microphone") || words.what.contains("Mikrofon"),
        "{words:?}"
    );
}

/// Of the room that lies between the devices, by its own arithmetic: both channels of its loudspeaker play the same.
fn truth() -> f64 {
    let take = speech(SIZE.rate);
    let both: Vec<f32> = take.samples.iter().map(|sample| 2.0 * sample).collect();
    let heard = Room::installed(SIZE, SEED).record(&both, 0, 0);
    match echo_loss(&take, &heard) {
        Some(Loss::Of(loss)) => loss.0,
        other => panic!("an echo is to be heard: {other:?}"),
    }
}

#[test]
fn a_check_finds_a_canceller_that_does_nothing_by_the_rooms_own_figure() {
    if !can_sound() {
        return;
    }
    let ours = SOUND.replace(
        "[sound]",
        "[policy]\nvolume_at_start = 100\n[sound]\necho = \"room\"",
    );
    let (folder, _server, daemon, _air) = furnished(&format!("{ROOM}{ours}"));
    until("all of the loudness", || {
        (daemon.state().volume.seen == Some(100)).then_some(())
    });
    let _nothing = Known::start(&folder, 0.0);
    let report = proven(&daemon, 1);
    assert_eq!(sounds(&report), ["sound-echo-remains"]);
    assert_eq!(light(&report), Some(Light::Red));
    let (found, truth) = (loss(&report).unwrap(), truth());
    eprintln!("the room alone takes {truth:.1} dB, a canceller that does nothing {found:.1} dB");
    assert!((found - truth).abs() <= 1.5, "{found} instead of {truth}");
    assert!(notes(&report).is_empty());
}
