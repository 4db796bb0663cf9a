//! The chamber itself, all around the camera: painted once, in degrees of pan and tilt.
//! Nothing in it moves; what it shows at which angle is part of the emulator's contract with its presets.

use super::canvas::{Canvas, Yuv};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_10X20;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Alignment, Text};

/// How fine the chamber is painted.
pub(super) const PIXELS_PER_DEGREE: f64 = 16.0;
/// Pan angle of the left edge.
pub(super) const LEFT: f64 = -210.0;
/// Tilt angle of the upper edge.
pub(super) const TOP: f64 = 60.0;
const WIDTH_DEGREES: f64 = 420.0;
const HEIGHT_DEGREES: f64 = 110.0;

const CEILING: f64 = 30.0;
const FLOOR: f64 = -24.0;
const PANEL: f64 = -6.0;

fn rgb(hex: u32) -> Rgb888 {
    let [_, r, g, b] = hex.to_be_bytes();
    Rgb888::new(r, g, b)
}

/// A colour between two, at a share from 0 to 1.
fn mix(a: Rgb888, b: Rgb888, share: f64) -> Rgb888 {
    let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    Rgb888::new(part(a.r(), b.r()), part(a.g(), b.g()), part(a.b(), b.b()))
}

/// A place in degrees: pan (right positive), tilt (up positive).
type At = (f64, f64);

/// A brush that thinks in degrees.
struct Brush {
    canvas: Canvas,
}

impl Brush {
    fn point(&self, (pan, tilt): At) -> Point {
        let pixels = |degrees: f64| (degrees * PIXELS_PER_DEGREE).round() as i32;
        Point::new(pixels(pan - LEFT), pixels(TOP - tilt))
    }

    /// The area between its left lower and right upper corner.
    fn area(&self, low: At, high: At) -> Rectangle {
        let from = self.point((low.0, high.1));
        let to = self.point((high.0, low.1));
        Rectangle::with_corners(from, to - Point::new(1, 1))
    }

    fn rect(&mut self, low: At, high: At, colour: u32) {
        let area = self.area(low, high);
        self.canvas.fill(&area, rgb(colour).into());
    }

    /// Fills each row of an area between the two edges that `edges` gives for the row's middle, in pixels.
    fn rows(&mut self, area: Rectangle, colour: u32, edges: impl Fn(f64) -> (f64, f64)) {
        let colour = Yuv::from(rgb(colour));
        for row in area.rows() {
            let (left, right) = edges(f64::from(row) + 0.5);
            let (left, right) = (left.round() as i32, right.round() as i32);
            let width = (right - left).max(0) as u32;
            let line = Rectangle::new(Point::new(left, row), Size::new(width, 1));
            self.canvas.fill(&line, colour);
        }
    }

    fn round(&mut self, (low, high): (At, At), radius: f64, colour: u32) {
        let area = self.area(low, high);
        let radius = radius * PIXELS_PER_DEGREE;
        let (top, left) = (f64::from(area.top_left.y), f64::from(area.top_left.x));
        let (wide, high) = (f64::from(area.size.width), f64::from(area.size.height));
        self.rows(area, colour, |row| {
            let from_edge = (row - top).min(top + high - row);
            let over = (radius - from_edge).max(0.0);
            let inset = radius - (radius * radius - over * over).max(0.0).sqrt();
            let inset = if over > 0.0 { inset } else { 0.0 };
            (left + inset, left + wide - inset)
        });
    }

    fn oval(&mut self, centre: At, (wide, high): At, colour: u32) {
        let area = self.area(
            (centre.0 - wide, centre.1 - high),
            (centre.0 + wide, centre.1 + high),
        );
        let middle = (
            f64::from(area.top_left.x) + f64::from(area.size.width) / 2.0,
            f64::from(area.top_left.y) + f64::from(area.size.height) / 2.0,
        );
        let (wide, high) = (wide * PIXELS_PER_DEGREE, high * PIXELS_PER_DEGREE);
        self.rows(area, colour, |row| {
            let off = (row - middle.1) / high;
            let half = wide * (1.0 - off * off).max(0.0).sqrt();
            (middle.0 - half, middle.0 + half)
        });
    }

