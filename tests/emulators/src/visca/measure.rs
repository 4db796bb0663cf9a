//! How long a stop takes from the order to the wire, while a drive frame is still on it.
//! Knows the camera's end only; whoever calls brings the driver.

use super::log::FrameKind;
use super::server::CameraHandle;
use anyhow::{Result, bail, ensure};
use room_core::effect::HeadCommand;
use room_core::event::Drive;
use room_core::units::Speed;
use serde::Serialize;
use std::time::Duration;

/// For one round's events to come.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between rounds: the driver looks after the head in its own time.
const REST: Duration = Duration::from_millis(150);

/// Milliseconds from the order to the wire.
#[derive(Debug, Clone, Serialize)]
pub struct StopReport {
    /// How often it was measured.
    pub rounds: usize,
    /// To the first bit of the stop frame.
    pub first_bit_ms: Spread,
    /// To its last bit: the camera has the whole frame.
    pub last_bit_ms: Spread,
}

/// Where most values lie.
#[derive(Debug, Clone, Serialize)]
pub struct Spread {
    /// The middle one.
    pub p50: f64,
    /// All but one of a hundred are no larger.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    fn of(mut values: Vec<Duration>) -> Spread {
        values.sort();
        let at = |share: f64| {
            let index = (share * values.len() as f64).ceil() as usize;
            let value = values
                .get(index.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            (value.as_secs_f64() * 1_000_000.0).round() / 1000.0
        };
        Spread {
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

/// Orders a drive, waits until its frame is on the wire, orders a stop at another phase each round, and reads both times
/// from the camera's log. The camera must be paced by a baud rate, the driver must be online.
/// Rounds in which this process was too slow to order the stop in time are repeated.
///
/// # Errors
/// A frame does not come at all, or the machine is too busy to measure.
pub async fn stop_on_wire(
    camera: &CameraHandle,
    rounds: usize,
    mut send: impl FnMut(HeadCommand),
) -> Result<StopReport> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for attempt in 0..rounds * 4 {
        if let Some(frame) = one_stop(camera, attempt, &mut send).await? {
            first.push(frame.0);
            last.push(frame.1);
        }
        let stands = camera.wait(PATIENCE, |camera| !camera.is_moving()).await;
        ensure!(stands, "the head did not stop in attempt {attempt}");
        if first.len() == rounds {
            break;
        }
        tokio::time::sleep(REST).await;
    }
    ensure!(
        first.len() == rounds,
        "only {} of {rounds} rounds could be measured",
        first.len()
    );
    Ok(StopReport {
        rounds,
        first_bit_ms: Spread::of(first),
        last_bit_ms: Spread::of(last),
    })
}

/// One drive and its stop: times to the first and last bit, or nothing when the drive had left the wire before the order.
async fn one_stop(
    camera: &CameraHandle,
    attempt: usize,
    send: &mut impl FnMut(HeadCommand),
) -> Result<Option<(Duration, Duration)>> {
    let speed = if attempt.is_multiple_of(2) { 40 } else { -40 };
    let drive = Drive {
        pan: Speed::new(speed),
        ..Drive::default()
    };
    let already = camera.total();
    let came = |camera: &CameraHandle, kind| {
        camera
            .frames_since(already)
            .into_iter()
            .find(|frame| frame.kind == kind)
    };
    let on_wire = |camera: &CameraHandle| {
        camera
            .arriving()
            .windows(3)
            .any(|part| part == [0x01, 0x06, 0x01])
    };
    send(HeadCommand::Drive {
        drive,
        limit: Duration::from_secs(5),
    });
    let sent = |camera: &CameraHandle| on_wire(camera) || came(camera, FrameKind::Drive).is_some();
    ensure!(
        camera.wait(PATIENCE, sent).await,
        "no drive frame came in attempt {attempt}"
    );
    tokio::time::sleep(Duration::from_millis(attempt as u64 % 8)).await;
    let ordered = camera.elapsed();
    let in_flight = came(camera, FrameKind::Drive).is_none();
    send(HeadCommand::Stop);
    camera
        .wait(PATIENCE, |camera| came(camera, FrameKind::Stop).is_some())
        .await;
    let Some(stop) = came(camera, FrameKind::Stop) else {
        bail!("no stop frame came in attempt {attempt}");
    };
    let taken = |at: Duration| at.saturating_sub(ordered);
    Ok(in_flight.then(|| (taken(stop.first), taken(stop.last))))
}
