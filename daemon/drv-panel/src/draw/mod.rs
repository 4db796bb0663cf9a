//! A `Show` to pixels, on any target: signs, words, and where they stand on which size. Knows no bus.
//!
//! Nothing is said by colour alone: each state has a sign of its own, and words beside it.

mod signs;
mod words;

use crate::show::{Mic, Show, Tone};
use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor, Rgb565, RgbColor};
use embedded_graphics::prelude::Primitive;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use words::{Face, Words};

/// A ground and what is written on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<C> {
    ground: C,
    ink: C,
}

/// The colours of a panel.
#[derive(Debug, Clone, Copy)]
pub struct Palette<C> {
    page: Pair<C>,
    free: Pair<C>,
    busy: Pair<C>,
    attention: Pair<C>,
    mic_open: Pair<C>,
    mic_closed: Pair<C>,
    mic_unknown: Pair<C>,
    /// Parts of the screen are told apart by a line, where their grounds are alike.
    ruled: bool,
}

impl Palette<Rgb565> {
    /// For panels with colours: white on dark grounds, each pair with a contrast of more than 4.5 to 1.
    pub fn colour() -> Self {
        let white = Rgb565::WHITE;
        let on = |red: u8, green: u8, blue: u8| Pair {
            ground: Rgb565::new(red >> 3, green >> 2, blue >> 3),
            ink: white,
        };
        let dark_on_amber = Pair {
            ground: Rgb565::new(0xF0 >> 3, 0xB0 >> 2, 0x20 >> 3),
            ink: Rgb565::BLACK,
        };
        Palette {
            page: on(0x10, 0x18, 0x20),
            free: on(0x30, 0x48, 0x58),
            busy: on(0x10, 0x50, 0x98),
            attention: dark_on_amber,
            mic_open: on(0x00, 0x70, 0x38),
            mic_closed: on(0xA8, 0x18, 0x28),
            mic_unknown: dark_on_amber,
            ruled: false,
        }
    }
}

impl Palette<BinaryColor> {
    /// For lit pixels on dark glass: an open microphone is written dark on a lit bar.
    pub fn lit() -> Self {
        Palette::of_two(BinaryColor::Off, BinaryColor::On)
    }

    /// For ink on paper, where `On` is ink.
    pub fn ink() -> Self {
        Palette::of_two(BinaryColor::Off, BinaryColor::On)
    }
}

impl<C: PixelColor> Palette<C> {
    fn of_two(ground: C, ink: C) -> Self {
        let plain = Pair { ground, ink };
        let turned = Pair {
            ground: ink,
            ink: ground,
        };
        Palette {
            page: plain,
            free: plain,
            busy: plain,
            attention: turned,
            mic_open: turned,
            mic_closed: plain,
            mic_unknown: plain,
            ruled: true,
        }
    }

    fn of_tone(&self, tone: Tone) -> Pair<C> {
        match tone {
            Tone::Free => self.free,
            Tone::Soon | Tone::Working | Tone::Busy => self.busy,
            Tone::Attention => self.attention,
        }
    }

    fn of_mic(&self, mic: Mic) -> Pair<C> {
        match mic {
            Mic::Open => self.mic_open,
            Mic::Closed => self.mic_closed,
            Mic::Unknown => self.mic_unknown,
        }
    }

    /// What lies under everything.
    pub fn ground(&self) -> C {
        self.page.ground
    }
}

/// How a size is used.
struct Style {
    margin: u32,
    top: &'static [Face],
    top_height: u32,
    headline: &'static [Face],
    /// Tried one after the other; one line leaves more for the meeting, two are read from further away.
    headline_lines: &'static [usize],
    body: Face,
    /// For a sentence that must be read whole.
    sentence: &'static [Face],
    mic: &'static [Face],
    mic_height: u32,
}

impl Style {
    fn of(size: Size) -> Style {
        match (size.width, size.height) {
            (_, 0..100) => Style {
                margin: 1,
                top: &[Face::Bold8],
                top_height: 12,
                headline: &[Face::Bold12, Face::Bold10, Face::Bold8],
                headline_lines: &[1, 2],
                body: Face::Plain8,
                sentence: &[Face::Bold10, Face::Plain8],
                mic: &[Face::Bold8],
                mic_height: 13,
            },
            (_, 100..200) => Style {
                margin: 6,
                top: &[Face::Bold12, Face::Bold10],
                top_height: 24,
                headline: &[Face::Bold18, Face::Bold14, Face::Bold12],
                headline_lines: &[1, 2],
                body: Face::Plain12,
                sentence: &[Face::Bold18, Face::Bold14, Face::Bold12, Face::Plain12],
                mic: &[Face::Bold14, Face::Bold12],
                mic_height: 28,
            },
            (0..300, _) => Style {
                margin: 8,
                top: &[Face::Bold14, Face::Bold12],
                top_height: 36,
                headline: &[Face::Bold24, Face::Bold18, Face::Bold14],
                headline_lines: &[2],
                body: Face::Plain14,
                sentence: &[Face::Bold18, Face::Bold14, Face::Plain14, Face::Plain12],
                mic: &[Face::Bold18, Face::Bold14, Face::Bold12],
                mic_height: 50,
            },
            _ => Style {
                margin: 12,
                top: &[Face::Bold18, Face::Bold14],
                top_height: 42,
                headline: &[Face::Bold24, Face::Bold18],
                headline_lines: &[2],
                body: Face::Plain18,
                sentence: &[Face::Bold24, Face::Bold18, Face::Plain18, Face::Plain14],
                mic: &[Face::Bold24, Face::Bold18, Face::Bold14, Face::Bold12],
                mic_height: 58,
            },
        }
    }
}

