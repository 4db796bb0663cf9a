//! The coloured display's bus, and its light: SPI at 62.5 MHz, and a pin of its own.

use embassy_rp::Peri;
use embassy_rp::gpio::{AnyPin, Level, Output};
use embassy_rp::peripherals::{PIN_10, PIN_11, PIN_13, PWM_SLICE6, SPI1};
use embassy_rp::pwm::{self, Pwm};
use embassy_rp::spi::{Config, Phase, Polarity, Spi};
use embassy_time::Delay;
use embedded_hal_bus::spi::ExclusiveDevice;
use puck_parts::{Body, Glass, Tft};

pub const GLASS: Glass = Glass::St7789;

type P<T> = Peri<'static, T>;

pub async fn paint(
    (bus, clock, data): (P<SPI1>, P<PIN_10>, P<PIN_11>),
    [select, command, reset]: [P<AnyPin>; 3],
    (slice, light): (P<PWM_SLICE6>, P<PIN_13>),
    body: &Body,
) {
    let mut config = Config::default();
    config.frequency = 62_500_000;
    // Modules without a select line take this mode only.
    (config.phase, config.polarity) = (Phase::CaptureOnSecondTransition, Polarity::IdleHigh);
    let bus = Spi::new_blocking_txonly(bus, clock, data, config);
    let Ok(bus) = ExclusiveDevice::new(bus, Output::new(select, Level::High), Delay);
    let pins = [command, reset].map(|pin| Output::new(pin, Level::High));
    let back = Pwm::new_output_b(slice, light, pwm::Config::default());
    let mut buffer = [0; 512];
    body.paint(Tft::new((bus, &mut buffer), pins, back, &mut Delay))
        .await;
}
