//! The codecs against the makers' tables, and against everything that a bad line can do.
//! Each vector stands in a maker's document and in a second source: a public driver, or the arithmetic of the document.

use super::*;
use crate::model::{BUILT_IN, DisplayModel};
use crate::words::{Answer, Health, InputCode, Muted, Power, Refusal, Turn};
use proptest::prelude::*;
use room_core::units::Percent;

fn speech(protocol: Protocol, carrier: Carrier) -> Speech {
    let sharp = BUILT_IN
        .iter()
        .find(|(name, _)| *name == "sharp-pn")
        .unwrap();
    Speech {
        protocol,
        carrier,
        id: 1,
        ascii: DisplayModel::read(sharp.0, sharp.1).unwrap().ascii,
        login: Login {
            user: "admin1".into(),
            password: "panasonic".into(),
        },
    }
}

fn codec(protocol: Protocol) -> Box<dyn Codec> {
    let carrier = match protocol {
        Protocol::Pjlink | Protocol::SonySimpleIp => Carrier::Network,
        _ => Carrier::Serial,
    };
    speech(protocol, carrier).codec()
}

fn model(name: &str) -> Box<dyn Codec> {
    let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name).unwrap();
    let model = DisplayModel::read(name, text).unwrap();
    model.speech(Carrier::Serial, 1, Login::default()).codec()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(|c| !c.is_whitespace()).collect();
    InputCode::new(&digits).bytes().unwrap()
}

fn input(code: &str) -> Request {
    Request::Input(InputCode::new(code))
}

fn volume(percent: u8) -> Request {
    Request::Volume(Percent::new(percent))
}

const ON: Request = Request::Power(Turn::On);
const STANDBY: Request = Request::Power(Turn::Standby);

fn says(codec: &mut dyn Codec, table: &[(Request, &str)]) {
    for (request, hex) in table {
        let said = codec.say(request).unwrap_or_default();
        assert_eq!(said, bytes(hex), "{request:?}: {said:02X?}");
    }
}

fn says_text(codec: &mut dyn Codec, table: &[(Request, &str)]) {
    for (request, text) in table {
        let said = codec.say(request).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&said), *text, "{request:?}");
    }
}

/// What one whole frame means.
fn heard(codec: &mut dyn Codec, frame: &[u8], under_way: &Request) -> Heard {
    let frames = codec.take(frame);
    assert_eq!(frames.len(), 1, "{frames:?}");
    codec.hear(&frames[0], Some(under_way))
}

fn answers(codec: &mut dyn Codec, table: &[(Request, &[u8], Answer)]) {
    for (request, frame, answer) in table {
        let meant = heard(codec, frame, request);
        assert_eq!(meant, Heard::Answer(answer.clone()), "{frame:02X?}");
    }
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused(refusal)
}

fn shows(code: &str) -> Answer {
    Answer::Input(InputCode::new(code))
}

fn loud(percent: u8) -> Answer {
    Answer::Volume(Percent::new(percent))
}

#[test]
fn samsung_mdc_as_in_the_makers_tables() {
    let mut mdc = codec(Protocol::SamsungMdc);
    says(
        &mut *mdc,
        &[
            (ON, "AA 11 01 01 01 14"),
            (STANDBY, "AA 11 01 01 00 13"),
            (Request::AskPower, "AA 11 01 00 12"),
            (input("21"), "AA 14 01 01 21 37"),
            (input("23"), "AA 14 01 01 23 39"),
            (Request::AskInput, "AA 14 01 00 15"),
            (volume(30), "AA 12 01 01 1E 32"),
            (Request::Muted(Muted::Yes), "AA 13 01 01 01 16"),
        ],
    );
    answers(
        &mut *mdc,
        &[
            (
                Request::AskPower,
                &bytes("AA FF 01 03 41 11 01 56"),
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                &bytes("AA FF 01 03 41 11 00 55"),
                Answer::Power(Power::Standby),
            ),
            (ON, &bytes("AA FF 01 03 41 11 01 56"), Answer::Done),
            (
                Request::AskInput,
                &bytes("AA FF 01 03 41 14 21 79"),
                shows("21"),
            ),
            (
                Request::AskVolume,
                &bytes("AA FF 01 03 41 12 1E 74"),
                loud(30),
            ),
            (
                STANDBY,
                &bytes("AA FF 01 03 4E 11 01 63"),
                refused(Refusal::Failed),
            ),
        ],
    );
    let other_display = bytes("AA FF 02 03 41 11 01 57");
    assert_eq!(
        heard(&mut *mdc, &other_display, &Request::AskPower),
        Heard::Nothing
    );
}

