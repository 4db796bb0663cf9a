//! Messages as text and back: round trips, what is unknown, what is broken, and what no message can say.

use fleet_proto::*;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn id<T: core::str::FromStr<Err = NotAnId> + core::fmt::Debug>() -> impl Strategy<Value = T> {
    "[a-z0-9][a-z0-9-]{6,20}[a-z0-9]".prop_map(|text| text.parse().expect("shaped like an id"))
}

fn text() -> impl Strategy<Value = BoundedText> {
    "\\PC{0,40}".prop_map(|text| BoundedText::new(&text))
}

fn switch() -> impl Strategy<Value = SwitchNow> {
    prop_oneof![
        Just(SwitchNow::Closed),
        Just(SwitchNow::Open),
        Just(SwitchNow::Unknown)
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let about = option::of(text());
    (id(), about, any::<i64>(), option::of(id())).prop_map(|(code, about, since_ms, cause)| Fault {
        code,
        about,
        since_ms,
        cause,
    })
}

prop_compose! {
    fn state()(
        name in text(),
        boot in id(),
        started_ms in any::<i64>(),
        microphone in switch(),
        camera in switch(),
        faults in vec(fault(), 0..4),
        next_meeting_ms in option::of(any::<i64>()),
    ) -> RoomState {
        RoomState {
            name,
            software: "0.1.0".into(),
            board: Some("pi-5".parse().expect("a code")),
            zone: "Europe/Berlin".into(),
            boot,
            started_ms,
            phase: Phase::InCall,
            phase_since_ms: started_ms,
            call: Some(CallNow { since_ms: Some(started_ms), way: Some(Way::Page), failure: None }),
            microphone,
            camera,
            next_meeting_ms,
            faults,
            devices: vec![Device {
                kind: "camera".parse().expect("a code"),
                role: "front".into(),
                here: None,
                model: None,
                firmware: None,
            }],
            proof: None,
            tomorrow: Some(Tomorrow { at_ms: 1, meetings: 4, red: 1, yellow: 0 }),
            calendar: CalendarNow::Stale { since_ms: 7 },
            clock: ClockNow::Right,
            packs: Vec::new(),
        }
    }
}

/// Eighths: serde_json may read other decimals one bit beside.
fn figure() -> impl Strategy<Value = f64> {
    any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Begun {}),
        Just(Outcome::Done {}),
        Just(Outcome::Refused {
            why: Refusal::InUse
        }),
        id().prop_map(|code| Outcome::Failed { code }),
    ]
}

fn from_room() -> impl Strategy<Value = FromRoom> {
    let stamp = (any::<u64>(), any::<i64>());
    let figures = btree_map(id(), figure(), 0..6);
    let problem =
        (option::of(any::<u32>()), text(), option::of(text())).prop_map(|(line, message, help)| {
            Problem {
                line,
                message,
                help,
            }
        });
    let settled = prop_oneof![
        vec(text(), 0..3).prop_map(|later| Settled::Applied { later }),
        vec(problem, 1..4).prop_map(|problems| Settled::Refused { problems }),
    ];
    prop_oneof![
        (text(), id(), option::of(any::<u64>()), any::<i64>()).prop_map(
            |(software, boot, applied, now_ms)| FromRoom::Hello(Hello {
                software,
                boot,
                applied: applied.map(Revision),
                refused: None,
                now_ms,
                verbs: vec!["mute".parse().expect("a code")],
            })
        ),
        (stamp, state()).prop_map(|((seq, at_ms), of)| FromRoom::State(Box::new(Stamped {
            seq: Sequence(seq),
            at_ms,
            of,
        }))),
        (stamp, figures).prop_map(|((seq, at_ms), figures)| FromRoom::Sample(Stamped {
            seq: Sequence(seq),
            at_ms,
            of: Sample { figures },
        })),
        (any::<u64>(), settled).prop_map(|(revision, settled)| FromRoom::Reported(Reported {
            revision: Revision(revision),
            settled,
        })),
        (id(), outcome()).prop_map(|(id, outcome)| FromRoom::Answer(Answer { id, outcome })),
        (offer(), stage())
            .prop_map(|(offer, stage)| FromRoom::Release(ReleaseNow { offer, stage })),
    ]
}

fn upload() -> impl Strategy<Value = Upload> {
    (id(), any::<u32>()).prop_map(|(token, most)| Upload { token, most })
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        Just(Verb::Restart {
            part: Part::Browser
        }),
        Just(Verb::ResetSound {}),
        Just(Verb::Preflight {}),
        Just(Verb::Tomorrow {}),
        id().prop_map(|name| Verb::Canary { name }),
        Just(Verb::Leave {}),
        Just(Verb::Mute {}),
        upload().prop_map(|to| Verb::LogBundle { to }),
        upload().prop_map(|to| Verb::Screenshot { to }),
        (1..300_u16).prop_map(|seconds| Verb::Identify { seconds }),
    ]
}

