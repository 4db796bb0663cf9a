//! Commands of somebody else on the broker: three reach their room as an operator's would, and whatever else comes changes nothing.

use crate::broker::Broker;
use crate::common::{Line, Rig};
use crate::{is_online, said, set, until};
use fleet_proto::{Answer, Command, FromFleet, FromRoom, Outcome};
use fleetd::bridge::Bridge;
use fleetd::people::Role;
use fleetd::rooms::Slug;

/// The next command, done as soon as it is there.
async fn command(line: &mut Line) -> Command {
    loop {
        if let FromFleet::Command(command) = line.hear().await {
            let (id, outcome) = (command.id.clone(), Outcome::Done {});
            line.say(&FromRoom::Answer(Answer { id, outcome })).await;
            return *command;
        }
    }
}

async fn refused(rig: &Rig, why: &str) -> u64 {
    let status = rig.fleet.bridge.status(&rig.fleet.tenant).await.unwrap();
    status.map_or(0, |status| status.refused.get(why).copied().unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_verbs_reach_their_room_and_nothing_else_does() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let rig = Rig::start().await;
    let (_one, mut line) = said(&rig, "saal-1", "nord", &[]).await;
    let (_two, other) = said(&rig, "saal-2", "sued", &[]).await;
    let to = "roomd/own/saal-1/command";
    let north = [Slug::of("nord").unwrap()];
    let deaf = Bridge {
        sites: north.clone().into(),
        ..broker.settings()
    };
    set(&rig, &deaf).await;
    until("it is on the broker", async || is_online(&broker).await).await;
    broker.write(to, b"mute", false).await;
    broker.write(to, b"mute", true).await;
    let hears = Bridge {
        takes_verbs: true,
        ..deaf
    };
    set(&rig, &hears).await;
    until("it has buttons", async || {
        let config = broker
            .on("homeassistant/device/roomd_own_saal-1/config")
            .await;
        config["components"]["do_mute"]["payload_press"] == "mute"
    })
    .await;
    until("it is on the broker", async || is_online(&broker).await).await;
    let huge = vec![b'x'; 3_000_000];
    for (topic, payload, retained) in [
        (to, &b"unmute"[..], false),
        (to, b"\xff\xfe\x00", false),
        (to, b"", false),
        (to, &huge, false),
        (to, &huge, true),
        (to, b"mute", true),
        ("roomd/own/saal-2/command", b"mute", false),
        ("roomd/own/saal-9/command", b"mute", false),
        ("roomd/own/..%2f/command", b"mute", false),
        ("roomd/other/saal-1/command", b"mute", false),
        (to, b"identify", false),
    ] {
        broker.write(topic, payload, retained).await;
    }
    let first = command(&mut line).await;
    assert_eq!(first.verb.name(), "identify", "the first that was one");
    assert!(first.expires_ms - first.issued_ms <= 20_000);
    for verb in ["preflight", "mute"] {
        broker.write(to, verb.as_bytes(), false).await;
        assert_eq!(command(&mut line).await.verb.name(), verb);
    }
    for _ in 0..12 {
        broker.write(to, b"mute", false).await;
    }
    for (why, count) in [("verb", 3), ("retained", 1), ("room", 2), ("topic", 1)] {
        until(why, async || refused(&rig, why).await == count).await;
    }
    until("too many are refused", async || {
        refused(&rig, "again").await + refused(&rig, "pace").await >= 9
    })
    .await;
    assert!(is_online(&broker).await, "and the connection held");

    let tenant = &rig.fleet.tenant;
    let (one, two) = ("saal-1".parse().unwrap(), "saal-2".parse().unwrap());
    let told = rig.fleet.commands.of_room(tenant, &one).await.unwrap();
    assert!(told.iter().all(|order| order.by == "mqtt"));
    assert!((3..=6).contains(&told.len()), "{}", told.len());
    assert!(
        rig.fleet
            .commands
            .of_room(tenant, &two)
            .await
            .unwrap()
            .is_empty()
    );
    let admin = rig.person("chief", Role::Admin, None).await;
    let log = admin.page("/audit/export").await;
    let acts = log
        .lines()
        .filter(|line| line.contains("\"room-told\"") && line.contains("\"mqtt\""));
    assert_eq!(
        acts.count(),
        told.len(),
        "each is in the log of who did what"
    );
    drop(other);
}
