//! What IT tries out in a room, with the real daemon, the real Chromium and `roomctl` as it is installed: a look that
//! presses nothing, test meetings that fit and that do not, and a room that is busy meanwhile.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use demo_kit::process::{Process, Program, WhenDead};
use demo_kit::{kit, media, policy::Policy};
use emulators::ports;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

const SOON: Duration = Duration::from_secs(40);

/// The practice conference's door, as it might look after an update: the button has another mark.
const CHANGED: &str = r#"<!doctype html><title>practice</title><main data-test="screen-prejoin">
<input data-test="input-name"><input type="checkbox" data-test="choice-mic"><input type="checkbox" data-test="choice-camera">
<button data-test="submit-enter">Join</button></main>"#;

/// Whether this machine can. Never silent: says why not, and fails when all tests were asked for.
fn can_run() -> bool {
    let on_path = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let why = if !nix::unistd::Uid::effective().is_root() {
        "needs root for a private policy folder"
    } else if !on_path("chromium") {
        "needs Chromium"
    } else if !on_path("espeak-ng") {
        "needs espeak-ng"
    } else if kit::built("roomd").and(kit::built("roomctl")).is_err() {
        "needs the programs built: cargo build -p roomd -p roomctl -p call-browser"
    } else {
        return true;
    };
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one {why}"
    );
    eprintln!("SKIPPED: {why}");
    false
}

struct Room {
    folder: tempfile::TempDir,
    practice: String,
    changed: String,
    _policy: Policy,
    processes: Vec<Process>,
}