fn offer() -> impl Strategy<Value = Offer> {
    ("[a-z0-9-]{1,20}(/[a-z0-9-]{1,20}){0,3}", any::<u32>()).prop_map(|(target, attempt)| Offer {
        target: target.parse().expect("a release"),
        attempt,
    })
}

fn stage() -> impl Strategy<Value = Stage> {
    let code = || "[a-z]{1,20}".prop_map(|code| code.parse().expect("a code"));
    prop_oneof![
        proptest::sample::select(Wait::ALL.to_vec()).prop_map(|why| Stage::Waiting { why }),
        Just(Stage::Begun {}),
        Just(Stage::Proven {}),
        code().prop_map(|code| Stage::Refused { code }),
        code().prop_map(|code| Stage::Failed { code }),
    ]
}

#[test]
fn more_offers_than_the_limit_are_no_message_and_no_offer_leaves_its_folder() {
    let offer = Offer {
        target: "service-packs/zoom/902.toml".parse().expect("a release"),
        attempt: 1,
    };
    let many = FromFleet::Offers(Offers {
        offers: vec![offer; Offers::MOST + 1],
    });
    let text = write(&many).expect("within the limit");
    assert!(matches!(read::<FromFleet>(&text), Err(Unread::Broken(_))));
    for bad in [
        "",
        "../x",
        "a/../b",
        "/etc",
        "a//b",
        "a/.b",
        "A",
        "a b",
        &"x".repeat(121),
    ] {
        assert!(bad.parse::<Target>().is_err(), "{bad:?}");
    }
}

fn from_fleet() -> impl Strategy<Value = FromFleet> {
    prop_oneof![
        (any::<u64>(), any::<i64>(), any::<u32>(), any::<u32>()).prop_map(
            |(epoch, now_ms, sample_every_s, spread_s)| {
                FromFleet::Welcome(Welcome {
                    epoch: Epoch(epoch),
                    now_ms,
                    sample_every_s,
                    spread_s,
                })
            }
        ),
        (any::<u64>(), "\\PC{0,200}").prop_map(|(revision, settings)| FromFleet::Desired(
            Desired {
                revision: Revision(revision),
                settings,
            }
        )),
        (id(), verb(), any::<i64>(), any::<i64>()).prop_map(|(id, verb, issued_ms, expires_ms)| {
            FromFleet::Command(Box::new(Command {
                id,
                verb,
                issued_ms,
                expires_ms,
                grant: None,
            }))
        }),
        Just(FromFleet::Pull {}),
        Just(FromFleet::Look {}),
        proptest::collection::vec(offer(), 0..=Offers::MOST)
            .prop_map(|offers| FromFleet::Offers(Offers { offers })),
        Just(FromFleet::Goodbye(Goodbye {
            why: GoodbyeWhy::Full,
            after_s: 5,
            spread_s: 60,
        })),
    ]
}

