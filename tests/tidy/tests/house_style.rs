//! Sizes, heads and words, file by file; each exception stands here with its reason.

use std::fs;
use tidy::{files, root, shown};

const LONGEST_FILE: usize = 500;
const LONGEST_LINE: usize = 140;

/// Files that may be longer than the limit, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Flags that would give every page a microphone, or weaken the browser's walls.
const BANNED_FLAGS: &[&str] = &[
    "--use-fake-ui-for-media-stream",
    "--auto-accept-camera-and-microphone-capture",
    "--disable-web-security",
    "--no-sandbox",
    "--disable-site-isolation-trials",
];

/// Files that take another's name without being on the disk, and why.
const UNSYNCED: &[(&str, &str)] = &[(
    "daemon/roomd/src/state_dir.rs: aside",
    "what is put aside was there before",
)];

fn rust_files() -> Vec<(String, String)> {
    ["daemon", "firmware", "tests"]
        .iter()
        .flat_map(|folder| files(folder, &[".rs"]))
        .map(|path| {
            (
                shown(&path),
                fs::read_to_string(&path).expect("a source file is readable text"),
            )
        })
        .collect()
}

/// Comments are wrapped by hand; code is rustfmt's business.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Lines up to the tests at a file's end; a file in a tests folder counts whole, with twice the room.
fn product_lines(text: &str) -> usize {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .count()
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.ends_with("tests.rs")
        || path.contains("/test_")
}

#[test]
fn files_are_short() {
    let long: Vec<String> = rust_files()
        .iter()
        .filter(|(path, _)| !LONG_FILES.iter().any(|(allowed, _)| allowed == path))
        .filter_map(|(path, text)| {
            let limit = if is_test(path) {
                2 * LONGEST_FILE
            } else {
                LONGEST_FILE
            };
            let lines = product_lines(text);
            (lines > limit).then(|| format!("{path}: {lines} lines, {limit} allowed"))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn exceptions_are_needed() {
    for (path, why) in LONG_FILES {
        let text = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(
            product_lines(&text) > LONGEST_FILE,
            "{path} no longer needs its exception ({why})"
        );
    }
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<String> = rust_files()
        .into_iter()
        .filter(|(_, text)| !text.trim_start_matches("#!").starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(
        silent.is_empty(),
        "no `//!` head in:\n{}",
        silent.join("\n")
    );
}

#[test]
fn lines_fit_and_end_cleanly() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files() {
        for (number, line) in text.lines().enumerate() {
            if is_comment(line) && line.chars().count() > LONGEST_LINE && !line.contains("http") {
                wrong.push(format!("{path}:{}: longer than {LONGEST_LINE}", number + 1));
            }
            if line.ends_with([' ', '\t']) {
                wrong.push(format!("{path}:{}: blank at the end", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Otherwise a power cut may leave the new name with half the text, or none.
#[test]
fn what_takes_the_place_of_a_file_is_on_the_disk_before() {
    let (mut wrong, mut excused) = (Vec::new(), 0);
    for (path, text) in rust_files() {
        if is_test(&path) || path.starts_with("tests/") {
            continue;
        }
        let lines: Vec<&str> = text.lines().take(product_lines(&text)).collect();
        for (number, line) in lines.iter().enumerate() {
            if !(line.contains("fs::rename(")
                || line.contains(".persist(") && !line.contains("self.persist("))
            {
                continue;
            }
            let known = |(name, _): &(&str, &str)| match name.split_once(": ") {
                Some((file, word)) => file == path && line.contains(word),
                None => *name == path,
            };
            if UNSYNCED.iter().any(known) {
                excused += 1;
            } else if !lines[number.saturating_sub(6)..number]
                .iter()
                .any(|line| line.contains("sync_all()"))
            {
                wrong.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "no sync_all() before:\n{}",
        wrong.join("\n")
    );
    assert_eq!(excused, UNSYNCED.len(), "an exception is no longer needed");
}

#[test]
fn no_flag_grants_the_microphone_to_every_page() {
    for path in files("daemon", &[".rs", ".toml", ".service", ".js", "demo"]) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for flag in BANNED_FLAGS {
            let used = text.lines().any(|line| {
                line.contains(flag)
                    && !line.contains("BANNED")
                    && !line.trim_start().starts_with("//")
            });
            let names_it_as_banned =
                text.contains("const BANNED: &[&str]") || shown(&path).contains("/tests/");
            assert!(!used || names_it_as_banned, "{} uses {flag}", shown(&path));
        }
    }
}

#[test]
fn no_part_of_the_core_toggles() {
    for path in files("daemon/room-core/src", &[".rs"]) {
        let text = fs::read_to_string(&path).unwrap_or_default().to_lowercase();
        assert!(
            !text.contains("toggle"),
            "{}: commands are absolute",
            shown(&path)
        );
    }
}

#[test]
fn no_leftovers() {
    let marks = [
        ["to", "do!("].concat(),
        ["FIX", "ME"].concat(),
        ["X", "XX"].concat(),
        ["dbg", "!("].concat(),
    ];
    for (path, text) in rust_files() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{path} still holds {mark}");
        }
    }
}
