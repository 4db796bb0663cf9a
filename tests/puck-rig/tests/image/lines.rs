//! The line to the host: two wires instead of USB, a host of another build, a clock that runs otherwise.

use crate::common::{Host, MS, SESSION, face, is_amber, is_green, is_red, kit};
use puck_rig::{Build, Said};
use std::time::Duration;
use wire::{
    Frame, HostHello, HostToPuck, Key, KeyKind, Mic, PuckToHost, Ring, SCHEMA, Text, WIRE_VERSION,
};

#[tokio::test]
async fn two_wires_carry_the_same_as_usb() {
    let Some(kit) = kit(Build::OledUart) else {
        return;
    };
    let mut host = Host::open(&kit, Build::OledUart).await;
    host.show(face(Ring::Red, Mic::Closed)).await;
    host.live(100 * MS).await;
    assert!(is_red(&host.rings().pop().unwrap().1));
    host.forget();
    let pressed = host.now;
    host.key(Key::Mute, true, &[]).await;
    host.run(60 * MS).await;
    assert_eq!(host.keys(), [(Key::Mute, KeyKind::Short, 1)]);
    let key = |said: &PuckToHost| matches!(said, PuckToHost::Key { .. });
    let (sent, _) = host.frames.iter().find(|(_, said)| key(said)).unwrap();
    println!("edge to frame on two wires {:?}", *sent - pressed);
    assert!(*sent - pressed <= 8 * MS, "{:?}", *sent - pressed);
    host.say(&HostToPuck::Heard { count: 1 }).await;
    host.show(face(Ring::Green, Mic::Open)).await;
    host.live(2000 * MS).await;
    assert!(is_green(&host.rings().pop().unwrap().1), "in step for long");
    let beats = host
        .frames
        .iter()
        .filter(|(_, said)| *said == PuckToHost::Alive);
    assert!((3..=5).contains(&beats.count()), "{:?}", host.frames);
    host.run(1600 * MS).await;
    assert!(is_amber(&host.rings().pop().unwrap().1), "silence is named");
}

#[tokio::test]
async fn noise_on_two_wires_costs_what_it_hits_and_nothing_more() {
    let Some(kit) = kit(Build::OledUart) else {
        return;
    };
    let mut host = Host::open(&kit, Build::OledUart).await;
    let noise: Vec<u8> = (0..600u32).map(|n| ((n * 7919) >> 3) as u8).collect();
    host.bytes(&noise).await;
    host.bytes(&[0]).await;
    host.show(face(Ring::Red, Mic::Closed)).await;
    host.run(120 * MS).await;
    assert!(is_red(&host.rings().pop().unwrap().1));
}

/// Said with a true checksum, as builds would that know more, or something else.
fn frame(plain: &[u8]) -> Vec<u8> {
    let sum = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(plain);
    let mut whole = plain.to_vec();
    whole.extend(sum.to_le_bytes());
    let mut stuffed = vec![0; 2 * whole.len() + 2];
    let used = cobs::encode(&whole, &mut stuffed);
    stuffed.truncate(used);
    stuffed.insert(0, 0);
    stuffed.push(0);
    stuffed
}

#[tokio::test]
async fn a_host_of_a_newer_or_an_older_build_is_understood_as_far_as_both_go() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::start(&kit, Build::Oled).await;
    host.run(200 * MS).await;
    for (session, schema, hash) in [
        (81, SCHEMA + 1, 0x0bad_cafe),
        (82, 1, 0x0123_4567),
        (83, SCHEMA, 0x0bad_cafe),
    ] {
        host.forget();
        let hello = HostHello {
            schema,
            hash,
            ..HostHello::new(session)
        };
        host.say(&HostToPuck::Hello(hello)).await;
        host.run(50 * MS).await;
        let answer = host.frames.iter().find_map(|(_, said)| match said {
            PuckToHost::Hello(hello) if hello.session == session => Some(*hello),
            _ => None,
        });
        let answer = answer.expect("both sides say what they are");
        assert_eq!((answer.schema, answer.hash), (SCHEMA, wire::schema_hash()));
        // A variant that only the newer one knows, and an older one's way to show things.
        host.bytes(&frame(&[40, 1, 2, 3])).await;
        host.say(&HostToPuck::Show(face(Ring::Red, Mic::Closed).plain()))
            .await;
        host.run(100 * MS).await;
        assert!(is_red(&host.rings().pop().unwrap().1), "schema {schema}");
        host.key(Key::Mute, true, &[]).await;
        host.run(60 * MS).await;
        let (_, kind, count) = host.keys()[0];
        assert_eq!(kind, KeyKind::Short);
        host.say(&HostToPuck::Heard { count }).await;
        host.key(Key::Mute, false, &[]).await;
        host.show(face(Ring::Off, Mic::Closed)).await;
        host.run(100 * MS).await;
    }
}

#[tokio::test]
async fn a_host_of_another_wire_is_refused_in_words_and_in_amber() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    host.show(face(Ring::Green, Mic::Open)).await;
    host.run(100 * MS).await;
    host.forget();
    host.bytes(&frame(&[0, WIRE_VERSION + 1, 9, 9, 9, 9])).await;
    host.run(200 * MS).await;
    let hello = host.frames.iter().any(
        |(_, said)| matches!(said, PuckToHost::Hello(hello) if hello.wire_version == WIRE_VERSION),
    );
    assert!(hello, "it says what it speaks: {:?}", host.frames);
    let (_, ring) = host.rings().pop().unwrap();
    assert!(is_amber(&ring) && !is_green(&ring), "{ring:?}");
    assert!(host.first(|said| matches!(said, Said::Drawn(..))).is_some());
    host.forget();
    host.key(Key::Mute, true, &[]).await;
    host.run(60 * MS).await;
    assert_eq!(
        host.keys(),
        [],
        "nothing is asked of whom it does not understand"
    );
}

