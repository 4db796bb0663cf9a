//! The button and a host that comes, goes, repeats itself and talks nonsense.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{SESSION, Sample, ms, puck, said, shown};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use proptest::prelude::*;
use puck_ui::{
    Config, Connection, GONE_AFTER, Glass, Key, KeyKind, LIGHTS, Level, NotSent, Puck, Text, Tongue,
};
use std::time::Duration;
use wire::{
    Display, Face, Frame, HostHello, HostToPuck, Line, Mic, PuckToHost, Ring, SCHEMA, Show,
    WIRE_VERSION, schema_hash,
};

fn live() -> Face {
    Sample::Live.face(Tongue::German)
}

fn ready() -> Puck {
    shown(Glass::Ssd1306, live(), ms(1000))
}

fn is_green(ring: [Rgb888; LIGHTS]) -> bool {
    ring.iter().any(|light| light.g() > light.r())
}

fn is_amber(ring: [Rgb888; LIGHTS]) -> bool {
    ring.iter()
        .any(|light| light.r() > light.g() && light.g() > 0 && light.b() == 0)
}

/// What it says after each hello that answers.
fn built() -> PuckToHost {
    PuckToHost::Built {
        display: Display::Oled,
        line: Line::Usb,
    }
}

#[test]
fn it_speaks_first_and_answers_a_hello_with_its_session() {
    let mut puck = puck(Glass::Ssd1306, Tongue::German);
    let hello = |session| {
        PuckToHost::Hello(wire::PuckHello {
            wire_version: WIRE_VERSION,
            schema: SCHEMA,
            hash: schema_hash(),
            session,
            count: 0,
            firmware: Text::cut("puck 0.1.0"),
            serial: Text::cut("E66038B713"),
        })
    };
    assert_eq!(said(&mut puck, ms(0)), [hello(0)]);
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), ms(10));
    assert_eq!(said(&mut puck, ms(10)), [hello(SESSION), built()]);
    assert_eq!(said(&mut puck, ms(510)), [PuckToHost::Alive]);
    assert_eq!(said(&mut puck, ms(511)), []);
}

#[test]
fn why_it_restarted_is_said_once_in_each_session() {
    let trouble = Text::cut("puck.rs:1 overflow");
    let mut puck = Puck::new(Config {
        firmware: Text::EMPTY,
        serial: Text::EMPTY,
        tongue: Tongue::German,
        glass: Glass::Ssd1306,
        line: Line::Usb,
        trouble: Some(trouble),
    });
    said(&mut puck, ms(0));
    for session in [5, 6] {
        puck.heard(HostToPuck::Hello(HostHello::new(session)), ms(10));
        let words = [built(), PuckToHost::Trouble(trouble)];
        assert_eq!(said(&mut puck, ms(10))[1..], words);
        assert_eq!(said(&mut puck, ms(20)), []);
    }
}

#[test]
fn a_press_is_repeated_until_it_is_taken() {
    let mut puck = ready();
    let count = puck.press(Key::Main, KeyKind::Short, ms(1100)).unwrap();
    let key = PuckToHost::Key {
        key: Key::Main,
        kind: KeyKind::Short,
        count,
    };
    assert_eq!(said(&mut puck, ms(1100)), [key]);
    assert_eq!(said(&mut puck, ms(1199)), []);
    assert_eq!(said(&mut puck, ms(1200)), [key]);
    puck.heard(HostToPuck::Heard { count }, ms(1210));
    assert_eq!(said(&mut puck, ms(1400)), []);
    assert_eq!(puck.counts(), (count, Some(count)));
}

#[test]
fn an_unconfirmed_press_is_given_up_after_a_second_and_told() {
    let mut puck = ready();
    puck.press(Key::Main, KeyKind::Short, ms(1100)).unwrap();
    puck.heard(HostToPuck::Alive, ms(2000));
    assert!(is_green(puck.tick(ms(2099)).ring));
    let told = puck.tick(ms(2100));
    assert!(is_amber(told.ring) && !told.dirty.is_empty());
    assert_eq!(said(&mut puck, ms(2100)), [PuckToHost::Alive]);
    puck.heard(HostToPuck::Alive, ms(5000));
    assert!(
        is_green(puck.tick(ms(5101)).ring),
        "it is told for three seconds"
    );
}

