//! Pages in the real Chromium get the room's own camera, whatever they ask for, and what they got is read back.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use call_browser::{CameraChoice, Pack, Packs, PageCamera, PageSound};
use common::rig::{Rig, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run};
use room_core::event::{CallSeen, LensSeen, WaitingFor};
use room_core::ids::CallId;
use std::sync::{Arc, Mutex};

/// Asks as its address says, and shows the label of what it got.
const PAGE: &str = r#"<!doctype html><body><script>
const shows = (stream) => { document.body.dataset.camera = stream.getVideoTracks()[0].label; };
const fails = (problem) => { document.body.dataset.camera = problem.name; };
const asks = {
  anything: () => navigator.mediaDevices.getUserMedia({ audio: true, video: true }),
  another: async () => {
    (await navigator.mediaDevices.getUserMedia({ video: { width: 320 } })).getTracks().forEach((track) => track.stop());
    const all = await navigator.mediaDevices.enumerateDevices();
    const last = all.filter(({ kind }) => kind === "videoinput").at(-1);
    return navigator.mediaDevices.getUserMedia({ video: { deviceId: { exact: last.deviceId }, groupId: last.groupId } });
  },
  old: () => new Promise((done, failed) => navigator.webkitGetUserMedia({ video: true }, done, failed)),
};
asks[location.hash.slice(1)]().then(shows, fails);
</script>"#;

const PACK: &str = r#"
service = "devices"
version = 1
name = { de = "Geräte", en = "Devices" }
[limits]
first-screen-ms = 15000
[[rule]]
id = "second"
state = "waiting-host"
when.all = ["[data-camera=fake_device_1]"]
[[rule]]
id = "other"
state = "waiting-lobby"
when.all = ["[data-camera=fake_device_0], [data-camera=fake_device_2]"]
[[rule]]
id = "call"
state = "inside"
when.all = [".never"]
"#;

const SECOND: CallSeen = CallSeen::Waiting(WaitingFor::Host);
const OTHER: CallSeen = CallSeen::Waiting(WaitingFor::Lobby);

#[tokio::test]
async fn a_page_gets_the_rooms_camera_and_another_one_is_told() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start_with(&loopback_policy(), &["--fake-cameras", "3"]).await;
    let wanted = Arc::new(Mutex::new(None));
    let asked = Arc::clone(&wanted);
    let camera = CameraChoice::new(move || asked.lock().unwrap().clone());
    let mut packs = Packs::default();
    packs.add(Pack::parse(PACK).unwrap());
    let base = serve(Router::new().route("/", get(async || Html(PAGE)))).await;
    let room = room_page().await;
    let mut rig =
        Rig::start_with(&keeper.socket, &room, packs, (camera, PageSound::default())).await;
    let named = |label: &str| {
        Some(PageCamera {
            label: label.to_owned(),
            twin: 0,
        })
    };
    let lens = |seen| Some(CallSeen::Lens(seen));
    let cases = [
        (
            "anything",
            named("fake_device_1"),
            SECOND,
            lens(LensSeen::TheRooms),
        ),
        (
            "another",
            named("fake_device_1"),
            SECOND,
            lens(LensSeen::TheRooms),
        ),
        (
            "old",
            named("fake_device_1"),
            SECOND,
            lens(LensSeen::TheRooms),
        ),
        (
            "anything",
            named("unplugged"),
            OTHER,
            lens(LensSeen::Another),
        ),
        ("another", None, OTHER, None),
    ];
    for (number, (asks, camera, shows, lens)) in (1..).zip(cases) {
        *wanted.lock().unwrap() = camera;
        let call = CallId(number);
        rig.join(call, request("devices", &format!("{base}/#{asks}"), None));
        rig.call(call, shows).await;
        for seen in [LensSeen::TheRooms, LensSeen::Another].map(CallSeen::Lens) {
            assert_eq!(
                rig.saw(call, &seen),
                lens.as_ref() == Some(&seen),
                "{asks} {number}: {seen:?}"
            );
        }
        rig.handle
            .command(call, room_core::effect::CallCommand::Drop);
    }
}
