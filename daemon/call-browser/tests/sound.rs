//! Pages in the real Chromium get the room's own microphone and loudspeaker by their labels, and what they got is read back.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use call_browser::{CameraChoice, Cleaning, Pack, Packs, PageSound};
use common::rig::{Rig, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run};
use room_core::event::{CallSeen, EndSeen, SoundEnd, WaitingFor};
use room_core::ids::CallId;
use std::time::Duration;

/// Captures whatever it is given, plays it in an element and on a mixing desk, and shows the labels of all three.
const PAGE: &str = r#"<!doctype html><body><script>
const label = async (id) => {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.find(({ kind, deviceId }) => kind === "audiooutput" && id !== "" && deviceId === id)?.label ?? "default";
};
const begin = async () => {
  const [desk, player] = [new AudioContext(), new Audio()];
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  player.srcObject = stream;
  await player.play();
  const later = new AudioContext();
  setInterval(async () => {
    document.body.dataset.ear = stream.getAudioTracks()[0].label;
    const mouths = await Promise.all([desk, player, later].map(({ sinkId }) => label(sinkId)));
    document.body.dataset.mouths = mouths.join("+");
  }, 200);
};
begin().catch((problem) => { document.body.dataset.ear = problem.name; });
</script>"#;

const PACK: &str = r#"
service = "devices"
version = 1
name = { de = "Geräte", en = "Devices" }
[limits]
first-screen-ms = 15000
[[rule]]
id = "rooms"
state = "waiting-host"
when.all = ["[data-ear='Fake Audio Input 2'][data-mouths='Fake Audio Output 2+Fake Audio Output 2+Fake Audio Output 2']"]
[[rule]]
id = "default"
state = "waiting-lobby"
when.all = ["[data-ear='Fake Default Audio Input'][data-mouths='default+default+default']"]
[[rule]]
id = "call"
state = "inside"
when.all = [".never"]
"#;

/// Shows itself what its camera sees, which has nothing to play until it is given sound, and has a mixing desk.
const PREVIEW: &str = r#"<!doctype html><body><video muted></video><script>
const [desk, preview] = [new AudioContext(), document.querySelector("video")];
const line = new RTCPeerConnection();
const begin = async () => {
  const all = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  preview.srcObject = new MediaStream(all.getVideoTracks());
  const devices = await navigator.mediaDevices.enumerateDevices();
  const mouth = ({ sinkId }) => devices.find(({ kind, deviceId }) => kind === "audiooutput" && deviceId === sinkId)?.label;
  // As pages do at each change of who is there.
  for (let time = 0; time < 5; time += 1) await preview.play();
  setInterval(() => {
    document.body.dataset.desk = mouth(desk);
    document.body.dataset.preview = mouth(preview);
    if (mouth(desk)) preview.srcObject.addTrack(all.getAudioTracks()[0]);
  }, 500);
};
begin().catch((problem) => { document.body.dataset.desk = problem.name; });
</script>"#;

const PREVIEWED: &str = r#"
service = "preview"
version = 1
name = { de = "Vorschau", en = "Preview" }
[limits]
first-screen-ms = 15000
[[rule]]
id = "rooms"
state = "waiting-host"
when.all = ["[data-desk='Fake Audio Output 2'][data-preview='Fake Audio Output 2']"]
[[rule]]
id = "call"
state = "inside"
when.all = [".never"]
"#;

/// Asks for all cleaning there is, again and again, and shows what it has: with the capture that it keeps, and with a new one.
const ASKING: &str = r#"<!doctype html><body><script>
const keys = ["echoCancellation", "noiseSuppression", "autoGainControl"];
const all = Object.fromEntries(keys.map((key) => [key, true]));
const capture = async () =>
  (await navigator.mediaDevices.getUserMedia({ audio: { ...all, advanced: [all] } })).getAudioTracks()[0];
const shown = (track) => keys.map((key) => track.getSettings()[key]).join("+");
const begin = async () => {
  const kept = await capture();
  setInterval(async () => {
    await kept.applyConstraints(all).catch(() => null);
    const fresh = await capture();
    document.body.dataset.fresh = shown(fresh);
    document.body.dataset.kept = shown(kept);
    fresh.stop();
  }, 200);
};
begin().catch((problem) => { document.body.dataset.fresh = problem.name; });
</script>"#;

