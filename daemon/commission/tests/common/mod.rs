//! Kits to commission, and a person who answers.
#![allow(dead_code, reason = "each test file uses its part")]

use commission::facts::{
    At, BoardFound, CameraFound, DisplayFound, DisplayLine, HeadFound, PuckFound, SoundFound,
    SoundKind, Unit,
};
use commission::{Facts, Interview, Next, Proof, Proven, Question, State, Template, Topic};
use config_files::Files;
use preflight::Language;
use room_profile::Sources;
use std::path::PathBuf;

/// Boards, models and services as the daemon has them.
pub fn known() -> Sources {
    let files = Files::new(PathBuf::from("/nonexistent/room.toml"), None);
    let mut known = files.around("").unwrap_or_else(|error| panic!("{error}"));
    // What no kit below names is parsed for nothing, each time.
    let boards = ["demo", "generic-pc", "raspberry-pi-5"];
    known
        .boards
        .retain(|(name, _)| boards.contains(&name.as_str()));
    known
}

pub fn unit(title: &str, place: &str, model: &str, serial: &str) -> Unit {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Unit {
        title: title.to_owned(),
        place: some(place),
        model: some(model),
        serial: some(serial),
        firmware: None,
    }
}

pub fn camera(unit: Unit, largest: (u32, u32)) -> CameraFound {
    CameraFound {
        label: unit.title.clone(),
        unit,
        largest: Some(largest),
        in_phone: false,
    }
}

pub fn display(connector: &str, title: &str, millimetres: (u32, u32), cec: &str) -> DisplayFound {
    DisplayFound {
        unit: unit(title, connector, "", "S1"),
        size: Some(millimetres),
        input: Some(1),
        lines: vec![DisplayLine {
            line: format!("cec:{cec}"),
            model: "cec".to_owned(),
        }],
    }
}

/// The kit of the demo: a head and a table button on lines of their own.
pub fn demo_kit() -> Facts {
    Facts {
        machine: "saal-2".to_owned(),
        code: "123 456".to_owned(),
        board: Some(BoardFound {
            name: "demo".to_owned(),
            title: "The simulated kit".to_owned(),
        }),
        heads: vec![HeadFound {
            unit: unit("kit/front", "", "", ""),
            at: At::Line("kit/front".to_owned()),
            protocol: "visca".to_owned(),
            model: "common".to_owned(),
            baud: Some(9600),
            address: 1,
        }],
        pucks: vec![PuckFound {
            unit: unit("kit/table", "", "", ""),
            at: At::Line("kit/table".to_owned()),
        }],
        ..Facts::default()
    }
}

/// A council chamber: two cameras beside the speakerphone's, two displays, everything on its socket.
pub fn chamber() -> Facts {
    let phone = unit("Jabra PanaCast 50", "0000:00:14.0/2", "0b0e:3011", "P50");
    let webcam = unit("HD Pro Webcam C920", "0000:00:14.0/1", "046d:082d", "C920");
    let adapter = unit("FT232R", "0000:00:14.0/3.1", "0403:6001", "A1");
    let sound = |unit: &Unit, kind, plays: bool| SoundFound {
        unit: unit.clone(),
        kind,
        hears: Some(format!("{}:0:capture", unit.key())),
        plays: plays.then(|| format!("{}:0:playback", unit.key())),
    };
    Facts {
        machine: "saal-1".to_owned(),
        code: "654 321".to_owned(),
        board: Some(BoardFound {
            name: "raspberry-pi-5".to_owned(),
            title: "Raspberry Pi 5".to_owned(),
        }),
        pins: vec!["pin 11".to_owned(), "pin 13".to_owned()],
        cameras: vec![
            camera(webcam.clone(), (1920, 1080)),
            CameraFound {
                in_phone: true,
                ..camera(phone.clone(), (3840, 1200))
            },
            camera(
                unit("PTZ Pro", "0000:00:14.0/4", "046d:085f", "Z9"),
                (3840, 2160),
            ),
        ],
        heads: vec![HeadFound {
            unit: adapter,
            at: At::Usb,
            protocol: "visca".to_owned(),
            model: "sony-evi-d70".to_owned(),
            baud: Some(9600),
            address: 1,
        }],
        displays: vec![
            display("HDMI-A-1", "Sony 43", (940, 530), "/dev/cec0"),
            display("HDMI-A-2", "Sony 65", (1430, 800), "/dev/cec1"),
        ],
        pucks: vec![PuckFound {
            unit: unit("roomd table button", "0000:00:14.0/3.2", "1209:0001", "E66"),
            at: At::Usb,
        }],
        sounds: vec![
            sound(&webcam, SoundKind::Webcam, false),
            sound(&phone, SoundKind::Speakerphone, true),
        ],
        phones: vec![phone],
        ..Facts::default()
    }
}

pub fn begin(facts: Facts, template: Option<Template>) -> Interview {
    let state = State::new(Language::En, facts, template);
    Interview::new(state, known()).unwrap_or_else(|error| panic!("{error}"))
}

/// What a willing person says.
pub fn willing(question: &Question) -> String {
    match &question.topic {
        Topic::Name => "Council chamber 2".to_owned(),
        Topic::Help => "2 47 11".to_owned(),
        Topic::Hosts => "127.0.0.1=bbb".to_owned(),
        Topic::Calendar => "/srv/room.ics".to_owned(),
        Topic::Presets(_) => "Overview, Podium".to_owned(),
        Topic::Fittings => "lamp=pin 11, button=pin 13".to_owned(),
        _ => question.proposal.clone().unwrap_or_default(),
    }
}

/// One step with what a willing person says; the topic or proof that it was about, `None` at the end.
pub fn step(interview: &mut Interview, say: &mut dyn FnMut(&Question) -> String) -> Option<String> {
    match interview.next() {
        Next::Ask(question) => {
            let said = say(&question);
            let key = question.topic.to_string();
            match interview.answer(&question.topic, &said) {
                Ok(()) => Some(key),
                Err(_) => Some(format!("{key}!")),
            }
        }
        Next::Prove(proof) => {
            let key = proof.to_string();
            interview.proven(good(proof));
            Some(key)
        }
        Next::Write(_) => {
            interview.written();
            Some("write".to_owned())
        }
        Next::Finished => None,
    }
}

pub fn good(proof: Proof) -> Proven {
    Proven::of(proof)
}

/// Everything to its end; what was done, in order.
pub fn finish(interview: &mut Interview) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(key) = step(interview, &mut willing) {
        done.push(key);
        assert!(done.len() < 200, "no end: {done:?}");
    }
    done
}
