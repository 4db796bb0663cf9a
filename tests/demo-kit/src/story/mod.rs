//! The story that the room lives through, step by step; each step ends when it was seen, or fails with what was seen.
//! Presses as people do, looks as people do and counts at the far end; nothing is believed.

mod call;
mod crash;
mod end;
mod hang;
mod head;
mod start;

use crate::kit::Kit;
use crate::panel;
use crate::remote::FromRoom;
use crate::report::Scribe;
use anyhow::Result;
use room_api::{PanelState, Phase, Switch, SwitchState};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where nothing else is promised, so long may a thing take to be seen.
const SOON: Duration = Duration::from_secs(10);
/// For so long nothing may arrive before "nothing arrives" is said.
const SILENCE: Duration = Duration::from_secs(3);

/// Plays the whole story.
///
/// # Errors
/// The first step that was not seen; the scribe knows which.
pub async fn play(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    start::daemon_up(kit, scribe).await?;
    start::panel(kit, scribe).await?;
    start::announced(kit, scribe).await?;
    start::warm(kit, scribe).await?;
    call::joined(kit, scribe).await?;
    call::dark_and_silent(kit, scribe).await?;
    call::microphone_open(kit, scribe).await?;
    call::camera_open(kit, scribe).await?;
    head::preset(kit, scribe).await?;
    head::drive_and_stop(kit, scribe).await?;
    call::room_hears_and_sees(kit, scribe).await?;
    call::side_by_side(kit, scribe).await?;
    hang::daemon_silent(kit, scribe).await?;
    call::microphone_closed(kit, scribe).await?;
    crash::daemon_killed(kit, scribe).await?;
    crash::browser_killed(kit, scribe).await?;
    end::left(kit, scribe).await?;
    end::pressed_in_and_out(kit, scribe).await?;
    end::next_meeting(kit, scribe).await
}

fn in_call(state: &PanelState) -> Result<(), String> {
    match state.phase {
        Phase::InCall { .. } => Ok(()),
        _ => Err(panel::words(state)),
    }
}

fn is(state: &PanelState, switch: SwitchState, wanted: Switch) -> Result<(), String> {
    match (switch.seen, switch.becoming) {
        (Some(seen), None) if seen == wanted => Ok(()),
        _ => Err(panel::words(state)),
    }
}

/// Sound and picture that arrived at the far end between two looks.
#[derive(Debug, Clone, Copy)]
struct Arrived {
    audio: u64,
    video: u64,
}

impl Arrived {
    fn between(before: &FromRoom, after: &FromRoom) -> Arrived {
        Arrived {
            audio: after.audio_packets.saturating_sub(before.audio_packets),
            video: after.video_packets.saturating_sub(before.video_packets),
        }
    }
}

/// Looks at the far end for a while, at most `window`, and as often as it can; ends at the first look that `stop` names.
async fn observe(
    kit: &Kit,
    window: Duration,
    mut look: impl FnMut(&FromRoom, Instant) -> Result<()>,
) -> Result<FromRoom> {
    let end = Instant::now() + window;
    loop {
        let counts = kit.remote.counts().await?;
        look(&counts, Instant::now())?;
        if Instant::now() >= end {
            return Ok(counts);
        }
        sleep(Duration::from_millis(50)).await;
    }
}
