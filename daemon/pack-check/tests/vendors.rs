//! The built-in packs against what vendors publish: each marker that a pack calls sure occurs in the vendor's own package.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_browser::Packs;
use pack_check::{Verdict, against};
use room_core::ids::ServiceId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Fewer parts than this that could be looked for mean that the search is broken.
const AT_LEAST: usize = 8;

/// Where `tests/setup` unpacked a service's packages; `None` when it could not.
fn unpacked(service: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("../vendor")
        .join(service);
    let complete = packages
        .iter()
        .all(|package| folder.join(package.replace(['@', '/'], "_")).is_dir());
    if complete {
        return Some(folder);
    }
    None
}

#[test]
fn what_packs_call_sure_occurs_in_the_vendors_own_packages() {
    let mut listed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let lines = include_str!("vendors.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    for (service, package) in lines.filter_map(|line| line.split_once(' ')) {
        listed.entry(service).or_default().push(package);
    }
    assert!(listed.len() >= 2);
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
        let lost: Vec<_> = drift.lost().collect();
        assert!(lost.is_empty(), "{service}: {lost:#?}");
        let found = drift
            .parts
            .iter()
            .filter(|part| part.verdict == Verdict::Found)
            .count();
        assert!(
            found >= AT_LEAST,
            "{service}: only {found} parts were found in {} files",
            drift.files
        );
    }
    let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
    assert!(
        !all || missing.is_empty(),
        "could not be fetched: {missing:?}"
    );
    if !missing.is_empty() {
        eprintln!("SKIPPED: {missing:?} are not there; tests/setup fetches them from npm");
    }
}
