//! What is asked of a kit in which order, what the room's file then says, and what cuts and templates change of it.

mod common;

use commission::facts::{CameraFound, SoundFound, SoundKind};
use commission::{Facts, Finding, Interview, Kind, Next, Proof, Reason, Record, State, Topic};
use common::{begin, chamber, demo_kit, display, finish, known, step, unit, willing};
use expect_test::expect;
use preflight::Language;

#[test]
fn the_demo_kit_is_commissioned_with_at_most_twelve_answers() {
    let mut interview = begin(demo_kit(), None);
    let done = finish(&mut interview);
    expect![[r#"
        name help join hosts calendar roles presets-front aimed-front-0 store-front-0 aimed-front-1 store-front-1 puck-table head-front path-127.0.0.1 calendar clock write call"#]]
    .assert_eq(&done.join(" "));
    assert_eq!(interview.state().given, 9);
}

/// A PC with a speaker at its jack, one in its display, and two microphones of a kind.
fn pc() -> Facts {
    let sound = |title: &str, place: &str, kind, hears: bool, plays: bool| SoundFound {
        unit: unit(title, place, "", ""),
        kind,
        hears: hears.then(|| format!("{place}:0:capture")),
        plays: plays.then(|| format!("{place}:0:playback")),
    };
    Facts {
        sounds: vec![
            sound("HDA Intel PCH", "pci-1", SoundKind::Both, true, true),
            sound("USB PnP Sound", "usb-2", SoundKind::Both, true, true),
            sound("HDA HDMI", "pci-3", SoundKind::Display, false, true),
        ],
        ..demo_kit()
    }
}

#[test]
fn the_loudspeaker_that_is_heard_and_the_microphone_that_hears_come_first() {
    let mut interview = begin(pc(), None);
    let mut say = |question: &commission::Question| match &question.topic {
        Topic::Loudspeaker => "pci-3".to_owned(),
        Topic::Microphone => "usb-2".to_owned(),
        _ => willing(question),
    };
    let mut asked = Vec::new();
    while let Some(key) = step(&mut interview, &mut say) {
        asked.push(key);
    }
    for key in ["loudspeaker", "microphone", "sound"] {
        assert!(asked.contains(&key.to_owned()), "{key} of {asked:?}");
    }
    let first = |kind| {
        let role = interview.roles().find(|role| role.kind == kind).unwrap();
        (role.device.clone(), role.reason)
    };
    assert_eq!(
        first(Kind::Loudspeaker),
        ("pci-3".to_owned(), Reason::Person)
    );
    assert_eq!(
        first(Kind::Microphone),
        ("usb-2".to_owned(), Reason::Person)
    );
    let template = interview.record(0).template();
    let mut second = begin(pc(), Some(template));
    let again = finish(&mut second);
    assert!(!again.contains(&"loudspeaker".to_owned()), "{again:?}");
}

#[test]
fn whoever_hears_none_of_them_finds_it_in_the_report() {
    let mut interview = begin(pc(), None);
    let mut say = |question: &commission::Question| match &question.topic {
        Topic::Loudspeaker => "none".to_owned(),
        _ => willing(question),
    };
    while step(&mut interview, &mut say).is_some() {}
    let proofs = &interview.state().proofs;
    let sound = proofs.iter().find(|proven| proven.proof == Proof::Sound);
    assert_eq!(sound.unwrap().findings, [Finding::LoudspeakerNotHeard]);
    assert!(interview.roles().any(|role| role.kind == Kind::Loudspeaker));
}

#[test]
fn a_speakerphone_alone_of_its_kind_is_not_asked_for() {
    let mut interview = begin(chamber(), None);
    let done = finish(&mut interview);
    assert!(
        !done
            .iter()
            .any(|key| key == "loudspeaker" || key == "microphone")
    );
}

#[test]
fn the_file_says_what_was_found_and_why() {
    let mut interview = begin(chamber(), None);
    finish(&mut interview);
    expect![[r##"
        # The file of this room. Written by `roomctl commission`; it may be changed by hand.
        # `roomd check` reads it, `roomd reference` explains every key.

        # Recognised: Raspberry Pi 5.
        board = "raspberry-pi-5"

        [room]
        name = "Council chamber 2"
        language = "en"
        help = "2 47 11"

        # The room waits for a press.
        [policy]
        join = "on-press"

        # No other host is ever opened.
        [hosts]
        "127.0.0.1" = "bbb"

        [calendars.bookings]
        file = "/srv/room.ics"

        # Found: PTZ Pro, at 0000:00:14.0/4, serial number Z9.
        # Chosen: said so when the room was commissioned.
        [cameras.front]
        usb = "0000:00:14.0/4"
        usb_model = "046d:085f"
        usb_serial = "Z9"

        # Found: HD Pro Webcam C920, at 0000:00:14.0/1, serial number C920.
        # Chosen: comes next.
        [cameras.rear]
        usb = "0000:00:14.0/1"
        usb_model = "046d:082d"
        usb_serial = "C920"

        # Found: Jabra PanaCast 50, at 0000:00:14.0/2, serial number P50.
        # Chosen: comes next.
        [cameras.left]
        usb = "0000:00:14.0/2"
        usb_model = "0b0e:3011"
        usb_serial = "P50"
        # It looks at the table and is not for conferences.
        in_calls = false

        # Found: FT232R, at 0000:00:14.0/3.1, serial number A1.
        # Chosen: it answered.
        [heads.front]
        usb = "0000:00:14.0/3.1"
        usb_model = "0403:6001"
        usb_serial = "A1"
        protocol = "visca"
        model = "sony-evi-d70"
        baud = 9600
        presets = [
            { number = 0, name = "Overview" },
            { number = 1, name = "Podium" },
        ]

        # Found: Sony 65, at HDMI-A-2, serial number S1.
        # Chosen: it is the largest.
        [displays.main]
        input = "hdmi1"
        output = "HDMI-A-2"
        links = [
            { line = "cec:/dev/cec1", model = "cec" },
        ]

        # Found: Sony 43, at HDMI-A-1, serial number S1.
        # Chosen: comes next.
        [displays.second]
        input = "hdmi1"
        output = "HDMI-A-1"
        links = [
            { line = "cec:/dev/cec0", model = "cec" },
        ]

        # Found: roomd table button, at 0000:00:14.0/3.2, serial number E66.
        # Chosen: it answered.
        [pucks.table]
        usb = "0000:00:14.0/3.2"
        usb_model = "1209:0001"
        usb_serial = "E66"

        # Found: Jabra PanaCast 50, at 0000:00:14.0/2, serial number P50.
        # Chosen: there is no other.
        [speakerphone]
        usb = "0000:00:14.0/2"
        usb_model = "0b0e:3011"
        usb_serial = "P50"

        # Found: Jabra PanaCast 50, at 0000:00:14.0/2, serial number P50.
        # Chosen: a speakerphone is made for a room's voices.
        [microphones.table-mic]
        name = "Jabra PanaCast 50"
        device = "0000:00:14.0/2:0:capture"

        # Found: HD Pro Webcam C920, at 0000:00:14.0/1, serial number C920.
        # Chosen: there is nothing better.
        [microphones.second-mic]
        name = "HD Pro Webcam C920"
        device = "0000:00:14.0/1:0:capture"

        # Found: Jabra PanaCast 50, at 0000:00:14.0/2, serial number P50.
        # Chosen: the same device listens and takes its own echo out.
        [loudspeakers.table-speaker]
        name = "Jabra PanaCast 50"
        device = "0000:00:14.0/2:0:playback"

        [lamps.door]
        line = "pin 11"
        shows = "busy"

        [buttons.mute]
        line = "pin 13"
        key = "mute"
    "##]]
    .assert_eq(&interview.file());
}

#[test]
fn a_person_says_which_camera_is_the_front_one_and_what_is_left_out() {
    let mut interview = begin(chamber(), None);
    let mut say = |question: &commission::Question| match question.topic {
        Topic::Front => "0000:00:14.0/1".to_owned(),
        Topic::Roles => "display-second, camera-left".to_owned(),
        _ => willing(question),
    };
    while step(&mut interview, &mut say).is_some() {}
    let front = interview.roles().next().cloned();
    let front = front.map(|role| (role.kind, role.device, role.reason));
    assert_eq!(
        front,
        Some((Kind::Camera, "0000:00:14.0/1".to_owned(), Reason::Person))
    );
    let labels: Vec<String> = interview.roles().map(commission::Role::label).collect();
    assert!(!labels.contains(&"display-second".to_owned()), "{labels:?}");
    assert!(!labels.contains(&"camera-left".to_owned()), "{labels:?}");
}

#[test]
fn what_is_known_is_not_asked() {
    let asked = |facts| finish(&mut begin(facts, None));
    let mut one = chamber();
    one.cameras
        .retain(|found: &CameraFound| found.unit.title != "PTZ Pro");
    assert!(
        !asked(one).contains(&"front".to_owned()),
        "one looks at the room"
    );
    assert!(asked(chamber()).contains(&"front".to_owned()), "two do");
    assert!(
        !asked(chamber()).contains(&"main".to_owned()),
        "one display is larger"
    );
    let mut twins = chamber();
    twins.displays[0].size = twins.displays[1].size;
    assert!(asked(twins).contains(&"main".to_owned()), "none is larger");
    let mut bare = chamber();
    bare.pins.clear();
    assert!(!asked(bare).contains(&"fittings".to_owned()), "no header");
}

#[test]
fn a_second_kit_is_asked_only_what_differs() {
    let mut first = begin(chamber(), None);
    finish(&mut first);
    let record = Record::read(&first.record(0).text()).unwrap_or_else(|error| panic!("{error}"));
    let mut kit = chamber();
    kit.machine = "saal-9".to_owned();
    for (n, found) in kit.cameras.iter_mut().enumerate() {
        found.unit.serial = Some(format!("other-{n}"));
    }
    let mut second = begin(kit, Some(record.template()));
    let done = finish(&mut second);
    assert_eq!(&done[..2], ["name", "calendar"]);
    let asked: Vec<&String> = done
        .iter()
        .filter(|key| Topic::parse(key).is_some())
        .collect();
    // Where a camera looks, and what is seen of lamps and displays, is each room's own.
    expect!["name calendar aimed-front-0 aimed-front-1 lamp-seen-door display-seen-main display-seen-second calendar"]
        .assert_eq(&asked.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(" "));
    let front = second.roles().next().map(|role| role.reason);
    assert_eq!(front, Some(Reason::Template));
    assert_eq!(second.state().given, 7);
}

#[test]
fn a_template_gives_away_nothing_that_is_the_rooms_own() {
    let mut first = begin(chamber(), None);
    finish(&mut first);
    let text = format!("{:?}", first.record(0).template());
    for own in ["Council chamber 2", "/srv/room.ics"] {
        assert!(!text.contains(own), "{own}");
    }
    assert!(
        !first.record(0).text().contains("/srv/room.ics"),
        "nor the record: links can be secrets"
    );
}

#[test]
fn a_cut_after_any_step_continues_where_it_was() {
    let mut whole = begin(chamber(), None);
    let done = finish(&mut whole);
    for cut in 0..=done.len() {
        let mut interview = begin(chamber(), None);
        for _ in 0..cut {
            step(&mut interview, &mut willing);
        }
        let state =
            State::read(&interview.state().text()).unwrap_or_else(|error| panic!("{error}"));
        let mut again = Interview::new(state, known()).unwrap_or_else(|error| panic!("{error}"));
        again.found(chamber());
        assert_eq!(finish(&mut again), done[cut..], "cut after {cut}");
        assert_eq!(again.state(), whole.state());
        assert_eq!(again.file(), whole.file());
    }
}

#[test]
fn a_kit_that_changed_meanwhile_is_proven_anew_where_it_changed() {
    let mut interview = begin(chamber(), None);
    finish(&mut interview);
    let mut kit = chamber();
    kit.cameras[2].unit.serial = Some("another".to_owned());
    interview.found(kit);
    let done = finish(&mut interview);
    assert_eq!(
        done,
        [
            "roles",
            "store-front-0",
            "store-front-1",
            "picture-front",
            "head-front",
            "sound",
            "write",
            "call"
        ]
    );
    assert!(interview.file().contains("another"));
}

#[test]
fn a_wrong_answer_changes_nothing_and_says_why() {
    let mut interview = begin(chamber(), None);
    let before = interview.state().clone();
    let wrong = [
        (Topic::Name, "", "An answer is needed"),
        (Topic::Name, "a\u{7}b", "control character"),
        (Topic::Hosts, "bbb.example", "HOST=SERVICE"),
        (Topic::Hosts, "bbb.example=nonsense", "nonsense"),
        (Topic::Hosts, "*.de=bbb", ""),
        (
            Topic::Hosts,
            "a.example=bbb, A.example=bbb",
            "each host once",
        ),
        (Topic::Calendar, "http://calendar.example/x", "unencrypted"),
        (Topic::Join, "maybe", "on-press, by-itself"),
        (Topic::Roles, "camera-attic", "camera-attic"),
        (Topic::Fittings, "lamp=pin 9", "pin 9"),
        (Topic::Fittings, "siren=pin 11", "siren"),
        (
            Topic::Presets("front".to_owned()),
            "A name that is longer than thirty letters",
            "1 to 30 characters",
        ),
        (Topic::Front, "0000:00:14.0/7", "not among the choices"),
    ];
    for (topic, said, why) in wrong {
        let refused = interview.answer(&topic, said).expect_err(said).to_string();
        assert!(refused.contains(why), "{said}: {refused}");
        assert_eq!(interview.state(), &before, "{said}");
    }
}

#[test]
fn what_a_file_cannot_describe_is_left_out_and_said() {
    let mut kit = demo_kit();
    // Two cameras of the board that call themselves alike: no label tells which is which.
    for _ in 0..2 {
        let mut twin = common::camera(unit("Sensor", "", "", ""), (1280, 720));
        twin.label = "Sensor".to_owned();
        kit.cameras.push(twin);
    }
    kit.displays
        .push(display("HDMI-A-1", "A", (10, 10), "/dev/cec0"));
    kit.displays
        .push(display("HDMI-A-2", "B", (5, 5), "/dev/cec0"));
    let mut interview = begin(kit, None);
    finish(&mut interview);
    let refused: Vec<String> = interview
        .refused()
        .iter()
        .map(commission::Role::label)
        .collect();
    assert_eq!(refused, ["display-second"], "one line, two displays");
    assert_eq!(interview.record(0).refused, ["B"]);
}

#[test]
fn a_lamp_that_nobody_saw_is_an_open_point() {
    let mut interview = begin(chamber(), None);
    let mut say = |question: &commission::Question| match question.topic {
        Topic::LampSeen(_) => "no".to_owned(),
        _ => willing(question),
    };
    while step(&mut interview, &mut say).is_some() {}
    let findings = interview
        .state()
        .proofs
        .iter()
        .flat_map(|proven| &proven.findings);
    let codes: Vec<&str> = findings.map(commission::Finding::code).collect();
    assert_eq!(codes, ["commission-lamp-not-seen"]);
}

#[test]
fn questions_are_asked_in_the_rooms_language() {
    let state = State::new(Language::De, demo_kit(), None);
    let interview = Interview::new(state, known()).unwrap_or_else(|error| panic!("{error}"));
    let Next::Ask(question) = interview.next() else {
        panic!("nothing is asked");
    };
    assert_eq!(question.text, "Wie heißt der Raum?");
}

#[test]
fn a_damaged_state_and_one_of_another_version_are_refused() {
    let text = begin(demo_kit(), None).state().text();
    for cut in 0..text.len() {
        if text.is_char_boundary(cut) {
            assert!(
                State::read(&text[..cut]).is_err(),
                "{cut} of {}",
                text.len()
            );
        }
    }
    let other = text.replacen("\"version\": 1", "\"version\": 9", 1);
    let said = State::read(&other)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(said.contains('9'), "{said}");
}

#[test]
fn progress_never_falls_back_and_ends_whole() {
    let mut interview = begin(chamber(), None);
    let mut before = 0;
    while let Some(step) = step(&mut interview, &mut willing) {
        let (done, all) = interview.progress();
        assert!(before <= done && done <= all, "{step}: {done} of {all}");
        before = done;
    }
    let (done, all) = interview.progress();
    assert_eq!(done, all);
}

#[test]
fn another_language_changes_words_and_no_answer() {
    let mut interview = begin(demo_kit(), None);
    step(&mut interview, &mut willing);
    let answers = interview.state().answers.clone();
    let Next::Ask(english) = interview.next() else {
        panic!("asked nothing");
    };
    interview.speak(Language::De);
    let Next::Ask(german) = interview.next() else {
        panic!("asked nothing");
    };
    assert_eq!(english.topic, german.topic);
    assert_ne!(english.text, german.text);
    assert_eq!(interview.state().answers, answers);
    assert!(interview.file().contains("language = \"de\""));
}
