//! Rooms on a real broker, with TLS and rules: what it holds is what the cards say, and three verbs come from it and nothing else.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../common/broker.rs"]
mod broker;
#[path = "../common/mod.rs"]
mod common;
mod silent;
mod verbs;

use broker::Broker;
use common::{Line, Rig, TestRoom, state};
use fleetd::bridge::{Bridge, Standing};
use fleetd::people::Role;
use fleetd::rooms::Slug;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Nothing here takes longer, whatever else the machine does.
const LIMIT: Duration = Duration::from_secs(90);

async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let end = Instant::now() + LIMIT;
    while !is().await {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn set(rig: &Rig, bridge: &Bridge) {
    rig.fleet
        .bridge
        .write(&rig.fleet.tenant, bridge)
        .await
        .unwrap();
}

async fn is_online(broker: &Broker) -> bool {
    broker.on("roomd/own/availability").await == "online"
}

/// Why the server is not on the broker.
async fn failed(rig: &Rig) -> Option<String> {
    let status = rig.fleet.bridge.status(&rig.fleet.tenant).await.unwrap()?;
    match status.standing {
        Standing::Failed { why, .. } => Some(why),
        Standing::Connected => None,
    }
}

async fn said(rig: &Rig, id: &str, site: &str, faults: &[&str]) -> (TestRoom, Line) {
    let room = rig.room(id, site).await;
    let mut line = room.line().await;
    line.say(&state(1, faults)).await;
    (room, line)
}

fn device(id: &str) -> String {
    format!("homeassistant/device/roomd_own_{id}/config")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_broker_holds_what_the_cards_say_until_nobody_wants_that_any_more() {
    let Some(mut broker) = Broker::start() else {
        return;
    };
    let rig = Rig::start().await;
    let (_one, line) = said(&rig, "saal-1", "nord", &["mic-gone"]).await;
    let (_two, _line) = said(&rig, "saal-2", "sued", &[]).await;
    assert_eq!(
        broker.retained().await.len(),
        0,
        "nothing connects by itself"
    );
    set(&rig, &broker.settings()).await;
    until("it is on the broker", async || is_online(&broker).await).await;
    let held = broker.retained().await;
    assert_eq!(held.len(), 7, "{held:?}");
    let one: Value = serde_json::from_str(&held["roomd/own/saal-1/state"]).unwrap();
    assert_eq!(
        (&one["fault"], &one["fault_code"]),
        (&json!(true), &json!("mic-gone"))
    );
    assert_eq!(held["roomd/own/saal-1/availability"], "online");
    let config: Value = serde_json::from_str(&held[&device("saal-1")]).unwrap();
    assert_eq!(config["device"]["name"], "saal-1 (nord)");

    // A room that is away says nothing that it was.
    drop(line);
    until("it is away", async || {
        broker.on("roomd/own/saal-1/availability").await == "offline"
    })
    .await;
    until("and unknown", async || {
        broker.on("roomd/own/saal-1/state").await["fault"].is_null()
    })
    .await;

    // The broker forgets everything, and is told everything.
    broker.kill();
    until("it is missed", async || failed(&rig).await.is_some()).await;
    broker.begin();
    until("all is there again", async || is_online(&broker).await).await;
    assert_eq!(broker.retained().await.len(), 7);

    let (fleet, tenant) = (&rig.fleet, &rig.fleet.tenant);
    let id = "saal-1".parse().unwrap();
    let place = fleet.roster.card(tenant, &id).unwrap().room.place;
    fleet
        .place(tenant, (&id, "Rotes Zimmer".into(), place), "test")
        .await
        .unwrap();
    until("it is called so", async || {
        broker.on(&device("saal-1")).await["device"]["name"] == "Rotes Zimmer (nord)"
    })
    .await;
    let narrowed = Bridge {
        sites: [Slug::of("nord").unwrap()].into(),
        discovery: "ha".to_owned(),
        ..broker.settings()
    };
    set(&rig, &narrowed).await;
    until("one site is left", async || {
        let held = broker.retained().await;
        held.keys().all(|topic| !topic.contains("saal-2")) && !held.is_empty()
    })
    .await;
    until("and what the broker's rules forbid is said", async || {
        let status = fleet.bridge.status(tenant).await.unwrap().unwrap();
        status.denied.as_deref() == Some("ha/device/roomd_own_saal-1/config")
    })
    .await;
    fleet.turn_out(tenant, &id, "test").await.unwrap();
    until("it is gone", async || {
        let held = broker.retained().await;
        held.keys().eq(["roomd/own/availability"])
    })
    .await;
    fleet.bridge.drop_bridge(tenant).await.unwrap();
    until("nothing is left", async || {
        broker.retained().await.is_empty()
    })
    .await;
    until("nor a state", async || {
        fleet.bridge.status(tenant).await.unwrap().is_none()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn why_there_is_no_connection_is_said_and_a_change_takes_hold_at_once() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let rig = Rig::start().await;
    let (good, elsewhere) = (broker.settings(), Broker::start().unwrap());
    let plain = good.broker.replace("mqtts", "mqtt");
    for (bridge, why) in [
        (
            Bridge {
                password: fleetd::secrets::Hidden::of("anderes"),
                ..good.clone()
            },
            "login",
        ),
        (
            Bridge {
                ca: elsewhere.authority.clone(),
                ..good.clone()
            },
            "tls",
        ),
        (
            Bridge {
                ca: String::new(),
                ..good.clone()
            },
            "tls",
        ),
        (
            Bridge {
                broker: "mqtt://127.0.0.1:9".to_owned(),
                ..good.clone()
            },
            "unreachable",
        ),
        (
            Bridge {
                broker: plain,
                ..good.clone()
            },
            "closed",
        ),
        (
            Bridge {
                broker: format!("mqtts://{}", rig.at),
                ca: String::new(),
                ..good.clone()
            },
            "tls",
        ),
    ] {
        set(&rig, &bridge).await;
        until(why, async || failed(&rig).await.as_deref() == Some(why)).await;
    }
    assert_eq!(broker.retained().await.len(), 0);
    set(&rig, &good).await;
    until("it connects", async || is_online(&broker).await).await;
    assert_eq!(failed(&rig).await, None);
    let folder = rig.end().await;
    assert_eq!(
        broker.on("roomd/own/availability").await,
        "offline",
        "it says goodbye"
    );
    drop(folder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_administrator_sets_it_by_page_and_api_and_nothing_secret_comes_out() {
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    let fields = |broker: &'static str, password: &'static str| {
        vec![
            ("broker", broker),
            ("user", "fleet"),
            ("broker-password", password),
            ("topics", "roomd"),
            ("discovery", ""),
            ("language", "en"),
            ("sites", "Nord, sued"),
            ("verbs", "yes"),
        ]
    };
    let write = async |fields: &[(&str, &str)]| admin.act("/alerts/mqtt", fields).await.status();
    let kept = async || rig.fleet.bridge.bridge(&rig.fleet.tenant).await.unwrap();
    for bad in ["https://broker", "mqtt://me:geheim@broker"] {
        let refused = admin
            .act("/alerts/mqtt", &fields(bad, "geheim am Broker"))
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.text().await.unwrap();
        assert!(
            page.contains("role=\"alert\"") && page.contains("Nord, sued"),
            "{page}"
        );
        assert!(!page.contains("geheim am Broker"));
    }
    assert!(kept().await.is_none(), "what is refused is not kept");
    let at = "mqtt://127.0.0.1:9";
    assert_eq!(
        write(&fields(at, "geheim am Broker")).await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(write(&fields(at, "")).await, StatusCode::SEE_OTHER);
    let now = kept().await.unwrap();
    assert!(now.takes_verbs && now.sites.len() == 2 && now.discovery.is_empty());
    assert!(!now.password.is_empty(), "a field left empty keeps it");
    until("its state is on the page", async || {
        admin
            .page("/alerts/mqtt")
            .await
            .contains("class=\"trouble\"")
    })
    .await;
    let shown = [
        admin.page("/alerts/mqtt").await,
        admin.page("/audit/export").await,
        admin.page("/api/v1/mqtt").await,
    ];
    assert!(shown.iter().all(|text| !text.contains("geheim am Broker")));
    let told: Value = serde_json::from_str(&shown[2]).unwrap();
    assert_eq!(
        (
            &told["bridge"]["has_password"],
            &told["bridge"]["takes_verbs"]
        ),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        shown[1].matches("bridge-written").count(),
        2,
        "only what was taken is noted"
    );
    assert_eq!(
        write(&fields("mqtt://127.0.0.1:10", "")).await,
        StatusCode::SEE_OTHER
    );
    assert!(
        kept().await.unwrap().password.is_empty(),
        "it goes to no other broker"
    );
    let dropped = admin.act("/alerts/mqtt/drop", &[]).await;
    assert_eq!(dropped.status(), StatusCode::SEE_OTHER);
    assert!(kept().await.is_none());
    let viewer = rig.person("viewer", Role::Viewer, None).await;
    assert_eq!(
        viewer.get("/alerts/mqtt").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_tenants_on_one_broker_meet_nowhere() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let [halle, jena] = Rig::tenants().await;
    let (_room, _line) = said(&halle, "saal-1", "nord", &[]).await;
    let bridge = Bridge {
        takes_verbs: true,
        ..broker.settings()
    };
    for rig in [&halle, &jena] {
        set(rig, &bridge).await;
    }
    until("both are on the broker", async || {
        let held = broker.retained().await;
        ["halle", "jena"].iter().all(|tenant| {
            let word = held.get(&format!("roomd/{tenant}/availability"));
            word.is_some_and(|word| word == "online")
        })
    })
    .await;
    let held = broker.retained().await;
    assert_eq!(
        held.keys().filter(|topic| topic.contains("jena")).count(),
        1
    );
    broker
        .write("roomd/jena/saal-1/command", b"mute", false)
        .await;
    until("the other tenant has no such room", async || {
        let status = jena.fleet.bridge.status(&jena.fleet.tenant).await.unwrap();
        status.is_some_and(|status| status.refused.contains_key("room"))
    })
    .await;
    let room = "saal-1".parse().unwrap();
    let told = halle
        .fleet
        .commands
        .of_room(&halle.fleet.tenant, &room)
        .await;
    assert!(told.unwrap().is_empty());
}