/// Who came back is in step within a second, also where a finger had found nobody; the words stay to be read.
#[test]
fn a_refused_press_does_not_keep_the_ring_from_a_host_that_came_back() {
    let mut puck = puck(Glass::Ssd1306, Tongue::German);
    puck.edge(Key::Mute, Level::Down, ms(2000));
    assert!(is_amber(puck.tick(ms(2005)).ring));
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), ms(2100));
    puck.heard(HostToPuck::Face(live()), ms(2100));
    assert!(is_amber(puck.tick(ms(2504)).ring), "a finger was told");
    assert!(is_green(puck.tick(ms(2505)).ring));
    for n in [3400, 4700] {
        puck.heard(HostToPuck::Alive, ms(n));
    }
    assert!(puck.tick(ms(5004)).dirty.is_empty());
    assert!(!puck.tick(ms(5005)).dirty.is_empty(), "its words end later");
}

#[test]
fn a_silent_host_is_named_within_one_and_a_half_seconds() {
    let mut puck = ready();
    let gone_at = ms(1000) + GONE_AFTER;
    assert!(gone_at < ms(2500), "the display takes its time, too");
    assert!(is_green(puck.tick(gone_at - ms(1)).ring));
    assert_eq!(puck.connection(gone_at - ms(1)), Connection::Host);
    assert_eq!(puck.due(gone_at - ms(1)), gone_at, "not at the next frame");
    let gone = puck.tick(gone_at);
    assert!(is_amber(gone.ring));
    assert_eq!(puck.connection(gone_at), Connection::None);
    assert!(!gone.dirty.is_empty());
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION + 1)), ms(3000));
    assert!(
        !is_green(puck.tick(ms(3000)).ring),
        "what an older session showed is void"
    );
    puck.heard(HostToPuck::Face(live()), ms(3010));
    assert!(is_green(puck.tick(ms(3010)).ring));
}

#[test]
fn a_touch_during_a_lost_link_lights_amber_at_once_and_is_never_sent_later() {
    let mut puck = puck(Glass::Ssd1306, Tongue::German);
    said(&mut puck, ms(0));
    // The blinking of "no connection" is in its dark part.
    assert!(!is_amber(puck.tick(ms(2800)).ring));
    puck.edge(Key::Main, Level::Down, ms(2801));
    let told = puck.tick(ms(2806));
    assert!(is_amber(told.ring));
    assert_eq!(told.dirty.len(), 1, "and says so");
    puck.edge(Key::Main, Level::Up, ms(2900));
    puck.tick(ms(2950));
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), ms(3000));
    let keys = said(&mut puck, ms(3000));
    assert!(
        keys.iter().all(|m| !matches!(m, PuckToHost::Key { .. })),
        "{keys:?}"
    );
    assert_eq!(puck.counts(), (0, None));
    assert_eq!(
        puck.press(Key::Main, KeyKind::Short, ms(9000)),
        Err(NotSent::NoConnection)
    );
}

#[test]
fn a_lost_session_is_named_so_that_the_host_begins_anew() {
    let mut puck = puck(Glass::Ssd1306, Tongue::German);
    said(&mut puck, ms(0));
    puck.heard(HostToPuck::Alive, ms(10));
    assert!(matches!(said(&mut puck, ms(10))[..], [PuckToHost::Hello(h)] if h.session == 0));
}

#[test]
fn an_older_host_shows_less_and_is_understood() {
    let mut puck = puck(Glass::Ssd1306, Tongue::German);
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), ms(0));
    puck.heard(HostToPuck::Show(live().plain()), ms(0));
    assert!(is_green(puck.tick(ms(0)).ring));
    assert_eq!(
        puck.face(ms(0)).map(|face| face.plain()),
        Some(live().plain())
    );
}

#[test]
fn a_ring_that_contradicts_the_microphone_is_amber() {
    for (ring, mic) in [
        (Ring::Green, Mic::Closed),
        (Ring::Green, Mic::Unknown),
        (Ring::Red, Mic::Open),
    ] {
        let face = Face {
            ring,
            mic,
            ..live()
        };
        let mut puck = shown(Glass::Ssd1306, face, ms(1000));
        let shown = puck.tick(ms(1100)).ring;
        assert!(is_amber(shown) && !is_green(shown), "{ring:?} {mic:?}");
    }
}

