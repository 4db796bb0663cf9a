//! What a camera model can do and how it counts: steps, limits, speeds, presets, quirks. Values only; files are read elsewhere.
//! Must not know the wire.

use crate::visca::{Layout, Motor, PanTiltSpeed, ZoomMove};
use core::time::Duration;
use room_core::units::{Position, PresetNumber, Speed};

/// How an angle becomes steps, and how far the motor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisScale {
    /// This many steps ..
    pub steps: i32,
    /// .. are this many hundredths of a degree; more than 0.
    pub centidegrees: i32,
    /// Smallest step (left or down end).
    pub least: i32,
    /// Largest step (right or up end).
    pub most: i32,
}

impl AxisScale {
    /// Hundredths of a degree to steps, rounded, kept between the ends.
    fn steps_of(&self, centidegrees: i32) -> i32 {
        let steps = rounded(
            i64::from(centidegrees) * i64::from(self.steps),
            i64::from(self.centidegrees.max(1)),
        );
        let kept = steps.clamp(i64::from(self.least), i64::from(self.most));
        i32::try_from(kept).unwrap_or(0)
    }

    /// Steps to hundredths of a degree, rounded.
    fn centidegrees_of(&self, steps: i32) -> i32 {
        let value = rounded(
            i64::from(steps) * i64::from(self.centidegrees),
            i64::from(self.steps.max(1)),
        );
        i32::try_from(value).unwrap_or(0)
    }
}

/// `n / d` for a positive `d`, halves away from zero.
fn rounded(n: i64, d: i64) -> i64 {
    (n.abs() + d / 2) / d * n.signum()
}

/// Which preset numbers a model has, and how they stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presets {
    has: [u64; 4],
    offset: i8,
}

impl Presets {
    /// The numbers from `first` to `last`; `offset` is added to each on the wire.
    pub const fn new(first: u8, last: u8, offset: i8) -> Presets {
        let mut has = [0_u64; 4];
        let mut number = first as usize;
        while number <= last as usize {
            has[number / 64] |= 1 << (number % 64);
            number += 1;
        }
        Presets { has, offset }
    }

    /// All but this number: it means something else to the model, such as its menu.
    pub const fn without(mut self, number: u8) -> Presets {
        self.has[number as usize / 64] &= !(1 << (number as usize % 64));
        self
    }

    /// The number as the model wants it; `None` when it has no such preset.
    pub fn on_wire(&self, preset: PresetNumber) -> Option<u8> {
        let number = usize::from(preset.0);
        let has = self.has[number / 64] >> (number % 64) & 1 == 1;
        has.then(|| preset.0.checked_add_signed(self.offset))?
    }
}

/// Axes that a model counts the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Inverted {
    /// Left is plus.
    pub pan: bool,
    /// Down is plus.
    pub tilt: bool,
}

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// All that its protocol knows; what is missing, such as an ACK, is put up with.
    Protocol,
    /// Nothing, ever: frames are sent, spaced, a stop twice, and nothing is known afterwards.
    Nothing,
}

/// A camera model, as values that were checked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadModel {
    /// Left and right.
    pub pan: AxisScale,
    /// Down and up.
    pub tilt: AxisScale,
    /// Zoom step at the longest optical focal length; more than 0.
    pub zoom_most: u16,
    /// Fastest pan speed of a drive, from 1.
    pub pan_speed: u8,
    /// Fastest tilt speed of a drive, from 1.
    pub tilt_speed: u8,
    /// Whether a move to a place takes one speed for both axes, and a zero where the tilt speed stands.
    pub one_speed: bool,
    /// How places are written.
    pub layout: Layout,
    /// Its presets.
    pub presets: Presets,
    /// The preset that is its home, for protocols without a command for that.
    pub home_preset: Option<PresetNumber>,
    /// Axes that count the other way round.
    pub inverted: Inverted,
    /// What it answers.
    pub answers: Answers,
    /// The least time between two frames that are no stop.
    pub spacing: Duration,
    /// Whether it tells its position when asked by Pelco's extended queries.
    pub queries: bool,
}

