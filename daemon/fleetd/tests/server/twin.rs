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

#[tokio::test]
async fn a_text_is_tried_in_some_rooms_before_the_others_of_its_level_have_it() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Operator, None).await;
    let (one, two) = (
        rig.room("saal-1", "nord").await,
        rig.room("saal-2", "nord").await,
    );
    rig.room("saal-3", "sued").await;
    let (mut first, mut second) = (one.line().await, two.line().await);
    let act = async |over: u64, what: &str, text: &str, rooms: &str| {
        let over = over.to_string();
        let form = [
            ("of", "site/nord"),
            ("over", &*over),
            ("do", what),
            ("text", text),
            ("first", rooms),
        ];
        anna.act("/settings/level", &form).await
    };
    let [old, new, newer] = [1, 2, 3].map(|n| format!("[policy]\nvolume_limit = {}\n", 60 + n));
    act(0, "write", &old, "").await;
    assert_eq!(desired(&mut first).await.revision, Revision(1));
    assert_eq!(desired(&mut second).await.revision, Revision(1));

    // Rooms of the ring that releases begin with are proposed, whatever its name.
    let mut rings = fleetd::rollouts::default_rings();
    rings[0].name = "probe".to_owned().try_into().unwrap();
    let (rollouts, tenant) = (&rig.fleet.rollouts, &rig.fleet.tenant);
    rollouts.write_rings(tenant, &rings).await.unwrap();
    let into = (&"saal-2".parse().unwrap(), rings[0].name.clone());
    rig.fleet.move_to_ring(tenant, into, "test").await.unwrap();
    let shown = act(1, "preview", &new, "").await.text().await.unwrap();
    assert!(shown.contains("name=\"first\" value=\"saal-2\""), "{shown}");

    // Whoever tries it must be named, and be of the level.
    let nobody = act(1, "try", &new, " , ").await;
    assert_eq!(nobody.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let stranger = act(1, "try", &new, "saal-3").await.text().await.unwrap();
    assert!(
        stranger.contains("saal-3 is no room of this level"),
        "{stranger}"
    );

    let has = async |room: &str| {
        let id = room.parse().unwrap();
        let doc = rig.fleet.twin.desired(&rig.fleet.tenant, &id).await;
        doc.unwrap().unwrap().desired.settings
    };
    act(1, "try", &new, "saal-1").await;
    assert_eq!(desired(&mut first).await.settings, new);
    assert_eq!(
        [has("saal-1").await, has("saal-2").await],
        [new.clone(), old.clone()]
    );
    let page = anna.page("/settings/level?of=site/nord").await;
    let first_of_all = "Fassung 2 gilt zunächst nur in diesen Räumen";
    assert!(
        page.contains(first_of_all) && page.contains("noch nicht beantwortet"),
        "{page}"
    );
    let settled = Settled::Applied { later: Vec::new() };
    let revision = Revision(2);
    first
        .say(&FromRoom::Reported(Reported { revision, settled }))
        .await;
    crate::common::until("the room's answer is shown", async || {
        let page = anna.page("/settings/level?of=site/nord").await;
        page.contains("übernommen") && !page.contains("noch nicht beantwortet")
    })
    .await;

    // Another one over it: the others go on with what they had, and so does everybody when it is undone.
    act(2, "try", &newer, "saal-1").await;
    assert_eq!(
        [has("saal-1").await, has("saal-2").await],
        [newer.clone(), old.clone()]
    );
    act(3, "undo", "", "").await;
    assert_eq!(
        [has("saal-1").await, has("saal-2").await],
        [old.clone(), old.clone()]
    );

    // Opened to all, and back to what stood there for all.
    act(4, "try", &newer, "saal-1").await;
    let stale = act(4, "open", "", "").await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    act(5, "open", "", "").await;
    assert_eq!(
        [has("saal-1").await, has("saal-2").await],
        [newer.clone(), newer.clone()]
    );
    assert_eq!(
        desired(&mut second).await.settings,
        newer,
        "told once, when it was opened"
    );
    act(6, "undo", "", "").await;
    assert_eq!(
        [has("saal-1").await, has("saal-2").await],
        [old.clone(), old]
    );
    let nothing = act(7, "open", "", "").await;
    assert_eq!(nothing.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
