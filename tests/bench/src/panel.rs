//! From a finger on the panel to the panel showing the answer: one POST, one server-sent event.

use crate::spread;
use anyhow::{Result, ensure};
use demo_kit::kit::Kit;
use room_api::PressRequest;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

const BETWEEN_PRESSES: Duration = Duration::from_millis(40);

pub async fn answers(kit: &Kit, presses: usize) -> Result<Value> {
    let mut times = Vec::with_capacity(presses);
    for round in 0..presses {
        // Never the same twice in a row, or nothing would change.
        let percent = if round % 2 == 0 { 20 } else { 30 };
        let began = Instant::now();
        let press = PressRequest::Volume { percent };
        let answer = kit.panel.press(&press);
        let shown = kit
            .panel
            .until("the new volume", Duration::from_secs(2), |state| {
                match state.volume.seen == Some(percent) {
                    true => Ok(Instant::now()),
                    false => Err(format!("{:?}", state.volume)),
                }
            });
        let (answer, shown) = tokio::join!(answer, shown);
        answer?;
        times.push((shown? - began).as_secs_f64() * 1000.0);
        // Changes that come within a sixtieth of a second are shown as one; no finger presses so fast.
        tokio::time::sleep(BETWEEN_PRESSES).await;
    }
    ensure!(!times.is_empty(), "no press was made");
    Ok(spread(&times))
}
