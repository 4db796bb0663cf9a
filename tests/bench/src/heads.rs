//! Camera heads: a stop on a chain where another camera never answers, and commands a second beside two public libraries.

use anyhow::{Context, Result, ensure};
use drv_ptz::{
    Handle, HeadConfig, HeadModel, LineConfig, Numbering, Peer, Port, Protocol, channels, supervise,
};
use emulators::line::Site;
use emulators::visca::{CameraServer, FrameKind, Options, Quirks, stop_on_wire};
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::{HeadId, RequestId};
use room_core::units::Speed;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;

const BAUD: u32 = 9600;
const PATIENCE: Duration = Duration::from_secs(20);

struct Rig {
    heads: Vec<Handle>,
    events: mpsc::Receiver<Event>,
    asked: u64,
}

impl Rig {
    fn start(port: Port, cameras: u8) -> Rig {
        let (heads, inbox) = channels(usize::from(cameras));
        let (out, events) = mpsc::channel(256);
        let head = |number| HeadConfig {
            id: HeadId::new(format!("head-{number}")),
            address: number,
            model: HeadModel::COMMON,
        };
        let line = LineConfig {
            port,
            protocol: Protocol::Visca,
            heads: (1..=cameras).map(head).collect(),
            trace: None,
        };
        tokio::spawn(supervise(line, inbox, out));
        Rig {
            heads,
            events,
            asked: 0,
        }
    }

    async fn sees(&mut self, number: u8, is: impl Fn(&HeadSeen) -> bool) -> Result<()> {
        let id = HeadId::new(format!("head-{number}"));
        let found = async {
            while let Some(event) = self.events.recv().await {
                if matches!(&event, Event::Head(head, seen) if *head == id && is(seen)) {
                    return;
                }
            }
        };
        timeout(PATIENCE, found)
            .await
            .with_context(|| format!("head {number} is not seen as it should"))
    }

    async fn does(&mut self, command: HeadCommand) -> Result<()> {
        self.asked += 1;
        let wanted = RequestId(self.asked);
        self.heads[0].send(wanted, command);
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await?;
            match event.context("the driver has ended")? {
                Event::Done { request, outcome } if request == wanted => {
                    ensure!(outcome == Outcome::Done, "{outcome:?}");
                    return Ok(());
                }
                _ => {}
            }
        }
    }
}

/// Stops of the first camera of four, of which the second never answers.
pub async fn stop_on_a_chain(rounds: usize) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let link = folder.path().join("ptz");
    let options = Options {
        link: link.clone(),
        baud: Some(BAUD),
    };
    let chain = CameraServer::chain(options, 4)?;
    let port = Port::Serial {
        path: link,
        baud: BAUD,
    };
    let mut rig = Rig::start(port, 4);
    rig.sees(4, |seen| matches!(seen, HeadSeen::At { .. }))
        .await?;
    let mute = Quirks {
        mute: true,
        ..Quirks::default()
    };
    chain.camera(1).set_quirks(mute);
    let gone = HeadSeen::Gone(HeadFailure::NoAnswer);
    rig.sees(2, |seen| *seen == gone).await?;
    let head = rig.heads[0].clone();
    let mut events = rig.events;
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Head(head, HeadSeen::Gone(why)) = event {
                eprintln!("{} is gone meanwhile: {}", head.as_str(), why.code());
            }
        }
    });
    let mut request = 0;
    let report = stop_on_wire(&chain, rounds, |command| {
        request += 1;
        head.send(RequestId(request), command);
    })
    .await?;
    Ok(json!({
        "rounds": report.rounds,
        "first_bit": { "p50": report.first_bit_ms.p50, "p99": report.first_bit_ms.p99 },
        "last_bit": { "p50": report.last_bit_ms.p50, "p99": report.last_bit_ms.p99, "max": report.last_bit_ms.max },
    }))
}

/// Drives that a camera took up, per second; each is waited for before the next.
pub async fn commands_a_second(count: usize, python: Option<&Path>) -> Result<Value> {
    Ok(json!({
        "sony": side_by_side(count, python, Kind::Sony).await?,
        "serial_9600": side_by_side(count, python, Kind::Serial).await?,
        // No library that was found speaks bare frames over a network; the camera's own limit is 50.
        "tcp": side_by_side(count, None, Kind::Tcp).await?,
        "udp": side_by_side(count, None, Kind::Udp).await?,
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tcp,
    Udp,
    Sony,
    Serial,
}

/// A fresh camera, and the words of the peer's script that lead to it.
fn camera(kind: Kind, folder: &Path) -> Result<(CameraServer, Port, [String; 2])> {
    if kind == Kind::Serial {
        let (path, baud) = (folder.join("ptz"), BAUD);
        let camera = CameraServer::start(Options {
            link: path.clone(),
            baud: Some(baud),
        })?;
        let words = ["serial".to_owned(), path.display().to_string()];
        return Ok((camera, Port::Serial { path, baud }, words));
    }
    let camera = CameraServer::on_network(match kind {
        Kind::Tcp => Site::Tcp { port: 0 },
        Kind::Udp => Site::Udp { port: 0 },
        Kind::Sony | Kind::Serial => Site::Sony { port: 0 },
    })?;
    let address = camera.address().context("a camera on loopback")?;
    let peer = Peer {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let words = ["over-ip".to_owned(), address.port().to_string()];
    let port = match kind {
        Kind::Tcp => Port::Tcp(peer),
        Kind::Udp => Port::Udp(peer),
        Kind::Sony | Kind::Serial => Port::Sony(peer, Numbering::Counted),
    };
    Ok((camera, port, words))
}

async fn side_by_side(count: usize, python: Option<&Path>, kind: Kind) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let ours = {
        let (camera, port, _) = camera(kind, folder.path())?;
        let mut rig = Rig::start(port, 1);
        rig.sees(1, |seen| matches!(seen, HeadSeen::At { .. }))
            .await?;
        let began = Instant::now();
        for n in 0..count {
            let pan = Speed::new(i8::try_from(5 + n % 90).unwrap_or(5));
            let drive = Drive {
                pan,
                ..Drive::default()
            };
            rig.does(HeadCommand::Drive {
                drive,
                limit: Duration::from_secs(5),
            })
            .await?;
        }
        taken_up(&camera, count, began.elapsed())
    };
    let Some(python) = python else {
        return Ok(json!({ "roomd": ours }));
    };
    let (camera, _, words) = camera(kind, folder.path())?;
    // The peers number nobody: the camera has its number from an earlier life.
    camera.number(1);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer/visca.py");
    let run = Command::new(python)
        .arg(script)
        .args(words)
        .arg(count.to_string())
        .output();
    let run = timeout(PATIENCE * 4, run).await??;
    ensure!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let text = String::from_utf8_lossy(&run.stdout);
    let seconds: f64 = text
        .trim()
        .parse()
        .with_context(|| text.trim().to_owned())?;
    let peer = taken_up(&camera, count, Duration::from_secs_f64(seconds));
    Ok(json!({ "roomd": ours, "peer": peer }))
}

fn taken_up(camera: &CameraServer, count: usize, took: Duration) -> Value {
    let came = camera.count(FrameKind::Drive);
    let lost = camera.look(|camera| camera.overruns());
    let taken = came.saturating_sub(lost).min(count as u64);
    json!({
        "a_second": (taken as f64 / took.as_secs_f64() * 10.0).round() / 10.0,
        "asked": count,
        "taken_up": taken,
        "lost": lost,
    })
}