const CLEANED: &str = r#"
service = "cleaning"
version = 1
name = { de = "Reinigung", en = "Cleaning" }
[limits]
first-screen-ms = 15000
[[rule]]
id = "page"
state = "waiting-host"
when.all = ["[data-fresh='true+true+true']"]
[[rule]]
id = "elsewhere"
state = "waiting-lobby"
when.all = ["[data-fresh='false+false+false']"]
[[rule]]
id = "call"
state = "inside"
when.all = [".never"]
"#;

#[tokio::test]
async fn echo_is_cancelled_by_whom_the_room_says_whatever_the_page_asks_for() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start(&loopback_policy()).await;
    let base = serve(Router::new().route("/", get(async || Html(ASKING)))).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(CLEANED).unwrap());
    let devices = (CameraChoice::default(), PageSound::default());
    let mut rig = Rig::start_with(&keeper.socket, &room_page().await, packs, devices).await;
    rig.cleaning.choose(Some(Cleaning::Elsewhere));
    let call = CallId(1);
    rig.join(call, request("cleaning", &format!("{base}/"), None));
    rig.call(call, CallSeen::Waiting(WaitingFor::Lobby)).await;
    rig.cleaning.choose(Some(Cleaning::Page));
    rig.call(call, CallSeen::Waiting(WaitingFor::Host)).await;
}

#[tokio::test]
async fn a_page_gets_the_rooms_microphone_and_loudspeaker_or_the_default_which_is_told() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start_with(&loopback_policy(), &["--fake-cameras", "1"]).await;
    let base = serve(Router::new().route("/", get(async || Html(PAGE)))).await;
    let room = room_page().await;
    let second = PageSound {
        microphone: "Fake Audio Input 2".to_owned(),
        loudspeaker: "Fake Audio Output 2".to_owned(),
    };
    let cases = [
        (second, WaitingFor::Host, EndSeen::TheRooms),
        (PageSound::default(), WaitingFor::Lobby, EndSeen::Another),
    ];
    for (number, (sound, shows, given)) in (1..).zip(cases) {
        let mut packs = Packs::default();
        packs.add(Pack::parse(PACK).unwrap());
        let devices = (CameraChoice::default(), sound);
        let mut rig = Rig::start_with(&keeper.socket, &room, packs, devices).await;
        let call = CallId(number);
        rig.join(call, request("devices", &format!("{base}/"), None));
        rig.call(call, CallSeen::Waiting(shows)).await;
        for end in [SoundEnd::Microphone, SoundEnd::Loudspeaker] {
            for seen in [EndSeen::TheRooms, EndSeen::Another] {
                let said = rig.saw(call, &CallSeen::Sound(end, seen));
                assert_eq!(said, seen == given, "{end:?} {seen:?}");
            }
        }
        rig.handle
            .command(call, room_core::effect::CallCommand::Drop);
    }
}

#[tokio::test]
async fn what_has_nothing_to_play_is_no_other_loudspeaker_and_is_led_when_it_has_sound() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start_with(&loopback_policy(), &["--fake-cameras", "1"]).await;
    let base = serve(Router::new().route("/", get(async || Html(PREVIEW)))).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(PREVIEWED).unwrap());
    let sound = PageSound {
        microphone: "Fake Audio Input 2".to_owned(),
        loudspeaker: "Fake Audio Output 2".to_owned(),
    };
    let devices = (CameraChoice::default(), sound);
    let mut rig = Rig::start_with(&keeper.socket, &room_page().await, packs, devices).await;
    let call = CallId(1);
    rig.join(call, request("preview", &format!("{base}/"), None));
    rig.call(call, CallSeen::Waiting(WaitingFor::Host)).await;
    let loudspeaker = |seen| CallSeen::Sound(SoundEnd::Loudspeaker, seen);
    rig.quiet(Duration::from_millis(500)).await;
    assert!(rig.saw(call, &loudspeaker(EndSeen::TheRooms)));
    assert!(!rig.saw(call, &loudspeaker(EndSeen::Another)));
}
