//! Ten thousand rooms on the pages: each is found once when somebody pages through, and the figures of how long that takes. They are
//! printed and never asserted: `cargo test -p fleetd --release --test lists -- --nocapture`; `ROOMS` says how many.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Browser, Rig, open, provider, state};
use fleet_proto::{FromRoom, Tomorrow};
use fleetd::people::Role;
use fleetd::rooms::{Certificate, Place, Room, Rooms, Seen, Slug};
use fleetd::store::{Revision, Shelf};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

fn count() -> usize {
    let asked = std::env::var("ROOMS").ok();
    asked.map_or(10_000, |count| count.parse().unwrap())
}

fn room(number: usize) -> Room {
    let slug = |text: &str| Slug::of(text).unwrap();
    Room {
        id: format!("saal-{number:05}").parse().unwrap(),
        name: format!("Saal {number}").as_str().into(),
        place: Place {
            site: slug(&format!("standort-{}", number % 25)),
            building: slug(&format!("haus-{}", number % 500)),
            floor: slug(&format!("og-{}", number % 7)),
            kind: slug(if number.is_multiple_of(3) {
                "saal"
            } else {
                "besprechung"
            }),
        },
        ring: Default::default(),
        enrolled_ms: 0,
        certificate: Certificate {
            serial: format!("{number:x}"),
            ends_s: 2_000_000_000,
        },
        next: None,
    }
}

/// A store with this many rooms that have said how they are: some in trouble, some with a bad day before them.
async fn seed(folder: &Path, count: usize) {
    let store = open(folder);
    let tenant = "own".parse().unwrap();
    let (rooms, seen) = (Rooms::new(&store), Shelf::<Seen>::new(&store, "seen"));
    for start in (0..count).step_by(1000) {
        let puts = (start..count.min(start + 1000)).map(async |number| {
            let room = room(number);
            rooms.put(&tenant, Revision::ABSENT, &room).await.unwrap();
            let faults: &[&str] = match number % 11 {
                0 => &["mic-gone"],
                1 => &["camera-another", "display-gone"],
                _ => &[],
            };
            let FromRoom::State(mut said) = state(1, faults) else {
                unreachable!("it is one");
            };
            said.of.tomorrow = number.is_multiple_of(40).then_some(Tomorrow {
                at_ms: 0,
                meetings: 3,
                red: 1,
                yellow: 0,
            });
            let kept = Seen {
                state: Some(said.of),
                heard_ms: said.at_ms,
                ..Seen::default()
            };
            let at = (&tenant, room.id.as_str());
            seen.put(at, Revision::ABSENT, &kept).await.unwrap();
        });
        join_all(puts).await;
    }
}

/// The shortest of some, since other work on the machine only ever adds.
async fn shortest(who: &Browser, path: &str) -> (Duration, usize) {
    let mut best = Duration::MAX;
    let mut length = 0;
    for _ in 0..5 {
        let began = Instant::now();
        length = who.page(path).await.len();
        best = best.min(began.elapsed());
    }
    (best, length)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_rooms_are_paged_through_and_each_is_found_once() {
    provider();
    let folder = tempfile::tempdir().unwrap();
    let count = count();
    seed(folder.path(), count).await;
    let rig = Rig::start_in(folder).await;
    let anna = rig.person("anna", Role::Admin, None).await;

    let mut found = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = anna.page(&format!("/api/v1/rooms?limit=500{after}")).await;
        let page: Value = serde_json::from_str(&page).unwrap();
        assert_eq!(page["found"], count);
        for room in page["rooms"].as_array().unwrap() {
            let id = room["id"].as_str().unwrap().to_owned();
            assert!(found.insert(id), "twice: {room}");
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(found.len(), count);

    let list = anna.page("/rooms?fault=mic-gone&site=standort-3").await;
    let fits = |n: &usize| n.is_multiple_of(11) && n % 25 == 3;
    let wanted = (0..count).filter(fits).count();
    assert!(list.contains(&format!("{wanted} R")), "{wanted} rooms");
    for path in [
        "/",
        "/rooms",
        "/rooms?after=saal-05000",
        "/rooms?q=haus-17&tomorrow=risk",
        "/rooms/saal-00011",
        "/metrics",
        "/api/v1/rooms?limit=500",
    ] {
        let (took, bytes) = shortest(&anna, path).await;
        println!("{count} rooms, {path}: {took:.1?}, {} KB", bytes / 1024);
    }
}
