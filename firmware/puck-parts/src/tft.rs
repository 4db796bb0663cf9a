//! The coloured display: ST7789, 240 x 240, on any SPI bus, its light on an output that can be dimmed.
//! Draws straight onto the glass, since a picture of it would fill half of the chip's memory. Knows no screen by name.

use crate::body::Panel;
use embedded_graphics::draw_target::DrawTargetExt;
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
}

impl<'a, S: SpiDevice, P: OutputPin, B: SetDutyCycle> Tft<'a, S, P, B> {
    /// Resets it and switches it on, dark, which takes a sixth of a second. `command` is low for commands, `reset` low to reset.
    /// Nothing answers on this bus, so a display that is not there is not even noticed.
    pub fn new(
        bus: S,
        buffer: &'a mut [u8],
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
        Tft { glass, back }
    }
}

impl<S: SpiDevice, P: OutputPin, B: SetDutyCycle> Panel for Tft<'_, S, P, B> {
    const ROWS_AT_ONCE: u32 = 16;

    /// Its light waits for the first screen.
    async fn begin(&mut self) {}

    fn draw(&mut self, puck: &Puck, area: &Rectangle) {
        if let Some(glass) = &mut self.glass {
            let _ = puck.draw(&mut glass.clipped(area));
        }
    }

    async fn show(&mut self) {}

    async fn shine(&mut self, light: Light) {
        let percent = match light {
            Light::Full | Light::Other(_) => 100,
            Light::Dim => 25,
            Light::Dark => 0,
        };
        let _ = self.back.set_duty_cycle_percent(percent);
    }
}
