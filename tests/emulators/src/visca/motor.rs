//! How a head turns: three axes as functions of time, in the camera's own steps. Knows no protocol.

use room_core::units::Position;
use std::time::Duration;

/// Steps of pan and tilt in one degree.
const STEPS_PER_DEGREE: f64 = 14.4;
/// Zoom step at the longest focal length.
const ZOOM_MOST: f64 = 0x4000 as f64;

/// What an axis does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Run {
    Still,
    /// Steps a second, signed.
    Drive(f64),
    /// To a place, at steps a second.
    To {
        goal: f64,
        speed: f64,
    },
}

/// One axis.
#[derive(Debug, Clone, Copy)]
struct Axis {
    since: Duration,
    from: f64,
    run: Run,
    least: f64,
    most: f64,
}

impl Axis {
    fn new(least: f64, most: f64) -> Axis {
        Axis {
            since: Duration::ZERO,
            from: 0.0,
            run: Run::Still,
            least,
            most,
        }
    }

    fn place(&self, now: Duration) -> f64 {
        let seconds = now.saturating_sub(self.since).as_secs_f64();
        let place = match self.run {
            Run::Still => self.from,
            Run::Drive(speed) => self.from + speed * seconds,
            Run::To { goal, speed } => {
                let way = goal - self.from;
                self.from + way.signum() * (speed * seconds).min(way.abs())
            }
        };
        place.clamp(self.least, self.most)
    }

    fn set(&mut self, now: Duration, run: Run) {
        self.from = self.place(now);
        self.since = now;
        self.run = run;
    }

    fn turn_to(&mut self, now: Duration, goal: f64, speed: f64) {
        self.set(
            now,
            Run::To {
                goal: goal.clamp(self.least, self.most),
                speed,
            },
        );
    }

    /// When a turn to a place is over.
    fn arrives(&self) -> Duration {
        match self.run {
            Run::Still | Run::Drive(_) => self.since,
            Run::To { goal, speed } => {
                self.since + Duration::from_secs_f64((goal - self.from).abs() / speed)
            }
        }
    }

    fn is_moving(&self, now: Duration) -> bool {
        let place = self.place(now);
        match self.run {
            Run::Still => false,
            Run::Drive(speed) if speed > 0.0 => place < self.most,
            Run::Drive(speed) => speed < 0.0 && place > self.least,
            Run::To { goal, .. } => place != goal,
        }
    }
}

/// A place in steps: pan, tilt, zoom.
pub(super) type Place = (i32, i32, i32);

/// Pan, tilt and zoom.
#[derive(Debug, Clone)]
pub struct Head {
    pan: Axis,
    tilt: Axis,
    zoom: Axis,
}

/// Which part of the head a command moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    PanTilt,
    Zoom,
    Both,
}

impl Part {
    pub(super) fn touches(self, other: Part) -> bool {
        self == Part::Both || other == Part::Both || self == other
    }
}

impl Default for Head {
    fn default() -> Head {
        Head {
            pan: Axis::new(-2448.0, 2448.0),
            tilt: Axis::new(-432.0, 1296.0),
            zoom: Axis::new(0.0, ZOOM_MOST),
        }
    }
}

impl Head {
    /// Steps a second at a pan speed byte: slow steps are fine, the fastest is 100 degrees a second.
    fn pan_speed(byte: u8) -> f64 {
        STEPS_PER_DEGREE * curve(byte, 0x18, 100.0)
    }

    fn tilt_speed(byte: u8) -> f64 {
        STEPS_PER_DEGREE * curve(byte, 0x14, 70.0)
    }

    /// The whole range in 12 s at the slowest of eight speeds, in 2 s at the fastest.
    fn zoom_speed(step: u8) -> f64 {
        let share = f64::from(step.min(7)) / 7.0;
        ZOOM_MOST / (12.0 - 10.0 * share)
    }

    /// Runs pan and tilt; the signs are directions, the bytes speeds.
    pub(super) fn drive(&mut self, now: Duration, pan: (i8, u8), tilt: (i8, u8)) {
        self.pan.set(now, driven(pan.0, Head::pan_speed(pan.1)));
        self.tilt.set(now, driven(tilt.0, Head::tilt_speed(tilt.1)));
    }