/// Draws the whole screen.
///
/// # Errors
/// Those of the target.
pub fn draw<D: DrawTarget>(
    target: &mut D,
    palette: &Palette<D::Color>,
    show: &Show,
) -> Result<(), D::Error> {
    let screen = target.bounding_box();
    let style = Style::of(screen.size);
    target.fill_solid(&screen, palette.page.ground)?;
    let (top, rest) = split(screen, style.top_height);
    let (middle, bottom) = split(rest, rest.size.height.saturating_sub(style.mic_height));
    let head = Bar {
        area: top,
        pair: palette.of_tone(show.tone),
        margin: style.margin,
        faces: style.top,
        text: &show.room,
    };
    head.draw(target, |target, area, pair| {
        signs::tone(target, area, pair, show.tone)
    })?;
    let foot = Bar {
        area: bottom,
        pair: palette.of_mic(show.mic),
        margin: style.margin,
        faces: style.mic,
        text: &show.mic_text,
    };
    foot.draw(target, |target, area, pair| {
        signs::mic(target, area, pair, show.mic)
    })?;
    let body = Body {
        area: inside(middle, style.margin),
        ink: palette.page.ink,
        style,
    };
    body.draw(target, show)?;
    if palette.ruled {
        rule(target, rest, palette)?;
        rule(target, bottom, palette)?;
    }
    Ok(())
}

/// A sign and a line of words beside it, on a ground of its own.
struct Bar<'a, C> {
    area: Rectangle,
    pair: Pair<C>,
    margin: u32,
    faces: &'a [Face],
    text: &'a str,
}

impl<C: PixelColor> Bar<'_, C> {
    fn draw<D: DrawTarget<Color = C>>(
        &self,
        target: &mut D,
        sign: impl Fn(&mut D, Rectangle, Pair<C>) -> Result<(), D::Error>,
    ) -> Result<(), D::Error> {
        let Size { width, height } = self.area.size;
        target.fill_solid(&self.area, self.pair.ground)?;
        // A sign is square and keeps away from the edges of its bar.
        let side = match height {
            0..16 => height.saturating_sub(2),
            _ => height - height / 5,
        };
        let corner = Point::new(self.margin as i32, (height.saturating_sub(side) / 2) as i32);
        let place = Rectangle::new(self.area.top_left + corner, Size::new(side, side));
        sign(target, place, self.pair)?;
        let left = self.margin + side + self.margin.max(4);
        let beside = Rectangle::new(
            self.area.top_left + Point::new(left as i32, 0),
            Size::new(width.saturating_sub(left + self.margin), height),
        );
        Words::fitting(self.faces, self.text, beside.size.width)
            .lines(1)
            .in_the_middle_of(beside)
            .draw(target, self.pair.ink)
    }
}

/// What stands between head and foot.
struct Body<C> {
    area: Rectangle,
    ink: C,
    style: Style,
}

impl<C: PixelColor> Body<C> {
    fn draw<D: DrawTarget<Color = C>>(&self, target: &mut D, show: &Show) -> Result<(), D::Error> {
        let (area, style) = (self.area, &self.style);
        // A sentence that says what is wrong needs all the room, and takes the headline's place.
        if let Some(trouble) = &show.trouble {
            let words = Words::filling(style.sentence, trouble, area.size);
            let lines = words.fit_into(area.size.height);
            return words
                .lines(lines)
                .at_the_top_of(area)
                .draw(target, self.ink);
        }
        let tries = style.headline_lines;
        let (headline, lines) =
            Words::in_few(style.headline, &show.headline, area.size.width, tries);
        let placed = headline.lines(lines).at_the_top_of(area);
        let used = placed.draw_and_measure(target, self.ink)?;
        let (_, below) = split(area, used + style.margin / 2);
        let Some(next) = &show.next else {
            return Ok(());
        };
        let words = Words::of(style.body, next);
        let lines = words.fit_into(below.size.height);
        words
            .lines(lines)
            .at_the_top_of(below)
            .draw(target, self.ink)
    }
}

/// Without its edges.
fn inside(area: Rectangle, margin: u32) -> Rectangle {
    Rectangle::new(
        area.top_left + Point::new(margin as i32, (margin / 2) as i32),
        Size::new(
            area.size.width.saturating_sub(2 * margin),
            area.size.height.saturating_sub(margin),
        ),
    )
}

/// The upper part of this height, and the rest.
fn split(area: Rectangle, height: u32) -> (Rectangle, Rectangle) {
    let height = height.min(area.size.height);
    let upper = Rectangle::new(area.top_left, Size::new(area.size.width, height));
    let lower = Rectangle::new(
        area.top_left + Point::new(0, height as i32),
        Size::new(area.size.width, area.size.height - height),
    );
    (upper, lower)
}

/// A line along the upper edge.
fn rule<D: DrawTarget>(
    target: &mut D,
    area: Rectangle,
    palette: &Palette<D::Color>,
) -> Result<(), D::Error> {
    let line = Rectangle::new(area.top_left, Size::new(area.size.width, 1));
    line.into_styled(PrimitiveStyle::with_fill(palette.page.ink))
        .draw(target)
}