    fn triangle(&mut self, corners: [At; 3], colour: u32) {
        let corners = corners.map(|corner| self.point(corner));
        let [a, b, c] = corners;
        let low = a.component_min(b).component_min(c);
        let high = a.component_max(b).component_max(c);
        let sides = [(a, b), (b, c), (c, a)].map(|(from, to)| {
            let place = |p: Point| (f64::from(p.x), f64::from(p.y));
            (place(from), place(to))
        });
        self.rows(Rectangle::with_corners(low, high), colour, |row| {
            let (mut left, mut right) = (f64::MAX, f64::MIN);
            for (from, to) in sides {
                let share = (row - from.1) / (to.1 - from.1);
                if from.1 != to.1 && (0.0..=1.0).contains(&share) {
                    let crossing = from.0 + (to.0 - from.0) * share;
                    (left, right) = (left.min(crossing), right.max(crossing));
                }
            }
            (left.min(right), right)
        });
    }

    /// From one colour at the top to another at the bottom.
    fn fade(&mut self, (low, high): (At, At), top: u32, bottom: u32) {
        let area = self.area(low, high);
        let rows = area.size.height.max(1);
        for row in 0..rows {
            let colour = mix(rgb(top), rgb(bottom), f64::from(row) / f64::from(rows));
            let line = Rectangle::new(
                area.top_left + Point::new(0, row as i32),
                Size::new(area.size.width, 1),
            );
            self.canvas.fill(&line, Yuv::from(colour));
        }
    }

    fn text(&mut self, middle: At, words: &str, colour: u32) {
        let style = MonoTextStyle::new(&FONT_10X20, rgb(colour));
        let at = self.point(middle) + Point::new(0, 6);
        // Painting in memory cannot fail: the canvas' error has no values.
        let Ok(_) =
            Text::with_alignment(words, at, style, Alignment::Center).draw(&mut self.canvas);
    }

    fn plate(&mut self, middle: At, words: &str) {
        let half = words.len() as f64 * 10.0 / PIXELS_PER_DEGREE / 2.0 + 0.6;
        let (pan, tilt) = middle;
        self.rect(
            (pan - half - 0.15, tilt - 0.95),
            (pan + half + 0.15, tilt + 0.95),
            0x8a_7a_5c,
        );
        self.rect(
            (pan - half, tilt - 0.8),
            (pan + half, tilt + 0.8),
            0xf6_f2_e6,
        );
        self.text(middle, words, 0x20_24_2c);
    }
}

/// How a person looks.
struct Person {
    skin: u32,
    hair: u32,
    coat: u32,
    shirt: u32,
}

/// The whole chamber.
pub(super) fn paint_chamber() -> Canvas {
    let canvas = Canvas::new(
        (WIDTH_DEGREES * PIXELS_PER_DEGREE) as usize,
        (HEIGHT_DEGREES * PIXELS_PER_DEGREE) as usize,
    );
    let mut brush = Brush { canvas };
    walls(&mut brush);
    door(&mut brush, -150.0);
    door(&mut brush, 150.0);
    shelf(&mut brush, -118.0, -78.0);
    for pan in [72.0, 96.0, 120.0] {
        window(&mut brush, pan);
    }
    screen(&mut brush, -62.0);
    arms(&mut brush);
    flags(&mut brush);
    lectern(&mut brush, -45.0);
    chair_table(&mut brush);
    side_table(&mut brush, 26.0);
    brush.canvas
}

fn walls(brush: &mut Brush) {
    let (left, right) = (LEFT, LEFT + WIDTH_DEGREES);
    brush.fade(((left, CEILING), (right, TOP)), 0xc9_c6_bd, 0xe6_e3_da);
    brush.fade(((left, PANEL), (right, CEILING)), 0xec_e4_d2, 0xd8_cc_b4);
    brush.fade(((left, FLOOR), (right, PANEL)), 0x8d_62_3c, 0x6b_46_29);
    brush.fade(
        ((left, TOP - HEIGHT_DEGREES), (right, FLOOR)),
        0x7c_2f_33,
        0x4a_1b_20,
    );
    brush.rect((left, CEILING - 0.6), (right, CEILING + 0.6), 0xf7_f4_ec);
    brush.rect((left, PANEL - 0.3), (right, PANEL + 0.5), 0x5b_3a_20);
    brush.rect((left, FLOOR - 0.3), (right, FLOOR + 0.7), 0x4a_2f_1a);
    let mut pan = left;
    while pan < right {
        brush.rect((pan, FLOOR + 1.6), (pan + 0.25, PANEL - 1.2), 0x55_37_1f);
        brush.oval((pan + 6.0, CEILING + 8.0), (3.2, 1.3), 0xff_fb_ea);
        brush.oval((pan + 6.0, CEILING + 8.0), (2.2, 0.8), 0xff_ff_ff);
        pan += 12.0;
    }
}