#[test]
fn lg_as_in_the_makers_tables() {
    let mut lg = codec(Protocol::Lg);
    says_text(
        &mut *lg,
        &[
            (ON, "ka 01 01\r"),
            (STANDBY, "ka 01 00\r"),
            (Request::AskPower, "ka 01 ff\r"),
            (input("90"), "xb 01 90\r"),
            (input("91"), "xb 01 91\r"),
            (volume(30), "kf 01 1e\r"),
            (Request::Muted(Muted::Yes), "ke 01 00\r"),
            (Request::Muted(Muted::No), "ke 01 01\r"),
        ],
    );
    answers(
        &mut *lg,
        &[
            (Request::AskPower, b"a 01 OK01x", Answer::Power(Power::On)),
            (
                Request::AskPower,
                b"a 01 OK00x",
                Answer::Power(Power::Standby),
            ),
            (ON, b"a 01 OK01x", Answer::Done),
            (Request::AskInput, b"b 01 OK90x", shows("90")),
            (Request::AskVolume, b"f 01 OK1ex", loud(30)),
            (Request::AskMuted, b"e 01 OK00x", Answer::Muted(Muted::Yes)),
            (input("90"), b"b 01 NG90x", refused(Refusal::Failed)),
        ],
    );
}

#[test]
fn nec_as_in_the_makers_tables() {
    let mut nec = codec(Protocol::Nec);
    says(
        &mut *nec,
        &[
            (
                ON,
                "01 30 41 30 41 30 43 02 43 32 30 33 44 36 30 30 30 31 03 73 0D",
            ),
            (
                STANDBY,
                "01 30 41 30 41 30 43 02 43 32 30 33 44 36 30 30 30 34 03 76 0D",
            ),
            (
                Request::AskPower,
                "01 30 41 30 41 30 36 02 30 31 44 36 03 74 0D",
            ),
            (
                input("11"),
                "01 30 41 30 45 30 41 02 30 30 36 30 30 30 31 31 03 72 0D",
            ),
            (
                input("12"),
                "01 30 41 30 45 30 41 02 30 30 36 30 30 30 31 32 03 71 0D",
            ),
            (
                volume(20),
                "01 30 41 30 45 30 41 02 30 30 36 32 30 30 31 34 03 75 0D",
            ),
            (
                Request::Muted(Muted::Yes),
                "01 30 41 30 45 30 41 02 30 30 38 44 30 30 30 31 03 09 0D",
            ),
        ],
    );
    let reply = |kind: char, message: &str| {
        let body = format!("00A{kind}{:02X}\u{2}{message}\u{3}", message.len() + 2);
        let check = frames::xor(body.as_bytes());
        [&[1][..], body.as_bytes(), &[check, 0x0D]].concat()
    };
    answers(
        &mut *nec,
        &[
            (
                Request::AskPower,
                &reply('B', "0200D60000040001"),
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                &reply('B', "0200D60000040004"),
                Answer::Power(Power::Standby),
            ),
            (ON, &reply('B', "00C203D60001"), Answer::Done),
            (ON, &reply('B', "BE"), refused(Refusal::NotNow)),
            (
                Request::AskInput,
                &reply('D', "0000600000800011"),
                shows("11"),
            ),
            (
                Request::AskVolume,
                &reply('D', "00006200003C001E"),
                loud(50),
            ),
            (
                Request::AskMuted,
                &reply('D', "00008D0000020001"),
                Answer::Muted(Muted::Yes),
            ),
            (
                input("77"),
                &reply('F', "0100600000800011"),
                refused(Refusal::NotSupported),
            ),
            (input("11"), &reply('F', "0000600000800011"), Answer::Done),
        ],
    );
    // It told that 60 is as loud as it gets.
    assert_eq!(nec.say(&volume(50)).unwrap()[8..16], *b"0062001E");
}

