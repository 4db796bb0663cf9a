//! Screens to pixels: where each slot lies on a display, and in which colours.
//! Draws on any target, a slot at a time and only as far as the target reaches. Knows no bus.

use crate::screen::{Look, Screen, Sign, Slot};
use crate::signs::{self, Pair};
use crate::words::{self, Face, Setting, Side};
use embedded_graphics::draw_target::{DrawTarget, DrawTargetExt};
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::raw::RawU1;
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor, Rgb565, RgbColor, WebColors};
use embedded_graphics::primitives::Rectangle;

/// The display that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glass {
    /// 128 by 64, one colour; places lie on its pages of eight rows, since it is written page by page.
    Ssd1306,
    /// 240 by 240 with colours.
    St7789,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Under everything.
    Ground,
    /// On it.
    Words,
    /// Words of less weight.
    Aside,
    /// Under what the big key does.
    ActionGround,
    /// On that.
    ActionWords,
    /// Under what is wrong.
    TroubleGround,
    /// On that.
    TroubleWords,
    /// An open microphone.
    Open,
    /// A closed one.
    Closed,
}

/// A colour that screens can be drawn in.
pub trait Ink: PixelColor {
    /// The display that has such colours. Known when it is compiled, so an image holds the typefaces of its own display only.
    const GLASS: Glass;

    /// The colour for this purpose.
    fn of(paint: Paint) -> Self;
}

/// Lit pixels on dark glass: what the key does is written dark on a lit bar.
impl Ink for BinaryColor {
    const GLASS: Glass = Glass::Ssd1306;

    fn of(paint: Paint) -> Self {
        match paint {
            Paint::Ground | Paint::ActionWords | Paint::TroubleGround => BinaryColor::Off,
            Paint::Words | Paint::Aside | Paint::ActionGround | Paint::TroubleWords => {
                BinaryColor::On
            }
            Paint::Open | Paint::Closed => BinaryColor::On,
        }
    }
}

/// Each pair with a contrast of more than 4.5 to 1.
impl Ink for Rgb565 {
    const GLASS: Glass = Glass::St7789;

    fn of(paint: Paint) -> Self {
        let rgb = |red: u8, green: u8, blue: u8| Rgb565::new(red >> 3, green >> 2, blue >> 3);
        match paint {
            Paint::Ground => Rgb565::BLACK,
            Paint::Words => Rgb565::WHITE,
            Paint::Aside => Rgb565::CSS_LIGHT_GRAY,
            Paint::ActionGround => rgb(0x10, 0x50, 0x98),
            Paint::ActionWords => Rgb565::WHITE,
            Paint::TroubleGround => rgb(0xF0, 0xB0, 0x20),
            Paint::TroubleWords => Rgb565::BLACK,
            Paint::Open => rgb(0x30, 0xC8, 0x70),
            Paint::Closed => rgb(0xF8, 0x60, 0x60),
        }
    }
}

/// A pixel of one part of the coloured display: each part has two colours, so that a picture of it fits into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stencil {
    /// Of the first of [`crate::Puck::inks`].
    Ground,
    /// Of the second.
    Words,
}

impl PixelColor for Stencil {
    type Raw = RawU1;
}

impl Ink for Stencil {
    const GLASS: Glass = Glass::St7789;

    fn of(paint: Paint) -> Self {
        match paint {
            Paint::Ground | Paint::ActionGround | Paint::TroubleGround => Stencil::Ground,
            Paint::Words | Paint::Aside | Paint::ActionWords | Paint::TroubleWords => {
                Stencil::Words
            }
            Paint::Open | Paint::Closed => Stencil::Words,
        }
    }
}

static SMALL_ASIDE: [Face; 1] = [words::BOLD_8];
static SMALL_FOOT: [Face; 3] = [words::BOLD_12, words::BOLD_10, words::BOLD_8];
static SMALL_HEADLINE: [Face; 6] = [
    words::BOLD_24,
    words::BOLD_18,
    words::BOLD_14,
    words::BOLD_12,
    words::BOLD_10,
    words::BOLD_8,
];
static LARGE_OTHER: [Face; 3] = [words::BOLD_18, words::BOLD_14, words::BOLD_12];
static LARGE_HEADLINE: [Face; 4] = [
    words::BOLD_30,
    words::BOLD_24,
    words::BOLD_18,
    words::BOLD_14,
];

const fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
    Rectangle::new(Point::new(x, y), Size::new(width, height))
}

impl Glass {
    /// Its size as people look at it.
    pub fn size(self) -> Size {
        match self {
            Glass::Ssd1306 => Size::new(128, 64),
            Glass::St7789 => Size::new(240, 240),
        }
    }

