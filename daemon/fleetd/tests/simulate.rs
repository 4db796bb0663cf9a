//! `fleetd simulate` at a real server in this process: each story with few rooms, and the server is judged. The stories judge
//! themselves; what is looked at here is what people and other rooms see of it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Rig, until};
use fleetd::people::{Grant, Invite, Role};
use fleetd::rooms::{Light, Misdeed};
use fleetd::serve::listen;
use fleetd::simulate::{OfDay, Outcome, Story, Wanted, echo, simulate};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// A story at this server, begun in a folder that has what it needs.
async fn wanted(rig: &Rig, story: Story, rooms: u32) -> Wanted {
    let folder = rig.folder.path();
    let grants = vec![Grant {
        role: Role::Admin,
        site: None,
    }];
    let invite = Invite {
        name: "simulator".to_owned(),
        grants,
    };
    let (people, tenant) = (&rig.fleet.people, &rig.fleet.tenant);
    let token = people.program(tenant, invite, (rig.fleet.now_ms(), i64::MAX));
    std::fs::write(folder.join("token"), token.await.unwrap()).unwrap();
    std::fs::write(folder.join("authority"), rig.fleet.authority.ca_pem()).unwrap();
    Wanted {
        server: format!("https://localhost:{}", rig.at.port())
            .parse()
            .unwrap(),
        authority: folder.join("authority"),
        token: folder.join("token"),
        rooms,
        story,
        speed: 1.0,
        from: OfDay(10 * 3600),
        lasts: None,
        seed: 7,
        prefix: "sim".to_owned(),
        papers: None,
        turn_out: false,
        commands: 20,
        watch: None,
        cookie: None,
        echo: None,
    }
}

async fn play(wanted: Wanted) -> Outcome {
    let stop = CancellationToken::new();
    let outcome = simulate(wanted, &stop, |line| eprintln!("{line}"));
    let outcome = outcome.await.unwrap();
    eprintln!("{}", outcome.line());
    outcome
}

fn misdeeds(rig: &Rig, room: u32) -> Vec<Misdeed> {
    let id = format!("sim-{room:05}").parse().unwrap();
    let card = rig.fleet.roster.card(&rig.fleet.tenant, &id).unwrap();
    card.seen.misdeeds.each().map(|(what, _)| what).collect()
}