#[test]
fn sony_serial_as_in_the_makers_tables() {
    let mut sony = codec(Protocol::SonySerial);
    says(
        &mut *sony,
        &[
            (ON, "8C 00 00 02 01 8F"),
            (STANDBY, "8C 00 00 02 00 8E"),
            (Request::AskPower, "83 00 00 FF FF 81"),
            (input("04 01"), "8C 00 02 03 04 01 96"),
            (input("04 02"), "8C 00 02 03 04 02 97"),
            (Request::AskInput, "83 00 02 FF FF 83"),
            (volume(20), "8C 00 05 03 01 14 A9"),
            (Request::Muted(Muted::Yes), "8C 00 06 03 01 01 97"),
        ],
    );
    answers(
        &mut *sony,
        &[
            (
                Request::AskPower,
                &bytes("70 00 02 01 73"),
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                &bytes("70 00 02 00 72"),
                Answer::Power(Power::Standby),
            ),
            (ON, &bytes("70 00 70"), Answer::Done),
            (ON, &bytes("70 03 73"), refused(Refusal::NotNow)),
            (ON, &bytes("70 04 74"), refused(Refusal::Failed)),
            (Request::AskVolume, &bytes("70 00 03 01 32 A6"), loud(50)),
            (
                Request::AskInput,
                &bytes("70 00 03 04 01 78"),
                shows("0401"),
            ),
        ],
    );
}

#[test]
fn sony_simple_ip_as_in_the_makers_tables() {
    let mut sony = codec(Protocol::SonySimpleIp);
    says_text(
        &mut *sony,
        &[
            (ON, "*SCPOWR0000000000000001\n"),
            (STANDBY, "*SCPOWR0000000000000000\n"),
            (Request::AskPower, "*SEPOWR################\n"),
            (volume(29), "*SCVOLU0000000000000029\n"),
            (Request::Muted(Muted::Yes), "*SCAMUT0000000000000001\n"),
            (input("100000001"), "*SCINPT0000000100000001\n"),
        ],
    );
    answers(
        &mut *sony,
        &[
            (
                Request::AskPower,
                b"*SAPOWR0000000000000001\n",
                Answer::Power(Power::On),
            ),
            (STANDBY, b"*SAPOWR0000000000000000\n", Answer::Done),
            (
                Request::AskInput,
                b"*SAINPT0000000100000002\n",
                shows("100000002"),
            ),
            (Request::AskVolume, b"*SAVOLU0000000000000029\n", loud(29)),
            (ON, b"*SAPOWRFFFFFFFFFFFFFFFF\n", refused(Refusal::Failed)),
            (
                Request::AskInput,
                b"*SAINPTNNNNNNNNNNNNNNNN\n",
                refused(Refusal::NotNow),
            ),
        ],
    );
    let notice = heard(&mut *sony, b"*SNPOWR0000000000000000\n", &Request::AskPower);
    assert_eq!(notice, Heard::Notice(Answer::Power(Power::Standby)));
}

#[test]
fn panasonic_displays_as_in_the_makers_tables() {
    let mut line = codec(Protocol::PanasonicDisplay);
    says_text(
        &mut *line,
        &[
            (ON, "\u{2}PON\u{3}"),
            (STANDBY, "\u{2}POF\u{3}"),
            (Request::AskPower, "\u{2}QPW\u{3}"),
            (input("HM1"), "\u{2}IMS:HM1\u{3}"),
            (Request::AskInput, "\u{2}QMI\u{3}"),
            (volume(20), "\u{2}AVL:020\u{3}"),
            (Request::Muted(Muted::Yes), "\u{2}AMT:1\u{3}"),
        ],
    );
    answers(
        &mut *line,
        &[
            (
                Request::AskPower,
                b"\x02QPW:1\x03",
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                b"\x02QPW:0\x03",
                Answer::Power(Power::Standby),
            ),
            (Request::AskInput, b"\x02QMI:HM2\x03", shows("HM2")),
            (Request::AskVolume, b"\x02QAV:30\x03", loud(30)),
            (
                Request::AskMuted,
                b"\x02QAM:1\x03",
                Answer::Muted(Muted::Yes),
            ),
            (ON, b"\x02PON\x03", Answer::Done),
            (input("HM1"), b"\x02ER401\x03", refused(Refusal::NotNow)),
        ],
    );
}

