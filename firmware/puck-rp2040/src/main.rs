//! The table button's image: pins, clocks and lines of one chip around `puck-parts`, where all else is.
//! What is wired to which pin stands in `firmware/README.md`.

#![no_std]
#![no_main]

mod last_words;
#[cfg_attr(feature = "usb", path = "usb.rs")]
#[cfg_attr(feature = "uart", path = "uart.rs")]
mod line;
#[cfg_attr(feature = "oled", path = "oled.rs")]
#[cfg_attr(feature = "tft", path = "tft.rs")]
mod panel;

use embassy_executor::Spawner;
use embassy_futures::join::join3;
use embassy_futures::select::select4;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::peripherals::{DMA_CH0, PIO0};
use embassy_rp::pio::Pio;
use embassy_rp::pio_programs::ws2812::{Grb, PioWs2812, PioWs2812Program};
use embassy_rp::watchdog::Watchdog;
use embassy_rp::{bind_interrupts, dma, pac, pio, rom_data};
use embassy_time::{Duration, Instant, Timer};
use puck_parts::{Body, Config, LIGHTS, Level, Line, Text, Tongue, still};

bind_interrupts!(struct Irqs {
    PIO0_IRQ_0 => pio::InterruptHandler<PIO0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

type Ring = PioWs2812<'static, PIO0, 0, LIGHTS, Grb>;

/// Whoever keeps the loop from turning for this long makes the chip start anew.
const BITES_AFTER: Duration = Duration::from_millis(1000);

/// Says whose image this is, and for what; the daemon writes no other onto a button.
#[used]
static MARKER: &str = concat!(env!("PUCK_MARKER"), "\0");

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let trouble = last_words::take();
    let p = embassy_rp::init(Default::default());
    let mut watchdog = Watchdog::new(p.WATCHDOG);
    watchdog.start(BITES_AFTER);
    let mut id = [0; 8];
    let _ = Flash::<_, Blocking, { 2 << 20 }>::new_blocking(p.FLASH).blocking_unique_id(&mut id);
    let serial = puck_parts::serial(id);
    let body = Body::new(Config {
        firmware: Text::cut(concat!("roomd-puck ", env!("PUCK_VERSION"))),
        serial,
        tongue: Tongue::German,
        glass: panel::GLASS,
        line: if cfg!(feature = "usb") { Line::Usb } else { Line::Uart },
        trouble,
    });
    #[cfg(feature = "usb")]
    let line = line::carry(p.USB, serial.as_str(), &body);
    #[cfg(feature = "uart")]
    let line = line::carry(p.UART0, p.PIN_0, p.PIN_1, &body);
    #[cfg(feature = "oled")]
    let panel = panel::paint(p.I2C0, p.PIN_5, p.PIN_4, &body);
    #[cfg(feature = "tft")]
    let panel = panel::paint(
        (p.SPI1, p.PIN_10, p.PIN_11),
        [p.PIN_9.into(), p.PIN_8.into(), p.PIN_12.into()],
        (p.PWM_SLICE6, p.PIN_13),
        &body,
    );
    let mut pio = Pio::new(p.PIO0, Irqs);
    let common = &mut pio.common;
    let program = PioWs2812Program::new(common);
    let ring = Ring::new(common, pio.sm0, p.DMA_CH0, Irqs, p.PIN_16, &program);
    let keys = [
        Input::new(p.PIN_14, Pull::Up),
        Input::new(p.PIN_15, Pull::Up),
    ];
    join3(live(&body, keys, ring, watchdog), line, panel).await;
}

async fn live(body: &Body, keys: [Input<'static>; 2], mut ring: Ring, mut watchdog: Watchdog) {
    let [mut main, mut mute] = keys;
    let mut felt = levels();
    loop {
        let turn = body.turn(now());
        if turn.loader {
            rom_data::reset_to_usb_boot(0, 0);
        }
        if let Some(lights) = turn.ring {
            ring.write(&lights.map(|[r, g, b]| (r, g, b).into())).await;
        }
        watchdog.feed(BITES_AFTER);
        let due = Timer::at(Instant::from_micros(turn.due.as_micros() as u64));
        let (main_moves, mute_moves) = (main.wait_for_any_edge(), mute.wait_for_any_edge());
        let still = still(|| levels() == felt, due);
        let happened = select4(main_moves, mute_moves, body.heard(), still).await;
        felt = levels();
        body.feel(felt, happened, now());
    }
}

/// A pressed key connects its pin to ground.
fn levels() -> [Level; 2] {
    let pins = pac::SIO.gpio_in(0).read();
    [14, 15].map(|pin| Level::of(pins & (1 << pin) == 0))
}

fn now() -> core::time::Duration {
    core::time::Duration::from_micros(Instant::now().as_micros())
}