    pub(super) fn drive_zoom(&mut self, now: Duration, direction: i8, step: u8) {
        self.zoom
            .set(now, driven(direction, Head::zoom_speed(step)));
    }

    /// Turns to a place, and says when it gets there.
    pub(super) fn turn_to(&mut self, now: Duration, to: (i32, i32), speed: (u8, u8)) -> Duration {
        self.pan
            .turn_to(now, f64::from(to.0), Head::pan_speed(speed.0));
        self.tilt
            .turn_to(now, f64::from(to.1), Head::tilt_speed(speed.1));
        self.pan.arrives().max(self.tilt.arrives())
    }

    pub(super) fn zoom_to(&mut self, now: Duration, to: i32) -> Duration {
        self.zoom.turn_to(now, f64::from(to), Head::zoom_speed(7));
        self.zoom.arrives()
    }

    /// Runs pan and tilt, for heads of another protocol.
    pub fn drive_axes(&mut self, now: Duration, pan: (i8, u8), tilt: (i8, u8)) {
        self.drive(now, pan, tilt);
    }

    /// Runs the zoom at a middle speed, for heads of another protocol.
    pub fn drive_zoom_axis(&mut self, now: Duration, direction: i8) {
        self.drive_zoom(now, direction, 3);
    }

    /// Turns and zooms to a place, for heads of another protocol.
    pub fn turn_to_place(&mut self, now: Duration, place: Position) {
        let (pan, tilt, zoom) = steps_of(place);
        self.turn_to(now, (pan, tilt), (0x16, 0x12));
        self.zoom_to(now, zoom);
    }

    pub(super) fn halt(&mut self, now: Duration, part: Part) {
        if part.touches(Part::PanTilt) {
            self.pan.set(now, Run::Still);
            self.tilt.set(now, Run::Still);
        }
        if part.touches(Part::Zoom) {
            self.zoom.set(now, Run::Still);
        }
    }

    pub(super) fn place(&self, now: Duration) -> Place {
        let steps = |axis: &Axis| axis.place(now).round() as i32;
        (steps(&self.pan), steps(&self.tilt), steps(&self.zoom))
    }

    /// Whether anything turns.
    pub fn is_moving(&self, now: Duration) -> bool {
        [&self.pan, &self.tilt, &self.zoom]
            .into_iter()
            .any(|axis| axis.is_moving(now))
    }

    /// Where it looks.
    pub fn position(&self, now: Duration) -> Position {
        let angle = |axis: &Axis| (axis.place(now) / STEPS_PER_DEGREE * 100.0).round() as i32;
        Position {
            pan: angle(&self.pan),
            tilt: angle(&self.tilt),
            zoom: (self.zoom.place(now) / ZOOM_MOST * 1000.0).round() as u16,
        }
    }
}

fn driven(direction: i8, speed: f64) -> Run {
    match direction {
        0 => Run::Still,
        d => Run::Drive(f64::from(d.signum()) * speed),
    }
}

/// From half a degree a second at 1 to the fastest at the last byte, finer at the slow end.
fn curve(byte: u8, last: u8, fastest: f64) -> f64 {
    let share = f64::from(byte.clamp(1, last) - 1) / f64::from(last - 1);
    0.5 + (fastest - 0.5) * share * share
}

/// Steps of a position.
pub(super) fn steps_of(position: Position) -> Place {
    let steps = |hundredths: i32| (f64::from(hundredths) / 100.0 * STEPS_PER_DEGREE).round() as i32;
    let zoom = (f64::from(position.zoom) / 1000.0 * ZOOM_MOST).round() as i32;
    (steps(position.pan), steps(position.tilt), zoom)
}

/// Where the camera's stored places look when it leaves the factory: 0 the whole room, 1 the lectern, 2 the table.
pub fn preset_position(number: u8) -> Option<Position> {
    match number {
        0 => Some(Position {
            pan: 0,
            tilt: 0,
            zoom: 0,
        }),
        1 => Some(Position {
            pan: -4500,
            tilt: -250,
            zoom: 250,
        }),
        2 => Some(Position {
            pan: 2500,
            tilt: -800,
            zoom: 260,
        }),
        _ => None,
    }
}