#[test]
fn panasonic_projectors_over_the_network_as_in_the_makers_tables() {
    let mut net = speech(Protocol::PanasonicProjector, Carrier::Network).codec();
    assert!(net.is_greeted());
    assert_eq!(heard(&mut *net, b"NTCONTROL 0\r", &ON), Heard::Ready);
    says_text(&mut *net, &[(ON, "00PON\r"), (input("HD1"), "00IIS:HD1\r")]);
    assert_eq!(
        heard(&mut *net, b"NTCONTROL 1 09dcd4b0\r", &ON),
        Heard::Ready
    );
    let said = String::from_utf8(net.say(&Request::AskPower).unwrap()).unwrap();
    // md5 of admin1:panasonic:09dcd4b0, by md5sum(1).
    assert_eq!(
        said,
        format!("{}00QPW\r", "b8d10fadebd86e7ca26efeac15385dd4")
    );
    answers(
        &mut *net,
        &[
            (Request::AskPower, b"00001\r", Answer::Power(Power::On)),
            (Request::AskPower, b"00000\r", Answer::Power(Power::Standby)),
            (Request::AskInput, b"00HD1\r", shows("HD1")),
            (ON, b"00PON\r", Answer::Done),
            (ON, b"ERR3\r", refused(Refusal::NotNow)),
            (input("XX1"), b"ERR2\r", refused(Refusal::NotSupported)),
            (ON, b"ERRA\r", refused(Refusal::WrongPassword)),
        ],
    );
}

#[test]
fn philips_sicp_as_in_the_makers_tables() {
    let mut sicp = codec(Protocol::PhilipsSicp);
    says(
        &mut *sicp,
        &[
            (ON, "06 01 00 18 02 1D"),
            (STANDBY, "06 01 00 18 01 1E"),
            (Request::AskPower, "05 01 00 19 1D"),
            (input("0D"), "09 01 00 AC 0D 09 01 00 A1"),
            (Request::AskInput, "05 01 00 AD A9"),
            (volume(30), "07 01 00 44 1E 1E 42"),
        ],
    );
    answers(
        &mut *sicp,
        &[
            (
                Request::AskPower,
                &bytes("06 01 01 19 02 1D"),
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                &bytes("06 01 01 19 01 1E"),
                Answer::Power(Power::Standby),
            ),
            (ON, &bytes("06 01 00 00 06 01"), Answer::Done),
            (ON, &bytes("06 01 00 00 15 12"), refused(Refusal::Failed)),
            (
                input("0D"),
                &bytes("06 01 00 00 18 1F"),
                refused(Refusal::NotNow),
            ),
            (
                Request::AskInput,
                &bytes("09 01 01 AD 0D 00 01 00 A8"),
                shows("0D"),
            ),
        ],
    );
}

#[test]
fn pjlink_as_in_its_specification() {
    let mut pjlink = Speech {
        login: Login {
            user: String::new(),
            password: "JBMIAProjectorLink".into(),
        },
        ..speech(Protocol::Pjlink, Carrier::Network)
    }
    .codec();
    assert_eq!(
        heard(&mut *pjlink, b"PJLINK 1 498e4a67\r", &ON),
        Heard::Ready
    );
    says_text(
        &mut *pjlink,
        &[
            // Only the first command of a connection carries the digest.
            (ON, "5d8409bc1c3fa39749434aa3a5c38682%1POWR 1\r"),
            (STANDBY, "%1POWR 0\r"),
            (Request::AskPower, "%1POWR ?\r"),
            (input("31"), "%1INPT 31\r"),
            (input("3A"), "%2INPT 3A\r"),
            (Request::Muted(Muted::Yes), "%1AVMT 21\r"),
            (Request::AskTroubles, "%1ERST ?\r"),
        ],
    );
    assert_eq!(pjlink.say(&volume(10)), None);
    use Health::{Error, Good, Warning};
    answers(
        &mut *pjlink,
        &[
            (
                Request::AskPower,
                b"%1POWR=0\r",
                Answer::Power(Power::Standby),
            ),
            (Request::AskPower, b"%1POWR=1\r", Answer::Power(Power::On)),
            (
                Request::AskPower,
                b"%1POWR=2\r",
                Answer::Power(Power::Cooling),
            ),
            (
                Request::AskPower,
                b"%1POWR=3\r",
                Answer::Power(Power::Warming),
            ),
            (ON, b"%1POWR=OK\r", Answer::Done),
            (ON, b"%1POWR=ERR3\r", refused(Refusal::NotNow)),
            (ON, b"%1POWR=ERR4\r", refused(Refusal::Failed)),
            (
                input("99"),
                b"%1INPT=ERR2\r",
                refused(Refusal::NotSupported),
            ),
            (Request::AskMuted, b"%1AVMT=31\r", Answer::Muted(Muted::Yes)),
            (Request::AskMuted, b"%1AVMT=11\r", Answer::Muted(Muted::No)),
            (
                Request::AskTroubles,
                b"%1ERST=012000\r",
                Answer::Troubles([Good, Warning, Error, Good, Good, Good]),
            ),
            (ON, b"PJLINK ERRA\r", refused(Refusal::WrongPassword)),
        ],
    );
    assert_eq!(heard(&mut *pjlink, b"PJLINK 0\r", &ON), Heard::Ready);
}

