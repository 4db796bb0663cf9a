//! Trials in the real Chromium: a look ends before the door and gets no device, an entry leaves by itself, neither
//! disturbs the room, and neither outlives the one who watches it.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use call_browser::call::Did;
use call_browser::pack::{PageState, Text};
use call_browser::{Pack, Packs, Sighting, Watch};
use common::rig::{Rig, SOON, loopback_policy, pages_left, request, room_page, serve};
use common::{Keeper, can_run};
use room_core::event::{CallSeen, EndReason, JoinStep};
use room_core::failure::CallFailure;
use std::time::Duration;
use tokio::time::timeout;

const STAGE: &str = include_str!("pages/stage.html");

/// A door behind a banner, whose page says first whether it got a microphone.
const DOOR: &str = r#"<!doctype html><body data-mic="asked"><script>
const say = (word) => { document.body.dataset.mic = word; };
navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then(() => say("given"), (e) => say(e.name));
</script>"#;

const DEVICES: &str = r#"
service = "devices"
version = 4
name = { de = "Geräte", en = "Devices" }
[limits]
first-screen-ms = 8000
[[rule]]
id = "given"
state = "waiting-host"
when.all = ["[data-mic=given]"]
[[rule]]
id = "refused"
state = "waiting-lobby"
when.all = ["[data-mic=NotAllowedError]"]
[[rule]]
id = "call"
state = "inside"
when.all = [".never"]
"#;

struct World {
    rig: Rig,
    base: String,
    keeper: Keeper,
    folder: tempfile::TempDir,
}

async fn world() -> World {
    let keeper = Keeper::start(&loopback_policy()).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(include_str!("pages/stage.toml")).unwrap());
    packs.add(Pack::parse(DEVICES).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let router = Router::new()
        .route("/stage", get(async || Html(STAGE)))
        .route("/devices", get(async || Html(DOOR)))
        .route("/odd", get(async || Html("<h1>Erika Mustermann</h1>")));
    let base = serve(router).await;
    let screens = folder.path().join("screens");
    let rig = Rig::start(&keeper.socket, &room_page().await, packs, Some(&screens)).await;
    World {
        rig,
        base,
        keeper,
        folder,
    }
}

impl World {
    fn request(&self, service: &str, place: &str) -> room_core::effect::CallRequest {
        request(service, &format!("{}{place}", self.base), Some("4711"))
    }

    /// Only the room's page is there, and the room heard of nothing.
    async fn nothing_is_left(mut self) {
        self.rig.quiet(Duration::from_millis(200)).await;
        self.rig.task.abort();
        pages_left(&self.keeper, 1).await;
    }
}

/// Everything that is seen up to this; it must come.
async fn up_to(watch: &mut Watch, last: &Sighting) -> Vec<Sighting> {
    let mut seen = Vec::new();
    while seen.last() != Some(last) {
        let next = timeout(SOON, watch.next()).await;
        seen.push(
            next.ok()
                .flatten()
                .unwrap_or_else(|| panic!("{last:?} did not come: {seen:#?}")),
        );
    }
    seen
}

async fn rest(watch: &mut Watch) -> Vec<Sighting> {
    let mut seen = Vec::new();
    while let Some(next) = timeout(SOON, watch.next()).await.expect("an end") {
        seen.push(next);
    }
    seen
}

fn screen(rule: &str, state: PageState) -> Sighting {
    let rule = rule.to_owned();
    Sighting::Screen { rule, state }
}

fn step(step: &str, fills: Option<Text>) -> Sighting {
    let step = step.to_owned();
    Sighting::Step { step, fills }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_goes_up_to_the_door_and_not_through_it() {
    if !can_run() {
        return;
    }
    let w = world().await;
    let look = |w: &World, place| w.rig.handle.look(w.request("stage", place));

    let mut watch = look(&w, "/stage?scene=plain");
    let seen = up_to(&mut watch, &Sighting::Call(CallSeen::Warm)).await;
    let expected = [
        Sighting::Call(CallSeen::Entering(JoinStep::Opening)),
        screen("door", PageState::Prejoin),
        Sighting::Call(CallSeen::Entering(JoinStep::FillingIn)),
        step("name", Some(Text::DisplayName)),
        step("code", Some(Text::Passcode)),
        Sighting::NotDone {
            step: "code".to_owned(),
            did: Did::Absent,
            optional: true,
        },
        step("mic-off", None),
        Sighting::Call(CallSeen::Warm),
    ];
    let seen: Vec<_> = seen
        .into_iter()
        .filter(|s| !matches!(s, Sighting::Call(CallSeen::Volume(_))))
        .collect();
    assert_eq!(seen, expected);
    // Nobody watches it any more; that its page is gone is seen at the end.
    drop(watch);

    // A code that is known is not given: on some pages it is what enters.
    let mut watch = look(&w, "/stage?scene=code-at-the-door");
    let asked = Sighting::Call(CallSeen::PasscodeAsked { rejected: false });
    up_to(&mut watch, &asked).await;
    watch.drop_page();
    assert!(
        rest(&mut watch)
            .await
            .iter()
            .all(|s| matches!(s, Sighting::Call(CallSeen::Volume(_))))
    );

    // The policy grants these devices to this page; a look does not.
    let mut watch = w.rig.handle.look(w.request("devices", "/devices"));
    up_to(&mut watch, &screen("refused", PageState::WaitingLobby)).await;
    drop(watch);
    let mut watch = w.rig.handle.enter(w.request("devices", "/devices"));
    up_to(&mut watch, &screen("given", PageState::WaitingHost)).await;
    watch.drop_page();
    rest(&mut watch).await;
    w.nothing_is_left().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_enters_leaves_and_says_where_it_got_stuck() {
    if !can_run() {
        return;
    }
    let w = world().await;
    let mut watch = w.rig.handle.enter(w.request("stage", "/stage?scene=plain"));
    let seen = up_to(&mut watch, &Sighting::Call(CallSeen::Inside)).await;
    assert!(seen.contains(&step("knock", None)), "{seen:#?}");
    let mics: Vec<_> = seen
        .iter()
        .filter(|s| matches!(s, Sighting::Call(CallSeen::Mic(_))))
        .collect();
    assert!(
        mics.iter()
            .all(|s| **s == Sighting::Call(CallSeen::Mic(room_core::units::Switch::Closed))),
        "{mics:?}"
    );
    watch.leave();
    let seen = rest(&mut watch).await;
    assert!(seen.contains(&step("leave", None)), "{seen:#?}");
    assert_eq!(
        seen.last(),
        Some(&Sighting::Call(CallSeen::Over(EndReason::Left)))
    );

    let mut watch = w.rig.handle.enter(w.request("stage", "/odd"));
    let seen = rest(&mut watch).await;
    assert!(
        seen.contains(&Sighting::Call(CallSeen::Failed(
            CallFailure::UnknownScreen
        ))),
        "{seen:#?}"
    );
    let Some(Sighting::Kept(outline)) = seen.last() else {
        panic!("no outline: {seen:#?}");
    };
    let text = std::fs::read_to_string(outline).unwrap();
    assert!(text.contains("\"h1\"") && !text.contains("Erika"), "{text}");
    assert!(outline.starts_with(w.folder.path()));

    let mut watch = w.rig.handle.look(w.request("nothing", "/stage"));
    let failed = Sighting::Call(CallSeen::Failed(CallFailure::NoPack));
    assert_eq!(rest(&mut watch).await, [failed]);
    w.nothing_is_left().await;
}
