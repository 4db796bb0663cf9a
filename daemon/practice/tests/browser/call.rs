//! In the call: dark and silent, opening and closing, resuming, restarts, lost peers.

use crate::cdp::{Chromium, Look, Page};
use crate::room::{Room, alone, connected, hears, join, listed, receives, stats};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::Instant;

/// Two browsers of their own that hide their addresses, as they do until a device is permitted.
#[tokio::test(flavor = "multi_thread")]
async fn two_dark_and_silent_browsers_connect_and_then_one_opens() {
    let _alone = alone().await;
    let room = Room::open();
    let (first, second) = tokio::join!(Chromium::start(), Chromium::start());
    // Nothing is permitted yet, so that both hide their addresses.
    let origin = format!("http://localhost:{}", room.addr.port());
    let url = format!("{origin}/practice/open");
    let anna = first.page(&url, Look::default()).await;
    join(&anna, "Anna").await;
    let begun = Instant::now();
    let ben = second.page(&url, Look::default()).await;
    let loaded = begun.elapsed();
    join(&ben, "Ben").await;
    let joined = begun.elapsed();
    tokio::join!(connected(&anna, 1), connected(&ben, 1));
    let connected_after = begun.elapsed();
    for page in [&anna, &ben] {
        let silent = stats(page).await;
        assert_eq!(sent(&silent), (0, 0), "dark and silent: {silent}");
        assert_eq!(page.attribute("mic", "data-state").await, json!("closed"));
        assert_eq!(
            page.attribute("camera", "data-state").await,
            json!("closed")
        );
    }
    ben.permit(&origin).await;
    let pressed = Instant::now();
    ben.press("mic-open").await;
    hears(&anna).await;
    ben.press("camera-open").await;
    receives(&anna).await;
    eprintln!(
        "page loaded {loaded:?}, joined {joined:?}, connected {connected_after:?}; \
         press to heard and seen {:?}",
        pressed.elapsed()
    );
    anna.until(5_000, &listed("Ben", "open", "open")).await;
    assert_eq!(
        sent(&stats(&anna).await),
        (0, 0),
        "opening one does not open the other"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn media_flows_both_ways_and_a_closed_device_sends_nothing() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let anna = room.joined(&browser, "open", "Anna").await;
    let begun = Instant::now();
    let ben = room.page(&browser, "open").await;
    ben.press("choice-mic").await;
    ben.press("choice-camera").await;
    join(&ben, "Ben").await;
    anna.press("mic-open").await;
    anna.press("camera-open").await;
    tokio::join!(receives(&anna), receives(&ben));
    eprintln!("page load to media both ways {:?}", begun.elapsed());
    let live = "document.querySelector('[data-test=self-view] video').srcObject?.getTracks().map((t) => t.readyState).join()";
    assert_eq!(ben.eval(live).await, json!("live"));
    ben.eval("window.keptTrack = document.querySelector('[data-test=self-view] video').srcObject.getTracks()[0]").await;
    ben.press("mic-closed").await;
    ben.press("camera-closed").await;
    anna.until(5_000, &listed("Ben", "closed", "closed")).await;
    assert_eq!(
        ben.eval("keptTrack.readyState").await,
        json!("ended"),
        "the light goes out"
    );
    // What was captured before may still be on its way out of the pacer; then nothing more.
    ben.until(3_000, STANDS_STILL).await;
    let before = sent(&stats(&ben).await);
    ben.eval("new Promise((go) => setTimeout(go, 1500))").await;
    let after = sent(&stats(&ben).await);
    assert_eq!(after, before, "closed, and still sending");
    ben.press("mic-closed").await;
    assert_eq!(
        ben.attribute("mic", "data-state").await,
        json!("closed"),
        "absolute, not a toggle"
    );
    ben.press("mic-open").await;
    anna.until(5_000, &listed("Ben", "open", "closed")).await;
    ben.press("mic-open").await;
    assert_eq!(ben.attribute("mic", "data-state").await, json!("open"));
}

const STANDS_STILL: &str = "(async () => {
    const sent = async () => JSON.stringify((await practiceStats()).peers[0].outbound);
    const before = await sent();
    await new Promise((go) => setTimeout(go, 250));
    return before === await sent();
})()";

