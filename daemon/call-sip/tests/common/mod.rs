//! What the tests with real peers share: the room's client as the product starts it, far ends, the room's side of the line.
//! Every wait is bounded; what was seen instead is in the message.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod far;
pub mod world;

use call_sip::{Account, Client, Encryption, Handle, Setup, SipConfig, Sources, Transport};
use emulators::ports;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, Event};
use room_core::ids::{CallId, HostName, Private, ServiceId};
use room_core::meeting::{By, Target, Way};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const CALL: CallId = CallId(1);
pub const SOON: Duration = Duration::from_secs(20);

/// Whether programs that a test cannot do without are there. Never silent, and a failure when all tests were asked for.
pub fn can_run(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<_> = std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .collect();
    let missing = programs
        .iter()
        .find(|program| !places.iter().any(|place| place.join(program).is_file()));
    let Some(missing) = missing else { return true };
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one needs {missing}"
    );
    eprintln!("SKIPPED: needs {missing}");
    false
}

/// A baresip: its program and where its modules are.
#[derive(Clone)]
pub struct Baresip {
    program: PathBuf,
    modules: PathBuf,
}

impl Baresip {
    /// The system's own package.
    pub fn packaged() -> Self {
        Baresip {
            program: "baresip".into(),
            modules: "/usr/lib/baresip/modules".into(),
        }
    }

    /// One that checks certificates: the system's own where that is new enough, else the one that `newer-baresip` built.
    pub fn newer() -> Option<Self> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
            PathBuf::from,
        );
        let built = Baresip {
            program: target.join("baresip/bin/baresip"),
            modules: target.join("baresip/lib/baresip/modules"),
        };
        [built, Baresip::packaged()]
            .into_iter()
            .find(Baresip::checks_certificates)
    }

    pub fn checks_certificates(&self) -> bool {
        let said = Command::new(&self.program).arg("-h").output();
        let said = said.map(|out| [out.stdout, out.stderr].concat());
        let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
        let version = said
            .split_whitespace()
            .find_map(|word| word.strip_prefix('v'));
        version.is_some_and(|version| !version.starts_with("0.") && !version.starts_with("1.0."))
    }
}

/// The clients that this machine has: every promise holds with each. Empty when the test cannot run.
pub fn clients() -> Vec<Baresip> {
    if !can_run(&["baresip"]) {
        return Vec::new();
    }
    let mut clients = vec![Baresip::packaged()];
    clients.extend(newer().filter(|newer| newer.program != clients[0].program));
    clients
}

/// The client that checks certificates. Never silent when there is none.
pub fn newer() -> Option<Baresip> {
    let newer = Baresip::newer();
    if newer.is_none() {
        let why = "needs a baresip from 1.1 on: daemon/call-sip/newer-baresip";
        assert!(
            std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
            "all tests were asked for, but this one {why}"
        );
        eprintln!("SKIPPED: {why}");
    }
    newer
}

/// A process that ends with the test.
pub struct Process(pub Child);

impl Process {
    pub fn start(program: impl AsRef<Path>, arguments: &[&str], log: &Path) -> Self {
        let program = program.as_ref();
        let log = std::fs::File::create(log).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn();
        Process(child.unwrap_or_else(|error| panic!("start {}: {error}", program.display())))
    }

