//! The camera's conversation in its own time, without a line.

use super::camera::Camera;
use super::log::FrameKind;
use super::quirks::Quirks;
use room_core::units::Position;
use std::time::Duration;

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

/// A camera and a clock that jumps from event to event.
struct Talk {
    camera: Camera,
    now: Duration,
}

impl Talk {
    fn new() -> Talk {
        let mut talk = Talk {
            camera: Camera::default(),
            now: Duration::from_secs(1),
        };
        assert_eq!(talk.say("88 30 01 FF"), "88 30 02 FF");
        talk
    }

    /// Sends and gives all that comes back within a tenth of a second.
    fn say(&mut self, text: &str) -> String {
        for byte in bytes(text) {
            self.camera.receive(self.now, byte, Duration::ZERO);
        }
        self.wait(Duration::from_millis(100))
    }

    fn wait(&mut self, time: Duration) -> String {
        let until = self.now + time;
        let mut said = Vec::new();
        while let Some(next) = self.camera.next_event().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            said.extend(self.camera.advance(self.now).concat());
        }
        self.now = until;
        said.iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn position(&self) -> Position {
        self.camera.position(self.now)
    }
}

#[test]
fn a_camera_without_a_number_hears_broadcasts_only() {
    let mut talk = Talk {
        camera: Camera::default(),
        now: Duration::ZERO,
    };
    assert_eq!(talk.say("81 09 04 00 FF"), "");
    assert_eq!(talk.say("88 30 01 FF"), "88 30 02 FF");
    assert_eq!(talk.say("81 09 04 00 FF"), "90 50 02 FF");
    assert_eq!(talk.say("82 09 04 00 FF"), "");
    assert_eq!(talk.say("88 01 00 01 FF"), "88 01 00 01 FF");
}

#[test]
fn inquiries_answer_as_in_the_tables() {
    let mut talk = Talk::new();
    assert_eq!(talk.say("81 09 00 02 FF"), "90 50 00 01 04 0E 01 00 02 FF");
    assert_eq!(
        talk.say("81 09 06 12 FF"),
        "90 50 00 00 00 00 00 00 00 00 FF"
    );
    assert_eq!(talk.say("81 09 04 47 FF"), "90 50 00 00 00 00 FF");
    assert_eq!(talk.say("81 09 09 09 FF"), "90 60 02 FF");
}

#[test]
fn a_move_is_accepted_completed_and_read_back() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.say("81 01 06 02 18 14 00 01 02 00 0F 0F 07 00 FF"),
        "90 41 FF"
    );
    assert_eq!(talk.wait(Duration::from_secs(2)), "90 51 FF");
    assert_eq!(
        talk.say("81 09 06 12 FF"),
        "90 50 00 01 02 00 0F 0F 07 00 FF"
    );
    assert_eq!(
        talk.position(),
        Position {
            pan: 2000,
            tilt: -1000,
            zoom: 0
        }
    );
}

#[test]
fn a_drive_runs_until_it_is_stopped() {
    let mut talk = Talk::new();
    assert_eq!(talk.say("81 01 06 01 10 01 01 03 FF"), "90 41 FF 90 51 FF");
    talk.wait(Duration::from_millis(500));
    let turned = talk.position().pan;
    assert!(turned < -1000, "{turned}");
    talk.say("81 01 06 01 01 01 03 03 FF");
    let stood = talk.position().pan;
    talk.wait(Duration::from_secs(5));
    assert_eq!(talk.position().pan, stood);
}

#[test]
fn two_sockets_and_no_more() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.say("81 01 06 02 01 01 00 09 00 00 00 00 00 00 FF"),
        "90 41 FF"
    );
    assert_eq!(talk.say("81 01 04 47 04 00 00 00 FF"), "90 42 FF");
    assert_eq!(talk.say("81 01 06 01 01 01 03 03 FF"), "90 60 03 FF");
    assert_eq!(talk.say("81 21 FF"), "90 61 04 FF");
    assert_eq!(talk.say("81 21 FF"), "90 61 05 FF");
    assert_eq!(talk.say("81 01 06 01 01 01 03 03 FF"), "90 41 FF 90 51 FF");
}

