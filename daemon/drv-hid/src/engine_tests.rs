//! A speakerphone played by hand, and at random against the rule of its lamp.

use super::*;
use crate::descriptor::tests::RELATIVE_MUTE;
use proptest::prelude::*;

const CALL_MUTED: Shows = Shows {
    in_call: true,
    mic: Seen::Is(Switch::Closed),
};
const CALL_OPEN: Shows = Shows {
    in_call: true,
    mic: Seen::Is(Switch::Open),
};
const CALL_UNKNOWN: Shows = Shows {
    in_call: true,
    mic: Seen::Unknown,
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn phone(hook: HookKey, shows: Shows) -> (Phone, Vec<Step>) {
    Phone::begin(Layout::parse(RELATIVE_MUTE), hook, ms(0), shows)
}

fn lamps(bits: u8) -> Vec<Step> {
    vec![Step::Send(vec![2, bits])]
}

fn mute_key() -> Vec<Step> {
    vec![Step::Pressed(Press::Key(Key::Mute, KeyPress::Short))]
}

#[test]
fn lamps_follow_what_was_seen() {
    let (mut phone, first) = phone(HookKey::Ignored, Shows::IDLE);
    assert_eq!(first, lamps(0b000), "all lamps are said at first");
    assert_eq!(phone.show(ms(1), CALL_MUTED), lamps(0b011));
    assert_eq!(phone.show(ms(2), CALL_MUTED), []);
    assert_eq!(phone.show(ms(3), CALL_OPEN), lamps(0b001));
    assert_eq!(phone.show(ms(4), CALL_UNKNOWN), [], "unknown is not muted");
    assert_eq!(phone.show(ms(5), Shows::IDLE), lamps(0b000));
}

#[test]
fn a_replugged_phone_is_told_everything_again() {
    let (_, first) = phone(HookKey::Ignored, CALL_MUTED);
    assert_eq!(first, lamps(0b011));
}

#[test]
fn the_mute_key_asks_and_changes_no_lamp() {
    let (mut phone, _) = phone(HookKey::Ignored, CALL_MUTED);
    assert_eq!(phone.hear(ms(1000), &[1, 0b11]), mute_key());
    assert_eq!(phone.hear(ms(1050), &[1, 0b01]), [], "let go");
    assert_eq!(phone.hear(ms(2000), &[1, 0b11]), mute_key());
}

#[test]
fn an_echo_of_the_lamp_is_no_key() {
    let (mut phone, _) = phone(HookKey::Ignored, CALL_MUTED);
    phone.show(ms(1000), CALL_OPEN);
    assert_eq!(phone.hear(ms(1030), &[1, 0b11]), []);
    assert_eq!(phone.hear(ms(1060), &[1, 0b01]), []);
    assert_eq!(phone.hear(ms(1199), &[1, 0b11]), []);
    assert_eq!(phone.hear(ms(1250), &[1, 0b01]), []);
    assert_eq!(
        phone.hear(ms(1300), &[1, 0b11]),
        mute_key(),
        "a finger after the window"
    );
}

#[test]
fn the_hook_key_is_for_calls_only_where_it_was_asked_for() {
    let (mut deaf, _) = phone(HookKey::Ignored, Shows::IDLE);
    assert_eq!(deaf.hear(ms(1000), &[1, 0b01]), []);
    let (mut phone, _) = phone(HookKey::Calls, Shows::IDLE);
    assert_eq!(
        phone.hear(ms(1000), &[1, 0b01]),
        [Step::Pressed(Press::Join(None))]
    );
    phone.show(ms(3000), CALL_MUTED);
    assert_eq!(phone.hear(ms(3050), &[1, 0b00]), [], "an echo");
    assert_eq!(phone.hear(ms(3100), &[1, 0b01]), [], "an echo");
    assert_eq!(
        phone.hear(ms(5000), &[1, 0b00]),
        [Step::Pressed(Press::Leave)]
    );
}

#[test]
fn a_switch_says_what_it_wants() {
    assert_eq!(
        mute_press(Kind::Switch, 1),
        Some(Press::Mic(Switch::Closed))
    );
    assert_eq!(mute_press(Kind::Switch, 0), Some(Press::Mic(Switch::Open)));
    assert_eq!(mute_press(Kind::UpDown, -1), Some(Press::Mic(Switch::Open)));
    assert_eq!(mute_press(Kind::UpDown, 0), None);
    assert_eq!(mute_press(Kind::Button, 0), None);
}

#[test]
fn half_reports_and_foreign_ones_are_passed_over() {
    let (mut phone, _) = phone(HookKey::Calls, CALL_MUTED);
    for report in [&[][..], &[1], &[9, 0xFF], &[2, 0xFF]] {
        assert_eq!(phone.hear(ms(1000), report), []);
    }
}

#[derive(Debug, Clone)]
enum Op {
    Report(Vec<u8>),
    Shows(bool, u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        prop::collection::vec(prop_oneof![Just(1), any::<u8>()], 0..4).prop_map(Op::Report),
        (any::<bool>(), 0..3_u8).prop_map(|(call, mic)| Op::Shows(call, mic)),
    ]
}

proptest! {
    /// Invariant: the mute lamp is lit only while the room's microphone was seen closed in a call.
    #[test]
    fn the_lamp_tells_the_truth(ops in prop::collection::vec((1..400_u64, op()), 0..60)) {
        let (mut phone, first) = phone(HookKey::Calls, Shows::IDLE);
        let mut lit = first;
        let mut shows = Shows::IDLE;
        let mut now = 0;
        for (later, op) in ops {
            now += later;
            let steps = match op {
                Op::Report(report) => phone.hear(ms(now), &report),
                Op::Shows(in_call, mic) => {
                    let mic = match mic {
                        0 => Seen::Is(Switch::Closed),
                        1 => Seen::Is(Switch::Open),
                        _ => Seen::Unknown,
                    };
                    shows = Shows { in_call, mic };
                    phone.show(ms(now), shows)
                }
            };
            let sent: Vec<Step> = steps.into_iter().filter(|s| matches!(s, Step::Send(_))).collect();
            if !sent.is_empty() {
                lit = sent;
            }
            let muted = shows.in_call && shows.mic == Seen::Is(Switch::Closed);
            let expected = u8::from(shows.in_call) | u8::from(muted) << 1;
            prop_assert_eq!(&lit, &lamps(expected));
        }
    }
}
