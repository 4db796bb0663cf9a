//! What whoever has the server, or the way to it, can try. Each attack has its name, and leaves what is trusted as it was.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Shop, at, listed, name, release};
use releases::{Issue, Keys, Refused, Role, Secret, Signed, Trust, limit, sign_root, sign_targets};
use serde_json::{Value, json};

/// Everything that a room fetches, in its order.
fn all(trust: &mut Trust, signed: &Signed, day: i64) -> Result<(), Refused> {
    let now = at(day);
    trust.timestamp(&signed.timestamp, now)?;
    trust.snapshot(&signed.snapshot, now)?;
    trust.targets(&signed.targets, now)
}

/// The attack is refused so, and changes nothing.
fn refused(trust: &Trust, signed: &Signed, day: i64) -> Refused {
    let mut tried = trust.clone();
    let why = all(&mut tried, signed, day).unwrap_err();
    assert_eq!(
        tried.version(Role::Targets),
        trust.version(Role::Targets),
        "{why}"
    );
    why
}

#[test]
fn an_honest_release_is_trusted_and_its_bytes_are_the_listed_ones() {
    let shop = Shop::new();
    let mut trust = shop.trust();
    all(&mut trust, &shop.issue(1, 1), 1).unwrap();
    let found = trust.listed(&name(), at(2)).unwrap();
    assert_eq!(found.custom.as_ref().unwrap().version, 902.into());
    assert_eq!(found.is(&name(), &release()), Ok(()));
    all(&mut trust, &shop.issue(2, 5), 5).unwrap();
    assert_eq!(trust.version(Role::Targets), 2);
    assert_eq!(trust.good_until(), Some(at(5 + 30)));
}

#[test]
fn expired_metadata_installs_nothing() {
    let shop = Shop::new();
    let signed = shop.issue(1, 1);
    let why = refused(&shop.trust(), &signed, 31);
    assert_eq!(
        why,
        Refused::Expired {
            role: Role::Timestamp
        }
    );
    assert_eq!(why.code(), "release-expired");
}

#[test]
fn a_frozen_server_that_goes_on_saying_the_same_is_noticed() {
    let shop = Shop::new();
    let mut trust = shop.trust();
    let signed = shop.issue(1, 1);
    all(&mut trust, &signed, 1).unwrap();
    assert_eq!(trust.timestamp(&signed.timestamp, at(30)), Ok(()));
    let frozen = trust.timestamp(&signed.timestamp, at(31));
    assert_eq!(
        frozen,
        Err(Refused::Expired {
            role: Role::Timestamp
        })
    );
    let frozen = trust.listed(&name(), at(31)).unwrap_err();
    assert_eq!(frozen.code(), "release-expired");
}

#[test]
fn an_expired_root_stops_everything() {
    let shop = Shop::new();
    let signed = shop.issue(1, 400);
    let why = refused(&shop.trust(), &signed, 400);
    assert_eq!(why, Refused::Expired { role: Role::Root });
}

#[test]
fn rolled_back_metadata_is_refused() {
    let shop = Shop::new();
    let mut trust = shop.trust();
    let (old, new) = (shop.issue(1, 1), shop.issue(2, 1));
    all(&mut trust, &new, 2).unwrap();
    let why = refused(&trust, &old, 2);
    assert_eq!(
        why,
        Refused::RolledBack {
            role: Role::Timestamp,
            version: 1,
            trusted: 2
        }
    );
    // A newer timestamp that means an older snapshot, made with the keys of the two, is refused as well.
    let mixed = Signed {
        timestamp: shop.timestamp_over(3, &old, 1),
        ..old
    };
    let why = refused(&trust, &mixed, 2);
    assert_eq!(
        why,
        Refused::RolledBack {
            role: Role::Snapshot,
            version: 1,
            trusted: 2
        }
    );
}

#[test]
fn mixed_metadata_of_two_releases_is_refused() {
    let shop = Shop::new();
    let (one, two) = (shop.issue(1, 1), shop.issue(2, 1));
    let snapshot = Signed {
        snapshot: one.snapshot.clone(),
        ..two.clone()
    };
    let why = refused(&shop.trust(), &snapshot, 2);
    assert_eq!(
        why,
        Refused::Mixed {
            role: Role::Snapshot
        }
    );
    let targets = Signed {
        targets: one.targets,
        ..two
    };
    let why = refused(&shop.trust(), &targets, 2);
    assert_eq!(
        why,
        Refused::Mixed {
            role: Role::Targets
        }
    );
}

