//! Renewed packs in place of the built-in ones. A test binary of its own, because the packs in use are the process's.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use calendar::recognise::{RenewedPack, built_in_pack_versions, pack_versions, renew_packs};
use calendar::{HostTable, Invitation, recognise};

const NEW_JITSI: &str = r#"
service = "jitsi"
version = 900
name = "Jitsi Meet"
hosts = []
[[link]]
path = '^/neu/(?P<id>[^/]+)/?$'
telling = true
"#;

#[test]
fn a_renewed_pack_takes_the_place_of_the_built_in_one_and_the_others_stay() {
    let mut table = HostTable::new();
    table.add("meet.stadt.example", "jitsi").unwrap();
    let found = |path: &str| {
        let link = format!("https://meet.stadt.example{path}");
        recognise(&Invitation::new().url(Some(link)), &table)
            .0
            .is_some()
    };
    assert!(found("/Rathaus4711"));

    let before = pack_versions();
    assert_eq!(before, built_in_pack_versions());
    let renewed = RenewedPack::read(NEW_JITSI).unwrap();
    assert_eq!(
        (renewed.service().as_str(), renewed.version()),
        ("jitsi", 900)
    );
    renew_packs(vec![renewed]);
    assert!(!found("/Rathaus4711") && found("/neu/Rathaus4711"));
    assert_eq!(pack_versions().len(), before.len());
    assert_eq!(built_in_pack_versions(), before);

    renew_packs(Vec::new());
    assert!(found("/Rathaus4711"));
}

#[test]
fn a_pack_that_could_not_be_used_is_refused_with_the_reason() {
    for (from, to, reason) in [
        ("hosts = []", "hosts = [", "line"),
        ("hosts = []", "host = []", "host"),
        ("^/neu/(?P<id>[^/]+)/?$", "^/neu/([^/]+$", "regex"),
    ] {
        let text = NEW_JITSI.replace(from, to);
        let said = RenewedPack::read(&text).unwrap_err();
        assert!(said.contains(reason), "{said}");
    }
}
