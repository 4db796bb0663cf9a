//! The table button's image: pins, clocks and lines of one chip around `puck-ui`, which alone decides.
//! What is wired to which pin stands in `firmware/README.md`.

#![no_std]
#![no_main]

#[cfg_attr(feature = "oled", path = "oled.rs")]
#[cfg_attr(feature = "tft", path = "tft.rs")]
mod glass;
#[cfg_attr(feature = "usb", path = "usb.rs")]
#[cfg_attr(feature = "uart", path = "uart.rs")]
mod line;
mod retained;

use core::cell::RefCell;
use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either4, select4};
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::peripherals::{DMA_CH0, FLASH, PIO0};
use embassy_rp::pio::Pio;
use embassy_rp::pio_programs::ws2812::{Grb, PioWs2812, PioWs2812Program};
use embassy_rp::watchdog::Watchdog;
use embassy_rp::{Peri, bind_interrupts, dma, pio, rom_data};
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, Timer};
use embedded_graphics::prelude::RgbColor;
use puck_ui::{Areas, Config, Key, LIGHTS, Level, Output, Puck, Text, Tongue};
use smart_leds::RGB8;
use static_cell::StaticCell;

bind_interrupts!(struct Irqs {
    PIO0_IRQ_0 => pio::InterruptHandler<PIO0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

type Light = PioWs2812<'static, PIO0, 0, LIGHTS, Grb>;

const FIRMWARE: &str = concat!("roomd-puck ", env!("CARGO_PKG_VERSION"));
const FLASH_BYTES: usize = 2 << 20;
/// Whoever keeps the loop from turning for this long makes the chip start anew.
const BITES_AFTER: Duration = Duration::from_millis(1000);

/// Says whose image this is, and for what; the daemon writes no other onto a button.
#[used]
static MARKER: [u8; MARK.len()] = *MARK.first_chunk().unwrap();
const MARK: &[u8] = concat!(
    "roomd-table-button/1 rp2040 ",
    env!("PUCK_DISPLAY"),
    " ",
    env!("PUCK_LINE"),
    " ",
    env!("CARGO_PKG_VERSION"),
    "\0"
)
.as_bytes();

/// Bytes from the host.
static HEARD: Pipe<ThreadModeRawMutex, 512> = Pipe::new();
/// Frames to the host; more wait inside the button, where they stay fresh.
static TO_SAY: Channel<ThreadModeRawMutex, wire::Frame, 2> = Channel::new();
static TO_DRAW: Signal<ThreadModeRawMutex, ()> = Signal::new();

struct Keys {
    main: Input<'static>,
    mute: Input<'static>,
    levels: [Level; 2],
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let trouble = retained::take();
    let p = embassy_rp::init(Default::default());
    let mut watchdog = Watchdog::new(p.WATCHDOG);
    watchdog.start(BITES_AFTER);
    let serial = serial(p.FLASH);
    #[cfg(feature = "usb")]
    line::start(spawner, p.USB, serial);
    #[cfg(feature = "uart")]
    line::start(spawner, p.UART0, p.PIN_0, p.PIN_1);
    #[cfg(feature = "oled")]
    let glass = glass::Screen::new(p.I2C0, p.PIN_5, p.PIN_4);
    #[cfg(feature = "tft")]
    let glass = glass::Screen::new(glass::Pins {
        bus: p.SPI1,
        clock: p.PIN_10,
        data: p.PIN_11,
        select: p.PIN_9,
        command: p.PIN_8,
        reset: p.PIN_12,
        slice: p.PWM_SLICE6,
        light: p.PIN_13,
    });
    let Pio {
        mut common, sm0, ..
    } = Pio::new(p.PIO0, Irqs);
    let program = PioWs2812Program::new(&mut common);
    let ring = Light::new(&mut common, sm0, p.DMA_CH0, Irqs, p.PIN_16, &program);
    let keys = Keys {
        main: Input::new(p.PIN_14, Pull::Up),
        mute: Input::new(p.PIN_15, Pull::Up),
        levels: [Level::Up; 2],
    };
    let puck = RefCell::new(Puck::new(Config {
        firmware: Text::cut(FIRMWARE),
        serial: Text::cut(serial),
        tongue: Tongue::German,
        glass: glass::GLASS,
        trouble,
    }));
    let shown = RefCell::new(Shown::default());
    join(
        live(&puck, &shown, keys, ring, watchdog),
        paint(&puck, &shown, glass),
    )
    .await;
}

/// What is still to be drawn, and how bright.
#[derive(Default)]
struct Shown {
    areas: Areas,
    light: Option<wire::Light>,
}

async fn live(
    puck: &RefCell<Puck>,
    shown: &RefCell<Shown>,
    mut keys: Keys,
    mut ring: Light,
    mut watchdog: Watchdog,
) {
    let mut bytes = [0; 64];
    let mut lit = None;
    loop {
        let at = now();
        let out = turn(&mut puck.borrow_mut(), at);
        hand_over(&out, &mut shown.borrow_mut());
        if lit != Some(out.ring) {
            ring.write(&out.ring.map(|c| RGB8::new(c.r(), c.g(), c.b())))
                .await;
            lit = Some(out.ring);
        }
        watchdog.feed(BITES_AFTER);
        let due = Instant::from_micros(puck.borrow().due(at).as_micros() as u64);
        let next = select4(
            keys.main.wait_for_any_edge(),
            keys.mute.wait_for_any_edge(),
            HEARD.read(&mut bytes),
            Timer::at(due),
        )
        .await;
        let mut puck = puck.borrow_mut();
        match next {
            Either4::First(()) => keys.felt(Key::Main, &mut puck),
            Either4::Second(()) => keys.felt(Key::Mute, &mut puck),
            Either4::Third(len) => puck.hear(&bytes[..len], now()),
            // An edge between two waits is seen here.
            Either4::Fourth(()) => keys.looked_at(&mut puck),
        }
    }
}

fn turn(puck: &mut Puck, at: core::time::Duration) -> Output {
    let out = puck.tick(at);
    while !TO_SAY.is_full() {
        match puck.say(at) {
            Some(frame) => TO_SAY.try_send(frame).unwrap_or_default(),
            None => break,
        }
    }
    if puck.wants_loader() {
        rom_data::reset_to_usb_boot(0, 0);
    }
    out
}

fn hand_over(out: &Output, shown: &mut Shown) {
    let changed = !out.dirty.is_empty() || shown.light != Some(out.light);
    for area in &out.dirty {
        if !shown.areas.contains(area) {
            // There is room for every area of a display, and each is kept once.
            let _ = shown.areas.push(*area);
        }
    }
    shown.light = Some(out.light);
    if changed {
        TO_DRAW.signal(());
    }
}

async fn paint(puck: &RefCell<Puck>, shown: &RefCell<Shown>, mut glass: glass::Screen) {
    glass.begin().await;
    puck.borrow_mut().redraw();
    loop {
        TO_DRAW.wait().await;
        let Shown { areas, light } = {
            let mut shown = shown.borrow_mut();
            Shown {
                areas: core::mem::take(&mut shown.areas),
                light: shown.light,
            }
        };
        for area in &areas {
            glass.draw(&puck.borrow(), area);
            glass.show().await;
        }
        if let Some(light) = light {
            glass.shine(light).await;
        }
    }
}

impl Keys {
    fn felt(&mut self, key: Key, puck: &mut Puck) {
        let (pin, last) = match key {
            Key::Mute => (&self.mute, &mut self.levels[1]),
            Key::Main | Key::Other(_) => (&self.main, &mut self.levels[0]),
        };
        *last = level(pin);
        puck.edge(key, *last, now());
    }

    fn looked_at(&mut self, puck: &mut Puck) {
        for (key, pin, last) in [(Key::Main, &self.main, 0), (Key::Mute, &self.mute, 1)] {
            if level(pin) != self.levels[last] {
                self.levels[last] = level(pin);
                puck.edge(key, self.levels[last], now());
            }
        }
    }
}

/// A pressed key connects its pin to ground.
fn level(pin: &Input) -> Level {
    match pin.is_low() {
        true => Level::Down,
        false => Level::Up,
    }
}

fn now() -> core::time::Duration {
    core::time::Duration::from_micros(Instant::now().as_micros())
}

/// The number that the maker of the flash gave it: the chip has none of its own.
fn serial(flash: Peri<'static, FLASH>) -> &'static str {
    static TEXT: StaticCell<[u8; 16]> = StaticCell::new();
    let mut id = [0; 8];
    let _ = Flash::<_, Blocking, FLASH_BYTES>::new_blocking(flash).blocking_unique_id(&mut id);
    let digit = |n: usize| b"0123456789ABCDEF"[usize::from(id[n / 2] >> (4 * (1 - n % 2)) & 15)];
    let text = TEXT.init(core::array::from_fn(digit));
    core::str::from_utf8(text).unwrap_or_default()
}
