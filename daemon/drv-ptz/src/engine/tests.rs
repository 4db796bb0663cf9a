//! The conversation in a clock of its own, against a scripted camera: every frame and every outcome as text.

mod pace;

use super::*;
use crate::visca::{Command, Deframer, Received, Socket};
use expect_test::{Expect, expect};
use room_core::effect::HeadCommand;
use room_core::units::{Position, PresetNumber, Speed};

fn setup() -> HeadSetup {
    HeadSetup {
        id: HeadId::new("front"),
        address: Address::FIRST,
        link: Link::Serial { baud: 9600 },
        model: HeadModel::COMMON,
    }
}

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|b| u8::from_str_radix(b, 16).unwrap())
        .collect()
}

/// An engine, its clock, and all that it did, line by line.
struct Talk {
    engine: Engine,
    deframer: Deframer,
    now: Mono,
    lines: Vec<String>,
}

impl Talk {
    fn new() -> Talk {
        let mut talk = Talk {
            engine: Engine::new(setup()),
            deframer: Deframer::default(),
            now: Mono(0),
            lines: Vec::new(),
        };
        let first = talk.engine.on_tick(talk.now);
        talk.take(first);
        talk
    }

    /// Online, stopped once, at rest, nothing unanswered, and the lines forgotten.
    fn ready() -> Talk {
        let mut talk = Talk::new();
        for answer in [
            "88 30 02 FF",
            "88 01 00 01 FF",
            "90 50 00 01 04 0E 01 00 02 FF",
            "90 50 02 FF",
            "90 41 FF",
            "90 51 FF",
            "90 41 FF",
            "90 51 FF",
        ] {
            talk.hear(answer);
        }
        for _ in 0..6 {
            talk.look_answered("00 00 00 00", "00 00 00 00", "00 00 00 00");
        }
        talk.lines.clear();
        talk
    }

    /// Waits for the next look and answers it; power, when it is asked, is on.
    fn look_answered(&mut self, pan: &str, tilt: &str, zoom: &str) {
        if matches!(self.asked(), Some(Inquiry::Power)) {
            self.hear("90 50 02 FF");
        }
        assert_eq!(self.asked(), Some(Inquiry::PanTilt));
        self.hear(&format!("90 50 {pan} {tilt} FF"));
        assert_eq!(self.asked(), Some(Inquiry::Zoom));
        self.hear(&format!("90 50 {zoom} FF"));
    }

    fn hear_bytes(&mut self, bytes: &[u8]) -> Vec<Action> {
        let mut actions = Vec::new();
        for byte in bytes {
            let reply = match self.deframer.push(*byte) {
                Some(Received::Frame(frame)) => Reply::parse(&frame),
                Some(Received::Noise) => None,
                None => continue,
            };
            actions.extend(self.engine.on_reply(self.now, reply));
        }
        actions.extend(self.engine.on_tick(self.now));
        actions
    }

    fn asked(&mut self) -> Option<Inquiry> {
        while self.engine.awaiting.is_none() {
            self.next();
        }
        match self.engine.awaiting?.what {
            What::Ask(inquiry) => Some(inquiry),
            What::Start(_) | What::Step(_) => None,
        }
    }

    fn take(&mut self, actions: Vec<Action>) {
        for action in actions {
            let line = match action {
                Action::Write(frame) | Action::Again(frame) => {
                    format!("{:05} > {frame:?}", self.now.0)
                }
                Action::Event(Event::Head(_, seen)) => format!("{:05} . {seen:?}", self.now.0),
                Action::Event(Event::Done { request, outcome }) => {
                    format!("{:05} = {} {outcome:?}", self.now.0, request.0)
                }
                Action::Event(other) => panic!("{other:?}"),
            };
            self.lines.push(line);
        }
    }

    fn hear(&mut self, text: &str) {
        let actions = self.hear_bytes(&bytes(text));
        self.take(actions);
    }

