//! The codec against the makers' tables, against itself, and against everything a bad line can do.

use super::*;
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

fn receive(stream: &[u8]) -> Vec<Received> {
    let mut deframer = Deframer::default();
    stream
        .iter()
        .filter_map(|byte| deframer.push(*byte))
        .collect()
}

fn replies(stream: &[u8]) -> Vec<Reply> {
    let frames = receive(stream).into_iter().filter_map(|r| match r {
        Received::Frame(frame) => Some(frame),
        Received::Noise => None,
    });
    frames.filter_map(|frame| Reply::parse(&frame)).collect()
}

fn only(text: &str) -> Option<Reply> {
    let found = replies(&bytes(text));
    assert!(found.len() <= 1, "{found:?}");
    found.into_iter().next()
}

const A1: Address = Address::FIRST;

fn a(number: u8) -> Address {
    Address::new(number).unwrap()
}

#[test]
fn commands_stand_on_the_wire_as_in_the_makers_tables() {
    let full = PanTiltSpeed {
        pan: 0x18,
        tilt: Some(0x14),
    };
    let table = [
        (Command::PowerOn, "81 01 04 00 02 FF"),
        (Command::Standby, "81 01 04 00 03 FF"),
        (
            Command::PanTilt {
                pan: Motor::Minus(0x18),
                tilt: Motor::Still,
            },
            "81 01 06 01 18 01 01 03 FF",
        ),
        (
            Command::PanTilt {
                pan: Motor::Plus(5),
                tilt: Motor::Still,
            },
            "81 01 06 01 05 01 02 03 FF",
        ),
        (
            Command::PanTilt {
                pan: Motor::Still,
                tilt: Motor::Plus(0x14),
            },
            "81 01 06 01 01 14 03 01 FF",
        ),
        (
            Command::PanTilt {
                pan: Motor::Still,
                tilt: Motor::Minus(9),
            },
            "81 01 06 01 01 09 03 02 FF",
        ),
        (
            Command::PanTilt {
                pan: Motor::Plus(3),
                tilt: Motor::Minus(4),
            },
            "81 01 06 01 03 04 02 02 FF",
        ),
        (
            Command::PanTilt {
                pan: Motor::Still,
                tilt: Motor::Still,
            },
            "81 01 06 01 01 01 03 03 FF",
        ),
        (
            Command::PanTiltTo {
                speed: full,
                layout: Layout::FourFour,
                pan: 0x0990,
                tilt: 0x0510,
            },
            "81 01 06 02 18 14 00 09 09 00 00 05 01 00 FF",
        ),
        (
            Command::PanTiltTo {
                speed: full,
                layout: Layout::FourFour,
                pan: -0x0990,
                tilt: -0x01B0,
            },
            "81 01 06 02 18 14 0F 06 07 00 0F 0E 05 00 FF",
        ),
        (Command::Home, "81 01 06 04 FF"),
        (Command::Zoom(ZoomMove::Stop), "81 01 04 07 00 FF"),
        (Command::Zoom(ZoomMove::Tele(7)), "81 01 04 07 27 FF"),
        (Command::Zoom(ZoomMove::Wide(0)), "81 01 04 07 30 FF"),
        (Command::ZoomTo(0x4000), "81 01 04 47 04 00 00 00 FF"),
        (Command::PresetClear(0), "81 01 04 3F 00 00 FF"),
        (Command::PresetStore(5), "81 01 04 3F 01 05 FF"),
        (Command::PresetRecall(0x7F), "81 01 04 3F 02 7F FF"),
        (Command::Cancel(2), "81 22 FF"),
    ];
    for (command, text) in table {
        assert_eq!(command.to(A1).as_bytes(), bytes(text), "{command:?}");
    }
    assert_eq!(Command::Home.to(a(7)).as_bytes(), bytes("87 01 06 04 FF"));
    assert_eq!(Frame::address_set().as_bytes(), bytes("88 30 01 FF"));
    assert_eq!(Frame::if_clear().as_bytes(), bytes("88 01 00 01 FF"));
}

