//! Words: the few that the button says of itself, and any text set in the largest face that fits its place.
//! Knows no screen; allocates nothing.

use crate::draw::Glass;
use crate::screen::written;
use core::fmt;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::primitives::Rectangle;
use heapless::Vec;
use u8g2_fonts::fonts::{
    u8g2_font_fub30_tf, u8g2_font_helvB08_tf, u8g2_font_helvB10_tf, u8g2_font_helvB12_tf,
    u8g2_font_helvB14_tf, u8g2_font_helvB18_tf, u8g2_font_helvB24_tf,
};
use u8g2_fonts::types::{FontColor, VerticalPosition};
use u8g2_fonts::{Error, Font, FontRenderer};
use wire::{Text, Tongue};

/// What no host can say.
pub(crate) struct Own {
    pub no_connection: &'static str,
    pub connecting: &'static str,
    pub other_version: &'static str,
    pub not_sent: &'static str,
    pub unconfirmed: &'static str,
    pub hold: &'static str,
    tongue: Tongue,
}

const GERMAN: Own = Own {
    no_connection: "Keine Verbindung",
    connecting: "Verbindung wird aufgebaut",
    other_version: "Passt nicht zum Raum",
    not_sent: "Nicht gesendet",
    unconfirmed: "Nicht bestätigt",
    hold: "Halten: verlassen",
    tongue: Tongue::German,
};

const ENGLISH: Own = Own {
    no_connection: "No connection",
    connecting: "Connecting to the room",
    other_version: "Does not fit this room",
    not_sent: "Not sent",
    unconfirmed: "Not confirmed",
    hold: "Hold to leave",
    tongue: Tongue::English,
};

impl Own {
    pub fn of(tongue: Tongue) -> &'static Own {
        match tongue {
            Tongue::German => &GERMAN,
            Tongue::English | Tongue::Other(_) => &ENGLISH,
        }
    }

    /// So long until something begins or ends; on a small display the sign says which.
    pub fn count(&self, minutes: u16, end: End, glass: Glass) -> Text {
        let span = Span(minutes);
        match (glass, end, self.tongue) {
            (Glass::Ssd1306, _, _) => written(format_args!("{span}")),
            (Glass::St7789, End::Begins, _) => written(format_args!("in {span}")),
            (Glass::St7789, End::Ends, Tongue::German) => written(format_args!("noch {span}")),
            (Glass::St7789, End::Ends, _) => written(format_args!("{span} left")),
        }
    }
}

/// What is counted down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Begins,
    Ends,
}

/// Minutes as people say them.
struct Span(u16);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            minutes @ 0..60 => write!(f, "{minutes} min"),
            minutes => write!(f, "{}:{:02} h", minutes / 60, minutes % 60),
        }
    }
}

/// A size of the typeface, by the height of its capitals in points. All hold ISO 8859-1.
#[derive(Debug, Clone)]
pub(crate) struct Face(FontRenderer);

pub(crate) const BOLD_8: Face = Face::of::<u8g2_font_helvB08_tf>();
pub(crate) const BOLD_10: Face = Face::of::<u8g2_font_helvB10_tf>();
pub(crate) const BOLD_12: Face = Face::of::<u8g2_font_helvB12_tf>();
pub(crate) const BOLD_14: Face = Face::of::<u8g2_font_helvB14_tf>();
pub(crate) const BOLD_18: Face = Face::of::<u8g2_font_helvB18_tf>();
pub(crate) const BOLD_24: Face = Face::of::<u8g2_font_helvB24_tf>();
pub(crate) const BOLD_30: Face = Face::of::<u8g2_font_fub30_tf>();

/// Most lines of a text.
const MOST_LINES: usize = 3;
type Lines<'a> = Vec<&'a str, MOST_LINES>;

/// Signs that ISO 8859-1 lacks, in those that it has.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.0.chars().try_for_each(|sign| match sign {
            '–' | '—' | '‑' | '−' => f.write_char('-'),
            '„' | '“' | '”' => f.write_char('"'),
            '‚' | '‘' | '’' => f.write_char('\''),
            '…' => f.write_str("..."),
            '\u{202F}' | '\u{2009}' | '\u{A0}' => f.write_char(' '),
            sign if (sign as u32) < 0x100 => f.write_char(sign),
            _ => f.write_char('?'),
        })
    }
}

impl Face {
    const fn of<F: Font>() -> Face {
        Face(FontRenderer::new::<F>().with_ignore_unknown_chars(true))
    }

    /// How far this text goes above the base line and below it.
    fn reach(&self, text: &str) -> (i32, i32) {
        let seen = self.0.get_rendered_dimensions(
            format_args!("{}", Plain(text)),
            Point::zero(),
            VerticalPosition::Baseline,
        );
        let area = seen.ok().and_then(|dimensions| dimensions.bounding_box);
        area.map_or((0, 0), |area| {
            let above = -area.top_left.y;
            (above, area.size.height as i32 - above)
        })
    }

