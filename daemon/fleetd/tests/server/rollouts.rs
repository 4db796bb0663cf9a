//! Releases from the signing folder through the rings to rooms at the other end of real lines; and an administrator's hand on them.

use crate::common::release::Publisher;
use crate::common::{Browser, Line, Rig, state, until};
use fleet_proto::*;
use fleetd::people::Role;
use fleetd::rollouts::Phase;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const TAKES: [&str; 1] = [TAKES_PACKS];

/// A token for everything.
async fn chief(rig: &Rig) -> (Browser, String) {
    let token = crate::common::administrator(&rig.fleet.people).await;
    (rig.stranger(), token)
}

struct Api(Browser, String);

impl Api {
    async fn of(rig: &Rig) -> Api {
        let (browser, token) = chief(rig).await;
        Api(browser, token)
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.0.request(method, path).bearer_auth(&self.1);
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, said) = self.ask(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {said}");
        said
    }

    async fn rings(&self, wait_min: u32) {
        let ring = |name: &str, at_once: u8| json!({ "name": name, "at_once": at_once, "proven": 100, "failed": 0, "wait_min": wait_min });
        let rings = json!({ "rings": [ring("canary", 100), ring("early", 100), ring("all", 50)] });
        self.done(Method::PUT, "/api/v1/rings", rings).await;
    }

    async fn put_in(&self, room: &str, ring: &str) {
        let path = format!("/api/v1/rooms/{room}/ring");
        self.done(Method::PUT, &path, json!({ "ring": ring })).await;
    }

    async fn rollout(&self) -> Value {
        self.done(
            Method::GET,
            "/api/v1/rollouts/join-pack-practice-901",
            json!({}),
        )
        .await
    }

    async fn begin(&self) {
        let target = json!({ "target": Publisher::TARGET });
        let said = self.done(Method::POST, "/api/v1/rollouts", target).await;
        assert_eq!(said["name"], json!("join-pack-practice-901"));
    }

    async fn change(&self, word: &str) -> Value {
        let path = format!("/api/v1/rollouts/join-pack-practice-901/{word}");
        self.done(Method::POST, &path, json!({})).await
    }

    fn room<'a>(said: &'a Value, room: &str) -> &'a Value {
        let rooms = said["rooms"].as_array().unwrap();
        let found = rooms.iter().find(|one| one["room"] == json!(room));
        &found.unwrap_or_else(|| panic!("{room} in {said}"))["standing"]
    }
}

/// A room that takes releases and is idle.
async fn idle(rig: &Rig, room: &str) -> Line {
    let room = rig.room(room, "nord").await;
    let mut line = room.line_that_knows(&TAKES).await;
    line.say(&state(1, &[])).await;
    line
}

async fn offered(line: &mut Line) -> Vec<Offer> {
    match line.hear().await {
        FromFleet::Offers(Offers { offers }) => offers,
        other => panic!("{other:?}"),
    }
}

async fn says(line: &mut Line, offer: &Offer, stage: Stage) {
    let offer = offer.clone();
    line.say(&FromRoom::Release(ReleaseNow { offer, stage }))
        .await;
}

async fn phase(rig: &Rig, wanted: Phase) {
    until("the rollout's phase", async || {
        let all = rig.fleet.rollouts.all(&rig.fleet.tenant);
        all.iter().any(|kept| kept.value.phase == wanted)
    })
    .await;
}

#[tokio::test]
async fn a_release_goes_ring_by_ring_and_one_bad_room_halts_it() {
    let rig = Rig::start().await;
    Publisher::new().publish(&rig).await;
    let api = Api::of(&rig).await;
    api.rings(0).await;
    let (mut canary, mut early, mut last) = (
        idle(&rig, "saal-1").await,
        idle(&rig, "saal-2").await,
        idle(&rig, "saal-3").await,
    );
    api.put_in("saal-1", "canary").await;
    api.put_in("saal-2", "early").await;
    api.begin().await;

    let offers = offered(&mut canary).await;
    assert_eq!((offers.len(), offers[0].attempt), (1, 1));
    assert_eq!(offers[0].target.as_str(), Publisher::TARGET);
    says(&mut canary, &offers[0], Stage::Begun {}).await;
    says(&mut canary, &offers[0], Stage::Proven {}).await;

    let offers = offered(&mut early).await;
    says(&mut early, &offers[0], Stage::Begun {}).await;
    let code = "release-canary".parse().unwrap();
    says(&mut early, &offers[0], Stage::Failed { code }).await;
    phase(&rig, Phase::Halted).await;
    let said = api.rollout().await;
    assert_eq!(Api::room(&said, "saal-1")["is"]["is"], json!("proven"));
    assert_eq!(
        Api::room(&said, "saal-2")["is"]["code"],
        json!("release-canary")
    );
    assert_eq!(Api::room(&said, "saal-3")["is"]["is"], json!("free"));
    assert_eq!(
        (&said["phase"], &said["open"]),
        (&json!("halted"), &json!(1))
    );

    let alerts =
        async || api.done(Method::GET, "/api/v1/alerts", json!({})).await["alerts"].clone();
    until("the bad room is an alert", async || {
        let alerts = alerts().await;
        let mut all = alerts.as_array().unwrap().iter();
        all.any(|alert| alert["cause"] == "release-failed" && alert["ended_ms"].is_null())
    })
    .await;

    // Gone on with, the failed room stays in its box; an administrator lets it try again under another number.
    api.change("go-on").await;
    let readmit = "/api/v1/rollouts/join-pack-practice-901/rooms/saal-2/readmit";
    let said = api.done(Method::POST, readmit, json!({})).await;
    assert_eq!(Api::room(&said, "saal-2")["attempt"], json!(2));
    let offers = loop {
        let offers = offered(&mut early).await;
        if !offers.is_empty() {
            break offers;
        }
    };
    assert_eq!(offers[0].attempt, 2);
    says(&mut early, &offers[0], Stage::Proven {}).await;
    let offers = offered(&mut last).await;
    assert_eq!(offers[0].attempt, 1);

    // Everything that people did and that happened by itself is in the log.
    let log = rig
        .fleet
        .ledger
        .read(&rig.fleet.tenant, 0, 500)
        .await
        .unwrap();
    let log: Vec<String> = log.iter().map(|entry| entry.line()).collect();
    for act in [
        "rings-written",
        "room-ring",
        "rollout-begun",
        "rollout-ring",
        "rollout-halted",
        "rollout-changed",
        "rollout-room",
    ] {
        assert!(log.iter().any(|line| line.contains(act)), "{act}");
    }
}