#[test]
fn displays_whose_words_stand_in_a_file() {
    let mut sharp = model("sharp-pn");
    says_text(
        &mut *sharp,
        &[
            (ON, "POWR0001\r"),
            (STANDBY, "POWR0000\r"),
            (Request::AskPower, "POWR????\r"),
            (input("10"), "INPS0010\r"),
            (volume(7), "VOLM0007\r"),
        ],
    );
    answers(
        &mut *sharp,
        &[
            (ON, b"OK\r", Answer::Done),
            (Request::AskPower, b"1\r", Answer::Power(Power::On)),
            (Request::AskPower, b"0\r", Answer::Power(Power::Standby)),
            (Request::AskInput, b"10\r", shows("10")),
            (input("77"), b"ERR\r", refused(Refusal::Failed)),
        ],
    );
    assert_eq!(
        heard(&mut *sharp, b"WAIT\r", &Request::AskInput),
        Heard::Nothing
    );

    let mut epson = model("epson-projector");
    says_text(
        &mut *epson,
        &[
            (ON, "PWR ON\r"),
            (STANDBY, "PWR OFF\r"),
            (input("30"), "SOURCE 30\r"),
        ],
    );
    answers(
        &mut *epson,
        &[
            (
                Request::AskPower,
                b"PWR=02\r",
                Answer::Power(Power::Warming),
            ),
            (Request::AskPower, b"PWR=01\r", Answer::Power(Power::On)),
            (Request::AskInput, b"SOURCE=30\r", shows("30")),
            (ON, b":", Answer::Done),
            (ON, b"ERR\r", refused(Refusal::NotNow)),
        ],
    );

    let mut benq = model("benq-projector");
    says_text(
        &mut *benq,
        &[(ON, "\r*pow=on#\r"), (input("hdmi"), "\r*sour=hdmi#\r")],
    );
    answers(
        &mut *benq,
        &[
            (ON, b"*POW=ON#", Answer::Done),
            (
                Request::AskPower,
                b"*POW=OFF#",
                Answer::Power(Power::Standby),
            ),
            (Request::AskInput, b"*SOUR=HDMI#", shows("hdmi")),
            (ON, b"*Block item#", refused(Refusal::NotNow)),
        ],
    );
}

#[test]
fn ddc_ci_as_in_the_standard() {
    let mut ddc = codec(Protocol::Ddc);
    says(
        &mut *ddc,
        &[
            (input("11"), "51 84 03 60 00 11 C9"),
            (input("03"), "51 84 03 60 00 03 DB"),
            (STANDBY, "51 84 03 D6 00 04 6A"),
            (Request::AskPower, "51 82 01 D6 6A"),
        ],
    );
    answers(
        &mut *ddc,
        &[
            (
                Request::AskInput,
                &bytes("6E 88 02 00 60 00 00 01 00 03 D6"),
                shows("03"),
            ),
            (
                Request::AskPower,
                &bytes("6E 80 BE"),
                refused(Refusal::NotNow),
            ),
        ],
    );
    assert!(!ddc.is_answered(&ON) && ddc.is_answered(&Request::AskPower));
    // What is read is eleven bytes, also when the message is shorter.
    let padded = bytes("6E 80 BE 00 00 00 00 00 00 00 00");
    assert_eq!(ddc.take(&padded), [bytes("6E 80 BE")]);
}

