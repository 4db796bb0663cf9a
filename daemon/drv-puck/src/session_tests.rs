//! The conversation played by hand, moment by moment.

use super::*;
use wire::{Light, Mic, Ring, SCHEMA, Scene, Tongue, WIRE_VERSION, schema_hash};

const ID: u32 = 41;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn bytes(message: PuckToHost) -> Vec<u8> {
    Frame::of(&message).unwrap().bytes().to_vec()
}

fn said(steps: &[Step]) -> Vec<HostToPuck> {
    let mut decoder = Decoder::<HostToPuck>::new();
    let sent = steps.iter().filter_map(|s| match s {
        Step::Send(frame) => Some(frame.bytes().to_vec()),
        _ => None,
    });
    sent.flatten()
        .filter_map(|b| match decoder.push(b) {
            Some(Ok(Received::Message(m))) => Some(m),
            _ => None,
        })
        .collect()
}

fn told(steps: &[Step]) -> Vec<Step> {
    steps
        .iter()
        .filter(|s| !matches!(s, Step::Send(_)))
        .cloned()
        .collect()
}

fn hello(session: u32, count: u16) -> PuckHello {
    PuckHello {
        wire_version: WIRE_VERSION,
        schema: SCHEMA,
        hash: schema_hash(),
        session,
        count,
        firmware: Text::cut("test"),
        serial: Text::cut("1"),
    }
}

fn key(count: u16) -> Vec<u8> {
    bytes(PuckToHost::Key {
        key: wire::Key::Mute,
        kind: KeyKind::Short,
        count,
    })
}

fn open(count: u16) -> Session {
    let mut steps = Vec::new();
    let mut session = Session::begin(ID, None, &mut steps);
    assert_eq!(said(&steps), [HostToPuck::Hello(HostHello::new(ID))]);
    steps.clear();
    session.hear(
        ms(1),
        &bytes(PuckToHost::Hello(hello(ID, count))),
        &mut steps,
    );
    assert_eq!(told(&steps), [Step::Here(hello(ID, count))]);
    session
}

fn heard(session: &mut Session, at: u64, bytes: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    session.hear(ms(at), bytes, &mut steps);
    steps
}

fn ticked(session: &mut Session, at: u64) -> Vec<Step> {
    let mut steps = Vec::new();
    session.tick(ms(at), &mut steps);
    steps
}

const PRESSED: Step = Step::Pressed(Key::Mute, KeyPress::Short);

#[test]
fn a_repeated_press_acts_once_and_is_heard_each_time() {
    let mut session = open(7);
    let first = heard(&mut session, 10, &key(8));
    assert_eq!(told(&first), [PRESSED]);
    assert_eq!(said(&first), [HostToPuck::Heard { count: 8 }]);
    let again = heard(&mut session, 20, &key(8));
    assert_eq!(told(&again), []);
    assert_eq!(said(&again), [HostToPuck::Heard { count: 8 }]);
    assert_eq!(
        told(&heard(&mut session, 30, &key(7))),
        [],
        "an older one is void"
    );
    assert_eq!(told(&heard(&mut session, 40, &key(9))), [PRESSED]);
}

#[test]
fn what_a_button_is_built_for_is_told_within_its_session_only() {
    let built = bytes(PuckToHost::Built {
        display: Display::Tft,
        line: wire::Line::Usb,
    });
    let mut session = open(7);
    assert_eq!(
        told(&heard(&mut session, 2, &built)),
        [Step::Built(Display::Tft)]
    );
    let mut session = Session::begin(ID, None, &mut Vec::new());
    assert_eq!(told(&heard(&mut session, 2, &built)), []);
}

#[test]
fn counts_wrap() {
    let mut session = open(u16::MAX);
    assert_eq!(told(&heard(&mut session, 10, &key(0))), [PRESSED]);
    assert_eq!(told(&heard(&mut session, 11, &key(u16::MAX))), []);
}

#[test]
fn a_press_of_an_older_session_is_void() {
    let mut session = Session::begin(ID, None, &mut Vec::new());
    assert_eq!(heard(&mut session, 1, &key(3)), []);
    let old = PuckToHost::Hello(hello(ID - 1, 3));
    assert_eq!(
        heard(&mut session, 1, &bytes(old)),
        [],
        "an answer to somebody else's hello"
    );
    assert_eq!(heard(&mut session, 2, &key(3)), []);
}

#[test]
fn an_unanswered_hello_is_repeated_and_told_once() {
    let mut session = Session::begin(ID, None, &mut Vec::new());
    let mut all = Vec::new();
    for at in (0..5000).step_by(100) {
        all.extend(ticked(&mut session, at));
    }
    assert_eq!(told(&all), [Step::Silent]);
    assert_eq!(said(&all).len(), 9, "each half second");
}

#[test]
fn silence_ends_and_an_answer_begins_again() {
    let mut session = open(7);
    assert_eq!(told(&ticked(&mut session, 1500)), []);
    let gone = ticked(&mut session, 1501);
    assert_eq!(told(&gone), [Step::Silent]);
    assert_eq!(said(&gone), [HostToPuck::Hello(HostHello::new(ID + 1))]);
    assert_eq!(
        heard(&mut session, 1600, &key(8)),
        [],
        "pressed while nobody listened"
    );
    let back = heard(
        &mut session,
        1700,
        &bytes(PuckToHost::Hello(hello(ID + 1, 8))),
    );
    assert_eq!(told(&back), [Step::Here(hello(ID + 1, 8))]);
    assert_eq!(told(&heard(&mut session, 1800, &key(8))), []);
    assert_eq!(told(&heard(&mut session, 1900, &key(9))), [PRESSED]);
}

