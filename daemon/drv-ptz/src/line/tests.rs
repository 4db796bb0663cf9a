//! Several cameras on one line in a clock of their own: whose turn it is, who is heard, and what a silent one costs the others.

use super::*;
use crate::model::HeadModel;
use crate::visca::{Address, Command, Inquiry, Socket};
use room_core::event::{Drive, HeadSeen, Outcome};
use room_core::ids::HeadId;
use room_core::units::Speed;
use std::collections::BTreeSet;

const BAUD: u32 = 9600;

/// A chain of cameras that answer 20 ms after the last bit, but for those that are dead.
struct Chain {
    line: Line,
    now: Mono,
    cameras: u8,
    dead: BTreeSet<u8>,
    /// Answers under way, by the moment at which they are there.
    coming: Vec<(Mono, Vec<u8>)>,
    /// When the last bit of what was sent leaves.
    wire_until: Mono,
    sent: Vec<(u64, u64, Frame)>,
    events: Vec<(u64, Event)>,
    requests: u64,
}

impl Chain {
    fn new(cameras: u8, dead: &[u8]) -> Chain {
        let setups = (1..=cameras).map(|number| HeadSetup {
            id: HeadId::new(format!("head-{number}")),
            address: Address::new(number).unwrap(),
            link: Link::Chain { baud: BAUD },
            model: HeadModel::COMMON,
        });
        Chain {
            line: Line::new(setups.collect(), None),
            now: Mono(0),
            cameras,
            dead: dead.iter().copied().collect(),
            coming: Vec::new(),
            wire_until: Mono(0),
            sent: Vec::new(),
            events: Vec::new(),
            requests: 0,
        }
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => self.hear(&bytes),
                Output::Event(event) => self.events.push((self.now.0, event)),
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let wire = Link::Serial { baud: BAUD }.wire_time(bytes.len());
        let waited = self.wire_until.since(self.now);
        self.wire_until = self.now.max(self.wire_until).plus(wire);
        let mut deframer = Deframer::default();
        let frame = bytes.iter().find_map(|byte| match deframer.push(*byte) {
            Some(Received::Frame(frame)) => Some(frame),
            _ => None,
        });
        let frame = frame.unwrap();
        let waited = u64::try_from(waited.as_millis()).unwrap();
        self.sent.push((self.now.0, waited, frame));
        let at = self.wire_until.plus(Duration::from_millis(20));
        for answer in self.answers(frame) {
            self.coming.push((at, answer.frame().as_bytes().to_vec()));
        }
    }

    fn answers(&self, frame: Frame) -> Vec<Reply> {
        if frame == Frame::address_set() {
            return vec![Reply::AddressesSet {
                next: self.cameras + 1,
            }];
        }
        if frame == Frame::if_clear() {
            return vec![Reply::Cleared];
        }
        let number = frame.as_bytes()[0] & 7;
        let Some(from) = Address::new(number).filter(|_| !self.dead.contains(&number)) else {
            return Vec::new();
        };
        let answer = |data: &[u8]| vec![Reply::answer(from, data).unwrap()];
        match Inquiry::parse(&frame) {
            Some(Inquiry::Version) => answer(&[0, 1, 4, 14, 1, 0, 2]),
            Some(Inquiry::Power) => answer(&[2]),
            Some(Inquiry::PanTilt) => answer(&[0; 8]),
            Some(Inquiry::Zoom) => answer(&[0; 4]),
            None => vec![
                Reply::Ack(from, Socket::new(1)),
                Reply::Completion(from, Socket::new(1)),
            ],
        }
    }

    fn until(&mut self, end: u64) {
        loop {
            let answer = self.coming.iter().map(|(at, _)| *at).min();
            let next = self.line.next_deadline().into_iter().chain(answer).min();
            let Some(next) = next.filter(|next| next.0 <= end) else {
                break;
            };
            self.now = self.now.max(next);
            let now = self.now;
            let (due, later) = self.coming.drain(..).partition(|(at, _)| *at <= now);
            self.coming = later;
            let due: Vec<(Mono, Vec<u8>)> = due;
            for (_, bytes) in due {
                let out = self.line.on_bytes(now, &bytes);
                self.take(out);
            }
            let out = self.line.on_tick(now);
            self.take(out);
        }
        self.now = Mono(end);
    }