impl HeadModel {
    /// 14.4 steps a degree, 170 degrees to each side, 30 down to 90 up: EVI-D70, PTZOptics and most makers that follow them.
    pub const COMMON: HeadModel = HeadModel {
        pan: AxisScale {
            steps: 144,
            centidegrees: 1000,
            least: -0x0990,
            most: 0x0990,
        },
        tilt: AxisScale {
            steps: 144,
            centidegrees: 1000,
            least: -0x01B0,
            most: 0x0510,
        },
        zoom_most: 0x4000,
        pan_speed: 0x18,
        tilt_speed: 0x14,
        one_speed: false,
        layout: Layout::FourFour,
        presets: Presets::new(0, 254, 0),
        home_preset: None,
        inverted: Inverted {
            pan: false,
            tilt: false,
        },
        answers: Answers::Protocol,
        spacing: Duration::ZERO,
        queries: false,
    };

    /// 51.2 steps a degree, 100 degrees to each side, 25 up and down: SRG-120DH.
    pub const SRG_120DH: HeadModel = HeadModel {
        pan: AxisScale {
            steps: 512,
            centidegrees: 1000,
            least: -0x1400,
            most: 0x1400,
        },
        tilt: AxisScale {
            steps: 512,
            centidegrees: 1000,
            least: -0x0500,
            most: 0x0500,
        },
        ..HeadModel::COMMON
    };

    /// 51.2 steps a degree, 170 degrees to each side, 20 down to 90 up: BRC-X400, SRG-X400 and their family.
    pub const BRC_X400: HeadModel = HeadModel {
        pan: AxisScale {
            steps: 512,
            centidegrees: 1000,
            least: -0x2200,
            most: 0x2200,
        },
        tilt: AxisScale {
            steps: 512,
            centidegrees: 1000,
            least: -0x0400,
            most: 0x1200,
        },
        ..HeadModel::COMMON
    };

    /// A place as pan and tilt steps and zoom step; what lies beyond an end becomes the end.
    pub(crate) fn steps(&self, place: Position) -> (i32, i32, u16) {
        let zoom = rounded(
            i64::from(place.zoom.min(1000)) * i64::from(self.zoom_most),
            1000,
        );
        (
            turned(self.pan.steps_of(place.pan), self.inverted.pan),
            turned(self.tilt.steps_of(place.tilt), self.inverted.tilt),
            u16::try_from(zoom).unwrap_or(self.zoom_most),
        )
    }

    /// Steps as read back, as a place; digital zoom beyond the optical range counts as its end.
    pub(crate) fn position(&self, pan: i32, tilt: i32, zoom: u16) -> Position {
        let most = self.zoom_most.max(1);
        let zoom = rounded(i64::from(zoom.min(most)) * 1000, i64::from(most));
        Position {
            pan: self.pan.centidegrees_of(turned(pan, self.inverted.pan)),
            tilt: self.tilt.centidegrees_of(turned(tilt, self.inverted.tilt)),
            zoom: u16::try_from(zoom).unwrap_or(1000),
        }
    }

    /// Speeds of a move to a place.
    pub(crate) fn move_speed(&self) -> PanTiltSpeed {
        PanTiltSpeed {
            pan: self.pan_speed,
            tilt: (!self.one_speed).then_some(self.tilt_speed),
        }
    }

    /// The pan motor at this share of its speed.
    pub(crate) fn pan_motor(&self, speed: Speed) -> Motor {
        motor(speed, self.pan_speed, self.inverted.pan)
    }

    /// The tilt motor at this share of its speed.
    pub(crate) fn tilt_motor(&self, speed: Speed) -> Motor {
        motor(speed, self.tilt_speed, self.inverted.tilt)
    }
}

/// Steps of an axis that may count the other way round.
fn turned(steps: i32, inverted: bool) -> i32 {
    if inverted { -steps } else { steps }
}

/// A share of the fastest speed; the smallest that is not still is the slowest speed there is.
fn motor(speed: Speed, fastest: u8, inverted: bool) -> Motor {
    let step = share_of(speed, fastest);
    match speed.get() {
        0 => Motor::Still,
        way if (way > 0) != inverted => Motor::Plus(step),
        _ => Motor::Minus(step),
    }
}

