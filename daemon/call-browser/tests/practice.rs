//! The practice conference, joined for real: Chromium on both sides, media in between.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use call_browser::Packs;
use common::far::Browser;
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run};
use practice::{Code, ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules};
use room_core::effect::{CallCommand, CallRequest, Screen};
use room_core::event::{BrowserSeen, CallSeen, EndReason, Event, Flow, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, Private};
use room_core::meeting::By;
use room_core::units::Switch;

const CALL: CallId = CallId(1);
/// From no browser at all to both ends in a call, as measured on two quiet cores.
const FIRST_WAY_IN: std::time::Duration = std::time::Duration::from_secs(5);

async fn conference() -> (Practice, String) {
    let code = |text| Some(Code::new(text).unwrap());
    let open = Rules {
        host_code: code("host"),
        ..Rules::default()
    };
    let guarded = Rules {
        passcode: code("4711"),
        lobby: true,
        ..open.clone()
    };
    let hosted = Rules {
        needs_host: true,
        ..open.clone()
    };
    let mut config = Config::new(ResumeKey::random());
    config.newcomers_wait = std::time::Duration::from_millis(100);
    config.conferences = vec![
        ConferenceConfig {
            id: ConferenceId::new("open").unwrap(),
            rules: open,
        },
        ConferenceConfig {
            id: ConferenceId::new("guarded").unwrap(),
            rules: guarded,
        },
        ConferenceConfig {
            id: ConferenceId::new("hosted").unwrap(),
            rules: hosted,
        },
    ];
    let practice = Practice::new(config).unwrap();
    let address = serve(practice::router(practice.clone())).await;
    (practice, format!("{address}/practice"))
}

struct World {
    rig: Rig,
    far: Browser,
    base: String,
    _practice: Practice,
    keeper: Keeper,
    far_keeper: Keeper,
    room: String,
}

