//! The real daemon with its browser: begun anew, tried in a conference of its own, pictured with a grant and never without.

use crate::common::{Browser, Rig, until};
use crate::{pressed, program};
use emulators::ports;
use fleetd::people::Role;
use minisign::KeyPair;
use serde_json::{Value, json};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Bind-mounts the policy where Chromium looks for it, in a view of the file system that only the browser has.
const IN_A_VIEW_OF_ITS_OWN: &str =
    "mount --bind \"$1\" /etc/chromium/policies && shift && exec \"$@\"";

/// Whether this machine can. Never silent: says why not, and fails when all tests were asked for.
fn can_run() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let chromium = std::env::split_paths(&path).any(|f| f.join("chromium").is_file());
    let why = match (nix::unistd::Uid::effective().is_root(), chromium) {
        (true, true) => return true,
        (false, _) => "needs root for a policy of its own",
        (true, false) => "needs Chromium",
    };
    let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
    assert!(!all, "all tests were asked for, but this one {why}");
    eprintln!("SKIPPED: {why}");
    false
}

/// A grey picture that never changes, and silence.
fn devices(folder: &Path) {
    let mut picture = b"YUV4MPEG2 W320 H240 F10:1 Ip A1:1 C420\n".to_vec();
    for _ in 0..2 {
        picture.extend(b"FRAME\n");
        picture.extend(vec![128; 320 * 240 * 3 / 2]);
    }
    fs::write(folder.join("camera.y4m"), picture).unwrap();
    let samples = 48_000_u32 * 2;
    let mut sound = Vec::new();
    sound.extend(b"RIFF");
    sound.extend((36 + samples).to_le_bytes());
    sound.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    sound.extend(48_000_u32.to_le_bytes());
    sound.extend(96_000_u32.to_le_bytes());
    sound.extend(b"\x02\0\x10\0data");
    sound.extend(samples.to_le_bytes());
    sound.extend(vec![0; samples as usize]);
    fs::write(folder.join("microphone.wav"), sound).unwrap();
}

/// The daemon and the keeper of its browser.
struct Room {
    folder: TempDir,
    children: Vec<Child>,
}

