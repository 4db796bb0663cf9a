//! Heads that say nothing, in a clock of their own: every frame and every outcome.

use super::*;
use crate::pelco::{self, Dialect};
use crate::visca;
use room_core::units::{PresetNumber, Speed, Switch};

struct Talk {
    heads: OpenLoop,
    now: Mono,
    sent: Vec<String>,
    ended: Vec<(u64, Outcome)>,
    seen: Vec<HeadSeen>,
}

fn pelco(number: u8) -> Speech {
    Speech::Pelco(Dialect::D, pelco::Address::new(number).unwrap())
}

impl Talk {
    fn new(speech: Speech, model: HeadModel) -> Talk {
        let setup = OpenSetup {
            id: HeadId::new("front"),
            speech,
            model,
        };
        let mut talk = Talk {
            heads: OpenLoop::new(vec![setup]),
            now: Mono(1000),
            sent: Vec::new(),
            ended: Vec::new(),
            seen: Vec::new(),
        };
        talk.until(2000);
        talk.sent.clear();
        talk
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => {
                    let text: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
                    self.sent.push(format!("{} {}", self.now.0, text.join(" ")));
                }
                Output::Event(Event::Done { request, outcome }) => {
                    self.ended.push((request.0, outcome));
                }
                Output::Event(Event::Head(_, seen)) => self.seen.push(seen),
                Output::Event(other) => panic!("{other:?}"),
            }
        }
    }

    fn until(&mut self, end: u64) {
        let first = self.heads.on_tick(self.now);
        self.take(first);
        while let Some(next) = self.heads.next_deadline().filter(|next| next.0 <= end) {
            self.now = next.max(self.now);
            let out = self.heads.on_tick(self.now);
            self.take(out);
        }
        self.now = Mono(end);
    }

    fn ask(&mut self, id: u64, command: HeadCommand) {
        let order = Order {
            head: 0,
            request: RequestId(id),
            command,
        };
        let out = self.heads.submit(self.now, order);
        self.take(out);
    }
}

fn drive(pan: i8, limit: u64) -> HeadCommand {
    HeadCommand::Drive {
        drive: Drive {
            pan: Speed::new(pan),
            ..Drive::default()
        },
        limit: Duration::from_millis(limit),
    }
}

const STOP: &str = "FF 01 00 00 00 00 01";

#[test]
fn a_drive_ends_by_itself_and_the_stop_is_said_twice() {
    let mut talk = Talk::new(pelco(1), HeadModel::COMMON);
    talk.ask(1, drive(50, 500));
    talk.until(4000);
    assert_eq!(
        talk.sent,
        [
            "2000 FF 01 00 02 20 00 23".to_owned(),
            format!("2500 {STOP}"),
            format!("2560 {STOP}"),
        ]
    );
    assert_eq!(talk.ended, [(1, Outcome::Sent)]);
}

#[test]
fn a_stop_overtakes_what_waits_and_ends_it() {
    let mut talk = Talk::new(pelco(1), HeadModel::COMMON);
    talk.ask(1, HeadCommand::Store(PresetNumber(1)));
    talk.ask(2, HeadCommand::Store(PresetNumber(2)));
    talk.ask(3, drive(50, 500));
    talk.ask(4, HeadCommand::Stop);
    assert_eq!(talk.sent.last().unwrap(), &format!("2000 {STOP}"));
    talk.until(4000);
    assert_eq!(
        talk.ended,
        [
            (1, Outcome::Sent),
            (3, Outcome::Replaced),
            (4, Outcome::Sent),
            (2, Outcome::Sent),
        ]
    );
    assert!(!talk.sent.iter().any(|frame| frame.contains("00 02 20")));
}

#[test]
fn what_is_newer_than_a_stop_waits_for_the_second_one() {
    let mut talk = Talk::new(pelco(1), HeadModel::COMMON);
    talk.ask(1, HeadCommand::Stop);
    talk.ask(2, drive(50, 500));
    talk.until(4000);
    assert_eq!(
        talk.sent,
        [
            format!("2000 {STOP}"),
            format!("2060 {STOP}"),
            "2100 FF 01 00 02 20 00 23".to_owned(),
            format!("2500 {STOP}"),
            format!("2560 {STOP}"),
        ]
    );
}

#[test]
fn what_the_protocol_cannot_say_is_refused_by_name() {
    let mut talk = Talk::new(pelco(1), HeadModel::COMMON);
    talk.ask(1, HeadCommand::Goto(Default::default()));
    talk.ask(2, HeadCommand::Home);
    talk.ask(3, HeadCommand::Recall(PresetNumber(255)));
    let failed = Outcome::Failed;
    assert_eq!(
        talk.ended,
        [
            (1, failed(HeadFailure::NotSupported)),
            (2, failed(HeadFailure::NotSupported)),
            (3, failed(HeadFailure::NoPreset)),
        ]
    );
    let model = HeadModel {
        home_preset: Some(PresetNumber(1)),
        ..HeadModel::COMMON
    };
    let mut talk = Talk::new(pelco(2), model);
    talk.ask(1, HeadCommand::Home);
    assert_eq!(talk.sent, ["2000 FF 02 00 07 00 01 0A"]);
}

#[test]
fn a_place_is_read_where_the_model_tells_it_and_not_asked_for_ever_elsewhere() {
    let model = HeadModel {
        queries: true,
        ..HeadModel::COMMON
    };
    let mut talk = Talk::new(pelco(1), model);
    for answer in [
        "FF 01 00 59 23 28 A5",
        "FF 01 00 5B 8B 6C 53",
        "FF 01 00 5D 00 00 5E",
    ] {
        let bytes: Vec<u8> = answer
            .split(' ')
            .map(|b| u8::from_str_radix(b, 16).unwrap())
            .collect();
        let out = talk.heads.on_bytes(talk.now, &bytes);
        talk.take(out);
    }
    let HeadSeen::At { position, .. } = talk.seen.last().unwrap() else {
        panic!("{:?}", talk.seen);
    };
    assert_eq!((position.pan, position.tilt, position.zoom), (9000, 308, 0));
    talk.until(60_000);
    let asked = talk.sent.len();
    talk.until(120_000);
    assert_eq!(talk.sent.len(), asked);
}

#[test]
fn a_visca_camera_that_never_answers_gets_spaced_frames_and_two_stops() {
    let model = HeadModel {
        spacing: Duration::from_millis(100),
        ..HeadModel::COMMON
    };
    let mut talk = Talk::new(Speech::Visca(visca::Address::FIRST), model);
    talk.ask(1, drive(100, 5000));
    talk.until(2300);
    talk.ask(2, HeadCommand::Stop);
    talk.ask(3, HeadCommand::Power(Switch::Closed));
    talk.until(4000);
    assert_eq!(
        talk.sent,
        [
            "2000 81 01 06 01 18 01 02 03 FF",
            "2100 81 01 04 07 00 FF",
            "2300 81 01 06 01 01 01 03 03 FF",
            "2300 81 01 04 07 00 FF",
            "2360 81 01 06 01 01 01 03 03 FF",
            "2360 81 01 04 07 00 FF",
            "2460 81 01 04 00 03 FF",
        ]
    );
    assert_eq!(talk.seen, [HeadSeen::Online]);
}
