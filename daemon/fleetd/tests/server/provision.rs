//! Rooms that a program takes in: many at once, only where its token may, and nothing in another room's place.

use crate::common::{Rig, TestRoom};
use fleetd::people::{Grant, Invite, Role};
use fleetd::rooms::Slug;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn program(rig: &Rig, role: Role, site: Option<&str>) -> String {
    let site = site.map(|site| Slug::of(site).unwrap());
    let invite = Invite {
        name: format!("program-{}", role.word()),
        grants: vec![Grant { role, site }],
    };
    let (people, tenant) = (&rig.fleet.people, &rig.fleet.tenant);
    let token = people.program(tenant, invite, (rig.fleet.now_ms(), i64::MAX));
    token.await.unwrap()
}

async fn post(rig: &Rig, token: &str, rooms: Vec<Value>) -> (StatusCode, Value) {
    let post = rig
        .stranger()
        .request(Method::POST, "/api/v1/enrolment/rooms")
        .bearer_auth(token)
        .json(&json!({ "rooms": rooms }));
    let answer = post.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn wish(room: &TestRoom, site: &str) -> Value {
    let place = json!({ "site": site, "building": "", "floor": "", "kind": "" });
    json!({ "room": room.id, "name": room.id, "place": place, "csr_pem": room.csr() })
}

#[tokio::test]
async fn a_program_takes_rooms_in_where_its_token_may_and_they_connect() {
    let rig = Rig::start().await;
    let token = program(&rig, Role::Installer, Some("nord")).await;
    let mut rooms: Vec<TestRoom> = (0..3)
        .map(|n| TestRoom::new(rig.at, &format!("saal-{n}")))
        .collect();
    let wishes = rooms.iter().map(|room| wish(room, "nord")).collect();
    let (status, said) = post(&rig, &token, wishes).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    for (room, one) in rooms.iter_mut().zip(said["rooms"].as_array().unwrap()) {
        room.papers = Some(fleet_proto::Approved {
            room: room.id.parse().unwrap(),
            tenant: said["tenant"].as_str().unwrap().parse().unwrap(),
            certificate_pem: one["certificate_pem"].as_str().unwrap().to_owned(),
            authority_pem: said["authority_pem"].as_str().unwrap().to_owned(),
        });
        room.line().await;
    }
    let noted = rig
        .fleet
        .ledger
        .read(&rig.fleet.tenant, 0, 100)
        .await
        .unwrap();
    let noted = noted
        .iter()
        .filter(|entry| entry.what == "room-provisioned");
    assert_eq!(noted.count(), 3);

    let again = vec![wish(&TestRoom::new(rig.at, "saal-1"), "nord")];
    let (status, said) = post(&rig, &token, again).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        said["rooms"][0]["error"], "enrol-taken",
        "never in another's place"
    );
    rooms[1].line().await;

    let elsewhere = vec![wish(&TestRoom::new(rig.at, "saal-9"), "sued")];
    let (status, _) = post(&rig, &token, elsewhere).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let many = (0..101).map(|_| wish(&rooms[0], "nord")).collect();
    assert_eq!(post(&rig, &token, many).await.0, StatusCode::BAD_REQUEST);
    let helpdesk = program(&rig, Role::Helpdesk, None).await;
    let wishes = vec![wish(&TestRoom::new(rig.at, "saal-8"), "nord")];
    assert_eq!(post(&rig, &helpdesk, wishes).await.0, StatusCode::FORBIDDEN);
    assert_eq!(rig.fleet.all_rooms(&rig.fleet.tenant).len(), 3);
}

#[tokio::test]
async fn nobody_signs_in_as_a_program_and_the_first_administrator_is_still_asked_for() {
    let rig = Rig::start().await;
    program(&rig, Role::Admin, None).await;
    let link = fleetd::serve::first_link(&rig.fleet).await.unwrap();
    assert!(link.is_some(), "a program is no administrator");
    let stranger = rig.stranger();
    let sign = stranger.post(
        "/sign-in",
        &[("name", "program-admin"), ("password", ""), ("digits", "")],
    );
    assert_eq!(sign.await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    rig.person("anna", Role::Admin, None).await;
    let closing = rig
        .fleet
        .people
        .close(&rig.fleet.tenant, "anna", true)
        .await;
    assert!(closing.is_err(), "a program alone rules nobody");
}

#[tokio::test]
async fn a_building_of_rooms_is_taken_in_from_one_address_one_after_the_other() {
    let rig = Rig::start().await;
    // More than may be open at once, each decided before the next one comes.
    for number in 0..45 {
        rig.room(&format!("saal-{number}"), "nord").await;
    }
    assert_eq!(rig.fleet.all_rooms(&rig.fleet.tenant).len(), 45);
}
