//! Words in a few sizes of one typeface, with umlauts; broken where they do not fit, and cut with dots where even that does not help.

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;
use u8g2_fonts::fonts::{
    u8g2_font_helvB08_tf, u8g2_font_helvB10_tf, u8g2_font_helvB12_tf, u8g2_font_helvB14_tf,
    u8g2_font_helvB18_tf, u8g2_font_helvB24_tf, u8g2_font_helvR08_tf, u8g2_font_helvR12_tf,
    u8g2_font_helvR14_tf, u8g2_font_helvR18_tf,
};
use u8g2_fonts::types::{FontColor, VerticalPosition};
use u8g2_fonts::{Error, FontRenderer};

/// A size of the typeface, by the height of its capitals in points. All hold ISO 8859-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Plain8,
    Plain12,
    Plain14,
    Plain18,
    Bold8,
    Bold10,
    Bold12,
    Bold14,
    Bold18,
    Bold24,
}

impl Face {
    fn renderer(self) -> FontRenderer {
        let renderer = match self {
            Face::Plain8 => FontRenderer::new::<u8g2_font_helvR08_tf>(),
            Face::Plain12 => FontRenderer::new::<u8g2_font_helvR12_tf>(),
            Face::Plain14 => FontRenderer::new::<u8g2_font_helvR14_tf>(),
            Face::Plain18 => FontRenderer::new::<u8g2_font_helvR18_tf>(),
            Face::Bold8 => FontRenderer::new::<u8g2_font_helvB08_tf>(),
            Face::Bold10 => FontRenderer::new::<u8g2_font_helvB10_tf>(),
            Face::Bold12 => FontRenderer::new::<u8g2_font_helvB12_tf>(),
            Face::Bold14 => FontRenderer::new::<u8g2_font_helvB14_tf>(),
            Face::Bold18 => FontRenderer::new::<u8g2_font_helvB18_tf>(),
            Face::Bold24 => FontRenderer::new::<u8g2_font_helvB24_tf>(),
        };
        renderer.with_ignore_unknown_chars(true)
    }

    /// Above the base line (a capital with dots), and below it.
    fn reach(self) -> (u32, u32) {
        let seen = self.renderer().get_rendered_dimensions(
            "ÄÜgjy",
            Point::zero(),
            VerticalPosition::Baseline,
        );
        let Some(area) = seen.ok().and_then(|dimensions| dimensions.bounding_box) else {
            return (0, 0);
        };
        let above = (-area.top_left.y).max(0) as u32;
        (above, area.size.height.saturating_sub(above))
    }

    /// Dots over a capital may touch what hangs down from the line above.
    fn line_height(self) -> u32 {
        let (above, below) = self.reach();
        above + below - above / 8
    }

    /// A capital without dots.
    fn capital(self) -> u32 {
        let seen =
            self.renderer()
                .get_rendered_dimensions("H", Point::zero(), VerticalPosition::Baseline);
        let area = seen.ok().and_then(|dimensions| dimensions.bounding_box);
        area.map_or(0, |area| area.size.height)
    }

    fn width(self, text: &str) -> u32 {
        let seen = self.renderer().get_rendered_dimensions(
            text,
            Point::zero(),
            VerticalPosition::Baseline,
        );
        seen.map_or(0, |dimensions| dimensions.advance.x.max(0) as u32)
    }
}

/// A text in a face.
pub(super) struct Words<'a> {
    face: Face,
    text: &'a str,
}

impl<'a> Words<'a> {
    pub fn of(face: Face, text: &'a str) -> Words<'a> {
        Words { face, text }
    }

    /// In one line of this width, in the largest of the faces in which it needs no cutting.
    pub fn fitting(faces: &[Face], text: &'a str, width: u32) -> Words<'a> {
        Words::first(faces, text, width, |_| 1).unwrap_or_else(|| Words::last(faces, text))
    }

    /// The same with the first of these numbers of lines that any face fits into.
    pub fn in_few(
        faces: &[Face],
        text: &'a str,
        width: u32,
        lines: &[usize],
    ) -> (Words<'a>, usize) {
        let found = lines.iter().find_map(|lines| {
            let words = Words::first(faces, text, width, |_| *lines)?;
            Some((words, *lines))
        });
        let most = lines.iter().copied().max().unwrap_or(1);
        found.unwrap_or_else(|| (Words::last(faces, text), most))
    }

    /// In the largest of the faces in which it needs no cutting inside of this place.
    pub fn filling(faces: &[Face], text: &'a str, place: Size) -> Words<'a> {
        let lines = |face| Words::of(face, text).fit_into(place.height);
        let found = Words::first(faces, text, place.width, lines);
        found.unwrap_or_else(|| Words::last(faces, text))
    }

    fn first(
        faces: &[Face],
        text: &'a str,
        width: u32,
        lines: impl Fn(Face) -> usize,
    ) -> Option<Words<'a>> {
        let text_plain = plain(text);
        let fits = |face: &&Face| {
            // A word that had to be broken inside is cut all the same.
            let whole = text_plain
                .split_whitespace()
                .all(|word| face.width(word) <= width);
            whole && broken(**face, &text_plain, width).len() <= lines(**face)
        };
        let face = faces.iter().find(fits)?;
        Some(Words::of(*face, text))
    }

    fn last(faces: &[Face], text: &'a str) -> Words<'a> {
        Words::of(faces.last().copied().unwrap_or(Face::Plain8), text)
    }

    /// So many lines fit into this height.
    pub fn fit_into(&self, height: u32) -> usize {
        // The first line needs room for its dots.
        let (above, _) = self.face.reach();
        (height.saturating_sub(above / 8)) as usize / self.face.line_height().max(1) as usize
    }

    pub fn lines(self, most: usize) -> Placed<'a> {
        Placed {
            words: self,
            most,
            area: Rectangle::zero(),
            middle: false,
        }
    }
}

/// A text with its place.
pub(super) struct Placed<'a> {
    words: Words<'a>,
    most: usize,
    area: Rectangle,
    middle: bool,
}

impl Placed<'_> {
    pub fn at_the_top_of(self, area: Rectangle) -> Self {
        Placed { area, ..self }
    }

