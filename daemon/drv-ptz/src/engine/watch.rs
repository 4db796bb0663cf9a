//! Looking at the head: which inquiry comes next, how often, and what the readings say.
//! Must not know requests; it reports what is seen.

use crate::model::HeadModel;
use crate::visca::Inquiry;
use core::time::Duration;
use room_core::units::{Mono, Position, Switch};
use std::collections::VecDeque;

/// Between looks at a head that turns.
const FAST: Duration = Duration::from_millis(200);
/// A look that is put off by commands comes first after this.
const STARVED: Duration = Duration::from_secs(1);
/// Between looks at a head that is changing its power state.
const POWER: Duration = Duration::from_millis(250);
/// Between looks at a head that rests.
const SLOW: Duration = Duration::from_secs(2);
/// Each so many looks also ask for power: somebody may hold the camera's own remote control.
const POWER_EVERY: u32 = 4;
/// So many looks without an answer are silence.
pub(super) const SILENCE: u8 = 3;
/// So many refusals of an inquiry that never worked, and it is not asked again.
const REFUSALS: u8 = 3;
/// Encoders flicker by this much at rest.
const STEP_JITTER: u32 = 1;
const ZOOM_JITTER: u16 = 4;

/// One full reading, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    pan: i32,
    tilt: i32,
    zoom: u16,
}

impl Reading {
    fn is_near(&self, other: &Reading) -> bool {
        self.pan.abs_diff(other.pan) <= STEP_JITTER
            && self.tilt.abs_diff(other.tilt) <= STEP_JITTER
            && self.zoom.abs_diff(other.zoom) <= ZOOM_JITTER
    }
}

/// An inquiry that a model may not know.
#[derive(Debug, Default)]
struct Known {
    works: bool,
    refusals: u8,
}

impl Known {
    fn is_asked(&self) -> bool {
        self.works || self.refusals < REFUSALS
    }
}

/// How quickly to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Rest,
    Motion,
    Power,
}

/// What is asked and what was read.
#[derive(Debug, Default)]
pub(super) struct Watch {
    due: Mono,
    began: Mono,
    ended: Mono,
    looks: u32,
    plan: VecDeque<Inquiry>,
    misses: u8,
    pan_tilt: Option<(i32, i32)>,
    last: Option<Reading>,
    shown: Option<Reading>,
    moving: bool,
    zoom_known: Known,
    place_known: Known,
    pub(super) power: Option<Switch>,
    pub(super) reported: Option<(Position, bool)>,
}

impl Watch {
    /// Look as soon as the line is free.
    pub(super) fn hurry(&mut self, now: Mono) {
        self.due = self.due.min(now);
    }

    /// When the next look is due.
    pub(super) fn due(&self) -> Mono {
        if self.plan.is_empty() {
            self.due
        } else {
            self.began
        }
    }

    /// When the last look that came to its end did so.
    pub(super) fn ended(&self) -> Mono {
        self.ended
    }

    /// Whether looking has been put off for so long that commands must wait for once.
    pub(super) fn is_starved(&self, now: Mono) -> bool {
        now.since(self.due()) >= STARVED
    }

    /// Whether the last two readings differ.
    pub(super) fn is_moving(&self) -> bool {
        self.moving
    }

    /// What to ask now; plans a new look when the last one is over.
    pub(super) fn next(&mut self, now: Mono, pace: Pace) -> Option<Inquiry> {
        if self.plan.is_empty() {
            self.plan_look(now, pace);
        }
        self.plan.pop_front()
    }

    fn plan_look(&mut self, now: Mono, pace: Pace) {
        self.began = now;
        self.pan_tilt = None;
        let awake = self.power == Some(Switch::Open);
        let regular = self.looks.is_multiple_of(POWER_EVERY) && pace == Pace::Rest;
        if !awake || regular || pace == Pace::Power {
            self.plan.push_back(Inquiry::Power);
        }
        if awake && self.place_known.is_asked() {
            self.plan.push_back(Inquiry::PanTilt);
            if self.zoom_known.is_asked() {
                self.plan.push_back(Inquiry::Zoom);
            }
        }
        if self.plan.is_empty() {
            self.plan.push_back(Inquiry::Power);
        }
        self.looks = self.looks.wrapping_add(1);
    }

    /// Something was answered or refused: the next look is set when this one is over.
    pub(super) fn answered(&mut self, now: Mono, pace: Pace) {
        self.misses = 0;
        if self.plan.is_empty() {
            self.ended = now;
            let pause = match pace {
                Pace::Motion => FAST,
                Pace::Power => POWER,
                Pace::Rest => SLOW,
            };
            self.due = self.began.plus(pause).max(now);
        }
    }

    /// The line showed life.
    pub(super) fn heard(&mut self) {
        self.misses = 0;
    }

    /// An inquiry was not answered; says whether that makes a silence.
    pub(super) fn missed(&mut self, now: Mono) -> bool {
        self.misses = self.misses.saturating_add(1);
        self.plan.clear();
        self.due = now;
        self.misses >= SILENCE
    }

    /// The model does not know this inquiry, or not in its present state.
    pub(super) fn unknown(&mut self, inquiry: Inquiry) {
        match inquiry {
            Inquiry::PanTilt => {
                self.place_known.refusals = self.place_known.refusals.saturating_add(1)
            }
            Inquiry::Zoom => self.zoom_known.refusals = self.zoom_known.refusals.saturating_add(1),
            Inquiry::Power | Inquiry::Version => {}
        }
    }

    /// Not in this state: asks for power before anything else.
    pub(super) fn not_now(&mut self) {
        self.plan.clear();
        self.plan.push_back(Inquiry::Power);
    }

    /// Where pan and tilt stand; a reading when the model has no zoom to ask for.
    pub(super) fn read_pan_tilt(&mut self, pan: i32, tilt: i32) -> bool {
        self.place_known.works = true;
        self.pan_tilt = Some((pan, tilt));
        if self.zoom_known.is_asked() {
            return false;
        }
        self.read(Reading { pan, tilt, zoom: 0 });
        true
    }

    /// Where the zoom stands; completes a reading.
    pub(super) fn read_zoom(&mut self, zoom: u16) -> bool {
        self.zoom_known.works = true;
        let Some((pan, tilt)) = self.pan_tilt else {
            return false;
        };
        self.read(Reading { pan, tilt, zoom });
        true
    }

    fn read(&mut self, reading: Reading) {
        let rests = self.last.is_none_or(|last| last.is_near(&reading));
        self.moving = !rests;
        self.last = Some(reading);
        if !(rests && self.shown.is_some_and(|shown| shown.is_near(&reading))) {
            self.shown = Some(reading);
        }
    }

    /// The camera says that a move is complete: readings from before say nothing about moving any more.
    pub(super) fn arrived(&mut self) {
        self.plan.clear();
        self.pan_tilt = None;
        self.last = None;
    }

    /// Where the head looks and whether it turns, when that is not what was reported last.
    pub(super) fn news(&mut self, model: &HeadModel) -> Option<(Position, bool)> {
        let shown = self.shown?;
        let seen = (
            model.position(shown.pan, shown.tilt, shown.zoom),
            self.moving,
        );
        (self.reported != Some(seen)).then(|| {
            self.reported = Some(seen);
            seen
        })
    }
}