#[tokio::test(flavor = "multi_thread")]
async fn media_goes_on_while_the_server_is_gone_and_everybody_is_back_after() {
    let _alone = alone().await;
    let mut room = Room::open();
    let browser = Chromium::start().await;
    let anna = room.joined(&browser, "open", "Anna").await;
    let ben = room.joined(&browser, "open", "Ben").await;
    for page in [&anna, &ben] {
        page.press("mic-open").await;
        page.press("camera-open").await;
    }
    tokio::join!(receives(&anna), receives(&ben));
    let before = stats(&anna).await;
    watch(&anna).await;
    room.die().await;
    for page in [&anna, &ben] {
        page.see("banner-reconnecting").await;
        page.see("screen-call").await;
    }
    ben.press("mic-closed").await;
    let frames = "practiceStats().then((s) => s.peers[0].inbound.video.frames)";
    let at_death = anna.eval(frames).await.as_u64().unwrap();
    anna.until(
        5_000,
        &format!("{frames}.then((f) => f > {})", at_death + 20),
    )
    .await;
    let restarted = Instant::now();
    room.start();
    let quiet = "!document.querySelector('[data-test=banner-reconnecting]')";
    tokio::join!(anna.until(5_000, quiet), ben.until(5_000, quiet));
    anna.until(5_000, &listed("Ben", "closed", "open")).await;
    eprintln!("server back to everybody back {:?}", restarted.elapsed());
    let id = practice::ConferenceId::new("open").unwrap();
    assert_eq!(room.practice().in_call(&id), 2);
    let after = stats(&anna).await;
    assert_eq!(
        after["pc"], before["pc"],
        "the same connection, not a new one"
    );
    assert_eq!(after["id"], before["id"]);
    let seen = anna.eval("clearInterval(watch.timer), watch.gaps").await;
    let longest = seen.as_f64().unwrap();
    eprintln!("longest time without a new frame over the restart: {longest} ms");
    assert!(longest < 1_500.0, "frames stopped for {longest} ms");
    assert_eq!(
        anna.eval("watch.fell").await,
        json!(false),
        "frames counted backwards"
    );
}

/// Looks at the frame counter all the time: the longest standstill, and whether it ever fell.
async fn watch(page: &Page) {
    let script = "window.watch = { gaps: 0, fell: false, at: performance.now(), frames: 0 };
        watch.timer = setInterval(async () => {
            const frames = (await practiceStats()).peers[0]?.inbound.video?.frames ?? 0;
            const now = performance.now();
            if (frames < watch.frames) watch.fell = true;
            if (frames > watch.frames) { watch.gaps = Math.max(watch.gaps, now - watch.at); watch.at = now; }
            watch.frames = frames;
        }, 40); null";
    page.eval(script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_dies_gives_its_seat_back() {
    let _alone = alone().await;
    let room = Room::open();
    let (first, second) = tokio::join!(Chromium::start(), Chromium::start());
    let anna = room.joined(&first, "open", "Anna").await;
    let ben = room.joined(&second, "open", "Ben").await;
    tokio::join!(connected(&anna, 1), connected(&ben, 1));
    second.signal(Signal::SIGKILL);
    anna.until(
        20_000,
        "document.querySelectorAll('[data-test=participant]').length === 1",
    )
    .await;
    anna.see("alone").await;
    anna.see("screen-call").await;
    assert!(!anna.has("banner-reconnecting").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_falls_silent_is_shown_away_and_is_back_when_it_wakes() {
    let _alone = alone().await;
    let room = Room::open();
    let (first, second) = tokio::join!(Chromium::start(), Chromium::start());
    let anna = room.joined(&first, "open", "Anna").await;
    let ben = room.joined(&second, "open", "Ben").await;
    ben.press("camera-open").await;
    anna.until(
        15_000,
        "practiceStats().then((s) => s.peers[0].inbound.video?.frames > 5)",
    )
    .await;
    second.signal(Signal::SIGSTOP);
    anna.until(
        20_000,
        "document.querySelector('[data-test=participant][data-line=away]')",
    )
    .await;
    anna.see("banner-reconnecting").await;
    second.signal(Signal::SIGCONT);
    let back = "document.querySelector('[data-test=participant][data-name=Ben][data-line=here]')";
    anna.until(20_000, back).await;
    let frames = "practiceStats().then((s) => s.peers[0].inbound.video?.frames ?? 0)";
    let now = anna.eval(frames).await.as_u64().unwrap();
    anna.until(20_000, &format!("{frames}.then((f) => f > {})", now + 10))
        .await;
    anna.until(
        5_000,
        "!document.querySelector('[data-test=banner-reconnecting]')",
    )
    .await;
    anna.until(5_000, &listed("Ben", "closed", "open")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_made_again() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    // The page keeps its connections to itself; the test notes them as they are made.
    let spy = "window.pcs = []; window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...a) { super(...a); pcs.push(this); } };";
    let anna = room.page(&browser, "open").await;
    anna.call("Page.enable", json!({})).await;
    anna.call(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": spy }),
    )
    .await;
    anna.go(&format!("{}/practice/open", room.origin())).await;
    join(&anna, "Anna").await;
    let ben = room.joined(&browser, "open", "Ben").await;
    ben.press("camera-open").await;
    tokio::join!(connected(&anna, 1), connected(&ben, 1));
    anna.until(
        10_000,
        "practiceStats().then((s) => s.peers[0].inbound.video?.frames > 5)",
    )
    .await;
    let old = stats(&anna).await["pc"].clone();
    anna.eval("pcs.at(-1).close()").await;
    let renewed = format!(
        "practiceStats().then((s) => s.peers[0].pc !== {old} && s.peers[0].inbound.video?.frames > 5)"
    );
    anna.until(25_000, &renewed).await;
    let media = "document.querySelector('[data-test=tile][data-state=connected]')";
    anna.until(5_000, media).await;
}

/// Packets sent: sound and picture.
fn sent(stats: &Value) -> (u64, u64) {
    let packets = |kind: &str| stats["outbound"][kind]["packets"].as_u64().unwrap_or(0);
    (packets("audio"), packets("video"))
}