    fn ask(&mut self, number: u8, command: HeadCommand) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        let order = Order {
            head: usize::from(number) - 1,
            request,
            command,
        };
        let out = self.line.submit(self.now, order);
        self.take(out);
        request
    }

    fn seen(&self, number: u8) -> Vec<HeadSeen> {
        let id = HeadId::new(format!("head-{number}"));
        let of = |(_, event): &(u64, Event)| match event {
            Event::Head(head, seen) if *head == id => Some(*seen),
            _ => None,
        };
        self.events.iter().filter_map(of).collect()
    }

    fn outcome(&self, wanted: RequestId) -> Option<Outcome> {
        self.events.iter().find_map(|(_, event)| match event {
            Event::Done { request, outcome } if *request == wanted => Some(*outcome),
            _ => None,
        })
    }

    fn sent_to(&self, number: u8, since: usize, command: Command) -> Option<(u64, u64)> {
        let wanted = command.to(Address::new(number).unwrap());
        let found = self.sent[since..].iter().find(|(_, _, f)| *f == wanted);
        found.map(|(at, waited, _)| (*at, *waited))
    }
}

fn drive(pan: i8) -> HeadCommand {
    HeadCommand::Drive {
        drive: Drive {
            pan: Speed::new(pan),
            ..Drive::default()
        },
        limit: Duration::from_secs(5),
    }
}

const STOP: Command = Command::PanTilt {
    pan: crate::visca::Motor::Still,
    tilt: crate::visca::Motor::Still,
};

#[test]
fn seven_cameras_are_numbered_once_and_all_come_up() {
    let mut chain = Chain::new(7, &[]);
    chain.until(6000);
    for number in 1..=7 {
        let seen = chain.seen(number);
        assert_eq!(seen[0], HeadSeen::Online, "{number}");
        assert!(
            seen.iter().any(|s| matches!(s, HeadSeen::At { .. })),
            "{number}: {seen:?}"
        );
    }
    let broadcasts: Vec<_> = chain
        .sent
        .iter()
        .filter(|(_, _, f)| f.as_bytes()[0] == 0x88)
        .collect();
    assert_eq!(broadcasts.len(), 2, "{broadcasts:?}");
}

#[test]
fn a_silent_camera_is_named_alone_and_the_others_go_on() {
    let mut chain = Chain::new(3, &[2]);
    chain.until(8000);
    assert_eq!(chain.seen(1)[0], HeadSeen::Online);
    assert_eq!(chain.seen(3)[0], HeadSeen::Online);
    assert_eq!(chain.seen(2), [HeadSeen::Gone(HeadFailure::NoAnswer)]);
    let moved = chain.ask(3, HeadCommand::Home);
    chain.until(9000);
    assert_eq!(chain.outcome(moved), Some(Outcome::Done));
}

#[test]
fn a_stop_waits_for_no_more_than_the_frame_on_the_wire_whoever_is_silent() {
    let mut chain = Chain::new(4, &[2, 3]);
    chain.until(8000);
    let mut worst = 0;
    for round in 0..200_u64 {
        chain.ask(1, drive(if round % 2 == 0 { 40 } else { -40 }));
        chain.until(chain.now.0 + round % 97);
        let since = chain.sent.len();
        let ordered = chain.now.0;
        let stop = chain.ask(1, HeadCommand::Stop);
        let (at, waited) = chain
            .sent_to(1, since, STOP)
            .expect("the stop leaves at once");
        assert_eq!(at, ordered);
        worst = worst.max(waited);
        chain.until(chain.now.0 + 400);
        assert_eq!(chain.outcome(stop), Some(Outcome::Done), "round {round}");
    }
    // Nine bytes of another drive at 9600 baud.
    assert!(worst <= 10, "{worst} ms");
}

#[test]
fn everybody_gets_a_turn_and_only_one_frame_is_on_the_wire() {
    let mut chain = Chain::new(7, &[4]);
    chain.until(6000);
    let since = chain.sent.len();
    for number in 1..=7 {
        chain.ask(number, drive(30));
    }
    chain.until(7000);
    for number in [1, 2, 3, 5, 6, 7] {
        let drives = chain.sent[since..].iter().filter(|(_, _, f)| {
            f.as_bytes()[0] == 0x80 + number && f.as_bytes()[1..4] == [1, 6, 1]
        });
        assert!(drives.count() >= 1, "camera {number}");
    }
    let waits: Vec<_> = chain.sent[since..]
        .iter()
        .filter(|(_, waited, _)| *waited > 1)
        .collect();
    assert_eq!(waits, Vec::<&(u64, u64, Frame)>::new());
}

