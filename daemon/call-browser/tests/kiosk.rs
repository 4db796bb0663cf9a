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

/// The room's compositor with two displays that nobody sees; and the folder with its socket.
async fn compositor(folder: &Path) -> Child {
    let file = folder.join("sway.conf");
    std::fs::write(&file, DISPLAYS).unwrap();
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    std::os::unix::fs::chown(folder, Some(nobody.uid.as_raw()), None).unwrap();
    let child = Command::new("sway")
        .arg("--config")
        .arg(&file)
        // It refuses to run as root.
        .uid(nobody.uid.as_raw())
        .gid(nobody.gid.as_raw())
        .env("XDG_RUNTIME_DIR", folder)
        .env("WLR_BACKENDS", "headless")
        .env("WLR_HEADLESS_OUTPUTS", "2")
        .env("WLR_LIBINPUT_NO_DEVICES", "1")
        .env("WLR_RENDERER", "pixman")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let socket = folder.join(SOCKET);
    within("the compositor's socket", SOON, async || {
        socket.exists().then_some(())
    })
    .await;
    child
}

/// As sway names its first one.
const SOCKET: &str = "wayland-1";

const DISPLAYS: &str = r#"
xwayland disable
default_border none
focus_follows_mouse no
focus_on_window_activation focus
output HEADLESS-1 mode 640x360
output HEADLESS-2 mode 800x450
workspace 1 output HEADLESS-2
workspace 2 output HEADLESS-1
assign [app_id="roomd-main"] workspace 1
assign [app_id="roomd-second"] workspace 2
"#;

/// How much of the first and the second display is of this colour, in percent.
async fn share(folder: &Path, colour: [u8; 3]) -> [usize; 2] {
    let mut shares = [0; 2];
    for (number, share) in shares.iter_mut().enumerate() {
        let shot = Command::new("grim")
            .args(["-o", &format!("HEADLESS-{}", number + 1), "-"])
            .env("XDG_RUNTIME_DIR", folder)
            .env("WAYLAND_DISPLAY", SOCKET)
            .output();
        let shot = shot.await.unwrap();
        if !shot.status.success() {
            return [0; 2];
        }
        let picture = png::Decoder::new(std::io::Cursor::new(shot.stdout));
        let mut reader = picture.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes[..info.buffer_size()].chunks(info.color_type.samples());
        let all = pixels.len();
        *share = pixels.filter(|pixel| pixel[..3] == colour).count() * 100 / all;
    }
    shares
}

/// A page of one colour.
async fn coloured(colour: &'static str) -> String {
    let page = format!("<!doctype html><title>-</title><body style='background:{colour}'>");
    serve(Router::new().fallback(async move || Html(page))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_browser_fills_its_own_display_and_is_back_after_the_compositor_died() {
    if !can_run() || !on_path("sway") || !on_path("grim") {
        return;
    }
    let folder = common::open_folder();
    let mut sway = compositor(folder.path()).await;
    let socket = folder.path().join(SOCKET);
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
    sway.kill().await.unwrap();
    let _ = std::fs::remove_file(&socket);
    let _sway = compositor(folder.path()).await;
    within("both again", SOON * 2, both).await;
    assert_eq!(keeper.pid(), before, "the keeper itself went on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_pages_fill_an_x_display_and_the_front_changes_when_asked() {
    if !can_run() || !on_path("Xvfb") {
        return;
    }
    let (_display, name) = display().await;
    front_changes(("DISPLAY", &name), (1279, 719)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_pages_fill_the_compositors_display_and_the_front_changes_when_asked() {
    if !can_run() || !on_path("sway") {
        return;
    }
    let folder = common::open_folder();
    let _sway = compositor(folder.path()).await;
    let socket = folder.path().join(SOCKET);
    front_changes(("WAYLAND_DISPLAY", socket.to_str().unwrap()), (800, 450)).await;
}

async fn front_changes(surface: (&str, &str), least: (u32, u32)) {
    let keeper = Keeper::start_in(
        &loopback_policy(),
        &["--window", "kiosk", "--size", "1280x720"],
        &[surface],
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
            width >= least.0 && height >= least.1,
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
