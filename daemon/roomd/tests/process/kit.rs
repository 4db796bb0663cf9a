//! A folder with a room's file, and the real daemon run in it. Knows no test.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes longer on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// The room's file: every port is chosen by the system, paths are the folder's, and nothing begins by the hour of the day.
pub const ROOM: &str = r#"
board = "demo"
[room]
name = "Testsaal"
zone = "Europe/Berlin"
[heads.front]
name = "Podium"
presets = [{ number = 1, name = "Pult" }]
[faces]
listen = "127.0.0.1:0"
[practice]
listen = "127.0.0.1:0"
[preflight]
night = "never"
tomorrow = "never"
"#;

/// Asks again and again until `answer` says something.
pub fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(
            began.elapsed() < SOON,
            "{what} did not come within {SOON:?}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A folder for one room.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// With this file for the room.
    pub fn with(room: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.path("kit")).unwrap();
        folder.write("room.toml", room);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let draft = self.path(".draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, self.path(name)).unwrap();
    }

    /// Runs the daemon's program in it and waits for its end.
    pub fn roomd(&self, words: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_roomd");
        Command::new(program)
            .current_dir(self.0.path())
            .args(words)
            .output()
            .unwrap()
    }

    /// Starts the daemon and waits until it tells systemd that it is ready.
    pub fn start(&self, settings: &[(&str, &str)]) -> Daemon {
        self.start_with::<&str>(&[], settings)
    }

    /// The same with more words at its command line.
    pub fn start_with<W: AsRef<OsStr>>(&self, words: &[W], settings: &[(&str, &str)]) -> Daemon {
        self.begin(Command::new(env!("CARGO_BIN_EXE_roomd")), words, settings)
    }

    /// The same on a machine that looks otherwise: `mounts` is a shell's line, and what it mounts only this daemon sees.
    pub fn start_behind(&self, mounts: &str) -> Daemon {
        let mut command = Command::new("unshare");
        let script = format!("{mounts} && exec \"$@\"");
        command.args(["-m", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_roomd")]);
        self.begin::<&str>(command, &[], &[])
    }

    fn begin<W: AsRef<OsStr>>(
        &self,
        mut command: Command,
        words: &[W],
        settings: &[(&str, &str)],
    ) -> Daemon {
        let notify = self.path("notify.sock");
        let _ = fs::remove_file(&notify);
        let systemd = UnixDatagram::bind(&notify).unwrap();
        systemd.set_read_timeout(Some(SOON)).unwrap();
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        let child = command
            .args(["run", "--room"])
            .arg(self.path("room.toml"))
            .args(words)
            .current_dir("/")
            .env_remove("RUST_LOG")
            .env_remove("JOURNAL_STREAM")
            .env("NOTIFY_SOCKET", &notify)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let daemon = Daemon {
            child,
            systemd,
            folder: self.0.path().to_owned(),
        };
        daemon.told("READY=1");
        daemon
    }
}

/// A running daemon; killed when dropped.
pub struct Daemon {
    child: Child,
    systemd: UnixDatagram,
    folder: PathBuf,
}

impl Daemon {
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Waits until systemd is told a message with this line.
    pub fn told(&self, line: &str) {
        let mut message = [0; 4096];
        loop {
            let received = self.systemd.recv(&mut message);
            let length = received.unwrap_or_else(|e| panic!("{line}: {e}\n{}", self.log()));
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            if text.lines().any(|l| l == line) {
                return;
            }
        }
    }

    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// A page as the board's own browser sees it, at the address that was logged last.
    pub fn page(&self, path: &str) -> String {
        let log = self.log();
        let (_, rest) = log.rsplit_once("http://").unwrap();
        let address: String = rest
            .chars()
            .take_while(|c| c.is_ascii_digit() || ".:".contains(*c))
            .collect();
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        until("the daemon's end", || self.child.try_wait().unwrap())
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Waits until the log holds this.
    pub fn logged(&self, part: &str) {
        until(part, || self.log().contains(part).then_some(()));
    }

    pub fn control_socket(&self) -> PathBuf {
        self.folder.join("run/control.sock")
    }

    /// One request over the control socket: status and body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = UnixStream::connect(self.control_socket()).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: roomd\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    pub fn press(&self, press: &str) -> u16 {
        self.ask("POST", "/api/v1/press", press).0
    }

    pub fn state(&self) -> room_api::PanelState {
        let (status, body) = self.ask("GET", "/api/v1/state", "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The file that the daemon writes its last steps to when told.
    pub fn dump(&self) -> PathBuf {
        let before = recordings(&self.folder).len();
        self.signal(nix::sys::signal::Signal::SIGUSR1);
        until("a recording", || {
            let now = recordings(&self.folder);
            (now.len() > before).then(|| now.last().unwrap().clone())
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("state/recordings")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    all.sort();
    all
}
