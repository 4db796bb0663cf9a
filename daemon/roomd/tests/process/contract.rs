//! A conference that is entered by its front end's interface, whole: daemon, front end, browser, page.

use super::kit::{Daemon, Folder, until};
use emulators::conference::greenlight3::{Greenlight3, Room};
use emulators::ports;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A front end is asked again after half a minute; a busy machine takes its time on top of that.
const LATER: Duration = Duration::from_secs(90);

/// Whether this machine can run a real Chromium with a policy of its own. Never silent.
pub fn can_run() -> bool {
    let on_path = |name: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|place| place.join(name).is_file())
    };
    let own_mounts = Command::new("unshare").args(["-m", "true"]).status();
    let why = if !nix::unistd::Uid::effective().is_root() {
        "needs root for a private policy folder"
    } else if !on_path("chromium") && !on_path("chromium-browser") {
        "needs Chromium"
    } else if !own_mounts.is_ok_and(|status| status.success()) {
        "needs unshare(1) and private mounts"
    } else if !keeper().is_file() {
        "needs the keeper: cargo build -p call-browser"
    } else {
        return true;
    };
    let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
    assert!(!all, "all tests were asked for, but this one {why}");
    eprintln!("SKIPPED: {why}");
    false
}

fn keeper() -> std::path::PathBuf {
    Path::new(env!("CARGO_BIN_EXE_roomd")).with_file_name("browser-keeper")
}

/// The room's browser in a mount namespace of its own, so that its policy is nobody else's; gone when dropped.
pub struct Browser(Child);

impl Browser {
    pub fn start(folder: &Folder) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with more words before the keeper's own.
    pub fn start_with(folder: &Folder, words: &[&str]) -> Self {
        let script = "mount -t tmpfs roomd-test /etc/chromium && mkdir -p /etc/chromium/policies/managed \
                      && chmod -R a+rX /etc/chromium && exec \"$@\"";
        let log = fs::File::create(folder.path("browser.log")).unwrap();
        let child = Command::new("unshare")
            .args([
                "-m",
                "sh",
                "-c",
                script,
                "sh",
                env!("CARGO_BIN_EXE_roomd"),
                "keeper",
                "--room",
            ])
            .arg(folder.path("room.toml"))
            .args(words)
            .args(["--", "--profile-dir"])
            .arg(folder.path("profiles"))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self(child)
    }

    /// The process that its others stem from.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A grey picture and silence, for Chromium's fake devices.
pub fn media(folder: &Folder) {
    let mut picture = b"YUV4MPEG2 W64 H48 F5:1 Ip A1:1 C420jpeg\n".to_vec();
    for _ in 0..5 {
        picture.extend(b"FRAME\n");
        picture.extend([128; 64 * 48 * 3 / 2]);
    }
    fs::write(folder.path("kit/camera.y4m"), picture).unwrap();
    let samples = 48_000_u32 * 2;
    let mut sound = b"RIFF".to_vec();
    sound.extend((36 + samples).to_le_bytes());
    sound.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    sound.extend(48_000_u32.to_le_bytes());
    sound.extend((48_000_u32 * 2).to_le_bytes());
    sound.extend(b"\x02\0\x10\0data");
    sound.extend(samples.to_le_bytes());
    sound.resize(sound.len() + usize::try_from(samples).unwrap(), 0);
    fs::write(folder.path("kit/microphone.wav"), sound).unwrap();
}

pub fn later<T>(what: &str, daemon: &Daemon, mut answer: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(
            began.elapsed() < LATER,
            "{what} did not come: {:?}",
            daemon.state().phase
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_meeting_that_has_not_started_is_waited_for_and_then_entered() {
    if !can_run() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (panel, practice) = (ports::free(), ports::free());
    let greenlight = runtime
        .block_on(Greenlight3::start(Room {
            join_url: format!("http://127.0.0.1:{practice}/practice/ratsrunde"),
            viewer_code: Some("geheimwort".into()),
            ..Room::default()
        }))
        .unwrap();
    let room = format!(
        "board = \"demo\"\n[room]\nname = \"Testsaal\"\n[faces]\nlisten = \"127.0.0.1:{panel}\"\n\
         [hosts]\n\"127.0.0.1:{}\" = \"bbb\"\n[standing]\nlink = \"{}\"\npasscode = \"geheimwort\"\n\
         [practice]\nlisten = \"127.0.0.1:{practice}\"\non_demand = true\n[browser]\nuser = \"nobody\"\n",
        greenlight.served.at.port(),
        greenlight.link(),
    );
    let folder = Folder::with(&room);
    // The browser's account reads picture and sound; what is secret lies in folders that the daemon closes.
    fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    media(&folder);
    let daemon = folder.start(&[("RUST_LOG", "trace")]);
    let _browser = Browser::start(&folder);
    later("the browser", &daemon, || {
        let faults = daemon.state().faults;
        let gone = faults.iter().any(|fault| fault.code == "browser-gone");
        (!gone && daemon.log().contains("the browser obeys")).then_some(())
    });
    assert_eq!(daemon.press(r#"{"press":"join-standing"}"#), 202);
    until("waiting for the host", || match daemon.state().phase {
        room_api::Phase::Waiting {
            whom: room_api::WaitingFor::Host,
            ..
        } => Some(()),
        _ => None,
    });
    assert!(!daemon.log().contains("/practice/"), "there is no page yet");
    greenlight.room().running = true;
    let state = later("the conference", &daemon, || {
        let state = daemon.state();
        matches!(state.phase, room_api::Phase::InCall { .. }).then_some(state)
    });
    assert_eq!(
        greenlight.room().joined,
        [("Testsaal".to_owned(), "Viewer")]
    );
    assert_eq!(
        state.mic.seen,
        Some(room_api::Switch::Closed),
        "dark and silent"
    );
    assert_eq!(
        state.camera.seen,
        Some(room_api::Switch::Closed),
        "dark and silent"
    );
    assert!(
        state
            .faults
            .iter()
            .all(|fault| fault.code != "screen-disobeys")
    );
    assert_eq!(greenlight.served.diary.count("/status.json"), 2);
    for private in [
        "abc-def-ghi-jkl",
        "ratsrunde",
        "geheimwort",
        "token-of-session",
    ] {
        assert!(!daemon.log().contains(private), "{private} is in the log");
    }
    assert_eq!(daemon.press(r#"{"press":"leave"}"#), 202);
    until("the end", || {
        matches!(daemon.state().phase, room_api::Phase::Standby { .. }).then_some(())
    });
}
