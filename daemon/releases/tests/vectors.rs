//! What python-tuf 7.0.1, the specification's own implementation, signed: read as it meant it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use chrono::{TimeZone as _, Utc};
use releases::{Kind, Refused, Role, Trust};

const ROOT: &[u8] = include_bytes!("vectors/1.root.json");
const NEXT: &[u8] = include_bytes!("vectors/2.root.json");
const TIMESTAMP: &[u8] = include_bytes!("vectors/timestamp.json");
const SNAPSHOT: &[u8] = include_bytes!("vectors/4.snapshot.json");
const TARGETS: &[u8] = include_bytes!("vectors/3.targets.json");
const PACK: &[u8] = include_bytes!("vectors/902.toml");

#[test]
fn what_another_implementation_signed_is_trusted_and_its_changed_copy_is_not() {
    let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    let mut trust = Trust::begin(ROOT).unwrap();
    trust.next_root(NEXT).unwrap();
    trust.timestamp(TIMESTAMP, now).unwrap();
    trust.snapshot(SNAPSHOT, now).unwrap();
    trust.targets(TARGETS, now).unwrap();
    let name = "service-packs/zoom/902.toml".parse().unwrap();
    let listed = trust.listed(&name, now).unwrap();
    assert_eq!(listed.is(&name, PACK), Ok(()));
    assert_eq!(listed.custom.as_ref().unwrap().kind, Kind::JoinPack);
    let foreign = "notes/groesse.txt".parse().unwrap();
    assert_eq!(trust.listed(&foreign, now).unwrap().custom, None);
    let changed = String::from_utf8(TIMESTAMP.to_vec()).unwrap();
    let changed = changed.replace("2126-", "2136-");
    let mut fresh = Trust::begin(ROOT).unwrap();
    assert_eq!(
        fresh.timestamp(changed.as_bytes(), now),
        Err(Refused::WronglySigned {
            role: Role::Timestamp
        })
    );
}
