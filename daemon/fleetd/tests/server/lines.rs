//! Lines: what rooms say and are told, two at once, late words, floods, and what is left after a restart.

use crate::common::{Rig, state, until};
use fleet_proto::*;
use fleetd::people::Role;
use fleetd::rooms::Light;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn light(rig: &Rig, room: &str) -> Light {
    let card = rig
        .fleet
        .roster
        .card(&rig.fleet.tenant, &room.parse().unwrap());
    card.unwrap().light().0
}

fn said(rig: &Rig, room: &str) -> bool {
    let card = rig
        .fleet
        .roster
        .card(&rig.fleet.tenant, &room.parse().unwrap());
    card.unwrap().seen.state.is_some()
}

async fn becomes(rig: &Rig, room: &str, wanted: Light) {
    until(wanted.word(), async || light(rig, room) == wanted).await;
}

#[tokio::test]
async fn a_rooms_state_is_seen_and_unknown_when_its_line_is_down() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    let room = rig.room("saal-2", "nord").await;
    assert_eq!(light(&rig, "saal-2"), Light::Unknown);
    let mut line = room.line().await;
    line.say(&state(1, &[])).await;
    becomes(&rig, "saal-2", Light::Green).await;
    line.say(&state(2, &["mic-gone"])).await;
    becomes(&rig, "saal-2", Light::Red).await;
    let page = anna.page("/rooms/saal-2").await;
    assert!(
        !page.contains("value=\"identify\""),
        "what the room does not know is not offered"
    );
    assert!(
        page.contains("Kein Mikrofon") || page.contains("Mikrofon"),
        "{page}"
    );
    assert!(page.contains("mic-gone"));
    line.say(&state(1, &[])).await;
    let FromRoom::State(mut failed) = state(3, &["camera-another"]) else {
        panic!("a state");
    };
    failed.of.phase = Phase::Failed;
    failed.of.call = Some(CallNow {
        since_ms: None,
        way: Some(Way::Page),
        failure: Some("call-captcha-needed".parse().unwrap()),
    });
    line.say(&FromRoom::State(failed)).await;
    until("the third", async || {
        anna.page("/rooms/saal-2").await.contains("camera-another")
    })
    .await;
    let page = anna.page("/rooms/saal-2").await;
    assert!(
        page.contains("Die Konferenz verlangt eine Prüfaufgabe"),
        "why the room is in no meeting: {page}"
    );
    drop(line);
    becomes(&rig, "saal-2", Light::Unknown).await;
    let answer: Value = anna.get("/api/v1/rooms/saal-2").await.json().await.unwrap();
    assert_eq!(answer["link"]["is"], "down");
    assert_eq!(answer["state"]["faults"][0]["code"], "camera-another");
    assert!(answer["age_ms"].as_i64().unwrap() >= 0);
    let lights = async || -> Vec<String> {
        let history = anna.get("/api/v1/rooms/saal-2/history").await;
        let history: Value = history.json().await.unwrap();
        let turns = history["history"].as_array().unwrap().iter();
        turns
            .map(|turn| turn["light"].as_str().unwrap().to_owned())
            .collect()
    };
    // A turn is written down after it is seen.
    until("the last turn in the history", async || {
        lights()
            .await
            .first()
            .is_some_and(|light| light == "offline")
    })
    .await;
    assert_eq!(lights().await, ["offline", "red", "red", "green"]);
}

#[tokio::test]
async fn of_two_lines_of_one_room_the_newer_stays_and_the_older_is_told() {
    let rig = Rig::start().await;
    let room = rig.room("saal-2", "nord").await;
    let mut older = room.line().await;
    let mut newer = room.line().await;
    assert_eq!(older.goodbye().await, GoodbyeWhy::Replaced);
    newer.say(&state(1, &[])).await;
    becomes(&rig, "saal-2", Light::Green).await;
    assert_eq!(rig.fleet.hub.count(), 1);
}