async fn world() -> World {
    let (practice, base) = conference().await;
    let policy = loopback_policy();
    let (keeper, far_keeper) = tokio::join!(Keeper::start(&policy), Keeper::start(&policy));
    let far = Browser::at(&far_keeper).await;
    let room = room_page().await;
    let rig = Rig::start(&keeper.socket, &room, Packs::built_in(), None).await;
    World {
        rig,
        far,
        base,
        _practice: practice,
        keeper,
        far_keeper,
        room,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warm_page_joins_dark_and_silent_and_opens_on_command() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let far = w
        .far
        .open(&format!("{}/open?name=Anna&host=host", w.base))
        .await;
    far.join_practice("Anna").await;
    let request = request("practice", &format!("{}/open", w.base), None);

    w.rig
        .handle
        .command(CALL, CallCommand::Warm(request.clone()));
    w.rig.call(CALL, CallSeen::Warm).await;
    assert!(!w.rig.saw(CALL, &CallSeen::Inside));
    let pressed = std::time::Instant::now();
    w.rig.join(CALL, request);
    w.rig.call(CALL, CallSeen::Inside).await;
    eprintln!("joined from warm in {:?}", pressed.elapsed());
    w.rig.call(CALL, CallSeen::People(1)).await;
    far.until("document.querySelector('[data-test=participant][data-name=\"Raum 2.07\"]')")
        .await;
    assert!(
        !far.receives("audio").await && !far.receives("video").await,
        "something is sent without a press"
    );

    w.rig.handle.screen(Screen::Call);
    w.rig
        .until(
            "the call stands in front",
            |e| *e == Event::Screen(Screen::Call),
            SOON,
        )
        .await;

    w.rig.handle.command(CALL, CallCommand::Mic(Switch::Open));
    w.rig.call(CALL, CallSeen::Mic(Switch::Open)).await;
    let flows = |event: &Event| matches!(event, Event::Call(CALL, CallSeen::Media(m)) if m.audio_out == Flow::Runs);
    w.rig.until("sound flows out", flows, SOON).await;
    assert!(far.receives("audio").await, "the far end hears nothing");
    w.rig
        .handle
        .command(CALL, CallCommand::Camera(Switch::Open));
    w.rig.call(CALL, CallSeen::Camera(Switch::Open)).await;
    far.until("practiceStats().then(s => s.peers.some(p => p.inbound.video?.frames > 5))")
        .await;

    w.rig.handle.command(CALL, CallCommand::Mic(Switch::Closed));
    w.rig.call(CALL, CallSeen::Mic(Switch::Closed)).await;
    far.falls_silent().await;

    w.rig.handle.command(CALL, CallCommand::Leave);
    assert_eq!(
        w.rig.end_of(CALL, SOON).await,
        CallSeen::Over(EndReason::Left)
    );
    far.until("document.querySelectorAll('[data-test=participant]').length === 1")
        .await;
    w.rig
        .until(
            "the room's page is in front again",
            |e| *e == Event::Screen(Screen::Room),
            SOON,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_passcode_is_tried_once_then_asked_for_and_the_lobby_is_waited_in() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let host = w
        .far
        .open(&format!("{}/guarded?host=host&code=4711", w.base))
        .await;
    host.join_practice("Anna").await;

    w.rig.join(
        CALL,
        request("practice", &format!("{}/guarded", w.base), Some("0000")),
    );
    w.rig
        .call(CALL, CallSeen::PasscodeAsked { rejected: true })
        .await;
    w.rig
        .handle
        .command(CALL, CallCommand::Passcode(Private::new("1111")));
    w.rig
        .call(CALL, CallSeen::PasscodeAsked { rejected: true })
        .await;
    w.rig
        .handle
        .command(CALL, CallCommand::Passcode(Private::new("4711")));
    w.rig.call(CALL, CallSeen::Waiting(WaitingFor::Lobby)).await;
    host.press("admit").await;
    w.rig.call(CALL, CallSeen::Inside).await;

    host.eval("document.querySelector('[data-test=participant][data-self=no] [data-test=remove]').click()").await;
    assert_eq!(
        w.rig.end_of(CALL, SOON).await,
        CallSeen::Over(EndReason::Removed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_daemon_does_not_end_a_call_and_the_next_one_takes_it_over() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let far = w.far.open(&format!("{}/open?host=host", w.base)).await;
    far.join_practice("Anna").await;
    w.rig
        .join(CALL, request("practice", &format!("{}/open", w.base), None));
    w.rig.call(CALL, CallSeen::Inside).await;
    w.rig.handle.command(CALL, CallCommand::Mic(Switch::Open));
    w.rig.call(CALL, CallSeen::Mic(Switch::Open)).await;
    assert!(far.receives("audio").await);

    w.rig.task.abort();
    drop(w.rig);
    for _ in 0..3 {
        assert!(
            far.receives("audio").await,
            "the media stopped with the daemon"
        );
    }
    let mut rig = Rig::start(&w.keeper.socket, &w.room, Packs::built_in(), None).await;
    let mark = rig.seen.len();
    let adopted = CallRequest {
        by: By::Page,
        target: None,
        display_name: "Raum 2.07".to_owned(),
    };
    rig.handle.command(CALL, CallCommand::Adopt(adopted));
    rig.call(CALL, CallSeen::Inside).await;
    for seen in [
        CallSeen::Mic(Switch::Open),
        CallSeen::Camera(Switch::Closed),
        CallSeen::People(1),
    ] {
        rig.after(mark, Event::Call(CALL, seen)).await;
    }
    assert!(
        far.receives("audio").await,
        "the media stopped with the adoption"
    );
    rig.handle.command(CALL, CallCommand::Mic(Switch::Closed));
    rig.call(CALL, CallSeen::Mic(Switch::Closed)).await;
    far.falls_silent().await;
    rig.handle.command(CALL, CallCommand::Leave);
    assert_eq!(
        rig.end_of(CALL, SOON).await,
        CallSeen::Over(EndReason::Left)
    );

    rig.handle.command(
        CallId(5),
        CallCommand::Adopt(request("practice", &format!("{}/open", w.base), None)),
    );
    assert_eq!(
        rig.end_of(CallId(5), SOON).await,
        CallSeen::Over(EndReason::PageGone),
        "there is nothing to adopt"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_nobody_claims_is_destroyed() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let far = w.far.open(&format!("{}/open?host=host", w.base)).await;
    far.join_practice("Anna").await;
    w.rig
        .join(CALL, request("practice", &format!("{}/open", w.base), None));
    w.rig.call(CALL, CallSeen::Inside).await;
    w.rig.task.abort();
    drop(w.rig);
    let rig = Rig::start(&w.keeper.socket, &w.room, Packs::built_in(), None).await;
    far.until("document.querySelectorAll('[data-test=participant]').length === 1")
        .await;
    drop(rig);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_browser_is_told_of_and_joins_again_dark_within_eight_seconds() {
    if !can_run() {
        return;
    }
    let first = std::time::Instant::now();
    let mut w = world().await;
    let far = w.far.open(&format!("{}/open?host=host", w.base)).await;
    far.join_practice("Anna").await;
    let link = request("practice", &format!("{}/open", w.base), None);
    w.rig.join(CALL, link.clone());
    w.rig.call(CALL, CallSeen::Inside).await;
    let allowed = common::way_back(first.elapsed(), FIRST_WAY_IN);
    w.rig.handle.command(CALL, CallCommand::Mic(Switch::Open));
    w.rig.call(CALL, CallSeen::Mic(Switch::Open)).await;

    let began = std::time::Instant::now();
    let chromium = common::descendants(w.keeper.pid())[0];
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(chromium).unwrap()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    w.rig
        .until(
            "the browser is gone",
            |e| *e == Event::Browser(BrowserSeen::Gone),
            SOON,
        )
        .await;
    assert_eq!(
        w.rig.end_of(CALL, SOON).await,
        CallSeen::Over(EndReason::PageGone)
    );
    w.rig
        .until(
            "the browser is back",
            |e| *e == Event::Browser(BrowserSeen::Ready),
            SOON,
        )
        .await;
    let mark = w.rig.seen.len();
    w.rig.join(CallId(2), link);
    w.rig.call(CallId(2), CallSeen::Inside).await;
    eprintln!(
        "rejoined after a killed browser in {:?} of {allowed:?}",
        began.elapsed()
    );
    assert!(began.elapsed() <= allowed, "{:?}", began.elapsed());
    w.rig
        .after(mark, Event::Call(CallId(2), CallSeen::Mic(Switch::Closed)))
        .await;
    assert!(!far.receives("audio").await, "the new call must be silent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_of_the_far_end_is_trouble_until_it_is_back() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let far = w.far.open(&format!("{}/open?host=host", w.base)).await;
    far.join_practice("Anna").await;
    w.rig
        .join(CALL, request("practice", &format!("{}/open", w.base), None));
    w.rig.call(CALL, CallSeen::Inside).await;
    w.rig.call(CALL, CallSeen::People(1)).await;
    far.press("mic-open").await;
    let heard =
        |e: &Event| matches!(e, Event::Call(CALL, CallSeen::Media(m)) if m.audio_in == Flow::Runs);
    w.rig.until("sound from the far end", heard, SOON).await;

    let all = common::descendants(w.far_keeper.pid());
    let every = |signal| {
        all.iter().for_each(|pid| {
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(i32::try_from(*pid).unwrap()),
                signal,
            );
        })
    };
    every(nix::sys::signal::Signal::SIGSTOP);
    w.rig.call(CALL, CallSeen::Trouble(Trouble::Network)).await;
    every(nix::sys::signal::Signal::SIGCONT);
    w.rig.call(CALL, CallSeen::Recovered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_and_refusals_are_told_apart() {
    if !can_run() {
        return;
    }
    let mut w = world().await;
    let ends = [("end-for-all", EndReason::EndedByHost)];
    for (button, reason) in ends {
        let host = w.far.open(&format!("{}/open?host=host", w.base)).await;
        host.join_practice("Anna").await;
        w.rig
            .join(CALL, request("practice", &format!("{}/open", w.base), None));
        w.rig.call(CALL, CallSeen::Inside).await;
        host.press(button).await;
        assert_eq!(w.rig.end_of(CALL, SOON).await, CallSeen::Over(reason));
    }
    w.rig.join(
        CallId(2),
        request("practice", &format!("{}/hosted", w.base), None),
    );
    w.rig
        .call(CallId(2), CallSeen::Waiting(WaitingFor::Host))
        .await;
    w.rig.handle.command(CallId(2), CallCommand::Leave);
    assert_eq!(
        w.rig.end_of(CallId(2), SOON).await,
        CallSeen::Over(EndReason::Left)
    );

    let host = w
        .far
        .open(&format!("{}/guarded?host=host&code=4711", w.base))
        .await;
    host.join_practice("Anna").await;
    w.rig.join(
        CallId(3),
        request("practice", &format!("{}/guarded", w.base), Some("4711")),
    );
    w.rig
        .call(CallId(3), CallSeen::Waiting(WaitingFor::Lobby))
        .await;
    host.press("deny").await;
    assert_eq!(
        w.rig.end_of(CallId(3), SOON).await,
        CallSeen::Over(EndReason::Denied)
    );

    w.rig.join(
        CallId(4),
        request("practice", &format!("{}/nowhere", w.base), None),
    );
    assert_eq!(
        w.rig.end_of(CallId(4), SOON).await,
        CallSeen::Failed(CallFailure::NotFound)
    );
}
