//! A changed line on a small panel: time on an I2C bus at 400 kHz, and time of the processor, beside the crate's own way of
//! drawing a screen anew. Limit: 10 ms of bus.

use anyhow::{Result, anyhow};
use drv_panel::glass::{Glass, Oled};
use drv_panel::{Palette, Sample, Show, Tongue, draw, sample};
use embedded_hal::i2c::{ErrorType, I2c, Operation};
use serde_json::{Value, json};
use ssd1306::mode::DisplayConfig;
use ssd1306::prelude::{DisplayRotation, DisplaySize128x64};
use ssd1306::{I2CDisplayInterface, Ssd1306};
use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Instant;

const ADDRESS: u8 = 0x3C;
/// A byte and its answer.
const CLOCKS: f64 = 9.0;
const KILOHERTZ: f64 = 400.0;

/// A bus that counts its bytes, addresses included.
#[derive(Clone, Default)]
struct Counted(Rc<Cell<usize>>);

impl ErrorType for Counted {
    type Error = Infallible;
}

impl I2c for Counted {
    fn transaction(&mut self, _: u8, operations: &mut [Operation<'_>]) -> Result<(), Infallible> {
        let length = |operation: &Operation<'_>| match operation {
            Operation::Read(bytes) => bytes.len(),
            Operation::Write(bytes) => bytes.len(),
        };
        let bytes: usize = operations.iter().map(length).sum();
        self.0.set(self.0.get() + 1 + bytes);
        Ok(())
    }
}

impl Counted {
    /// Milliseconds on the bus since the last time.
    fn taken(&self) -> f64 {
        self.0.replace(0) as f64 * CLOCKS / KILOHERTZ
    }
}

pub fn redraw(rounds: usize) -> Result<Value> {
    let show = sample(Sample::Free, Tongue::German);
    let other = Show {
        next: Some("15:30 – 17:00".to_owned()),
        ..show.clone()
    };
    let bus = Counted::default();
    let mut oled = Oled::open(bus.clone(), ADDRESS)?;
    oled.show(&show)?;
    bus.taken();
    let (mut on_the_bus, mut computed) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let began = Instant::now();
        oled.show(if round % 2 == 0 { &other } else { &show })?;
        computed.push(began.elapsed().as_secs_f64() * 1000.0);
        on_the_bus.push(bus.taken());
    }
    Ok(json!({
        "limit_bus_ms": 10.0,
        "changed_line_bus_ms": crate::spread(&on_the_bus),
        "changed_line_cpu_ms": crate::spread(&computed),
        "peer_ssd1306_buffered_bus_ms": peer(&show, &other)?,
    }))
}

/// The crate's own buffer: drawn anew, it sends the box around everything that was drawn.
fn peer(show: &Show, other: &Show) -> Result<f64> {
    let bus = Counted::default();
    let interface = I2CDisplayInterface::new_custom_address(bus.clone(), ADDRESS);
    let mut panel = Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0)
        .into_buffered_graphics_mode();
    let failed = |e| anyhow!("the peer's panel: {e:?}");
    panel.init().map_err(failed)?;
    for screen in [show, other] {
        bus.taken();
        draw(&mut panel, &Palette::lit(), screen).map_err(failed)?;
        panel.flush().map_err(failed)?;
    }
    Ok(bus.taken())
}
