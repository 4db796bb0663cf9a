//! The emulated camera in a real Chromium: a page that opens the camera sees the head turn, at once and smoothly.
//! The head is moved by its wire, the picture is read from a canvas, the permission is granted over DevTools.
//!
//! Needs Debian's `chromium`; says that it was skipped without it, and fails then when `ROOMD_TESTS=all`.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use axum::response::Html;
use axum::{Router, routing::get};
use emulators::picture::{Film, hue_distance, hue_of_rgb, pan_hue};
use emulators::visca::{CameraServer, Options, preset_position};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout};

const SOON: Duration = Duration::from_secs(20);
/// The shell puts the pipes where Chromium looks for them.
const ON_3_AND_4: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>&2"#;
/// Keeps for each delivered frame: when, the band's colour, the mean of the picture above.
const PAGE: &str = r"<!doctype html><video muted playsinline></video><script>
window.seen = [];
window.begin = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({video: true});
    const video = document.querySelector('video');
    video.srcObject = stream;
    await video.play();
    const brush = new OffscreenCanvas(32, 18).getContext('2d', {willReadFrequently: true});
    const look = () => {
        brush.drawImage(video, 0, 0, 32, 18);
        const band = brush.getImageData(16, 17, 1, 1).data, mid = brush.getImageData(16, 8, 1, 1).data;
        window.seen.push([performance.timeOrigin + performance.now(), band[0], band[1], band[2], mid[0] + mid[1] + mid[2]]);
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    const {width, height, frameRate} = stream.getVideoTracks()[0].getSettings();
    return {width, height, frameRate};
};
</script>";

struct Chromium {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    next: u64,
    _profile: tempfile::TempDir,
}

impl Chromium {
    fn start(picture: &Path) -> Option<Chromium> {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", ON_3_AND_4]);
        if nix::unistd::geteuid().is_root() {
            let nobody = nix::unistd::User::from_name("nobody").unwrap()?;
            nix::unistd::chown(profile.path(), Some(nobody.uid), Some(nobody.gid)).unwrap();
            command.args([
                "setpriv",
                "--reuid=nobody",
                "--clear-groups",
                "--inh-caps=-all",
            ]);
        }
        command
            .args([
                "chromium",
                "--headless=new",
                "--remote-debugging-pipe",
                "--disable-gpu",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--mute-audio",
            ])
            .arg("--use-fake-device-for-media-stream")
            .arg(format!(
                "--use-file-for-fake-video-capture={}",
                picture.display()
            ))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .current_dir(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command.spawn().ok()?;
        let to = child.stdin.take()?;
        let from = BufReader::new(child.stdout.take()?);
        Some(Chromium {
            child,
            to,
            from,
            session: None,
            next: 0,
            _profile: profile,
        })
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).await.unwrap();
        let answer = async {
            loop {
                let mut frame = Vec::new();
                let count = self.from.read_until(0, &mut frame).await.unwrap();
                assert!(count > 0, "Chromium ended");
                frame.pop();
                let message: Value = serde_json::from_slice(&frame).unwrap();
                if message["id"] == json!(self.next) {
                    assert_eq!(message["error"], Value::Null, "{method}");
                    return message["result"].clone();
                }
            }
        };
        timeout(SOON, answer)
            .await
            .unwrap_or_else(|_| panic!("{method} was not answered"))
    }

    async fn eval(&mut self, script: &str) -> Value {
        let params = json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.call("Runtime.evaluate", params).await;
        assert_eq!(answer["exceptionDetails"], Value::Null, "{script}");
        answer["result"]["value"].clone()
    }

