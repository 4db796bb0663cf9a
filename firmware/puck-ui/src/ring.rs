//! The ring of light: patterns that differ in shape or rhythm, never by colour alone.
//! Knows no driver; colours are what the lights are told, before any correction.

use core::time::Duration;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use wire::Light;

/// Lights on the ring, clockwise from the top.
pub const LIGHTS: usize = 12;

// Twelve lights in white draw a quarter of an ampere: half of what a USB socket gives.
const WHITE: Rgb888 = Rgb888::new(88, 88, 88);
const RED: Rgb888 = Rgb888::new(180, 0, 0);
const GREEN: Rgb888 = Rgb888::new(0, 140, 24);
const AMBER: Rgb888 = Rgb888::new(180, 84, 0);
const DARK: Rgb888 = Rgb888::BLACK;

const BREATH_MS: u64 = 4000;
const TURN_MS: u64 = 1200;
const BLINK_MS: u64 = 1000;
const BLINK_ON_MS: u64 = 700;
const DOUBLE_MS: u64 = 2000;
const FLASH_MS: u64 = 120;

/// What the ring does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Off,
    /// White, swelling and fading all around.
    Breathing,
    /// White, a tail running round.
    Sweep,
    /// Red, broken at top and bottom: nothing passes.
    Red,
    /// Green, closed all around.
    Green,
    /// Four amber dots, blinking.
    Amber,
    /// The same, steady: an answer to a finger.
    AmberHeld,
    /// White, two flashes and a pause.
    WhiteDouble,
    /// White, closing clockwise: so much of a thousand parts.
    Filling(u16),
    /// Two white lights at the bottom: the key was felt.
    Felt,
}

impl Pattern {
    /// The colours at this time.
    pub fn colours(self, at: Duration, light: Light) -> [Rgb888; LIGHTS] {
        let ms = at.as_millis() as u64;
        core::array::from_fn(|n| {
            let (colour, share) = self.light(n, ms);
            dimmed(dimmed(colour, share), level(light))
        })
    }

    /// One light: its colour, and how much of it in 255 parts.
    fn light(self, n: usize, ms: u64) -> (Rgb888, u8) {
        let lit = |colour, on: bool| (colour, if on { 255 } else { 0 });
        let dot = n.is_multiple_of(LIGHTS / 4);
        match self {
            Pattern::Off => (DARK, 0),
            Pattern::Breathing => (WHITE, breath(ms)),
            Pattern::Sweep => (WHITE, tail(n, ms)),
            Pattern::Red => lit(RED, !n.is_multiple_of(LIGHTS / 2)),
            Pattern::Green => (GREEN, 255),
            Pattern::Amber => lit(AMBER, dot && ms % BLINK_MS < BLINK_ON_MS),
            Pattern::AmberHeld => lit(AMBER, dot),
            Pattern::WhiteDouble => {
                let part = ms % DOUBLE_MS / FLASH_MS;
                lit(WHITE, part == 0 || part == 2)
            }
            Pattern::Filling(share) => {
                let filled = (usize::from(share) * LIGHTS / 1000).max(1);
                lit(WHITE, n < filled)
            }
            Pattern::Felt => lit(WHITE, n == LIGHTS / 2 || n == LIGHTS / 2 - 1),
        }
    }
}

/// Swells and fades; squared, since eyes see ratios.
fn breath(ms: u64) -> u8 {
    let phase = ms % BREATH_MS;
    let rising = phase.min(BREATH_MS - phase) * 255 / (BREATH_MS / 2);
    (16 + rising * rising * 239 / (255 * 255)) as u8
}

/// Brightest at the head, and a third of the circle long.
fn tail(n: usize, ms: u64) -> u8 {
    let head = (ms % TURN_MS * LIGHTS as u64 / TURN_MS) as usize;
    match (head + LIGHTS - n) % LIGHTS {
        0 => 255,
        1 => 140,
        2 => 60,
        3 => 20,
        _ => 0,
    }
}

fn level(light: Light) -> u8 {
    match light {
        Light::Full | Light::Other(_) => 255,
        Light::Dim => 64,
        Light::Dark => 24,
    }
}

fn dimmed(colour: Rgb888, share: u8) -> Rgb888 {
    let part = |value: u8| (u16::from(value) * u16::from(share) / 255) as u8;
    Rgb888::new(part(colour.r()), part(colour.g()), part(colour.b()))
}
