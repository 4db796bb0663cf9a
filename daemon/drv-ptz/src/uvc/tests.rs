//! Cameras of the kinds that are sold, as tables of controls that obey: every value that is set, and what is seen.

use super::*;
use std::collections::BTreeMap;

fn range(least: i64, most: i64, step: i64) -> Range {
    Range { least, most, step }
}

/// As Logitech's PTZ Pro 2 reports itself: absolute angles in whole degrees, speeds of one step.
fn ptz_pro() -> Abilities {
    BTreeMap::from([
        (Control::Pan, range(-468_000, 468_000, 3600)),
        (Control::Tilt, range(-108_000, 324_000, 3600)),
        (Control::Zoom, range(100, 1000, 1)),
        (Control::PanSpeed, range(-1, 1, 1)),
        (Control::TiltSpeed, range(-1, 1, 1)),
    ])
}

/// A conference camera with absolute controls alone.
fn absolute() -> Abilities {
    let mut can = ptz_pro();
    can.remove(&Control::PanSpeed);
    can.remove(&Control::TiltSpeed);
    can
}

struct Talk {
    head: UvcHead,
    now: Mono,
    values: BTreeMap<Control, i64>,
    writes: Vec<(u64, Control, i64)>,
    ended: Vec<(u64, Outcome)>,
    seen: Vec<HeadSeen>,
    /// Angles go this far in one reading; so a move takes time.
    stride: i64,
    goal: Reading,
}

impl Talk {
    fn new(can: Abilities, book: PresetBook) -> Talk {
        let mut talk = Talk {
            head: UvcHead::new(HeadId::new("front"), can, book),
            now: Mono(0),
            values: BTreeMap::from([(Control::Pan, 0), (Control::Tilt, 0), (Control::Zoom, 100)]),
            writes: Vec::new(),
            ended: Vec::new(),
            seen: Vec::new(),
            stride: i64::MAX,
            goal: Reading::default(),
        };
        talk.until(500);
        talk.writes.clear();
        talk
    }