/// How much of the fastest speed this is, without its direction; at least 1.
pub(crate) fn share_of(speed: Speed, fastest: u8) -> u8 {
    let share = u16::from(speed.get().unsigned_abs());
    let step = (share * u16::from(fastest)).div_ceil(100);
    u8::try_from(step).unwrap_or(fastest).max(1)
}

/// A share of the zoom's speed as one of the eight that VISCA knows.
pub(crate) fn zoom_move(speed: Speed) -> ZoomMove {
    let share = speed.get().unsigned_abs();
    let step = share.saturating_sub(1) / 13;
    match speed.get() {
        0 => ZoomMove::Stop,
        1.. => ZoomMove::Tele(step),
        _ => ZoomMove::Wide(step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn degrees_become_the_steps_of_the_makers_tables() {
        let at = |pan, tilt, zoom| Position { pan, tilt, zoom };
        let common = HeadModel::COMMON;
        assert_eq!(
            common.steps(at(17000, 9000, 1000)),
            (0x0990, 0x0510, 0x4000)
        );
        assert_eq!(common.steps(at(-17000, -3000, 0)), (-0x0990, -0x01B0, 0));
        assert_eq!(
            common.steps(at(99_999, -99_999, 5000)),
            (0x0990, -0x01B0, 0x4000)
        );
        assert_eq!(HeadModel::SRG_120DH.steps(at(10000, 0, 0)).0, 0x1400);
        assert_eq!(
            HeadModel::BRC_X400.steps(at(-17000, 9000, 0)),
            (-0x2200, 0x1200, 0)
        );
        assert_eq!(
            common.position(0x0990, -0x01B0, 0x4000),
            at(17000, -3000, 1000)
        );
        assert_eq!(common.position(0, 0, 0x7AC0).zoom, 1000);
    }

    #[test]
    fn a_speed_that_is_not_still_never_becomes_still() {
        assert_eq!(motor(Speed::new(1), 0x18, false), Motor::Plus(1));
        assert_eq!(motor(Speed::new(-1), 0x18, false), Motor::Minus(1));
        assert_eq!(motor(Speed::new(100), 0x18, false), Motor::Plus(0x18));
        assert_eq!(motor(Speed::new(100), 0x18, true), Motor::Minus(0x18));
        assert_eq!(motor(Speed::STILL, 0x18, true), Motor::Still);
        assert_eq!(zoom_move(Speed::new(1)), ZoomMove::Tele(0));
        assert_eq!(zoom_move(Speed::new(-100)), ZoomMove::Wide(7));
        assert_eq!(zoom_move(Speed::STILL), ZoomMove::Stop);
    }

    #[test]
    fn a_preset_that_the_model_does_not_have_never_reaches_the_wire() {
        let presets = Presets::new(1, 100, -1).without(95);
        let on_wire = |n| presets.on_wire(PresetNumber(n));
        assert_eq!(on_wire(1), Some(0));
        assert_eq!(on_wire(100), Some(99));
        assert_eq!([0, 95, 101, 255].map(on_wire), [None; 4]);
        assert_eq!(
            Presets::new(0, 254, 0).on_wire(PresetNumber(254)),
            Some(254)
        );
        assert_eq!(Presets::new(0, 10, -1).on_wire(PresetNumber(0)), None);
    }

    #[test]
    fn an_inverted_axis_is_the_other_way_round_on_the_wire_and_back() {
        let model = HeadModel {
            inverted: Inverted {
                pan: true,
                tilt: true,
            },
            ..HeadModel::COMMON
        };
        let place = Position {
            pan: 4500,
            tilt: 2000,
            zoom: 0,
        };
        assert_eq!(model.steps(place), (-648, -288, 0));
        assert_eq!(model.position(-648, -288, 0), place);
    }

    proptest! {
        #[test]
        fn steps_come_back_as_they_went(pan in -0x0990..=0x0990_i32, tilt in -0x01B0..=0x0510_i32, zoom in 0..=1000_u16) {
            let model = HeadModel::COMMON;
            let (_, _, z) = model.steps(Position { zoom, ..Position::default() });
            let place = model.position(pan, tilt, z);
            let (p, t, z2) = model.steps(place);
            prop_assert_eq!((p, t, z2), (pan, tilt, z));
        }
    }
}
