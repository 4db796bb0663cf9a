//! How long a stop takes from the order to the wire, while a drive frame is still on it.
//! Knows the camera's end only; whoever calls brings the driver.

use super::log::FrameKind;
use super::server::CameraHandle;
use anyhow::{Result, ensure};
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
///
/// # Errors
/// A frame does not come at all.
pub async fn stop_on_wire(
    camera: &CameraHandle,
    rounds: usize,
    mut send: impl FnMut(HeadCommand),
) -> Result<StopReport> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let speed = if round % 2 == 0 { 40 } else { -40 };
        let drive = Drive {
            pan: Speed::new(speed),
            ..Drive::default()
        };
        let already = camera.total();
        send(HeadCommand::Drive {
            drive,
            limit: Duration::from_secs(5),
        });
        let on_wire = |camera: &CameraHandle| {
            camera
                .arriving()
                .windows(3)
                .any(|part| part == [0x01, 0x06, 0x01])
        };
        ensure!(
            camera.wait(PATIENCE, on_wire).await,
            "no drive frame came in round {round}"
        );
        tokio::time::sleep(Duration::from_millis(round as u64 % 8)).await;
        let ordered = camera.elapsed();
        send(HeadCommand::Stop);
        let stop = |camera: &CameraHandle| {
            camera
                .frames_since(already)
                .into_iter()
                .find(|frame| frame.kind == FrameKind::Stop)
        };
        camera.wait(PATIENCE, |camera| stop(camera).is_some()).await;
        let Some(stop) = stop(camera) else {
            anyhow::bail!("no stop frame came in round {round}");
        };
        first.push(stop.first.saturating_sub(ordered));
        last.push(stop.last.saturating_sub(ordered));
        ensure!(
            camera.wait(PATIENCE, |camera| !camera.is_moving()).await,
            "the head did not stop"
        );
        tokio::time::sleep(REST).await;
    }
    Ok(StopReport {
        rounds,
        first_bit_ms: Spread::of(first),
        last_bit_ms: Spread::of(last),
    })
}