#[test]
fn truncated_metadata_is_refused_and_so_is_a_truncated_release() {
    let shop = Shop::new();
    let whole = shop.issue(1, 1);
    for cut in [0, 1, 100] {
        let mut signed = whole.clone();
        signed.timestamp.truncate(cut);
        assert_eq!(
            refused(&shop.trust(), &signed, 2).code(),
            "release-truncated"
        );
        let mut signed = whole.clone();
        signed.snapshot.truncate(cut);
        assert_eq!(
            refused(&shop.trust(), &signed, 2).code(),
            "release-truncated"
        );
        let mut signed = whole.clone();
        signed.targets.truncate(cut);
        assert_eq!(
            refused(&shop.trust(), &signed, 2).code(),
            "release-truncated"
        );
    }
    let bytes = release();
    let cut = listed(&bytes).is(&name(), &bytes[..bytes.len() - 1]);
    assert_eq!(cut.unwrap_err().code(), "release-truncated");
}

#[test]
fn oversized_metadata_is_refused_unread_and_so_is_an_oversized_release() {
    let shop = Shop::new();
    let whole = shop.issue(1, 1);
    let mut signed = whole.clone();
    signed
        .timestamp
        .resize(limit(Role::Timestamp) as usize + 1, b' ');
    assert_eq!(
        refused(&shop.trust(), &signed, 2).code(),
        "release-oversized"
    );
    // Blanks behind it change nothing of what is signed, and are more than was listed all the same.
    let mut signed = whole;
    signed
        .targets
        .resize(limit(Role::Targets) as usize + 1, b' ');
    assert_eq!(
        refused(&shop.trust(), &signed, 2).code(),
        "release-oversized"
    );
    let mut bytes = release();
    let listed = listed(&bytes);
    bytes.push(b'\n');
    let more = listed.is(&name(), &bytes).unwrap_err();
    assert_eq!(more.code(), "release-oversized");
}

#[test]
fn metadata_that_was_changed_after_it_was_signed_is_wrongly_signed() {
    let shop = Shop::new();
    let mut signed = shop.issue(1, 1);
    let mut timestamp: Value = serde_json::from_slice(&signed.timestamp).unwrap();
    timestamp["signed"]["expires"] = json!("2040-01-01T00:00:00Z");
    signed.timestamp = serde_json::to_vec(&timestamp).unwrap();
    let why = refused(&shop.trust(), &signed, 2);
    assert_eq!(
        why,
        Refused::WronglySigned {
            role: Role::Timestamp
        }
    );
}

#[test]
fn metadata_signed_by_an_unknown_key_is_refused() {
    let (shop, thief) = (Shop::new(), Shop::new());
    let why = refused(&shop.trust(), &thief.issue(1, 1), 2);
    assert_eq!(
        why,
        Refused::UnknownKey {
            role: Role::Timestamp
        }
    );
    // The key of the root does not count for releases.
    let with = [&shop.root];
    let signed = sign_targets(
        &Shop::targets(),
        Issue {
            version: 1,
            expires: at(30),
        },
        &with,
    );
    let why = refused(&shop.trust(), &signed.unwrap(), 2);
    assert_eq!(
        why,
        Refused::UnknownKey {
            role: Role::Timestamp
        }
    );
}

