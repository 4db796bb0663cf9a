//! Settings from a level's text to a room's answer, over pages and API.

use crate::common::{Rig, field};
use fleet_proto::*;
use fleetd::people::Role;
use reqwest::StatusCode;
use serde_json::Value;

async fn desired(line: &mut crate::common::Line) -> Desired {
    match line.hear().await {
        FromFleet::Desired(desired) => desired,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_text_is_shown_before_it_counts_reaches_its_rooms_and_can_be_undone() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, None).await;
    let (north, south) = (
        rig.room("saal-n", "nord").await,
        rig.room("saal-s", "sued").await,
    );
    let (mut line, mut other) = (north.line().await, south.line().await);
    let text = "[join]\nautomatic = false\n";
    let form = |over: &'static str, what: &'static str, text: &'static str| {
        [
            ("of", "site/nord"),
            ("over", over),
            ("do", what),
            ("text", text),
        ]
    };
    let shown = anna
        .act("/settings/level", &form("0", "preview", text))
        .await;
    let page = shown.text().await.unwrap();
    assert!(
        page.contains("saal-n") && !page.contains("saal-s"),
        "{page}"
    );
    assert!(page.contains("join.automatic"));
    let id = "saal-n".parse().unwrap();
    let none = rig.fleet.twin.desired(&rig.fleet.tenant, &id);
    assert_eq!(none.await.unwrap(), None, "shown, and not written");

    let written = anna.act("/settings/level", &form("0", "write", text)).await;
    assert_eq!(written.status(), StatusCode::SEE_OTHER);
    let first = desired(&mut line).await;
    assert_eq!(first.revision, Revision(1));
    assert!(
        first.settings.contains("automatic = false"),
        "{}",
        first.settings
    );
    let stale = anna
        .act("/settings/level", &form("0", "write", "a = 1"))
        .await;
    assert_eq!(
        stale.status(),
        StatusCode::CONFLICT,
        "written over an unseen text"
    );
    let bad = anna
        .act("/settings/level", &form("1", "write", "a = "))
        .await;
    assert!(bad.text().await.unwrap().contains("role=\"alert\""));

    line.say(&FromRoom::Reported(Reported {
        revision: Revision(1),
        settled: Settled::Refused {
            problems: vec![Problem {
                line: Some(2),
                message: "there is no such setting".into(),
                help: None,
            }],
        },
    }))
    .await;
    crate::common::until("the refusal is shown", async || {
        anna.page("/rooms/saal-n")
            .await
            .contains("there is no such setting")
    })
    .await;
    let api: Value = anna
        .get("/api/v1/rooms/saal-n/settings")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(api["settings"][0]["from"], "site/nord");
    assert_eq!(api["reported"]["is"], "refused");

    let page = anna.page("/settings/level?of=site/nord").await;
    let over = field(&page, "over");
    let fields = [
        ("of", "site/nord"),
        ("over", over.as_str()),
        ("do", "undo"),
        ("text", ""),
    ];
    let undone = anna.act("/settings/level", &fields).await;
    assert_eq!(undone.status(), StatusCode::SEE_OTHER);
    let second = desired(&mut line).await;
    assert_eq!(
        (second.revision, second.settings.as_str()),
        (Revision(2), "")
    );
    let silent = tokio::time::timeout(std::time::Duration::from_millis(100), other.hear());
    assert!(
        silent.await.is_err(),
        "the other site's room was given nothing"
    );
}

#[tokio::test]
async fn a_room_is_given_its_document_when_it_comes_unless_it_has_it() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, None).await;
    let room = rig.room("saal-2", "nord").await;
    let fields = [
        ("of", "all"),
        ("over", "0"),
        ("do", "write"),
        ("text", "a = 1"),
    ];
    anna.act("/settings/level", &fields).await;
    let mut line = room.line().await;
    assert_eq!(desired(&mut line).await.settings.trim(), "a = 1");
    let mut again = room.line_at(rig.at, Some(1)).await;
    let silent = tokio::time::timeout(std::time::Duration::from_millis(100), again.hear());
    assert!(silent.await.is_err(), "it runs with it");
}

#[tokio::test]
async fn an_operator_of_a_site_sets_that_site_only() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, Some("nord")).await;
    rig.room("saal-n", "nord").await;
    rig.room("saal-s", "sued").await;
    for (level, status) in [
        ("site/nord", StatusCode::OK),
        ("room/saal-n", StatusCode::OK),
        ("site/sued", StatusCode::FORBIDDEN),
        ("room/saal-s", StatusCode::FORBIDDEN),
        ("all", StatusCode::FORBIDDEN),
        ("kind/saal", StatusCode::FORBIDDEN),
    ] {
        let path = format!("/settings/level?of={level}");
        assert_eq!(anna.get(&path).await.status(), status, "{level}");
    }
    assert_eq!(
        anna.get("/rooms/saal-s").await.status(),
        StatusCode::NOT_FOUND
    );
    let rooms: Value = anna.get("/api/v1/rooms").await.json().await.unwrap();
    assert_eq!(
        (&rooms["found"], &rooms["rooms"][0]["id"]),
        (&1.into(), &"saal-n".into())
    );
}
