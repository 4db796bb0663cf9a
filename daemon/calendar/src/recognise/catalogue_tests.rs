//! The embedded files are whole and well formed.

use regex::Regex;

use super::*;

fn patterns_of(pack: &Pack) -> Vec<&Pattern> {
    let links = pack.links.iter().map(|shape| &shape.path);
    let refused = pack.refused.iter().map(|(pattern, _)| pattern);
    let inner = pack.inner.iter().map(|inner| &inner.path);
    let sip = pack.sip.iter().map(|sip| &sip.user);
    links
        .chain(refused)
        .chain(inner)
        .chain(&pack.passcode)
        .chain(sip)
        .collect()
}

#[test]
fn every_file_of_the_folder_is_embedded_and_well_formed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/services");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("services/")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "elsewhere")
        .collect();
    names.sort();
    let embedded: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, embedded);
    for (name, text) in FILES {
        let pack = read(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(pack.service.as_str(), *name);
        assert!(
            !pack.links.is_empty() || !pack.sip.is_empty(),
            "{name} recognises nothing"
        );
        for shape in &pack.links {
            let path = shape.path.text().trim_start_matches("(?i)");
            let anchored = path.starts_with('^') && path.ends_with('$');
            assert!(anchored, "{name}: {path} is not anchored");
        }
    }
}

#[test]
fn every_pattern_compiles_and_every_service_has_one_place() {
    let mut seen = std::collections::BTreeSet::new();
    for pack in catalogue().packs() {
        assert!(seen.insert(&pack.service), "{} twice", pack.service);
        assert!(!pack.name.is_empty(), "{}", pack.service);
        for pattern in patterns_of(pack) {
            Regex::new(pattern.text())
                .unwrap_or_else(|problem| panic!("{}: {problem}", pack.service));
        }
    }
    let joined = service_ids().len();
    assert_eq!((joined, seen.len() - joined), (11, 61));
}

#[test]
fn no_host_belongs_to_two_services() {
    let mut owners = std::collections::BTreeMap::new();
    for pack in catalogue().packs() {
        for host in pack.hosts.iter().chain(&pack.page_hosts) {
            if let Some(other) = owners.insert(host, &pack.service) {
                panic!("{host:?} belongs to {other} and to {}", pack.service);
            }
        }
    }
}

#[test]
fn an_unknown_key_in_a_pack_is_an_error() {
    let text = "service = 'x'\nname = 'X'\nhosts = []\nhost = ['typo']\n";
    assert!(read(text).is_err());
}