/// How large what a function begins is while it waits.
fn size_of_waiting<A, B, C, F: Future>(_: impl Fn(A, B, C) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn a_line_that_waits_is_small() {
    let size = size_of_waiting(fleetd::hub::attend);
    assert!(size <= 2048, "{size} bytes a line, ten thousand times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_day_is_lived_and_seen() {
    let rig = Rig::start().await;
    let mut day = wanted(&rig, Story::Day, 40).await;
    // A day in half a minute would be too fast to be said twice a second; a meeting lasts some seconds so.
    day.speed = 400.0;
    day.papers = Some(rig.folder.path().join("papers"));
    let again = day.clone();
    let stop = CancellationToken::new();
    let playing = tokio::spawn({
        let stop = stop.clone();
        async move { simulate(day, &stop, |_| {}).await }
    });
    let count = |is: fn(&fleetd::rooms::Card) -> bool| {
        let mut count = 0;
        rig.fleet
            .roster
            .each(&rig.fleet.tenant, |card| count += usize::from(is(card)));
        count
    };
    until("a room is in a meeting, and says so", async || {
        count(|card| {
            let state = card.seen.state.as_ref();
            state.is_some_and(|state| state.call.as_ref().is_some_and(|c| c.since_ms.is_some()))
        }) > 0
    })
    .await;
    until(
        "a building's switch has failed, and its rooms are unknown",
        async || count(|card| card.light().0 == Light::Unknown) >= 25,
    )
    .await;
    until("and they come back", async || {
        count(|card| card.light().0 == Light::Unknown) == 0
    })
    .await;
    stop.cancel();
    let outcome = playing.await.unwrap().unwrap();
    assert!(outcome.is_well(), "{}", outcome.line());

    // The same rooms again, with their keys.
    let mut short = again;
    short.lasts = Some(1);
    short.turn_out = true;
    let outcome = play(short).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(rig.fleet.all_rooms(&rig.fleet.tenant), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_rooms_come_back_from_a_storm() {
    let rig = Rig::start().await;
    let outcome = play(wanted(&rig, Story::Storm, 60).await).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(outcome.get("storm")["rooms"], 60);
    assert_eq!(outcome.get("connects"), &json!(120));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_taken_of_rooms_pages_and_lines() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = listener.local_addr().unwrap().port();
    let stop = CancellationToken::new();
    let echoing = {
        let (fleet, stop) = (rig.fleet.clone(), stop.clone());
        tokio::spawn(async move { echo(&fleet.authority, listener, stop).await })
    };
    let mut numbers = wanted(&rig, Story::Numbers, 40).await;
    numbers.lasts = Some(1);
    numbers.watch = Some(std::process::id());
    numbers.cookie = Some(rig.folder.path().join("cookie"));
    numbers.echo = Some(format!("https://localhost:{port}").parse().unwrap());
    std::fs::write(rig.folder.path().join("cookie"), anna.cookie.unwrap()).unwrap();
    let outcome = play(numbers).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(outcome.get("settings")["rooms"], 40);
    let positive = |value: &serde_json::Value| value.as_f64().is_some_and(|value| value > 0.0);
    for (figures, name) in [
        ("commands", "p99_ms"),
        ("storm", "server_core_s"),
        ("lines", "messages_per_s"),
        ("lines", "bare_echo_per_s"),
        ("lines", "share_of_bare"),
    ] {
        let figures = outcome.get(figures);
        assert!(positive(&figures[name]), "{name}: {figures}");
    }
    assert!(positive(&outcome.get("pages")["/"]["p50_ms"]));
    stop.cancel();
    echoing.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_lines_are_waited_for() {
    let rig = Rig::start().await;
    let outcome = play(wanted(&rig, Story::Slow, 25).await).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(outcome.get("slow"), &json!({ "rooms": 5, "answered": 5 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_clocks_are_said() {
    let rig = Rig::start().await;
    let outcome = play(wanted(&rig, Story::Clocks, 30).await).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(outcome.get("noticed"), &json!({ "wanted": 6, "seen": 6 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_boards_with_one_key_stand_on_the_rooms_page_and_the_new_key_ends_it() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    let outcome = play(wanted(&rig, Story::Duplicates, 20).await).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    assert_eq!(outcome.get("noticed"), &json!({ "wanted": 4, "seen": 4 }));
    assert_eq!(misdeeds(&rig, 3), [Misdeed::TwoBoards]);
    let page = anna.page("/rooms/sim-00003").await;
    assert!(
        page.contains("Zwei Geräte sind mit dem Schlüssel dieses Raums verbunden."),
        "{page}"
    );
    assert!(
        !anna.page("/rooms/sim-00004").await.contains("misdeed") && misdeeds(&rig, 4).is_empty()
    );

    let mut room = common::TestRoom::new(rig.at, "sim-00003");
    let asked = room.ask().await;
    let on = fleetd::enrol::Decision {
        tenant: &rig.fleet.tenant,
        request: &asked.request,
        now_ms: rig.fleet.now_ms(),
    };
    let approval = fleetd::enrol::Approval {
        room: "sim-00003".parse().unwrap(),
        name: "Saal".into(),
        place: fleetd::rooms::Place::default(),
        replaces: true,
    };
    rig.fleet.approve(on, approval, "test").await.unwrap();
    assert!(
        misdeeds(&rig, 3).is_empty(),
        "the copied key counts no more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_rooms_are_cut_off_and_named_and_no_other_suffers() {
    let rig = Rig::start().await;
    let outcome = play(wanted(&rig, Story::Hostile, 40).await).await;
    assert!(outcome.is_well(), "{}", outcome.line());
    // Of 40 rooms each fifth, in the order of mischiefs: malformed, huge, fast, pings, replayed, foreign, mute, malformed.
    let named: Vec<Vec<Misdeed>> = (0..8).map(|n| misdeeds(&rig, n * 5 + 3)).collect();
    use Misdeed::{Malformed, Replayed, TooFast, TooLong};
    let expected: [&[Misdeed]; 8] = [
        &[Malformed],
        &[TooLong],
        &[TooFast],
        &[TooFast],
        &[Replayed],
        &[],
        &[],
        &[Malformed],
    ];
    assert_eq!(named, expected);
    let first = "sim-00000".parse().unwrap();
    let card = rig.fleet.roster.card(&rig.fleet.tenant, &first).unwrap();
    assert!(
        !card.seen.figures.contains_key("stolen"),
        "another room spoke for it"
    );
}
