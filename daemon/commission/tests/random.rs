//! Random kits and persons who say anything: whatever happens, the file is one that the daemon takes.

mod common;

use commission::facts::{At, BoardFound, HeadFound, PuckFound, SoundFound, SoundKind, Unit};
use commission::{Facts, Interview, Kind, Left, Next, Proven, State};
use common::{begin, camera, display, good, known, unit};
use proptest::collection::vec;
use proptest::prelude::*;
use room_profile::{SourceFile, check};
use std::collections::BTreeSet;

fn some_unit() -> impl Strategy<Value = Unit> {
    let title = prop_oneof![
        "[a-zA-Z ]{1,12}",
        "\\PC{0,50}",
        Just("Line\nbreak \"x\" # [y]".to_owned())
    ];
    let place = prop_oneof![
        "0000:00:14\\.0/[1-4](\\.[1-2])?",
        "1-[1-3]",
        Just(String::new()),
        "\\PC{1,8}",
    ];
    let model = prop_oneof!["046d:08[0-9]{2}", Just(String::new()), "\\PC{1,5}"];
    let serial = prop_oneof![
        "[A-Z0-9]{3}",
        Just(String::new()),
        Just("a\tb".to_owned()),
        "\\PC{1,130}"
    ];
    (title, place, model, serial).prop_map(|(t, p, m, s)| unit(&t, &p, &m, &s))
}

fn some_kit() -> impl Strategy<Value = Facts> {
    let cameras = vec((some_unit(), any::<(u16, u16, bool)>()), 0..4);
    let heads = vec((some_unit(), 0u8..5, any::<bool>()), 0..3);
    let displays = vec((0u8..3, "\\PC{0,9}", any::<(u16, u16)>(), 0u8..3), 0..3);
    let sounds = vec((some_unit(), 0u8..5, any::<(bool, bool)>()), 0..3);
    let rest = (
        vec(some_unit(), 0..3),
        vec(some_unit(), 0..2),
        any::<bool>(),
    );
    let all = (cameras, heads, displays, sounds, rest);
    all.prop_map(|(cameras, heads, displays, sounds, (pucks, phones, pi))| {
        let name = if pi { "raspberry-pi-5" } else { "demo" };
        let kinds = [
            SoundKind::Speakerphone,
            SoundKind::Both,
            SoundKind::Card,
            SoundKind::Webcam,
            SoundKind::Display,
        ];
        Facts {
            board: Some(BoardFound {
                name: name.to_owned(),
                title: name.to_owned(),
            }),
            pins: if pi {
                vec!["pin 11".to_owned()]
            } else {
                Vec::new()
            },
            cameras: cameras
                .into_iter()
                .map(|(unit, (width, height, in_phone))| {
                    let mut found = camera(unit, (width.into(), height.into()));
                    found.in_phone = in_phone;
                    found
                })
                .collect(),
            heads: heads
                .into_iter()
                .map(|(unit, address, usb)| HeadFound {
                    at: if usb {
                        At::Usb
                    } else {
                        At::Line("kit/front".to_owned())
                    },
                    unit,
                    protocol: "visca".to_owned(),
                    model: "common".to_owned(),
                    baud: Some(9600),
                    address,
                })
                .collect(),
            displays: displays
                .into_iter()
                .map(|(connector, title, (width, height), cec)| {
                    let line = format!("/dev/cec{cec}");
                    let size = (width.into(), height.into());
                    display(&format!("HDMI-A-{connector}"), &title, size, &line)
                })
                .collect(),
            pucks: pucks
                .into_iter()
                .map(|unit| PuckFound { unit, at: At::Usb })
                .collect(),
            sounds: sounds
                .into_iter()
                .map(|(unit, kind, (hears, plays))| SoundFound {
                    hears: hears.then(|| format!("{}:capture", unit.key())),
                    plays: plays.then(|| format!("{}:playback", unit.key())),
                    unit,
                    kind: kinds[usize::from(kind) % kinds.len()],
                })
                .collect(),
            phones,
            ..Facts::default()
        }
    })
}

fn some_words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        2 => Just("yes".to_owned()),
        1 => Just("no".to_owned()),
        2 => Just("127.0.0.1=bbb, *.meet.example.de=jitsi".to_owned()),
        1 => Just("caldav:https://calendar.example/dav/".to_owned()),
        1 => Just("https://calendar.example/x.ics".to_owned()),
        1 => Just("lamp=pin 11".to_owned()),
        1 => Just("camera-front, head-front".to_owned()),
        1 => Just("Overview, Podium, \"x\" = 1".to_owned()),
        2 => "\\PC{0,70}",
    ]
}

/// The daemon takes the file as it is now.
fn must_be_taken(interview: &Interview) {
    let mut sources = known();
    sources.room = SourceFile::new("room.toml", interview.file());
    if let Err(problems) = check(&sources) {
        panic!("{}\n{}", problems.lines().join("\n"), interview.file());
    }
}

fn no_role_twice(interview: &Interview) {
    let labels: Vec<String> = interview.roles().map(commission::Role::label).collect();
    let once: BTreeSet<&String> = labels.iter().collect();
    assert_eq!(once.len(), labels.len(), "{labels:?}");
    let mut cameras: Vec<&str> = interview
        .roles()
        .filter(|role| role.kind == Kind::Camera)
        .map(|role| role.device.as_str())
        .collect();
    let all = cameras.len();
    cameras.dedup();
    assert_eq!(cameras.len(), all, "a camera has two roles");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_interview_ends_with_a_file_that_the_daemon_takes(
        kit in some_kit(),
        other in some_kit(),
        words in vec(some_words(), 60),
        exchanged in 0usize..40,
        left in any::<u64>(),
    ) {
        let mut interview = begin(kit, None);
        let mut words = words.into_iter();
        let mut refused = 0;
        for count in 0.. {
            prop_assert!(count < 400, "no end");
            if count == exchanged {
                interview.found(other.clone());
            }
            match interview.next() {
                Next::Ask(question) => {
                    let asked = interview.state().answer(&question.topic);
                    prop_assert!(asked.is_none(), "{} is known", question.topic);
                    let willing = common::willing(&question);
                    let said = words.next().filter(|_| refused < 3).unwrap_or(willing);
                    match interview.answer(&question.topic, &said) {
                        Ok(()) => refused = 0,
                        Err(why) => {
                            prop_assert!(!why.0.is_empty());
                            refused += 1;
                            prop_assert!(refused < 9, "no answer to {}: {}", question.topic, why.0);
                        }
                    }
                }
                Next::Prove(proof) if left >> (count % 64) & 1 == 1 => {
                    interview.proven(Proven::left(proof, Left::Person));
                }
                Next::Prove(proof) => interview.proven(good(proof)),
                Next::Write(text) => {
                    prop_assert_eq!(&text, &interview.file());
                    must_be_taken(&interview);
                    interview.written();
                }
                Next::Finished => break,
            }
            no_role_twice(&interview);
            let state = State::read(&interview.state().text()).expect("its own text");
            prop_assert_eq!(&state, interview.state());
        }
    }
}