fn door(brush: &mut Brush, pan: f64) {
    brush.rect((pan - 8.0, FLOOR), (pan + 8.0, 20.0), 0x4f_35_20);
    brush.rect((pan - 7.0, FLOOR), (pan + 7.0, 19.0), 0x87_5f_3b);
    for low in [-20.0, -2.0] {
        brush.rect((pan - 5.0, low), (pan + 5.0, low + 15.0), 0x70_4c_2d);
        brush.rect((pan - 4.4, low + 0.6), (pan + 4.4, low + 14.4), 0x92_69_43);
    }
    brush.oval((pan + 5.8, -3.5), (0.6, 0.6), 0xd9_b4_4a);
    brush.round(((pan - 3.2, 21.5), (pan + 3.2, 25.0)), 0.4, 0x1c_8a_4a);
    brush.text((pan, 23.2), "EXIT", 0xff_ff_ff);
}

fn shelf(brush: &mut Brush, from: f64, to: f64) {
    const BOOKS: [u32; 7] = [
        0x9b_2c_2c, 0x2c_5a_8c, 0x3d_7a_4f, 0xc9_a2_3a, 0x5d_3f_6e, 0xb5_6b_3c, 0x33_47_55,
    ];
    brush.rect((from - 1.0, FLOOR), (to + 1.0, 24.0), 0x4a_30_1c);
    for (level, low) in [-22.0, -13.0, -4.0, 5.0, 14.0].into_iter().enumerate() {
        brush.rect((from, low), (to, low + 8.0), 0x2b_1c_11);
        let mut pan = from + 0.3;
        let mut n = level * 3;
        while pan < to - 2.0 {
            let wide = 1.1 + (n * 7 % 5) as f64 * 0.25;
            let high = 5.4 + (n * 5 % 7) as f64 * 0.3;
            brush.rect((pan, low), (pan + wide, low + high), BOOKS[n % BOOKS.len()]);
            brush.rect(
                (pan + 0.2, low + high - 1.6),
                (pan + wide - 0.2, low + high - 1.2),
                0xe7_d9_a8,
            );
            pan += wide + 0.12;
            n += 1;
        }
    }
}

fn window(brush: &mut Brush, pan: f64) {
    brush.rect((pan - 10.0, -12.0), (pan + 10.0, 25.0), 0xf7_f3_ea);
    brush.fade(
        ((pan - 9.0, -11.0), (pan + 9.0, 24.0)),
        0x6f_a9_dc,
        0xd9_ec_f7,
    );
    brush.oval((pan - 3.0, 17.0), (3.4, 1.1), 0xf8_fb_ff);
    brush.oval((pan - 0.8, 17.8), (2.4, 1.2), 0xff_ff_ff);
    for (n, offset) in [-7.5, -3.2, 1.4, 5.6].into_iter().enumerate() {
        let high = 2.0 + (n * 5 % 4) as f64 * 2.2;
        let low = -11.0;
        brush.rect(
            (pan + offset - 1.5, low),
            (pan + offset + 2.4, high),
            0xb7_8f_74,
        );
        let roof = [
            (pan + offset - 2.0, high),
            (pan + offset + 2.9, high),
            (pan + offset + 0.4, high + 3.0),
        ];
        brush.triangle(roof, 0x8e_3d_2f);
        for row in 0..3 {
            let low = -6.0 + f64::from(row) * 3.0;
            brush.rect(
                (pan + offset - 0.6, low),
                (pan + offset + 0.3, low + 1.4),
                0x49_59_66,
            );
            brush.rect(
                (pan + offset + 0.9, low),
                (pan + offset + 1.8, low + 1.4),
                0x49_59_66,
            );
        }
    }
    for offset in [-5.5, 0.5, 7.0] {
        brush.oval((pan + offset, -9.0), (2.4, 2.6), 0x3f_7d_46);
    }
    brush.rect((pan - 0.4, -11.0), (pan + 0.4, 24.0), 0xf7_f3_ea);
    brush.rect((pan - 9.0, 7.6), (pan + 9.0, 8.4), 0xf7_f3_ea);
    brush.rect((pan - 11.0, -13.2), (pan + 11.0, -12.0), 0xdf_d8_c8);
}

