//! A stop at 9600 baud with a drive frame on the wire: from the order to its first and last bit.

use anyhow::{Context, Result};
use drv_ptz::{HeadConfig, HeadModel, LineConfig, channel, supervise};
use emulators::visca::{CameraServer, Options, stop_on_wire};
use room_core::event::{Event, HeadSeen};
use room_core::ids::{HeadId, RequestId};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

const BAUD: u32 = 9600;
/// Nine bytes of drive and nine of stop, ten bits each: no driver can be faster once the drive has begun.
const WIRE_ALONE_MS: f64 = 18.0 * 10.0 * 1000.0 / 9600.0;

pub async fn on_the_wire(rounds: usize) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let link = folder.path().join("ptz");
    let camera = CameraServer::start(Options {
        link: link.clone(),
        baud: Some(BAUD),
    })?;
    let head = HeadConfig {
        id: HeadId::new("front"),
        address: 1,
        model: HeadModel::COMMON,
    };
    let config = LineConfig::serial(link, BAUD, head);
    let (head, inbox) = channel();
    let (out, mut events) = mpsc::channel(64);
    tokio::spawn(supervise(config, inbox, out));
    let ready = async {
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Head(_, HeadSeen::At { .. })) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), ready)
        .await
        .context("the head does not come up")?;
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let mut request = 0;
    let report = stop_on_wire(&camera, rounds, |command| {
        request += 1;
        head.send(RequestId(request), command);
    })
    .await?;
    Ok(json!({
        "rounds": report.rounds,
        "wire_alone": WIRE_ALONE_MS,
        "first_bit": { "p50": report.first_bit_ms.p50, "p99": report.first_bit_ms.p99 },
        "last_bit": { "p50": report.last_bit_ms.p50, "p99": report.last_bit_ms.p99, "max": report.last_bit_ms.max },
    }))
}
