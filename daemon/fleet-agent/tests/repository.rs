//! What a room fetches of its server's releases: in which order, how much, and from a server that is not to be trusted.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use fleet_agent::{Fetch, NotFetched, Remembering, Repository};
use releases::{
    Custom, Issue, Keys, Kind, Listed, Refused, Role, Secret, TargetName, sign_root, sign_targets,
};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;

fn at(day: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0)
        .single()
        .expect("a day")
        + Duration::days(day)
}

fn name() -> TargetName {
    "service-packs/zoom/902.toml".parse().expect("a name")
}

/// A server with files, and what it was asked for.
#[derive(Default)]
struct Server {
    files: BTreeMap<String, Vec<u8>>,
    asked: Mutex<Vec<(String, u64)>>,
}

impl Fetch for Server {
    type Error = Infallible;

    async fn fetch(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Infallible> {
        let mut asked = self.asked.lock().expect("one at a time");
        asked.push((name.to_owned(), most));
        let most = usize::try_from(most).expect("small") + 1;
        let found = self.files.get(name);
        Ok(found.map(|bytes| bytes[..bytes.len().min(most)].to_vec()))
    }
}

struct Shop {
    root: Secret,
    release: Secret,
}

impl Shop {
    fn new() -> Shop {
        Shop {
            root: Secret::generate().expect("a key"),
            release: Secret::generate().expect("a key"),
        }
    }

    fn root(&self, version: u64, with: &[&Secret]) -> Vec<u8> {
        let keys = Keys {
            root: (vec![self.root.public()], 1),
            releases: (vec![self.release.public()], 1),
        };
        let expires = at(1000);
        sign_root(&keys, Issue { version, expires }, with).expect("signed")
    }

    fn publish(&self, server: &mut Server, (version, pack): (u64, &[u8])) {
        let custom = Custom {
            kind: Kind::JoinPack,
            of: "zoom".to_owned(),
            version: 902.into(),
            architecture: None,
        };
        let listed = Listed::of(pack, Some(custom));
        let file = format!("targets/{}", listed.hashes.sha256);
        server.files.insert(file, pack.to_vec());
        let issue = Issue {
            version,
            expires: at(30),
        };
        let signed = sign_targets(&[(name(), listed)].into(), issue, &[&self.release]);
        let signed = signed.expect("signed");
        for (name, bytes) in [
            (format!("{version}.targets.json"), signed.targets),
            (format!("{version}.snapshot.json"), signed.snapshot),
            ("timestamp.json".to_owned(), signed.timestamp),
        ] {
            server.files.insert(name, bytes);
        }
    }
}

async fn refused(list: &mut Repository, server: &Server) -> Refused {
    match list.renew(server, at(1)).await {
        Err(NotFetched::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_release_is_fetched_by_its_hash_and_no_more_of_anything_than_is_listed() {
    let (shop, mut server) = (Shop::new(), Server::default());
    shop.publish(&mut server, (1, b"a pack"));
    let given = shop.root(1, &[&shop.root]);
    let mut list = Repository::open(&given, Remembering::default()).expect("a root");
    list.renew(&server, at(1)).await.expect("renewed");
    let (bytes, listed) = list
        .release(&server, (&name(), 100), at(1))
        .await
        .expect("fetched");
    assert_eq!((bytes.as_slice(), listed.length), (&b"a pack"[..], 6));
    let asked = server.asked.lock().expect("one at a time").clone();
    let names: Vec<&str> = asked.iter().map(|(name, _)| name.as_str()).collect();
    let file = format!("targets/{}", listed.hashes.sha256);
    let order = [
        "2.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
        file.as_str(),
    ];
    assert_eq!(names, order);
    let longest = |name: &str| server.files.get(name).expect(name).len() as u64;
    assert_eq!(asked[2].1, longest("1.snapshot.json"));
    assert_eq!(asked[3].1, longest("1.targets.json"));
    assert_eq!(asked[4].1, 6);
    let small = list.release(&server, (&name(), 5), at(1)).await;
    assert!(matches!(
        small,
        Err(NotFetched::Refused(Refused::Oversized { .. }))
    ));
}

#[tokio::test]
async fn an_endless_file_is_cut_off_and_a_missing_one_is_said_to_be() {
    let (shop, mut server) = (Shop::new(), Server::default());
    shop.publish(&mut server, (1, b"a pack"));
    let given = shop.root(1, &[&shop.root]);
    let mut list = Repository::open(&given, Remembering::default()).expect("a root");
    let whole = server.files["timestamp.json"].clone();
    server
        .files
        .insert("timestamp.json".to_owned(), vec![b' '; 4 << 20]);
    assert_eq!(
        refused(&mut list, &server).await.code(),
        "release-oversized"
    );
    server.files.insert("timestamp.json".to_owned(), whole);
    let targets = server.files.remove("1.targets.json");
    let missing = list.renew(&server, at(1)).await;
    assert!(matches!(missing, Err(NotFetched::Missing(name)) if name == "1.targets.json"));
    assert_eq!(list.trust().version(Role::Timestamp), 0, "all or nothing");
    server
        .files
        .insert("1.targets.json".to_owned(), targets.expect("it was there"));
    list.renew(&server, at(1)).await.expect("renewed");
    let file = server
        .files
        .iter_mut()
        .find(|(name, _)| name.starts_with("targets/"));
    *file.expect("the pack").1 = b"a hack".to_vec();
    let changed = list.release(&server, (&name(), 100), at(1)).await;
    assert!(matches!(
        changed,
        Err(NotFetched::Refused(Refused::Altered))
    ));
}

#[tokio::test]
async fn what_was_trusted_is_remembered_over_restarts_keys_too() {
    let (old, new, mut server) = (Shop::new(), Shop::new(), Server::default());
    let given = old.root(1, &[&old.root]);
    server.files.insert(
        "2.root.json".to_owned(),
        new.root(2, &[&old.root, &new.root]),
    );
    new.publish(&mut server, (5, b"a pack"));
    let mut list = Repository::open(&given, Remembering::default()).expect("a root");
    list.renew(&server, at(1)).await.expect("renewed");

    // A thief with the keys of before: the room does not go back to them.
    let mut thief = Server::default();
    old.publish(&mut thief, (9, b"a hack"));
    let kept = list.remembering().clone();
    let mut again = Repository::open(&given, kept.clone()).expect("a root");
    assert_eq!(again.trust().root_version(), 2);
    assert_eq!(
        refused(&mut again, &thief).await.code(),
        "release-unknown-key"
    );
    let mut older = Server::default();
    new.publish(&mut older, (4, b"older"));
    assert_eq!(
        refused(&mut again, &older).await.code(),
        "release-rolled-back"
    );

    // Given another root by hand, it begins anew.
    let other = Shop::new();
    let anew = Repository::open(&other.root(1, &[&other.root]), kept).expect("a root");
    assert_eq!(anew.trust().root_version(), 1);
    assert_eq!(*anew.remembering(), Remembering::default());
}

#[tokio::test]
async fn a_server_that_leads_on_for_ever_is_left_after_a_while() {
    let (shop, mut server) = (Shop::new(), Server::default());
    for version in 2..200 {
        let name = format!("{version}.root.json");
        server.files.insert(name, shop.root(version, &[&shop.root]));
    }
    shop.publish(&mut server, (1, b"a pack"));
    let given = shop.root(1, &[&shop.root]);
    let mut list = Repository::open(&given, Remembering::default()).expect("a root");
    list.renew(&server, at(1)).await.expect("renewed");
    assert_eq!(list.trust().root_version(), 33);
}
