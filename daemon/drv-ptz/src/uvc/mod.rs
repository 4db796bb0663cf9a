//! A camera whose motors are controls of the kernel: places in absolute numbers, drives as speeds where it has them and as small
//! steps where not, presets kept here. Pure but for the preset book; values go out and readings come in.
//!
//! Invariant: every request ends exactly once.
//! Must not know devices, sockets or timers.

mod controls;
mod device;
mod presets;
#[cfg(test)]
mod tests;

pub use controls::{Abilities, Control, Controls, Range};
pub use device::VideoDevice;
pub use presets::PresetBook;

use core::time::Duration;
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::{HeadId, RequestId};
use room_core::units::{Mono, Position, PresetNumber, Speed};

/// Between two readings while something may turn.
const FAST: Duration = Duration::from_millis(200);
/// Between two readings of a head that rests.
const SLOW: Duration = Duration::from_secs(2);
/// Between two steps of a drive without speed controls: small enough to look like motion, rare enough for USB.
const STRIDE: Duration = Duration::from_millis(50);
/// So many strides cross the whole range at full speed.
const STRIDES: i64 = 160;
/// A place must be reached within this.
const ARRIVE: Duration = Duration::from_secs(30);
/// Arc seconds in a hundredth of a degree.
const ARC_SECONDS: i64 = 36;

/// What the head wants done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wish {
    /// Set these.
    Write(Vec<(Control, i64)>),
    /// Read where it stands, and give it to [`UvcHead::on_read`].
    Read,
    Event(Event),
}

/// Where it stands, in the camera's own values; what it cannot tell is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reading {
    pub pan: Option<i64>,
    pub tilt: Option<i64>,
    pub zoom: Option<i64>,
}

/// A control that says where an axis stands, and its place in a reading.
type Axis = (Control, fn(&mut Reading) -> &mut Option<i64>);

impl Reading {
    pub(crate) fn axes() -> [Axis; 3] {
        [
            (Control::Pan, |reading| &mut reading.pan),
            (Control::Tilt, |reading| &mut reading.tilt),
            (Control::Zoom, |reading| &mut reading.zoom),
        ]
    }

    fn get(mut self, axis: Control) -> Option<i64> {
        Reading::axes()
            .into_iter()
            .find(|(control, _)| *control == axis)
            .and_then(|(_, field)| *field(&mut self))
    }
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Nothing,
    Driving {
        drive: Drive,
        until: Mono,
        stride: Option<Mono>,
    },
    Going {
        request: RequestId,
        to: Reading,
        until: Mono,
    },
}

/// Such a head.
#[derive(Debug)]
pub(crate) struct UvcHead {
    id: HeadId,
    can: Abilities,
    book: PresetBook,
    doing: Doing,
    /// Requests to store this place, as soon as it was read.
    storing: Vec<(RequestId, PresetNumber)>,
    /// A move to a place was stopped: stay where the next reading says.
    halt: bool,
    read_at: Mono,
    last: Option<Reading>,
    /// Where the strides of a drive have come to.
    walked: Reading,
    reported: Option<(Position, bool)>,
    began: bool,
    out: Vec<Wish>,
}

impl UvcHead {
    pub fn new(id: HeadId, can: Abilities, book: PresetBook) -> UvcHead {
        UvcHead {
            id,
            can,
            book,
            doing: Doing::Nothing,
            storing: Vec::new(),
            halt: false,
            read_at: Mono::default(),
            last: None,
            walked: Reading::default(),
            reported: None,
            began: false,
            out: Vec::new(),
        }
    }

    /// Whether it has motors at all.
    pub fn turns(can: &Abilities) -> bool {
        !can.is_empty()
    }

    pub fn submit(&mut self, now: Mono, request: RequestId, command: HeadCommand) -> Vec<Wish> {
        match command {
            HeadCommand::Stop => self.stop_for(request),
            HeadCommand::Drive { drive, .. } if drive == Drive::default() => self.stop_for(request),
            HeadCommand::Drive { drive, limit } => self.drive(now, request, (drive, limit)),
            HeadCommand::Recall(number) => match self.book.get(number) {
                Some(place) => self.go(now, request, place),
                None => self.end(request, Outcome::Failed(HeadFailure::NoPreset)),
            },
            HeadCommand::Store(number) => self.storing.push((request, number)),
            HeadCommand::Home => self.home(now, request),
            HeadCommand::Goto(place) => self.go(now, request, place),
            // The plug is the only switch.
            HeadCommand::Power(_) => self.end(request, Outcome::Failed(HeadFailure::NotSupported)),
        }
        self.read_at = now;
        self.on_tick(now)
    }

