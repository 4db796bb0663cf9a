//! The coloured display: ST7789, 240 x 240, on any SPI bus, its light on an output that can be dimmed.
//! A picture of the whole would fill half of the chip's memory; one of a single part, of two colours, takes three KiB.
//! Knows no screen by name.

use crate::body::Panel;
use crate::mask::Mask;
use embassy_futures::yield_now;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::Rectangle;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::SpiInterface;
use mipidsi::models::ST7789;
use mipidsi::options::ColorInversion;
use mipidsi::{Builder, Display};
use puck_ui::Puck;
use wire::Light;

/// The coloured display.
pub struct Tft<'a, S: SpiDevice, P: OutputPin, B> {
    glass: Option<Display<SpiInterface<'a, S, P>, ST7789, P>>,
    back: B,
    mask: Mask,
    inks: [Rgb565; 2],
}

/// So many rows go over the bus before keys and line have their turn: two milliseconds, as measured.
const ROWS_AT_ONCE: u32 = 8;

impl<'a, S: SpiDevice, P: OutputPin, B: SetDutyCycle> Tft<'a, S, P, B> {
    /// Resets it and switches it on, dark, which takes a sixth of a second. `buffer` gathers what the bus then carries at
    /// once; `command` is low for commands, `reset` low to reset.
    /// Nothing answers on this bus, so a display that is not there is not even noticed.
    pub fn new(
        (bus, buffer): (S, &'a mut [u8]),
        [command, reset]: [P; 2],
        back: B,
        delay: &mut impl DelayNs,
    ) -> Tft<'a, S, P, B> {
        let glass = Builder::new(ST7789, SpiInterface::new(bus, command, buffer))
            .display_size(240, 240)
            .invert_colors(ColorInversion::Inverted)
            .reset_pin(reset)
            .init(delay)
            .ok();
        Tft {
            glass,
            back,
            mask: Mask::new(),
            inks: Default::default(),
        }
    }
}

impl<S: SpiDevice, P: OutputPin, B: SetDutyCycle> Panel for Tft<'_, S, P, B> {
    /// Its light waits for the first screen.
    async fn begin(&mut self) {}

    fn draw(&mut self, puck: &Puck, area: &Rectangle) {
        self.mask.begin(area);
        self.inks = puck.inks(area);
        let Ok(()) = puck.draw(&mut self.mask);
    }

    async fn show(&mut self) {
        let [ground, words] = self.inks;
        for (band, bits) in self.mask.bands(ROWS_AT_ONCE) {
            if let Some(glass) = &mut self.glass {
                let colours = bits.map(|lit| if lit { words } else { ground });
                let _ = glass.fill_contiguous(&band, colours);
            }
            yield_now().await;
        }
    }

    async fn shine(&mut self, light: Light) {
        let percent = match light {
            Light::Full | Light::Other(_) => 100,
            Light::Dim => 25,
            Light::Dark => 0,
        };
        let _ = self.back.set_duty_cycle_percent(percent);
    }
}
