//! What the table button says while the daemon says nothing: the truth, and never green.

use super::call::millis;
use super::{SOON, is};
use crate::button::Key;
use crate::kit::Kit;
use crate::report::Scribe;
use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::Switch;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Promised from the daemon's last word to the button saying so.
const SAID_BY: Duration = Duration::from_millis(1500);
/// Promised from the daemon's next word to the button in step.
const IN_STEP: Duration = Duration::from_secs(1);
/// So long the button is watched not to change its mind, with a finger on it.
const WATCHED: Duration = Duration::from_millis(700);

/// Frozen, as by a stuck disk; it goes on in any case when this ends.
struct Frozen(Pid);

impl Frozen {
    fn begin(kit: &Kit) -> Result<Frozen> {
        let daemon = Pid::from_raw(kit.roomd.pid()?);
        kill(daemon, Signal::SIGSTOP).context("freezing the daemon")?;
        Ok(Frozen(daemon))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGCONT);
    }
}

pub(super) async fn daemon_silent(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("daemon-silent");
    let green = kit.button.state().await?;
    ensure!(green.ring == "green", "the ring is {} before", green.ring);
    let frozen = Frozen::begin(kit)?;
    let silent = Instant::now();
    kit.button
        .until("an amber ring instead of green", SOON, |b| {
            !b.connected && b.ring == "amber"
        })
        .await?;
    let said = silent.elapsed();
    // Refused at the emulated button, told in light at the real one; never sent.
    let _ = kit.button.touch(Key::Mute).await;
    let end = Instant::now() + WATCHED;
    while Instant::now() < end {
        let now = kit.button.state().await?;
        ensure!(
            now.ring == "amber" && now.mic != "open",
            "the button shows {} while nobody knows",
            now.words
        );
        sleep(Duration::from_millis(30)).await;
    }
    drop(frozen);
    let back = Instant::now();
    kit.button
        .until("the green ring again", SOON, |b| {
            b.connected && b.ring == "green"
        })
        .await?;
    let in_step = back.elapsed();
    // The press of the silent time would have closed it.
    sleep(WATCHED).await;
    kit.panel
        .until("the microphone still open at the panel", SOON, |s| {
            is(s, s.mic, Switch::Open)
        })
        .await?;
    scribe.counted(
        "a silent daemon: the button says so, its ring is never green, its press is void; then it is in step again",
        json!({"said_ms": millis(said), "in_step_ms": millis(in_step)}),
    );
    scribe.promise(
        "no connection said after the daemon's last word",
        SAID_BY,
        said,
    );
    scribe.promise(
        "button in step after the daemon's next word",
        IN_STEP,
        in_step,
    );
    Ok(())
}
