//! Measures how long a stop takes from the order to the wire at 9600 baud while a drive frame is on it.
//! `cargo run -p drv-ptz --example stop_on_wire [ROUNDS]` prints one line of JSON.

use drv_ptz::{HeadConfig, HeadModel, LineConfig, channel, supervise};
use emulators::visca::{CameraServer, Options, stop_on_wire};
use room_core::event::{Event, HeadSeen};
use room_core::ids::{HeadId, RequestId};
use std::time::Duration;
use tokio::sync::mpsc;

const BAUD: u32 = 9600;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = std::env::args()
        .nth(1)
        .map_or(Ok(200), |text| text.parse())?;
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
    tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Head(_, HeadSeen::At { .. })) {
                return;
            }
        }
    })
    .await?;
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let mut request = 0;
    let report = stop_on_wire(&camera, rounds, |command| {
        request += 1;
        head.send(RequestId(request), command);
    })
    .await?;
    println!(
        "{{\"rounds\":{},\"first_bit_ms\":{{\"p50\":{},\"p99\":{},\"max\":{}}},\"last_bit_ms\":{{\"p50\":{},\"p99\":{},\"max\":{}}}}}",
        report.rounds,
        report.first_bit_ms.p50,
        report.first_bit_ms.p99,
        report.first_bit_ms.max,
        report.last_bit_ms.p50,
        report.last_bit_ms.p99,
        report.last_bit_ms.max
    );
    Ok(())
}