impl Room {
    async fn open() -> Room {
        let folder = tempfile::Builder::new()
            .prefix("roomd-console-")
            .tempdir()
            .unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for part in ["kit", "run"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        media::picture(&folder.path().join("kit/camera.y4m"), "room", 40.0).unwrap();
        let voice = media::Voice {
            name: "en",
            words: "one two three",
            chirp: 400.0,
        };
        media::voice(&folder.path().join("kit/microphone.wav"), voice).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let changed = listener.local_addr().unwrap().to_string();
        let router = Router::new().route("/practice/test", get(async || Html(CHANGED)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let practice = format!("127.0.0.1:{}", ports::free());
        let file = folder.path().join("room.toml");
        fs::write(&file, room_file(&practice, &changed, ports::free())).unwrap();

        let asked = Command::new(kit::built("roomd").unwrap())
            .arg("policy")
            .arg(&file)
            .output();
        let text = String::from_utf8(asked.await.unwrap().stdout).unwrap();
        let policy = Policy::place(&text, &folder.path().join("policies")).unwrap();
        let mut room = Room {
            folder,
            practice,
            changed,
            _policy: policy,
            processes: Vec::new(),
        };
        let profiles = room.path("profiles");
        let words = [
            "keeper".into(),
            "--room".into(),
            file.clone().into(),
            "--".into(),
            "--profile-dir".into(),
            profiles.into(),
        ];
        let keeper = room
            ._policy
            .around(kit::built("roomd").unwrap(), words.into());
        room.start("keeper", keeper);
        let words = vec!["run".into(), "--room".into(), file.into()];
        room.start("roomd", (kit::built("roomd").unwrap(), words));
        room.until("the browser obeys", || {
            room.log("roomd").contains("the browser obeys")
        })
        .await;
        room
    }

    fn start(&mut self, name: &'static str, (file, arguments): (PathBuf, Vec<OsString>)) {
        let program = Program {
            name,
            file,
            arguments,
            environment: vec![("RUST_LOG".into(), "info".into())],
            log: self.path(&format!("{name}.log")),
            when_dead: WhenDead::Stay,
        };
        self.processes.push(Process::start(program).unwrap());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.log"))).unwrap_or_default()
    }

    async fn until(&self, what: &str, mut is: impl FnMut() -> bool) {
        let limit = Instant::now() + SOON;
        while !is() {
            assert!(
                Instant::now() < limit,
                "{what}: not in time\n{}\n{}",
                self.log("roomd"),
                self.log("keeper")
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn roomctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(kit::built("roomctl").unwrap());
        command
            .arg("--socket")
            .arg(self.path("run/control.sock"))
            .args(words)
            .kill_on_drop(true);
        command
    }

    async fn says(&self, words: &[&str]) -> (Option<i32>, String) {
        said(&self.roomctl(words).output().await.unwrap())
    }

    async fn close(mut self) {
        while let Some(process) = self.processes.pop() {
            process.stop().await.unwrap();
        }
    }
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout) + &text(&output.stderr),
    )
}

fn room_file(practice: &str, changed: &str, panel: u16) -> String {
    format!(
        r#"board = "generic-pc"
[room]
name = "Testsaal"
state_dir = "state"
[hosts]
"{practice}" = "practice"
"{changed}" = "practice"
[browser]
headless = true
fake_camera = "kit/camera.y4m"
fake_microphone = "kit/microphone.wav"
[faces]
listen = "127.0.0.1:{panel}"
socket = "run/control.sock"
[practice]
listen = "{practice}"
[practice.conferences.test]
[practice.conferences.guarded]
passcode = "4711"
[[canary]]
name = "as it was"
service = "practice"
link = "http://{practice}/practice/test"
[[canary]]
name = "after an update"
service = "practice"
link = "http://{changed}/practice/test"
"#
    )
}

fn outlines(folder: &Path) -> usize {
    let files = fs::read_dir(folder).map_or(0, |entries| entries.count());
    files / 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tries_out_what_would_happen_and_whether_the_packs_still_fit() {
    if !can_run() {
        return;
    }
    let room = Room::open().await;
    let link = format!("http://{}/practice/test", room.practice);

    let (code, text) = room.says(&["join", "--dry-run", &link]).await;
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "service   practice",
        "allowed   yes",
        "screen: prejoin",
        "the name is asked for",
        "the next press would enter",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    assert!(
        !text.contains("step join"),
        "a look presses nothing:\n{text}"
    );

    let guarded = format!(
        "Kommen Sie: http://{}/practice/guarded\nPasscode: 4711\n",
        room.practice
    );
    fs::write(room.path("invitation.txt"), guarded).unwrap();
    let invitation = room.path("invitation.txt");
    let (code, text) = room
        .says(&["join", "--dry-run", "--json", invitation.to_str().unwrap()])
        .await;
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!(first["passcode"], true, "{text}");
    assert_eq!(
        (code, &last["outcome"]["kind"]),
        (Some(0), &"ready".into()),
        "{text}"
    );
    assert!(!text.contains("4711"), "a passcode is told of, not told");

    let (code, text) = room
        .says(&["join", "--dry-run", "https://meet.example.org/x"])
        .await;
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("allowed   no") && text.contains("not opened"),
        "{text}"
    );

    let canary = room
        .roomctl(&["canary", "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    room.until("the test meeting", || {
        room.log("roomd").contains("a test meeting was tried")
    })
    .await;
    let (_, state) = room.says(&["status", "--json"]).await;
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        (&state["trial"], &state["phase"]["kind"]),
        (&true.into(), &"standby".into())
    );
    let (code, text) = room.says(&["join", "--dry-run", &link]).await;
    assert_eq!(code, Some(4), "one trial at a time: {text}");

    let (code, text) = said(&canary.wait_with_output().await.unwrap());
    assert_eq!(code, Some(1), "{text}");
    let results: serde_json::Value = serde_json::from_str(&text).unwrap();
    let results = &results["results"];
    assert_eq!(
        (&results[0]["verdict"], &results[0]["why"]),
        (&"valid".into(), &"entered".into()),
        "{text}"
    );
    assert_eq!(
        (&results[1]["verdict"], &results[1]["why"]),
        (&"drifted".into(), &"step".into()),
        "{text}"
    );
    assert_eq!(
        (&results[1]["screen"], &results[1]["step"]),
        (&"prejoin".into(), &"join".into()),
        "{text}"
    );
    let outline = fs::read_to_string(results[1]["outline"].as_str().unwrap()).unwrap();
    assert!(
        outline.contains("\"button\"") && !outline.contains("Join"),
        "{outline}"
    );
    assert_eq!(outlines(&room.path("state/screens")), 1);
    assert!(
        !room.log("roomd").contains(&room.changed),
        "no address in the log"
    );

    let (code, text) = room.says(&["canary", "--last"]).await;
    assert_eq!(code, Some(1));
    assert!(
        text.contains("as it was") && text.contains("DRIFTED"),
        "{text}"
    );
    let (_, state) = room.says(&["status", "--json"]).await;
    assert!(state.contains("\"trial\": false"), "{state}");
    room.close().await;
}