proptest! {
    #[test]
    fn what_a_room_says_is_read_as_it_was_said(message in from_room()) {
        let text = write(&message).expect("within the limit");
        prop_assert_eq!(read::<FromRoom>(&text), Ok(message));
    }

    #[test]
    fn what_the_server_says_is_read_as_it_was_said(message in from_fleet()) {
        let text = write(&message).expect("within the limit");
        prop_assert_eq!(read::<FromFleet>(&text), Ok(message));
    }

    #[test]
    fn a_damaged_message_is_refused_or_is_another_message(
        message in from_room(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = write(&message).expect("within the limit").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let damaged = String::from_utf8_lossy(&bytes);
        if let Ok(read_back) = read::<FromRoom>(&damaged) {
            let said = write(&read_back).expect("within the limit");
            prop_assert_eq!(read::<FromRoom>(&said), Ok(read_back));
        }
        prop_assert!(read::<FromRoom>(&damaged[..damaged.floor_char_boundary(at)]).is_err());
    }
}

#[test]
fn fields_of_a_newer_peer_are_passed_over() {
    let text = r#"{"kind":"welcome","epoch":4,"now_ms":1,"sample_every_s":60,"colour":"blue"}"#;
    let welcome = Welcome {
        epoch: Epoch(4),
        now_ms: 1,
        sample_every_s: 60,
        spread_s: 0,
    };
    assert_eq!(read(text), Ok(FromFleet::Welcome(welcome)));
}

#[test]
fn an_unknown_kind_is_told_from_a_broken_message() {
    let unknown = read::<FromFleet>(r#"{"kind":"sing","song":"so"}"#);
    assert_eq!(unknown, Err(Unread::Unknown("sing".to_owned())));
    for broken in [r#"{"kind":"welcome"}"#, "{}", "[]", "", "{\"kind\":", "7"] {
        let read = read::<FromFleet>(broken);
        assert!(matches!(read, Err(Unread::Broken(_))), "{broken}: {read:?}");
    }
}

#[test]
fn an_unknown_verb_keeps_its_command_so_that_it_can_be_answered() {
    let text = r#"{"kind":"command","id":"abcd-0001","verb":{"do":"unmute","who":"all"},"issued_ms":1,"expires_ms":2}"#;
    let Ok(FromFleet::Command(command)) = read(text) else {
        panic!("a command");
    };
    assert_eq!(command.verb, Verb::Unknown);
}

/// The closed list as it is said on the line. A verb that opens something would have to be added here, too.
#[test]
fn no_verb_opens_a_microphone_or_a_camera() {
    let harmless = [
        "canary",
        "identify",
        "leave",
        "log-bundle",
        "mute",
        "preflight",
        "reset-sound",
        "restart",
        "screenshot",
        "tomorrow",
    ];
    for word in [
        "unmute",
        "open",
        "mic",
        "microphone",
        "camera",
        "join",
        "press",
        "mic-on",
        "shell",
        "exec",
    ] {
        let verb: Verb = serde_json::from_value(serde_json::json!({ "do": word, "to": "open" }))
            .expect("any verb is read");
        assert_eq!(verb, Verb::Unknown, "{word}");
        assert!(!harmless.contains(&word));
    }
    let source = include_str!("../src/verb.rs");
    let list = source.split("pub enum Verb {").nth(1).expect("the list");
    let list = list.split("\n}").next().expect("its end");
    let variants = list.lines().filter(|line| {
        let word = line.strip_prefix("    ").unwrap_or_default();
        word.starts_with(|c: char| c.is_ascii_uppercase())
    });
    assert_eq!(variants.count(), harmless.len() + 1, "and `Unknown`");
}

#[test]
fn too_much_is_neither_read_nor_written() {
    let long = format!(r#"{{"kind":"sing","song":"{}"}}"#, "a".repeat(MAX_MESSAGE));
    assert_eq!(read::<FromFleet>(&long), Err(Unread::TooLong(long.len())));
    let settings = "a".repeat(MAX_SETTINGS + 1);
    let text = serde_json::json!({"kind": "desired", "revision": 1, "settings": settings});
    let refused = read::<FromFleet>(&text.to_string());
    assert!(matches!(refused, Err(Unread::Broken(_))), "{refused:?}");
}

#[test]
fn names_that_could_be_something_else_in_a_subject_path_or_key_are_refused() {
    for bad in [
        "", "-a", "a-", "A", "a.b", "a/b", "a b", "ä", "a*", "a>", "..", "a\n",
    ] {
        assert!(bad.parse::<RoomId>().is_err(), "{bad:?}");
    }
    assert!("a".repeat(41).parse::<RoomId>().is_err());
    assert!("rathaus-3-14".parse::<RoomId>().is_ok());
}

#[test]
fn text_of_the_other_side_is_cut_and_cannot_run_backwards() {
    let text: BoundedText = "Raum\u{202e}\n3.14\u{7}".into();
    assert_eq!(text.as_str(), "Raum 3.14 ");
    assert_eq!(
        BoundedText::new(&"ä".repeat(1000)).as_str().chars().count(),
        BoundedText::MOST
    );
}

#[test]
fn a_command_counts_for_its_time_only() {
    let command = |issued_ms, expires_ms| Command {
        id: "abcd-0001".parse().expect("an id"),
        verb: Verb::Mute {},
        issued_ms,
        expires_ms,
        grant: None,
    };
    let now = 1_000_000_000;
    assert!(command(now, now + 5_000).is_timely(now));
    assert!(command(now, now + 5_000).is_timely(now + 5_000 + Command::SLACK_MS));
    assert!(!command(now, now + 5_000).is_timely(now + 5_001 + Command::SLACK_MS));
    assert!(!command(now, now + 5_000).is_timely(now - 1 - Command::SLACK_MS));
    assert!(!command(now, now - 1).is_timely(now));
    assert!(!command(now, now + Command::LONGEST_MS + 1).is_timely(now));
    assert!(!command(i64::MIN, i64::MAX).is_timely(now));
}

#[test]
fn a_grant_names_verb_room_command_and_end() {
    let command = Command {
        id: "abcd-0001".parse().expect("an id"),
        verb: Verb::Identify { seconds: 9 },
        issued_ms: 1,
        expires_ms: 77,
        grant: None,
    };
    let room = "rathaus-1".parse().expect("a room");
    assert_eq!(
        command.granted_text(&room),
        "roomd grant 1\nroom rathaus-1\ncommand abcd-0001\nverb {\"do\":\"identify\",\"seconds\":9}\nuntil 77\n"
    );
}

#[test]
fn the_code_binds_the_rooms_key_to_the_servers_certificate() {
    let shown = code(b"room", b"server");
    assert_eq!(shown.len(), 14);
    assert_eq!(shown, code(b"room", b"server"));
    assert_ne!(shown, code(b"room", b"somebody between"));
    assert_ne!(shown, code(b"another room", b"server"));
    assert_ne!(code(b"ab", b"c"), code(b"a", b"bc"));
    assert!(
        shown
            .chars()
            .all(|c| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase())
    );
}

#[test]
fn a_tickets_secret_is_not_printed() {
    let ticket = EnrolTicket {
        request: "r1".to_owned(),
        secret: "hush".to_owned(),
        poll_s: 5,
        lasts_s: 1800,
    };
    assert!(!format!("{ticket:?}").contains("hush"));
}
