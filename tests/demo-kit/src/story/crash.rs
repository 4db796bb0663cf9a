//! What a crash takes away: of the daemon nothing but the panel for a blink, of the browser the call for seconds.

use super::call::{millis, nothing_arrives, panel_and_button_closed};
use super::{SOON, in_call, is};
use crate::kit::Kit;
use crate::panel::Shown;
use crate::remote::{FromRoom, words};
use crate::report::Scribe;
use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::{PanelState, Switch};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// From the daemon's death to the panel with the right state again.
const PANEL_BACK_WITHIN: Duration = Duration::from_secs(1);
/// From Chromium's death to the room at the far end again.
const REJOINED_WITHIN: Duration = Duration::from_secs(8);
/// How long the picture at the far end is watched after the daemon's death.
const WATCHED: Duration = Duration::from_secs(5);
/// A picture that stands longer than this has stopped.
const STANDS_AT_MOST: Duration = Duration::from_millis(800);

/// The longest time between two looks at the far end that found new frames.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    longest: Duration,
    looks: u32,
    frames: u64,
}

/// Watches the picture at the far end for `window`; the call must stay the very same connection.
fn watch_picture(kit: &Kit, window: Duration) -> JoinHandle<Result<Gap>> {
    let remote = Arc::clone(&kit.remote);
    tokio::spawn(async move {
        let first = remote.counts().await?;
        let (mut last, mut since, mut gap) = (first.clone(), Instant::now(), Gap::default());
        let end = Instant::now() + window;
        while Instant::now() < end {
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
            if now.frames > last.frames {
                gap.longest = gap.longest.max(since.elapsed());
                since = Instant::now();
            }
            last = now;
            sleep(Duration::from_millis(20)).await;
        }
        gap.longest = gap.longest.max(since.elapsed());
        gap.frames = last.frames - first.frames;
        Ok(gap)
    })
}

pub(super) async fn daemon_killed(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("daemon-killed");
    let quiet = watch_picture(kit, Duration::from_secs(2)).await??;
    let boot = boot(kit)?;
    let watching = watch_picture(kit, WATCHED);
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
    let gap = watching.await??;
    ensure!(
        gap.frames > 0,
        "no frame arrived at the far end while the daemon was away"
    );
    ensure!(
        gap.longest <= STANDS_AT_MOST,
        "the picture stood still for {:?} at the far end",
        gap.longest
    );
    ensure!(
        back <= PANEL_BACK_WITHIN,
        "the panel was right again after {back:?}, promised are {PANEL_BACK_WITHIN:?}"
    );
    kit.button
        .until("the button's red ring again", SOON, |b| {
            b.connected && b.ring == "red"
        })
        .await?;
    scribe.counted(
        "kill -9 of the daemon: the picture never stopped, the panel is back and right",
        json!({
            "panel_back_ms": millis(back),
            "longest_gap_ms": millis(gap.longest),
            "longest_gap_before_ms": millis(quiet.longest),
            "frames": gap.frames,
            "looks": gap.looks,
        }),
    );
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
        .until(
            "the room at the far end again",
            SOON + REJOINED_WITHIN,
            again,
        )
        .await?;
    let took = killed.elapsed();
    nothing_arrives(kit)
        .await
        .context("after the browser came back")?;
    panel_and_button_closed(kit).await?;
    ensure!(
        took <= REJOINED_WITHIN,
        "the room was back after {took:?}, promised are {REJOINED_WITHIN:?}"
    );
    scribe.counted(
        "kill -9 of Chromium: the room came back by itself, dark and silent",
        json!({"rejoined_ms": millis(took), "admitted": back.admitted, "audio_packets": 0, "video_packets": 0}),
    );
    Ok(())
}