    /// With what it started itself, which would go on without it.
    pub fn kill(&mut self) {
        let group = Pid::from_raw(self.0.id().cast_signed());
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How the room calls in a test.
pub struct Setting {
    pub transport: Transport,
    pub encryption: Encryption,
    pub proxy: Option<String>,
    pub account: Option<Account>,
}

pub const PLAIN: Setting = Setting {
    transport: Transport::Udp,
    encryption: Encryption::None,
    proxy: None,
    account: None,
};

/// The room's client, with the files that the product writes.
pub struct RoomClient {
    pub folder: TempDir,
    pub control: SocketAddr,
    pub process: Process,
    baresip: Baresip,
    transport: Transport,
    registers: bool,
}

impl RoomClient {
    pub fn start(setting: &Setting) -> Self {
        Self::start_as(&Baresip::packaged(), setting, "", "")
    }

    /// With this program, these authorities, and more lines in its file.
    pub fn start_as(baresip: &Baresip, setting: &Setting, authorities: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let control: SocketAddr = ([127, 0, 0, 1], ports::free()).into();
        let client = Client {
            control,
            listen: None,
            transport: setting.transport,
            encryption: setting.encryption,
            proxy: setting.proxy.clone(),
            account: setting.account.clone(),
            display_name: "Saal 2".to_owned(),
            authorities: folder.path().join("authorities.pem"),
            modules: baresip.modules.clone(),
            player: "aubridge,room".to_owned(),
            display: "fakevideo,".to_owned(),
            more_modules: ["aubridge", "aufile", "fakevideo"]
                .map(str::to_owned)
                .to_vec(),
        };
        for (name, text) in client.files().unwrap() {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let config = std::fs::File::options()
            .append(true)
            .open(folder.path().join("config"));
        std::io::Write::write_all(&mut config.unwrap(), more.as_bytes()).unwrap();
        // No client starts with an empty list.
        let nobodys = world::Authority::new().pem;
        let authorities = Some(authorities).filter(|pem| !pem.is_empty());
        let authorities = authorities.unwrap_or(&nobodys);
        std::fs::write(folder.path().join("authorities.pem"), authorities).unwrap();
        std::fs::write(folder.path().join("mic.wav"), far::tone()).unwrap();
        let process = run(baresip, folder.path());
        RoomClient {
            folder,
            control,
            process,
            baresip: baresip.clone(),
            transport: setting.transport,
            registers: setting.account.is_some(),
        }
    }

    /// As its unit does after it died.
    pub fn start_again(&mut self) {
        self.process.kill();
        self.process = run(&self.baresip, self.folder.path());
    }

    /// Waits until the client has printed this.
    pub fn logs(&self, part: &str) {
        let until = Instant::now() + SOON;
        let log = self.folder.path().join("log");
        while !std::fs::read_to_string(&log).unwrap().contains(part) {
            assert!(Instant::now() < until, "{part} is not in the client's log");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn config(&self) -> SipConfig {
        SipConfig {
            control: self.control,
            setup: Setup {
                sources: Sources {
                    mic: format!("aufile,{}", self.folder.path().join("mic.wav").display()),
                    camera: "fakevideo,nil".to_owned(),
                    speaker: "aubridge,room".to_owned(),
                },
                registers: self.registers,
                transport: self.transport,
            },
        }
    }
}

fn run(baresip: &Baresip, folder: &Path) -> Process {
    let log = folder.join("log");
    Process::start(
        &baresip.program,
        &["-f", folder.to_str().unwrap(), "-v"],
        &log,
    )
}

/// The room's side: what it asks, what it is told, and when.
pub struct Room {
    pub handle: Handle,
    events: mpsc::Receiver<Event>,
    pub seen: Vec<(Instant, CallId, CallSeen)>,
    task: tokio::task::JoinHandle<()>,
}

impl Room {
    pub fn begin(config: SipConfig) -> Self {
        let (handle, mut inbox) = call_sip::channel();
        let (out, events) = mpsc::channel(64);
        let task = tokio::spawn(async move {
            call_sip::run(config, &mut inbox, out).await;
        });
        Room {
            handle,
            events,
            seen: Vec::new(),
            task,
        }
    }

    pub fn tell(&self, command: CallCommand) {
        self.handle.command(CALL, command);
    }

    /// Waits for a fact that was not waited for yet; gives the moment it came.
    pub async fn sees(&mut self, call: CallId, wanted: &CallSeen) -> Instant {
        self.sees_within(call, wanted, SOON).await
    }

    pub async fn sees_within(
        &mut self,
        call: CallId,
        wanted: &CallSeen,
        limit: Duration,
    ) -> Instant {
        let wanted = std::slice::from_ref(wanted);
        self.sees_any(call, wanted, limit).await.0
    }

    /// The first of these facts.
    pub async fn sees_one_of(&mut self, call: CallId, wanted: &[CallSeen]) -> (Instant, CallSeen) {
        self.sees_any(call, wanted, SOON).await
    }

    async fn sees_any(
        &mut self,
        call: CallId,
        wanted: &[CallSeen],
        limit: Duration,
    ) -> (Instant, CallSeen) {
        let until = tokio::time::Instant::now() + limit;
        loop {
            let found = self
                .seen
                .iter()
                .position(|(_, c, seen)| *c == call && wanted.contains(seen));
            if let Some(found) = found {
                let (when, _, seen) = self.seen.remove(found);
                return (when, seen);
            }
            match tokio::time::timeout_at(until, self.events.recv()).await {
                Ok(Some(Event::Call(call, seen))) => self.seen.push((Instant::now(), call, seen)),
                Ok(Some(_)) => {}
                Ok(None) => panic!("the task ended"),
                Err(_) => panic!(
                    "none of {wanted:?} within {limit:?}; seen: {:?}",
                    self.facts()
                ),
            }
        }
    }

    /// Everything that was told so far.
    pub fn facts(&mut self) -> Vec<&CallSeen> {
        while let Ok(event) = self.events.try_recv() {
            if let Event::Call(call, seen) = event {
                self.seen.push((Instant::now(), call, seen));
            }
        }
        self.seen.iter().map(|(_, _, seen)| seen).collect()
    }

    /// The daemon dies; the client goes on.
    pub async fn dies(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// A call to this address.
pub fn request(address: &str, passcode: Option<&str>) -> CallRequest {
    let target = Target {
        service: ServiceId::new("sip"),
        host: HostName::new("127.0.0.1"),
        best: Way::Sip {
            address: Private::new(address),
            passcode: passcode.map(Private::new),
        },
        other: None,
    };
    CallRequest {
        by: By::Sip,
        target: Some(target),
        display_name: "Saal 2".to_owned(),
    }
}
