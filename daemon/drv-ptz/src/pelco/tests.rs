//! The bytes and where each is from; round trips, every cut, corruption, and a million random bytes.

use super::*;
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

fn receive(dialect: Dialect, bytes: &[u8]) -> Vec<Received> {
    let mut deframer = Deframer::new(dialect);
    bytes
        .iter()
        .filter_map(|byte| deframer.push(*byte))
        .collect()
}

fn frames(dialect: Dialect, bytes: &[u8]) -> Vec<Frame> {
    let frame = |received| match received {
        Received::Frame(frame) => Some(frame),
        Received::Noise => None,
    };
    receive(dialect, bytes)
        .into_iter()
        .filter_map(frame)
        .collect()
}

fn moves(pan: Motor, tilt: Motor, zoom: Zoom) -> Command {
    Command::Move { pan, tilt, zoom }
}

/// Pelco's D manual TF-0002 has the bits and the sum; rows with a peer are its test vectors, byte for byte.
fn d_table() -> Vec<(Command, u8, &'static str)> {
    use Motor::{Minus, Plus, Still};
    vec![
        // Peer: pelcodrs 0.2.1, tests/test_message.rs.
        (Command::CameraOn, 1, "FF 01 88 00 00 00 89"),
        (Command::CameraOff, 1, "FF 01 08 00 00 00 09"),
        (
            moves(Minus(0x20), Still, Zoom::Still),
            2,
            "FF 02 00 04 20 00 26",
        ),
        (Command::STOP, 2, "FF 02 00 00 00 00 02"),
        (Command::PresetStore(1), 1, "FF 01 00 03 00 01 05"),
        (Command::PresetClear(15), 12, "FF 0C 00 05 00 0F 20"),
        (Command::PresetRecall(255), 255, "FF FF 00 07 00 FF 05"),
        // Peer: the vectors of this project's notes, from svagionitis/PelcoD-Controller.
        (
            moves(Plus(0x20), Still, Zoom::Still),
            1,
            "FF 01 00 02 20 00 23",
        ),
        (Command::STOP, 1, "FF 01 00 00 00 00 01"),
        (Command::PresetRecall(5), 1, "FF 01 00 07 00 05 0D"),
        (Command::PresetStore(5), 1, "FF 01 00 03 00 05 09"),
        (moves(Still, Still, Zoom::Tele), 1, "FF 01 00 20 00 00 21"),
        // Peer, bit by bit: miathedev/pelcod, byte4.go (which has going to a preset and clearing it the wrong way round).
        (moves(Still, Still, Zoom::Wide), 1, "FF 01 00 40 00 00 41"),
        (
            moves(Still, Plus(0x3F), Zoom::Still),
            10,
            "FF 0A 00 08 00 3F 51",
        ),
        (
            moves(Still, Minus(0x20), Zoom::Still),
            1,
            "FF 01 00 10 00 20 31",
        ),
        (
            moves(Minus(0x20), Plus(0x10), Zoom::Still),
            1,
            "FF 01 00 0C 20 10 3D",
        ),
        (Command::Ask(Query::Pan), 1, "FF 01 00 51 00 00 52"),
        (Command::Ask(Query::Tilt), 1, "FF 01 00 53 00 00 54"),
        (Command::Ask(Query::Zoom), 1, "FF 01 00 55 00 00 56"),
    ]
}

/// Pelco's P manual TF-0001 and the vectors of this project's notes; a peer with whole frames was not found.
fn p_table() -> Vec<(Command, u8, &'static str)> {
    use Motor::{Minus, Plus, Still};
    vec![
        (
            moves(Plus(0x20), Still, Zoom::Still),
            1,
            "A0 00 00 02 20 00 AF 2D",
        ),
        (
            moves(Minus(0x20), Still, Zoom::Still),
            1,
            "A0 00 00 04 20 00 AF 2B",
        ),
        (
            moves(Still, Plus(0x20), Zoom::Still),
            1,
            "A0 00 00 08 00 20 AF 27",
        ),
        (
            moves(Still, Minus(0x20), Zoom::Still),
            1,
            "A0 00 00 10 00 20 AF 3F",
        ),
        (
            moves(Still, Still, Zoom::Tele),
            1,
            "A0 00 00 20 00 00 AF 2F",
        ),
        (
            moves(Still, Still, Zoom::Wide),
            1,
            "A0 00 00 40 00 00 AF 4F",
        ),
        (Command::STOP, 1, "A0 00 00 00 00 00 AF 0F"),
        (Command::PresetStore(1), 1, "A0 00 00 03 00 01 AF 0D"),
        (Command::PresetClear(1), 1, "A0 00 00 05 00 01 AF 0B"),
        (Command::PresetRecall(1), 1, "A0 00 00 07 00 01 AF 09"),
    ]
}