/// Half a percent is a bad crystal; five percent is none at all. The host keeps its own time.
#[tokio::test]
async fn a_clock_that_runs_otherwise_keeps_the_link_and_its_promises() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    for rate in [0.95, 1.05] {
        let mut host = Host::skewed(&kit, Build::Oled, rate).await;
        host.show(face(Ring::Green, Mic::Open)).await;
        for _ in 0..5 {
            host.say(&HostToPuck::Alive).await;
            host.run(wire_ms(wire::ALIVE_EVERY_MS)).await;
        }
        let rings = host.rings();
        assert!(
            rings.iter().all(|(_, c)| is_green(c)),
            "at {rate}: {rings:?}"
        );
        host.forget();
        host.key(Key::Main, true, &[300, 120, 700, 90]).await;
        host.live(2150 * MS).await;
        assert_eq!(host.keys(), [(Key::Main, KeyKind::Long, 1)], "at {rate}");
        host.say(&HostToPuck::Heard { count: 1 }).await;
        host.key(Key::Main, false, &[]).await;
        host.live(300 * MS).await;
        host.forget();
        host.say(&HostToPuck::Alive).await;
        let silent = host.now;
        host.run(1700 * MS).await;
        let rings = host.rings();
        let turned = rings.iter().find(|(_, c)| !is_green(c)).expect("named");
        let after = (turned.0 - silent).mul_f64(rate);
        assert!(
            (1400 * MS..=1500 * MS).contains(&after),
            "{after:?} of its own at {rate}"
        );
    }
}

/// As on a paced rig, where no turn is as long as another.
#[tokio::test]
async fn a_clock_that_runs_otherwise_stands_at_no_odd_moment() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    for rate in [0.96, 1.04] {
        let mut host = Host::skewed(&kit, Build::Oled, rate).await;
        for odd in 0..400 {
            host.run(Duration::from_micros(901 + 7 * odd)).await;
        }
        let beats = host
            .frames
            .iter()
            .filter(|(_, said)| *said == PuckToHost::Alive);
        assert!(beats.count() > 0, "at {rate}");
    }
}

/// Beyond what a UART bears, its bytes are noise, which is the same as silence.
#[tokio::test]
async fn two_wires_bear_a_clock_that_is_two_percent_off() {
    let Some(kit) = kit(Build::OledUart) else {
        return;
    };
    for (rate, bears) in [(0.98, true), (1.02, true), (1.06, false)] {
        let mut host = Host::skewed(&kit, Build::OledUart, rate).await;
        host.show(face(Ring::Red, Mic::Closed)).await;
        host.live(300 * MS).await;
        let shown = host.rings().iter().any(|(_, c)| is_red(c));
        assert_eq!(shown, bears, "at {rate}");
    }
}

#[tokio::test]
async fn a_bouncing_press_without_a_host_is_amber_at_once_and_named_and_never_sent_later() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    for key in [Key::Main, Key::Mute] {
        let mut host = Host::open(&kit, Build::Oled).await;
        host.show(face(Ring::Green, Mic::Open)).await;
        // Its blinking is in the dark part of a second.
        host.run(2400 * MS).await;
        let bounce = [300, 120, 700, 90, 1500, 200];
        let rest = host.now + Duration::from_micros(bounce.iter().sum());
        host.forget();
        host.key(key, true, &bounce).await;
        host.run(60 * MS).await;
        let rings = host.rings();
        // Of a key that still bounces nothing is known.
        assert!(rings.iter().all(|(at, _)| *at > rest), "{key:?}: {rings:?}");
        let lit = rings.iter().find(|(_, c)| is_amber(c)).map(|(at, _)| *at);
        let lit = lit.unwrap_or_else(|| panic!("{key:?}: {rings:?}"));
        println!("{key:?}: edge to amber {:?}", lit.saturating_sub(rest));
        assert!(lit <= rest + 20 * MS, "{key:?}: {:?}", lit - rest);
        assert!(rings.iter().all(|(_, c)| !is_green(c)));
        assert!(host.first(|said| matches!(said, Said::Drawn(..))).is_some());
        host.key(key, false, &bounce).await;
        host.run(100 * MS).await;
        host.forget();
        host.greet(SESSION + 1).await;
        host.live(1200 * MS).await;
        assert_eq!(host.keys(), [], "{key:?}");
    }
}

fn wire_ms(n: u32) -> Duration {
    Duration::from_millis(n.into())
}

/// Doubled, split and damaged on the way from the button's own promise: a press is one, however often it is said.
#[tokio::test]
async fn a_press_that_nobody_hears_is_said_again_and_given_up_in_words() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let mut host = Host::open(&kit, Build::Oled).await;
    host.show(face(Ring::Green, Mic::Open)).await;
    host.live(100 * MS).await;
    host.forget();
    host.key(Key::Mute, true, &[]).await;
    host.live(900 * MS).await;
    let said = host
        .frames
        .iter()
        .filter(|(_, m)| matches!(m, PuckToHost::Key { count: 1, .. }));
    assert!((7..=10).contains(&said.count()));
    assert_eq!(host.keys().len(), 1);
    host.live(300 * MS).await;
    assert!(is_amber(&host.rings().pop().unwrap().1), "not confirmed");
    let doubled = Frame::of(&HostToPuck::Heard { count: 1 }).unwrap();
    host.bytes(doubled.bytes()).await;
    host.bytes(doubled.bytes()).await;
    host.live(3300 * MS).await;
    assert!(is_green(&host.rings().pop().unwrap().1));
    assert_eq!(host.troubles(), Vec::<Text>::new());
}
