//! What a crash takes away: of the daemon nothing but the panel for a blink, of the browser the call for seconds.

use super::call::{millis, nothing_arrives, panel_and_button_closed};
use super::{SOON, in_call, is};
use crate::kit::Kit;
use crate::panel::Shown;
use crate::remote::{FromRoom, Remote, words};
use crate::report::Scribe;
use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::{PanelState, Switch};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Promised from the daemon's death to the panel with the right state again.
const PANEL_BACK: Duration = Duration::from_secs(1);
/// Promised from Chromium's death to the room at the far end again.
const REJOINED: Duration = Duration::from_secs(8);
/// How long the picture at the far end is watched before the daemon's death, and after its return.
const WATCHED: Duration = Duration::from_secs(2);
/// A picture that stands longer than this has stopped; on a machine that is busy anyhow, than three times as long as before.
const STANDS_AT_MOST: Duration = Duration::from_millis(800);

/// The longest time between two looks at the far end that found new frames.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    longest: Duration,
    looks: u32,
    frames: u64,
}

/// Watches the picture at the far end until told to end; the call must stay the very same connection.
struct Watching {
    task: JoinHandle<Result<Gap>>,
    end: oneshot::Sender<()>,
}

impl Watching {
    fn begin(kit: &Kit) -> Watching {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(watch_picture(Arc::clone(&kit.remote), ended));
        Watching { task, end }
    }

    async fn end_after(self, window: Duration) -> Result<Gap> {
        sleep(window).await;
        let _ = self.end.send(());
        self.task.await?
    }
}

async fn watch_picture(remote: Arc<Remote>, mut ended: oneshot::Receiver<()>) -> Result<Gap> {
    let first = remote.counts().await?;
    let (mut last, mut since, mut gap) = (first.clone(), Instant::now(), Gap::default());
    while ended.try_recv() == Err(TryRecvError::Empty) {
        let now = remote.counts().await?;
        ensure!(
            now.pc == first.pc,
            "the call was set up anew: {}",
            words(&now)
        );
        ensure!(
            now.frames >= last.frames,
            "frames were counted backwards: {}",
            words(&now)
        );
        gap.looks += 1;
        gap.longest = gap.longest.max(since.elapsed());
        if now.frames > last.frames {
            since = Instant::now();
        }
        last = now;
        sleep(Duration::from_millis(20)).await;
    }
    gap.frames = last.frames - first.frames;
    Ok(gap)
}

pub(super) async fn daemon_killed(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("daemon-killed");
    let before = Watching::begin(kit).end_after(WATCHED).await?;
    let boot = boot(kit)?;
    let watching = Watching::begin(kit);
    let killed = Instant::now();
    kit.roomd.crash()?;
    let right = |state: &PanelState| {
        if state.boot == boot {
            return Err("still the daemon from before".to_owned());
        }
        in_call(state)?;
        is(state, state.mic, Switch::Closed)?;
        is(state, state.camera, Switch::Open)
    };
    let wanted =
        "the panel back with the right state (in the call, microphone closed, camera open)";
    kit.panel.until(wanted, SOON, right).await?;
    let back = killed.elapsed();
    let gap = watching.end_after(WATCHED).await?;
    let allowed = STANDS_AT_MOST.max(before.longest * 3);
    ensure!(
        gap.frames > 0 && gap.longest <= allowed,
        "the picture stood still for {:?} at the far end ({:?} before)",
        gap.longest,
        before.longest
    );
    let ring = kit.button.until("the button's red ring again", SOON, |b| {
        b.connected && b.ring == "red"
    });
    ring.await?;
    scribe.counted(
        "kill -9 of the daemon: the picture never stopped, the panel is back and right",
        json!({
            "panel_back_ms": millis(back),
            "longest_gap_ms": millis(gap.longest),
            "longest_gap_before_ms": millis(before.longest),
            "frames": gap.frames,
            "looks": gap.looks,
        }),
    );
    scribe.promise("panel back after kill -9 of the daemon", PANEL_BACK, back);
    Ok(())
}

fn boot(kit: &Kit) -> Result<String> {
    match kit.panel.shown() {
        Shown::Room(state) => Ok(state.boot),
        Shown::Nothing(why) => bail!("the panel is away: {why}"),
    }
}

pub(super) async fn browser_killed(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("browser-killed");
    let before = kit.remote.counts().await?;
    let killed = Instant::now();
    kill(Pid::from_raw(kit.chromium()?), Signal::SIGKILL).context("killing the room's Chromium")?;
    let again = |c: &FromRoom| c.there && c.connection == "connected" && c.pc != before.pc;
    let back = kit
        .remote
        .until("the room at the far end again", SOON + REJOINED, again)
        .await?;
    let took = killed.elapsed();
    nothing_arrives(kit)
        .await
        .context("after the browser came back")?;
    panel_and_button_closed(kit).await?;
    scribe.counted(
        "kill -9 of Chromium: the room came back by itself, dark and silent",
        json!({"rejoined_ms": millis(took), "admitted": back.admitted, "audio_packets": 0, "video_packets": 0}),
    );
    scribe.promise("rejoined after kill -9 of Chromium", REJOINED, took);
    Ok(())
}
