//! By SIP: from the press to the INVITE on the wire, against the bare client told to dial over its control line; and from a
//! call lost to inside again, when the client dies and when the far end does. The real daemon with a client of its own.

use crate::spread;
use anyhow::{Context, Result};
use call_sip::message::Order;
use call_sip::{Client, Encryption, Transport, frame};
use chrono::{Duration as Span, Utc};
use demo_kit::kit::built;
use demo_kit::panel::Panel;
use emulators::ports;
use emulators::sip::{Busy, FarEnd};
use room_api::{PanelState, Phase, PressRequest};
use room_core::ids::Private;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const SOON: Duration = Duration::from_secs(40);
const USER: &str = "4711";
/// Between two tries to reach a program that is being started.
const LOOK: Duration = Duration::from_millis(20);

pub async fn measure(rounds: usize) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let mut busy = Busy::start()?;
    let room = Room::start(folder.path(), busy.at)?;
    let mut bare = Bare::start(&folder.path().join("bare"), busy.at).await?;
    room.panel.until("the meeting", SOON, announced).await?;
    let (mut pressed, mut dialled) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let press = match round {
            0 => PressRequest::Join { meeting: None },
            _ => PressRequest::Retry {},
        };
        let began = Instant::now();
        room.panel.press(&press).await?;
        pressed.push(came(&mut busy, began).await.context("the press")?);
        room.panel.until("the refusal", SOON, failed).await?;
        let began = Instant::now();
        bare.dial().await?;
        dialled.push(came(&mut busy, began).await.context("the bare client")?);
        // Its call is over before the next one begins.
        sleep(Duration::from_millis(300)).await;
    }
    let at = busy.at;
    room.panel.press(&PressRequest::Dismiss {}).await?;
    drop((busy, bare));
    let back = inside_again(room, folder.path(), at, rounds.min(5)).await?;
    Ok(json!({
        "press_to_invite": spread(&pressed),
        "bare_dial_to_invite": spread(&dialled),
        "client_killed_to_inside": spread(&back.0),
        "far_end_killed_to_inside": spread(&back.1),
    }))
}

async fn came(busy: &mut Busy, began: Instant) -> Result<f64> {
    let call = timeout(SOON, busy.calls.recv())
        .await
        .context("no INVITE")?;
    let call = call.context("nobody listens")?;
    Ok((call - began).as_secs_f64() * 1000.0)
}

/// Both losses, so often; each in a call of its own, because the first try of a call comes at once and later ones do not.
async fn inside_again(
    mut room: Room,
    folder: &Path,
    at: SocketAddr,
    rounds: usize,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let place = folder.join("far");
    // The port is given back by a thread that looks each tenth of a second.
    sleep(Duration::from_millis(300)).await;
    let mut far = FarEnd::start(&place, at, USER)?;
    let (mut client, mut other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        room.enter().await?;
        let lost = Instant::now();
        room.start_client_again()?;
        client.push(room.back(lost).await.context("the client killed")?);
        room.leave().await?;
        room.enter().await?;
        let lost = Instant::now();
        drop(far);
        far = FarEnd::start(&place, at, USER)?;
        other.push(room.back(lost).await.context("the far end killed")?);
        room.leave().await?;
    }
    Ok((client, other))
}

fn matching(state: &PanelState, fits: bool) -> Result<(), String> {
    if fits {
        Ok(())
    } else {
        Err(format!("{:?}", state.phase))
    }
}

fn announced(state: &PanelState) -> Result<(), String> {
    matching(
        state,
        matches!(state.phase, Phase::Announced { warm: true, .. }),
    )
}

fn failed(state: &PanelState) -> Result<(), String> {
    matching(state, matches!(state.phase, Phase::Failed { .. }))
}

fn inside(state: &PanelState) -> Result<(), String> {
    matching(state, matches!(state.phase, Phase::InCall { .. }))
}

/// The daemon and its client, in a folder of their own.
struct Room {
    panel: Panel,
    client: Program,
    file: std::path::PathBuf,
    log: std::path::PathBuf,
    _daemon: Program,
}

