//! Signs: what a room does, and its microphone. Shapes that differ without any colour.

use super::Pair;
use crate::show::{Mic, Tone};
use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{AngleUnit, Point, Size};
use embedded_graphics::prelude::Primitive;
use embedded_graphics::primitives::{
    Arc, Circle, CornerRadii, Line, PrimitiveStyle, Rectangle, RoundedRectangle, Triangle,
};

/// A sign's own measures: thirds and tenths of a square, whatever its size.
struct Square {
    area: Rectangle,
    side: i32,
}

impl Square {
    fn of(area: Rectangle) -> Square {
        Square {
            area,
            side: area.size.width.min(area.size.height) as i32,
        }
    }

    /// In hundredths of the side.
    fn at(&self, x: i32, y: i32) -> Point {
        let to = |share: i32| (share * (self.side - 1) + 50) / 100;
        self.area.top_left + Point::new(to(x), to(y))
    }

    fn length(&self, share: i32) -> u32 {
        (share * self.side / 100).max(1) as u32
    }

    fn stroke(&self) -> u32 {
        (self.side / 10).max(1) as u32
    }
}

/// What the room does.
pub(super) fn tone<D: DrawTarget>(
    target: &mut D,
    area: Rectangle,
    pair: Pair<D::Color>,
    tone: Tone,
) -> Result<(), D::Error> {
    let square = Square::of(area);
    let fill = PrimitiveStyle::with_fill(pair.ink);
    let stroke = PrimitiveStyle::with_stroke(pair.ink, square.stroke());
    let ring = |share: i32| Circle::with_center(square.at(50, 50), square.length(share));
    match tone {
        Tone::Free => ring(80).into_styled(stroke).draw(target),
        Tone::Busy => ring(84).into_styled(fill).draw(target),
        Tone::Soon => {
            ring(80).into_styled(stroke).draw(target)?;
            Line::new(square.at(50, 50), square.at(50, 25))
                .into_styled(stroke)
                .draw(target)?;
            Line::new(square.at(50, 50), square.at(68, 58))
                .into_styled(stroke)
                .draw(target)
        }
        Tone::Working => {
            for x in [10, 50, 90] {
                let dot = Circle::with_center(square.at(x, 50), square.length(20).max(2));
                dot.into_styled(fill).draw(target)?;
            }
            Ok(())
        }
        Tone::Attention => {
            let triangle = Triangle::new(square.at(50, 6), square.at(4, 92), square.at(96, 92));
            triangle.into_styled(fill).draw(target)?;
            let inner = PrimitiveStyle::with_stroke(pair.ground, square.stroke());
            Line::new(square.at(50, 36), square.at(50, 62))
                .into_styled(inner)
                .draw(target)?;
            let dot = Rectangle::with_center(square.at(50, 78), Size::new_equal(square.stroke()));
            dot.into_styled(PrimitiveStyle::with_fill(pair.ground))
                .draw(target)
        }
    }
}

/// The microphone.
pub(super) fn mic<D: DrawTarget>(
    target: &mut D,
    area: Rectangle,
    pair: Pair<D::Color>,
    mic: Mic,
) -> Result<(), D::Error> {
    let square = Square::of(area);
    body(target, &square, pair)?;
    let stroke = PrimitiveStyle::with_stroke(pair.ink, square.stroke());
    match mic {
        Mic::Open => {
            for share in [30, 58] {
                let wave = Arc::with_center(
                    square.at(66, 34),
                    square.length(share),
                    (-45.0).deg(),
                    90.0.deg(),
                );
                wave.into_styled(stroke).draw(target)?;
            }
            Ok(())
        }
        Mic::Closed => {
            // The line keeps a dark edge, so that it is seen upon the microphone too.
            let gap = PrimitiveStyle::with_stroke(pair.ground, square.stroke() * 3);
            let line = Line::new(square.at(6, 6), square.at(80, 94));
            line.into_styled(gap).draw(target)?;
            line.into_styled(stroke).draw(target)
        }
        Mic::Unknown => {
            let bow = Arc::with_center(
                square.at(82, 26),
                square.length(30),
                180.0.deg(),
                250.0.deg(),
            );
            bow.into_styled(stroke).draw(target)?;
            Line::new(square.at(82, 42), square.at(82, 56))
                .into_styled(stroke)
                .draw(target)?;
            let dot = Rectangle::with_center(square.at(82, 72), Size::new_equal(square.stroke()));
            dot.into_styled(PrimitiveStyle::with_fill(pair.ink))
                .draw(target)
        }
    }
}

fn body<D: DrawTarget>(
    target: &mut D,
    square: &Square,
    pair: Pair<D::Color>,
) -> Result<(), D::Error> {
    let stroke = PrimitiveStyle::with_stroke(pair.ink, square.stroke());
    let capsule = Rectangle::with_corners(square.at(30, 4), square.at(58, 60));
    let radius = Size::new_equal(capsule.size.width / 2);
    RoundedRectangle::new(capsule, CornerRadii::new(radius))
        .into_styled(PrimitiveStyle::with_fill(pair.ink))
        .draw(target)?;
    let cradle = Arc::with_center(square.at(44, 46), square.length(56), 0.0.deg(), 180.0.deg());
    cradle.into_styled(stroke).draw(target)?;
    Line::new(square.at(44, 76), square.at(44, 94))
        .into_styled(stroke)
        .draw(target)?;
    Line::new(square.at(24, 94), square.at(64, 94))
        .into_styled(stroke)
        .draw(target)
}
