//! A broker that lets the server in, takes everything and acknowledges nothing: it costs little, holds up nobody, and is given up.

use crate::common::Rig;
use crate::{failed, set, until};
use fleetd::bridge::Bridge;
use fleetd::people::Role;
use fleetd::rooms::{Certificate, Room};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;

const ROOMS: usize = 300;
/// Sixteen messages, each smaller than this.
const MOST: usize = 16 * 6_000;

/// How many bytes it was sent on its first connection.
async fn broker() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("mqtt://{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut chunk = [0; 4096];
        assert!(stream.read(&mut chunk).await.unwrap() > 0);
        stream.write_all(&[0x20, 3, 0, 0, 0]).await.unwrap();
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            counted.fetch_add(count, Ordering::Relaxed);
        }
    });
    (at, taken)
}

fn room(number: usize) -> Room {
    Room {
        id: format!("saal-{number}").parse().unwrap(),
        name: format!("Saal {number}").as_str().into(),
        place: Default::default(),
        ring: Default::default(),
        enrolled_ms: 0,
        certificate: Certificate {
            serial: "01".to_owned(),
            ends_s: 2_000_000_000,
        },
        next: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_broker_that_acknowledges_nothing_costs_a_few_messages_and_holds_up_nobody() {
    let rig = Rig::start().await;
    for number in 0..ROOMS {
        rig.fleet.roster.place(&rig.fleet.tenant, room(number));
    }
    let (at, taken) = broker().await;
    let bridge = Bridge {
        broker: at,
        ..Bridge::empty()
    };
    let admin = rig.person("chief", Role::Admin, None).await;
    set(&rig, &bridge).await;
    until("it is sent something", async || {
        taken.load(Ordering::Relaxed) > 1_000
    })
    .await;
    let longest = Cell::new(Duration::ZERO);
    until("it is given up", async || {
        // Rooms go on to change, and people to look.
        rig.fleet.roster.place(&rig.fleet.tenant, room(0));
        let begun = Instant::now();
        admin.page("/rooms").await;
        longest.set(longest.get().max(begun.elapsed()));
        failed(&rig).await.as_deref() == Some("silent")
    })
    .await;
    let sent = taken.load(Ordering::Relaxed);
    assert!(sent < MOST, "{sent} bytes, of {ROOMS} rooms");
    assert!(longest.get() < Duration::from_secs(10), "{longest:?}");
}
