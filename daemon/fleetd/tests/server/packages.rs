//! The rooms' own packages as releases: signed by what they say of themselves, offered to machines that they are for, ring by ring.

use crate::common::release::Publisher;
use crate::common::{Browser, Line, Rig, TestRoom, state, until};
use fleet_proto::*;
use fleetd::people::Role;
use fleetd::rollouts::Phase;
use fleetd::rooms::Slug;
use serde_json::{Value, json};

const TARGET: &str = "packages/roomd/0.2.0";

/// Version 0.2.0 for both kinds of machines, signed and published.
async fn published() -> (Rig, Publisher) {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    publisher.add_packages("0.2.0", &["amd64", "arm64"]);
    let all = publisher.published(&rig).await;
    let packages: Vec<_> = all
        .iter()
        .filter(|one| !one.architectures.is_empty())
        .collect();
    assert_eq!((all.len(), packages.len()), (2, 1), "{all:?}");
    let one = packages[0];
    assert_eq!(one.target.as_str(), TARGET);
    assert_eq!(
        (one.is.of.as_str(), one.is.version.to_string().as_str()),
        ("roomd", "0.2.0")
    );
    assert!(one.architectures.iter().eq(["amd64", "arm64"]), "{one:?}");
    (rig, publisher)
}

/// An idle room of a machine that takes packages, in a ring.
pub(crate) async fn idle(rig: &Rig, (room, ring): (&str, &str), verb: &str) -> (TestRoom, Line) {
    let id: RoomId = room.parse().unwrap();
    let room = rig.room(room, "nord").await;
    let moved = rig
        .fleet
        .move_to_ring(&rig.fleet.tenant, (&id, Slug::of(ring).unwrap()), "test");
    moved.await.unwrap();
    let mut line = room.line_that_knows(&[verb]).await;
    line.say(&state(1, &[])).await;
    (room, line)
}

pub(crate) async fn offered(line: &mut Line) -> Offer {
    loop {
        match line.hear().await {
            FromFleet::Offers(Offers { mut offers }) if !offers.is_empty() => {
                assert_eq!(offers.len(), 1);
                return offers.remove(0);
            }
            FromFleet::Offers(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn says(line: &mut Line, offer: &Offer, stage: Stage) {
    let offer = offer.clone();
    line.say(&FromRoom::Release(ReleaseNow { offer, stage }))
        .await;
}

/// Rings that wait for nothing and take all of their rooms at once.
pub async fn quick_rings(rig: &Rig) {
    let mut rings = fleetd::rollouts::default_rings();
    for ring in &mut rings {
        (ring.wait_min, ring.at_once) = (0, 100);
    }
    let written = rig.fleet.rollouts.write_rings(&rig.fleet.tenant, &rings);
    written.await.unwrap();
}

/// A rollout that halts, as its page's API says it then.
pub async fn halted(rig: &Rig, who: &Browser, path: &str) -> Value {
    until("the rollout halts", async || {
        let all = rig.fleet.rollouts.all(&rig.fleet.tenant);
        all[0].value.phase == Phase::Halted
    })
    .await;
    let said = who.get(&format!("/api/v1{path}")).await;
    said.json().await.unwrap()
}

/// How the room of this name stands in it.
pub fn stand(rollout: &Value, room: &str) -> String {
    let rooms = rollout["rooms"].as_array().unwrap();
    let found = rooms.iter().find(|one| one["room"] == json!(room)).unwrap();
    found["says"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_package_goes_through_rings_to_machines_that_it_is_for() {
    let (rig, _publisher) = published().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    quick_rings(&rig).await;
    let (board, mut pi) = idle(&rig, ("saal-1", "canary"), "take-package-arm64").await;
    let (_, mut pc) = idle(&rig, ("saal-2", "early"), "take-package-amd64").await;
    let _packs_alone = idle(&rig, ("saal-3", "early"), TAKES_PACKS).await;
    let _other = idle(&rig, ("saal-4", "early"), "take-package-riscv64").await;

    let begun = anna.act("/rollouts", &[("target", TARGET)]).await;
    assert_eq!(begun.headers()["location"], "/rollouts/package-roomd-0-2-0");
    let offer = offered(&mut pi).await;
    assert_eq!((offer.target.as_str(), offer.attempt), (TARGET, 1));
    says(&mut pi, &offer, Stage::Begun {}).await;

    // The room's daemon is exchanged: its line breaks, and the new one says how it went.
    drop(pi);
    let mut pi = board.line_that_knows(&["take-package-arm64"]).await;
    let again = offered(&mut pi).await;
    assert_eq!(again, offer, "the same offer, so that it is answered");
    pi.say(&state(1, &[])).await;
    says(&mut pi, &again, Stage::Proven {}).await;

    let offer = offered(&mut pc).await;
    let code = "release-not-proven".parse().unwrap();
    says(&mut pc, &offer, Stage::Failed { code }).await;
    let said = halted(&rig, &anna, "/rollouts/package-roomd-0-2-0").await;
    assert_eq!(
        (&said["version"], &said["architectures"]),
        (&json!("0.2.0"), &json!(["amd64", "arm64"]))
    );
    let says = |room| stand(&said, room);
    assert_eq!(
        ["saal-1", "saal-2", "saal-3", "saal-4"].map(says),
        ["proven", "failed", "away", "away"]
    );
    let page = anna.page("/rollouts/package-roomd-0-2-0").await;
    for words in [
        "Raumsoftware 0.2.0 (amd64, arm64)",
        "Die neue Version hat sich nicht rechtzeitig bewährt",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let page = anna.page("/rollouts").await;
    assert!(page.contains("Raumsoftware 0.2.0 (amd64, arm64)"), "{page}");
}

#[tokio::test]
async fn a_package_is_what_it_says_of_itself_and_nothing_else_is_signed() {
    let publisher = Publisher::new();
    let add = |file: std::path::PathBuf| publisher.signing().add(&[file], chrono::Utc::now(), 30);
    let named = add(publisher.package(("roomd", "0.3.1", "arm64"))).unwrap();
    assert_eq!(named[0].as_str(), "packages/roomd/0.3.1/arm64.deb");
    let timestamp = || std::fs::read(publisher.list().join("timestamp.json")).unwrap();
    let before = timestamp();
    let no_package = publisher.list().join("no.deb");
    std::fs::write(&no_package, "no package").unwrap();
    for (file, why) in [
        (
            publisher.package(("bash", "9", "arm64")),
            "rooms take roomd",
        ),
        (
            publisher.package(("roomd", "1.0~rc1", "arm64")),
            "a target's name",
        ),
        (no_package, "no.deb"),
    ] {
        let refused = add(file).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(timestamp(), before, "nothing is signed then");
}
