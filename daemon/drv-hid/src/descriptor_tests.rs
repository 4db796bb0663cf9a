//! Descriptors of three shapes by hand, and a million of no shape at all.

use super::*;
use proptest::prelude::*;

/// A speakerphone whose mute key is relative, as most are: input report 1, output report 2.
pub(crate) const RELATIVE_MUTE: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x0B, 0x15, 0x00, 0x25, 0x01, 0x09, 0x20,
    0x75, 0x01, 0x95, 0x01, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x75, 0x06, 0x95, 0x01, 0x81, 0x01,
    0x85, 0x02, 0x05, 0x08, 0x09, 0x17, 0x09, 0x09, 0x09, 0x18, 0x75, 0x01, 0x95, 0x03, 0x91, 0x22,
    0x75, 0x05, 0x95, 0x01, 0x91, 0x01, 0xC0,
];

/// One without report numbers: keys as a slot of four bits, lamps in one byte behind two that are nobody's.
const SLOT: &[u8] = &[
    0x05, 0x0B, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x01, 0x25, 0x03, 0x09, 0x20, 0x09, 0x2F, 0x09, 0x24,
    0x75, 0x04, 0x95, 0x01, 0x81, 0x00, 0x95, 0x01, 0x81, 0x01, 0x75, 0x08, 0x95, 0x02, 0x91, 0x01,
    0x75, 0x01, 0x95, 0x08, 0x05, 0x08, 0x19, 0x07, 0x29, 0x0E, 0x91, 0x02, 0xC0,
];

/// One whose mute control says on and off: two signed bits, with push, pop and a usage that carries its page.
const UP_DOWN: &[u8] = &[
    0x05, 0x0C, 0xA1, 0x01, 0x85, 0x07, 0xA4, 0x15, 0xFF, 0x25, 0x01, 0x75, 0x02, 0x95, 0x01, 0x0B,
    0x2F, 0x00, 0x0B, 0x00, 0x81, 0x06, 0xB4, 0x75, 0x06, 0x95, 0x01, 0x81, 0x03, 0xC0,
];

#[test]
fn keys_and_lamps_are_found_where_the_device_says() {
    let layout = Layout::parse(RELATIVE_MUTE);
    assert!(layout.numbered && layout.is_phone());
    let at = |c: &Control| (c.report, c.bit, c.bits, c.kind);
    assert_eq!(
        layout.input(Usage::HOOK_SWITCH).map(at),
        Some((1, 0, 1, Kind::Switch))
    );
    assert_eq!(
        layout.input(Usage::PHONE_MUTE).map(at),
        Some((1, 1, 1, Kind::Button))
    );
    assert_eq!(
        layout
            .output(Usage::LED_OFF_HOOK)
            .map(|c| (c.report, c.bit)),
        Some((2, 0))
    );
    assert_eq!(
        layout.output(Usage::LED_MUTE).map(|c| (c.report, c.bit)),
        Some((2, 1))
    );
    assert_eq!(layout.output_bytes[&2], 1);
}

#[test]
fn reports_are_read_by_their_number() {
    let layout = Layout::parse(RELATIVE_MUTE);
    let mute = *layout.input(Usage::PHONE_MUTE).unwrap();
    assert_eq!(layout.read(&mute, &[1, 0b10]), Some(1));
    assert_eq!(layout.read(&mute, &[1, 0b01]), Some(0));
    assert_eq!(layout.read(&mute, &[2, 0b10]), None, "another report");
    assert_eq!(layout.read(&mute, &[1]), None, "half a report");
    assert_eq!(layout.read(&mute, &[]), None);
}

#[test]
fn all_lamps_go_into_one_report() {
    let layout = Layout::parse(RELATIVE_MUTE);
    let both = [Usage::LED_OFF_HOOK, Usage::LED_MUTE];
    assert_eq!(layout.lamps(&both), [vec![2, 0b011]]);
    assert_eq!(layout.lamps(&[Usage::LED_RING]), [vec![2, 0b100]]);
    assert_eq!(layout.lamps(&[]), [vec![2, 0]]);
}