    fn ask(&mut self, request: u64, command: HeadCommand) {
        let actions = self.engine.submit(self.now, RequestId(request), command);
        self.take(actions);
    }

    /// To the next moment at which the engine wants to be called.
    fn next(&mut self) {
        let at = self
            .engine
            .next_deadline()
            .expect("an engine always has something to look after");
        assert!(at >= self.now || self.now.since(at) < Duration::from_secs(1));
        self.now = self.now.max(at);
        let actions = self.engine.on_tick(self.now);
        self.take(actions);
    }

    /// Lets time pass with a camera that says nothing.
    fn wait(&mut self, time: u64) {
        let until = self.now.plus(Duration::from_millis(time));
        let mut calls = 0;
        while let Some(at) = self.engine.next_deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let actions = self.engine.on_tick(self.now);
            self.take(actions);
            calls += 1;
            assert!(calls < 10_000, "the engine spins");
        }
        self.now = until;
    }

    #[track_caller]
    fn shows(&mut self, expected: Expect) {
        expected.assert_eq(&(self.lines.join("\n") + "\n"));
        self.lines.clear();
    }
}

fn drive(pan: i8, tilt: i8, zoom: i8) -> HeadCommand {
    let drive = Drive {
        pan: Speed::new(pan),
        tilt: Speed::new(tilt),
        zoom: Speed::new(zoom),
    };
    HeadCommand::Drive {
        drive,
        limit: Duration::from_secs(2),
    }
}

fn recall(n: u8) -> HeadCommand {
    HeadCommand::Recall(PresetNumber(n))
}

