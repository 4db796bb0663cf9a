//! Nothing private leaves: everything that driver and keeper log at TRACE is searched for what was planted.

#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::{Pack, Packs};
use common::rig::{Rig, SOON, loopback_policy, pages_left, serve};
use common::{Keeper, can_run};
use room_core::effect::{CallCommand, CallRequest, Screen};
use room_core::event::{CallSeen, EndReason, PersonNeeded};
use room_core::hand::{Hand, Spot, Typed};
use room_core::ids::{CallId, HostName, Private, ServiceId};
use room_core::meeting::{By, Target};
use room_core::units::Switch;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_private_is_logged() {
    if !can_run() {
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();

    let keeper = Keeper::start_in(&loopback_policy(), &[], &[("RUST_LOG", "trace")]).await;
    let base = serve(Router::new().fallback(async || Html(include_str!("pages/stage.html")))).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(include_str!("pages/stage.toml")).unwrap());
    let room = serve(Router::new().fallback(async || Html("<title>Raumtitel-geheim</title>")))
        .await
        + "/?token=raumschluessel";
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::start(&keeper.socket, &room, packs, Some(folder.path())).await;
    let join = |call, scene: &str| {
        let target = Target::page(
            ServiceId::new("stage"),
            HostName::new("127.0.0.1"),
            Private::new(format!(
                "{base}/sitzung-vertraulich?scene={scene}&pwd=linkcode"
            )),
            Some(Private::new("kennwort4711")),
        );
        let request = CallRequest {
            by: By::Page,
            target: Some(target),
            display_name: "Raum 2.07".to_owned(),
        };
        (call, CallCommand::Join(request))
    };
    for (number, scene) in ["plain", "dead-button", "stray", "removed", "asks-questions"]
        .iter()
        .enumerate()
    {
        let (call, command) = join(CallId(number as u64), scene);
        rig.handle.command(call, command);
        rig.handle.screen(Screen::Call);
        rig.handle.notice(Some("Frau Mustermann wartet".to_owned()));
        if ["plain", "asks-questions"].contains(scene) {
            rig.call(call, CallSeen::Inside).await;
            rig.handle.command(call, CallCommand::Mic(Switch::Open));
            rig.handle
                .command(call, CallCommand::Passcode(Private::new("zweitcode")));
            rig.call(call, CallSeen::Mic(Switch::Open)).await;
            rig.handle.command(call, CallCommand::Leave);
            assert_eq!(
                rig.end_of(call, SOON).await,
                CallSeen::Over(EndReason::Left)
            );
        } else {
            rig.end_of(call, SOON * 2).await;
        }
    }
    let kept = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = kept();
    let (call, command) = join(CallId(99), "sign-in");
    rig.handle.command(call, command);
    rig.call(call, CallSeen::PersonNeeded(PersonNeeded::Login))
        .await;
    let typed = Hand::Type(Typed::new("tippgeheimnis"));
    for hand in [typed, Hand::Tap(Spot::new(5_432, 1_234))] {
        rig.handle.command(call, CallCommand::Hand(hand));
    }
    assert!(rig.handle.page_to_act_on().await.is_some());
    rig.handle.command(call, CallCommand::Leave);
    rig.end_of(call, SOON).await;
    assert_eq!(kept(), before, "no picture of it was kept");
    rig.task.abort();
    let _ = rig.task.await;
    pages_left(&keeper, 1).await;
    let mut all = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        all.contains("the browser obeys") && all.contains("seen"),
        "nothing was logged at all: {all}"
    );
    all += &std::fs::read_to_string(keeper.folder.path().join("log")).unwrap();
    assert!(all.contains("browser keeper is ready"));
    for private in [
        "vertraulich",
        "linkcode",
        "kennwort",
        "4711",
        "zweitcode",
        "Raum 2.07",
        "Mustermann",
        "schluessel",
        "Raumtitel",
        "tippgeheimnis",
        "5432",
    ] {
        let said = |line: &&str| !counts_others(line) && without_time(line).contains(private);
        let line = all.lines().find(said);
        assert_eq!(line, None, "{private} was logged");
    }
}

/// The stage's own server names the ports of its callers, and the runtime its tokens: they may hold any four digits.
fn counts_others(line: &str) -> bool {
    line.contains("axum::serve") || line.contains("mio::poll")
}

/// The microseconds of a line's time may be any six digits.
fn without_time(line: &str) -> &str {
    let digit = |(time, _): &(&str, &str)| time.len() < 40 && time.ends_with(char::is_numeric);
    line.split_once('Z')
        .filter(digit)
        .map_or(line, |(_, said)| said)
}