#[tokio::test]
async fn what_no_room_says_ends_the_line_and_touches_no_other() {
    let rig = Rig::start().await;
    let good = rig.room("gut", "nord").await;
    let bad = rig.room("boese", "nord").await;
    let mut steady = good.line().await;
    steady.say(&state(1, &[])).await;
    for nonsense in [
        "",
        "{",
        "[]",
        "{\"kind\":\"state\"}",
        "{\"kind\":\"hello\"}",
    ] {
        let mut line = bad.line().await;
        line.text(nonsense).await;
        assert_eq!(line.goodbye().await, GoodbyeWhy::Broken, "{nonsense}");
    }
    let mut line = bad.line().await;
    line.text("{\"kind\":\"of-the-future\",\"x\":1}").await;
    line.say(&state(1, &[])).await;
    becomes(&rig, "boese", Light::Red).await;
    until("what it says is taken all the same", async || {
        said(&rig, "boese")
    })
    .await;
    for seq in 0..200 {
        line.say(&state(seq, &[])).await;
    }
    assert_eq!(line.goodbye().await, GoodbyeWhy::Broken, "a flood");
    let mut pinging = bad.line().await;
    for _ in 0..200 {
        pinging.ping().await;
    }
    assert_eq!(pinging.goodbye().await, GoodbyeWhy::Broken, "pings");
    let mut huge = bad.line().await;
    huge.text(&"x".repeat(MAX_MESSAGE + 1)).await;
    until("the huge one has ended", async || {
        rig.fleet.hub.count() == 1
    })
    .await;
    becomes(&rig, "gut", Light::Green).await;
}

#[tokio::test]
async fn only_an_enrolled_rooms_certificate_opens_a_line() {
    let (rig, elsewhere) = (Rig::start().await, Rig::start().await);
    let status = rig.stranger().get("/room/v1/socket").await.status();
    assert_eq!(status, StatusCode::FORBIDDEN);
    let foreign = elsewhere.room("saal-2", "nord").await;
    let tcp = tokio::net::TcpStream::connect(rig.at).await;
    drop(tcp);
    let mut mixed = rig.room("saal-2", "nord").await;
    let own = mixed.papers.take().unwrap();
    let mut papers = foreign.papers.clone().unwrap();
    papers.authority_pem = own.authority_pem;
    mixed.papers = Some(papers);
    let tried = tokio::spawn(async move { mixed.socket(rig.at).await.is_ok() });
    assert!(
        tried.await.is_err(),
        "the handshake refuses another authority's room"
    );
}

