//! In the call: joined dark and silent, then opened and closed by presses, each counted at the far end.

use super::start::now_ms;
use super::{Arrived, SILENCE, SOON, in_call, is, observe};
use crate::button::Key;
use crate::kit::Kit;
use crate::panel;
use crate::remote::{FromRoom, words};
use crate::report::Scribe;
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use emulators::picture::hue_distance;
use room_api::{PressRequest, Switch};
use serde_json::json;
use std::time::{Duration, Instant};

/// From the meeting's time to the room's arrival at the far end.
const ARRIVES_WITHIN: Duration = Duration::from_secs(8);
/// The camera's picture goes through a codec; its hue may move by so many degrees on the way.
const HUE_TOLERANCE: f64 = 14.0;

pub(super) async fn joined(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("joined");
    let left = u64::try_from(kit.begins.timestamp_millis() - now_ms()).unwrap_or(0);
    let limit = Duration::from_millis(left) + ARRIVES_WITHIN;
    let connected = |counts: &FromRoom| counts.there && counts.connection == "connected";
    let seen = kit
        .remote
        .until("the room at the far end, connected", limit, connected)
        .await?;
    let late = now_ms() - kit.begins.timestamp_millis();
    ensure!(
        late >= 0,
        "the room joined {} ms before the meeting's time",
        -late
    );
    kit.panel
        .until("the panel in the call", SOON, in_call)
        .await?;
    scribe.counted(
        "the room joined by itself at its time; the far end let it in from the lobby",
        json!({"after_start_ms": late, "admitted": seen.admitted}),
    );
    Ok(())
}

pub(super) async fn dark_and_silent(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("dark-and-silent");
    nothing_arrives(kit).await?;
    panel_and_button_closed(kit).await?;
    scribe.counted(
        "not one packet of sound or picture from the room; panel and button say closed",
        json!({"observed_ms": SILENCE.as_millis() as u64, "audio_packets": 0, "video_packets": 0}),
    );
    Ok(())
}

/// Not one packet during the window, counted from nothing.
pub(super) async fn nothing_arrives(kit: &Kit) -> Result<()> {
    observe(kit, SILENCE, |counts, _| {
        let silent = counts.there && counts.audio_packets == 0 && counts.video_packets == 0;
        ensure!(silent, "the room is not dark and silent: {}", words(counts));
        Ok(())
    })
    .await?;
    Ok(())
}

pub(super) async fn panel_and_button_closed(kit: &Kit) -> Result<()> {
    kit.panel
        .until("microphone and camera closed at the panel", SOON, |state| {
            in_call(state)?;
            is(state, state.mic, Switch::Closed)?;
            is(state, state.camera, Switch::Closed)
        })
        .await?;
    kit.button
        .until("a red ring", SOON, |button| {
            button.ring == "red" && button.mic == "closed"
        })
        .await?;
    Ok(())
}

pub(super) async fn microphone_open(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("microphone-open");
    let before = kit.remote.counts().await?;
    let pressed = Instant::now();
    kit.button.tap(Key::Mute).await?;
    let ring = kit.button.until("a green ring", SOON, |b| {
        b.ring == "green" && b.mic == "open"
    });
    ring.await?;
    let lit = pressed.elapsed();
    kit.panel
        .until("the microphone open at the panel", SOON, |s| {
            is(s, s.mic, Switch::Open)
        })
        .await?;
    let heard = |counts: &FromRoom| {
        counts.audio_packets > before.audio_packets + 25
            && counts.audio_energy > before.audio_energy + 1e-4
    };
    let after = kit
        .remote
        .until("the room's voice at the far end", SOON, heard)
        .await?;
    ensure!(
        after.video_packets == before.video_packets,
        "the microphone's press opened the camera, too"
    );
    scribe.counted(
        "a press on the table button opened the microphone; the far end hears the room",
        json!({
            "press_to_ring_ms": millis(lit),
            "audio_packets": after.audio_packets - before.audio_packets,
            "audio_energy": after.audio_energy - before.audio_energy,
        }),
    );
    Ok(())
}