impl Room {
    fn start(folder: &Path, far: SocketAddr) -> Result<Room> {
        let (panel, control) = (ports::free(), ports::free());
        let file = folder.join("room.toml");
        let text = format!(
            "[room]\nname = \"Bench\"\nstate_dir = \"state\"\n[policy]\njoin = \"on-press\"\nwarm_before = \"15 min\"\n\
             [faces]\nlisten = \"127.0.0.1:{panel}\"\nsocket = \"run/control.sock\"\n[practice]\nlisten = \"127.0.0.1:0\"\n\
             [hosts]\n\"conf.example\" = \"sip\"\n[calendars.bookings]\nfile = \"calendar.ics\"\n\
             [sip]\ndomains = [\"conf.example\"]\ntransport = \"udp\"\nencryption = \"none\"\nproxy = \"{far}\"\n\
             control = \"127.0.0.1:{control}\"\nmicrophone = \"aufile,none.wav\"\ncamera = \"fakevideo,nil\"\n\
             speaker = \"aubridge,room\"\nscreen = \"fakevideo,\"\n"
        );
        fs::write(&file, text)?;
        let stamp = |minutes| (Utc::now() + Span::minutes(minutes)).format("%Y%m%dT%H%M%SZ");
        let (from, to) = (stamp(5), stamp(120));
        // What does not occupy the room is joined by a press only.
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:bench\r\nBEGIN:VEVENT\r\nUID:1@bench.invalid\r\nDTSTAMP:{from}\r\n\
             DTSTART:{from}\r\nDTEND:{to}\r\nTRANSP:TRANSPARENT\r\nSUMMARY:Bench\r\nLOCATION:sip:{USER}@conf.example\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        fs::write(folder.join("calendar.ics"), calendar)?;
        let mut command = Command::new(built("roomd")?);
        command.args(["run", "--room"]).arg(&file);
        let daemon = Program::start(command, &folder.join("roomd.log"))?;
        let log = folder.join("client.log");
        Ok(Room {
            panel: Panel::open(([127, 0, 0, 1], panel).into())?,
            client: client(&file, &log)?,
            file,
            log,
            _daemon: daemon,
        })
    }

    /// As its unit does after it died.
    fn start_client_again(&mut self) -> Result<()> {
        self.client.end();
        self.client = client(&self.file, &self.log)?;
        Ok(())
    }

    async fn enter(&self) -> Result<()> {
        let first = |state: &PanelState| {
            let first = state.meetings.first().map(|meeting| meeting.id.clone());
            first.ok_or_else(|| "no meeting".to_owned())
        };
        let meeting = Some(self.panel.until("the meeting", SOON, first).await?);
        self.panel.press(&PressRequest::Join { meeting }).await?;
        Ok(self.panel.until("the call", SOON, inside).await?)
    }

    async fn leave(&self) -> Result<()> {
        self.panel.press(&PressRequest::Leave {}).await?;
        let over = |state: &PanelState| matching(state, state.way.is_none());
        Ok(self.panel.until("the end", SOON, over).await?)
    }

    async fn back(&self, lost: Instant) -> Result<f64> {
        let away = |state: &PanelState| matching(state, inside(state).is_err());
        self.panel.until("the loss", SOON, away).await?;
        self.panel.until("the call", SOON, inside).await?;
        Ok(lost.elapsed().as_secs_f64() * 1000.0)
    }
}

fn client(room: &Path, log: &Path) -> Result<Program> {
    let mut command = Command::new(built("roomd")?);
    command.args(["sip-client", "--room"]).arg(room);
    Program::start(command, log)
}

/// The client alone, as quick as it can be told to dial.
struct Bare {
    line: TcpStream,
    _program: Program,
}

impl Bare {
    async fn start(folder: &Path, far: SocketAddr) -> Result<Bare> {
        fs::create_dir(folder)?;
        let control: SocketAddr = ([127, 0, 0, 1], ports::free()).into();
        let client = Client {
            control,
            listen: None,
            transport: Transport::Udp,
            encryption: Encryption::None,
            proxy: Some(far.to_string()),
            account: None,
            display_name: "Bench".to_owned(),
            authorities: "/etc/ssl/certs/ca-certificates.crt".into(),
            modules: "/usr/lib/baresip/modules".into(),
            player: "aubridge,bare".to_owned(),
            display: "fakevideo,".to_owned(),
            more_modules: ["aubridge", "fakevideo"].map(str::to_owned).to_vec(),
        };
        for (name, text) in client.files()? {
            fs::write(folder.join(name), text)?;
        }
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder);
        let program = Program::start(command, &folder.join("log"))?;
        let end = Instant::now() + SOON;
        loop {
            match TcpStream::connect(control).await {
                Ok(line) => {
                    line.set_nodelay(true)?;
                    return Ok(Bare {
                        line,
                        _program: program,
                    });
                }
                Err(error) if Instant::now() > end => return Err(error).context("the bare client"),
                Err(_) => sleep(LOOK).await,
            }
        }
    }

    async fn dial(&mut self) -> Result<()> {
        let address = Private::new(format!("sip:{USER}@conf.example"));
        let order = frame::encode(&Order::Dial(address).encode(1));
        self.line
            .write_all(&order)
            .await
            .context("the control line")
    }
}

/// A program that ends with the measure.
struct Program(Child);

impl Program {
    fn start(mut command: Command, log: &Path) -> Result<Program> {
        let log = File::create(log)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(Program(command.spawn().context("starting a program")?))
    }

    fn end(&mut self) {
        // One that is gone already needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