#[test]
fn a_camera_is_found_stopped_and_looked_at() {
    let mut talk = Talk::new();
    for answer in [
        "88 30 02 FF",
        "88 01 00 01 FF",
        "90 50 00 01 04 0E 01 00 02 FF",
        "90 50 02 FF",
        "90 41 FF 90 51 FF",
        "90 41 FF 90 51 FF",
        "90 50 02 FF",
        "90 50 00 00 09 00 00 00 00 00 FF",
        "90 50 02 00 00 00 FF",
    ] {
        talk.now = talk.now.plus(Duration::from_millis(30));
        talk.hear(answer);
    }
    talk.shows(expect![[r#"
        00000 > 88 30 01 FF
        00030 > 88 01 00 01 FF
        00060 > 81 09 00 02 FF
        00090 > 81 09 04 00 FF
        00120 . Online
        00120 . Power(Open)
        00120 > 81 01 06 01 01 01 03 03 FF
        00150 > 81 01 04 07 00 FF
        00180 > 81 09 06 12 FF
        00240 > 81 09 04 47 FF
        00270 . At { position: Position { pan: 1000, tilt: 0, zoom: 500 }, moving: false }
    "#]]);
}

#[test]
fn silence_is_said_once_and_tried_again_with_longer_pauses() {
    let mut talk = Talk::new();
    talk.wait(15_000);
    talk.shows(expect![[r#"
        00000 > 88 30 01 FF
        00265 > 88 30 01 FF
        00530 > 88 01 00 01 FF
        00796 > 81 09 00 02 FF
        01062 > 81 09 04 00 FF
        01328 > 81 09 04 00 FF
        01594 > 81 09 04 00 FF
        01860 . Gone(NoAnswer)
        02360 > 88 30 01 FF
        02625 > 88 30 01 FF
        02890 > 88 01 00 01 FF
        03156 > 81 09 00 02 FF
        03422 > 81 09 04 00 FF
        03688 > 81 09 04 00 FF
        03954 > 81 09 04 00 FF
        05220 > 88 30 01 FF
        05485 > 88 30 01 FF
        05750 > 88 01 00 01 FF
        06016 > 81 09 00 02 FF
        06282 > 81 09 04 00 FF
        06548 > 81 09 04 00 FF
        06814 > 81 09 04 00 FF
        09080 > 88 30 01 FF
        09345 > 88 30 01 FF
        09610 > 88 01 00 01 FF
        09876 > 81 09 00 02 FF
        10142 > 81 09 04 00 FF
        10408 > 81 09 04 00 FF
        10674 > 81 09 04 00 FF
        14940 > 88 30 01 FF
    "#]]);
}

#[test]
fn a_silent_camera_that_speaks_is_found_at_once() {
    let mut talk = Talk::new();
    talk.wait(2_000);
    talk.lines.clear();
    talk.hear("88 38 FF");
    talk.hear("88 30 02 FF");
    talk.hear("88 01 00 01 FF");
    talk.shows(expect![[r#"
        02000 > 88 30 01 FF
        02000 > 88 01 00 01 FF
        02000 > 81 09 00 02 FF
    "#]]);
}

#[test]
fn a_preset_is_accepted_and_completed() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(2));
    talk.hear("90 41 FF");
    talk.look_answered("00 00 01 00", "00 00 00 00", "00 00 00 00");
    talk.hear("90 51 FF");
    talk.look_answered("00 00 01 00", "00 00 00 00", "00 00 00 00");
    talk.shows(expect![[r#"
        04600 > 81 01 04 3F 02 02 FF
        04600 > 81 09 06 12 FF
        04600 > 81 09 04 47 FF
        04600 . At { position: Position { pan: 111, tilt: 0, zoom: 0 }, moving: true }
        04600 = 1 Done
        04600 > 81 09 06 12 FF
        04600 > 81 09 04 47 FF
        04600 . At { position: Position { pan: 111, tilt: 0, zoom: 0 }, moving: false }
    "#]]);
}

#[test]
fn a_goto_is_done_when_both_of_its_moves_are() {
    let mut talk = Talk::ready();
    talk.ask(
        1,
        HeadCommand::Goto(Position {
            pan: 1000,
            tilt: -500,
            zoom: 500,
        }),
    );
    talk.hear("90 41 FF");
    talk.hear("90 42 FF");
    talk.hear("90 52 FF");
    talk.hear("90 51 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 02 18 14 00 00 09 00 0F 0F 0B 08 FF
        04600 > 81 01 04 47 02 00 00 00 FF
        04600 > 81 09 06 12 FF
        04600 = 1 Done
    "#]]);
}

#[test]
fn a_stop_goes_out_behind_the_drive_that_is_on_the_wire_without_waiting_for_its_answer() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(50, 0, 0));
    talk.ask(2, HeadCommand::Stop);
    talk.hear("90 41 FF");
    talk.hear("90 42 FF");
    talk.hear("90 51 FF 90 41 FF 90 52 FF 90 51 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 01 0C 01 02 03 FF
        04600 = 1 Replaced
        04600 > 81 01 06 01 01 01 03 03 FF
        04600 > 81 01 04 07 00 FF
        04600 = 2 Done
    "#]]);
}

#[test]
fn a_stop_is_sent_again_until_it_is_answered() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Stop);
    talk.wait(80);
    talk.hear("90 41 FF");
    talk.hear("90 41 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 01 01 01 03 03 FF
        04665 > 81 01 06 01 01 01 03 03 FF
        04680 > 81 01 04 07 00 FF
        04680 = 1 Done
        04680 > 81 09 06 12 FF
    "#]]);
}

#[test]
fn a_stop_that_nobody_answers_ends_as_failed() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Stop);
    talk.wait(1_200);
    assert!(
        talk.lines
            .iter()
            .any(|line| line.contains("= 1 Failed(NoAnswer)")),
        "{:?}",
        talk.lines
    );
    let stops = talk
        .lines
        .iter()
        .filter(|line| line.contains("01 06 01 01 01 03 03"))
        .count();
    assert_eq!(stops, 3);
}

#[test]
fn a_drive_waits_for_the_stop_before_it() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Stop);
    talk.ask(2, drive(0, 30, 0));
    talk.hear("90 41 FF");
    talk.hear("90 41 FF");
    talk.hear("90 41 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 01 01 01 03 03 FF
        04600 > 81 01 04 07 00 FF
        04600 = 1 Done
        04600 > 81 01 06 01 01 06 03 01 FF
        04600 = 2 Done
    "#]]);
}

#[test]
fn every_drive_ends_by_itself() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(0, 0, 60));
    talk.hear("90 41 FF 90 51 FF");
    talk.lines.clear();
    let ordered = talk.now;
    let stop = |line: &String| line.contains("81 01 04 07 00");
    while !talk.lines.iter().any(stop) {
        talk.look_answered("00 00 00 00", "00 00 00 00", "00 00 00 01");
    }
    let line = talk.lines.iter().find(|line| stop(line)).unwrap();
    assert!(
        line.starts_with(&format!("{:05} >", ordered.0 + 2000)),
        "{line}"
    );
}

#[test]
fn a_drive_that_ends_in_silence_is_stopped_unheard() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(50, 0, 0));
    talk.hear("90 41 FF 90 51 FF");
    talk.lines.clear();
    talk.wait(2_000);
    talk.shows(expect![[r#"
        04660 > 81 09 06 12 FF
        04926 > 81 09 06 12 FF
        05192 > 81 09 06 12 FF
        05458 > 81 01 06 01 01 01 03 03 FF
        05458 > 81 01 04 07 00 FF
        05458 . Gone(NoAnswer)
        05958 > 88 30 01 FF
        06223 > 88 30 01 FF
        06488 > 88 01 00 01 FF
    "#]]);
}

#[test]
fn a_drive_asked_for_while_the_camera_is_being_found_keeps_its_limit() {
    let mut talk = Talk::new();
    talk.ask(1, drive(50, 0, 0));
    for answer in [
        "88 30 02 FF",
        "88 01 00 01 FF",
        "90 50 00 01 04 0E 01 00 02 FF",
        "90 50 02 FF",
    ] {
        talk.hear(answer);
    }
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 41 FF 90 51 FF");
    assert_eq!(
        talk.engine.driving.map(|driving| driving.until),
        Some(Mono(2000)),
        "{:?}",
        talk.lines
    );
}

#[test]
fn the_newest_drive_wins_and_the_older_ends_as_replaced() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(10, 0, 0));
    talk.ask(2, drive(20, 0, 0));
    talk.ask(3, drive(30, 0, 0));
    talk.hear("90 41 FF");
    talk.hear("90 42 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 01 03 01 02 03 FF
        04600 = 1 Replaced
        04600 = 2 Replaced
        04600 > 81 01 06 01 08 01 02 03 FF
        04600 = 3 Done
    "#]]);
}

#[test]
fn a_repeated_drive_lasts_longer_without_new_frames() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(10, 0, 0));
    talk.hear("90 41 FF 90 51 FF");
    talk.lines.clear();
    let was = talk.engine.driving.unwrap().until;
    talk.now = talk.now.plus(Duration::from_millis(300));
    talk.ask(2, drive(10, 0, 0));
    assert!(
        talk.lines.iter().all(|line| !line.contains("01 06 01")),
        "{:?}",
        talk.lines
    );
    assert!(talk.lines.iter().any(|line| line.contains("= 2 Done")));
    assert_eq!(
        talk.engine.driving.unwrap().until.since(was),
        Duration::from_millis(300)
    );
}

#[test]
fn a_preset_after_a_drive_begins_with_a_stop() {
    let mut talk = Talk::ready();
    talk.ask(1, drive(10, 0, 0));
    talk.hear("90 41 FF 90 51 FF");
    talk.lines.clear();
    talk.ask(2, recall(1));
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 50 00 00 00 00 00 00 00 00 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 06 01 01 01 03 03 FF
        04600 > 81 01 04 07 00 FF
        04600 > 81 01 04 3F 02 01 FF
        04600 = 2 Done
    "#]]);
}

#[test]
fn full_sockets_are_tried_once_more_after_a_completion() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(1));
    talk.hear("90 41 FF");
    talk.ask(2, HeadCommand::Store(PresetNumber(5)));
    talk.lines.clear();
    let mut answered = false;
    for _ in 0..3 {
        match talk.asked() {
            Some(Inquiry::PanTilt) => talk.hear("90 50 00 00 00 00 00 00 00 00 FF"),
            Some(_) => talk.hear("90 50 00 00 00 00 FF"),
            None if !answered => {
                talk.hear("90 60 03 FF");
                talk.lines.push("      full".into());
                answered = true;
            }
            None => break,
        }
    }
    talk.hear("90 51 FF");
    talk.lines
        .retain(|line| !line.contains("> 81 09") && !line.contains(". At"));
    talk.shows(expect![[r#"
        04600 > 81 01 04 3F 01 05 FF
              full
        04600 = 1 Done
        04600 > 81 01 04 3F 01 05 FF
    "#]]);
}

#[test]
fn full_sockets_twice_are_a_refusal() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(1));
    talk.hear("90 60 03 FF");
    talk.wait(600);
    talk.hear("90 60 03 FF");
    assert!(
        talk.lines
            .iter()
            .any(|line| line.contains("= 1 Failed(NotNow)")),
        "{:?}",
        talk.lines
    );
}

#[test]
fn a_stop_before_full_sockets_breaks_off_what_they_run() {
    let mut talk = Talk::ready();
    talk.ask(
        1,
        HeadCommand::Goto(Position {
            pan: 9000,
            tilt: 0,
            zoom: 900,
        }),
    );
    talk.hear("90 41 FF");
    talk.hear("90 42 FF");
    talk.hear("90 50 00 00 00 00 00 00 00 00 FF");
    talk.hear("90 50 00 00 00 00 FF");
    talk.lines.clear();
    talk.ask(2, HeadCommand::Stop);
    talk.hear("90 60 03 FF");
    talk.hear("90 61 04 FF");
    talk.hear("90 62 04 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.shows(expect![[r#"
        04600 = 1 Replaced
        04600 > 81 01 06 01 01 01 03 03 FF
        04600 > 81 21 FF
        04600 > 81 22 FF
        04600 > 81 01 06 01 01 01 03 03 FF
        04600 > 81 01 04 07 00 FF
        04600 = 2 Done
        04600 > 81 09 06 12 FF
    "#]]);
}

#[test]
fn refusals_have_names() {
    for (answer, failure) in [
        ("90 61 41 FF", "NotNow"),
        ("90 60 02 FF", "NotSupported"),
        ("90 60 01 FF", "NotSupported"),
        ("90 60 77 FF", "NotNow"),
    ] {
        let mut talk = Talk::ready();
        talk.ask(1, recall(9));
        talk.hear(answer);
        let expected = format!("= 1 Failed({failure})");
        assert!(
            talk.lines.iter().any(|line| line.contains(&expected)),
            "{answer}: {:?}",
            talk.lines
        );
    }
}

#[test]
fn a_move_that_is_never_completed_times_out() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(9));
    talk.hear("90 41 FF");
    for _ in 0..400 {
        if talk.lines.iter().any(|line| line.contains("= 1 ")) {
            break;
        }
        talk.look_answered("00 00 00 01", "00 00 00 00", "00 00 00 00");
    }
    let line = talk
        .lines
        .iter()
        .find(|line| line.contains("= 1 "))
        .unwrap();
    assert!(line.contains("Failed(Timeout)"), "{line}");
}

