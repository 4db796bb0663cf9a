//! Fingers on bouncing keys: what is pressed, when, and what the ring answers at once.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Sample, ms, puck, said, shown};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use proptest::prelude::*;
use puck_ui::{Glass, Key, KeyKind, Level, Puck, Tongue};
use std::time::Duration;
use wire::PuckToHost;

const START: Duration = Duration::from_secs(10);

fn ready() -> Puck {
    shown(Glass::Ssd1306, Sample::Live.face(Tongue::German), START)
}

fn at(n: u64) -> Duration {
    START + ms(n)
}

/// Presses said for the first time until then, with their times; the host confirms each at once.
fn presses(puck: &mut Puck, from: Duration, until: Duration) -> Vec<(Duration, Key, KeyKind)> {
    let mut all = Vec::new();
    let mut now = from;
    while now <= until {
        puck.tick(now);
        puck.heard(wire::HostToPuck::Alive, now);
        for message in said(puck, now) {
            if let PuckToHost::Key { key, kind, count } = message {
                all.push((now, key, kind));
                puck.heard(wire::HostToPuck::Heard { count }, now);
            }
        }
        now = puck.due(now);
    }
    all
}

#[test]
fn a_tap_of_the_big_key_is_said_five_milliseconds_after_its_release() {
    let mut puck = ready();
    puck.edge(Key::Main, Level::Down, at(0));
    assert_eq!(presses(&mut puck, at(0), at(149)), []);
    puck.edge(Key::Main, Level::Up, at(150));
    let got = presses(&mut puck, at(150), at(400));
    assert_eq!(got, [(at(155), Key::Main, KeyKind::Short)]);
}

#[test]
fn the_mute_key_is_said_five_milliseconds_after_its_touch() {
    let mut puck = ready();
    puck.edge(Key::Mute, Level::Down, at(0));
    let got = presses(&mut puck, at(0), at(3000));
    assert_eq!(
        got,
        [(at(5), Key::Mute, KeyKind::Short)],
        "however long it is held"
    );
    puck.edge(Key::Mute, Level::Up, at(3000));
    assert_eq!(presses(&mut puck, at(3000), at(3500)), []);
}

#[test]
fn a_held_key_is_a_long_press_after_two_seconds_and_nothing_more() {
    let mut puck = ready();
    puck.edge(Key::Main, Level::Down, at(0));
    let got = presses(&mut puck, at(0), at(4000));
    assert_eq!(got, [(at(2005), Key::Main, KeyKind::Long)]);
    puck.edge(Key::Main, Level::Up, at(4000));
    assert_eq!(presses(&mut puck, at(4000), at(4500)), []);
}

#[test]
fn a_late_look_finds_what_happened_meanwhile() {
    let mut puck = ready();
    puck.edge(Key::Main, Level::Down, at(0));
    puck.edge(Key::Main, Level::Up, at(150));
    puck.edge(Key::Main, Level::Down, at(300));
    puck.edge(Key::Main, Level::Up, at(450));
    let got = presses(&mut puck, at(500), at(500));
    assert_eq!(got.len(), 2);
}

#[test]
fn the_ring_fills_while_the_big_key_is_held() {
    let mut puck = ready();
    puck.edge(Key::Main, Level::Down, at(0));
    let lit = |puck: &mut Puck, n: u64| {
        puck.heard(wire::HostToPuck::Alive, at(n));
        let ring = puck.tick(at(n)).ring;
        ring.iter().filter(|light| **light != Rgb888::BLACK).count()
    };
    assert_eq!(lit(&mut puck, 4), 12, "still live");
    let steps = [5, 505, 1005, 1505, 1990].map(|n| lit(&mut puck, n));
    assert_eq!(steps, [1, 3, 6, 9, 11]);
}

#[test]
fn a_touch_is_answered_by_the_ring_within_twenty_milliseconds() {
    for key in [Key::Main, Key::Mute] {
        for mut puck in [ready(), puck(Glass::Ssd1306, Tongue::German)] {
            let before = puck.tick(at(720)).ring;
            puck.edge(key, Level::Down, at(720));
            let mut now = at(720);
            let changed = loop {
                now = puck.due(now);
                if puck.tick(now).ring != before {
                    break now;
                }
                assert!(now < at(1000), "{key:?} was not answered");
            };
            assert!(changed <= at(740), "{key:?}: {:?}", changed - at(720));
        }
    }
}

#[test]
fn a_touch_wakes_a_dark_button_for_ten_seconds_and_acts() {
    let mut face = Sample::Free.face(Tongue::German);
    face.light = wire::Light::Dark;
    let mut puck = shown(Glass::Ssd1306, face, START);
    assert_eq!(puck.tick(at(10)).light, wire::Light::Dark);
    puck.edge(Key::Main, Level::Down, at(100));
    puck.edge(Key::Main, Level::Up, at(200));
    assert_eq!(presses(&mut puck, at(200), at(9000)).len(), 1);
    assert_eq!(puck.tick(at(9100)).light, wire::Light::Full);
    presses(&mut puck, at(9100), at(10_300));
    assert_eq!(puck.tick(at(10_300)).light, wire::Light::Dark);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: prop::test_runner::RngSeed::Fixed(6), ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_edges_within_five_milliseconds_gives_at_most_one_press(
        held in any::<bool>(),
        main in any::<bool>(),
        edges in proptest::collection::vec((0u64..5000, any::<bool>()), 0..40),
    ) {
        let mut puck = ready();
        let key = if main { Key::Main } else { Key::Mute };
        let mut before = 0;
        if held {
            puck.edge(key, Level::Down, at(0));
            before = presses(&mut puck, at(0), at(500)).len();
            prop_assert!(before <= 1);
        }
        let mut edges = edges;
        edges.sort_by_key(|(micros, _)| *micros);
        for (micros, down) in edges {
            let level = if down { Level::Down } else { Level::Up };
            puck.edge(key, level, at(500) + Duration::from_micros(micros));
        }
        let after = presses(&mut puck, at(505), at(6000)).len();
        prop_assert!(after <= 1, "{after} presses after {before}");
    }

    /// Two taps that stand still long enough are two presses, however the key bounces on the way.
    #[test]
    fn every_tap_counts_once(
        bounces in proptest::collection::vec((1u64..1000, 1u64..1000), 0..4),
        taps in 1usize..5,
    ) {
        let mut puck = ready();
        let mut got = 0;
        for tap in 0..taps as u64 {
            let down = at(100 + tap * 400);
            for (level, other, start) in [(Level::Down, Level::Up, down), (Level::Up, Level::Down, down + ms(150))] {
                let mut now = start;
                puck.edge(Key::Main, level, now);
                for (away, back) in &bounces {
                    now += Duration::from_micros(*away);
                    puck.edge(Key::Main, other, now);
                    now += Duration::from_micros(*back);
                    puck.edge(Key::Main, level, now);
                }
                got += presses(&mut puck, now, start + ms(140)).len();
            }
        }
        prop_assert_eq!(got, taps);
    }
}