#[test]
fn a_device_without_numbers_and_with_slots() {
    let layout = Layout::parse(SLOT);
    assert!(!layout.numbered);
    let mute = *layout.input(Usage::PHONE_MUTE).unwrap();
    assert_eq!(mute.chosen_by, Some(2));
    assert_eq!(layout.read(&mute, &[0x02]), Some(1));
    assert_eq!(layout.read(&mute, &[0x01]), Some(0));
    assert_eq!(layout.lamps(&[Usage::LED_MUTE]), [vec![0, 0, 0, 0b100]]);
}

#[test]
fn a_control_with_two_directions() {
    let layout = Layout::parse(UP_DOWN);
    let mute = *layout.input(Usage::PHONE_MUTE).unwrap();
    assert_eq!((mute.report, mute.kind, mute.bits), (7, Kind::UpDown, 2));
    assert_eq!(layout.read(&mute, &[7, 0b01]), Some(1));
    assert_eq!(layout.read(&mute, &[7, 0b11]), Some(-1));
    assert_eq!(layout.read(&mute, &[7, 0b00]), Some(0));
}

#[test]
fn a_keyboard_is_no_phone() {
    let keyboard = [
        0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25,
        0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x95, 0x05,
        0x91, 0x02, 0xC0,
    ];
    assert!(!Layout::parse(&keyboard).is_phone());
}

#[test]
fn absurd_sizes_cost_nothing() {
    // Four thousand million fields of 255 bits, twice.
    let absurd = [
        0x75, 0xFF, 0x97, 0xFF, 0xFF, 0xFF, 0xFF, 0x09, 0x2F, 0x81, 0x02, 0x09, 0x2F, 0x81, 0x02,
    ];
    assert_eq!(Layout::parse(&absurd).inputs, []);
}

#[test]
fn keys_may_be_numbered_from_the_largest_number_on() {
    let slots = [
        0x05, 0x0B, 0x17, 0xFF, 0xFF, 0xFF, 0x7F, 0x09, 0x20, 0x09, 0x2F, 0x75, 0x08, 0x95, 0x01,
        0x81, 0x00,
    ];
    let layout = Layout::parse(&slots);
    assert_eq!(
        layout.input(Usage::HOOK_SWITCH).and_then(|c| c.chosen_by),
        Some(i32::MAX)
    );
    assert!(layout.input(Usage::PHONE_MUTE).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), report in prop::collection::vec(any::<u8>(), 0..20)) {
        let layout = Layout::parse(&bytes);
        for control in &layout.inputs {
            let _ = layout.read(control, &report);
        }
        for (lamp, bytes) in layout.lamps(&[Usage::LED_MUTE]).iter().zip(layout.output_bytes.values()) {
            prop_assert!(lamp.len() <= 1 + MOST_BITS as usize / 8, "{bytes}");
        }
    }

    #[test]
    fn a_damaged_descriptor_is_read_without_harm(at in 0..RELATIVE_MUTE.len(), byte in any::<u8>(), cut in 0..RELATIVE_MUTE.len()) {
        let mut damaged = RELATIVE_MUTE.to_vec();
        damaged[at] = byte;
        let _ = Layout::parse(&damaged).lamps(&[Usage::LED_MUTE]);
        let _ = Layout::parse(&RELATIVE_MUTE[..cut]);
    }
}

/// The promised number of runs; takes half a minute when not optimised.
#[test]
#[ignore = "long: run by name"]
fn a_million_descriptors_do_no_harm() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..1_000_000 {
        let mut bytes = RELATIVE_MUTE.to_vec();
        for _ in 0..next() % 8 {
            let at = usize::try_from(next()).unwrap() % bytes.len();
            bytes[at] = next() as u8;
        }
        let layout = Layout::parse(&bytes);
        let report = next().to_le_bytes();
        for control in &layout.inputs {
            let _ = layout.read(control, &report);
        }
        let _ = layout.lamps(&[Usage::LED_MUTE]);
    }
}
