//! The kiosk on a real X display and under a real compositor: each page fills its display, and the front is read back.

#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::{Pack, Packs};
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run, on_path, within};
use room_core::effect::{CallCommand, Screen};
use room_core::event::{CallSeen, Event};
use room_core::ids::CallId;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
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

/// The room's compositor with two displays, each a window on an X display that nobody sees; and the folder with its socket.
async fn compositor(x: &str, folder: &Path) -> Child {
    let file = folder.join("weston.ini");
    std::fs::write(&file, DISPLAYS).unwrap();
    let child = Command::new("weston")
        .args([
            "--backend=x11-backend.so",
            "--use-pixman",
            "--output-count=2",
            "--debug",
        ])
        .arg(format!("--config={}", file.display()))
        .arg("--socket=wayland-0")
        .env("DISPLAY", x)
        .env("XDG_RUNTIME_DIR", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let socket = folder.join("wayland-0");
    within("the compositor's socket", SOON, async || {
        socket.exists().then_some(())
    })
    .await;
    // Of another account than Chromium's, as on a board; there a group lets it in.
    std::fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
    child
}

const DISPLAYS: &str = "[core]
shell=kiosk-shell.so
idle-time=0
[output]
name=X1
mode=640x360
app-ids=roomd-second
[output]
name=X2
mode=800x450
app-ids=roomd-main
";

/// How much of the first and the second display is of this colour, in percent.
async fn share(folder: &Path, colour: [u8; 3]) -> [usize; 2] {
    let _ = std::fs::remove_dir_all(folder.join("shots"));
    std::fs::create_dir(folder.join("shots")).unwrap();
    let shot = Command::new("weston-screenshooter")
        .current_dir(folder.join("shots"))
        .env("XDG_RUNTIME_DIR", folder)
        .env("WAYLAND_DISPLAY", "wayland-0")
        .output();
    assert!(
        shot.await.unwrap().status.success(),
        "no picture of the displays"
    );
    let file = std::fs::read_dir(folder.join("shots")).unwrap().next();
    let picture = std::fs::File::open(file.expect("a picture").unwrap().path()).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(picture))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let each = info.color_type.samples();
    let of = |columns: std::ops::Range<usize>, rows: usize| {
        let there = |(x, y): (usize, usize)| {
            let at = (y * info.width as usize + x) * each;
            bytes[at..at + 3] == colour
        };
        let all = columns.len() * rows;
        let pixels = (0..rows).flat_map(|y| columns.clone().map(move |x| (x, y)));
        pixels.filter(|at| there(*at)).count() * 100 / all
    };
    [of(0..640, 360), of(640..1440, 450)]
}

/// A page of one colour.
async fn coloured(colour: &'static str) -> String {
    let page = format!("<!doctype html><title>-</title><body style='background:{colour}'>");
    serve(Router::new().fallback(async move || Html(page))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_browser_fills_its_own_display_and_is_back_after_the_compositor_died() {
    if !can_run() || !on_path("Xvfb") || !on_path("weston") {
        return;
    }
    let (_x, name) = display().await;
    let folder = common::open_folder();
    let mut weston = compositor(&name, folder.path()).await;
    let socket = folder.path().join("wayland-0");
    let surface = [("WAYLAND_DISPLAY", socket.to_str().unwrap())];
    let (green, red) = (
        coloured("rgb(0,128,0)").await,
        coloured("rgb(160,0,0)").await,
    );
    let second = [
        "--window",
        "kiosk",
        "--class",
        "roomd-second",
        "--start-url",
        &red,
    ];
    let main = ["--window", "kiosk", "--start-url", &green];
    let _second = Keeper::start_in(&loopback_policy(), &second, &surface).await;
    let keeper = Keeper::start_in(&loopback_policy(), &main, &surface).await;
    let both = async || {
        let green = share(folder.path(), [0, 128, 0]).await;
        let red = share(folder.path(), [160, 0, 0]).await;
        (green[0] == 0 && green[1] > 98 && red[0] > 98 && red[1] == 0).then_some(())
    };
    within("each page on its display", SOON, both).await;
    let before = keeper.pid();
    weston.kill().await.unwrap();
    let _ = std::fs::remove_file(&socket);
    let _weston = compositor(&name, folder.path()).await;
    within("both again", SOON * 2, both).await;
    assert_eq!(keeper.pid(), before, "the keeper itself went on");
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
