//! The loop's turns as the chip makes them: keys that are looked at, bytes that come, lights that change.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use embassy_futures::poll_once;
use embassy_futures::select::Either4::{First, Fourth, Second, Third};
use puck_parts::{Body, Config, Glass, Level, Text, Tongue, still};
use std::task::Poll;
use std::time::Duration;
use wire::{Decoder, Frame, HostHello, HostToPuck, Key, KeyKind, Line, PuckToHost, Received};

const SESSION: u32 = 77;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn body() -> Body {
    Body::new(Config {
        firmware: Text::cut("puck 0.1.0"),
        serial: Text::cut("E66038B713"),
        tongue: Tongue::German,
        glass: Glass::Ssd1306,
        line: Line::Usb,
        trouble: None,
    })
}

/// What waits for the line.
fn said(body: &Body) -> Vec<PuckToHost> {
    let mut decoder = Decoder::<PuckToHost>::new();
    let mut all = Vec::new();
    while let Poll::Ready(frame) = poll_once(body.frame()) {
        let messages = frame.bytes().iter().filter_map(|byte| decoder.push(*byte));
        all.extend(messages.map(|message| match message {
            Ok(Received::Message(message)) => message,
            other => panic!("{other:?}"),
        }));
    }
    all
}

fn greeted(body: &Body, at: Duration) {
    let hello = HostToPuck::Hello(HostHello::new(SESSION));
    body.hear(Frame::of(&hello).unwrap().bytes(), at);
    body.turn(at);
    let opening = said(body);
    let [PuckToHost::Hello(hello), PuckToHost::Built { .. }] = opening[..] else {
        panic!("{opening:?}");
    };
    assert_eq!(hello.session, SESSION);
}

const UP: [Level; 2] = [Level::Up; 2];
const MUTE_DOWN: [Level; 2] = [Level::Up, Level::Down];

fn mute(count: u16) -> PuckToHost {
    PuckToHost::Key {
        key: Key::Mute,
        kind: KeyKind::Short,
        count,
    }
}

#[test]
fn bytes_wake_the_loop_and_are_answered_in_its_turn() {
    let body = body();
    assert_eq!(poll_once(body.heard()), Poll::Pending);
    body.hear(&[1, 2, 0], ms(1));
    assert_eq!(poll_once(body.heard()), Poll::Ready(()));
    assert_eq!(poll_once(body.heard()), Poll::Pending);
    greeted(&body, ms(2));
}

#[test]
fn a_move_between_two_looks_is_a_press_as_one_that_was_waited_for() {
    for happened in [Second(()), Third(()), Fourth(())] {
        let body = body();
        greeted(&body, ms(0));
        body.feel(MUTE_DOWN, happened, ms(10));
        assert_eq!(body.turn(ms(10)).due, ms(15));
        body.turn(ms(15));
        assert_eq!(said(&body), [mute(1)]);
    }
}

/// The contact opened and closed again before anybody looked: it has not stood still for long enough.
#[test]
fn a_bounce_that_ends_where_it_began_starts_the_wait_anew() {
    let body = body();
    greeted(&body, ms(0));
    body.feel(MUTE_DOWN, Second(()), ms(10));
    body.feel(MUTE_DOWN, Second(()), ms(13));
    body.turn(ms(15));
    assert_eq!(said(&body), []);
    // The other key's moves change nothing about it.
    body.feel([Level::Down, Level::Down], First(()), ms(17));
    body.turn(ms(18));
    assert_eq!(said(&body), [mute(1)]);
    body.feel(UP, Second(()), ms(40));
    body.turn(ms(60));
    assert_eq!(said(&body).len(), 1, "the tap of the big key only");
}

#[test]
fn keys_that_moved_before_they_were_waited_for_are_looked_at_at_once() {
    let never = std::future::pending::<()>;
    assert_eq!(poll_once(still(|| false, never())), Poll::Ready(()));
    assert_eq!(poll_once(still(|| true, never())), Poll::Pending);
    assert_eq!(poll_once(still(|| true, async {})), Poll::Ready(()));
}

#[test]
fn the_ring_is_told_when_it_changes() {
    let body = body();
    let first = body.turn(ms(0)).ring;
    assert!(first.is_some_and(|ring| ring.iter().any(|light| *light != [0; 3])));
    assert_eq!(body.turn(ms(20)).ring, None);
    let dark = body.turn(ms(720)).ring;
    assert_eq!(dark, Some([[0; 3]; puck_parts::LIGHTS]), "it blinks");
}

/// A host that does not read keeps two frames waiting, and what is said afterwards is of that time.
#[test]
fn frames_wait_inside_where_they_stay_fresh() {
    let body = body();
    for n in 0..200 {
        body.turn(ms(100 * n));
    }
    assert_eq!(said(&body).len(), 2);
    let hello = HostToPuck::Hello(HostHello::new(SESSION));
    body.hear(Frame::of(&hello).unwrap().bytes(), ms(30_000));
    body.turn(ms(30_000));
    let opening = said(&body);
    assert!(
        matches!(opening[..], [PuckToHost::Hello(h), _] if h.session == SESSION),
        "{opening:?}"
    );
}

#[test]
fn the_loader_is_wanted_when_this_sessions_host_asks() {
    let body = body();
    greeted(&body, ms(0));
    let ask = |session| {
        let order = HostToPuck::Loader { session };
        body.hear(Frame::of(&order).unwrap().bytes(), ms(10));
        body.turn(ms(10)).loader
    };
    assert!(!ask(SESSION + 1));
    assert!(ask(SESSION));
}
