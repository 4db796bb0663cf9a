//! SSD1306 on I2C (crate `ssd1306`): eight rows are a page, and a page's columns are bytes.

use super::Glass;
use crate::canvas::{Canvas, Grid, changes};
use crate::draw::{Palette, draw};
use crate::error::PanelError;
use crate::kind::Kind;
use crate::show::Show;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;
use embedded_hal::i2c::I2c;
use ssd1306::mode::BasicMode;
use ssd1306::prelude::{DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306, command::AddrMode};

/// SSD1306 datasheet, section 8.7: a byte is eight rows of one column.
const PAGES: Grid = Grid { column: 1, row: 8 };

/// An SSD1306 of 128 by 64 pixels. Its crate keeps no reason of a failure; on this bus a panel that is only written to has one.
pub struct Oled<I> {
    panel: Ssd1306<I2CInterface<I>, DisplaySize128x64, BasicMode>,
    address: u8,
    shown: Option<Canvas<BinaryColor>>,
}

impl<I: I2c> Oled<I> {
    /// Switches it on. Its usual address is 0x3C.
    ///
    /// # Errors
    /// When nobody answers at the address.
    pub fn open(i2c: I, address: u8) -> Result<Oled<I>, PanelError> {
        let interface = I2CDisplayInterface::new_custom_address(i2c, address);
        let mut panel = Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0);
        // Horizontal: a part's bytes follow each other without new addresses.
        panel
            .init_with_addr_mode(AddrMode::Horizontal)
            .map_err(|_| PanelError::Silent(address))?;
        Ok(Oled {
            panel,
            address,
            shown: None,
        })
    }

    /// Gives the bus back.
    pub fn release(self) -> I {
        self.panel.release().release()
    }
}

impl<I: I2c> Oled<I> {
    fn put(&mut self, canvas: Canvas<BinaryColor>) -> Result<(), PanelError> {
        for area in changes(self.shown.as_ref(), &canvas, PAGES) {
            // The crate counts rows in pixels too, and makes pages of them itself.
            let (left, top) = (area.top_left.x as u8, area.top_left.y as u8);
            let right = left + area.size.width as u8;
            let bottom = top + area.size.height as u8;
            let addressed = self.panel.set_draw_area((left, top), (right, bottom));
            addressed.map_err(|_| PanelError::Silent(self.address))?;
            let drawn = self.panel.draw(&bytes(&canvas, area));
            drawn.map_err(|_| PanelError::Silent(self.address))?;
        }
        self.shown = Some(canvas);
        Ok(())
    }

    fn empty() -> Canvas<BinaryColor> {
        Canvas::new(Kind::Ssd1306.size(), Palette::lit().ground())
    }
}

impl<I: I2c> Glass for Oled<I> {
    fn show(&mut self, show: &Show) -> Result<(), PanelError> {
        let mut canvas = Self::empty();
        let Ok(()) = draw(&mut canvas, &Palette::lit(), show);
        self.put(canvas)
    }

    fn blank(&mut self) -> Result<(), PanelError> {
        self.put(Self::empty())
    }
}

/// A part that lies on pages, as the panel wants it.
fn bytes(canvas: &Canvas<BinaryColor>, area: Rectangle) -> Vec<u8> {
    let (left, top) = (area.top_left.x as u32, area.top_left.y as u32);
    let mut bytes = Vec::new();
    for page in 0..area.size.height / 8 {
        for column in 0..area.size.width {
            let bit =
                |row: u32| canvas.get(left + column, top + page * 8 + row) == Some(BinaryColor::On);
            bytes.push((0..8).fold(0, |byte, row| byte | u8::from(bit(row)) << row));
        }
    }
    bytes
}