#[test]
fn inquiries_stand_on_the_wire_as_in_the_makers_tables() {
    let table = [
        (Inquiry::Version, "81 09 00 02 FF"),
        (Inquiry::Power, "81 09 04 00 FF"),
        (Inquiry::PanTilt, "81 09 06 12 FF"),
        (Inquiry::Zoom, "81 09 04 47 FF"),
    ];
    for (inquiry, text) in table {
        assert_eq!(inquiry.to(A1).as_bytes(), bytes(text), "{inquiry:?}");
    }
}

#[test]
fn replies_are_understood_as_in_the_makers_tables() {
    let s = Socket::new;
    let table = [
        ("90 41 FF", Reply::Ack(A1, s(1))),
        ("90 40 FF", Reply::Ack(A1, s(0))),
        ("A0 42 FF", Reply::Ack(a(2), s(2))),
        ("F0 51 FF", Reply::Completion(a(7), s(1))),
        ("90 50 FF", Reply::Completion(A1, s(0))),
        ("90 60 01 FF", Reply::Refused(A1, s(0), Refusal::Length)),
        ("90 60 02 FF", Reply::Refused(A1, s(0), Refusal::Syntax)),
        ("90 61 02 FF", Reply::Refused(A1, s(1), Refusal::Syntax)),
        ("90 60 03 FF", Reply::Refused(A1, s(0), Refusal::BufferFull)),
        ("90 62 04 FF", Reply::Refused(A1, s(2), Refusal::Cancelled)),
        ("90 61 05 FF", Reply::Refused(A1, s(1), Refusal::NoSocket)),
        ("90 61 41 FF", Reply::Refused(A1, s(1), Refusal::NotNow)),
        (
            "90 60 77 FF",
            Reply::Refused(A1, s(0), Refusal::Other(0x77)),
        ),
        ("88 30 02 FF", Reply::AddressesSet { next: 2 }),
        ("88 30 08 FF", Reply::AddressesSet { next: 8 }),
        ("88 01 00 01 FF", Reply::Cleared),
        ("90 38 FF", Reply::NetworkChange),
        ("88 38 FF", Reply::NetworkChange),
    ];
    for (text, reply) in table {
        assert_eq!(only(text), Some(reply), "{text}");
    }
}

#[test]
fn answers_are_read_as_in_the_makers_tables() {
    let table = [
        (
            Inquiry::Version,
            "90 50 00 01 04 0F 01 00 02 FF",
            Answer::Version {
                vendor: 1,
                model: 0x040F,
            },
        ),
        (
            Inquiry::Version,
            "90 50 00 52 FF",
            Answer::Version {
                vendor: 0,
                model: 0,
            },
        ),
        (Inquiry::Power, "90 50 02 FF", Answer::On),
        (Inquiry::Power, "90 50 03 FF", Answer::Asleep),
        (Inquiry::Power, "90 50 04 FF", Answer::PowerFault),
        (
            Inquiry::PanTilt,
            "90 50 00 09 09 00 00 05 01 00 FF",
            Answer::PanTilt {
                pan: 2448,
                tilt: 1296,
            },
        ),
        (
            Inquiry::PanTilt,
            "90 50 0F 06 07 00 0F 0E 05 00 FF",
            Answer::PanTilt {
                pan: -2448,
                tilt: -432,
            },
        ),
        (Inquiry::Zoom, "90 50 04 00 00 00 FF", Answer::Zoom(0x4000)),
    ];
    for (inquiry, text, answer) in table {
        let Some(Reply::Answer(_, data)) = only(text) else {
            panic!("{text}")
        };
        assert_eq!(inquiry.read(data.as_bytes()), Some(answer), "{text}");
    }
}

#[test]
fn an_answer_to_another_question_is_not_believed() {
    let data = bytes("00 09 09 00 00 05 01 00");
    assert_eq!(Inquiry::Power.read(&data), None);
    assert_eq!(Inquiry::Zoom.read(&data), None);
    assert_eq!(
        Inquiry::PanTilt.read(&bytes("00 09 09 00 00 05 01 10")),
        None
    );
    assert_eq!(Inquiry::Power.read(&[0x05]), None);
}