fn screen(brush: &mut Brush, pan: f64) {
    brush.rect((pan - 9.4, 3.0), (pan + 9.4, 22.0), 0x22_25_2a);
    brush.fade(
        ((pan - 8.8, 3.6), (pan + 8.8, 21.4)),
        0xfd_fd_ff,
        0xe6_ec_f5,
    );
    brush.rect((pan - 8.8, 17.6), (pan + 8.8, 21.4), 0x2a_56_8f);
    brush.text((pan, 19.5), "COUNCIL MEETING", 0xff_ff_ff);
    for (n, words) in ["1 OPENING", "2 BUDGET", "3 SCHOOLS", "4 QUESTIONS"]
        .into_iter()
        .enumerate()
    {
        brush.text((pan, 15.6 - n as f64 * 2.6), words, 0x2b_33_3d);
    }
}

fn arms(brush: &mut Brush) {
    let shield = |brush: &mut Brush, grow: f64, colour: u32| {
        brush.rect((-4.0 - grow, 14.0), (4.0 + grow, 24.0 + grow), colour);
        brush.triangle(
            [
                (-4.0 - grow, 14.0),
                (4.0 + grow, 14.0),
                (0.0, 8.0 - grow * 1.6),
            ],
            colour,
        );
    };
    shield(brush, 0.5, 0x3b_2f_1c);
    shield(brush, 0.0, 0xd7_b2_3e);
    brush.rect((-4.0, 18.4), (4.0, 20.0), 0x2a_56_8f);
    brush.oval((0.0, 15.6), (1.7, 1.9), 0x9b_2c_2c);
    brush.oval((-1.9, 22.0), (0.9, 0.9), 0x2a_56_8f);
    brush.oval((1.9, 22.0), (0.9, 0.9), 0x2a_56_8f);
}

fn flags(brush: &mut Brush) {
    for (pan, stripes) in [
        (-13.0, [0x20_20_20, 0xc4_20_2c, 0xe8_b9_20]),
        (13.0, [0x1f_3f_94, 0x1f_3f_94, 0x1f_3f_94]),
    ] {
        brush.rect((pan - 0.25, -14.0), (pan + 0.25, 22.0), 0xb9_b3_a4);
        brush.oval((pan, 22.4), (0.6, 0.6), 0xd9_b4_4a);
        for (n, colour) in stripes.into_iter().enumerate() {
            let left = pan + 0.25 + n as f64 * 1.6;
            brush.rect((left, -6.0 + n as f64 * 0.8), (left + 1.6, 21.0), colour);
        }
    }
    for n in 0..5 {
        brush.oval((15.6, 17.0 - f64::from(n) * 4.4), (0.45, 0.45), 0xf4_d0_30);
    }
}

/// A person from the chest up; `tilt` is the height of the table before them, `size` 1 about 10 degrees high.
fn person(brush: &mut Brush, (pan, tilt): At, size: f64, look: &Person) {
    let at = |x: f64, y: f64| (pan + x * size, tilt + y * size);
    brush.round((at(-3.6, -2.0), at(3.6, 4.4)), 1.8 * size, look.coat);
    brush.triangle([at(-1.3, 4.4), at(1.3, 4.4), at(0.0, 0.6)], look.shirt);
    brush.rect(at(-0.7, 3.8), at(0.7, 5.2), look.skin);
    brush.oval(at(0.0, 7.3), (2.15 * size, 2.5 * size), look.hair);
    brush.oval(at(0.0, 6.8), (1.8 * size, 2.3 * size), look.skin);
    brush.round((at(-1.9, 8.0), at(1.9, 9.6)), 0.8 * size, look.hair);
    for side in [-0.7, 0.7] {
        brush.oval(at(side, 7.1), (0.34 * size, 0.22 * size), 0xff_ff_ff);
        brush.oval(at(side, 7.1), (0.17 * size, 0.2 * size), 0x2a_20_18);
        brush.rect(at(side - 0.4, 7.55), at(side + 0.4, 7.7), look.hair);
    }
    brush.oval(at(0.0, 6.4), (0.2 * size, 0.35 * size), 0xb9_82_62);
    brush.oval(at(0.0, 5.5), (0.6 * size, 0.18 * size), 0xa2_4a_45);
}

