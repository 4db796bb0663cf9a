//! The coloured display: ST7789, 240 x 240, on SPI at 62.5 MHz, its light on a pin of its own.
//! Owns bus and light; knows no screen by name.

use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::{PIN_8, PIN_9, PIN_10, PIN_11, PIN_12, PIN_13, PWM_SLICE6, SPI1};
use embassy_rp::pwm::{self, Pwm, SetDutyCycle};
use embassy_rp::spi::{Blocking, Config, Phase, Polarity, Spi};
use embassy_time::Delay;
use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::primitives::Rectangle;
use embedded_hal_bus::spi::ExclusiveDevice;
use mipidsi::interface::SpiInterface;
use mipidsi::models::ST7789;
use mipidsi::options::ColorInversion;
use mipidsi::{Builder, Display};
use puck_ui::{Glass, Puck};
use static_cell::StaticCell;
use wire::Light;

pub const GLASS: Glass = Glass::St7789;

type Bus = ExclusiveDevice<Spi<'static, SPI1, Blocking>, Output<'static>, Delay>;
type Line = SpiInterface<'static, Bus, Output<'static>>;

pub struct Pins {
    pub bus: Peri<'static, SPI1>,
    pub clock: Peri<'static, PIN_10>,
    pub data: Peri<'static, PIN_11>,
    pub select: Peri<'static, PIN_9>,
    pub command: Peri<'static, PIN_8>,
    pub reset: Peri<'static, PIN_12>,
    pub slice: Peri<'static, PWM_SLICE6>,
    pub light: Peri<'static, PIN_13>,
}

pub struct Screen {
    glass: Option<Display<Line, ST7789, Output<'static>>>,
    back: Pwm<'static>,
}

/// Nothing answers on this bus, so a display that is not there is not even noticed.
impl Screen {
    pub fn new(pins: Pins) -> Screen {
        static BUFFER: StaticCell<[u8; 512]> = StaticCell::new();
        let mut config = Config::default();
        config.frequency = 62_500_000;
        // Modules without a select line take this mode only.
        (config.phase, config.polarity) = (Phase::CaptureOnSecondTransition, Polarity::IdleHigh);
        let bus = Spi::new_blocking_txonly(pins.bus, pins.clock, pins.data, config);
        let select = Output::new(pins.select, Level::High);
        let command = Output::new(pins.command, Level::Low);
        let reset = Output::new(pins.reset, Level::High);
        let glass = ExclusiveDevice::new(bus, select, Delay)
            .ok()
            .and_then(|bus| {
                let line = SpiInterface::new(bus, command, BUFFER.init([0; 512]));
                Builder::new(ST7789, line)
                    .display_size(240, 240)
                    .invert_colors(ColorInversion::Inverted)
                    .reset_pin(reset)
                    .init(&mut Delay)
                    .ok()
            });
        Screen {
            glass,
            back: Pwm::new_output_b(pins.slice, pins.light, pwm::Config::default()),
        }
    }

    pub async fn begin(&mut self) {
        self.shine(Light::Full).await;
    }

    /// Straight to the display. Keys and line wait meanwhile: for some milliseconds with a line of text, for some tens with a
    /// whole screen.
    pub fn draw(&mut self, puck: &Puck, area: &Rectangle) {
        if let Some(glass) = &mut self.glass {
            let _ = puck.draw(&mut glass.clipped(area));
        }
    }

    pub async fn show(&mut self) {}

    pub async fn shine(&mut self, light: Light) {
        let percent = match light {
            Light::Full | Light::Other(_) => 100,
            Light::Dim => 25,
            Light::Dark => 0,
        };
        let _ = self.back.set_duty_cycle_percent(percent);
    }
}
