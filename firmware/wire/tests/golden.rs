//! Byte vectors that every build of host and button must keep: they may be of different age.
//! A change here means a new wire version. The vectors were computed by hand-written code in another language.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use wire::{
    Decoder, Display, Face, Frame, HostHello, HostToPuck, Key, KeyKind, Light, Line, Message, Mic,
    PuckHello, PuckToHost, Received, Ring, SCHEMA, Scene, Show, Text, Tongue, WireError,
    schema_hash,
};

fn frames<M: Message>(bytes: &[u8]) -> Vec<Result<Received<M>, WireError>> {
    let mut decoder = Decoder::new();
    bytes.iter().filter_map(|b| decoder.push(*b)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn unhex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

#[track_caller]
fn golden<M: Message + PartialEq + std::fmt::Debug>(message: M, bytes: &str) {
    assert_eq!(hex(Frame::of(&message).unwrap().bytes()), bytes);
    assert_eq!(frames::<M>(&unhex(bytes)), [Ok(Received::Message(message))]);
}

#[test]
fn what_the_host_says() {
    golden(
        HostToPuck::Hello(HostHello {
            wire_version: 2,
            schema: 2,
            hash: 0x9abc_def0,
            session: 0x1234_5678,
        }),
        "00 01 0f 02 02 f0 bd f3 d5 09 f8 ac d1 91 01 d0 a4 00",
    );
    golden(HostToPuck::Alive, "00 04 02 b2 c1 00");
    golden(HostToPuck::Heard { count: 300 }, "00 06 03 ac 02 9d ed 00");
    golden(
        HostToPuck::Show(Show {
            ring: Ring::Green,
            mic: Mic::Open,
            minutes: Some(12),
            line_one: Text::cut("Sitzung läuft"),
            line_two: Text::cut("Mikrofon offen"),
        }),
        "00 03 01 04 23 01 0c 0e 53 69 74 7a 75 6e 67 20 6c c3 a4 75 66 74 0e 4d 69 6b 72 6f 66 6f 6e 20 6f 66 66 65 6e f2 4a 00",
    );
    golden(
        HostToPuck::Face(Face {
            ring: Ring::Green,
            mic: Mic::Open,
            scene: Scene::Call,
            tongue: Tongue::German,
            light: Light::Full,
            minutes: Some(12),
            headline: Text::cut("Mikrofon an"),
            detail: Text::cut("14:30 – 15:15"),
            action: Text::cut("Länger bleiben"),
            trouble: Text::EMPTY,
        }),
        "00 03 04 04 02 04 01 2f 01 0c 0b 4d 69 6b 72 6f 66 6f 6e 20 61 6e 0f 31 34 3a 33 30 20 e2 80 93 20 31 35 3a 31 35 0f 4c c3 a4 6e 67 65 72 20 62 6c 65 69 62 65 6e 03 e9 63 00",
    );
    golden(
        HostToPuck::Loader {
            session: 0x1234_5678,
        },
        "00 09 05 f8 ac d1 91 01 71 bc 00",
    );
}

#[test]
fn what_the_button_says() {
    golden(
        PuckToHost::Hello(PuckHello {
            wire_version: 2,
            schema: 2,
            hash: 0x9abc_def0,
            session: 0x1234_5678,
            count: 7,
            firmware: Text::cut("puck 0.1.0"),
            serial: Text::cut("E66038B713"),
        }),
        "00 01 26 02 02 f0 bd f3 d5 09 f8 ac d1 91 01 07 0a 70 75 63 6b 20 30 2e 31 2e 30 0a 45 36 36 30 33 38 42 37 31 33 e5 26 00",
    );
    golden(
        PuckToHost::Key {
            key: Key::Mute,
            kind: KeyKind::Long,
            count: 8,
        },
        "00 07 01 01 01 08 7d 77 00",
    );
    golden(PuckToHost::Alive, "00 04 02 b2 c1 00");
    golden(
        PuckToHost::Built {
            display: Display::Tft,
            line: Line::Uart,
        },
        "00 06 04 01 01 4c 33 00",
    );
    golden(
        PuckToHost::Trouble(Text::cut("puck.rs:1 overflow")),
        "00 17 03 12 70 75 63 6b 2e 72 73 3a 31 20 6f 76 65 72 66 6c 6f 77 88 ae 00",
    );
}

/// Whoever changes a message meets this: the change needs an appended variant, a greater [`SCHEMA`], and this hash anew.
#[test]
fn the_hash_belongs_to_the_schema() {
    assert_eq!((SCHEMA, schema_hash()), (3, 0x6b6d_e4e7));
}

#[test]
fn a_hello_of_another_version_is_named_whatever_else_it_holds() {
    let bytes = unhex("00 01 0c 09 61 6e 79 74 68 69 6e 67 6d 1c 00");
    assert_eq!(frames::<HostToPuck>(&bytes), [Ok(Received::Foreign(9))]);
    assert_eq!(frames::<PuckToHost>(&bytes), [Ok(Received::Foreign(9))]);
}

/// Frames of a peer from the future: variant 9, a ring of kind 200, a text of 60 bytes.
#[test]
fn a_newer_peer_is_understood_as_far_as_possible() {
    #[derive(serde::Serialize)]
    struct NewShow<'a>(u8, u8, Option<u16>, &'a str, &'a str);
    let long = "x".repeat(60);
    let bytes = framed(&(1u32, NewShow(200, 2, None, &long, "")));
    let expected = HostToPuck::Show(Show {
        ring: Ring::Other(200),
        mic: Mic::Unknown,
        minutes: None,
        line_one: Text::cut(&long),
        line_two: Text::EMPTY,
    });
    assert_eq!(frames(&bytes), [Ok(Received::Message(expected))]);
    assert_eq!(
        frames::<HostToPuck>(&framed(&(9u32, "anything"))),
        [Ok(Received::Unknown(9))]
    );
}

#[test]
fn a_known_variant_with_wrong_fields_is_malformed() {
    assert_eq!(
        frames::<HostToPuck>(&framed(&3u32)),
        [Err(WireError::Malformed)]
    );
    assert_eq!(
        frames::<HostToPuck>(&framed(&(2u32, 1u8))),
        [Err(WireError::Malformed)]
    );
}

fn framed<T: serde::Serialize>(plain: &T) -> Vec<u8> {
    let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740);
    let mut buffer = [0; 200];
    let used = postcard::to_slice(plain, &mut buffer).unwrap().len();
    let sum = crc.checksum(&buffer[..used]).to_le_bytes();
    buffer[used..used + 2].copy_from_slice(&sum);
    let mut out = vec![0; 260];
    let n = cobs::encode(&buffer[..used + 2], &mut out);
    out.truncate(n);
    out.push(0);
    out
}