pub(super) async fn camera_open(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("camera-open");
    let before = kit.remote.counts().await?;
    kit.panel
        .press(&PressRequest::Camera { to: Switch::Open })
        .await?;
    kit.panel
        .until("the camera open at the panel", SOON, |s| {
            is(s, s.camera, Switch::Open)
        })
        .await?;
    let seen = |counts: &FromRoom| counts.frames > before.frames + 20;
    let after = kit
        .remote
        .until("the room's picture at the far end", SOON, seen)
        .await?;
    let hue = far_end_shows_the_camera(kit).await?;
    scribe.counted(
        "a press on the panel opened the camera; the far end sees what the head looks at",
        json!({"frames": after.frames - before.frames, "hue": hue.round()}),
    );
    Ok(())
}

/// The colour at the far end is that of the direction the head looks to.
pub(super) async fn far_end_shows_the_camera(kit: &Kit) -> Result<f64> {
    let wanted = "the head's direction as a colour at the far end";
    let hue = until(wanted, SOON, async || {
        let head = kit
            .camera
            .state()
            .await
            .map_err(|error| format!("{error:#}"))?;
        let seen = kit
            .remote
            .hue()
            .await
            .map_err(|error| format!("{error:#}"))?;
        let seen = seen.ok_or("no colour")?;
        if hue_distance(seen, head.hue()) <= HUE_TOLERANCE {
            Ok(seen)
        } else {
            Err(format!("hue {seen:.0}, at the head {:.0}", head.hue()))
        }
    });
    Ok(hue.await?)
}

pub(super) async fn room_hears_and_sees(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("room-hears-and-sees");
    kit.panel
        .until(
            "sound and picture from the far end in the room",
            SOON,
            |state| match &state.media {
                Some(media) if media.audio_in && media.video_in && state.people == Some(1) => {
                    Ok(())
                }
                other => Err(format!("{other:?}, {}", panel::words(state))),
            },
        )
        .await?;
    scribe.seen("the room counts sound and picture of one other person");
    Ok(())
}

/// For people: what is on the wall and on the table at the same moment. Of the emulated button there are no lights to be seen.
pub(super) async fn side_by_side(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    if kit.button.lights().await?.is_empty() {
        return Ok(());
    }
    scribe.next("side-by-side");
    let looker = &kit.looker;
    let both = looker
        .beside(&kit.remote, &kit.button, kit.language)
        .await?;
    let name = format!("panel-and-button-{}.png", kit.language.code());
    let file = kit.pictures.join(name);
    std::fs::write(&file, both).with_context(|| format!("writing {}", file.display()))?;
    scribe.seen(format!(
        "panel and table button side by side: {}",
        file.display()
    ));
    Ok(())
}

pub(super) async fn microphone_closed(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("microphone-closed");
    kit.button.tap(Key::Mute).await?;
    kit.button
        .until("a red ring", SOON, |b| b.ring == "red" && b.mic == "closed")
        .await?;
    kit.panel
        .until("the microphone closed at the panel", SOON, |s| {
            is(s, s.mic, Switch::Closed)
        })
        .await?;
    let closed = kit
        .remote
        .until("the room's microphone closed at the far end", SOON, |c| {
            c.says_mic == "closed"
        });
    let closed = closed.await?;
    // Packets that were under way may still arrive; then none.
    let settled = observe(kit, Duration::from_millis(300), |_, _| Ok(())).await?;
    let after = observe(kit, SILENCE, |counts, _| {
        let audio = Arrived::between(&settled, counts).audio;
        ensure!(
            audio == 0,
            "{audio} more packets of sound after the microphone closed"
        );
        Ok(())
    })
    .await?;
    let video = Arrived::between(&settled, &after).video;
    ensure!(
        video > 0,
        "the camera's picture stopped with the microphone"
    );
    scribe.counted(
        "a second press closed it; sound stops at the far end, the picture goes on",
        json!({
            "late_audio_packets": Arrived::between(&closed, &settled).audio,
            "audio_packets": 0,
            "video_packets": video,
        }),
    );
    Ok(())
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
