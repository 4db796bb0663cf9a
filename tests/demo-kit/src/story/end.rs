//! After the call: the room is gone from the far end, and the next meeting is shown.

use super::SOON;
use super::call::millis;
use crate::button::Key;
use crate::kit::Kit;
use crate::panel;
use crate::remote::{FromRoom, words};
use crate::report::Scribe;
use anyhow::{Result, ensure};
use room_api::{Joinable, Phase};
use serde_json::json;
use tokio::time::Instant;

pub(super) async fn left(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("left");
    let before = kit.remote.counts().await?;
    ensure!(
        before.there,
        "the room is not at the far end: {}",
        words(&before)
    );
    hold_and_leave(kit, &before).await?;
    scribe.seen("the table button's big key was held, and the room left; the far end sees it gone");
    Ok(())
}

/// The room is free, its meeting still runs: the big key joins it again.
pub(super) async fn pressed_in_and_out(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("pressed-in-and-out");
    let pressed = Instant::now();
    kit.button.tap(Key::Main).await?;
    let connected = |counts: &FromRoom| counts.there && counts.connection == "connected";
    let inside = kit
        .remote
        .until("the room at the far end again, connected", SOON, connected)
        .await?;
    let joined = pressed.elapsed();
    kit.button
        .until("a red ring", SOON, |b| b.ring == "red")
        .await?;
    hold_and_leave(kit, &inside).await?;
    scribe.counted(
        "a short press of the big key brought the room back in, with a red ring; a long one out again",
        json!({"press_to_far_end_ms": millis(joined)}),
    );
    Ok(())
}

async fn hold_and_leave(kit: &Kit, before: &FromRoom) -> Result<()> {
    kit.button.hold(Key::Main).await?;
    let gone = |c: &FromRoom| c.seats < before.seats && c.pc != before.pc;
    kit.remote
        .until("the room gone at the far end", SOON, gone)
        .await?;
    kit.panel
        .until("the panel out of the call", SOON, |state| {
            match state.phase {
                Phase::Standby {} | Phase::Announced { .. } => Ok(()),
                _ => Err(panel::words(state)),
            }
        })
        .await?;
    kit.button
        .until("a ring that is neither red nor green", SOON, |b| {
            b.ring != "red" && b.ring != "green"
        })
        .await?;
    Ok(())
}

pub(super) async fn next_meeting(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("next-meeting");
    let first = kit.begins.timestamp_millis();
    let starts = kit
        .panel
        .until(
            "the next meeting at the panel, with a button",
            SOON,
            |state| {
                let next = state.meetings.iter().find(|m| m.start_ms > first);
                match next {
                    Some(next) if matches!(next.joinable, Joinable::Yes { .. }) => {
                        Ok(next.start_ms)
                    }
                    _ => Err(format!(
                        "{} meetings, {}",
                        state.meetings.len(),
                        panel::words(state)
                    )),
                }
            },
        )
        .await?;
    let display = kit.panel.display().await?;
    ensure!(
        display.starts_with(b"\x89PNG") && display.len() > 5_000,
        "the main display shows nothing"
    );
    scribe.counted(
        "the panel shows the next meeting, the main display its page",
        json!({"after_first_ms": starts - first}),
    );
    Ok(())
}
