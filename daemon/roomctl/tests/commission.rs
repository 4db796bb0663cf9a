//! `roomctl commission` and `roomctl doctor` by script over an emulated kit: a camera head and a table button on serial lines,
//! a calendar in a file. Interrupted anywhere, the room's file is whole or not there.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod kit;

use kit::{Kit, said};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_kit_becomes_a_room_with_a_report_and_the_doctor_knows_it() {
    let mut kit = Kit::new();
    kit.write("room.toml", "[room]\nname = \"Before\"\n");
    let began = Instant::now();
    let done = kit.run("commission --answers answers.toml --language de --report report.html");
    let took = began.elapsed();
    assert!(done.status.success(), "{}", said(&done));
    eprintln!(
        "commissioned in {:.1} s: {}",
        took.as_secs_f64(),
        String::from_utf8_lossy(&done.stdout)
    );
    assert!(
        said(&done).contains("Sitzungssaal 2: 9 answers"),
        "{}",
        said(&done)
    );

    let room = kit.room();
    assert_eq!(room.plan.name, "Sitzungssaal 2");
    assert_eq!(room.plan.heads[0].presets.len(), 2);
    assert_eq!(room.pucks.len(), 1);
    assert_eq!(
        fs::read_to_string(kit.file("room.toml.1")).unwrap(),
        "[room]\nname = \"Before\"\n"
    );

    let report = fs::read_to_string(kit.file("report.html")).unwrap();
    for part in [
        "Installationsbericht",
        "Kamera „front“ bewegt und zurückgelesen",
        "Tischtaster „table“ gedrückt",
        "davon mit Link",
        "Unterschrift",
        "kit/front",
    ] {
        assert!(report.contains(part), "{part}\n{}", said(&done));
    }
    assert!(!report.contains("rat-tag-amt-neu"), "a link is private");

    let same = kit.run("doctor");
    assert!(same.status.success(), "{}", said(&same));
    assert!(
        said(&same).contains("Nichts hat sich geändert."),
        "{}",
        said(&same)
    );

    kit.camera = None;
    let text = fs::read_to_string(kit.file("room.toml")).unwrap();
    kit.write(
        "room.toml",
        &text.replace("join = \"on-press\"", "join = \"by-itself\""),
    );
    let changed = kit.run("doctor --json --language en");
    assert_eq!(changed.status.code(), Some(1), "{}", said(&changed));
    let found: serde_json::Value = serde_json::from_slice(&changed.stdout).unwrap();
    let codes: Vec<&str> = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["missing", "limit"], "{found:#}");
    assert_eq!(found["changes"][1]["was"], "on-press");

    // Another room of the kit: its name and calendar, and what is each room's own.
    kit.plug();
    kit.write(
        "other.toml",
        &format!(
            "name = \"Saal 3\"\ncalendar = \"{}\"\n",
            kit.file("room.ics").display()
        ),
    );
    fs::copy(kit.file("state/record.json"), kit.file("saal-2.json")).unwrap();
    let second = kit.run("commission --answers other.toml --template saal-2.json --language de");
    assert!(second.status.success(), "{}", said(&second));
    assert!(
        said(&second).contains("Saal 3: 4 answers"),
        "{}",
        said(&second)
    );
    assert_eq!(kit.room().hosts.len(), 1, "the template's");
}

#[test]
fn killed_anywhere_it_goes_on_and_no_file_is_half() {
    let kit = Kit::new();
    let words = "commission --answers answers.toml --language de";
    // Half a second before the first question, then all along; the last one may take its time.
    let cuts = [300, 1800, 2000, 2300, 2700, 3300, 60_000].map(Duration::from_millis);
    for (runs, wait) in cuts.into_iter().enumerate() {
        let go_on = match kit.file("state/state.json").exists() {
            true => " --continue",
            false => "",
        };
        let mut child = kit
            .command(&format!("{words}{go_on}"))
            .stderr(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let until = Instant::now() + wait;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if Instant::now() >= until {
                break None;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        };
        if kit.file("room.toml").exists() {
            kit.room();
        }
        if let Some(status) = ended {
            assert!(status.success(), "after {runs} cuts");
            break;
        }
        assert!(wait < Duration::from_secs(60), "it never comes to an end");
        kill(
            Pid::from_raw(child.id().try_into().unwrap()),
            Signal::SIGKILL,
        )
        .unwrap();
        child.wait().unwrap();
    }
    let record = fs::read_to_string(kit.file("state/record.json")).unwrap();
    assert!(
        record.contains("\"given\": 9"),
        "no question was asked twice"
    );
    assert_eq!(kit.room().plan.heads[0].presets.len(), 2);
}

#[test]
fn mistakes_are_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.toml");
    let run = |text: &str| {
        fs::write(&answers, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_roomctl"));
        command
            .current_dir(folder.path())
            .args("commission --room room.toml --state state --anew".split(' '));
        let done = command.arg("--answers").arg(&answers).output().unwrap();
        assert_eq!(done.status.code(), Some(1));
        said(&done)
    };
    assert!(run("colour = \"red\"").contains("no question is called `colour`"));
    assert!(run("help = \"1\"").contains("has no answer for `name`"));
    assert!(
        run("name = \"A\"\nhosts = \"a.example\"").contains("the answer to `hosts` is not taken")
    );
    let doctor = Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .current_dir(folder.path())
        .args(["doctor", "--state", "nowhere"])
        .output()
        .unwrap();
    assert!(
        said(&doctor).contains("`roomctl commission` leaves one"),
        "{}",
        said(&doctor)
    );
}