#[test]
fn signs_of_life_keep_it_here() {
    let mut session = open(0);
    for at in (400..20_000).step_by(400) {
        heard(&mut session, at, &bytes(PuckToHost::Alive));
        assert_eq!(told(&ticked(&mut session, at)), []);
    }
}

#[test]
fn one_waking_serves_both_signs_of_life() {
    let mut session = open(0);
    for at in (507..20_000).step_by(507) {
        assert!(session.due() > ms(at), "woken for nothing before {at} ms");
        let answer = heard(&mut session, at, &bytes(PuckToHost::Alive));
        assert_eq!(said(&answer), [HostToPuck::Alive]);
    }
}

#[test]
fn a_sign_of_life_says_again_what_is_shown() {
    let mut session = open(0);
    session.show(ms(5), face(), &mut Vec::new());
    let answer = heard(&mut session, 505, &bytes(PuckToHost::Alive));
    assert_eq!(said(&answer), [HostToPuck::Face(face())]);
    let unasked = ticked(&mut session, 1200);
    assert_eq!(said(&unasked), [HostToPuck::Face(face())]);
}

#[test]
fn a_button_whose_signs_of_life_are_lost_hears_ours_all_the_same() {
    let mut session = open(0);
    let (mut last, mut now) = (0, 0);
    while now < 1400 {
        now += 10;
        if said(&ticked(&mut session, now)) == [HostToPuck::Alive] {
            assert!(now - last <= u64::from(SILENT_AFTER_MS) / 2, "{now} ms");
            last = now;
        }
    }
    assert!(last > 0);
}

#[test]
fn a_restarted_button_is_greeted_at_once_without_a_blink() {
    let mut session = open(7);
    let again = heard(&mut session, 50, &bytes(PuckToHost::Hello(hello(0, 0))));
    assert_eq!(said(&again), [HostToPuck::Hello(HostHello::new(ID + 1))]);
    assert_eq!(told(&again), []);
    let answer = heard(
        &mut session,
        60,
        &bytes(PuckToHost::Hello(hello(ID + 1, 0))),
    );
    assert_eq!(told(&answer), []);
    assert_eq!(
        told(&heard(&mut session, 70, &key(1))),
        [PRESSED],
        "its count began anew"
    );
}

#[test]
fn another_version_is_named_once_and_nothing_of_it_counts() {
    let mut session = Session::begin(ID, None, &mut Vec::new());
    let strange = PuckHello {
        wire_version: 9,
        ..hello(ID, 0)
    };
    let frame = bytes(PuckToHost::Hello(strange));
    assert_eq!(told(&heard(&mut session, 1, &frame)), [Step::Foreign(9)]);
    assert_eq!(told(&heard(&mut session, 2, &frame)), []);
    assert_eq!(heard(&mut session, 3, &key(1)), []);
    assert_eq!(
        told(&ticked(&mut session, 5000)),
        [],
        "it is there, only not understood"
    );
}

fn face() -> Face {
    Face {
        ring: Ring::Red,
        mic: Mic::Closed,
        scene: Scene::Call,
        tongue: Tongue::German,
        light: Light::Full,
        minutes: None,
        headline: Text::cut("Mikrofon aus"),
        detail: Text::EMPTY,
        action: Text::EMPTY,
        trouble: Text::EMPTY,
    }
}

#[test]
fn what_is_shown_is_said_at_once_and_again_after_an_answer() {
    let mut session = open(0);
    let mut steps = Vec::new();
    session.show(ms(5), face(), &mut steps);
    assert_eq!(said(&steps), [HostToPuck::Face(face())]);
    ticked(&mut session, 2000);
    let back = heard(
        &mut session,
        2100,
        &bytes(PuckToHost::Hello(hello(ID + 1, 0))),
    );
    assert_eq!(said(&back), [HostToPuck::Face(face())]);
}

#[test]
fn an_older_button_is_told_what_it_understands() {
    let mut session = Session::begin(ID, Some(face()), &mut Vec::new());
    let old = PuckHello {
        schema: 1,
        hash: 0,
        ..hello(ID, 0)
    };
    let steps = heard(&mut session, 1, &bytes(PuckToHost::Hello(old)));
    assert_eq!(said(&steps), [HostToPuck::Show(face().plain())]);
    heard(&mut session, 2, &key(1));
    let mut steps = Vec::new();
    session.show(ms(3), face(), &mut steps);
    assert_eq!(said(&steps), [HostToPuck::Show(face().plain())]);
}

#[test]
fn why_a_button_restarted_is_told() {
    let why = Text::cut("puck.rs:1 overflow");
    let mut session = open(0);
    let steps = heard(&mut session, 1, &bytes(PuckToHost::Trouble(why)));
    assert_eq!(told(&steps), [Step::Trouble(why)]);
}

#[test]
fn keys_of_a_newer_button_are_heard_and_passed_over() {
    let mut session = open(0);
    let strange = PuckToHost::Key {
        key: wire::Key::Other(7),
        kind: KeyKind::Short,
        count: 1,
    };
    let steps = heard(&mut session, 1, &bytes(strange));
    assert_eq!(told(&steps), [Step::UnknownKey]);
    assert_eq!(said(&steps), [HostToPuck::Heard { count: 1 }]);
}
