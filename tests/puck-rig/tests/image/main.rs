//! What the real image does and how fast, measured in the chip's own time at its pins, its bus, its ring and its port.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "../common/mod.rs"]
mod common;
mod displays;
mod lines;
#[path = "../../../../firmware/puck-ui/tests/common/mod.rs"]
mod situations;

use common::{Host, MS, SESSION, face, is_amber, is_green, is_red, kit};
use puck_rig::{Build, Order, Said, Why};
use std::time::Duration;
use wire::{Frame, HostToPuck, Key, KeyKind, Mic, PuckToHost, Ring, Text};

/// As a worn key does, in microseconds between its edges.
const BOUNCE: [u64; 6] = [300, 120, 700, 90, 1500, 200];

#[tokio::test]
async fn the_host_finds_the_button_by_what_it_says_of_itself() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::start(&kit, Build::Oled).await;
    host.run(60 * MS).await;
    let found = Said::Usb(
        0x1209,
        0x0001,
        "Table button".to_owned(),
        "E661410403112233".to_owned(),
    );
    assert!(
        host.said.iter().any(|(_, said)| *said == found),
        "{:?}",
        host.said
    );
    host.greet(SESSION).await;
    let hello = host.frames.iter().find_map(|(_, frame)| match frame {
        PuckToHost::Hello(hello) if hello.session == SESSION => Some(*hello),
        _ => None,
    });
    let hello = hello.expect("an answer");
    let image = puck_image::Image::read(&std::fs::read(&kit.image).unwrap()).unwrap();
    let version = format!("roomd-puck {}", image.marker().version);
    assert_eq!(hello.firmware, Text::cut(&version));
    assert_eq!(hello.serial, Text::cut("E661410403112233"));
    assert_eq!(hello.hash, wire::schema_hash());
}

#[tokio::test]
async fn a_bouncing_key_is_one_press_on_the_line_within_eight_milliseconds_of_rest_and_felt_at_once()
 {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    let pressed = host.now;
    host.key(Key::Mute, true, &BOUNCE).await;
    host.run(60 * MS).await;
    let rest = pressed + Duration::from_micros(BOUNCE.iter().sum());
    assert_eq!(host.keys(), [(Key::Mute, KeyKind::Short, 1)]);
    let key = |said: &PuckToHost| matches!(said, PuckToHost::Key { .. });
    let (sent, _) = host.frames.iter().find(|(_, said)| key(said)).unwrap();
    let (lit, _) = host.rings().into_iter().next().expect("the ring answers");
    println!(
        "edge to frame {:?}, to light {:?}",
        *sent - rest,
        lit - rest
    );
    assert!(*sent - rest <= 8 * MS, "{:?}", *sent - rest);
    assert!(lit - rest <= 20 * MS, "{:?}", lit - rest);
    host.key(Key::Mute, false, &BOUNCE).await;
    host.run(60 * MS).await;
    assert_eq!(host.keys().len(), 1, "letting go is no press");
}

#[tokio::test]
async fn a_press_also_counts_while_the_display_is_redrawn() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    for n in 1..=4 {
        host.show(common::face(Ring::Red, Mic::Closed)).await;
        host.run(n * 3 * MS).await;
        let pressed = host.now;
        host.frames.clear();
        host.key(Key::Mute, true, &[]).await;
        host.run(40 * MS).await;
        let (sent, _) = host
            .frames
            .iter()
            .find(|(_, said)| matches!(said, PuckToHost::Key { .. }))
            .unwrap();
        assert!(*sent - pressed <= 8 * MS, "{:?}", *sent - pressed);
        host.say(&HostToPuck::Heard { count: n as u16 }).await;
        host.key(Key::Mute, false, &[]).await;
        host.show(common::face(Ring::Off, Mic::Closed)).await;
        host.run(60 * MS).await;
    }
}

#[tokio::test]
async fn a_long_press_is_told_while_the_key_is_held_and_fills_the_ring() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    host.key(Key::Main, true, &BOUNCE).await;
    host.live(1000 * MS).await;
    assert_eq!(host.keys(), []);
    let (_, half) = host.rings().pop().unwrap();
    let lit = half.iter().filter(|c| **c != [0; 3]).count();
    assert!((4..=8).contains(&lit), "{half:?}");
    host.live(1100 * MS).await;
    assert_eq!(host.keys(), [(Key::Main, KeyKind::Long, 1)]);
}

/// What was promised to people, counted from the last word of a host that was killed right after it, in the chip's own time.
const PROMISED: Duration = Duration::from_millis(1500);

/// When ring and display had both said it.
async fn named_after(kit: &puck_rig::Kit, build: Build) -> (Host, Duration, Duration) {
    let mut host = Host::open(kit, build).await;
    host.show(face(Ring::Green, Mic::Open)).await;
    let last_word = host.now;
    host.run(100 * MS).await;
    assert!(is_green(&host.rings().pop().unwrap().1));
    host.forget();
    host.run(2000 * MS).await;
    let rings = host.rings();
    let (turned, _) = rings
        .iter()
        .find(|(_, c)| !is_green(c))
        .expect("no longer green");
    assert!(rings.iter().all(|(at, c)| at < turned || !is_green(c)));
    assert!(rings.iter().any(|(_, c)| is_amber(c)), "{rings:?}");
    let drawn = host.said.iter().filter_map(|(_, said)| match said {
        Said::Drawn(_, to, _) => Some(*to),
        _ => None,
    });
    let (ring, words) = (*turned - last_word, drawn.max().unwrap() - last_word);
    println!("{build:?}: ring after {ring:?}, display after {words:?}");
    (host, ring, words)
}

