//! What the watcher does over several presses and what the probe lets through, in the real browser without a driver:
//! the way to an open camera, giving it up, and every way a page can get at what it captures.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::pack::{Pack, Program};
use common::far::{Browser, Page};
use common::rig::{loopback_policy, serve};
use common::{Keeper, can_run};
use serde_json::{Value, json};

const PACK: &str = r#"
service = "ways"
version = 1
name = { de = "Wege", en = "Ways" }
[[rule]]
id = "call"
state = "inside"
when.all = ["main"]
[control.camera]
open.all = [".leave"]
closed.all = [".join"]
closed.none = [".connecting"]
to-open = [".join", ".share"]
to-close = ".leave"
give-up = ".cancel"
"#;

/// A page on which a camera opens over a dialog, as slowly as it is told. It counts its presses.
const STAGE: &str = r#"<!doctype html><main></main><script>
const main = document.querySelector("main");
const pressed = [];
let ready = 100;
const add = (name, press, disabled = false) => {
  const button = Object.assign(document.createElement("button"), { className: name, textContent: name, disabled });
  button.onclick = () => { pressed.push(name); press(); };
  main.append(button);
  return button;
};
const clear = () => main.replaceChildren();
const closed = () => { clear(); add("join", dialog); };
const dialog = () => {
  const share = add("share", () => { clear(); add("leave", closed); }, true);
  add("cancel", closed);
  setTimeout(() => { share.disabled = false; }, ready);
};
closed();
</script>"#;

fn script(file: &str) -> String {
    let lines: Vec<&str> = file.lines().skip_while(|l| l.starts_with("//")).collect();
    lines.join("\n")
}

async fn page(browser: &Browser, html: &'static str) -> Page {
    let stage = move || async move { Html(html) };
    let address = serve(Router::new().route("/", axum::routing::get(stage))).await;
    browser.open(&format!("{address}/")).await
}

async fn turn(page: &Page, to: &str, within: u32) -> Value {
    page.eval(&format!("roomd.turn('camera', '{to}', {within})"))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_is_gone_step_by_step_once_each_and_given_up_cleanly() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start(&loopback_policy()).await;
    let browser = Browser::at(&keeper).await;
    let page = page(&browser, STAGE).await;
    let watcher = script(include_str!("../src/page/watcher.js"));
    let program = Program::of(&Pack::parse(PACK).unwrap()).text();
    page.eval(&format!("({watcher})({program})")).await;

    let opened = turn(&page, "open", 5_000).await;
    assert_eq!(opened["done"], true, "{opened}");
    assert_eq!(
        page.eval("pressed.splice(0)").await,
        json!(["join", "share"])
    );
    assert_eq!(turn(&page, "open", 5_000).await["already"], true);
    assert_eq!(turn(&page, "closed", 5_000).await["done"], true);
    assert_eq!(page.eval("pressed.splice(0)").await, json!(["leave"]));

    // Asked again while it is on the way: the same way goes on.
    page.eval("ready = 600").await;
    let both =
        "Promise.all([roomd.turn('camera', 'open', 5000), roomd.turn('camera', 'open', 5000)])";
    page.eval(both).await;
    assert_eq!(
        page.eval("pressed.splice(0)").await,
        json!(["join", "share"])
    );
    turn(&page, "closed", 5_000).await;

    // It does not lead there in time.
    page.eval("pressed.length = 0; ready = 3_600_000").await;
    turn(&page, "open", 500).await;
    assert_eq!(
        page.eval("pressed.splice(0)").await,
        json!(["join", "cancel"])
    );
    page.until("document.querySelector('.join')").await;

    // Somebody thinks otherwise on the way.
    page.eval("void roomd.turn('camera', 'open', 5000)").await;
    page.until("document.querySelector('.cancel')").await;
    turn(&page, "closed", 5_000).await;
    assert_eq!(
        page.eval("pressed.splice(0)").await,
        json!(["join", "cancel"])
    );
    page.until("!document.querySelector('.share')").await;
}

/// Catches the microphone in every way there is, and says of each track what the page sees and what truly is.
const CATCH: &str = "(async () => {
  const nav = navigator, ask = { audio: true, video: true };
  const old = await new Promise((done, fail) => nav.webkitGetUserMedia(ask, done, fail));
  const stream = await nav.mediaDevices.getUserMedia(ask);
  const copies = [stream.clone(), old.clone()];
  globalThis.tracks = [stream, old, ...copies].flatMap((s) => s.getTracks());
  tracks.push(...stream.getTracks().map((track) => track.clone()));
})()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_page_captures_passes_a_shut_gate() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start(&loopback_policy()).await;
    let browser = Browser::at(&keeper).await;
    let page = page(&browser, "<!doctype html>").await;
    let probe = script(include_str!("../src/page/probe.js"));
    let native = "Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'enabled').get";
    page.eval(&format!("globalThis.native = {native}; ({probe})(); null"))
        .await;
    page.eval(CATCH).await;
    let passes = async |kind: &str| -> Vec<bool> {
        let text = format!("tracks.filter((t) => t.kind === '{kind}').map((t) => native.call(t))");
        serde_json::from_value(page.eval(&text).await).unwrap()
    };
    let gate = async |kind: &str, open: bool| {
        let text = format!("globalThis[Symbol.for('roomd.probe')].setGate('{kind}', {open}), null");
        page.eval(&text).await;
    };
    assert_eq!(passes("audio").await, [false; 5]);
    assert_eq!(passes("video").await, [false; 5]);
    let seen = "tracks.every((track) => track.enabled)";
    assert_eq!(page.eval(seen).await, true, "the page sees its own word");

    gate("audio", true).await;
    assert_eq!(passes("audio").await, [true; 5]);
    assert_eq!(passes("video").await, [false; 5]);
    page.eval("tracks.forEach((track) => { track.enabled = false; })")
        .await;
    assert_eq!(
        passes("audio").await,
        [false; 5],
        "the page closes on its own"
    );
    page.eval("tracks.forEach((track) => { track.enabled = true; })")
        .await;
    assert_eq!(passes("audio").await, [true; 5]);
    gate("audio", false).await;
    gate("video", true).await;
    assert_eq!(passes("audio").await, [false; 5]);
    assert_eq!(passes("video").await, [true; 5]);
    page.eval("tracks.forEach((track) => { track.enabled = true; })")
        .await;
    assert_eq!(
        passes("audio").await,
        [false; 5],
        "however often it says so"
    );
}