    fn take(&mut self, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Write(values) => {
                    for (control, value) in values {
                        self.writes.push((self.now.0, control, value));
                        for (axis, field) in Reading::axes() {
                            if axis == control {
                                *field(&mut self.goal) = Some(value);
                            }
                        }
                    }
                }
                Wish::Read => self.read(),
                Wish::Event(Event::Done { request, outcome }) => {
                    self.ended.push((request.0, outcome));
                }
                Wish::Event(Event::Head(_, seen)) => self.seen.push(seen),
                Wish::Event(other) => panic!("{other:?}"),
            }
        }
    }

    fn read(&mut self) {
        let mut reading = Reading::default();
        for (axis, field) in Reading::axes() {
            let is = self.values[&axis];
            let to = self.goal.get(axis).unwrap_or(is);
            let next = is + (to - is).clamp(-self.stride, self.stride);
            self.values.insert(axis, next);
            *field(&mut reading) = Some(next);
        }
        let wishes = self.head.on_read(self.now, reading);
        self.take(wishes);
    }

    fn until(&mut self, end: u64) {
        while self.head.next_deadline().0 <= end {
            self.now = self.now.max(self.head.next_deadline());
            let wishes = self.head.on_tick(self.now);
            self.take(wishes);
        }
        self.now = Mono(end);
    }

    fn ask(&mut self, id: u64, command: HeadCommand) {
        let wishes = self.head.submit(self.now, RequestId(id), command);
        self.take(wishes);
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

#[test]
fn a_drive_with_speeds_sets_them_and_ends_by_itself() {
    let mut talk = Talk::new(ptz_pro(), PresetBook::in_memory());
    talk.ask(1, drive(-30, 700));
    talk.until(3000);
    assert_eq!(
        talk.writes,
        [
            (500, Control::PanSpeed, -1),
            (500, Control::TiltSpeed, 0),
            (1200, Control::PanSpeed, 0),
            (1200, Control::TiltSpeed, 0),
        ]
    );
    assert_eq!(talk.ended, [(1, Outcome::Done)]);
}

#[test]
fn a_drive_without_speeds_walks_until_its_limit_or_a_stop() {
    let mut talk = Talk::new(absolute(), PresetBook::in_memory());
    talk.ask(1, drive(100, 300));
    talk.until(3000);
    let pans: Vec<i64> = talk.writes.iter().map(|(_, _, value)| *value).collect();
    assert_eq!(pans, [7200, 14_400, 21_600, 28_800, 36_000, 43_200]);
    talk.writes.clear();
    talk.ask(2, drive(-1, 5000));
    talk.until(3060);
    talk.ask(3, HeadCommand::Stop);
    talk.until(9000);
    assert_eq!(talk.writes.len(), 2, "{:?}", talk.writes);
    assert!(talk.ended.contains(&(3, Outcome::Done)));
}

#[test]
fn a_place_is_done_when_it_is_read_and_moving_is_seen_on_the_way() {
    let mut talk = Talk::new(ptz_pro(), PresetBook::in_memory());
    talk.stride = 36_000;
    let place = Position {
        pan: 4500,
        tilt: -1000,
        zoom: 500,
    };
    talk.ask(1, HeadCommand::Goto(place));
    assert!(talk.ended.is_empty());
    talk.until(6000);
    assert_eq!(talk.ended, [(1, Outcome::Done)]);
    let moving = |seen: &HeadSeen| matches!(seen, HeadSeen::At { moving: true, .. });
    assert!(talk.seen.iter().any(moving), "{:?}", talk.seen);
    let rest = HeadSeen::At {
        position: place,
        moving: false,
    };
    assert_eq!(talk.seen.last(), Some(&rest));
}

#[test]
fn a_stopped_move_stays_where_it_is_and_ends_as_replaced() {
    let mut talk = Talk::new(ptz_pro(), PresetBook::in_memory());
    talk.stride = 7200;
    talk.ask(
        1,
        HeadCommand::Goto(Position {
            pan: 9000,
            ..Position::default()
        }),
    );
    talk.until(1000);
    talk.ask(2, HeadCommand::Stop);
    talk.until(6000);
    assert_eq!(talk.ended, [(1, Outcome::Replaced), (2, Outcome::Done)]);
    assert!(talk.values[&Control::Pan] < 100_000, "{:?}", talk.values);
}

#[test]
fn presets_are_kept_here_and_one_that_is_not_is_named() {
    let mut talk = Talk::new(absolute(), PresetBook::in_memory());
    talk.ask(
        1,
        HeadCommand::Goto(Position {
            pan: 3000,
            tilt: 1000,
            zoom: 200,
        }),
    );
    talk.until(2000);
    talk.ask(2, HeadCommand::Store(PresetNumber(4)));
    talk.ask(3, HeadCommand::Home);
    talk.until(5000);
    assert_eq!(talk.values[&Control::Pan], 0);
    talk.ask(4, HeadCommand::Recall(PresetNumber(4)));
    talk.ask(5, HeadCommand::Recall(PresetNumber(9)));
    talk.until(8000);
    assert_eq!(talk.values[&Control::Pan], 3000 * 36);
    let failed = Outcome::Failed(HeadFailure::NoPreset);
    assert_eq!(talk.ended.len(), 5, "{:?}", talk.ended);
    assert!(talk.ended.contains(&(5, failed)));
}

#[test]
fn what_the_camera_does_not_have_is_not_supported() {
    let zoom_only = BTreeMap::from([(Control::Zoom, range(100, 500, 1))]);
    let mut talk = Talk::new(zoom_only, PresetBook::in_memory());
    talk.ask(1, drive(10, 500));
    talk.ask(2, HeadCommand::Power(room_core::units::Switch::Open));
    let failed = Outcome::Failed(HeadFailure::NotSupported);
    assert_eq!(talk.ended, [(1, failed), (2, failed)]);
}
