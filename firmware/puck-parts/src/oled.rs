//! The small display: SSD1306, 128 x 64, on any I2C bus. Its driver draws into memory and writes down what the bus is to
//! carry; the bus carries it while keys and line have their turns. Knows no screen by name.

use crate::body::Panel;
use core::cell::RefCell;
use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::primitives::Rectangle;
use embedded_hal_async::i2c::I2c;
use heapless::{Deque, Vec};
use puck_ui::Puck;
use ssd1306::Ssd1306;
use ssd1306::mode::{BufferedGraphicsMode, DisplayConfig};
use ssd1306::prelude::{Brightness, DisplayRotation, DisplaySize128x64};
use wire::Light;

/// With its solder bridge as sold; the other one is 3D.
const ADDRESS: u8 = 0x3c;
/// What follows are commands, or a picture (SSD1306 manual, 8.1.5.2).
const COMMANDS: u8 = 0x00;
const PICTURE: u8 = 0x40;

/// What the bus is to carry, in order: switching it on is the most, at eighteen commands; a row of the picture the longest.
pub type Writes = RefCell<Deque<Vec<u8, { 1 + 128 }>, 24>>;

struct Tape<'a>(&'a Writes);

impl Tape<'_> {
    fn note(&self, kind: u8, bytes: DataFormat<'_>) -> Result<(), DisplayError> {
        let DataFormat::U8(bytes) = bytes else {
            return Err(DisplayError::DataFormatNotImplemented);
        };
        let mut write = Vec::from([kind]);
        let full = |_| DisplayError::OutOfBoundsError;
        write.extend_from_slice(bytes).map_err(full)?;
        let noted = self.0.borrow_mut().push_back(write);
        noted.map_err(|_| DisplayError::OutOfBoundsError)
    }
}

impl WriteOnlyDataCommand for Tape<'_> {
    fn send_commands(&mut self, commands: DataFormat<'_>) -> Result<(), DisplayError> {
        self.note(COMMANDS, commands)
    }

    fn send_data(&mut self, picture: DataFormat<'_>) -> Result<(), DisplayError> {
        self.note(PICTURE, picture)
    }
}

type Driver<'a> = Ssd1306<Tape<'a>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

/// The small display.
pub struct Oled<'a, B> {
    bus: B,
    writes: &'a Writes,
    glass: Driver<'a>,
    light: Light,
}

impl<'a, B: I2c> Oled<'a, B> {
    /// On this bus, which may run at 400 kHz; `writes` are for it alone.
    pub fn new(bus: B, writes: &'a Writes) -> Oled<'a, B> {
        let glass = Ssd1306::new(Tape(writes), DisplaySize128x64, DisplayRotation::Rotate0);
        Oled {
            bus,
            writes,
            glass: glass.into_buffered_graphics_mode(),
            light: Light::Full,
        }
    }

    async fn carry(&mut self) {
        loop {
            // Not in the loop's head, where it would be held over the wait.
            let write = self.writes.borrow_mut().pop_front();
            let Some(write) = write else { return };
            let _ = self.bus.write(ADDRESS, &write).await;
        }
    }
}

impl<B: I2c> Panel for Oled<'_, B> {
    async fn begin(&mut self) {
        let _ = self.glass.init();
        let _ = self.glass.set_brightness(Brightness::NORMAL);
        self.carry().await;
    }

    fn draw(&mut self, puck: &Puck, area: &Rectangle) {
        let _ = puck.draw(&mut self.glass.clipped(area));
    }

    async fn show(&mut self) {
        let _ = self.glass.flush();
        self.carry().await;
    }

    async fn shine(&mut self, light: Light) {
        if core::mem::replace(&mut self.light, light) == light {
            return;
        }
        let _ = self.glass.set_brightness(match light {
            Light::Full | Light::Other(_) => Brightness::NORMAL,
            Light::Dim | Light::Dark => Brightness::DIMMEST,
        });
        let _ = self.glass.set_display_on(light != Light::Dark);
        self.carry().await;
    }
}