    /// Half way between top and bottom.
    pub fn in_the_middle_of(self, area: Rectangle) -> Self {
        Placed {
            area,
            middle: true,
            ..self
        }
    }

    pub fn draw<D: DrawTarget>(self, target: &mut D, ink: D::Color) -> Result<(), D::Error> {
        self.draw_and_measure(target, ink).map(drop)
    }

    /// Gives back the height that was used.
    pub fn draw_and_measure<D: DrawTarget>(
        self,
        target: &mut D,
        ink: D::Color,
    ) -> Result<u32, D::Error> {
        let face = self.words.face;
        let width = self.area.size.width;
        let lines = cut(
            face,
            broken(face, &plain(self.words.text), width),
            width,
            self.most,
        );
        let (above, _) = face.reach();
        let height = face.line_height() * lines.len() as u32 + above / 8;
        let mut base = self.area.top_left.y + above as i32;
        if self.middle {
            // Capitals look centred, not what hangs below them.
            let height = self.area.size.height;
            base = self.area.top_left.y + ((height + face.capital()) / 2) as i32;
        }
        for line in lines {
            let at = Point::new(self.area.top_left.x, base);
            let drawn = face.renderer().render(
                line.as_str(),
                at,
                VerticalPosition::Baseline,
                FontColor::Transparent(ink),
                target,
            );
            if let Err(Error::DisplayError(error)) = drawn {
                return Err(error);
            }
            base += face.line_height() as i32;
        }
        Ok(height)
    }
}

/// Signs that ISO 8859-1 lacks, in those that it has.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '–' | '—' | '‑' | '−' => plain.push('-'),
            '„' | '“' | '”' => plain.push('"'),
            '‚' | '‘' | '’' => plain.push('\''),
            '…' => plain.push_str("..."),
            '\u{202F}' | '\u{2009}' | '\u{A0}' => plain.push(' '),
            '€' => plain.push_str("EUR"),
            sign if (sign as u32) < 0x100 => plain.push(sign),
            _ => plain.push('?'),
        }
    }
    plain
}

/// Lines at spaces; a word that fits no line is broken inside.
fn broken(face: Face, text: &str, width: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = match line.is_empty() {
            true => word.to_owned(),
            false => format!("{line} {word}"),
        };
        if face.width(&longer) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(core::mem::take(&mut line));
        }
        for sign in word.chars() {
            line.push(sign);
            if face.width(&line) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(core::mem::replace(&mut line, sign.to_string()));
            }
        }
    }
    lines.push(line);
    lines
}

/// At most so many lines; the last one says by dots that there was more.
fn cut(face: Face, mut lines: Vec<String>, width: u32, most: usize) -> Vec<String> {
    if lines.len() <= most {
        return lines;
    }
    lines.truncate(most);
    if let Some(last) = lines.last_mut() {
        while !last.is_empty() && face.width(&format!("{last}...")) > width {
            last.pop();
        }
        *last = format!("{}...", last.trim_end());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_have_signs_of_their_own() {
        for face in [Face::Plain8, Face::Bold12, Face::Bold24] {
            for sign in ["Ä", "ö", "ü", "ß", "é", "§"] {
                assert!(face.width(sign) > 0, "{sign} in {face:?}");
            }
        }
        assert_eq!(plain("„Größe“ – 5 € …"), "\"Größe\" - 5 EUR ...");
        assert_eq!(plain("日"), "?");
    }

    #[test]
    fn lines_break_at_spaces_and_end_in_dots() {
        let text = "Niemand hat den Raum hereingelassen";
        let lines = broken(Face::Plain8, text, 100);
        assert!(lines.len() > 1 && lines.iter().all(|line| Face::Plain8.width(line) <= 100));
        assert_eq!(lines.join(" "), text);
        let one = cut(Face::Plain8, lines, 100, 1);
        assert!(
            one[0].ends_with("...") && Face::Plain8.width(&one[0]) <= 100,
            "{one:?}"
        );
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken_inside() {
        let lines = broken(Face::Bold12, "Grünflächenausschusssitzung", 60);
        assert!(
            lines.len() > 2 && lines.iter().all(|line| Face::Bold12.width(line) <= 60),
            "{lines:?}"
        );
    }

    #[test]
    fn the_largest_face_that_fits_is_taken() {
        let faces = [Face::Bold24, Face::Bold12, Face::Bold8];
        let face = |text: &str, width| Words::fitting(&faces, text, width).face;
        assert_eq!(face("Frei", 200), Face::Bold24);
        assert_eq!(face("Frei bis 14:00", 110), Face::Bold12);
        assert_eq!(
            face("Frei bis 14:00 und noch viel länger", 110),
            Face::Bold8
        );
    }
}
