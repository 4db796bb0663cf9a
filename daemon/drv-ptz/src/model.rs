//! What a camera model can do and how it counts: steps, limits, speeds. Values only; files are read elsewhere.
//! Must not know the wire.

use crate::visca::{Motor, PanTiltSpeed, ZoomMove};
use room_core::units::{Position, Speed};

/// How an angle becomes steps, and how far the motor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisScale {
    /// This many steps ..
    pub steps: i16,
    /// .. are this many hundredths of a degree; more than 0.
    pub centidegrees: i32,
    /// Smallest step (left or down end).
    pub least: i16,
    /// Largest step (right or up end).
    pub most: i16,
}

impl AxisScale {
    /// Hundredths of a degree to steps, rounded, kept between the ends.
    fn steps_of(&self, centidegrees: i32) -> i16 {
        let steps = rounded(
            i64::from(centidegrees) * i64::from(self.steps),
            i64::from(self.centidegrees.max(1)),
        );
        let kept = steps.clamp(i64::from(self.least), i64::from(self.most));
        i16::try_from(kept).unwrap_or(0)
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
    pub(crate) fn steps(&self, place: Position) -> (i16, i16, u16) {
        let zoom = rounded(
            i64::from(place.zoom.min(1000)) * i64::from(self.zoom_most),
            1000,
        );
        (
            self.pan.steps_of(place.pan),
            self.tilt.steps_of(place.tilt),
            u16::try_from(zoom).unwrap_or(self.zoom_most),
        )
    }

    /// Steps as read back, as a place; digital zoom beyond the optical range counts as its end.
    pub(crate) fn position(&self, pan: i32, tilt: i32, zoom: u16) -> Position {
        let most = self.zoom_most.max(1);
        let zoom = rounded(i64::from(zoom.min(most)) * 1000, i64::from(most));
        Position {
            pan: self.pan.centidegrees_of(pan),
            tilt: self.tilt.centidegrees_of(tilt),
            zoom: u16::try_from(zoom).unwrap_or(1000),
        }
    }

    /// Speeds of a move to a place.
    pub(crate) fn move_speed(&self) -> PanTiltSpeed {
        PanTiltSpeed {
            pan: self.pan_speed,
            tilt: self.tilt_speed,
        }
    }

    /// The pan motor at this share of its speed.
    pub(crate) fn pan_motor(&self, speed: Speed) -> Motor {
        motor(speed, self.pan_speed)
    }

    /// The tilt motor at this share of its speed.
    pub(crate) fn tilt_motor(&self, speed: Speed) -> Motor {
        motor(speed, self.tilt_speed)
    }
}

/// A share of the fastest speed; the smallest that is not still is the slowest speed there is.
fn motor(speed: Speed, fastest: u8) -> Motor {
    let share = u16::from(speed.get().unsigned_abs());
    let step = (share * u16::from(fastest)).div_ceil(100);
    let step = u8::try_from(step).unwrap_or(fastest).max(1);
    match speed.get() {
        0 => Motor::Still,
        1.. => Motor::Plus(step),
        _ => Motor::Minus(step),
    }
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
        assert_eq!(motor(Speed::new(1), 0x18), Motor::Plus(1));
        assert_eq!(motor(Speed::new(-1), 0x18), Motor::Minus(1));
        assert_eq!(motor(Speed::new(100), 0x18), Motor::Plus(0x18));
        assert_eq!(motor(Speed::STILL, 0x18), Motor::Still);
        assert_eq!(zoom_move(Speed::new(1)), ZoomMove::Tele(0));
        assert_eq!(zoom_move(Speed::new(-100)), ZoomMove::Wide(7));
        assert_eq!(zoom_move(Speed::STILL), ZoomMove::Stop);
    }

    proptest! {
        #[test]
        fn steps_come_back_as_they_went(pan in -0x0990..=0x0990_i32, tilt in -0x01B0..=0x0510_i32, zoom in 0..=1000_u16) {
            let model = HeadModel::COMMON;
            let (_, _, z) = model.steps(Position { zoom, ..Position::default() });
            let place = model.position(pan, tilt, z);
            let (p, t, z2) = model.steps(place);
            prop_assert_eq!((i32::from(p), i32::from(t), z2), (pan, tilt, z));
        }
    }
}