/// A rollout that has begun, and the one room of its first ring.
async fn begun() -> (Rig, Api, Line) {
    let rig = Rig::start().await;
    Publisher::new().publish(&rig).await;
    let api = Api::of(&rig).await;
    api.rings(0).await;
    let line = idle(&rig, "saal-1").await;
    api.put_in("saal-1", "canary").await;
    api.begin().await;
    (rig, api, line)
}

#[tokio::test]
async fn an_emergency_stop_takes_back_what_was_not_begun_and_nothing_is_offered_after_it() {
    let (rig, api, mut line) = begun().await;
    let again = api
        .ask(
            Method::POST,
            "/api/v1/rollouts",
            json!({ "target": Publisher::TARGET }),
        )
        .await;
    assert_eq!(again.1["error"], json!("rollout-busy"));
    assert_eq!(offered(&mut line).await.len(), 1);
    let said = api.change("stop").await;
    assert_eq!(said["phase"], json!("stopped"));
    assert_eq!(offered(&mut line).await, [], "taken back at once");
    rig.fleet.roll_out_once().await.unwrap();
    let said = api.rollout().await;
    assert_eq!(Api::room(&said, "saal-1")["is"]["is"], json!("free"));
    let path = "/api/v1/rollouts/join-pack-practice-901/go-on";
    let over = api.ask(Method::POST, path, json!({})).await;
    assert_eq!(over.1["error"], json!("rollout-over"));
}

#[tokio::test]
async fn a_room_in_a_meeting_or_near_one_is_offered_nothing() {
    let (rig, _, mut line) = begun().await;
    assert_eq!(offered(&mut line).await.len(), 1);
    let FromRoom::State(mut said) = state(2, &[]) else {
        panic!("a state");
    };
    said.of.next_meeting_ms = Some(rig.fleet.now_ms() + NEAR_MS - 1_000);
    line.say(&FromRoom::State(said)).await;
    assert_eq!(
        offered(&mut line).await,
        [],
        "taken back, as a meeting is near"
    );
    line.say(&state(3, &[])).await;
    assert_eq!(offered(&mut line).await.len(), 1);
    // A room that comes back is told what it is offered, before it asks.
    drop(line);
}

#[tokio::test]
async fn signed_files_are_for_rooms_alone_and_only_what_was_published() {
    let rig = Rig::start().await;
    let publisher = Publisher::new();
    publisher.publish(&rig).await;
    let room = rig.room("saal-1", "nord").await;
    let at = |name: &str| format!("https://localhost:{}{RELEASES_PATH}{name}", rig.at.port());
    let get = async |name: &str| room.http().get(at(name)).send().await.unwrap();
    let timestamp = get("timestamp.json").await;
    assert_eq!(timestamp.status(), StatusCode::OK);
    let here = std::fs::read(publisher.list().join("timestamp.json")).unwrap();
    assert_eq!(timestamp.bytes().await.unwrap(), here);
    for name in ["99.root.json", "root.key", "../fleet.db", "targets/00"] {
        assert_eq!(get(name).await.status(), StatusCode::NOT_FOUND, "{name}");
    }
    let stranger = rig
        .stranger()
        .get(&format!("{RELEASES_PATH}timestamp.json"))
        .await;
    assert_eq!(stranger.status(), StatusCode::FORBIDDEN);

    // What is older, or under another root, is not published: rooms would refuse it.
    let older = publisher.copy();
    publisher.sign_again();
    publisher.publish(&rig).await;
    let refused = rig
        .fleet
        .repository
        .publish(older.path(), chrono::Utc::now())
        .await;
    assert!(refused.unwrap_err().to_string().contains("trusted before"));
    let other = Publisher::new();
    let refused = rig
        .fleet
        .repository
        .publish(&other.list(), chrono::Utc::now())
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("another 1.root.json")
    );
}

#[tokio::test]
async fn only_who_may_set_changes_a_release() {
    let rig = Rig::start().await;
    Publisher::new().publish(&rig).await;
    let viewer = rig.person("vera", Role::Viewer, None).await;
    let page = viewer.page("/rollouts").await;
    assert!(!page.contains("action=\"/rollouts\""), "nothing to press");
    let operator = rig.person("otto", Role::Operator, None).await;
    let begun = operator
        .act("/rollouts", &[("target", Publisher::TARGET)])
        .await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    let refused = viewer
        .act("/rollouts/join-pack-practice-901", &[("do", "stop")])
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let of_a_site = rig.person("nina", Role::Operator, Some("nord")).await;
    let refused = of_a_site
        .act("/rollouts/join-pack-practice-901", &[("do", "stop")])
        .await;
    assert_eq!(
        refused.status(),
        StatusCode::FORBIDDEN,
        "it is every site's"
    );
}
