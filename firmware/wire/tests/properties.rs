//! Any message, split anywhere, damaged anyhow: it arrives whole or not at all, and the next one arrives.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use wire::{
    Decoder, Face, Frame, HostHello, HostToPuck, Key, KeyKind, Light, MAX_FRAME, Message, Mic,
    PuckHello, PuckToHost, Received, Ring, Scene, Show, Text, Tongue, WIRE_VERSION,
};

fn text() -> impl Strategy<Value = Text> {
    proptest::collection::vec(any::<char>(), 0..60)
        .prop_map(|chars| Text::cut(&chars.into_iter().collect::<String>()))
}

fn show() -> impl Strategy<Value = Show> {
    (
        any::<u8>(),
        any::<u8>(),
        any::<Option<u16>>(),
        text(),
        text(),
    )
        .prop_map(|(ring, mic, minutes, line_one, line_two)| Show {
            ring: Ring::from(ring),
            mic: Mic::from(mic),
            minutes,
            line_one,
            line_two,
        })
}

fn face() -> impl Strategy<Value = Face> {
    let choices = any::<[u8; 5]>();
    let texts = (text(), text(), text(), text());
    (choices, any::<Option<u16>>(), texts).prop_map(
        |([ring, mic, scene, tongue, light], minutes, (headline, detail, action, trouble))| Face {
            ring: Ring::from(ring),
            mic: Mic::from(mic),
            scene: Scene::from(scene),
            tongue: Tongue::from(tongue),
            light: Light::from(light),
            minutes,
            headline,
            detail,
            action,
            trouble,
        },
    )
}

fn from_host() -> impl Strategy<Value = HostToPuck> {
    prop_oneof![
        (any::<u8>(), any::<u32>(), any::<u32>()).prop_map(|(schema, hash, session)| {
            HostToPuck::Hello(HostHello {
                wire_version: WIRE_VERSION,
                schema,
                hash,
                session,
            })
        }),
        face().prop_map(HostToPuck::Face),
        any::<u32>().prop_map(|session| HostToPuck::Loader { session }),
        show().prop_map(HostToPuck::Show),
        Just(HostToPuck::Alive),
        any::<u16>().prop_map(|count| HostToPuck::Heard { count }),
    ]
}

fn from_puck() -> impl Strategy<Value = PuckToHost> {
    prop_oneof![
        (any::<u8>(), any::<[u32; 2]>(), any::<u16>(), text(), text()).prop_map(
            |(schema, [hash, session], count, firmware, serial)| {
                PuckToHost::Hello(PuckHello {
                    wire_version: WIRE_VERSION,
                    schema,
                    hash,
                    session,
                    count,
                    firmware,
                    serial,
                })
            }
        ),
        (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(key, kind, count)| {
            PuckToHost::Key {
                key: Key::from(key),
                kind: KeyKind::from(kind),
                count,
            }
        }),
        Just(PuckToHost::Alive),
        text().prop_map(PuckToHost::Trouble),
    ]
}

fn bytes<M: Message>(messages: &[M]) -> Vec<u8> {
    messages
        .iter()
        .flat_map(|m| Frame::of(m).unwrap().bytes().to_vec())
        .collect()
}

fn decoded<M: Message>(stream: &[u8]) -> Vec<M> {
    let mut decoder = Decoder::new();
    stream
        .iter()
        .filter_map(|b| match decoder.push(*b) {
            Some(Ok(Received::Message(m))) => Some(m),
            _ => None,
        })
        .collect()
}

proptest! {
    #[test]
    fn every_message_comes_back(host in proptest::collection::vec(from_host(), 1..6), puck in proptest::collection::vec(from_puck(), 1..6)) {
        prop_assert_eq!(decoded::<HostToPuck>(&bytes(&host)), host);
        prop_assert_eq!(decoded::<PuckToHost>(&bytes(&puck)), puck);
    }

    /// A listener that starts anywhere in the stream misses at most the frame it starts in.
    #[test]
    fn starting_late_costs_one_frame(first in from_host(), second in from_host(), cut in any::<prop::sample::Index>()) {
        let head = bytes(&[first]);
        let mut stream = head[cut.index(head.len() - 2) + 2..].to_vec();
        stream.extend(bytes(&[second]));
        let got = decoded::<HostToPuck>(&stream);
        prop_assert_eq!(got.last(), Some(&second));
        prop_assert_eq!(got.len(), 1);
    }

    /// One damaged byte never makes another message; neighbours arrive.
    #[test]
    fn damage_is_seen(before in from_puck(), hurt in from_puck(), after in from_puck(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut middle = bytes(&[hurt]);
        let len = middle.len();
        // The boundaries themselves may be hit, too: then this frame and one neighbour run together.
        middle[at.index(len)] ^= flip;
        let stream = [bytes(&[before]), middle, bytes(&[after])].concat();
        let got = decoded::<PuckToHost>(&stream);
        prop_assert_eq!(got.first(), Some(&before));
        prop_assert_eq!(got.last(), Some(&after));
        for message in &got {
            prop_assert!([before, hurt, after].contains(message), "{:?} was never said", message);
        }
    }

    /// Noise of any kind and length neither stops the decoder nor grows it; a frame after noise arrives.
    #[test]
    fn noise_is_survived(noise in proptest::collection::vec(any::<u8>(), 0..(4 * MAX_FRAME)), last in from_host()) {
        let stream = [noise, bytes(&[last])].concat();
        let got = decoded::<HostToPuck>(&stream);
        prop_assert_eq!(got.last(), Some(&last));
    }
}

#[test]
fn the_longest_message_fits() {
    let widest = Text::cut(&"\u{ffff}".repeat(13));
    let show = Show {
        ring: Ring::Other(255),
        mic: Mic::Other(255),
        minutes: Some(u16::MAX),
        line_one: widest,
        line_two: Text::cut(&"x".repeat(99)),
    };
    assert_eq!(show.line_two.as_str().len(), Text::MAX);
    let hello = PuckHello {
        wire_version: 255,
        schema: 255,
        hash: u32::MAX,
        session: u32::MAX,
        count: u16::MAX,
        firmware: show.line_two,
        serial: show.line_two,
    };
    let face = Face {
        ring: Ring::Other(255),
        mic: Mic::Other(255),
        scene: Scene::Other(255),
        tongue: Tongue::Other(255),
        light: Light::Other(255),
        minutes: Some(u16::MAX),
        headline: show.line_two,
        detail: show.line_two,
        action: show.line_two,
        trouble: show.line_two,
    };
    assert!(Frame::of(&HostToPuck::Face(face)).is_ok());
    assert!(Frame::of(&HostToPuck::Show(show)).is_ok());
    assert!(Frame::of(&PuckToHost::Hello(hello)).is_ok());
}

#[test]
fn text_is_cut_between_characters() {
    let text = Text::cut(&"ä".repeat(30));
    assert_eq!(text.as_str(), "ä".repeat(20));
    assert_eq!(
        Text::cut(&format!("x{}", "ä".repeat(30))).as_str().len(),
        39
    );
    assert_eq!(format!("{text:?}"), "<40 bytes>");
}

#[test]
fn a_decoder_is_small() {
    assert!(std::mem::size_of::<Decoder<HostToPuck>>() <= 256);
}
