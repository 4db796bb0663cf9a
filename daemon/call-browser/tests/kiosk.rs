//! The kiosk on a real X display: the room's page and the call's page both fill it, and the front is read back.

#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::{Pack, Packs};
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run, on_path};
use room_core::effect::{CallCommand, Screen};
use room_core::event::{CallSeen, Event};
use room_core::ids::CallId;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A display of its own, and its name.
async fn display() -> (Child, String) {
    let mut child = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x720x24",
            "-ac",
            "-nolisten",
            "tcp",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    tokio::time::timeout(SOON, output.read_line(&mut line))
        .await
        .expect("a display within 20 s")
        .unwrap();
    (child, format!(":{}", line.trim()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_pages_fill_the_display_and_the_front_changes_when_asked() {
    if !can_run() || !on_path("Xvfb") {
        return;
    }
    let (_display, name) = display().await;
    let keeper = Keeper::start_in(
        &loopback_policy(),
        &["--window", "kiosk", "--size", "1280x720"],
        &[("DISPLAY", &name)],
    )
    .await;
    let base = serve(Router::new().fallback(async || Html(include_str!("pages/stage.html")))).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(include_str!("pages/stage.toml")).unwrap());
    let mut rig = Rig::start(&keeper.socket, &room_page().await, packs, None).await;
    let call = CallId(1);
    rig.join(
        call,
        request("stage", &format!("{base}/stage?scene=plain"), None),
    );
    rig.call(call, CallSeen::Inside).await;
    let size = async |rig: &Rig| {
        let picture = rig.handle.mirror().await.expect("a picture");
        let info = png::Decoder::new(std::io::Cursor::new(picture))
            .read_info()
            .unwrap();
        (info.info().width, info.info().height)
    };
    for screen in [Screen::Call, Screen::Room, Screen::Call] {
        rig.handle.screen(screen);
        rig.until(
            &format!("{screen:?} in front"),
            |event| *event == Event::Screen(screen),
            SOON,
        )
        .await;
        let (width, height) = size(&rig).await;
        assert!(
            width >= 1279 && height >= 719,
            "{screen:?} is {width}x{height}"
        );
    }
    rig.handle.command(call, CallCommand::Leave);
    rig.until(
        "the room in front again",
        |event| *event == Event::Screen(Screen::Room),
        SOON,
    )
    .await;
}