#[test]
fn frames_are_found_again_after_noise() {
    let ack = Some(Reply::Ack(A1, Socket::new(1)));
    assert_eq!(only("00 13 7F 90 41 FF"), ack);
    assert_eq!(only("12 FF 90 41 FF"), ack);
    assert_eq!(only("FF FF FF 90 41 FF"), ack);
    assert_eq!(only("90 FF 90 41 FF"), ack);
    assert_eq!(only(&format!("90 {} FF 90 41 FF", "01 ".repeat(40))), ack);
}

#[test]
fn a_lost_terminator_costs_one_frame_only() {
    assert_eq!(
        only("90 50 00 09 90 41 FF"),
        Some(Reply::Answer(A1, data("00 09 90 41")))
    );
    assert_eq!(
        only("90 41 90 51 FF"),
        Some(Reply::Completion(A1, Socket::new(1)))
    );
    assert_eq!(only("88 30 90 38 FF"), Some(Reply::NetworkChange));
}

fn data(text: &str) -> Data {
    match Reply::answer(A1, &bytes(text)) {
        Some(Reply::Answer(_, data)) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_frame_of_seventeen_bytes_passes_and_of_eighteen_does_not() {
    let frame = |n: usize| [vec![0x90, 0x50], vec![1; n - 3], vec![0xFF]].concat();
    assert!(matches!(
        receive(&frame(MAX_FRAME))[..],
        [Received::Frame(_)]
    ));
    assert!(matches!(
        receive(&frame(MAX_FRAME + 1))[..],
        [Received::Noise]
    ));
}

#[test]
fn a_million_random_bytes_neither_panic_nor_pile_up() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut deframer = Deframer::default();
    let mut understood = 0_u32;
    for _ in 0..1_000_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // A tenth of terminators and headers, so that frames come up.
        let byte = match state % 10 {
            0 => 0xFF,
            1 => 0x90,
            _ => (state >> 32) as u8,
        };
        if let Some(Received::Frame(frame)) = deframer.push(byte) {
            assert!((3..=MAX_FRAME).contains(&frame.as_bytes().len()));
            let _ = (Command::parse(&frame), Inquiry::parse(&frame));
            understood += u32::from(Reply::parse(&frame).is_some());
        }
    }
    assert!(
        understood > 1000,
        "the stream was meant to hold replies: {understood}"
    );
}

fn motor() -> impl Strategy<Value = Motor> {
    prop_oneof![
        Just(Motor::Still),
        (1..=0x7F_u8).prop_map(Motor::Minus),
        (1..=0x7F_u8).prop_map(Motor::Plus),
    ]
}

