//! The bytes of each command as two sources have them that do not know each other: a maker's list and a peer's code or tests
//! (the peers of each row were looked up; the lists are cited as the project's notes and the peers' tables have them).
//! Where they disagree, the maker is right and the peer's mistake stands beside it, so that nobody repeats it.

use super::*;

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

/// Frame, the maker's list, the peer that has the same.
type Row = (Frame, &'static str, &'static str, &'static str);

const EVI: &str = "Sony EVI-D70 Technical Manual, command list";
const PTZO: &str = "PTZOptics VISCA over IP Commands, rev. 1.2";
const X400: &str = "Sony BRC-X400 command list";
const X1000: &str = "Sony BRC-X1000 command list";
const SHE: &str = "Sony SRG-360SHE command list";

const GRAFTON: &str = "grafton-visca 2.0.0-rc.3, tests/fixtures/issue_715_wire_golden.txt";
const COMPANION: &str =
    "bitfocus/companion-module-sony-visca, buildPtPositionCmd in src/actions.js";
const PYVISCA: &str = "pyvisca 0.1.9, visca.py";
const OVER_IP: &str = "visca_over_ip 0.5.2, camera.py";
const LIBVISCA: &str = "glikely/libvisca, constants of libvisca.h";

fn to(command: Command) -> Frame {
    command.to(Address::FIRST)
}

fn place(layout: Layout, (pan, tilt): (u8, Option<u8>), to_place: (i32, i32)) -> Frame {
    to(Command::PanTiltTo {
        speed: PanTiltSpeed { pan, tilt },
        layout,
        pan: to_place.0,
        tilt: to_place.1,
    })
}

fn turn(pan: Motor, tilt: Motor) -> Frame {
    to(Command::PanTilt { pan, tilt })
}

fn table() -> Vec<Row> {
    use Motor::{Minus, Plus, Still};
    let ask = |inquiry: Inquiry| inquiry.to(Address::FIRST);
    vec![
        (Frame::address_set(), "88 30 01 FF", EVI, GRAFTON),
        // obs-ptz's serial backend has 88 01 00 10 FF here.
        (Frame::if_clear(), "88 01 00 01 FF", EVI, GRAFTON),
        (to(Command::PowerOn), "81 01 04 00 02 FF", EVI, GRAFTON),
        (to(Command::Standby), "81 01 04 00 03 FF", EVI, PYVISCA),
        (
            turn(Minus(0x18), Plus(0x14)),
            "81 01 06 01 18 14 01 01 FF",
            EVI,
            GRAFTON,
        ),
        (
            turn(Plus(0x18), Plus(0x14)),
            "81 01 06 01 18 14 02 01 FF",
            EVI,
            GRAFTON,
        ),
        (
            turn(Minus(0x18), Minus(0x14)),
            "81 01 06 01 18 14 01 02 FF",
            PTZO,
            GRAFTON,
        ),
        (
            turn(Plus(0x18), Minus(0x14)),
            "81 01 06 01 18 14 02 02 FF",
            PTZO,
            GRAFTON,
        ),
        // But for the speeds, which every peer chooses otherwise; a BRC-300 takes no speed of 0, which some send.
        (
            turn(Still, Still),
            "81 01 06 01 01 01 03 03 FF",
            EVI,
            LIBVISCA,
        ),
        (
            place(Layout::FourFour, (0x0A, Some(5)), (2448, 1296)),
            "81 01 06 02 0A 05 00 09 09 00 00 05 01 00 FF",
            PTZO,
            GRAFTON,
        ),
        (
            place(Layout::FourFour, (0x0A, Some(5)), (-2448, -432)),
            "81 01 06 02 0A 05 0F 06 07 00 0F 0E 05 00 FF",
            PTZO,
            GRAFTON,
        ),
        (
            place(Layout::FourFour, (0x18, None), (-0x2200, 0x1200)),
            "81 01 06 02 18 00 0D 0E 00 00 01 02 00 00 FF",
            X400,
            COMPANION,
        ),
        (
            place(Layout::FiveFour, (0x18, None), (0x09CA7, 0)),
            "81 01 06 02 18 00 00 09 0C 0A 07 00 00 00 00 FF",
            X1000,
            COMPANION,
        ),
        (
            place(Layout::FiveFour, (0x18, None), (-0x09CA7, 0)),
            "81 01 06 02 18 00 0F 06 03 05 09 00 00 00 00 FF",
            X1000,
            COMPANION,
        ),
        (
            place(Layout::FiveFive, (0x18, None), (-0x15400, 0)),
            "81 01 06 02 18 00 0E 0A 0C 00 00 00 00 00 00 00 FF",
            SHE,
            COMPANION,
        ),
        (to(Command::Home), "81 01 06 04 FF", EVI, PYVISCA),
        (
            to(Command::Zoom(ZoomMove::Stop)),
            "81 01 04 07 00 FF",
            EVI,
            OVER_IP,
        ),
        (
            to(Command::Zoom(ZoomMove::Tele(7))),
            "81 01 04 07 27 FF",
            EVI,
            OVER_IP,
        ),
        (
            to(Command::Zoom(ZoomMove::Wide(0))),
            "81 01 04 07 30 FF",
            EVI,
            GRAFTON,
        ),
        // An Axis list prints 04 07 02 for a place of the zoom.
        (
            to(Command::ZoomTo(0x4000)),
            "81 01 04 47 04 00 00 00 FF",
            EVI,
            GRAFTON,
        ),
        (
            to(Command::PresetClear(1)),
            "81 01 04 3F 00 01 FF",
            PTZO,
            GRAFTON,
        ),
        (
            to(Command::PresetStore(1)),
            "81 01 04 3F 01 01 FF",
            PTZO,
            OVER_IP,
        ),
        (
            to(Command::PresetRecall(1)),
            "81 01 04 3F 02 01 FF",
            PTZO,
            OVER_IP,
        ),
        (to(Command::Cancel(1)), "81 21 FF", EVI, GRAFTON),
        (ask(Inquiry::Version), "81 09 00 02 FF", EVI, LIBVISCA),
        (ask(Inquiry::Power), "81 09 04 00 FF", EVI, GRAFTON),
        (ask(Inquiry::PanTilt), "81 09 06 12 FF", EVI, GRAFTON),
        (ask(Inquiry::Zoom), "81 09 04 47 FF", EVI, GRAFTON),
    ]
}

#[test]
fn every_frame_is_as_a_maker_and_a_peer_have_it() {
    for (frame, text, maker, peer) in table() {
        assert_eq!(frame.as_bytes(), bytes(text), "{maker}; {peer}");
    }
}

#[test]
fn places_of_every_layout_are_read_by_their_length() {
    let at = |pan, tilt| Some(Answer::PanTilt { pan, tilt });
    let read = |text| Inquiry::PanTilt.read(&bytes(text));
    assert_eq!(read("00 09 09 00 0F 0E 05 00"), at(0x0990, -0x01B0));
    assert_eq!(read("0F 06 03 05 09 00 09 03 07"), at(-0x09CA7, 0x0937));
    assert_eq!(read("01 05 04 00 00 0F 0C 04 00 00"), at(0x15400, -0x03C00));
    assert_eq!(read("00 00 00 00 00 00 00"), None);
}
