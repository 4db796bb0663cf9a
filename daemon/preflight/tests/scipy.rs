//! Sweep, response, delay and reverberation held against scipy, which shares no line with what is tested.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{RATE, Room, SIZE, ear};
use preflight::sound::Sweep;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The distribution's own Python, whose packages tests/setup installs.
const PYTHON: &str = "/usr/bin/python3";

fn can_run() -> bool {
    let tried = Command::new(PYTHON).args(["-c", "import scipy"]).output();
    if tried.is_ok_and(|done| done.status.success()) {
        return true;
    }
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one needs python3-scipy"
    );
    eprintln!("SKIPPED: scipy's judgement: needs python3-scipy");
    false
}

fn numbers(samples: impl IntoIterator<Item = f64>) -> String {
    let texts: Vec<String> = samples.into_iter().map(|s| format!("{s:e}")).collect();
    format!("[{}]", texts.join(","))
}

fn given() -> String {
    let sweep = Sweep::at(RATE);
    let ear = ear();
    let mut rooms = Vec::new();
    for seed in 2000..2006 {
        let mut room = Room::with(SIZE, seed, 0.3 + (seed % 3) as f64 * 0.1);
        let recording = room.record(&ear.take().samples, 0, 0);
        let measured = ear.hear(&recording).sweep.unwrap();
        let bands = measured.response.iter();
        let bands: Vec<String> = bands
            .map(|b| format!("[{},{}]", b.middle, b.gain.0))
            .collect();
        let decay = measured
            .reverberation
            .map_or("null".to_owned(), |s| s.to_string());
        let mut text = String::new();
        write!(
            text,
            "{{\"delay\":{},\"reverberation\":{decay},\"response\":[{}],\"recording\":{}}}",
            measured.delay.0,
            bands.join(","),
            numbers(recording.iter().map(|s| f64::from(*s)))
        )
        .unwrap();
        rooms.push(text);
    }
    format!(
        "{{\"rate\":{RATE},\"from\":{},\"to\":{},\"seconds\":{},\"peak\":{},\"lead\":{},\"sweep\":{},\"rooms\":[{}]}}",
        sweep.from,
        sweep.to,
        sweep.seconds,
        sweep.peak,
        ear.take().lead,
        numbers(sweep.samples().iter().map(|s| f64::from(*s))),
        rooms.join(",")
    )
}

#[test]
fn scipy_finds_the_same() {
    if !can_run() {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge_by_scipy.py");
    let mut python = Command::new(PYTHON)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(given().as_bytes()).unwrap();
    drop(input);
    let done = python.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}");
    // What was not judged was not judged well.
    let judged = said.lines().next().unwrap_or_default();
    assert_eq!(judged, "sweep=1 delay=6 band=120 decay=6", "{said}");
}
