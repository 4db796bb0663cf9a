//! How a room is taken in, and who is not.

use crate::common::{Rig, TestRoom};
use fleet_proto::{EnrolAnswer, GoodbyeWhy, RENEW_PATH, Renewal};
use fleetd::people::Role;
use reqwest::StatusCode;

#[tokio::test]
async fn a_room_is_taken_in_by_comparing_its_code() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Installer, Some("nord")).await;
    let mut room = TestRoom::new(rig.at, "saal-2");
    let ticket = room.ask().await;
    assert_eq!(room.standing(&ticket).await, EnrolAnswer::Waiting {});
    let page = anna.page("/enrolment").await;
    assert!(
        page.contains(&room.code),
        "the server shows the room's code"
    );
    let path = format!("/enrolment/{}/approve", ticket.request);
    let mut fields = vec![("id", "saal-2"), ("name", "Saal 2"), ("site", "Süd")];
    let hasty = anna.act(&path, &fields).await;
    assert_eq!(
        hasty.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "not compared"
    );
    fields.push(("compared", "yes"));
    let elsewhere = anna.act(&path, &fields).await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN, "another's site");
    fields[2] = ("site", "Nord");
    let done = anna.act(&path, &fields).await;
    assert_eq!(done.headers()["location"], "/rooms/saal-2");
    assert!(room.fetch(&ticket).await);
    assert_eq!(room.papers.as_ref().unwrap().room.as_str(), "saal-2");
    let again = anna.act(&path, &fields).await;
    assert_eq!(
        again.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "decided once"
    );
    room.line().await;
}

#[tokio::test]
async fn a_request_is_its_rooms_alone_and_can_be_refused() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let mut room = TestRoom::new(rig.at, "saal-2");
    let mut ticket = room.ask().await;
    let secret = std::mem::replace(&mut ticket.secret, "00".repeat(32));
    assert_eq!(
        room.standing(&ticket).await,
        EnrolAnswer::Refused {},
        "a stranger"
    );
    ticket.secret = secret;
    let path = format!("/enrolment/{}/refuse", ticket.request);
    anna.act(&path, &[]).await;
    assert_eq!(room.standing(&ticket).await, EnrolAnswer::Refused {});
    assert!(!anna.page("/enrolment").await.contains(&room.code));
    let junk = room.ask_as("no request".to_owned()).await;
    assert_eq!(junk.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn one_network_cannot_fill_the_list() {
    let rig = Rig::start().await;
    let mut room = TestRoom::new(rig.at, "saal-2");
    for _ in 0..40 {
        room.ask().await;
    }
    let braked = room.ask_as(room.csr()).await;
    assert_eq!(braked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(braked.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_room_that_is_turned_out_is_told_and_never_let_in_again() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line().await;
    let unsure = anna.act("/rooms/saal-2/out", &[("sure", "saal-1")]).await;
    assert_eq!(unsure.status(), StatusCode::UNPROCESSABLE_ENTITY);
    anna.act("/rooms/saal-2/out", &[("sure", "saal-2")]).await;
    assert_eq!(line.goodbye().await, GoodbyeWhy::Revoked);
    assert_eq!(room.socket(rig.at).await.err(), Some(403));
    assert_eq!(
        anna.get("/rooms/saal-2").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_renewed_certificate_takes_over_when_it_is_first_shown() {
    let rig = Rig::start().await;
    let mut room = rig.room("saal-2", "nord").await;
    let old = room.papers.clone().unwrap();
    let address = format!("https://localhost:{}{RENEW_PATH}", rig.at.port());
    let renewal = Renewal {
        csr_pem: room.csr(),
    };
    let answer = room
        .http()
        .post(address)
        .json(&renewal)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let renewed = answer.text().await.unwrap();
    room.line().await;
    let mut both = old.clone();
    both.certificate_pem = renewed;
    room.papers = Some(both);
    room.line().await;
    room.papers = Some(old);
    assert_eq!(
        room.socket(rig.at).await.err(),
        Some(403),
        "the old one is spent"
    );
}