    fn capital(&self) -> i32 {
        self.reach("H").0
    }

    /// From base line to base line. Dots over a capital may touch what hangs down from the line above.
    fn line_height(&self) -> i32 {
        let (capital, below) = self.reach("Hg");
        capital + below + 1
    }

    fn width(&self, text: &str) -> u32 {
        let seen = self.0.get_rendered_dimensions(
            format_args!("{}", Plain(text)),
            Point::zero(),
            VerticalPosition::Baseline,
        );
        seen.map_or(0, |dimensions| dimensions.advance.x.max(0) as u32)
    }

    /// Lines at spaces; `None` when a word is wider than the place or there are too many lines.
    fn broken<'t>(&self, text: &'t str, width: u32) -> Option<Lines<'t>> {
        let mut lines = Lines::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let ends = rest
                .match_indices(' ')
                .map(|(at, _)| at)
                .chain([rest.len()]);
            let splits = ends.filter_map(|end| rest.split_at_checked(end));
            let fitting = splits.take_while(|(line, _)| self.width(line) <= width);
            let (line, left) = fitting.last()?;
            lines.push(line).ok()?;
            rest = left.trim_start();
        }
        Some(lines)
    }

    /// As much of one line as fits beside three dots.
    fn cut<'t>(&self, text: &'t str, width: u32) -> &'t str {
        let dots = self.width("...");
        let starts = text.char_indices().filter_map(|(end, _)| text.get(..end));
        let fits = |start: &&str| self.width(start) + dots <= width;
        starts.take_while(fits).last().map_or("", str::trim_end)
    }
}

/// A text broken into lines of one face.
struct Set<'a> {
    face: &'static Face,
    lines: Lines<'a>,
}

impl Set<'_> {
    fn above(&self) -> i32 {
        self.lines.first().map_or(0, |line| self.face.reach(line).0)
    }

    fn below(&self) -> i32 {
        self.lines.last().map_or(0, |line| self.face.reach(line).1)
    }

    /// From the first base line to the last.
    fn between(&self) -> i32 {
        self.face.line_height() * (self.lines.len() as i32 - 1).max(0)
    }

    fn height(&self) -> i32 {
        self.above() + self.between() + self.below()
    }
}

/// Where and how a text is set.
pub(crate) struct Setting {
    pub place: Rectangle,
    /// From the largest to the smallest.
    pub faces: &'static [Face],
    pub margin: u32,
    pub side: Side,
}

/// To which side a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Middle,
    Right,
}

impl Setting {
    /// Draws a text in the largest face in which it needs no cutting.
    pub fn draw<D: DrawTarget>(
        &self,
        target: &mut D,
        text: &str,
        ink: D::Color,
    ) -> Result<(), D::Error> {
        let width = self.place.size.width.saturating_sub(2 * self.margin);
        let fitting = self.faces.iter().find_map(|face| {
            let lines = face.broken(text, width)?;
            let set = Set { face, lines };
            (set.height() <= self.place.size.height as i32).then_some(set)
        });
        if let Some(set) = fitting {
            return self.draw_set(target, &set, ink);
        }
        let Some(face) = self.faces.last() else {
            return Ok(());
        };
        let cut = written(format_args!("{}...", face.cut(text, width)));
        let lines = Lines::from_iter([cut.as_str()]);
        self.draw_set(target, &Set { face, lines }, ink)
    }

    fn draw_set<D: DrawTarget>(
        &self,
        target: &mut D,
        set: &Set,
        ink: D::Color,
    ) -> Result<(), D::Error> {
        let mut base = self.first_base(set);
        for line in &set.lines {
            let at = Point::new(self.left(set.face.width(line)), base);
            let drawn = set.face.0.render(
                format_args!("{}", Plain(line)),
                at,
                VerticalPosition::Baseline,
                FontColor::Transparent(ink),
                target,
            );
            if let Err(Error::DisplayError(error)) = drawn {
                return Err(error);
            }
            base += set.face.line_height();
        }
        Ok(())
    }

    /// Capitals look centred, not what hangs below them; but nothing may hang out.
    fn first_base(&self, set: &Set) -> i32 {
        let height = self.place.size.height as i32;
        let (capital, between) = (set.face.capital(), set.between());
        let centred = (height - capital - between) / 2 + capital;
        let lowest = height - set.below() - between;
        self.place.top_left.y + centred.min(lowest).max(set.above())
    }

    fn left(&self, width: u32) -> i32 {
        let (place, margin) = (self.place, self.margin as i32);
        let free = place.size.width as i32 - width as i32;
        place.top_left.x
            + match self.side {
                Side::Left => margin,
                Side::Middle => free / 2,
                Side::Right => free - margin,
            }
    }
}