#[tokio::test]
async fn a_dead_daemon_is_on_ring_and_display_within_a_second_and_a_half_and_the_next_in_step_at_once()
 {
    for build in [Build::Oled, Build::Tft] {
        let Some(kit) = kit(build) else {
            return;
        };
        let (mut host, ring, words) = named_after(&kit, build).await;
        // And not before a host that is only late had its time.
        assert!(
            (1400 * MS..=PROMISED).contains(&ring),
            "{build:?}: {ring:?}"
        );
        assert!(words <= PROMISED, "{build:?}: {words:?}");
        host.forget();
        host.key(Key::Mute, true, &[]).await;
        host.run(30 * MS).await;
        assert!(
            host.rings().iter().all(|(_, c)| is_amber(c)),
            "answered in amber"
        );
        host.key(Key::Mute, false, &[]).await;
        // Until what the finger was told has passed.
        host.run(3200 * MS).await;
        host.forget();
        let back = host.now;
        host.greet(SESSION + 1).await;
        assert_eq!(host.keys(), [], "a press without a host is void");
        host.show(face(Ring::Red, Mic::Closed)).await;
        host.run(300 * MS).await;
        let rings = host.rings();
        let (red, _) = rings.iter().find(|(_, c)| is_red(c)).expect("in step");
        println!("{build:?}: in step after {:?}", *red - back);
        assert!(*red - back <= 100 * MS, "{build:?}: {:?}", *red - back);
    }
}

#[tokio::test]
async fn damaged_split_and_doubled_bytes_change_nothing() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    let red = Frame::of(&HostToPuck::Face(face(Ring::Red, Mic::Closed))).unwrap();
    let mut noise: Vec<u8> = (0..400u32).map(|n| ((n * 7919) >> 3) as u8).collect();
    noise.extend(&red.bytes()[..red.bytes().len() / 2]);
    noise.push(0);
    host.bytes(&noise).await;
    host.run(50 * MS).await;
    assert!(!host.rings().iter().any(|(_, c)| is_red(c)));
    for byte in red.bytes() {
        host.bytes(&[*byte]).await;
        host.run(MS).await;
    }
    host.bytes(red.bytes()).await;
    host.run(50 * MS).await;
    assert!(is_red(&host.rings().pop().unwrap().1));
    let mut broken = Frame::of(&HostToPuck::Face(face(Ring::Green, Mic::Open)))
        .unwrap()
        .bytes()
        .to_vec();
    broken[9] ^= 0x20;
    host.forget();
    host.bytes(&broken).await;
    host.run(50 * MS).await;
    assert!(!host.rings().iter().any(|(_, c)| is_green(c)));
}

#[tokio::test]
async fn the_watchdog_starts_a_stuck_button_anew_and_it_says_so() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    let stuck = host.now;
    host.rig.order(&Order::Stall).await.unwrap();
    host.run(1200 * MS).await;
    let bitten = host.first(|said| *said == Said::Reset(Why::Timer)).unwrap();
    assert!(bitten - stuck <= 1050 * MS, "{:?}", bitten - stuck);
    host.forget();
    host.greet(SESSION + 1).await;
    host.run(100 * MS).await;
    assert_eq!(host.troubles(), [Text::cut("watchdog: nothing moved")]);
}

#[tokio::test]
async fn a_panic_is_kept_over_the_reset_and_told_once_in_a_session() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    let order = Order::Panic("a promise was broken".to_owned());
    host.rig.order(&order).await.unwrap();
    host.run(100 * MS).await;
    assert!(
        host.first(|said| *said == Said::Reset(Why::Forced))
            .is_some()
    );
    host.greet(SESSION + 1).await;
    host.live(1000 * MS).await;
    assert_eq!(
        host.troubles(),
        [Text::cut("rig.rs:1 a promise was broken")]
    );
    host.rig.order(&Order::Plug(false)).await.unwrap();
    host.rig.order(&Order::Plug(true)).await.unwrap();
    host.forget();
    host.run(200 * MS).await;
    host.greet(SESSION + 2).await;
    host.run(100 * MS).await;
    assert_eq!(host.troubles(), [], "power was taken: it is another start");
}

#[tokio::test]
async fn the_loader_is_entered_for_the_host_of_this_session_or_at_1200_baud() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    let session = SESSION + 9;
    host.say(&HostToPuck::Loader { session }).await;
    host.run(100 * MS).await;
    assert_eq!(
        host.first(|said| *said == Said::Loader),
        None,
        "another session's"
    );
    host.say(&HostToPuck::Loader { session: SESSION }).await;
    host.run(100 * MS).await;
    assert!(host.first(|said| *said == Said::Loader).is_some());
    let mut host = Host::open(&kit, Build::Oled).await;
    host.rig.order(&Order::Speed(9600)).await.unwrap();
    host.run(50 * MS).await;
    assert_eq!(host.first(|said| *said == Said::Loader), None);
    host.rig.order(&Order::Speed(1200)).await.unwrap();
    host.run(50 * MS).await;
    assert!(host.first(|said| *said == Said::Loader).is_some());
}