#[test]
fn cec_as_in_the_standard() {
    let mut cec = codec(Protocol::Cec);
    // Before an address is claimed, a display can be woken from "unregistered".
    says(&mut *cec, &[(ON, "F0 04"), (ON, "F0 0D"), (ON, "F0 04")]);
    assert_eq!(cec.say(&input("room")), None);
    cec.placed(Place {
        logical: 4,
        physical: 0x1000,
    });
    says(
        &mut *cec,
        &[
            (STANDBY, "40 36"),
            (Request::AskPower, "40 8F"),
            (input("room"), "4F 82 10 00"),
        ],
    );
    answers(
        &mut *cec,
        &[
            (
                Request::AskPower,
                &bytes("04 90 00"),
                Answer::Power(Power::On),
            ),
            (
                Request::AskPower,
                &bytes("04 90 01"),
                Answer::Power(Power::Standby),
            ),
            (
                Request::AskPower,
                &bytes("04 90 02"),
                Answer::Power(Power::Warming),
            ),
            (
                Request::AskPower,
                &bytes("04 90 03"),
                Answer::Power(Power::Cooling),
            ),
            (
                Request::AskPower,
                &bytes("04 00 8F 00"),
                refused(Refusal::NotSupported),
            ),
        ],
    );
    let mut says = |frame: &str| heard(&mut *cec, &bytes(frame), &ON);
    assert_eq!(says("8F 82 20 00"), Heard::Notice(shows("2000")));
    assert_eq!(says("0F 85"), Heard::Nothing);
    assert_eq!(says("0F 86 10 00"), Heard::Reply(bytes("4F 82 10 00")));
    assert_eq!(says("0F 85"), Heard::Reply(bytes("4F 82 10 00")));
    assert_eq!(says("04 8F"), Heard::Reply(bytes("40 90 00")));
    assert_eq!(says("04 1A 01"), Heard::Reply(bytes("40 00 1A 00")));
    assert_eq!(says("0F 36"), Heard::Notice(Answer::Power(Power::Standby)));
    assert_eq!(says("0F 1A 01"), Heard::Nothing);
}

#[test]
fn no_password_is_printed() {
    let speech = speech(Protocol::Pjlink, Carrier::Network);
    let printed = format!("{speech:?} {:?}", speech.codec());
    assert!(
        !printed.contains("panasonic\"") && !printed.contains("admin1"),
        "{printed}"
    );
}

/// Answers that follow one another, with what they mean.
fn stream(protocol: Protocol) -> Vec<(&'static [u8], Request)> {
    match protocol {
        Protocol::SamsungMdc => vec![
            (b"\xAA\xFF\x01\x03A\x11\x01\x56", Request::AskPower),
            (b"\xAA\xFF\x01\x03A\x14\x21\x79", Request::AskInput),
        ],
        Protocol::Lg => vec![
            (b"a 01 OK01x", Request::AskPower),
            (b"b 01 OK90x", Request::AskInput),
        ],
        Protocol::Nec => vec![(b"\x0100AB04\x02BE\x03\x01\r", ON)],
        Protocol::SonySerial => vec![
            (b"\x70\x00\x70", ON),
            (b"\x70\x00\x03\x01\x32\xA6", Request::AskVolume),
        ],
        Protocol::SonySimpleIp => vec![
            (b"*SAPOWR0000000000000001\n", Request::AskPower),
            (b"*SAVOLU0000000000000029\n", Request::AskVolume),
        ],
        Protocol::PanasonicDisplay | Protocol::PanasonicProjector => {
            vec![(b"\x02PON\x03", ON), (b"\x02ER401\x03", ON)]
        }
        Protocol::PhilipsSicp => vec![
            (b"\x06\x01\x01\x19\x02\x1D", Request::AskPower),
            (b"\x06\x01\x00\x00\x06\x01", ON),
        ],
        Protocol::Pjlink => vec![
            (b"PJLINK 0\r", ON),
            (b"%1POWR=3\r", Request::AskPower),
            (b"%1ERST=012000\r", Request::AskTroubles),
        ],
        Protocol::Ascii => vec![(b"OK\r\n", ON), (b"1\r\n", Request::AskPower)],
        Protocol::Ddc => vec![(
            b"\x6E\x88\x02\x00\x60\x00\x00\x01\x00\x03\xD6",
            Request::AskInput,
        )],
        // These carry whole messages.
        Protocol::Cec | Protocol::Output => Vec::new(),
    }
}

