//! Before the call: the daemon is up, the panel shows it, the meeting is announced and its page prepared.

use super::SOON;
use crate::kit::{self, Kit};
use crate::panel;
use crate::report::Scribe;
use anyhow::Result;
use room_api::{Joinable, Phase};
use serde_json::json;
use std::time::Duration;

/// The daemon reads the calendar each ten seconds.
const READ_WITHIN: Duration = Duration::from_secs(16);

pub(super) async fn daemon_up(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("daemon-up");
    kit::healthy(kit.ports, SOON).await?;
    scribe.seen("the daemon says that its loop turns");
    Ok(())
}

pub(super) async fn panel(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("panel");
    let wanted = "a panel with camera head and table button connected";
    let room = kit
        .panel
        .until(wanted, SOON, |state| {
            let head = state
                .heads
                .iter()
                .any(|head| head.state == room_api::HeadState::Still);
            let button = state.buttons.iter().any(|button| button.here);
            match head && button {
                true => Ok(state.room.clone()),
                false => Err(format!(
                    "heads {:?}, buttons {:?}",
                    state.heads, state.buttons
                )),
            }
        })
        .await?;
    scribe.seen(format!(
        "the panel shows \"{room}\", its camera head and its table button"
    ));
    Ok(())
}

pub(super) async fn announced(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("announced");
    let wanted = "the meeting announced, to be joined by itself at its time";
    let begins = kit.begins.timestamp_millis();
    let joins_at = kit
        .panel
        .until(wanted, READ_WITHIN, |state| {
            let ours = state.current.as_ref().filter(|m| m.start_ms == begins);
            let joinable = ours.is_some_and(|m| matches!(m.joinable, Joinable::Yes { .. }));
            match state.phase {
                Phase::Announced {
                    joins_at_ms: Some(at),
                    ..
                } if joinable => Ok(at),
                _ => Err(panel::words(state)),
            }
        })
        .await?;
    anyhow::ensure!(
        joins_at == begins,
        "the room wants to join {} ms beside the meeting's start",
        joins_at - begins
    );
    scribe.counted(
        "the panel announces the meeting",
        json!({"begins_in_ms": begins - now_ms()}),
    );
    Ok(())
}

pub(super) async fn warm(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("warm");
    let left = u64::try_from(kit.begins.timestamp_millis() - now_ms()).unwrap_or(0);
    let limit = Duration::from_millis(left);
    let wanted = "the conference's page prepared before the meeting's time";
    kit.panel
        .until(wanted, limit, |state| match state.phase {
            Phase::Announced { warm: true, .. } => Ok(()),
            _ => Err(panel::words(state)),
        })
        .await?;
    let left = kit.begins.timestamp_millis() - now_ms();
    let nobody = kit.remote.counts().await?;
    anyhow::ensure!(
        !nobody.there,
        "the room is in the conference before its time"
    );
    scribe.counted(
        "the page is prepared; the far end does not see the room yet",
        json!({"before_start_ms": left}),
    );
    Ok(())
}

pub(super) fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