impl Drop for Room {
    fn drop(&mut self) {
        for child in &mut self.children {
            // One that has ended already is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Room {
    fn start(server: &str, grant_key: &str) -> Room {
        let folder = tempfile::Builder::new()
            .prefix("roomd-told-")
            .tempdir()
            .unwrap();
        devices(folder.path());
        let (panel, practice) = (ports::free(), ports::free());
        let text = format!(
            r#"[room]
name = "Saal 2"
state_dir = "state"
[faces]
listen = "127.0.0.1:{panel}"
socket = "control.sock"
[practice]
listen = "127.0.0.1:{practice}"
[preflight]
enabled = false
[browser]
socket = "browser.sock"
headless = true
fake_camera = "camera.y4m"
fake_microphone = "microphone.wav"
[calendars.bookings]
file = "calendar.ics"
[fleet]
server = "{server}"
grant_key = "{grant_key}"
"#
        );
        fs::write(folder.path().join("room.toml"), text).unwrap();
        fs::write(folder.path().join("calendar.ics"), super::alone::CALENDAR).unwrap();
        let mut room = Room {
            folder,
            children: Vec::new(),
        };
        room.keep_browser();
        let mut daemon = Command::new(program("roomd"));
        daemon.arg("run");
        room.begin(daemon, "log");
        room
    }

    fn keep_browser(&mut self) {
        let file = self.folder.path().join("room.toml");
        let policy = Command::new(program("roomd"))
            .arg("policy")
            .arg(file)
            .output();
        let policy = policy.unwrap();
        assert!(policy.status.success(), "{policy:?}");
        let managed = self.folder.path().join("policies/managed");
        fs::create_dir_all(&managed).unwrap();
        fs::write(managed.join("roomd.json"), policy.stdout).unwrap();
        fs::create_dir_all("/etc/chromium/policies").unwrap();
        let mut keeper = Command::new("unshare");
        keeper
            .args(["--mount", "--propagation", "private", "--", "sh", "-c"])
            .args([IN_A_VIEW_OF_ITS_OWN, "sh"])
            .arg(self.folder.path().join("policies"))
            .arg(program("roomd"))
            .arg("keeper");
        self.begin(keeper, "keeper.log");
    }

    fn begin(&mut self, mut command: Command, log: &str) {
        let log = fs::File::create(self.folder.path().join(log)).unwrap();
        let room = self.folder.path().join("room.toml");
        let child = command
            .arg("--room")
            .arg(room)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.children.push(child.unwrap());
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    async fn until_log(&self, text: &str) {
        until(text, async || self.log("log").contains(text)).await;
    }
}

async fn taken_in(rig: &Rig, who: &Browser) {
    until("the room asks to be taken in", async || {
        let open = rig.fleet.enrol.open(&rig.fleet.tenant, rig.fleet.now_ms());
        !open.await.unwrap().is_empty()
    })
    .await;
    let open = rig.fleet.enrol.open(&rig.fleet.tenant, rig.fleet.now_ms());
    let request = open.await.unwrap()[0].name.clone();
    let fields = [("id", "saal-2"), ("name", "Saal 2"), ("compared", "yes")];
    who.act(&format!("/enrolment/{request}/approve"), &fields)
        .await;
    until("the room is connected", async || {
        let page = who.get("/api/v1/rooms/saal-2").await;
        let said: Value = page.json().await.unwrap_or_default();
        said["state"].is_object()
    })
    .await;
}

/// Signs what the server shows, as somebody with the key would.
async fn pictured(rig: &Rig, who: &Browser, (key, id): (&KeyPair, &str)) -> Value {
    let press = [("verb", "screenshot"), ("command", id)];
    who.act("/rooms/saal-2/tell", &press).await;
    let page = format!("/rooms/saal-2/grant/{id}");
    let text = who.page(&format!("{page}/text")).await;
    let signature = minisign::sign(Some(&key.pk), &key.sk, Cursor::new(text), None, None);
    let signature = signature.unwrap().to_string();
    who.act(&page, &[("signature", &signature)]).await;
    let (room, id) = ("saal-2".parse().unwrap(), id.parse().unwrap());
    let over = rig
        .fleet
        .commands
        .over((&rig.fleet.tenant, &room), &id, crate::LONG);
    serde_json::to_value(over.await.unwrap().unwrap().standing).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_browser_begins_anew_is_tried_and_pictured_as_the_fleet_may() {
    if !can_run() {
        return;
    }
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let key = KeyPair::generate_unencrypted_keypair().unwrap();
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    let room = Room::start(&rig.base(), &key.pk.to_base64());
    taken_in(&rig, &anna).await;
    room.until_log("the browser obeys").await;

    // Begun anew, it is another one.
    let done = json!({ "is": "done" });
    assert_eq!(
        pressed(&rig, &anna, "restart-browser").await,
        done,
        "{}",
        room.log("log")
    );
    assert!(room.log("log").matches("the browser obeys").count() >= 2);

    // Into a conference of its own and out again, dark and silent.
    let tried = pressed(&rig, &anna, "canary-practice").await;
    assert_eq!(
        tried,
        done,
        "{}\n{}",
        room.log("log"),
        room.log("keeper.log")
    );

    // A picture is the key's to give and nobody else's.
    let refused = pictured(&rig, &anna, (&stranger, "picture-0001")).await;
    assert_eq!(refused["why"], json!("no-grant"));
    let taken = pictured(&rig, &anna, (&key, "picture-0002")).await;
    assert_eq!(
        taken,
        done,
        "{}\n{}",
        room.log("log"),
        room.log("keeper.log")
    );
    let files = anna.get("/api/v1/rooms/saal-2/files").await;
    let files: Value = files.json().await.unwrap();
    let file = files["files"][0]["file"].as_str().unwrap();
    let picture = anna.get(&format!("/rooms/saal-2/files/{file}")).await;
    let picture = picture.bytes().await.unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let screens = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    fs::create_dir_all(&screens).unwrap();
    fs::write(screens.join("fleet-picture-of-a-room.png"), &picture).unwrap();
    let log = room.log("log");
    assert!(
        !log.contains("panicked") && !log.contains("Gehaltsrunde"),
        "{log}"
    );
}
