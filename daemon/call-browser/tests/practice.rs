//! The practice conference, joined for real: Chromium on both sides, media in between.

mod common;

use call_browser::Packs;
use common::far::Browser;
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run};
use practice::{Code, ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules};
use room_core::effect::{CallCommand, Screen};
use room_core::event::{CallSeen, EndReason, Event, Flow, WaitingFor};
use room_core::ids::{CallId, Private};
use room_core::units::Switch;

const CALL: CallId = CallId(1);

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
    _far_keeper: Keeper,
}

async fn world() -> World {
    let (practice, base) = conference().await;
    let policy = loopback_policy();
    let (keeper, far_keeper) = tokio::join!(Keeper::start(&policy), Keeper::start(&policy));
    let far = Browser::at(&far_keeper).await;
    let rig = Rig::start(&keeper.socket, &room_page().await, Packs::built_in(), None).await;
    World {
        rig,
        far,
        base,
        _practice: practice,
        keeper,
        _far_keeper: far_keeper,
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
    assert!(
        !far.receives("audio").await,
        "the far end still hears the room"
    );

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