#[test]
fn commands_are_the_bytes_that_the_maker_and_a_peer_have() {
    for (dialect, table) in [(Dialect::D, d_table()), (Dialect::P, p_table())] {
        for (command, address, text) in table {
            let frame = command.to(dialect, Address::new(address).unwrap());
            assert_eq!(frame.as_bytes(), bytes(text), "{command:?}");
            assert_eq!(Command::parse(&frame), Some(command), "{text}");
            assert_eq!(frame.address(), Address::new(address));
        }
    }
}

/// The sum is modulo 256; one peer (obs-ptz) takes it modulo 100.
#[test]
fn the_sum_of_pelco_d_wraps_at_256() {
    let frame = moves(Motor::Plus(0x3F), Motor::Plus(0x3F), Zoom::Still)
        .to(Dialect::D, Address::new(0xFF).unwrap());
    assert_eq!(frame.as_bytes(), bytes("FF FF 00 0A 3F 3F 87"));
}

#[test]
fn answers_tell_hundredths_of_a_degree() {
    let [frame] = frames(Dialect::D, &bytes("FF 01 00 59 23 28 A5"))[..] else {
        panic!("one frame");
    };
    let answer = Answer::parse(&frame).unwrap();
    assert_eq!((answer.query, answer.value), (Query::Pan, 9000));
}

#[test]
fn a_speed_beyond_the_fastest_is_the_fastest() {
    let turbo = moves(Motor::Plus(0xFF), Motor::Still, Zoom::Still);
    let frame = turbo.to(Dialect::D, Address::new(1).unwrap());
    assert_eq!(frame.as_bytes()[4], FASTEST);
}

#[test]
fn a_million_random_bytes_neither_panic_nor_pile_up() {
    for dialect in [Dialect::D, Dialect::P] {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut deframer = Deframer::new(dialect);
        let mut whole = 0_u32;
        for n in 0..1_000_000_u32 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Starts and ends come often enough that frames are found.
            let byte = match n % 3 {
                0 => [0xFF, 0xA0, 0x00, 0xAF][(state & 3) as usize],
                _ => (state >> 24) as u8 & 0x5F,
            };
            if let Some(Received::Frame(frame)) = deframer.push(byte) {
                whole += 1;
                let _ = (
                    Command::parse(&frame),
                    Answer::parse(&frame),
                    frame.address(),
                );
            }
            assert!(deframer.len < 8);
        }
        assert!(whole > 10, "{whole} frames of {dialect:?}");
    }
}

fn motor() -> impl Strategy<Value = Motor> {
    prop_oneof![
        Just(Motor::Still),
        (0..=FASTEST).prop_map(Motor::Minus),
        (0..=FASTEST).prop_map(Motor::Plus),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let zoom = prop_oneof![Just(Zoom::Still), Just(Zoom::Tele), Just(Zoom::Wide)];
    prop_oneof![
        (motor(), motor(), zoom).prop_map(|(pan, tilt, zoom)| Command::Move { pan, tilt, zoom }),
        any::<u8>().prop_map(Command::PresetStore),
        any::<u8>().prop_map(Command::PresetClear),
        any::<u8>().prop_map(Command::PresetRecall),
        Just(Command::CameraOn),
        Just(Command::CameraOff),
        proptest::sample::select(Query::ALL.to_vec()).prop_map(Command::Ask),
    ]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::D), Just(Dialect::P)]
}

proptest! {
    #[test]
    fn commands_come_back_as_they_went_behind_any_noise(
        dialect in dialect(),
        command in command(),
        address in 1..=255_u8,
        noise in proptest::collection::vec(0..=0x9F_u8, 0..20),
    ) {
        let frame = command.to(dialect, Address::new(address).unwrap());
        let stream = [&noise[..], frame.as_bytes()].concat();
        prop_assert_eq!(frames(dialect, &stream), vec![frame]);
        prop_assert_eq!(Command::parse(&frame), Some(command));
    }

    #[test]
    fn one_wrong_bit_is_never_taken_for_the_command(
        dialect in dialect(), command in command(), address in 1..=255_u8, at in 0..7_usize, bit in 0..8_u8,
    ) {
        let frame = command.to(dialect, Address::new(address).unwrap());
        let mut broken = frame.as_bytes().to_vec();
        broken[at] ^= 1 << bit;
        prop_assert!(!frames(dialect, &broken).contains(&frame));
        let good_again = [&broken[..], &[0; 8][..], frame.as_bytes()].concat();
        prop_assert!(frames(dialect, &good_again).contains(&frame));
    }
}
