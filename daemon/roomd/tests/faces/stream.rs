//! The event stream: whole states, newest only, quickly; a heartbeat while the room lives and none when it does not.

use super::support::{LIMIT, Rig, client, press, view};
use super::views;
use futures_util::StreamExt;
use reqwest::StatusCode;
use room_api::PanelState;
use room_core::units::{Percent, Seen, Switch};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// An open stream, cut into events.
struct Events {
    body: futures_util::stream::BoxStream<'static, Vec<u8>>,
    text: String,
}

#[derive(Debug)]
struct Event {
    kind: String,
    id: Option<String>,
    data: Value,
}

impl Events {
    async fn open(rig: &Rig) -> Events {
        let page = rig.own_page().await;
        let request = client()
            .get(rig.url("/api/v1/events"))
            .header("x-roomd-token", &page.token);
        let answer = request
            .header("last-event-id", "old.1")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let body = answer
            .bytes_stream()
            .filter_map(|part| async { part.ok().map(|part| part.to_vec()) });
        Events {
            body: body.boxed(),
            text: String::new(),
        }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (parse(event), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let part = timeout(LIMIT, self.body.next())
                .await
                .expect("the stream is silent")?;
            self.text.push_str(&String::from_utf8(part).unwrap());
        }
    }

    async fn state(&mut self) -> PanelState {
        loop {
            let event = self.next().await.unwrap();
            if event.kind == "state" {
                return serde_json::from_value(event.data).unwrap();
            }
        }
    }
}

fn parse(text: &str) -> Event {
    let field = |name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(": ")
                .map(str::to_owned)
        })
    };
    Event {
        kind: field("event").unwrap_or_default(),
        id: field("id"),
        data: serde_json::from_str(&field("data").unwrap_or_default()).unwrap_or_default(),
    }
}

#[tokio::test]
async fn a_listener_gets_the_whole_state_at_once_and_at_each_change() {
    let rig = Rig::start(view());
    let mut events = Events::open(&rig).await;
    let first = events.next().await.unwrap();
    let state: PanelState = serde_json::from_value(first.data).unwrap();
    assert_eq!(
        first.id.unwrap(),
        format!("{}.{}", state.boot, state.revision)
    );
    assert_eq!(state.mic.seen, Some(room_api::Switch::Closed));

    let mut open = view();
    open.mic = views::still(Switch::Open);
    rig.show(open);
    let next = events.state().await;
    assert_eq!(next.revision, state.revision + 1);
    assert_eq!(next.mic.seen, Some(room_api::Switch::Open));
}

#[tokio::test]
async fn changes_that_come_together_are_sent_as_one() {
    let rig = Rig::start(view());
    let mut events = Events::open(&rig).await;
    events.state().await;
    for percent in 0..=80 {
        let mut louder = view();
        louder.volume.seen = Seen::Is(Percent::new(percent));
        rig.show(louder);
    }
    let mut sent = 0;
    loop {
        sent += 1;
        if events.state().await.volume.seen == Some(80) {
            break;
        }
    }
    assert!(sent <= 3, "{sent} states for one burst");
}

#[tokio::test]
async fn a_quiet_room_sends_a_heartbeat() {
    let rig = Rig::start(view());
    let mut events = Events::open(&rig).await;
    events.state().await;
    let beat = events.next().await.unwrap();
    assert_eq!(beat.kind, "beat");
    assert!(beat.data["now_ms"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn a_room_whose_event_loop_stands_sends_no_heartbeat() {
    let config = roomd::faces::FacesConfig {
        stall_after: Duration::ZERO,
        ..roomd::faces::FacesConfig::default()
    };
    let rig = Rig::with(view(), config);
    let mut events = Events::open(&rig).await;
    events.state().await;
    let silent = timeout(Duration::from_millis(4500), events.next()).await;
    assert!(silent.is_err(), "{silent:?}");
}

#[tokio::test]
async fn a_stream_ends_when_the_daemon_stops() {
    let rig = Rig::start(view());
    let mut events = Events::open(&rig).await;
    events.state().await;
    rig.end().await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_used_pairing_code_is_replaced_on_the_display() {
    let rig = Rig::start_with_lan(view());
    let mut events = Events::open(&rig).await;
    let first = events.state().await.pairing.unwrap();
    let body = json!({ "code": first.code.as_ref().unwrap().reveal() }).to_string();
    let pair = client()
        .post(rig.lan_url("/api/v1/pair"))
        .header("content-type", "application/json");
    assert_eq!(
        pair.body(body).send().await.unwrap().status(),
        StatusCode::OK
    );
    let next = events.state().await.pairing.unwrap();
    assert_ne!(next.code, first.code);
}

#[tokio::test]
async fn too_many_listeners_are_refused_and_leave_their_seats() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    let open = || {
        client()
            .get(rig.url("/api/v1/events"))
            .header("x-roomd-token", &page.token)
            .send()
    };
    let mut streams = Vec::new();
    for _ in 0..48 {
        let answer = open().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        streams.push(answer);
    }
    assert_eq!(
        open().await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    drop(streams);
    let again = timeout(LIMIT, async {
        while open().await.unwrap().status() != StatusCode::OK {}
    });
    again.await.expect("no seat came free");
}

/// The goal: from the press to the picture in at most 20 ms for 99 of 100. The room itself is instantaneous here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_is_on_the_stream_within_twenty_milliseconds() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    let mut events = Events::open(&rig).await;
    events.state().await;
    let Rig {
        mut presses,
        views,
        loopback,
        ..
    } = rig;
    tokio::spawn(async move {
        while let Some((press, _)) = presses.recv().await {
            if let room_core::event::Press::Volume(percent) = press {
                let mut view = view();
                view.volume.seen = Seen::Is(percent);
                views.send_replace(std::sync::Arc::new(view));
            }
        }
    });
    let client = client();
    let mut times = Vec::new();
    for n in 0..200_u32 {
        let percent = n % 80 + u32::from(n % 2 == 0);
        let body = json!({ "press": "volume", "percent": percent }).to_string();
        let began = Instant::now();
        let request = client
            .post(format!("http://{loopback}/api/v1/press"))
            .header("content-type", "application/json")
            .header("x-roomd-token", &page.token)
            .body(body);
        let sent = tokio::spawn(request.send());
        while events.state().await.volume.seen.map(u32::from) != Some(percent) {}
        times.push(began.elapsed());
        assert_eq!(sent.await.unwrap().unwrap().status(), StatusCode::ACCEPTED);
        // A finger is slower than the gap by which bursts are joined.
        tokio::time::sleep(Duration::from_millis(16)).await;
    }
    times.sort();
    println!(
        "press to stream: median {:?}, p99 {:?}",
        times[100], times[197]
    );
    // A loaded machine may stall a single one; the median may not.
    assert!(times[100] <= Duration::from_millis(20), "{:?}", times[100]);
}

#[tokio::test]
async fn a_press_answers_with_the_revision_that_followed_it() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    let body = r#"{"press":"volume","percent":10}"#;
    let answer = press(rig.url("/api/v1/press"), &page, body)
        .send()
        .await
        .unwrap();
    let answer: room_api::PressAnswer = answer.json().await.unwrap();
    let state = client()
        .get(rig.url("/api/v1/state"))
        .header("x-roomd-token", &page.token);
    let state: PanelState = state.send().await.unwrap().json().await.unwrap();
    assert_eq!((answer.boot, answer.revision), (state.boot, state.revision));
}
