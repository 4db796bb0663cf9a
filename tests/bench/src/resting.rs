//! What the daemon costs with a whole kit of devices while nothing happens, and what each device alone adds to it.
//! One daemon for each set of devices, side by side: the kernel accounts for each. Limit: 0.3 % of a core for all of them.

use crate::idle::{spent, switched};
use anyhow::{Context, Result, bail, ensure};
use emulators::display::{self, DisplayServer};
use emulators::line::{LineServer, Site};
use emulators::pelco::{Dialect, PelcoHead, PelcoLine};
use emulators::puck::Puck;
use emulators::visca::{CameraServer, Options};
use room_api::{DisplayState, HeadState, PanelState};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

const LIMIT_PERCENT: f64 = 0.3;
const SOON: Duration = Duration::from_secs(30);
/// What a start leaves behind is over by then: first looks, first tries for what is not there.
const SETTLED: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Serial,
    Tcp,
    Sony,
    Pelco,
    Button,
    MainDisplay,
    SideDisplay,
}

const WHOLE: [Device; 7] = [
    Device::Serial,
    Device::Tcp,
    Device::Sony,
    Device::Pelco,
    Device::Button,
    Device::MainDisplay,
    Device::SideDisplay,
];

/// Alone beside an empty room; the side display is a second one of its kind.
const ALONE: [(&str, Device); 6] = [
    ("head_visca_serial", Device::Serial),
    ("head_visca_tcp", Device::Tcp),
    ("head_visca_sony", Device::Sony),
    ("head_pelco_d", Device::Pelco),
    ("table_button", Device::Button),
    ("display", Device::MainDisplay),
];

/// The emulators of a room; they live in this process, so that the daemon's time is the daemon's alone.
#[derive(Default)]
struct Devices {
    cameras: Vec<CameraServer>,
    domes: Vec<LineServer<PelcoLine>>,
    buttons: Vec<Puck>,
    displays: Vec<DisplayServer>,
}

impl Devices {
    /// Plugs it in; what the room's file must say about it.
    fn plug(&mut self, device: Device, folder: &Path) -> Result<String> {
        let head = |role: &str, port: &str, more: &str| {
            format!("[heads.{role}]\nport = \"{port}\"\n{more}")
        };
        Ok(match device {
            Device::Serial => {
                let link = folder.join("serial");
                let baud = Some(9600);
                self.cameras
                    .push(CameraServer::start(Options { link, baud })?);
                head("serial", "serial", "baud = 9600\n")
            }
            Device::Tcp => {
                let at = self.networked(Site::Tcp { port: 0 })?;
                head("tcp", &format!("tcp://{at}"), "")
            }
            Device::Sony => {
                let at = self.networked(Site::Sony { port: 0 })?;
                head("sony", &format!("sony://{at}"), "")
            }
            Device::Pelco => {
                let site = Site::Pty {
                    link: folder.join("dome"),
                    baud: Some(2400),
                };
                let dome = PelcoHead::new(Dialect::D, 1, false);
                self.domes.push(PelcoLine::new(vec![dome]).start(site)?);
                head("dome", "dome", "protocol = \"pelco-d\"\nbaud = 2400\n")
            }
            Device::Button => {
                self.buttons.push(Puck::start(&folder.join("table"))?);
                "[pucks.table]\nserial = \"table\"\n".to_owned()
            }
            Device::MainDisplay => self.display("main", folder)?,
            Device::SideDisplay => self.display("side", folder)?,
        })
    }

    fn networked(&mut self, site: Site) -> Result<SocketAddr> {
        let camera = CameraServer::on_network(site)?;
        let at = camera.address().context("a camera on loopback")?;
        self.cameras.push(camera);
        Ok(at)
    }

    fn display(&mut self, role: &str, folder: &Path) -> Result<String> {
        let emulator =
            display::Emulator::new("samsung-mdc", None).context("a display of that kind")?;
        let line = folder.join(role);
        self.displays.push(display::serve_pty(emulator, &line)?);
        Ok(format!(
            "[displays.{role}]\nlinks = [{{ line = \"serial:{}\", model = \"samsung-signage\" }}]\n",
            line.display()
        ))
    }
}

