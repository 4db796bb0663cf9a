//! The camera's head: presets and driving, seen as bytes at the camera, as a position, and as a picture far away.

use super::SOON;
use super::call::far_end_shows_the_camera;
use crate::camera::Seen;
use crate::kit::Kit;
use crate::report::Scribe;
use anyhow::{Context, Result, ensure};
use emulators::picture::hue_distance;
use room_api::{HeadState, PanelState, PressRequest};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const HEAD: &str = "front";
const PRESET: u8 = 1;
/// The finger rests on the pad for so long, and the pad says so each time.
const DRIVES: u32 = 6;
const DRIVE_EVERY: Duration = Duration::from_millis(150);

fn at(
    state: &PanelState,
    wanted: impl Fn(&room_api::Head) -> bool,
) -> Result<room_api::Position, String> {
    let head = state
        .heads
        .iter()
        .find(|head| head.id == HEAD)
        .ok_or("no such head")?;
    match head.position {
        Some(position) if wanted(head) => Ok(position),
        _ => Err(format!("{head:?}")),
    }
}

pub(super) async fn preset(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("preset");
    let before = kit.camera.state().await?;
    let number = PRESET;
    kit.panel
        .press(&PressRequest::HeadPreset {
            head: HEAD.to_owned(),
            number,
        })
        .await?;
    // VISCA: memory recall, 8x 01 04 3F 02 pp FF.
    let recall = format!("81 01 04 3F 02 {PRESET:02X} FF");
    let after = kit.camera.until(
        "the recall's bytes and the head at rest elsewhere",
        SOON,
        |seen| {
            heard(&before, seen, |frame| frame == recall).is_some()
                && !seen.moving
                && seen.at.pan != before.at.pan
        },
    );
    let after = after.await?;
    kit.panel
        .until("the preset at the panel", SOON, |s| {
            at(s, |h| {
                h.at_preset == Some(PRESET) && h.state == HeadState::Still
            })
        })
        .await?;
    ensure!(
        hue_distance(before.hue(), after.hue()) > 20.0,
        "the preset looks into the same direction as before"
    );
    let hue = far_end_shows_the_camera(kit).await?;
    scribe.counted(
        "a preset moved the head; bytes at the camera, position at the panel, another colour at the far end",
        json!({"bytes": recall, "hue_before": before.hue().round(), "hue_at_far_end": hue.round()}),
    );
    Ok(())
}

pub(super) async fn drive_and_stop(kit: &Kit, scribe: &mut Scribe) -> Result<()> {
    scribe.next("drive-and-stop");
    let before = kit.camera.state().await?;
    for _ in 0..DRIVES {
        let drive = PressRequest::HeadDrive {
            head: HEAD.to_owned(),
            pan: 60,
            tilt: 0,
            zoom: 0,
        };
        kit.panel.press(&drive).await?;
        sleep(DRIVE_EVERY).await;
    }
    let pressed = Instant::now();
    kit.panel
        .press(&PressRequest::HeadStop {
            head: HEAD.to_owned(),
        })
        .await?;
    // VISCA: pan and tilt drive, 8x 01 06 01 vv ww 0p 0t FF; the stop has 03 03.
    let stopped = kit.camera.until(
        "the drive's and the stop's bytes, and the head at rest",
        SOON,
        |seen| {
            let drove = heard(&before, seen, |f| is_drive(f) && !is_stop(f));
            let stopped = heard(&before, seen, is_stop);
            drove.is_some() && stopped > drove && !seen.moving && seen.at.pan != before.at.pan
        },
    );
    let after = stopped.await?;
    let stopped_ms = u64::try_from(pressed.elapsed().as_millis())?;
    kit.panel
        .until("the head still at the panel", SOON, |s| {
            at(s, |h| h.state == HeadState::Still && h.at_preset.is_none())
        })
        .await?;
    let frames: Vec<_> = after
        .frames
        .get(before.frames.len()..)
        .context("the camera's log shrank")?
        .to_vec();
    let drives = frames
        .iter()
        .filter(|f| is_drive(&f.bytes) && !is_stop(&f.bytes))
        .count();
    scribe.counted(
        "held, the pad drives the head; let go, it stops",
        json!({"drive_frames": drives, "stop_press_to_rest_ms": stopped_ms, "pan_by_hundredths": after.at.pan - before.at.pan}),
    );
    Ok(())
}

/// Where in the log such a frame came last, after what was there before.
fn heard(before: &Seen, now: &Seen, is: impl Fn(&str) -> bool) -> Option<usize> {
    let fresh = now.frames.iter().enumerate().skip(before.frames.len());
    fresh
        .filter(|(_, frame)| is(&frame.bytes))
        .map(|(n, _)| n)
        .last()
}

fn is_drive(frame: &str) -> bool {
    frame.starts_with("81 01 06 01 ")
}

fn is_stop(frame: &str) -> bool {
    is_drive(frame) && frame.ends_with("03 03 FF")
}
