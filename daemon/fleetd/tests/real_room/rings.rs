//! A service pack rolled out in rings to real daemons: proven in the first, bad in the second, never offered to the third.

use crate::common::release::Publisher;
use crate::common::{Browser, Rig, until};
use crate::daemon::{Daemon, QUIET};
use fleetd::people::Role;
use fleetd::rollouts::Phase;
use fleetd::rooms::Slug;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

/// A room that takes releases.
struct Room(Daemon);

/// Whether the room has a conference of its own to try its pack in. Without a browser it never gets into it.
#[derive(Clone, Copy, PartialEq)]
enum TestMeeting {
    Own,
    None,
}

impl Room {
    fn start(rig: &Rig, publisher: &Publisher, (name, meeting): (&str, TestMeeting)) -> Room {
        let folder = tempfile::tempdir().unwrap();
        let practice = match meeting {
            TestMeeting::Own => "listen = \"127.0.0.1:0\"",
            TestMeeting::None => "enabled = false",
        };
        let text = format!(
            r#"[room]
name = "{name}"
state_dir = "state"
{QUIET}[practice]
{practice}
[packs]
keys = ["{}"]
[fleet]
server = "{}"
release_root_file = "root.json"
"#,
            publisher.vendor_key(),
            rig.base()
        );
        fs::write(folder.path().join("room.toml"), text).unwrap();
        fs::copy(
            publisher.list().join("1.root.json"),
            folder.path().join("root.json"),
        )
        .unwrap();
        Room(Daemon::start(folder))
    }

    /// Which version of the practice pack the room uses; `None` before it answers.
    async fn version(&self) -> Option<u64> {
        let said = self.0.roomctl(&["packs", "in-use", "--json"]).await?;
        let packs = said["packs"].as_array()?;
        let join = packs
            .iter()
            .find(|pack| pack["service"] == json!("practice") && pack["kind"] == json!("join"))?;
        join["version"].as_u64()
    }
}

/// Takes in whoever asks under this name, into a ring.
pub(super) async fn taken_in(rig: &Rig, who: &Browser, (id, ring): (&str, &str)) {
    let open = async || {
        let open = rig.fleet.enrol.open(&rig.fleet.tenant, rig.fleet.now_ms());
        let open = open.await.unwrap();
        let found = open.iter().find(|kept| kept.value.name.as_str() == id);
        found.map(|kept| kept.name.clone())
    };
    until("the room asks to be taken in", async || {
        open().await.is_some()
    })
    .await;
    let request = open().await.unwrap();
    let fields = [("id", id), ("name", id), ("compared", "yes")];
    who.act(&format!("/enrolment/{request}/approve"), &fields)
        .await;
    let (room, ring) = (id.parse().unwrap(), Slug::of(ring).unwrap());
    let moved = rig
        .fleet
        .move_to_ring(&rig.fleet.tenant, (&room, ring), "test");
    moved.await.unwrap();
    until("the room is connected and idle", async || {
        let card = rig.fleet.roster.card(&rig.fleet.tenant, &room);
        card.is_some_and(|card| card.seen.state.is_some())
    })
    .await;
}

async fn rollout(who: &Browser) -> Value {
    let answer = who.get("/api/v1/rollouts/join-pack-practice-901").await;
    answer.json().await.unwrap_or_default()
}

fn standing(said: &Value, room: &str) -> Value {
    let rooms = said["rooms"].as_array().cloned().unwrap_or_default();
    let found = rooms.into_iter().find(|one| one["room"] == json!(room));
    found
        .map(|one| one["standing"]["is"].clone())
        .unwrap_or_default()
}

/// A test meeting without a browser takes a while to fail.
async fn until_room(who: &Browser, room: &str, wanted: &str) {
    let end = tokio::time::Instant::now() + crate::LONG;
    loop {
        let said = rollout(who).await;
        if standing(&said, room)["is"] == json!(wanted) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < end,
            "{room} never {wanted}: {said}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_is_rolled_out_in_rings_until_one_room_proves_bad_and_is_back_on_its_old_pack() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let publisher = Publisher::new();
    publisher.publish(&rig).await;
    let mut rings = fleetd::rollouts::default_rings();
    for ring in &mut rings {
        ring.wait_min = 0;
        ring.failed = 0;
        ring.at_once = 100;
    }
    let written = rig.fleet.rollouts.write_rings(&rig.fleet.tenant, &rings);
    written.await.unwrap();
    let start = |name, meeting| Room::start(&rig, &publisher, (name, meeting));
    let mut good = start("saal-1", TestMeeting::None);
    let bad = start("saal-2", TestMeeting::Own);
    let last = start("saal-3", TestMeeting::None);
    for (room, ring) in [("saal-1", "canary"), ("saal-2", "early"), ("saal-3", "all")] {
        taken_in(&rig, &anna, (room, ring)).await;
    }
    let old = bad.version().await.unwrap();
    assert!(old < 901, "what comes with the daemon");

    let begun = anna
        .act("/rollouts", &[("target", Publisher::TARGET)])
        .await;
    assert_eq!(
        begun.headers()["location"],
        "/rollouts/join-pack-practice-901"
    );
    until_room(&anna, "saal-1", "proven").await;
    assert_eq!(good.version().await, Some(901), "{}", good.0.log());

    until_room(&anna, "saal-2", "failed").await;
    let said = rollout(&anna).await;
    assert_eq!(
        standing(&said, "saal-2")["code"],
        json!("release-canary"),
        "{}",
        bad.0.log()
    );
    assert_eq!(bad.version().await, Some(old), "back on its old pack");
    until("the rollout halts", async || {
        let all = rig.fleet.rollouts.all(&rig.fleet.tenant);
        all[0].value.phase == Phase::Halted
    })
    .await;
    assert_eq!(
        standing(&rollout(&anna).await, "saal-3")["is"],
        json!("free")
    );
    assert_eq!(last.version().await, Some(old));
    let page = anna.page("/rollouts/join-pack-practice-901").await;
    assert!(page.contains("release-canary"), "{page}");

    // What was proven is there after a restart, without the server.
    good.0.again();
    until("the room answers again", async || {
        good.version().await.is_some()
    })
    .await;
    assert_eq!(good.version().await, Some(901), "{}", good.0.log());
    for room in [&good, &bad, &last] {
        assert!(!room.0.log().contains("panicked"), "{}", room.0.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_server_with_keys_of_its_own_installs_nothing_in_a_real_room() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    // The room has the root of those who sign; the server offers what somebody else has signed, to the letter.
    let (honest, thief) = (Publisher::new(), Publisher::new());
    thief.publish(&rig).await;
    let room = Room::start(&rig, &honest, ("saal-1", TestMeeting::None));
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    let old = room.version().await.unwrap();
    anna.act("/rollouts", &[("target", Publisher::TARGET)])
        .await;
    until_room(&anna, "saal-1", "failed").await;
    let said = rollout(&anna).await;
    let code = standing(&said, "saal-1")["code"].clone();
    assert_eq!(code, json!("release-unknown-key"), "{}", room.0.log());
    assert_eq!(room.version().await, Some(old));
    assert!(!room.0.folder.path().join("state/fleet/packs").exists());
    let page = anna.page("/rollouts/join-pack-practice-901").await;
    let sentence = "Die Liste ist mit einem Schlüssel unterschrieben, dem der Raum nicht traut.";
    assert!(page.contains(sentence), "{page}");
}
