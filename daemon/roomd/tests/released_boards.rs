//! The file of a room's board as its fleet released it: which one a daemon finds at its start, whatever ended the one before.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use config_files::{BoardFrom, Files, Released};
use roomd::boards::{Boards, Use};
use std::fs;
use tempfile::TempDir;

const BOARD: &str = "rock-5b";

/// A room on this board with a lamp on one of its pins.
fn room(folder: &TempDir) -> Files {
    let room = folder.path().join("room.toml");
    let text = format!(
        "board = \"{BOARD}\"\n[room]\nname = \"Saal\"\n[lamps.door]\nline = \"pin 11\"\nshows = \"busy\"\n"
    );
    fs::write(&room, text).unwrap();
    Files::new(room, None)
}

/// A daemon's start, and what it finds: its files, and the line of the lamp.
fn started(folder: &TempDir) -> (Boards, String) {
    let files = room(folder);
    let came = files.profile().unwrap();
    let boards = Boards::open(files, folder.path().join("state/boards"));
    let profile = boards.start(came);
    let line = format!("{:?}", profile.fittings.lamps[0].line);
    (boards, line)
}

fn released(revision: u32, line: &str, more: &str) -> Released {
    let text = format!(
        "inherit = \"generic-pc\"\n{more}\n[machine]\nrevision = {revision}\ntitle = \"Board\"\n[machine.lines]\n\"pin 11\" = \"{line}\"\n"
    );
    Released::new(BOARD, &text)
}

fn revision(boards: &Boards) -> (BoardFrom, u32) {
    let in_use = boards.in_use().unwrap();
    (in_use.from, in_use.revision())
}

#[test]
fn what_is_on_trial_is_used_by_one_start_and_gone_back_from_at_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (boards, before) = started(&folder);
    assert_eq!(revision(&boards), (BoardFrom::Package, 1));
    let new = released(2, "NEW", "");
    boards.try_on(&new, Use::WithTheNextStart).unwrap();
    assert!(boards.on_trial().is_none(), "not by this one");
    let (boards, line) = started(&folder);
    assert!(line.contains("NEW"), "{line}");
    assert_eq!(revision(&boards), (BoardFrom::Release, 2));
    assert!(boards.answer().unwrap().on_trial);
    // Killed, without a word.
    let (boards, line) = started(&folder);
    assert_eq!((line, boards.on_trial().is_none()), (before.clone(), true));
    assert_eq!(revision(&boards), (BoardFrom::Package, 1));
    // The same where no new start was needed.
    boards.try_on(&new, Use::Now).unwrap();
    boards.use_it(Some(new));
    assert_eq!(revision(&boards), (BoardFrom::Release, 2));
    let (boards, line) = started(&folder);
    assert_eq!((line, revision(&boards)), (before, (BoardFrom::Package, 1)));
}

#[test]
fn what_was_proven_counts_at_each_start_until_something_newer_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (boards, _) = started(&folder);
    boards
        .try_on(&released(2, "NEW", ""), Use::WithTheNextStart)
        .unwrap();
    let (boards, _) = started(&folder);
    boards.keep().unwrap();
    assert!(!boards.answer().unwrap().on_trial);
    for _ in 0..2 {
        let (boards, line) = started(&folder);
        assert!(line.contains("NEW"), "{line}");
        assert_eq!(revision(&boards), (BoardFrom::Release, 2));
    }
    boards
        .try_on(&released(3, "NEWER", ""), Use::WithTheNextStart)
        .unwrap();
    let (boards, line) = started(&folder);
    assert!(line.contains("NEWER"), "{line}");
    boards.give_up();
    let (boards, line) = started(&folder);
    assert!(line.contains("NEW\""), "{line}");
    // What the operator lays beside the room's file counts before it; so does what came with the package, when it is not older.
    let own = folder.path().join("boards");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("rock-5b.toml"), &*released(1, "OWN", "").file.text).unwrap();
    assert_eq!(revision(&boards), (BoardFrom::Machine, 1));
    let (_, line) = started(&folder);
    assert!(line.contains("OWN"), "{line}");
}

#[test]
fn only_what_is_newer_than_the_packages_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (boards, before) = started(&folder);
    boards
        .try_on(&released(1, "NEW", ""), Use::WithTheNextStart)
        .unwrap();
    let (boards, line) = started(&folder);
    assert_eq!((line, revision(&boards)), (before, (BoardFrom::Package, 1)));
}

#[test]
fn a_release_that_does_not_fit_is_said_and_the_room_starts_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let no_pin = Released::new(BOARD, "inherit = \"generic-pc\"\n[machine]\nrevision = 2\n");
    for (new, code) in [
        (no_pin, "release-board-unfit"),
        (released(2, "NEW", "[sense]"), "release-board-unfit"),
        (
            released(2, "NEW", "[hosts]\n\"a.example\" = \"bbb\""),
            "release-board-beyond",
        ),
        (
            released(2, "NEW", "[browser]\nwidth = 1280"),
            "release-board-beyond",
        ),
        (
            released(2, "NEW", "[room]\nstate_dir = \"elsewhere\""),
            "release-board-beyond",
        ),
        (
            released(2, "NEW", "[fleet]\nserver = \"https://b.example\""),
            "release-board-beyond",
        ),
        (
            released(2, "NEW", "[policy]\nafter_crash = \"restore\""),
            "release-board-beyond",
        ),
        (
            released(2, "NEW", "[microphones.a]\nstand_in = true"),
            "release-board-beyond",
        ),
        (
            released(
                2,
                "NEW",
                "[displays.main]\noutput = \"HDMI-A-2\"\nlinks = [{ line = \"tcp://127.0.0.1:9\", model = \"samsung-signage\" }]",
            ),
            "release-board-beyond",
        ),
    ] {
        let (boards, before) = started(&folder);
        let unfit = boards.fits(&new).unwrap_err();
        assert_eq!(unfit.code(), code, "{}: {unfit}", new.file.text);
        boards.try_on(&new, Use::WithTheNextStart).unwrap();
        let (boards, line) = started(&folder);
        assert_eq!((line, revision(&boards)), (before, (BoardFrom::Package, 1)));
    }
    let (boards, _) = started(&folder);
    let places = released(2, "NEW", "[places]\nFRONT = \"0000:00:14.0/3.2\"");
    assert!(boards.fits(&places).is_ok());
}

#[test]
fn a_damaged_file_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (_, before) = started(&folder);
    let state = folder.path().join("state/boards");
    fs::create_dir_all(&state).unwrap();
    for (name, bytes) in [
        ("rock-5b.toml", &b"\xff\xfe"[..]),
        ("rock-5b.toml", b"[machine\nrevision = 9"),
        ("trial.json", b"{"),
    ] {
        fs::write(state.join(name), bytes).unwrap();
        let (_, line) = started(&folder);
        assert_eq!(line, before, "{name}");
    }
}