fn place() -> impl Strategy<Value = (Layout, i32, i32)> {
    let short = || any::<i16>().prop_map(i32::from);
    let long = || -0x80000..=0x7FFFF_i32;
    prop_oneof![
        (Just(Layout::FourFour), short(), short()),
        (Just(Layout::FiveFour), long(), short()),
        (Just(Layout::FiveFive), long(), long()),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let speed = (1..=0x7F_u8, proptest::option::of(1..=0x7F_u8))
        .prop_map(|(pan, tilt)| PanTiltSpeed { pan, tilt });
    prop_oneof![
        Just(Command::PowerOn),
        Just(Command::Standby),
        Just(Command::Home),
        (motor(), motor()).prop_map(|(pan, tilt)| Command::PanTilt { pan, tilt }),
        (speed, place()).prop_map(|(speed, (layout, pan, tilt))| Command::PanTiltTo {
            speed,
            layout,
            pan,
            tilt
        }),
        Just(Command::Zoom(ZoomMove::Stop)),
        (0..=7_u8).prop_map(|p| Command::Zoom(ZoomMove::Tele(p))),
        (0..=7_u8).prop_map(|p| Command::Zoom(ZoomMove::Wide(p))),
        any::<u16>().prop_map(Command::ZoomTo),
        (0..=0xFE_u8).prop_map(Command::PresetClear),
        (0..=0xFE_u8).prop_map(Command::PresetStore),
        (0..=0xFE_u8).prop_map(Command::PresetRecall),
        (0..=0x0F_u8).prop_map(Command::Cancel),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    let from = || (1..=7_u8).prop_map(|n| Address::new(n).unwrap());
    let socket = || (0..=15_u8).prop_map(Socket::new);
    let refusal = (0..=0xFE_u8).prop_map(Refusal::from_byte);
    prop_oneof![
        (from(), socket()).prop_map(|(f, s)| Reply::Ack(f, s)),
        (from(), socket()).prop_map(|(f, s)| Reply::Completion(f, s)),
        (from(), proptest::collection::vec(0..=0xFE_u8, 1..=13))
            .prop_map(|(f, d)| Reply::answer(f, &d).unwrap()),
        (from(), socket(), refusal).prop_map(|(f, s, r)| Reply::Refused(f, s, r)),
        (1..=8_u8).prop_map(|next| Reply::AddressesSet { next }),
        Just(Reply::Cleared),
        Just(Reply::NetworkChange),
    ]
}

fn answer() -> impl Strategy<Value = (Inquiry, Answer)> {
    prop_oneof![
        (0..=0xFEFE_u16, 0..=0xFEFE_u16)
            .prop_map(|(vendor, model)| (Inquiry::Version, Answer::Version { vendor, model })),
        Just((Inquiry::Power, Answer::On)),
        Just((Inquiry::Power, Answer::Asleep)),
        Just((Inquiry::Power, Answer::PowerFault)),
        (any::<i16>(), any::<i16>()).prop_map(|(pan, tilt)| {
            (
                Inquiry::PanTilt,
                Answer::PanTilt {
                    pan: pan.into(),
                    tilt: tilt.into(),
                },
            )
        }),
        any::<u16>().prop_map(|z| (Inquiry::Zoom, Answer::Zoom(z))),
    ]
}

proptest! {
    #[test]
    fn a_command_comes_back_as_it_went(command in command(), to in 1..=7_u8) {
        let frame = command.to(Address::new(to).unwrap());
        prop_assert_eq!(receive(frame.as_bytes()), vec![Received::Frame(frame)]);
        prop_assert_eq!(Command::parse(&frame), Some(command));
        prop_assert_eq!(Inquiry::parse(&frame), None);
    }

    #[test]
    fn a_reply_comes_back_as_it_went(reply in reply()) {
        prop_assert_eq!(replies(reply.frame().as_bytes()), vec![reply]);
    }

    #[test]
    fn an_answer_comes_back_as_it_went((inquiry, answer) in answer()) {
        prop_assert_eq!(inquiry.read(&answer.data()), Some(answer));
    }

    #[test]
    fn the_cuts_between_reads_do_not_matter(
        sent in proptest::collection::vec(reply(), 0..6),
        noise in proptest::collection::vec(0..=0x7F_u8, 0..20),
    ) {
        let mut stream = noise;
        for reply in &sent {
            stream.extend_from_slice(reply.frame().as_bytes());
        }
        for cut in 0..=stream.len() {
            let mut deframer = Deframer::default();
            let mut got = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                got.extend(part.iter().filter_map(|byte| deframer.push(*byte)));
            }
            prop_assert_eq!(&got, &receive(&stream));
        }
        prop_assert_eq!(replies(&stream), sent);
    }

    #[test]
    fn one_spoilt_byte_spoils_at_most_its_own_frame_and_the_next(
        sent in proptest::collection::vec(reply(), 3..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let first = sent[0].frame();
        let mut stream = first.as_bytes().to_vec();
        let spoilt = at.index(stream.len());
        stream[spoilt] = byte;
        for reply in &sent[1..] {
            stream.extend_from_slice(reply.frame().as_bytes());
        }
        let got = replies(&stream);
        prop_assert!(got.ends_with(&sent[2..]), "{:?} of {:?}", got, sent);
    }
}
