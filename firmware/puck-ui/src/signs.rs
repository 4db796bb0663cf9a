//! Signs beside the words: shapes that differ without any colour, of straight lines and circles only.

use crate::screen::Sign;
use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::PixelColor;
use embedded_graphics::prelude::Primitive;
use embedded_graphics::primitives::{
    Circle, CornerRadii, Line, PrimitiveStyle, Rectangle, RoundedRectangle, Triangle,
};

/// What is written, and on what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<C> {
    pub ink: C,
    pub ground: C,
}

/// A square's own measures, and its two colours.
struct Square<C> {
    corner: Point,
    side: i32,
    ink: C,
    ground: C,
}

impl<C: PixelColor> Square<C> {
    /// In hundredths of the side.
    fn at(&self, x: i32, y: i32) -> Point {
        let to = |share: i32| (share * (self.side - 1) + 50) / 100;
        self.corner + Point::new(to(x), to(y))
    }

    fn length(&self, share: i32) -> u32 {
        (share * self.side / 100).max(1) as u32
    }

    fn stroke(&self) -> u32 {
        (self.side / 9).max(1) as u32
    }

    fn line<D: DrawTarget<Color = C>>(
        &self,
        target: &mut D,
        from: (i32, i32),
        to: (i32, i32),
    ) -> Result<(), D::Error> {
        let style = PrimitiveStyle::with_stroke(self.ink, self.stroke());
        self.line_of(target, [from, to], style)
    }

    fn line_of<D: DrawTarget<Color = C>>(
        &self,
        target: &mut D,
        [from, to]: [(i32, i32); 2],
        style: PrimitiveStyle<C>,
    ) -> Result<(), D::Error> {
        Line::new(self.at(from.0, from.1), self.at(to.0, to.1))
            .into_styled(style)
            .draw(target)
    }
}

pub(crate) fn draw<D: DrawTarget>(
    target: &mut D,
    place: Rectangle,
    sign: Sign,
    Pair { ink, ground }: Pair<D::Color>,
) -> Result<(), D::Error> {
    let side = place.size.height as i32 * 7 / 8;
    let square = Square {
        corner: place.top_left + Point::new_equal((place.size.height as i32 - side) / 2),
        side,
        ink,
        ground,
    };
    let fill = PrimitiveStyle::with_fill(ink);
    let stroke = PrimitiveStyle::with_stroke(ink, square.stroke());
    let circle = Circle::with_center(square.at(50, 50), square.length(84));
    match sign {
        Sign::None => Ok(()),
        Sign::Free => circle.into_styled(stroke).draw(target),
        Sign::Coming => {
            circle.into_styled(stroke).draw(target)?;
            square.line(target, (50, 50), (50, 24))?;
            square.line(target, (50, 50), (70, 58))
        }
        Sign::Moving => [12, 50, 88].iter().try_for_each(|x| {
            let dot = Circle::with_center(square.at(*x, 50), square.length(22).max(4));
            dot.into_styled(fill).draw(target)
        }),
        Sign::Waiting => {
            let upper = [square.at(14, 6), square.at(86, 6), square.at(50, 50)];
            let lower = [square.at(14, 94), square.at(86, 94), square.at(50, 50)];
            let [a, b, c] = upper;
            Triangle::new(a, b, c).into_styled(stroke).draw(target)?;
            let [a, b, c] = lower;
            Triangle::new(a, b, c).into_styled(fill).draw(target)
        }
        Sign::Question => {
            square.line(target, (24, 30), (34, 12))?;
            square.line(target, (34, 12), (66, 12))?;
            square.line(target, (66, 12), (76, 30))?;
            square.line(target, (76, 30), (50, 52))?;
            square.line(target, (50, 52), (50, 66))?;
            dot(target, &square, (50, 88), ink)
        }
        Sign::Trouble => {
            let triangle = Triangle::new(square.at(50, 6), square.at(4, 94), square.at(96, 94));
            triangle.into_styled(fill).draw(target)?;
            let inner = PrimitiveStyle::with_stroke(square.ground, square.stroke());
            square.line_of(target, [(50, 36), (50, 62)], inner)?;
            dot(target, &square, (50, 80), square.ground)
        }
        Sign::NoLink => {
            let wide = PrimitiveStyle::with_stroke(ink, square.stroke().max(2));
            square.line_of(target, [(12, 12), (88, 88)], wide)?;
            square.line_of(target, [(88, 12), (12, 88)], wide)
        }
        Sign::MicOpen | Sign::MicClosed | Sign::MicUnknown => mic(target, &square, sign),
    }
}

fn mic<D: DrawTarget>(
    target: &mut D,
    square: &Square<D::Color>,
    sign: Sign,
) -> Result<(), D::Error> {
    let capsule = Rectangle::with_corners(square.at(26, 2), square.at(54, 56));
    let radius = Size::new_equal(capsule.size.width / 2);
    RoundedRectangle::new(capsule, CornerRadii::new(radius))
        .into_styled(PrimitiveStyle::with_fill(square.ink))
        .draw(target)?;
    for (from, to) in [
        ((10, 44), (10, 60)),
        ((10, 60), (24, 74)),
        ((24, 74), (56, 74)),
        ((56, 74), (70, 60)),
        ((70, 60), (70, 44)),
        ((40, 74), (40, 94)),
        ((22, 96), (58, 96)),
    ] {
        square.line(target, from, to)?;
    }
    match sign {
        Sign::MicClosed => {
            // The line keeps a dark edge, so that it is seen upon the microphone too.
            let gap = PrimitiveStyle::with_stroke(square.ground, square.stroke() * 3);
            square.line_of(target, [(4, 4), (84, 96)], gap)?;
            square.line(target, (4, 4), (84, 96))
        }
        Sign::MicOpen => {
            square.line(target, (82, 18), (82, 44))?;
            square.line(target, (98, 6), (98, 56))
        }
        _ => {
            square.line(target, (90, 10), (90, 40))?;
            dot(target, square, (90, 58), square.ink)
        }
    }
}

fn dot<D: DrawTarget>(
    target: &mut D,
    square: &Square<D::Color>,
    (x, y): (i32, i32),
    colour: D::Color,
) -> Result<(), D::Error> {
    let area = Rectangle::with_center(square.at(x, y), Size::new_equal(square.stroke()));
    area.into_styled(PrimitiveStyle::with_fill(colour))
        .draw(target)
}
