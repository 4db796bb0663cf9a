//! Sony's frames by the maker's examples, and what cameras make of them: doubles, wrong lengths, lost counts.

use super::*;
use crate::visca::{Address, Command, Inquiry};
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

/// A count that a camera has agreed to.
fn counting() -> Sony {
    let mut sony = Sony::new(Numbering::Counted);
    let reset = sony.on_tick(Mono(0)).unwrap();
    // Maker: BRC-X400 command list, "RESET"; peer: companion-module-sony-visca.
    assert_eq!(reset, bytes("02 00 00 01 00 00 00 00 01"));
    let ready = sony.unwrap(Mono(0), &bytes("02 01 00 01 00 00 00 00 01"));
    assert_eq!(ready, Unwrapped::Ready);
    assert!(sony.is_ready());
    sony
}

fn power_on() -> Frame {
    Command::PowerOn.to(Address::FIRST)
}

/// Maker: BRC-X400 command list, "VISCA over IP"; peers: vwout/obs-visca-control's tests and companion-module-sony-visca.
#[test]
fn frames_are_the_bytes_that_the_maker_and_a_peer_have() {
    let mut sony = counting();
    let ask = Inquiry::Power.to(Address::FIRST);
    assert_eq!(
        sony.wrap(ask, false),
        bytes("01 10 00 05 00 00 00 00 81 09 04 00 FF")
    );
    let on = sony.wrap(power_on(), false);
    assert_eq!(on, bytes("01 00 00 06 00 00 00 01 81 01 04 00 02 FF"));
    let cancel = Command::Cancel(1).to(Address::FIRST);
    assert_eq!(
        sony.wrap(cancel, false),
        bytes("01 00 00 03 00 00 00 02 81 21 FF")
    );
}

#[test]
fn what_is_sent_again_keeps_its_number_and_what_is_new_gets_the_next() {
    let mut sony = counting();
    let first = sony.wrap(power_on(), false);
    assert_eq!(sony.wrap(power_on(), true), first);
    assert_eq!(sony.wrap(power_on(), false)[7], 1);
    assert_eq!(sony.wrap(power_on(), true)[7], 1);
}

#[test]
fn an_answer_that_the_network_doubled_counts_once() {
    let mut sony = counting();
    sony.wrap(power_on(), false);
    let ack = bytes("01 11 00 03 00 00 00 00 90 41 FF");
    let done = bytes("01 11 00 03 00 00 00 00 90 51 FF");
    let payload = |text| Unwrapped::Payload(bytes(text));
    assert_eq!(sony.unwrap(Mono(0), &ack), payload("90 41 FF"));
    assert_eq!(sony.unwrap(Mono(0), &ack), Unwrapped::Nothing);
    assert_eq!(sony.unwrap(Mono(0), &done), payload("90 51 FF"));
    assert_ne!(sony.unwrap(Mono(60), &ack), Unwrapped::Nothing);
    // A camera that answers under numbers of its own is heard each time.
    let own = bytes("01 11 00 03 00 00 00 63 90 41 FF");
    assert_eq!(sony.unwrap(Mono(0), &own), payload("90 41 FF"));
    assert_eq!(sony.unwrap(Mono(0), &own), payload("90 41 FF"));
}

#[test]
fn a_wrong_length_and_an_empty_upper_half_are_put_up_with() {
    let mut sony = counting();
    sony.next = 0x0001_0005;
    sony.wrap(power_on(), false);
    let answer = bytes("01 11 00 09 00 00 00 05 90 41 FF");
    assert_eq!(
        sony.unwrap(Mono(0), &answer),
        Unwrapped::Payload(bytes("90 41 FF"))
    );
    assert_eq!(sony.unwrap(Mono(0), &answer), Unwrapped::Nothing);
}

#[test]
fn a_lost_count_is_begun_anew_and_a_camera_that_knows_no_reset_is_spoken_to_all_the_same() {
    let mut sony = counting();
    sony.wrap(power_on(), false);
    let abnormal = bytes("02 01 00 02 00 00 00 00 0F 01");
    assert_eq!(sony.unwrap(Mono(0), &abnormal), Unwrapped::OutOfStep);
    assert!(!sony.is_ready());
    let mut now = Mono(1000);
    let mut resets = 0;
    while !sony.is_ready() {
        resets += u32::from(sony.on_tick(now).is_some());
        now = sony.next_deadline().unwrap_or(now);
    }
    assert_eq!(resets, 3);
    assert_eq!(sony.wrap(power_on(), true)[7], 0);
}

#[test]
fn a_camera_without_a_count_always_gets_zero() {
    let mut sony = Sony::new(Numbering::Zero);
    assert!(sony.is_ready());
    for _ in 0..3 {
        assert_eq!(sony.wrap(power_on(), false)[4..8], [0; 4]);
    }
    let answer = bytes("01 11 00 03 00 00 00 01 90 41 FF");
    for _ in 0..2 {
        assert!(matches!(
            sony.unwrap(Mono(0), &answer),
            Unwrapped::Payload(_)
        ));
    }
}

#[test]
fn a_million_random_datagrams_neither_panic_nor_pile_up() {
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut sony = counting();
    let mut said = 0;
    for round in 0..1_000_000_u32 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = state.to_le_bytes();
        let kind = [
            [0x01, 0x11],
            [0x02, 0x01],
            [0x01, 0x00],
            [noise[0], noise[1]],
        ];
        let head = kind[(round % 4) as usize];
        let datagram = [&head[..], &noise[2..], &noise[..(state >> 60) as usize % 8]].concat();
        let cut = (state >> 50) as usize % (datagram.len() + 1);
        said += u32::from(matches!(
            sony.unwrap(Mono(0), &datagram[cut..]),
            Unwrapped::Payload(_)
        ));
        sony.unwrap(Mono(0), &datagram);
        sony.on_tick(Mono(u64::from(round)));
        if round % 7 == 0 {
            sony.wrap(power_on(), round % 2 == 0);
        }
    }
    assert!(said > 100, "{said}");
    assert!(sony.sent.len() <= SENT && sony.heard.len() <= HEARD);
}

proptest! {
    #[test]
    fn a_payload_comes_out_as_it_went_in(number: u32, payload in proptest::collection::vec(any::<u8>(), 1..=17)) {
        let mut sony = counting();
        let wrapped = datagram(REPLY, number, &payload);
        prop_assert_eq!(sony.unwrap(Mono(0), &wrapped), Unwrapped::Payload(payload));
    }
}
