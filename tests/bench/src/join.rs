//! From the press to the room in the far end's list, against a Playwright script that makes the same clicks on a warm browser
//! of its own, waiting for events or looking once a second. All go through the same door of the same conference, in turn.

use crate::spread;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Duration as Span, Utc};
use demo_kit::folder::{Folder, ROOM};
use demo_kit::kit::Kit;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::{Phase, PressRequest};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

const PASSCODE: &str = "4711";
const LOOK: Duration = Duration::from_millis(5);
const SOON: Duration = Duration::from_secs(40);

/// Books one meeting for each round, to be joined by a press, and has each page prepared as soon as it is the next.
pub async fn book(kit: &Kit, folder: &Folder, rounds: usize) -> Result<()> {
    let file = folder.join("room.toml");
    let room =
        fs::read_to_string(&file)?.replace("warm_before = \"15 s\"", "warm_before = \"15 min\"");
    fs::write(&file, room)?;
    kill(Pid::from_raw(kit.roomd.pid()?), Signal::SIGHUP)?;
    let begin = Utc::now() + Span::minutes(4);
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:bench\r\n");
    for round in 0..rounds {
        let start = begin + Span::minutes(2 * i64::try_from(round)?);
        text += &meeting(kit, round, start);
    }
    text += "END:VCALENDAR\r\n";
    let draft = folder.join("calendar.draft");
    fs::write(&draft, text)?;
    fs::rename(draft, folder.join("calendar.ics"))?;
    Ok(())
}

fn meeting(kit: &Kit, round: usize, start: DateTime<Utc>) -> String {
    let stamp = |time: DateTime<Utc>| time.format("%Y%m%dT%H%M%SZ");
    let (from, to, now) = (
        stamp(start),
        stamp(start + Span::minutes(2)),
        stamp(Utc::now()),
    );
    let link = kit.conference();
    // What does not occupy the room is joined by a press only.
    format!(
        "BEGIN:VEVENT\r\nUID:round-{round}@bench.invalid\r\nDTSTAMP:{now}\r\nDTSTART:{from}\r\nDTEND:{to}\r\n\
         TRANSP:TRANSPARENT\r\nSUMMARY:Round {round}\r\nLOCATION:{link}\r\nDESCRIPTION:Kenncode: {PASSCODE}\r\nEND:VEVENT\r\n"
    )
}

pub async fn compare(kit: &Kit, rounds: usize, peer: Option<&Path>) -> Result<Value> {
    let mut events = start(kit, peer, "events").await?;
    let mut retries = start(kit, peer, "retries").await?;
    let (mut room, mut by_events, mut by_retries) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        room.push(by_press(kit).await.context("the room")?);
        for (script, times) in [
            (&mut events, &mut by_events),
            (&mut retries, &mut by_retries),
        ] {
            if let Some(script) = script {
                times.push(script.join(kit).await.context("the script")?);
            }
        }
    }
    let ratios = |peer: &[f64]| -> Value {
        let pairs: Vec<f64> = room
            .iter()
            .zip(peer)
            .map(|(own, other)| own / other)
            .collect();
        match pairs.is_empty() {
            true => Value::Null,
            false => spread(&pairs),
        }
    };
    Ok(json!({
        "room": spread(&room),
        "script_with_events": spread(&by_events),
        "script_with_retries": spread(&by_retries),
        "ratio_to_events": ratios(&by_events),
        "ratio_to_retries": ratios(&by_retries),
    }))
}

async fn by_press(kit: &Kit) -> Result<f64> {
    let warm = |state: &room_api::PanelState| match state.phase {
        Phase::Announced { warm: true, .. } => Ok(()),
        _ => Err(format!("{:?}", state.phase)),
    };
    kit.panel.until("a prepared page", SOON, warm).await?;
    let began = Instant::now();
    let (pressed, there) = tokio::join!(
        kit.panel.press(&PressRequest::Join { meeting: None }),
        seen(kit, true)
    );
    pressed?;
    let took = (there? - began).as_secs_f64() * 1000.0;
    kit.panel.press(&PressRequest::Leave {}).await?;
    seen(kit, false).await?;
    Ok(took)
}

/// When the far end has the room, or not any more, in its list.
async fn seen(kit: &Kit, wanted: bool) -> Result<Instant> {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        if kit.remote.counts().await?.there == wanted {
            return Ok(Instant::now());
        }
        sleep(LOOK).await;
    }
    bail!("the far end did not see it: there = {wanted}");
}

/// A script and its browser.
struct Script {
    _child: Child,
    says: Lines<BufReader<ChildStdout>>,
    told: ChildStdin,
}

async fn start(kit: &Kit, peer: Option<&Path>, way: &str) -> Result<Option<Script>> {
    let Some(peer) = peer else {
        return Ok(None);
    };
    let url = format!("{}?code={PASSCODE}", kit.conference());
    let mut command = match nix::unistd::geteuid().is_root() {
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", "roomd-browser", "--", "node"]);
            command
        }
        false => Command::new("node"),
    };
    let mut child = command
        .arg(peer.join("join.mjs"))
        .args([&url, ROOM, way, "/usr/bin/chromium"])
        .env("HOME", "/tmp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting the script")?;
    let says = BufReader::new(child.stdout.take().context("its words")?).lines();
    let told = child.stdin.take().context("its ear")?;
    let mut script = Script {
        _child: child,
        says,
        told,
    };
    script.hear("ready").await?;
    Ok(Some(script))
}

impl Script {
    async fn join(&mut self, kit: &Kit) -> Result<f64> {
        let began = Instant::now();
        self.told.write_all(b"go\n").await?;
        let took = (seen(kit, true).await? - began).as_secs_f64() * 1000.0;
        self.hear("inside").await?;
        self.told.write_all(b"out\n").await?;
        self.hear("outside").await?;
        seen(kit, false).await?;
        Ok(took)
    }

    async fn hear(&mut self, word: &str) -> Result<()> {
        let heard = timeout(SOON, self.says.next_line())
            .await
            .context("the script is silent")??;
        match heard.as_deref() == Some(word) {
            true => Ok(()),
            false => bail!("the script said {heard:?} instead of {word}"),
        }
    }
}
