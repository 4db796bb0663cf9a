//! The installation's report, and a room that is held against it later.

mod common;

use commission::doctor::{Change, Now, compare};
use commission::report::Report;
use commission::{Facts, Finding, Interview, Left, Measure, Proof, Proven, Record};
use common::{begin, chamber, finish, good};
use expect_test::expect;
use preflight::sound::{Ear, Loop, Sweep};
use preflight::{Language, Trouble};
use std::collections::BTreeMap;

/// A chamber with a bit of everything: good, odd, missing, left for later.
fn proven() -> Interview {
    let mut interview = begin(chamber(), None);
    finish(&mut interview);
    interview.spent(431);
    interview.found({
        let mut kit = chamber();
        kit.silent.push("/dev/ttyUSB3".to_owned());
        kit.others.push(common::unit(
            "USB Keyboard",
            "0000:00:14.0/6",
            "046a:0011",
            "",
        ));
        kit
    });
    let front = || "front".to_owned();
    let picture = Proven {
        picture: Some("picture-front.png".to_owned()),
        ..good(Proof::Picture(front()))
            .with(Measure::Width, 1280.0)
            .with(Measure::Height, 720.0)
    };
    interview.proven(picture);
    interview.proven(
        good(Proof::Head(front()))
            .with(Measure::Turned, 10.0)
            .with(Measure::Took, 3.4),
    );
    let trouble = Finding::Known(Trouble::HeadAstray(front()));
    interview.proven(Proven::found(
        Proof::Picture("rear".to_owned()),
        Finding::Known(Trouble::PictureBlurred("rear".to_owned())),
    ));
    interview.proven(
        Proven::found(Proof::Calendar, Finding::LinksStripped(7)).with(Measure::Meetings, 7.0),
    );
    interview.proven(Proven::left(Proof::Puck("table".to_owned()), Left::Person));
    interview.proven(Proven::found(Proof::Store(front(), 1), trouble));
    interview.proven(sound());
    interview
}

/// A loudspeaker that the microphone hears as it is played.
fn sound() -> Proven {
    let ear = Ear::of(Sweep::at(48_000).take());
    let recording: Vec<f32> = ear
        .take()
        .samples
        .iter()
        .map(|sample| sample * 0.3)
        .collect();
    let one = Loop {
        loudspeaker: "table-speaker".to_owned(),
        microphone: "table-mic".to_owned(),
        heard: ear.hear(&recording),
    };
    Proven {
        loops: vec![one],
        ..good(Proof::Sound)
    }
}

const LENS: &str = "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 9'>\
    <rect width='16' height='9' fill='%23456'/><circle cx='8' cy='4' r='2' fill='%23ecb'/><rect x='5' y='6' width='6' height='3' fill='%23839'/></svg>";

fn page(record: &Record, language: Language) -> String {
    let pictures = BTreeMap::from([("picture-front.png".to_owned(), LENS.to_owned())]);
    let when = match language {
        Language::De => "28.11.2026, 14:05 Uhr",
        Language::En => "28 November 2026, 14:05",
    };
    let report = Report {
        record,
        when,
        language,
        pictures: &pictures,
    };
    report.html()
}

#[test]
fn the_report_holds_everything_in_both_languages() {
    let record = proven().record(0);
    let texts = [
        (
            Language::De,
            [
                "Installationsbericht",
                "Was wo steckt",
                "Offene Punkte",
                "Set-CalendarProcessing",
                "7:11\u{a0}min",
                "Übernommen von",
            ],
        ),
        (
            Language::En,
            [
                "Installation report",
                "What sits where",
                "Open points",
                "Set-CalendarProcessing",
                "7:11\u{a0}min",
                "Taken over by",
            ],
        ),
    ];
    for (language, parts) in texts {
        let page = page(&record, language);
        let always = [
            "Council chamber 2",
            "654 321",
            "0000:00:14.0/3.1",
            "E66",
            "/dev/ttyUSB3",
            "USB Keyboard",
            "<img src=\"data:",
            "policy.volume_limit",
        ];
        for part in parts.into_iter().chain(always) {
            assert!(page.contains(part), "{part}");
        }
        for key in [
            "report-",
            "proof-",
            "figure-",
            "left-",
            "commission-commission",
        ] {
            let bare = page
                .split(['>', '<'])
                .any(|text| text.trim().starts_with(key) && !text.contains("·"));
            assert!(!bare, "a key without a text: {key}");
        }
    }
}