const PEOPLE: [Person; 7] = [
    Person {
        skin: 0xe0_b0_92,
        hair: 0x5b_3b_22,
        coat: 0x27_35_52,
        shirt: 0xf2_f4_f8,
    },
    Person {
        skin: 0xc4_8d_68,
        hair: 0x1f_1a_18,
        coat: 0x7a_2d_3c,
        shirt: 0xf5_e9_d8,
    },
    Person {
        skin: 0xed_c6_a8,
        hair: 0xb9_b4_ac,
        coat: 0x35_3a_3f,
        shirt: 0xcf_de_f0,
    },
    Person {
        skin: 0x8a_5a_3c,
        hair: 0x14_12_12,
        coat: 0x2f_6b_5a,
        shirt: 0xf7_f7_f2,
    },
    Person {
        skin: 0xe6_b8_98,
        hair: 0xc9_96_4a,
        coat: 0x5c_45_80,
        shirt: 0xf2_ea_f6,
    },
    Person {
        skin: 0xd9_a7_84,
        hair: 0x6d_2f_1c,
        coat: 0x9a_6a_2c,
        shirt: 0xff_fb_f0,
    },
    Person {
        skin: 0xdc_ac_8a,
        hair: 0x3a_2a_20,
        coat: 0x2d_5d_86,
        shirt: 0xf4_f4_f4,
    },
];

fn lectern(brush: &mut Brush, pan: f64) {
    person(brush, (pan, -5.0), 1.15, &PEOPLE[6]);
    brush.rect((pan - 5.2, -6.6), (pan + 5.2, -5.0), 0xa8_78_4c);
    brush.triangle(
        [(pan - 4.6, -6.6), (pan + 4.6, -6.6), (pan, -44.0)],
        0x5b_3b_22,
    );
    brush.rect((pan - 3.9, -26.0), (pan + 3.9, -6.6), 0x7a_51_30);
    brush.rect((pan - 3.2, -24.0), (pan + 3.2, -12.5), 0x8f_63_3e);
    brush.plate((pan, -8.6), "SPEAKER");
    brush.rect((pan + 2.2, -5.0), (pan + 2.4, -1.8), 0x30_30_34);
    brush.oval((pan + 2.3, -1.4), (0.4, 0.7), 0x20_20_24);
}

fn table(brush: &mut Brush, (from, to): (f64, f64), tilt: f64, tone: u32) {
    brush.rect((from, tilt - 1.6), (to, tilt), 0xb5_86_58);
    brush.rect((from + 0.6, tilt - 12.0), (to - 0.6, tilt - 1.6), tone);
    let mut pan = from + 3.0;
    while pan < to - 2.0 {
        brush.rect((pan, tilt - 11.0), (pan + 0.2, tilt - 2.4), 0x4a_2f_1a);
        pan += 4.0;
    }
}

fn chair_table(brush: &mut Brush) {
    for (n, pan) in [-9.0, 0.0, 9.0].into_iter().enumerate() {
        brush.round(((pan - 3.0, -6.0), (pan + 3.0, 7.0)), 1.0, 0x3b_24_1a);
        person(brush, (pan, -5.4), 0.95, &PEOPLE[n]);
    }
    table(brush, (-15.0, 15.0), -6.5, 0x6d_47_2a);
    for (pan, words) in [(-9.0, "DEPUTY"), (0.0, "CHAIR"), (9.0, "CLERK")] {
        brush.plate((pan, -9.8), words);
        brush.rect((pan + 4.3, -6.5), (pan + 4.45, -3.6), 0x30_30_34);
        brush.oval((pan + 4.38, -3.2), (0.3, 0.5), 0xc4_20_2c);
    }
}

fn side_table(brush: &mut Brush, middle: f64) {
    for (n, offset) in [-8.0, 0.4, 8.6, 17.5].into_iter().enumerate() {
        let pan = middle + offset;
        brush.round(((pan - 2.6, -11.0), (pan + 2.6, 1.0)), 1.0, 0x2c_2c_33);
        person(brush, (pan, -10.6), 0.95, &PEOPLE[3 + n % 4]);
    }
    table(brush, (middle - 12.4, middle + 24.0), -11.5, 0x63_40_25);
    for (offset, words) in [
        (-5.4, "TABLE 1"),
        (3.4, "TABLE 2"),
        (11.6, "TABLE 3"),
        (20.2, "TABLE 4"),
    ] {
        brush.plate((middle + offset, -14.6), words);
    }
    for offset in [-2.6, 6.0, 14.0] {
        brush.fade(
            (
                (middle + offset - 0.5, -11.5),
                (middle + offset + 0.5, -9.2),
            ),
            0xe8_f2_f8,
            0xa9_c9_dd,
        );
    }
}
