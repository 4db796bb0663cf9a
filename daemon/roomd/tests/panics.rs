//! A bug in any task: the daemon ends at once, leaves a recording behind, and prints nothing made from values.

use room_core::Room;
use room_core::event::Event;
use room_core::units::Mono;
use room_profile::{SourceFile, Sources};
use roomd::recorder::Recorder;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;

const CHILD: &str = "ROOMD_TEST_PANICS_IN";
const SIGABRT: i32 = 6;

/// The part that panics, in a process of its own: this very test, started again.
fn panic_in(folder: PathBuf) {
    let sources = Sources {
        room: SourceFile::new("room.toml", "[room]\nname = \"Saal\"\n"),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: Vec::new(),
        camera_models: Vec::new(),
        audio_models: Vec::new(),
        folder: "/".into(),
    };
    let plan = room_profile::check(&sources)
        .expect("the room is right")
        .plan;
    let mut room = Room::new(plan, Mono(0));
    let recorder = Recorder::default();
    roomd::logs::start();
    roomd::panics::end_the_daemon(recorder.clone(), folder);
    recorder.begin(Mono(1), &Event::Deadline, &room);
    let effects = room.step(Mono(1), Event::Deadline);
    let wakes = room
        .next_deadline()
        .map(|(at, why)| (at, format!("{why:?}")));
    recorder.end(&effects, wakes);
    recorder.begin(Mono(2), &Event::Stopping, &room);
    let secret = String::from("GEHEIM");
    let task = std::thread::spawn(move || assert!(secret.is_empty(), "{secret}"));
    let _ = task.join();
    unreachable!("a panic in another thread ends the process");
}

#[test]
fn a_panic_anywhere_ends_the_daemon_with_a_recording() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return panic_in(folder.into());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let itself = std::env::current_exe().expect("this test");
    let ended = Command::new(itself)
        .args([
            "--exact",
            "a_panic_anywhere_ends_the_daemon_with_a_recording",
            "--nocapture",
        ])
        .env(CHILD, folder.path())
        .env_remove("RUST_LOG")
        .output()
        .expect("it can be started");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.signal(), Some(SIGABRT), "{said}");
    assert!(
        said.contains("a bug: the daemon ends") && said.contains("panics.rs"),
        "{said}"
    );
    assert!(!said.contains("GEHEIM"), "{said}");

    let mut recordings = std::fs::read_dir(folder.path()).expect("the folder");
    let recording = recordings
        .next()
        .expect("a recording")
        .expect("it can be read")
        .path();
    let text = std::fs::read_to_string(recording).expect("it can be read");
    let mut out = Vec::new();
    let outcome = roomd::replay::replay(text.as_bytes(), &mut out).expect("it can be played");
    assert_eq!((outcome.steps, outcome.different), (2, 0));
    let out = String::from_utf8_lossy(&out);
    assert!(out.contains("the recording ends inside this step"), "{out}");
}