#[test]
#[ignore = "writes the pages for people to look at"]
fn pages() {
    let record = proven().record(0);
    for language in [Language::De, Language::En] {
        let file = format!(
            "{}/installation-{}.html",
            env!("CARGO_TARGET_TMPDIR"),
            language.tag()
        );
        std::fs::write(&file, page(&record, language)).unwrap_or_else(|error| panic!("{error}"));
        println!("{file}");
    }
}

fn changes(change: impl FnOnce(&mut Facts)) -> Vec<Change> {
    let record = proven().record(0);
    let mut facts = record.facts.clone();
    change(&mut facts);
    let now = Now {
        facts: &facts,
        proofs: &[],
        limits: Some(&record.limits),
    };
    compare(&record, now)
}

fn said(changes: &[Change]) -> String {
    let lines = changes.iter().map(|change| {
        let sign = if change.matters() { "!" } else { "-" };
        format!("{sign} {}", change.sentence(Language::En))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_room_that_is_the_same_is_said_to_be() {
    assert_eq!(changes(|_| {}), []);
}

#[test]
fn each_change_has_its_sentence() {
    type Change = fn(&mut Facts);
    let table: [(&str, Change, expect_test::Expect); 8] = [
        (
            "gone",
            |now| now.pucks.clear(),
            expect!["! roomd table button (puck-table) is missing; it sat at 0000:00:14.0/3.2."],
        ),
        (
            "moved",
            |now| {
                let place = || Some("0000:00:14.0/7".to_owned());
                now.cameras[0].unit.place = place();
                now.sounds[0].unit.place = place();
            },
            expect![
                "! HD Pro Webcam C920 (camera-rear, microphone-second-mic) sits at 0000:00:14.0/7 now instead of 0000:00:14.0/1."
            ],
        ),
        (
            "exchanged",
            |now| now.heads[0].unit.serial = Some("B2".to_owned()),
            expect![
                "! At 0000:00:14.0/3.1 (head-front) sits another unit: serial number B2 instead of A1."
            ],
        ),
        (
            "replaced",
            |now| {
                now.pucks[0].unit.title = "Other button".to_owned();
                now.pucks[0].unit.model = Some("1209:0002".to_owned());
            },
            expect![
                "! At 0000:00:14.0/3.2 (puck-table) sits Other button now instead of roomd table button."
            ],
        ),
        (
            "new",
            |now| {
                now.others
                    .push(common::unit("Stick", "0000:00:14.0/8", "0781:5567", "1"))
            },
            expect!["- Stick at 0000:00:14.0/8 is new."],
        ),
        (
            "input",
            |now| now.displays[1].input = Some(3),
            expect!["! Sony 65 (display-main) hangs on input 3 now instead of 1."],
        ),
        (
            "board",
            |now| {
                now.board
                    .iter_mut()
                    .for_each(|board| board.title = "Rock 5B".to_owned())
            },
            expect!["! This is another machine: Rock 5B instead of Raspberry Pi 5."],
        ),
        (
            "all displays",
            |now| now.displays.clear(),
            expect![[r#"
                ! Sony 65 (display-main) is missing; it sat at HDMI-A-2.
                ! Sony 43 (display-second) is missing; it sat at HDMI-A-1."#]],
        ),
    ];
    for (what, change, wanted) in table {
        println!("{what}");
        wanted.assert_eq(&said(&changes(change)));
    }
}

#[test]
fn what_a_check_finds_now_and_did_not_then_is_said() {
    let record = proven().record(0);
    let mut limits = record.limits.clone();
    limits.insert("policy.volume_limit".to_owned(), "40 %".to_owned());
    let proofs = [
        Proven::found(
            Proof::Picture("front".to_owned()),
            Finding::Known(Trouble::PictureCovered("front".to_owned())),
        ),
        good(Proof::Calendar),
        Proven::found(
            Proof::Path("127.0.0.1".to_owned()),
            Finding::Known(Trouble::CertificateEnds(3)),
        ),
        Proven::left(Proof::Clock, Left::NothingThere),
    ];
    let now = Now {
        facts: &record.facts,
        proofs: &proofs,
        limits: Some(&limits),
    };
    expect![[r#"
        ! policy.volume_limit is “40 %” now instead of “100 %”.
        ! New: The camera “front” is covered or shows only black.
        - No longer so: Of 7 booked meetings none has a conference link: the room's mailbox probably deletes the text of invitations.
        ! New: The conference service's certificate ends in 3 days."#]]
    .assert_eq(&said(&compare(&record, now)));
    let now = Now {
        facts: &record.facts,
        proofs: &[],
        limits: None,
    };
    assert_eq!(compare(&record, now), [Change::Unread]);
}
