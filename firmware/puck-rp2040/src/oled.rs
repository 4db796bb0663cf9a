//! The small display's bus: I2C at 400 kHz.

use embassy_rp::i2c::{Config, I2c, InterruptHandler};
use embassy_rp::peripherals::{I2C0, PIN_4, PIN_5};
use embassy_rp::{Peri, bind_interrupts};
use puck_parts::{Body, Glass, Oled, Writes};

bind_interrupts!(struct Irqs {
    I2C0_IRQ => InterruptHandler<I2C0>;
});

pub const GLASS: Glass = Glass::Ssd1306;

type P<T> = Peri<'static, T>;

pub async fn paint(bus: P<I2C0>, clock: P<PIN_5>, data: P<PIN_4>, body: &Body) {
    let mut config = Config::default();
    config.frequency = 400_000;
    let bus = I2c::new_async(bus, clock, data, Irqs, config);
    body.paint(Oled::new(bus, &Writes::default())).await;
}