#[test]
fn a_camera_that_was_attached_gets_a_number_and_nobody_hears_of_it() {
    let mut chain = Chain::new(2, &[]);
    chain.until(5000);
    let before = chain.events.len();
    let now = chain.now;
    let out = chain.line.on_bytes(now, &[0x88, 0x38, 0xFF]);
    chain.take(out);
    chain.until(8000);
    let numbered = chain
        .sent
        .iter()
        .filter(|(_, _, f)| *f == Frame::address_set())
        .count();
    assert_eq!(numbered, 2);
    let gone = |(_, event): &(u64, Event)| matches!(event, Event::Head(_, HeadSeen::Gone(_)));
    assert!(!chain.events[before..].iter().any(gone));
    let moved = chain.ask(2, HeadCommand::Home);
    chain.until(9000);
    assert_eq!(chain.outcome(moved), Some(Outcome::Done));
}

#[test]
fn a_chain_on_which_nobody_answers_is_numbered_again_and_found() {
    let mut chain = Chain::new(2, &[1, 2]);
    chain.until(10_000);
    assert_eq!(chain.seen(1), [HeadSeen::Gone(HeadFailure::NoAnswer)]);
    chain.dead.clear();
    chain.until(20_000);
    assert_eq!(chain.seen(1)[1], HeadSeen::Online);
    assert_eq!(chain.seen(2)[1], HeadSeen::Online);
}

#[test]
fn noise_alone_names_the_speed_of_the_line() {
    let setup = HeadSetup {
        id: HeadId::new("front"),
        address: Address::FIRST,
        link: Link::Serial { baud: BAUD },
        model: HeadModel::COMMON,
    };
    let mut line = Line::new(vec![setup], None);
    let mut seen = Vec::new();
    let mut now = Mono(0);
    while now.0 < 5000 {
        let mut out = line.on_tick(now);
        // What 38400 looks like at 9600: no terminator, and high bits here and there.
        out.extend(line.on_bytes(now, &[0x00, 0xE0, 0x1C, 0x00]));
        seen.extend(out.into_iter().filter_map(|output| match output {
            Output::Event(Event::Head(_, seen)) => Some(seen),
            _ => None,
        }));
        now = Mono(now.0 + 100);
    }
    assert_eq!(seen, [HeadSeen::Gone(HeadFailure::WrongBaud)]);
}

/// Cameras that die and live again, noise, frames of nobody and any order of requests, by seed.
#[test]
fn whatever_happens_every_request_ends_once_and_every_head_is_found_again() {
    for seed in 1..=60_u64 {
        let mut chain = Chain::new(3, &[]);
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut dice = |sides: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % sides
        };
        for _ in 0..80 {
            let number = u8::try_from(1 + dice(3)).unwrap();
            match dice(9) {
                0 => drop(chain.ask(number, drive(40 - i8::try_from(dice(80)).unwrap()))),
                1 => drop(chain.ask(number, HeadCommand::Stop)),
                2 => drop(chain.ask(number, HeadCommand::Home)),
                3 => drop(chain.ask(
                    number,
                    HeadCommand::Recall(room_core::units::PresetNumber(2)),
                )),
                4 => drop(chain.ask(number, HeadCommand::Power(room_core::units::Switch::Open))),
                5 => drop(chain.dead.insert(number)),
                6 => drop(chain.dead.remove(&number)),
                7 => {
                    let bytes: Vec<u8> = (0..dice(12)).map(|_| dice(256) as u8).collect();
                    let now = chain.now;
                    let out = chain.line.on_bytes(now, &bytes);
                    chain.take(out);
                }
                _ => chain.until(chain.now.0 + dice(900)),
            }
        }
        chain.dead.clear();
        chain.until(chain.now.0 + 90_000);
        let ended = |wanted: u64| {
            let is = |(_, event): &&(u64, Event)| matches!(event, Event::Done { request, .. } if request.0 == wanted);
            chain.events.iter().filter(is).count()
        };
        for request in 1..=chain.requests {
            assert_eq!(ended(request), 1, "request {request} of seed {seed}");
        }
        for number in 1..=3 {
            let presence = |seen: &&HeadSeen| matches!(seen, HeadSeen::Online | HeadSeen::Gone(_));
            let seen = chain.seen(number);
            let last = seen.iter().rev().find(presence);
            assert_eq!(
                last,
                Some(&HeadSeen::Online),
                "head {number} of seed {seed}"
            );
        }
    }
}