    pub fn on_tick(&mut self, now: Mono) -> Vec<Wish> {
        if !core::mem::replace(&mut self.began, true) {
            self.saw(HeadSeen::Online);
            self.stop();
        }
        match self.doing {
            Doing::Driving { until, .. } if until <= now => self.stop(),
            Doing::Driving {
                drive,
                until,
                stride: Some(at),
            } if at <= now => {
                self.walk(drive);
                let stride = Some(now.plus(STRIDE));
                self.doing = Doing::Driving {
                    drive,
                    until,
                    stride,
                };
            }
            Doing::Going { request, until, .. } if until <= now => {
                self.doing = Doing::Nothing;
                self.end(request, Outcome::Failed(HeadFailure::Timeout));
            }
            _ => {}
        }
        if self.read_at <= now {
            let pause = if self.is_busy() { FAST } else { SLOW };
            self.read_at = now.plus(pause);
            self.out.push(Wish::Read);
        }
        core::mem::take(&mut self.out)
    }

    fn is_busy(&self) -> bool {
        let moves = self.reported.is_some_and(|(_, moving)| moving);
        self.doing != Doing::Nothing || self.halt || moves
    }

    pub fn next_deadline(&self) -> Mono {
        let doing = match self.doing {
            Doing::Nothing => None,
            Doing::Driving { until, stride, .. } => Some(stride.map_or(until, |at| at.min(until))),
            Doing::Going { until, .. } => Some(until),
        };
        doing.map_or(self.read_at, |at| at.min(self.read_at))
    }

