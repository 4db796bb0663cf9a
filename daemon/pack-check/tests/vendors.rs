//! The built-in packs against what vendors publish: each marker that a pack calls sure occurs in the vendor's own package,
//! and what does not occur is named in `unseen/<service>.txt` (`UPDATE_EXPECT=1` writes it anew).
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_browser::Packs;
use expect_test::expect_file;
use pack_check::{Drift, PartDrift, Verdict, against};
use room_core::ids::ServiceId;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Fewer parts than this that could be looked for mean that the search is broken.
const AT_LEAST: usize = 8;

/// Of Webex, vendors' packages hold no page, only the elements it is made of: dialogs, buttons, texts.
const ELEMENTS_OF_WEBEX: usize = 2;

/// The vendor's own names for what a pack tells apart by words; a new or lost one is a reason to look at the pack.
const REASONS: &[(&str, &[&str])] = &[(
    "webex",
    &[
        "IN_LOBBY",
        "ON_HOLD_LOBBY",
        "WRONG_PASSWORD",
        "WRONG_CAPTCHA",
        "WEBINAR_REGISTRATION",
        "NOT_REACH_JBH",
        "JOIN_FORBIDDEN",
        "MEETING_IS_LOCKED",
        "SELF_REMOVED",
        "MEETING_INACTIVE_TERMINATING",
    ],
)];

/// Where `tests/setup` unpacked a service's packages; `None` when it could not.
fn unpacked(service: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("../vendor")
        .join(service);
    let complete = packages
        .iter()
        .all(|package| folder.join(package.replace(['@', '/'], "_")).is_dir());
    complete.then_some(folder)
}

/// The services whose vendors publish something, each with its packages.
fn listed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut listed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let lines = include_str!("vendors.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    for line in lines {
        let mut words = line.split(' ');
        let (Some(service), Some(package)) = (words.next(), words.next()) else {
            continue;
        };
        listed.entry(service).or_default().push(package);
    }
    listed
}

#[test]
fn what_packs_call_sure_occurs_in_the_vendors_own_packages() {
    let listed = listed();
    assert!(listed.len() >= 4);
    let packs = Packs::built_in();
    let mut missing = Vec::new();
    for (service, packages) in listed {
        let pack = packs
            .of(&ServiceId::new(service))
            .unwrap_or_else(|| panic!("no pack for {service}"));
        let Some(folder) = unpacked(service, &packages) else {
            missing.extend(packages);
            continue;
        };
        let drift = against(&pack, &folder).unwrap();
        expect_file![format!("unseen/{service}.txt")].assert_eq(&unseen(&drift));
        let lost: Vec<_> = drift.lost().collect();
        assert!(lost.is_empty(), "{service}: {lost:#?}");
        let count = |part: &&PartDrift| part.verdict == Verdict::Found;
        let found = drift.parts.iter().filter(count).count();
        let enough = match service {
            "webex" => ELEMENTS_OF_WEBEX,
            _ => AT_LEAST,
        };
        assert!(
            found >= enough,
            "{service}: only {found} parts were found in {} files",
            drift.files
        );
    }
    skip_or_fail(&missing);
}

/// What a pack says and the vendor's packages do not: each part, how sure the pack is of it, and what was looked for.
fn unseen(drift: &Drift) -> String {
    let mut text = String::new();
    for part in &drift.parts {
        let what = match part.verdict {
            Verdict::Nothing => continue,
            Verdict::Found => "found, but not",
            Verdict::Missing => "lacks",
            Verdict::OnlyInPack => "nothing of",
        };
        let lost = part.markers.iter().filter(|marker| marker.files == 0);
        let lost: Vec<_> = lost.map(|marker| format!("{:?}", marker.text)).collect();
        if lost.is_empty() {
            continue;
        }
        let (name, sure) = (&part.part, part.certainty);
        writeln!(text, "{name} ({sure}): {what} {}", lost.join(", ")).unwrap();
    }
    text
}

#[test]
fn the_vendors_reasons_are_still_called_so() {
    let mut missing = Vec::new();
    for (service, reasons) in REASONS {
        let packages = &listed()[service];
        let Some(folder) = unpacked(service, packages) else {
            missing.extend(packages.clone());
            continue;
        };
        let mut code = String::new();
        read_all(&folder, "ts", &mut code);
        let lost: Vec<_> = reasons
            .iter()
            .filter(|reason| !code.contains(&format!("'{reason}'")))
            .collect();
        assert!(lost.is_empty(), "{service}: {lost:?}");
    }
    skip_or_fail(&missing);
}

fn read_all(folder: &Path, extension: &str, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, extension, into);
        } else if path.extension().is_some_and(|e| e == extension) {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn skip_or_fail(missing: &[&str]) {
    let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
    assert!(
        !all || missing.is_empty(),
        "could not be fetched: {missing:?}"
    );
    if !missing.is_empty() {
        eprintln!("SKIPPED: {missing:?} are not there; tests/setup fetches them from npm");
    }
}