#[test]
fn the_loader_is_wanted_by_this_session_only() {
    let mut puck = ready();
    puck.heard(
        HostToPuck::Loader {
            session: SESSION + 1,
        },
        ms(1100),
    );
    assert!(!puck.wants_loader());
    puck.heard(HostToPuck::Loader { session: SESSION }, ms(1100));
    assert!(puck.wants_loader());
}

#[derive(Debug, Clone)]
enum Op {
    Face(u8, u8),
    Show(u8, u8),
    Hello(u32),
    Alive,
    Heard(u16),
    Noise(Vec<u8>),
    Edge(bool, bool),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (0u8..9, 0u8..4).prop_map(|(ring, mic)| Op::Face(ring, mic)),
        2 => Just(Op::Face(Ring::Green.into(), Mic::Open.into())),
        1 => (0u8..9, 0u8..4).prop_map(|(ring, mic)| Op::Show(ring, mic)),
        2 => (1u32..4).prop_map(Op::Hello),
        2 => Just(Op::Alive),
        1 => (0u16..4).prop_map(Op::Heard),
        1 => proptest::collection::vec(any::<u8>(), 0..60).prop_map(Op::Noise),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(main, down)| Op::Edge(main, down)),
        2 => (0u64..2500).prop_map(Op::Wait),
        // Around the moment that matters.
        2 => (1480u64..1520).prop_map(Op::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: prop::test_runner::RngSeed::Fixed(6), ..ProptestConfig::default() })]

    #[test]
    fn the_ring_is_never_green_unless_the_host_said_live_within_one_and_a_half_seconds(
        ops in proptest::collection::vec(op(), 1..60),
    ) {
        let mut puck = puck(Glass::Ssd1306, Tongue::German);
        let mut now = ms(0);
        // A second, simpler view of the host: when it last spoke, and whether live was the last thing shown.
        let (mut spoke, mut said_live) = (None::<Duration>, false);
        for op in ops {
            match op {
                Op::Face(ring, mic) => {
                    let (ring, mic) = (Ring::from(ring), Mic::from(mic));
                    puck.heard(HostToPuck::Face(Face { ring, mic, ..live() }), now);
                    (spoke, said_live) = (Some(now), mic == Mic::Open && ring == Ring::Green);
                }
                Op::Show(ring, mic) => {
                    let (ring, mic) = (Ring::from(ring), Mic::from(mic));
                    puck.heard(HostToPuck::Show(Show { ring, mic, ..live().plain() }), now);
                    (spoke, said_live) = (Some(now), mic == Mic::Open && ring == Ring::Green);
                }
                Op::Hello(session) => {
                    puck.heard(HostToPuck::Hello(HostHello::new(session)), now);
                    (spoke, said_live) = (Some(now), false);
                }
                Op::Alive => {
                    puck.heard(HostToPuck::Alive, now);
                    spoke = Some(now);
                }
                Op::Heard(count) => {
                    puck.heard(HostToPuck::Heard { count }, now);
                    spoke = Some(now);
                }
                Op::Noise(bytes) => puck.hear(&bytes, now),
                Op::Edge(main, down) => {
                    let key = if main { Key::Main } else { Key::Mute };
                    puck.edge(key, if down { Level::Down } else { Level::Up }, now);
                }
                Op::Wait(more) => now += ms(more),
            }
            let recent = spoke.is_some_and(|at| now < at + GONE_AFTER);
            if is_green(puck.tick(now).ring) {
                prop_assert!(recent && said_live, "green at {now:?}");
            }
            said(&mut puck, now);
        }
    }

    /// Bytes of any kind neither stop the button nor make it say a press.
    #[test]
    fn noise_presses_nothing(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut puck = ready();
        puck.hear(&noise, ms(1100));
        puck.tick(ms(1100));
        for message in said(&mut puck, ms(1100)) {
            prop_assert!(!matches!(message, PuckToHost::Key { .. }), "{message:?}", message = message);
        }
        puck.hear(Frame::of(&HostToPuck::Hello(HostHello::new(9))).unwrap().bytes(), ms(1200));
        prop_assert_eq!(puck.connection(ms(1200)), Connection::Host);
    }
}