#[test]
fn asleep_it_knows_power_only() {
    let mut talk = Talk::new();
    talk.say("81 01 04 00 03 FF");
    assert_eq!(talk.say("81 09 04 00 FF"), "90 50 03 FF");
    assert_eq!(talk.say("81 01 06 04 FF"), "90 61 41 FF");
    assert_eq!(talk.say("81 09 06 12 FF"), "90 60 41 FF");
    assert_eq!(talk.say("81 01 04 00 02 FF"), "90 41 FF");
    assert_eq!(talk.say("81 09 04 00 FF"), "90 50 03 FF");
    assert_eq!(talk.wait(Duration::from_secs(2)), "90 51 FF");
    assert_eq!(talk.say("81 09 04 00 FF"), "90 50 02 FF");
}

#[test]
fn presets_are_stored_recalled_and_forgotten() {
    let mut talk = Talk::new();
    talk.say("81 01 04 3F 02 01 FF");
    talk.wait(Duration::from_secs(5));
    let lectern = talk.position();
    assert_eq!((lectern.pan, lectern.zoom), (-4500, 250));
    talk.say("81 01 04 3F 01 09 FF");
    talk.say("81 01 06 04 FF");
    talk.wait(Duration::from_secs(5));
    assert_eq!(talk.position().pan, 0);
    talk.say("81 01 04 3F 02 09 FF");
    talk.wait(Duration::from_secs(5));
    assert_eq!(talk.position(), lectern);
    assert_eq!(talk.say("81 01 04 3F 02 10 FF"), "90 60 02 FF");
}

#[test]
fn frames_that_come_faster_than_it_looks_are_lost_and_counted() {
    let mut talk = Talk::new();
    let said = talk.say("81 09 04 00 FF 81 09 04 00 FF 81 09 04 00 FF 81 09 04 00 FF");
    assert_eq!(said, "90 50 02 FF 90 50 02 FF");
    assert_eq!(talk.camera.overruns(), 2);
    assert_eq!(talk.camera.log().count(FrameKind::AskPower), 4);
}

#[test]
fn quirks_show() {
    let mut talk = Talk::new();
    let mut with = |quirks: Quirks| {
        talk.camera.set_quirks(quirks);
        let said = talk.say("81 09 04 00 FF");
        talk.wait(Duration::from_secs(1));
        said
    };
    assert_eq!(
        with(Quirks {
            mute: true,
            ..Quirks::default()
        }),
        ""
    );
    assert_eq!(
        with(Quirks {
            doubled: true,
            ..Quirks::default()
        }),
        "90 50 02 FF 90 50 02 FF"
    );
    assert_eq!(
        with(Quirks {
            answers_as: Some(2),
            ..Quirks::default()
        }),
        "A0 50 02 FF"
    );
    assert_eq!(
        with(Quirks {
            losses: 1,
            ..Quirks::default()
        }),
        ""
    );
    assert_eq!(
        with(Quirks {
            noise: true,
            ..Quirks::default()
        }),
        "00 13 FF 7F 2A 90 50 02 FF"
    );
    assert_eq!(
        with(Quirks {
            late: Duration::from_millis(200),
            ..Quirks::default()
        }),
        ""
    );
    talk.camera.set_quirks(Quirks {
        no_ack: true,
        full: 1,
        ..Quirks::default()
    });
    assert_eq!(talk.say("81 01 04 07 00 FF"), "90 60 03 FF");
    assert_eq!(talk.say("81 01 04 07 00 FF"), "90 51 FF");
}

#[test]
fn a_power_cycle_takes_its_number_away() {
    let mut talk = Talk::new();
    talk.camera.power_cycle(talk.now);
    assert_eq!(talk.wait(Duration::from_millis(50)), "90 38 FF");
    assert_eq!(talk.say("81 09 04 00 FF"), "");
}