    async fn open(&mut self, origin: &str) {
        let permission = json!({"origin": origin, "permissions": ["videoCapture"]});
        self.call("Browser.grantPermissions", permission).await;
        let target = self
            .call("Target.createTarget", json!({"url": origin}))
            .await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("Target.attachToTarget", attach).await;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        let deadline = Instant::now() + SOON;
        while self.eval("typeof window.begin").await != json!("function") {
            assert!(Instant::now() < deadline, "the page did not load");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Frames seen since the last call: time, hue of the band, brightness in the middle.
    async fn seen(&mut self) -> Vec<(f64, Option<f64>, f64)> {
        let rows = self.eval("window.seen.splice(0)").await;
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| {
            let part = |n: usize| row[n].as_f64().unwrap();
            (
                part(0),
                hue_of_rgb([1, 2, 3].map(|n| part(n) as u8)),
                part(4),
            )
        })
        .collect()
    }

    /// All frames until one satisfies `is`.
    async fn until(
        &mut self,
        what: &str,
        is: impl Fn(Option<f64>, f64) -> bool,
    ) -> Vec<(f64, Option<f64>, f64)> {
        let deadline = Instant::now() + SOON;
        let mut all = Vec::new();
        loop {
            all.extend(self.seen().await);
            if all.last().is_some_and(|(_, hue, light)| is(*hue, *light)) {
                return all;
            }
            assert!(
                Instant::now() < deadline,
                "no {what}; last {:?}",
                all.last()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            let _ = killpg(Pid::from_raw(pid as i32), Signal::SIGKILL);
        }
    }
}

async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", get(async || Html(PAGE)));
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

fn is_installed() -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join("chromium").exists());
    if !found {
        assert!(
            std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
            "chromium is not installed"
        );
        eprintln!("SKIPPED: the emulated camera in Chromium: chromium is not installed");
    }
    found
}

fn say(line: &mut File, hex: &str) {
    let bytes: Vec<u8> = hex
        .split(' ')
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect();
    line.write_all(&bytes).unwrap();
}

fn now_ms() -> f64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
        * 1000.0
}

#[tokio::test]
async fn a_page_sees_the_head_turn_at_once_and_smoothly() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let link = folder.path().join("ptz");
    let picture = folder.path().join("camera.y4m");
    let camera = CameraServer::start(Options {
        link: link.clone(),
        baud: None,
    })
    .unwrap();
    let mut line = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&link)
        .unwrap();
    say(&mut line, "88 30 01 FF");
    let _film = Film::start(camera.handle(), &picture).unwrap();

    let mut chromium = Chromium::start(&picture).expect("Chromium starts");
    let origin = serve().await;
    chromium.open(&origin).await;
    let settings = chromium.eval("window.begin()").await;
    assert_eq!(
        settings,
        json!({"width": 640, "height": 360, "frameRate": 20})
    );

    let looks_at = |position| {
        move |hue: Option<f64>, _: f64| {
            hue.is_some_and(|hue| hue_distance(hue, pan_hue(position)) < 6.0)
        }
    };
    chromium
        .until("the whole room", looks_at(preset_position(0).unwrap()))
        .await;

    let goal = preset_position(2).unwrap();
    let ordered = now_ms();
    say(&mut line, "81 01 06 02 06 06 00 01 06 08 00 00 00 00 FF");
    let way = chromium.until("the table", looks_at(goal)).await;
    assert!(camera.wait(SOON, |camera| !camera.is_moving()).await);
    let turning: Vec<f64> = way
        .iter()
        .filter(|(at, ..)| *at > ordered)
        .filter_map(|(_, hue, _)| *hue)
        .collect();
    let first = way
        .iter()
        .find(|(at, hue, _)| *at > ordered && hue.is_some_and(|hue| hue_distance(hue, 0.0) > 1.5));
    let first = first.expect("the turn is seen").0 - ordered;
    let steps = turning.windows(2).filter(|pair| pair[0] != pair[1]).count();
    eprintln!(
        "first change after {first:.0} ms, {steps} steps in {} frames",
        turning.len()
    );
    assert!(first < 1000.0, "{first}");
    assert!(steps >= 10, "{steps} steps, {turning:?}");

    say(&mut line, "81 01 04 00 03 FF");
    chromium
        .until("darkness", |hue, light| hue.is_none() && light < 30.0)
        .await;
}