#[test]
fn one_key_never_counts_for_two() {
    let shop = Shop::new();
    let other = Secret::generate().unwrap();
    let keys = Keys {
        releases: (vec![shop.release.public(), other.public()], 2),
        ..shop.keys()
    };
    let issue = Issue {
        version: 1,
        expires: at(365),
    };
    let root = sign_root(&keys, issue, &[&shop.root]).unwrap();
    let trust = Trust::begin(&root).unwrap();
    let issue = Issue {
        version: 1,
        expires: at(30),
    };
    let twice = sign_targets(&Shop::targets(), issue, &[&shop.release, &shop.release]).unwrap();
    let why = refused(&trust, &twice, 2);
    assert_eq!(
        why,
        Refused::TooFewSignatures {
            role: Role::Timestamp,
            valid: 1,
            threshold: 2
        }
    );
    let both = sign_targets(&Shop::targets(), issue, &[&shop.release, &other]).unwrap();
    let mut trust = trust;
    assert_eq!(all(&mut trust, &both, 2), Ok(()));
    // The same key under a second name, by a field that means nothing, has a name that is not its own.
    let mut forged: Value = serde_json::from_slice(&root).unwrap();
    let id = shop.release.public().id();
    forged["signed"]["keys"][&"0".repeat(64)] = forged["signed"]["keys"][&id].clone();
    let forged = Trust::begin(&serde_json::to_vec(&forged).unwrap());
    assert_eq!(forged.unwrap_err().code(), "release-unreadable");
}

#[test]
fn a_root_is_followed_only_by_the_next_one_that_it_agrees_to() {
    let (shop, thief) = (Shop::new(), Shop::new());
    let mut trust = shop.trust();
    let issue = |version| Issue {
        version,
        expires: at(700),
    };
    let stolen = sign_root(&thief.keys(), issue(2), &[&thief.root]).unwrap();
    assert_eq!(
        trust.next_root(&stolen),
        Err(Refused::UnknownKey { role: Role::Root })
    );
    let skipped = sign_root(&shop.keys(), issue(3), &[&shop.root]).unwrap();
    assert_eq!(
        trust.next_root(&skipped),
        Err(Refused::NotNext {
            version: 3,
            trusted: 1
        })
    );
    let again = sign_root(&shop.keys(), issue(1), &[&shop.root]).unwrap();
    assert_eq!(
        trust.next_root(&again),
        Err(Refused::NotNext {
            version: 1,
            trusted: 1
        })
    );
    // New keys of the root: the old one agrees and the new one signs.
    let new = Shop::new();
    let alone = sign_root(&new.keys(), issue(2), &[&shop.root]).unwrap();
    assert_eq!(
        trust.next_root(&alone),
        Err(Refused::UnknownKey { role: Role::Root })
    );
    let both = sign_root(&new.keys(), issue(2), &[&shop.root, &new.root]).unwrap();
    assert_eq!(trust.next_root(&both), Ok(()));
    assert_eq!(trust.root_version(), 2);
    // What the old keys sign counts no more, and the new ones begin anew with their versions.
    assert_eq!(
        refused(&trust, &shop.issue(9, 1), 2).code(),
        "release-unknown-key"
    );
    all(&mut trust, &new.issue(1, 1), 2).unwrap();
}

#[test]
fn a_release_that_is_not_in_the_list_is_refused_and_so_is_a_changed_one() {
    let shop = Shop::new();
    let mut trust = shop.trust();
    assert_eq!(trust.listed(&name(), at(1)), Err(Refused::NotListed));
    all(&mut trust, &shop.issue(1, 1), 1).unwrap();
    let other = "service-packs/zoom/903.toml".parse().unwrap();
    assert_eq!(trust.listed(&other, at(1)), Err(Refused::NotListed));
    let mut bytes = release();
    bytes[3] ^= 1;
    let altered = trust.listed(&name(), at(1)).unwrap().is(&name(), &bytes);
    assert_eq!(altered, Err(Refused::Altered));
}

#[test]
fn what_was_trusted_comes_back_after_a_restart_and_still_cannot_be_undercut() {
    let shop = Shop::new();
    let new = shop.issue(7, 1);
    let mut trust = shop.trust();
    trust.recall(&new.timestamp, &new.snapshot, &new.targets);
    assert_eq!(trust.version(Role::Targets), 7);
    assert_eq!(
        refused(&trust, &shop.issue(6, 1), 2).code(),
        "release-rolled-back"
    );
    // Time is looked at again: what was kept is not good for ever.
    assert_eq!(
        trust.listed(&name(), at(99)).unwrap_err().code(),
        "release-expired"
    );
    let mut fresh = shop.trust();
    fresh.recall(&new.timestamp, &new.snapshot, b"damaged");
    assert_eq!(fresh.version(Role::Timestamp), 0, "all or nothing");
}
