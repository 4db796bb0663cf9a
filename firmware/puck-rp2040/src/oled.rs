//! The small display: SSD1306, 128 x 64, on I2C at 400 kHz. Owns the bus; knows no screen by name.

use embassy_rp::i2c::{Async, Config, I2c, InterruptHandler};
use embassy_rp::peripherals::{I2C0, PIN_4, PIN_5};
use embassy_rp::{Peri, bind_interrupts};
use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::primitives::Rectangle;
use puck_ui::{Glass, Puck};
use ssd1306::mode::{BufferedGraphicsModeAsync, DisplayConfigAsync};
use ssd1306::prelude::{Brightness, DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306Async};
use wire::Light;

bind_interrupts!(struct Irqs {
    I2C0_IRQ => InterruptHandler<I2C0>;
});

type Line = I2CInterface<I2c<'static, I2C0, Async>>;
type Mode = BufferedGraphicsModeAsync<DisplaySize128x64>;

pub const GLASS: Glass = Glass::Ssd1306;

pub struct Screen {
    glass: Ssd1306Async<Line, DisplaySize128x64, Mode>,
    light: Light,
}

/// A display that is not there, or came off its wires, is no reason to stop: keys and ring go on. So errors end here.
impl Screen {
    pub fn new(
        bus: Peri<'static, I2C0>,
        clock: Peri<'static, PIN_5>,
        data: Peri<'static, PIN_4>,
    ) -> Screen {
        let mut config = Config::default();
        config.frequency = 400_000;
        let bus = I2c::new_async(bus, clock, data, Irqs, config);
        let line = I2CDisplayInterface::new(bus);
        let glass = Ssd1306Async::new(line, DisplaySize128x64, DisplayRotation::Rotate0);
        Screen {
            glass: glass.into_buffered_graphics_mode(),
            light: Light::Full,
        }
    }

    pub async fn begin(&mut self) {
        let _ = self.glass.init().await;
        let _ = self.glass.set_brightness(Brightness::NORMAL).await;
    }

    /// Into memory; quick.
    pub fn draw(&mut self, puck: &Puck, area: &Rectangle) {
        let _ = puck.draw(&mut self.glass.clipped(area));
    }

    /// What was drawn, over the bus.
    pub async fn show(&mut self) {
        let _ = self.glass.flush().await;
    }

    pub async fn shine(&mut self, light: Light) {
        if light == self.light {
            return;
        }
        self.light = light;
        let brightness = match light {
            Light::Full | Light::Other(_) => Brightness::NORMAL,
            Light::Dim | Light::Dark => Brightness::DIMMEST,
        };
        let _ = self.glass.set_brightness(brightness).await;
        let _ = self.glass.set_display_on(light != Light::Dark).await;
    }
}
