//! What servers may not do to the room: send it elsewhere, answer without end, keep it waiting. And what nobody reads in a log.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use axum::Router;
use axum::body::Body;
use axum::response::Redirect;
use axum::routing::{any, get};
use call_contract::contract::{Answer, ContentKind, Heard, Output, Request};
use call_contract::{Consent, Door, FrontEnd};
use emulators::conference::Served;
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, Event, JoinStep};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, HostName, Private, ServiceId};
use room_core::meeting::{By, Target};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use url::Url;

const CALL: CallId = CallId(3);
const LIMIT: Duration = Duration::from_secs(60);

/// What becomes of a call to this server: a fact of the call, or the browser's command.
async fn outcome(server: &Served) -> Result<CallSeen, CallCommand> {
    let (room, _browser, mut inbox) = call_contract::channel();
    let (out, mut told) = mpsc::channel(16);
    let (asks, mut asked) = mpsc::unbounded_channel();
    let table = Arc::new(|_: &str, _: u16| {
        Some(Door {
            service: ServiceId::new("bbb"),
            front: FrontEnd::Greenlight3,
            key: None,
            consent: Consent::Ask,
        })
    });
    tokio::spawn(async move {
        let hand = move |_, command| drop(asks.send(command));
        call_contract::run(table, &mut inbox, hand, out).await;
    });
    let target = Target::page(
        ServiceId::new("bbb"),
        HostName::new("127.0.0.1"),
        Private::new(server.url("/rooms/abc-def-ghi-jkl/join")),
        None,
    );
    let request = CallRequest {
        by: By::Page,
        target: Some(target),
        display_name: "Saal 2".into(),
    };
    room.command(CALL, CallCommand::Join(request));
    let first = timeout(LIMIT, told.recv())
        .await
        .expect("a first fact in time");
    assert_eq!(
        first,
        Some(Event::Call(CALL, CallSeen::Entering(JoinStep::Asking)))
    );
    let next = async {
        tokio::select! {
            Some(event) = told.recv() => match event {
                Event::Call(CALL, seen) => Ok(seen),
                other => panic!("a fact of the call was expected, not {other:?}"),
            },
            Some(command) = asked.recv() => Err(command),
        }
    };
    timeout(LIMIT, next).await.expect("an outcome in time")
}

#[tokio::test]
async fn a_redirect_to_another_server_is_not_followed() {
    let other = Served::start(Router::new().fallback(any(|| async { "" })))
        .await
        .unwrap();
    let to = other.url("/api/v1/rooms/abc-def-ghi-jkl/public.json");
    let sends = move || async move { Redirect::temporary(&to) };
    let server = Served::start(Router::new().fallback(any(sends)))
        .await
        .unwrap();
    assert!(
        matches!(outcome(&server).await, Err(CallCommand::Join(_))),
        "the page goes on"
    );
    assert!(other.diary.all().is_empty());
}

#[tokio::test]
async fn a_redirect_in_circles_ends() {
    let here = || async { Redirect::temporary("/again") };
    let server = Served::start(Router::new().fallback(get(here)))
        .await
        .unwrap();
    assert_eq!(
        outcome(&server).await,
        Ok(CallSeen::Failed(CallFailure::Unreachable))
    );
    assert!(
        server.diary.all().len() <= 12,
        "three times, each with three redirects"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let endless = || async {
        let piece = || Ok::<_, std::io::Error>(vec![b' '; 64 * 1024]);
        Body::from_stream(futures_util::stream::repeat_with(piece))
    };
    let server = Served::start(Router::new().fallback(any(endless)))
        .await
        .unwrap();
    assert_eq!(
        outcome(&server).await,
        Ok(CallSeen::Failed(CallFailure::Unreachable))
    );
}

#[test]
fn what_is_asked_and_answered_prints_without_its_secrets() {
    let url = Url::parse("https://gl.stadt.example/rooms/GEHEIM1/join?viewerCode=GEHEIM2").unwrap();
    let body = serde_json::json!({ "access_code": "GEHEIM3" });
    let request = Request::post(url, &body).with("token", "GEHEIM4");
    let answer = Answer {
        status: 200,
        kind: ContentKind::Json,
        location: Some(Private::new("https://bbb.stadt.example/GEHEIM5")),
        cookies: vec![("session".into(), Private::new("GEHEIM6"))],
        text: Private::new("GEHEIM7"),
    };
    let heard = Heard {
        name: "disconnect".into(),
        data: Private::new("GEHEIM8"),
    };
    let all = format!(
        "{:?} {answer:?} {heard:?} {:?}",
        Output::Ask(request),
        Output::Open(Private::new("GEHEIM9"))
    );
    assert!(!all.contains("GEHEIM"), "{all}");
    assert!(
        all.contains("gl.stadt.example"),
        "IT sees which server is meant: {all}"
    );
}
