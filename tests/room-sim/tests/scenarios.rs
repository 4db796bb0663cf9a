//! Every file in `tests/scenarios` is a story that goes as it is told.
//! `UPDATE=1 cargo test -p room-sim --test scenarios` writes down how it really went: read the difference before you keep it.

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

fn stories() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the folder of scenarios");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut stories: Vec<PathBuf> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    stories.sort();
    stories
}

/// What is wrong with a story, as text to read and to paste.
fn check(path: &Path, update: bool) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("a readable story");
    let played = match room_sim::story::play(&text) {
        Ok(played) => played,
        Err(unreadable) => {
            return Some(format!("{name}:{}: {}", unreadable.line, unreadable.doubt));
        }
    };
    if let Some(broken) = played.broken {
        return Some(format!("{name}: {broken}\n{}", played.actual));
    }
    if update && played.actual != text {
        std::fs::write(path, &played.actual).expect("a writable story");
    }
    if played.as_told {
        return None;
    }
    Some(format!("{name} went like this:\n{}", played.actual))
}

#[test]
fn every_story_goes_as_told() {
    let update = std::env::var_os("UPDATE").is_some();
    let stories = stories();
    assert!(stories.len() >= 25, "only {} stories", stories.len());
    let wrong: Vec<String> = stories.iter().filter_map(|s| check(s, update)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_story_that_is_not_so_is_noticed() {
    let told = "plan\n08:00 clock right\npanel in call\n";
    let played = room_sim::story::play(told).expect("readable");
    assert!(!played.as_told);
    assert!(
        played.actual.contains("panel  standby"),
        "{}",
        played.actual
    );
    let missing = "plan join=self\n08:50 browser ready\n08:50 clock right\n08:50 calendar\n    a 09:00 to 10:00 practice\n09:00 time\n";
    let played = room_sim::story::play(missing).expect("readable");
    assert!(!played.as_told);
    assert!(played.actual.contains("join a"), "{}", played.actual);
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let unreadable =
        room_sim::story::play("plan\n08:00 pressed mic ajar from panel\n").expect_err("unreadable");
    assert_eq!(unreadable.line, 2);
    assert!(unreadable.doubt.contains("ajar"), "{unreadable:?}");
}
