//! ST7789 and ILI9341 on SPI (crate `mipidsi`): windows of colours.

use super::Glass;
use crate::canvas::{Canvas, Grid, changes};
use crate::draw::{Palette, draw};
use crate::error::PanelError;
use crate::show::Show;
use embedded_graphics::geometry::OriginDimensions;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::{Interface, InterfaceKind, InterfacePixelFormat};
use mipidsi::models::{ILI9341Rgb565, Model, ST7789};
use mipidsi::options::{ColorInversion, ColorOrder, Orientation, Rotation};
use mipidsi::{Builder, Display};

/// Lines of text are a few windows; a window costs eleven bytes.
const WINDOWS: Grid = Grid { column: 1, row: 4 };

/// A panel with colours.
pub struct Tft<DI, M, RST>
where
    DI: Interface,
    M: Model,
    M::ColorFormat: InterfacePixelFormat<DI::Word>,
    RST: OutputPin,
{
    panel: Display<DI, M, RST>,
    shown: Option<Canvas<Rgb565>>,
}

/// An ST7789 of 240 by 240 pixels. Its glass shows colours turned round, as nearly all of these do.
///
/// # Errors
/// When its bus or lines cannot be used.
pub fn st7789<DI, RST>(
    interface: DI,
    reset: RST,
    delay: &mut impl DelayNs,
) -> Result<Tft<DI, ST7789, RST>, PanelError>
where
    DI: Interface,
    Rgb565: InterfacePixelFormat<DI::Word>,
    RST: OutputPin,
{
    let builder = Builder::new(ST7789, interface)
        .display_size(240, 240)
        .invert_colors(ColorInversion::Inverted)
        .reset_pin(reset);
    let panel = builder.init(delay).map_err(PanelError::broken)?;
    Ok(Tft { panel, shown: None })
}

/// An ILI9341 that lies on its long side, 320 by 240 pixels.
///
/// # Errors
/// When its bus or lines cannot be used.
pub fn ili9341<DI, RST>(
    interface: DI,
    reset: RST,
    delay: &mut impl DelayNs,
) -> Result<Tft<DI, ILI9341Rgb565, RST>, PanelError>
where
    DI: Interface,
    Rgb565: InterfacePixelFormat<DI::Word>,
    RST: OutputPin,
{
    let builder = Builder::new(ILI9341Rgb565, interface)
        .color_order(ColorOrder::Bgr)
        .orientation(Orientation::new().rotate(Rotation::Deg90).flip_horizontal())
        .reset_pin(reset);
    let panel = builder.init(delay).map_err(PanelError::broken)?;
    Ok(Tft { panel, shown: None })
}

impl<DI, M, RST> Tft<DI, M, RST>
where
    DI: Interface,
    M: Model<ColorFormat = Rgb565>,
    Rgb565: InterfacePixelFormat<DI::Word>,
    RST: OutputPin,
{
    fn put(&mut self, canvas: Canvas<Rgb565>) -> Result<(), PanelError> {
        for area in changes(self.shown.as_ref(), &canvas, WINDOWS) {
            let (left, top) = (area.top_left.x as u16, area.top_left.y as u16);
            let right = left + area.size.width as u16 - 1;
            let bottom = top + area.size.height as u16 - 1;
            let part = canvas.part(area);
            let drawn = self.panel.set_pixels(left, top, right, bottom, part);
            drawn.map_err(PanelError::broken)?;
        }
        self.shown = Some(canvas);
        Ok(())
    }

    fn empty(&self) -> Canvas<Rgb565> {
        Canvas::new(self.panel.size(), Palette::colour().ground())
    }
}

impl<DI, M, RST> Glass for Tft<DI, M, RST>
where
    DI: Interface,
    M: Model<ColorFormat = Rgb565>,
    Rgb565: InterfacePixelFormat<DI::Word>,
    RST: OutputPin,
{
    fn show(&mut self, show: &Show) -> Result<(), PanelError> {
        let mut canvas = self.empty();
        let Ok(()) = draw(&mut canvas, &Palette::colour(), show);
        self.put(canvas)
    }

    fn blank(&mut self) -> Result<(), PanelError> {
        self.put(self.empty())
    }
}

/// SPI with a line that tells commands from pictures. The crate's own one borrows its buffer, and a panel that is opened again and
/// again would need a new one each time.
pub struct Pieces<SPI, DC> {
    spi: SPI,
    data: DC,
    buffer: Vec<u8>,
}

/// Bytes that go over SPI in one piece; the kernel takes no more by default (spidev's `bufsiz`).
const PIECE: usize = 4096;

impl<SPI: SpiDevice, DC: OutputPin> Pieces<SPI, DC> {
    /// A panel's bus and its data line.
    pub fn new(spi: SPI, data: DC) -> Pieces<SPI, DC> {
        Pieces {
            spi,
            data,
            buffer: Vec::with_capacity(PIECE),
        }
    }

    fn flush(&mut self) -> Result<(), BusError> {
        let written = self.spi.write(&self.buffer).map_err(|_| BusError::Spi);
        self.buffer.clear();
        written
    }
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusError {
    /// The bus.
    Spi,
    /// The data line.
    Line,
}

impl<SPI: SpiDevice, DC: OutputPin> Interface for Pieces<SPI, DC> {
    type Word = u8;
    type Error = BusError;

    const KIND: InterfaceKind = InterfaceKind::Serial4Line;

    fn send_command(&mut self, command: u8, args: &[u8]) -> Result<(), BusError> {
        self.data.set_low().map_err(|_| BusError::Line)?;
        self.spi.write(&[command]).map_err(|_| BusError::Spi)?;
        self.data.set_high().map_err(|_| BusError::Line)?;
        match args {
            [] => Ok(()),
            args => self.spi.write(args).map_err(|_| BusError::Spi),
        }
    }

    fn send_pixels<const N: usize>(
        &mut self,
        pixels: impl IntoIterator<Item = [u8; N]>,
    ) -> Result<(), BusError> {
        for pixel in pixels {
            if self.buffer.len() + N > PIECE {
                self.flush()?;
            }
            self.buffer.extend(pixel);
        }
        self.flush()
    }

    fn send_repeated_pixel<const N: usize>(
        &mut self,
        pixel: [u8; N],
        count: u32,
    ) -> Result<(), BusError> {
        self.send_pixels((0..count).map(|_| pixel))
    }
}
