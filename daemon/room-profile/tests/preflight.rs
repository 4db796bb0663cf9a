//! When the room proves itself, in its file: what holds without a word, and what people get wrong.

mod common;

use common::{problems, right};
use expect_test::expect;
use std::time::Duration;

const ROOM: &str = "[room]\nname = \"Saal 2\"\n";

#[test]
fn without_a_word_it_proves_itself_and_one_word_ends_that() {
    let profile = right(ROOM);
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let plan = profile.plan.preflight.unwrap();
    assert_eq!(plan.before, [minutes(15), minutes(5)]);
    let hours = profile.preflight;
    let night = hours.night.map(|t| (t.hour, t.minute));
    assert_eq!(night, Some((3, 0)));
    assert_eq!(hours.tomorrow.map(|t| t.hour), Some(18));
    assert_eq!(hours.path.round_trip, Duration::from_millis(200));
    let off = right(&format!("{ROOM}[preflight]\nenabled = false\n"));
    assert_eq!(off.plan.preflight, None);
}

#[test]
fn times_come_in_their_order() {
    let profile = right(&format!(
        r#"{ROOM}
[preflight]
before = ["5 min", "1 h", "5 min"]
night = "never"
tomorrow = "7:30"
quiet = ["22:00-06:00", "12:00-13:00"]
[preflight.path]
loss = 5
rate = 0
"#
    ));
    let plan = profile.plan.preflight.unwrap();
    let seconds: Vec<u64> = plan.before.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [3600, 300]);
    let hours = profile.preflight;
    assert_eq!(hours.night, None);
    let quiet = |n: usize| (hours.quiet[n].0.hour, hours.quiet[n].1.hour);
    assert_eq!((quiet(0), quiet(1)), ((22, 6), (12, 13)));
    assert_eq!((hours.path.loss, hours.path.rate), (5, 0));
}

#[test]
fn mistakes_about_checks_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal 2"
[preflight]
enabled = "yes"
before = ["15 min", "90 s"]
night = "3 o'clock"
quiet = ["22-6"]
tomorow = "18:00"
[preflight.path]
loss = 200
"#,
        expect![[r#"
            room.toml:5:11: expected `true` or `false`, found a text; write it without quotes
            room.toml:6:10: a check 90 s before the meeting would never run; it must be over when the conference's page is prepared: more than 120 s before
            room.toml:7:9: `3 o'clock` is not a time of day; write hours and minutes from "00:00" to "23:59", or "never"
            room.toml:8:9: `22-6` says no hours; write from when until when: "22:00-06:00"
            room.toml:9:1: unknown key `tomorow` in `[preflight]`; did you mean `tomorrow`?
            room.toml:11:8: expected a whole number from 0 to 100, found 200"#]],
    );
    problems(
        "[room]\nname = \"Saal 2\"\n[preflight]\nbefore = [\"1 d\"]\nquiet = \"22:00-06:00\"\n",
        expect![[r#"
            room.toml:4:10: "1 d" is too long before; at most "4 h"; `night` is for everything earlier
            room.toml:5:9: expected a list of hours such as `["22:00-06:00"]`, found a text; write it in brackets"#]],
    );
}
