//! Kinds of panel: how large, how many colours. Knows no bus.

use embedded_graphics::geometry::Size;

/// A kind of panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SSD1306, 128 by 64, on I2C.
    Ssd1306,
    /// ST7789, 240 by 240, on SPI.
    St7789,
    /// ILI9341, 320 by 240, on SPI.
    Ili9341,
    /// Electronic paper of 2.9 inch (Waveshare, version 2), 296 by 128, on SPI.
    Paper29,
    /// Electronic paper of 4.2 inch (Waveshare), 400 by 300, on SPI.
    Paper42,
    /// A framebuffer of the kernel, of any size.
    Framebuffer,
}

/// How many colours a panel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Lit pixels on dark glass.
    Lit,
    /// Ink on paper.
    Ink,
    /// Red, green and blue.
    Colour,
}

impl Kind {
    /// Each of them.
    pub const ALL: [Kind; 6] = [
        Kind::Ssd1306,
        Kind::St7789,
        Kind::Ili9341,
        Kind::Paper29,
        Kind::Paper42,
        Kind::Framebuffer,
    ];

    /// As in a room's file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ssd1306 => "ssd1306",
            Kind::St7789 => "st7789",
            Kind::Ili9341 => "ili9341",
            Kind::Paper29 => "paper-2in9",
            Kind::Paper42 => "paper-4in2",
            Kind::Framebuffer => "framebuffer",
        }
    }

    /// Its size as people look at it; a framebuffer's is read from the kernel, this one stands in for it in pictures.
    pub fn size(self) -> Size {
        match self {
            Kind::Ssd1306 => Size::new(128, 64),
            Kind::St7789 => Size::new(240, 240),
            Kind::Ili9341 => Size::new(320, 240),
            Kind::Paper29 => Size::new(296, 128),
            Kind::Paper42 => Size::new(400, 300),
            Kind::Framebuffer => Size::new(480, 320),
        }
    }

    /// Its colours.
    pub fn depth(self) -> Depth {
        match self {
            Kind::Ssd1306 => Depth::Lit,
            Kind::Paper29 | Kind::Paper42 => Depth::Ink,
            Kind::St7789 | Kind::Ili9341 | Kind::Framebuffer => Depth::Colour,
        }
    }
}