/// A daemon in a folder of its own, with some devices; it ends when dropped.
struct Room {
    name: &'static str,
    folder: TempDir,
    _devices: Devices,
    daemon: Child,
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Room {
    fn start(name: &'static str, devices: &[Device]) -> Result<Room> {
        let folder = tempfile::tempdir()?;
        let mut text = "board = \"generic-pc\"\n[room]\nname = \"Saal\"\nstate_dir = \"state\"\n\
            [faces]\nlisten = \"127.0.0.1:0\"\nsocket = \"run/control.sock\"\n[browser]\npolicy_dir = \"policies\"\n\
            [practice]\nlisten = \"127.0.0.1:0\"\n"
            .to_owned();
        let mut plugged = Devices::default();
        for device in devices {
            write!(text, "{}", plugged.plug(*device, folder.path())?)?;
        }
        std::fs::create_dir(folder.path().join("policies"))?;
        let room = folder.path().join("room.toml");
        std::fs::write(&room, text)?;
        let program = std::env::current_exe()?.with_file_name("roomd");
        let daemon = Command::new(&program)
            .args(["run", "--room"])
            .arg(&room)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log"))?)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Room {
            name,
            folder,
            _devices: plugged,
            daemon,
        })
    }

    fn pid(&self) -> Result<i32> {
        Ok(i32::try_from(self.daemon.id())?)
    }

    async fn has_found_everything(&mut self) -> Result<()> {
        let began = Instant::now();
        loop {
            let missing = match self.state() {
                Ok(state) => missing(&state),
                Err(error) => Some(format!("{error:#}")),
            };
            let Some(missing) = missing else {
                return Ok(());
            };
            if began.elapsed() > SOON || self.daemon.try_wait()?.is_some() {
                let log = std::fs::read_to_string(self.folder.path().join("log"))?;
                bail!("{}: {missing}; the daemon's log:\n{log}", self.name);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn state(&self) -> Result<PanelState> {
        let mut stream = UnixStream::connect(self.folder.path().join("run/control.sock"))?;
        stream.write_all(b"GET /api/v1/state HTTP/1.0\r\nHost: roomd\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        Ok(serde_json::from_str(body)?)
    }
}

/// What the room has not found yet. A head that never answers has no place.
fn missing(state: &PanelState) -> Option<String> {
    let heads = state.heads.iter().filter(|head| {
        let silent = head.id == "dome" && head.state == HeadState::Unknown;
        head.state != HeadState::Still && !silent
    });
    let buttons = state.buttons.iter().filter(|button| !button.here);
    let away = [DisplayState::Unknown, DisplayState::Gone];
    let displays = state
        .displays
        .iter()
        .filter(|one| away.contains(&one.state));
    let names = heads.map(|head| &head.id);
    let names = names.chain(buttons.map(|button| &button.id));
    let mut names = names.chain(displays.map(|display| &display.id));
    names.next().map(|name| format!("{name} is not there"))
}

/// The daemon at rest for so many seconds, with everything, with nothing, and with each device alone.
pub async fn measure(seconds: u64) -> Result<Value> {
    let mut rooms = vec![
        Room::start("whole_kit", &WHOLE)?,
        Room::start("no_device", &[])?,
    ];
    for (name, device) in ALONE {
        rooms.push(Room::start(name, &[device])?);
    }
    for room in &mut rooms {
        room.has_found_everything().await?;
    }
    // Time itself is measured here.
    sleep(SETTLED).await;
    let pids = rooms.iter().map(Room::pid).collect::<Result<Vec<_>>>()?;
    let read = || -> Result<Vec<(Duration, u64)>> {
        pids.iter()
            .map(|pid| Ok((spent(*pid)?, switched(*pid)?)))
            .collect()
    };
    let (before, began) = (read()?, Instant::now());
    sleep(Duration::from_secs(seconds)).await;
    let (after, took) = (read()?, began.elapsed().as_secs_f64());
    let mut sets = Map::new();
    for ((room, before), after) in rooms.iter().zip(before).zip(after) {
        let percent = 100.0 * (after.0 - before.0).as_secs_f64() / took;
        let wakes = (after.1 - before.1) as f64 / took;
        sets.insert(
            room.name.to_owned(),
            json!({ "percent_of_a_core": round(percent), "wakes_a_second": round(wakes) }),
        );
    }
    ensure!(sets.len() == rooms.len(), "two sets of the same name");
    Ok(json!({ "seconds": seconds, "limit_percent": LIMIT_PERCENT, "with": sets }))
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
