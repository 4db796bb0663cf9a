//! The list of rooms: filters, views of one's own, one verb for many, and what needs a grant.

use crate::common::{Browser, Line, Rig, state, until};
use fleet_proto::*;
use fleetd::people::Role;
use fleetd::rooms::{Place, Slug};
use reqwest::StatusCode;
use serde_json::{Value, json};

fn location(answer: &reqwest::Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn found(who: &Browser, query: &str) -> Vec<String> {
    let answer = who.get(&format!("/api/v1/rooms?{query}")).await;
    let said: Value = answer.json().await.unwrap();
    let rooms = said["rooms"].as_array().unwrap().iter();
    rooms
        .map(|room| room["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn rooms_are_found_by_place_state_and_fault() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    for (id, building, floor, kind) in [
        ("saal-1", "rathaus", "og-1", "saal"),
        ("saal-2", "rathaus", "", "saal"),
        ("buero-1", "", "og-1", "buero"),
    ] {
        rig.room(id, "nord").await;
        let slug = |name| Slug::of(name).unwrap();
        let place = Place {
            site: slug("nord"),
            building: slug(building),
            floor: slug(floor),
            kind: slug(kind),
        };
        let at = (&id.parse().unwrap(), id.into(), place);
        rig.fleet
            .place(&rig.fleet.tenant, at, "test")
            .await
            .unwrap();
    }
    let _ = &anna;
    for (query, expected) in [
        ("building=rathaus", vec!["saal-1", "saal-2"]),
        ("building=-", vec!["buero-1"]),
        ("floor=og-1&kind=saal", vec!["saal-1"]),
        ("kind=buero&site=nord", vec!["buero-1"]),
        ("light=unknown&q=saal", vec!["saal-1", "saal-2"]),
        ("fault=mic-gone", vec![]),
        ("limit=1", vec!["buero-1"]),
        ("limit=1&after=buero-1", vec!["saal-1"]),
    ] {
        assert_eq!(found(&anna, query).await, expected, "{query}");
    }
    let page = anna.page("/rooms?building=rathaus").await;
    assert!(page.contains("saal-2") && !page.contains("href=\"/rooms/buero-1\""));
    assert!(
        page.contains("<option value=\"rathaus\" selected>"),
        "{page}"
    );
    let nothing = anna.page("/rooms?fault=head-gone").await;
    assert!(
        nothing.contains("value=\"head-gone\" selected"),
        "what was asked for stays visible"
    );
}

#[tokio::test]
async fn a_person_keeps_views_that_nobody_else_sees() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    let bert = rig.person("bert", Role::Viewer, None).await;
    let view = [
        ("name", "Rote im Norden"),
        ("site", "nord"),
        ("light", "red"),
        ("evil", "x"),
    ];
    let kept = anna.act("/rooms/views", &view).await;
    assert_eq!(location(&kept), "/rooms?light=red&site=nord");
    let page = anna.page("/rooms").await;
    assert!(
        page.contains("href=\"/rooms?light=red&amp;site=nord\""),
        "{page}"
    );
    assert!(!bert.page("/rooms").await.contains("Rote im Norden"));
    let nameless = anna.act("/rooms/views", &[("name", " ")]).await;
    assert_eq!(nameless.status(), StatusCode::UNPROCESSABLE_ENTITY);
    anna.act("/rooms/views/drop", &[("name", "Rote im Norden")])
        .await;
    assert!(!anna.page("/rooms").await.contains("Rote im Norden"));
}

/// A room that is there, knows all verbs, and is in this phase.
async fn there(rig: &Rig, id: &str, site: &str, phase: Phase) -> Line {
    let room = rig.room(id, site).await;
    let verbs = ["mute", "leave", "preflight", "identify", "screenshot"];
    let mut line = room.line_that_knows(&verbs).await;
    let FromRoom::State(mut said) = state(1, &[]) else {
        unreachable!("it is one");
    };
    said.of.phase = phase;
    line.say(&FromRoom::State(said)).await;
    let at = id.parse().unwrap();
    until("the room has said how it is", async || {
        let card = rig.fleet.roster.card(&rig.fleet.tenant, &at);
        card.is_some_and(|card| card.seen.state.is_some())
    })
    .await;
    line
}

#[tokio::test]
async fn many_are_told_what_was_shown_before_and_each_once() {
    let rig = Rig::start().await;
    let bert = rig.person("bert", Role::Operator, Some("nord")).await;
    let carl = rig.person("carl", Role::Operator, None).await;
    let mut called = there(&rig, "nord-1", "nord", Phase::InCall).await;
    let _idle = there(&rig, "nord-2", "nord", Phase::Standby).await;
    rig.room("nord-3", "nord").await;
    let _other = there(&rig, "west-1", "west", Phase::InCall).await;

    let planned = bert.act("/rooms/bulk", &[("verb", "leave")]).await;
    let batch = location(&planned);
    let page = bert.page(&batch).await;
    assert!(page.contains("Erreicht 1 Raum"), "{page}");
    for part in [
        "nord-2",
        "in keiner Besprechung",
        "nord-3",
        "nicht verbunden",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("west-1"),
        "another site's room is as if it were not"
    );
    let theirs = carl.act(&format!("{batch}/begin"), &[]).await;
    assert_eq!(
        theirs.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "not his plan"
    );

    let answering = tokio::spawn(async move {
        let FromFleet::Command(command) = called.hear().await else {
            panic!("a command");
        };
        let id = command.id.clone();
        let outcome = Outcome::Done {};
        called.say(&FromRoom::Answer(Answer { id, outcome })).await;
        (called, command)
    });
    for _ in 0..2 {
        bert.act(&format!("{batch}/begin"), &[]).await;
    }
    let (mut called, command) = answering.await.unwrap();
    assert_eq!(command.verb, Verb::Leave {});
    until("the batch is over", async || {
        bert.page(&batch).await.contains("1 von 1 erledigt")
    })
    .await;
    // The second press told nothing anew: the next word is the next command's.
    let mute = [("verb", "mute"), ("command", "mute-after-0001")];
    bert.act("/rooms/nord-1/tell", &mute).await;
    let FromFleet::Command(next) = called.hear().await else {
        panic!("a command");
    };
    assert_eq!(next.verb, Verb::Mute {});

    let helpdesk = rig.person("dora", Role::Helpdesk, None).await;
    let planned = helpdesk.act("/rooms/bulk", &[("verb", "leave")]).await;
    let page = helpdesk.page(&location(&planned)).await;
    assert!(page.contains("Erreicht 0 Räume"), "{page}");
    assert!(page.contains("Ihre Rolle erlaubt es dort nicht"));
    let shows = helpdesk.act("/rooms/bulk", &[("verb", "screenshot")]).await;
    assert_eq!(shows.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_picture_is_told_only_with_what_was_signed_elsewhere_and_to_the_letter() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, None).await;
    let dora = rig.person("dora", Role::Helpdesk, None).await;
    let mut line = there(&rig, "nord-1", "nord", Phase::Standby).await;
    let press = [("verb", "screenshot"), ("command", "picture-0001")];
    let helpdesk = dora.act("/rooms/nord-1/tell", &press).await;
    assert_eq!(helpdesk.status(), StatusCode::FORBIDDEN);
    let asked = location(&anna.act("/rooms/nord-1/tell", &press).await);
    assert_eq!(asked, "/rooms/nord-1/grant/picture-0001");
    let again = location(&anna.act("/rooms/nord-1/tell", &press).await);
    assert_eq!(again, asked, "the same press is the same picture");
    let text = anna.page(&format!("{asked}/text")).await;
    assert!(text.starts_with("roomd grant 1\nroom nord-1\ncommand picture-0001\n"));

    let empty = anna.act(&asked, &[("signature", "x")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let signature = "untrusted comment: a\r\nAAAA\r\ntrusted comment: b\r\nBBBB\r\n";
    anna.act(&asked, &[("signature", signature)]).await;
    let FromFleet::Command(command) = line.hear().await else {
        panic!("a command");
    };
    let room = "nord-1".parse().unwrap();
    assert_eq!(
        command.granted_text(&room),
        text,
        "the room checks what was signed"
    );
    let grant = command.grant.clone().unwrap().signature;
    assert_eq!(grant, signature.replace("\r\n", "\n"));
    let Verb::Screenshot { to } = &command.verb else {
        panic!("{command:?}");
    };
    let answer = Answer {
        id: command.id.clone(),
        outcome: Outcome::Refused {
            why: Refusal::NoGrant,
        },
    };
    line.say(&FromRoom::Answer(answer)).await;
    until("the refusal is shown", async || {
        let page = anna.page("/rooms/nord-1").await;
        page.contains("Freigabe fehlt")
    })
    .await;
    let files: Value = anna
        .get("/api/v1/rooms/nord-1/files")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(files, json!({ "files": [] }));
    assert!(!to.token.as_str().is_empty());
}