#[test]
fn a_command_without_an_answer_is_sent_three_times_in_all() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Home);
    talk.wait(900);
    talk.shows(expect![[r#"
        04600 > 81 01 06 04 FF
        04866 > 81 01 06 04 FF
        05132 > 81 01 06 04 FF
        05398 = 1 Failed(NoAnswer)
        05398 > 81 09 06 12 FF
    "#]]);
}

#[test]
fn three_looks_without_an_answer_are_silence() {
    let mut talk = Talk::ready();
    talk.wait(4_000);
    talk.shows(expect![[r#"
        06600 > 81 09 06 12 FF
        06866 > 81 09 06 12 FF
        07132 > 81 09 04 00 FF
        07398 . Gone(NoAnswer)
        07898 > 88 30 01 FF
        08163 > 88 30 01 FF
        08428 > 88 01 00 01 FF
    "#]]);
}

#[test]
fn nonsense_instead_of_answers_is_named() {
    let mut talk = Talk::ready();
    for _ in 0..8 {
        talk.wait(500);
        talk.hear("33 12 FF 10 FF");
    }
    assert!(
        talk.lines.iter().any(|line| line.contains("Gone(Garbled)")),
        "{:?}",
        talk.lines
    );
}

#[test]
fn power_is_done_when_it_is_read_back() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Power(Switch::Closed));
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 50 02 FF");
    if talk.asked() == Some(Inquiry::PanTilt) {
        talk.hear("90 61 41 FF");
    }
    assert_eq!(talk.asked(), Some(Inquiry::Power));
    talk.hear("90 50 03 FF");
    talk.shows(expect![[r#"
        04600 > 81 01 04 00 03 FF
        04600 > 81 09 04 00 FF
        04600 > 81 09 06 12 FF
        04600 > 81 09 04 00 FF
        04600 . Power(Closed)
        04600 = 1 Done
    "#]]);
}

#[test]
fn a_network_change_gives_out_numbers_again_and_says_nothing_to_the_room() {
    let mut talk = Talk::ready();
    talk.hear("90 38 FF");
    for answer in [
        "88 30 02 FF",
        "88 01 00 01 FF",
        "90 50 00 01 04 0E 01 00 02 FF",
        "90 50 02 FF",
    ] {
        talk.hear(answer);
    }
    talk.shows(expect![[r#"
        04600 > 88 30 01 FF
        04600 > 88 01 00 01 FF
        04600 > 81 09 00 02 FF
        04600 > 81 09 04 00 FF
        04600 > 81 01 06 01 01 01 03 03 FF
    "#]]);
}

#[test]
fn the_only_camera_may_answer_under_any_number_one_of_two_may_not() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(1));
    talk.hear("A0 41 FF");
    talk.hear("A0 51 FF");
    assert!(
        talk.lines.iter().any(|line| line.contains("= 1 Done")),
        "{:?}",
        talk.lines
    );

    let mut talk = Talk::ready();
    talk.engine.alone = false;
    talk.ask(1, recall(1));
    talk.hear("A0 41 FF");
    talk.hear("A0 51 FF");
    assert!(
        !talk.lines.iter().any(|line| line.contains("= 1")),
        "{:?}",
        talk.lines
    );
}

#[test]
fn a_camera_that_completes_without_accepting_is_believed() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(1));
    talk.hear("90 51 FF");
    assert!(
        talk.lines.iter().any(|line| line.contains("= 1 Done")),
        "{:?}",
        talk.lines
    );
}

#[test]
fn a_head_that_turns_on_after_a_stop_is_told_again() {
    let mut talk = Talk::ready();
    talk.ask(1, HeadCommand::Stop);
    talk.hear("90 41 FF 90 51 FF");
    talk.hear("90 41 FF 90 51 FF");
    talk.lines.clear();
    for step in ["00 01", "00 09", "01 03", "01 0B", "02 05", "02 0D"] {
        if talk
            .lines
            .iter()
            .any(|line| line.contains("01 06 01 01 01 03 03"))
        {
            break;
        }
        talk.look_answered(&format!("00 00 {step}"), "00 00 00 00", "00 00 00 00");
    }
    assert!(
        talk.lines
            .iter()
            .any(|line| line.contains("01 06 01 01 01 03 03")),
        "{:?}",
        talk.lines
    );
}

#[test]
fn encoders_that_flicker_at_rest_are_not_news() {
    let mut talk = Talk::ready();
    for n in 0..10 {
        talk.look_answered(
            &format!("00 00 00 0{}", n % 2),
            "00 00 00 00",
            "00 00 00 01",
        );
    }
    talk.lines.retain(|line| line.contains(" . "));
    assert!(talk.lines.is_empty(), "{:?}", talk.lines);
}

#[test]
fn a_silent_camera_is_told_to_stop_all_the_same() {
    let mut talk = Talk::new();
    talk.wait(2_000);
    talk.lines.clear();
    talk.ask(1, HeadCommand::Stop);
    talk.ask(2, recall(1));
    talk.shows(expect![[r#"
        02000 > 81 01 06 01 01 01 03 03 FF
        02000 > 81 01 04 07 00 FF
        02000 = 1 Failed(NoAnswer)
        02000 = 2 Failed(NoAnswer)
    "#]]);
}

#[test]
fn a_head_at_rest_is_looked_at_once_in_two_seconds() {
    let mut talk = Talk::ready();
    let began = talk.now;
    for _ in 0..30 {
        talk.look_answered("00 00 00 00", "00 00 00 00", "00 00 00 00");
    }
    assert!(talk.now.since(began) >= Duration::from_secs(58));
    talk.lines.retain(|line| line.contains(" . "));
    assert!(talk.lines.is_empty(), "{:?}", talk.lines);
}

#[test]
fn what_the_line_leaves_open_ends_with_it() {
    let mut talk = Talk::ready();
    talk.ask(1, recall(1));
    talk.ask(2, HeadCommand::Store(PresetNumber(1)));
    talk.ask(3, HeadCommand::Stop);
    talk.lines.clear();
    let last = talk.engine.abandon(HeadFailure::LineAbsent);
    talk.take(last);
    talk.shows(expect![[r#"
        04600 = 2 Failed(LineAbsent)
        04600 = 3 Failed(LineAbsent)
    "#]]);
}

mod random {
    //! A camera that does anything at all, at any time: every request ends once, nothing spins, at most two frames are unanswered.

    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Op {
        Ask(HeadCommand),
        Hear(Vec<u8>),
        Answer(bool),
        Wait(u64),
    }

    fn command() -> impl Strategy<Value = HeadCommand> {
        let speed = -1..=1_i8;
        prop_oneof![
            3 => Just(HeadCommand::Stop),
            4 => (speed.clone(), speed.clone(), speed, 0..3000_u64).prop_map(|(p, t, z, limit)| {
                HeadCommand::Drive {
                    drive: Drive { pan: Speed::new(p * 50), tilt: Speed::new(t * 50), zoom: Speed::new(z * 50) },
                    limit: Duration::from_millis(limit),
                }
            }),
            3 => (0..4_u8).prop_map(|n| HeadCommand::Recall(PresetNumber(n))),
            1 => (0..4_u8).prop_map(|n| HeadCommand::Store(PresetNumber(n))),
            1 => Just(HeadCommand::Home),
            2 => Just(HeadCommand::Goto(Position { pan: 3000, tilt: 0, zoom: 100 })),
            1 => Just(HeadCommand::Power(Switch::Open)),
            1 => Just(HeadCommand::Power(Switch::Closed)),
        ]
    }

    fn said() -> impl Strategy<Value = Vec<u8>> {
        let known = prop::sample::select(vec![
            "90 41 FF",
            "90 42 FF",
            "90 51 FF",
            "90 52 FF",
            "90 50 FF",
            "90 60 03 FF",
            "90 61 41 FF",
            "90 60 02 FF",
            "90 61 04 FF",
            "90 62 05 FF",
            "90 50 02 FF",
            "90 50 03 FF",
            "90 50 00 01 02 03 FF",
            "90 50 00 00 00 01 00 00 00 02 FF",
            "90 38 FF",
            "88 30 02 FF",
            "88 30 03 FF",
            "88 01 00 01 FF",
        ]);
        prop_oneof![
            9 => known.prop_map(bytes),
            1 => proptest::collection::vec(any::<u8>(), 0..20),
        ]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            3 => command().prop_map(Op::Ask),
            3 => said().prop_map(Op::Hear),
            6 => any::<bool>().prop_map(Op::Answer),
            3 => (0..400_u64).prop_map(Op::Wait),
            1 => (0..4000_u64).prop_map(Op::Wait),
        ]
    }

    /// What a good camera would say to the oldest unanswered frame.
    fn answer(engine: &Engine, complete: bool) -> &'static str {
        match engine.awaiting.map(|awaiting| awaiting.what) {
            Some(What::Start(StartStep::AddressSet)) => "88 30 02 FF",
            Some(What::Start(StartStep::Clear)) => "88 01 00 01 FF",
            Some(What::Start(StartStep::Version)) => "90 50 00 01 04 0E 01 00 02 FF",
            Some(What::Start(StartStep::Power) | What::Ask(Inquiry::Power)) => "90 50 02 FF",
            Some(What::Ask(Inquiry::PanTilt)) => "90 50 00 00 00 01 00 00 00 02 FF",
            Some(What::Ask(Inquiry::Zoom)) => "90 50 00 00 00 00 FF",
            Some(What::Ask(Inquiry::Version)) | None if complete => "90 51 FF 90 52 FF",
            Some(What::Step(_)) if complete => "90 41 FF 90 51 FF",
            _ => "90 41 FF",
        }
    }

    /// Whether the last frames of pan, tilt and of the zoom leave a motor running.
    fn runs_at_the_end(lines: &[String]) -> (bool, bool) {
        let mut runs = (false, false);
        for frame in lines
            .iter()
            .filter_map(|line| Some(line.split_once(" > ")?.1))
        {
            if frame.starts_with("81 01 06 01") {
                runs.0 = !frame.ends_with("03 03 FF");
            } else if frame.starts_with("81 01 04 07") {
                runs.1 = !frame.ends_with("07 00 FF");
            }
        }
        runs
    }

    fn ends(lines: &[String]) -> BTreeMap<u64, usize> {
        let mut ends = BTreeMap::new();
        for line in lines {
            if let Some((_, rest)) = line.split_once(" = ") {
                let request = rest.split(' ').next().unwrap().parse().unwrap();
                *ends.entry(request).or_default() += 1;
            }
        }
        ends
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]
        #[test]
        fn every_request_ends_exactly_once(ops in proptest::collection::vec(op(), 1..120)) {
            let mut talk = Talk::new();
            let mut asked = 0;
            for op in ops {
                match op {
                    Op::Ask(command) => {
                        asked += 1;
                        talk.ask(asked, command);
                    }
                    Op::Hear(said) => {
                        let actions = talk.hear_bytes(&said);
                        talk.take(actions);
                    }
                    Op::Answer(complete) => {
                        let said = answer(&talk.engine, complete);
                        talk.hear(said);
                    }
                    Op::Wait(time) => talk.wait(time),
                }
                prop_assert!(talk.engine.queue.len() <= 16);
                if talk.engine.stop.is_busy() && talk.engine.stop.sent.is_some() {
                    let turns = matches!(talk.engine.awaiting, Some(Awaiting { what: What::Step(step), .. })
                        if step.kind.is_motion() && talk.engine.tickets.is_open(step.ticket));
                    prop_assert!(!turns || talk.engine.stop.request.is_none(), "a live move beside a stop");
                }
            }
            talk.wait(100_000);
            let ends = ends(&talk.lines);
            prop_assert!(ends.values().all(|count| *count == 1), "{:?}", ends);
            prop_assert_eq!(ends.len() as u64, asked);
            prop_assert!(talk.engine.driving.is_none());
            prop_assert_eq!(runs_at_the_end(&talk.lines), (false, false), "{:#?}", talk.lines);
        }
    }

    #[test]
    fn a_command_is_never_confused_with_a_socket() {
        assert_eq!(
            Command::Cancel(1).to(Address::FIRST).as_bytes(),
            [0x81, 0x21, 0xFF]
        );
        assert_eq!(Socket::new(0x51).get(), 1);
    }
}