    pub(crate) fn place(self, slot: Slot) -> Rectangle {
        match (self, slot) {
            (Glass::Ssd1306, Slot::Sign) => area(0, 0, 16, 16),
            (Glass::Ssd1306, Slot::Detail) => area(16, 0, 72, 16),
            (Glass::Ssd1306, Slot::Count) => area(88, 0, 40, 16),
            (Glass::Ssd1306, Slot::Headline) => area(0, 16, 128, 32),
            (Glass::Ssd1306, Slot::Foot) => area(0, 48, 128, 16),
            (Glass::St7789, Slot::Sign) => area(0, 0, 64, 64),
            (Glass::St7789, Slot::Detail) => area(64, 0, 176, 32),
            (Glass::St7789, Slot::Count) => area(64, 32, 176, 32),
            (Glass::St7789, Slot::Headline) => area(0, 64, 240, 112),
            (Glass::St7789, Slot::Foot) => area(0, 176, 240, 64),
        }
    }

    fn setting(self, slot: Slot) -> Setting {
        let faces = match (self, slot) {
            (Glass::Ssd1306, Slot::Sign | Slot::Detail | Slot::Count) => &SMALL_ASIDE[..],
            (Glass::Ssd1306, Slot::Headline) => &SMALL_HEADLINE,
            (Glass::Ssd1306, Slot::Foot) => &SMALL_FOOT,
            (Glass::St7789, Slot::Headline) => &LARGE_HEADLINE,
            (Glass::St7789, Slot::Sign | Slot::Detail | Slot::Count | Slot::Foot) => &LARGE_OTHER,
        };
        let side = match (self, slot) {
            (_, Slot::Headline) | (Glass::Ssd1306, Slot::Sign | Slot::Detail) => Side::Left,
            (_, Slot::Foot) => Side::Middle,
            (_, Slot::Count) | (Glass::St7789, Slot::Sign | Slot::Detail) => Side::Right,
        };
        let margin = match self {
            Glass::Ssd1306 => 1,
            Glass::St7789 => 8,
        };
        Setting {
            place: self.place(slot),
            faces,
            margin,
            side,
        }
    }
}

/// Draws every slot that the target reaches.
pub(crate) fn draw<D>(target: &mut D, screen: &Screen) -> Result<(), D::Error>
where
    D: DrawTarget,
    D::Color: Ink,
{
    let glass = <D::Color as Ink>::GLASS;
    let reach = target.bounding_box();
    for slot in Screen::ALL {
        let place = glass.place(slot);
        if reach.intersection(&place).is_zero_sized() {
            continue;
        }
        draw_slot(&mut target.clipped(&place), screen, slot)?;
    }
    Ok(())
}

fn draw_slot<D>(target: &mut D, screen: &Screen, slot: Slot) -> Result<(), D::Error>
where
    D: DrawTarget,
    D::Color: Ink,
{
    let glass = <D::Color as Ink>::GLASS;
    let text = match slot {
        Slot::Sign => "",
        Slot::Detail => screen.detail.as_str(),
        Slot::Count => screen.count.as_str(),
        Slot::Headline => screen.headline.as_str(),
        Slot::Foot => screen.foot.as_str(),
    };
    let [ground, ink] = paints(screen, slot);
    target.fill_solid(&glass.place(slot), Ink::of(ground))?;
    let pair = Pair {
        ink: Ink::of(ink),
        ground: Ink::of(ground),
    };
    match slot {
        Slot::Sign => signs::draw(target, glass.place(slot), screen.sign, pair),
        Slot::Detail | Slot::Count | Slot::Headline | Slot::Foot => {
            glass.setting(slot).draw(target, text, pair.ink)
        }
    }
}

/// What is under a slot's words or sign, and what they are in.
pub(crate) fn paints(screen: &Screen, slot: Slot) -> [Paint; 2] {
    match (slot, screen.look) {
        (Slot::Sign, _) => [Paint::Ground, of_sign(screen.sign)],
        (Slot::Detail, _) => [Paint::Ground, Paint::Aside],
        (Slot::Count | Slot::Headline, _) | (Slot::Foot, Look::Plain) => {
            [Paint::Ground, Paint::Words]
        }
        (Slot::Foot, Look::Action) => [Paint::ActionGround, Paint::ActionWords],
        (Slot::Foot, Look::Trouble) => [Paint::TroubleGround, Paint::TroubleWords],
    }
}

fn of_sign(sign: Sign) -> Paint {
    match sign {
        Sign::MicOpen => Paint::Open,
        Sign::MicClosed => Paint::Closed,
        _ => Paint::Words,
    }
}