    /// Where it stands now.
    pub fn on_read(&mut self, now: Mono, reading: Reading) -> Vec<Wish> {
        let was = self.last.replace(reading);
        if core::mem::take(&mut self.halt) {
            self.write_place(reading);
        }
        let moving = was.is_some_and(|was| was != reading);
        let place = self.position(reading);
        for (request, number) in core::mem::take(&mut self.storing) {
            let outcome = match self.book.store(number, place) {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    tracing::warn!(head = %self.id, %error, "the preset cannot be kept");
                    Outcome::Failed(HeadFailure::NotNow)
                }
            };
            self.end(request, outcome);
        }
        if let Doing::Going { request, to, .. } = self.doing
            && (self.is_at(reading, to) || was == Some(reading))
        {
            self.doing = Doing::Nothing;
            // A camera that stands elsewhere has its end there, or somebody holds it.
            let outcome = if self.is_at(reading, to) {
                Outcome::Done
            } else {
                Outcome::Failed(HeadFailure::Timeout)
            };
            self.end(request, outcome);
        }
        let seen = (place, moving);
        if self.reported != Some(seen) {
            self.reported = Some(seen);
            self.saw(HeadSeen::At {
                position: place,
                moving,
            });
        }
        if moving {
            self.read_at = self.read_at.min(now.plus(FAST));
        }
        core::mem::take(&mut self.out)
    }

    /// The camera refused a value.
    pub fn on_refused(&mut self, failure: HeadFailure) -> Vec<Wish> {
        if let Doing::Going { request, .. } = self.doing {
            self.end(request, Outcome::Failed(failure));
        }
        self.doing = Doing::Nothing;
        core::mem::take(&mut self.out)
    }

    pub fn abandon(&mut self, failure: HeadFailure) -> Vec<Wish> {
        for (request, _) in core::mem::take(&mut self.storing) {
            self.end(request, Outcome::Failed(failure));
        }
        self.on_refused(failure)
    }

    fn stop_for(&mut self, request: RequestId) {
        self.stop();
        self.end(request, Outcome::Done);
    }

    fn stop(&mut self) {
        if let Doing::Going { request, .. } = self.doing {
            self.end(request, Outcome::Replaced);
            self.halt = true;
            self.out.push(Wish::Read);
        }
        self.doing = Doing::Nothing;
        let still = [Control::PanSpeed, Control::TiltSpeed, Control::ZoomSpeed]
            .into_iter()
            .filter(|control| self.can.contains_key(control))
            .map(|control| (control, 0))
            .collect();
        self.write(still);
    }

    fn replace(&mut self) {
        self.halt = false;
        match self.doing {
            Doing::Going { request, .. } => self.end(request, Outcome::Replaced),
            Doing::Driving { .. } | Doing::Nothing => {}
        }
        self.doing = Doing::Nothing;
    }

    fn drive(&mut self, now: Mono, request: RequestId, (drive, limit): (Drive, Duration)) {
        self.replace();
        let mut values = Vec::new();
        let mut walks = false;
        for (speed, axis, fast) in axes(drive) {
            match (self.can.get(&fast), self.can.contains_key(&axis)) {
                (Some(range), _) => values.push((fast, share(speed, range.most))),
                (None, true) => walks |= speed != Speed::STILL,
                (None, false) if speed != Speed::STILL => {
                    return self.end(request, Outcome::Failed(HeadFailure::NotSupported));
                }
                (None, false) => {}
            }
        }
        self.write(values);
        self.walked = self.last.unwrap_or_default();
        self.doing = Doing::Driving {
            drive,
            until: now.plus(limit),
            stride: walks.then_some(now),
        };
        self.end(request, Outcome::Done);
    }

    /// One step of each axis that has no speed.
    fn walk(&mut self, drive: Drive) {
        let mut values = Vec::new();
        for (speed, axis, fast) in axes(drive) {
            let Some(range) = self.can.get(&axis).filter(|_| speed != Speed::STILL) else {
                continue;
            };
            if self.can.contains_key(&fast) {
                continue;
            }
            let from = self.walked.get(axis).unwrap_or_default();
            let stride = (range.most - range.least) * i64::from(speed.get()) / 100 / STRIDES;
            let least = range.step.max(1) * i64::from(speed.get().signum());
            let stride = if stride.abs() < least.abs() {
                least
            } else {
                stride
            };
            let to = range.nearest(from + stride);
            for (control, field) in Reading::axes() {
                if control == axis {
                    *field(&mut self.walked) = Some(to);
                }
            }
            values.push((axis, to));
        }
        self.write(values);
    }

    fn home(&mut self, now: Mono, request: RequestId) {
        let resets: Vec<_> = [Control::PanReset, Control::TiltReset]
            .into_iter()
            .filter(|control| self.can.contains_key(control))
            .map(|control| (control, 1))
            .collect();
        if resets.len() == 2 && !self.can.contains_key(&Control::Pan) {
            self.replace();
            self.write(resets);
            return self.end(request, Outcome::Sent);
        }
        self.go(now, request, Position::default());
    }

    fn go(&mut self, now: Mono, request: RequestId, place: Position) {
        self.replace();
        let to = self.values(place);
        if to == Reading::default() {
            return self.end(request, Outcome::Failed(HeadFailure::NotSupported));
        }
        self.write_place(to);
        self.last = None;
        self.doing = Doing::Going {
            request,
            to,
            until: now.plus(ARRIVE),
        };
    }

    fn write_place(&mut self, to: Reading) {
        let values = Reading::axes()
            .into_iter()
            .filter_map(|(control, _)| Some((control, to.get(control)?)))
            .collect();
        self.write(values);
    }

    fn write(&mut self, values: Vec<(Control, i64)>) {
        if !values.is_empty() {
            self.out.push(Wish::Write(values));
        }
    }

    /// A place in the camera's values, as near as it can.
    fn values(&self, place: Position) -> Reading {
        let angle = |control, centidegrees: i32| {
            let range = self.can.get(&control)?;
            Some(range.nearest(i64::from(centidegrees) * ARC_SECONDS))
        };
        Reading {
            pan: angle(Control::Pan, place.pan),
            tilt: angle(Control::Tilt, place.tilt),
            zoom: self.can.get(&Control::Zoom).map(|range| {
                let whole = range.most - range.least;
                range.nearest(range.least + whole * i64::from(place.zoom.min(1000)) / 1000)
            }),
        }
    }

    fn position(&self, reading: Reading) -> Position {
        let angle = |value: Option<i64>| {
            i32::try_from(value.unwrap_or_default() / ARC_SECONDS).unwrap_or_default()
        };
        let zoom = self.can.get(&Control::Zoom).zip(reading.zoom);
        Position {
            pan: angle(reading.pan),
            tilt: angle(reading.tilt),
            zoom: zoom.map_or(0, |(range, value)| {
                let whole = (range.most - range.least).max(1);
                let share = (value - range.least) * 1000 / whole;
                u16::try_from(share.clamp(0, 1000)).unwrap_or_default()
            }),
        }
    }

    /// Within a step of what was asked.
    fn is_at(&self, reading: Reading, wanted: Reading) -> bool {
        Reading::axes().into_iter().all(|(control, _)| {
            let step = self.can.get(&control).map_or(1, |range| range.step);
            match (reading.get(control), wanted.get(control)) {
                (Some(is), Some(to)) => (is - to).abs() <= step,
                _ => true,
            }
        })
    }

    fn saw(&mut self, seen: HeadSeen) {
        self.out
            .push(Wish::Event(Event::Head(self.id.clone(), seen)));
    }

    fn end(&mut self, request: RequestId, outcome: Outcome) {
        self.out.push(Wish::Event(Event::Done { request, outcome }));
    }
}

/// Each motor's speed, its place and its speed control.
fn axes(drive: Drive) -> [(Speed, Control, Control); 3] {
    [
        (drive.pan, Control::Pan, Control::PanSpeed),
        (drive.tilt, Control::Tilt, Control::TiltSpeed),
        (drive.zoom, Control::Zoom, Control::ZoomSpeed),
    ]
}

/// A share of the fastest speed; what is not still is never 0.
fn share(speed: Speed, fastest: i64) -> i64 {
    let value = i64::from(speed.get()) * fastest.max(1) / 100;
    match value {
        0 => i64::from(speed.get().signum()),
        value => value,
    }
}