#[tokio::test]
async fn a_command_is_done_once_and_its_end_is_told() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, None).await;
    let token = token(&rig, "anna").await;
    let room = rig.room("saal-2", "nord").await;
    let tell = async |body: Value| {
        let post = anna.request(reqwest::Method::POST, "/api/v1/rooms/saal-2/commands");
        let answer = post.bearer_auth(&token).json(&body).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let mute = json!({ "id": "mute-0001", "verb": { "do": "mute" }, "wait_s": 20 });
    let (_, offline) = tell(mute.clone()).await;
    assert_eq!(offline["standing"]["is"], "offline", "answered at once");

    let mut line = room.line().await;
    let answers = tokio::spawn(async move {
        let FromFleet::Command(command) = line.hear().await else {
            panic!("a command");
        };
        for outcome in [Outcome::Begun {}, Outcome::Done {}] {
            let id = command.id.clone();
            line.say(&FromRoom::Answer(Answer { id, outcome })).await;
        }
        (line, command)
    });
    let mute = json!({ "id": "mute-0002", "verb": { "do": "mute" }, "wait_s": 20 });
    let (_, done) = tell(mute.clone()).await;
    assert_eq!(done["standing"]["is"], "done");
    let (mut line, command) = answers.await.unwrap();
    assert_eq!(command.verb, Verb::Mute {});
    let (_, again) = tell(mute).await;
    assert_eq!(
        again["standing"]["is"], "done",
        "the same command, not another"
    );
    let other = json!({ "id": "mute-0002", "verb": { "do": "leave" } });
    let (status, _) = tell(other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for open in ["unmute", "open-microphone", "camera-on"] {
        let (status, _) = tell(json!({ "verb": { "do": open } })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{open}");
    }
    line.say(&state(1, &[])).await;
    becomes(&rig, "saal-2", Light::Green).await;
    let next = tokio::time::timeout(std::time::Duration::from_millis(100), line.hear()).await;
    assert!(next.is_err(), "the room was told nothing else: {next:?}");
}

async fn token(rig: &Rig, of: &str) -> String {
    let token = fleetd::people::Token {
        name: "test".to_owned(),
        of: of.to_owned(),
        scopes: fleetd::people::Right::ALL.to_vec(),
        until_ms: i64::MAX,
    };
    let made = rig.fleet.people.make_token(&rig.fleet.tenant, &token);
    made.await.unwrap()
}

#[tokio::test]
async fn a_queued_command_waits_for_the_line_and_a_late_one_expires() {
    let rig = Rig::start().await;
    let room = rig.room("saal-2", "nord").await;
    let (tenant, id): (_, RoomId) = (&rig.fleet.tenant, "saal-2".parse().unwrap());
    let wish = |id: &str, lasts: u64| fleetd::commands::Wish {
        id: id.parse().unwrap(),
        verb: Verb::Preflight {},
        lasts: std::time::Duration::from_secs(lasts),
        until_ms: None,
        waits: true,
        grant: None,
        by: "anna".to_owned(),
    };
    rig.fleet
        .tell((tenant, &id), wish("stays-01", 60))
        .await
        .unwrap();
    rig.fleet
        .tell((tenant, &id), wish("ends-0001", 0))
        .await
        .unwrap();
    until("it has expired", async || {
        let command = "ends-0001".parse().unwrap();
        let order = rig.fleet.commands.get((tenant, &id), &command);
        order.await.unwrap().unwrap().standing.word() == "expired"
    })
    .await;
    // A restart forgets neither.
    let rig = Rig::start_in(rig.end().await).await;
    let mut line = room.line_at(rig.at, None).await;
    let FromFleet::Command(command) = line.hear().await else {
        panic!("a command");
    };
    assert_eq!(command.id.as_str(), "stays-01");
}

#[tokio::test]
async fn a_server_that_ends_says_so_and_knows_everything_again() {
    let rig = Rig::start().await;
    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone"])).await;
    becomes(&rig, "saal-2", Light::Red).await;
    let folder = rig.end().await;
    assert_eq!(line.goodbye().await, GoodbyeWhy::Restart);
    let rig = Rig::start_in(folder).await;
    assert_eq!(light(&rig, "saal-2"), Light::Unknown, "no line is up");
    let card = rig
        .fleet
        .roster
        .card(&rig.fleet.tenant, &"saal-2".parse().unwrap());
    let faults = card.unwrap().seen.state.unwrap().faults;
    assert_eq!(faults[0].code.as_str(), "mic-gone");
    let mut line = room.line_at(rig.at, None).await;
    line.say(&state(1, &[])).await;
    becomes(&rig, "saal-2", Light::Green).await;
}

#[tokio::test]
async fn a_bundle_is_taken_once_from_the_room_that_was_asked() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Helpdesk, None).await;
    let (room, other) = (
        rig.room("saal-2", "nord").await,
        rig.room("saal-3", "nord").await,
    );
    let mut line = room.line().await;
    until("the line is up", async || rig.fleet.hub.count() == 1).await;
    let press = [("verb", "log-bundle"), ("command", "bundle-001")];
    for _ in 0..2 {
        let pressed = anna.act("/rooms/saal-2/tell", &press).await;
        assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    }
    let FromFleet::Command(command) = line.hear().await else {
        panic!("a command");
    };
    let Verb::LogBundle { to } = command.verb else {
        panic!("a bundle");
    };
    let address = format!(
        "https://localhost:{}{UPLOAD_PATH}{}",
        rig.at.port(),
        to.token
    );
    let put = |room: &crate::common::TestRoom| room.http().put(&address).body("logs").send();
    assert_eq!(put(&other).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(put(&room).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(
        put(&room).await.unwrap().status(),
        StatusCode::NOT_FOUND,
        "once"
    );
    let file = format!("/rooms/saal-2/files/{}", to.token);
    assert!(anna.page("/rooms/saal-2").await.contains(&file));
    assert_eq!(anna.page(&file).await, "logs");
    let wrong = format!("/rooms/saal-3/files/{}", to.token);
    assert_eq!(anna.get(&wrong).await.status(), StatusCode::NOT_FOUND);
}