#[test]
fn an_answer_is_found_whichever_way_the_stream_is_split() {
    for (name, protocol) in Protocol::ALL {
        let stream = stream(protocol);
        if stream.is_empty() {
            continue;
        }
        let all: Vec<u8> = stream
            .iter()
            .flat_map(|(frame, _)| frame.iter().copied())
            .collect();
        let whole = codec(protocol).take(&all);
        assert_eq!(whole.len(), stream.len(), "{name}: {whole:02X?}");
        for at in 0..=all.len() {
            let mut codec = codec(protocol);
            let mut found = codec.take(&all[..at]);
            found.extend(codec.take(&all[at..]));
            assert_eq!(found, whole, "{name} split at {at}");
        }
        let mut codec = codec(protocol);
        for (frame, (_, request)) in whole.iter().zip(&stream) {
            assert_ne!(
                codec.hear(frame, Some(request)),
                Heard::Nothing,
                "{name}: {frame:02X?}"
            );
        }
    }
}

#[test]
fn an_answer_is_found_behind_noise_and_half_frames() {
    for (name, protocol) in Protocol::ALL {
        let Some((frame, request)) = stream(protocol).into_iter().next_back() else {
            continue;
        };
        for cut in 1..frame.len() {
            let mut codec = codec(protocol);
            codec.take(&frame[..cut]);
            // Every request begins by dropping what was left of an older answer.
            codec.forget();
            let found = codec.take(frame);
            let meant = found
                .iter()
                .any(|f| codec.hear(f, Some(&request)) != Heard::Nothing);
            assert!(meant, "{name} behind {:02X?}", &frame[..cut]);
        }
    }
}

#[test]
fn no_damaged_check_byte_is_believed() {
    let checked = [
        Protocol::SamsungMdc,
        Protocol::Nec,
        Protocol::SonySerial,
        Protocol::PhilipsSicp,
        Protocol::Ddc,
    ];
    for protocol in checked {
        for (frame, request) in stream(protocol) {
            for at in 0..frame.len() {
                for bit in 0..8 {
                    let mut damaged = frame.to_vec();
                    damaged[at] ^= 1 << bit;
                    let mut codec = codec(protocol);
                    for found in codec.take(&damaged) {
                        let meant = codec.hear(&found, Some(&request));
                        // One flipped bit may at most shorten a frame to another valid one that means a refusal.
                        let harmless =
                            matches!(meant, Heard::Nothing | Heard::Answer(Answer::Refused(_)));
                        assert!(harmless, "{} {damaged:02X?}: {meant:?}", protocol.name());
                    }
                }
            }
        }
    }
}

/// xorshift64*: quick, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit.max(1)
    }
}

/// A million inputs for each protocol: noise, and good answers with a few bytes changed.
#[test]
fn nothing_that_comes_in_brings_a_codec_down() {
    let requests = [
        Request::AskPower,
        Request::AskInput,
        Request::AskVolume,
        Request::AskMuted,
        Request::AskTroubles,
        ON,
        input("21"),
        volume(30),
    ];
    for (name, protocol) in Protocol::ALL {
        let mut dice = Dice(0x5EED ^ name.len() as u64);
        let mut codec = codec(protocol);
        let known = stream(protocol);
        let mut meant = 0_u64;
        for run in 0..1_000_000_u32 {
            let mut input = [0; 12];
            let length = 1 + dice.below(12);
            let noise = dice.next().to_le_bytes();
            for (at, byte) in input.iter_mut().enumerate() {
                *byte = noise[at % 8].rotate_left(at as u32);
            }
            if run % 2 == 0 && !known.is_empty() {
                let (frame, _) = known[dice.below(known.len())];
                let from = dice.below(frame.len().saturating_sub(11));
                for (byte, good) in input.iter_mut().zip(&frame[from..]) {
                    *byte = *good;
                }
                input[dice.below(12)] ^= (run >> 8) as u8 & 0x11;
            }
            for frame in codec.take(&input[..length]) {
                assert!(frame.len() <= 300);
                let request = &requests[dice.below(requests.len())];
                meant += u64::from(codec.hear(&frame, Some(request)) != Heard::Nothing);
            }
        }
        // The test would prove nothing if frames were never found.
        let quiet = matches!(protocol, Protocol::Output);
        assert!(meant > 0 || quiet, "{name}: nothing was understood");
    }
}

proptest! {
    #[test]
    fn whatever_can_be_said_is_bounded(percent in 0_u8..=100, code in "[0-9A-Za-z]{1,16}", which in 0_usize..13) {
        let (name, protocol) = Protocol::ALL[which];
        for request in [volume(percent), input(&code), ON, STANDBY, Request::AskPower] {
            if let Some(said) = codec(protocol).say(&request) {
                prop_assert!((1..=64).contains(&said.len()), "{}: {:?}", name, said);
            }
        }
    }
}
