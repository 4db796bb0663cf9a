//! Electronic paper on SPI (crate `epd-waveshare`): slow, and worn by quick refreshes, so a whole one comes now and then.

use super::Glass;
use crate::canvas::Canvas;
use crate::draw::{Palette, draw};
use crate::error::PanelError;
use crate::kind::Kind;
use crate::show::Show;
use core::marker::PhantomData;
use embedded_graphics::geometry::OriginDimensions;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal::spi::SpiDevice;
use epd_waveshare::epd2in9_v2::Epd2in9;
use epd_waveshare::epd4in2::Epd4in2;
use epd_waveshare::prelude::{QuickRefresh, RefreshLut, WaveshareDisplay};

/// How a sheet is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// All of it, with some flicker, in two to four seconds; leaves no shadows.
    Whole,
    /// Without flicker in less than half a second; each leaves a little shadow.
    Quick,
}

/// Counts quick refreshes. Waveshare's manuals ask for a whole one after several quick ones; fifty left nothing that was seen.
#[derive(Debug, Default)]
pub struct Wear(u32);

impl Wear {
    /// Quick refreshes between two whole ones.
    pub const QUICK: u32 = 50;

    /// What the next one must be; counts it.
    pub fn due(&mut self) -> Refresh {
        let refresh = match self.0 % (Wear::QUICK + 1) {
            0 => Refresh::Whole,
            _ => Refresh::Quick,
        };
        self.0 = self.0.wrapping_add(1);
        refresh
    }
}

/// A sheet of paper: bytes of eight pixels, row after row, where a set bit is white.
pub trait Sheet {
    /// Shows the new bytes; the old ones are what stands there.
    ///
    /// # Errors
    /// When the bus is gone, or the sheet is busy for ever.
    fn put(&mut self, refresh: Refresh, old: &[u8], new: &[u8]) -> Result<(), PanelError>;
}

/// Electronic paper.
pub struct Paper<S> {
    sheet: S,
    kind: Kind,
    wear: Wear,
    shown: Option<Vec<u8>>,
}

impl<S: Sheet> Paper<S> {
    /// A sheet of this kind.
    pub fn new(sheet: S, kind: Kind) -> Paper<S> {
        Paper {
            sheet,
            kind,
            wear: Wear::default(),
            shown: None,
        }
    }

    /// The sheet itself.
    pub fn sheet(&self) -> &S {
        &self.sheet
    }
}

impl<S: Sheet> Paper<S> {
    fn put(
        &mut self,
        canvas: &Canvas<BinaryColor>,
        refresh: Option<Refresh>,
    ) -> Result<(), PanelError> {
        let bytes = match self.kind {
            // Its controller counts along the short side.
            Kind::Paper29 => turned(canvas),
            _ => straight(canvas),
        };
        if self.shown.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let refresh = refresh.unwrap_or_else(|| self.wear.due());
        let old = self.shown.as_deref().unwrap_or(&bytes);
        self.sheet.put(refresh, old, &bytes)?;
        self.shown = Some(bytes);
        Ok(())
    }

    fn empty(&self) -> Canvas<BinaryColor> {
        Canvas::new(self.kind.size(), Palette::ink().ground())
    }
}

impl<S: Sheet> Glass for Paper<S> {
    fn show(&mut self, show: &Show) -> Result<(), PanelError> {
        let mut canvas = self.empty();
        let Ok(()) = draw(&mut canvas, &Palette::ink(), show);
        self.put(&canvas, None)
    }

    fn blank(&mut self) -> Result<(), PanelError> {
        // Quickly: whoever ends has little time, and the next start is whole.
        let refresh = self.shown.is_some().then_some(Refresh::Quick);
        self.put(&self.empty(), refresh)
    }
}

fn packed(width: u32, height: u32, is_ink: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((width.div_ceil(8) * height) as usize);
    for y in 0..height {
        for x in (0..width).step_by(8) {
            bytes.push((0..8).fold(0, |byte, bit| byte << 1 | u8::from(!is_ink(x + bit, y))));
        }
    }
    bytes
}

fn straight(canvas: &Canvas<BinaryColor>) -> Vec<u8> {
    let size = canvas.size();
    packed(size.width, size.height, |x, y| {
        canvas.get(x, y) == Some(BinaryColor::On)
    })
}

/// A quarter turn: the canvas's left edge is the sheet's first rows.
fn turned(canvas: &Canvas<BinaryColor>) -> Vec<u8> {
    let size = canvas.size();
    let from = |x: u32, y: u32| canvas.get(y, size.height - 1 - x);
    packed(size.height, size.width, |x, y| {
        from(x, y) == Some(BinaryColor::On)
    })
}

/// A controller with its bus. `LINES` are the lines that it holds itself.
pub struct OnSpi<EPD, SPI, LINES, DELAY> {
    epd: EPD,
    spi: SPI,
    delay: DELAY,
    lines: PhantomData<LINES>,
}

impl<EPD, SPI, LINES, DELAY> OnSpi<EPD, SPI, LINES, DELAY> {
    /// A controller that was woken on this bus.
    pub fn new(epd: EPD, spi: SPI, delay: DELAY) -> Self {
        OnSpi {
            epd,
            spi,
            delay,
            lines: PhantomData,
        }
    }
}

/// What a controller needs before it takes a picture.
pub trait Prepare<SPI: SpiDevice, DELAY> {
    /// Makes it ready for a whole refresh with these bytes, or for a quick one.
    ///
    /// # Errors
    /// When the bus is gone.
    fn prepare(
        &mut self,
        whole: Option<&[u8]>,
        spi: &mut SPI,
        delay: &mut DELAY,
    ) -> Result<(), SPI::Error>;
}

impl<SPI, BUSY, DC, RST, DELAY> Prepare<SPI, DELAY> for Epd2in9<SPI, BUSY, DC, RST, DELAY>
where
    SPI: SpiDevice,
    BUSY: InputPin,
    DC: OutputPin,
    RST: OutputPin,
    DELAY: DelayNs,
{
    fn prepare(
        &mut self,
        whole: Option<&[u8]>,
        spi: &mut SPI,
        delay: &mut DELAY,
    ) -> Result<(), SPI::Error> {
        let Some(new) = whole else {
            return Ok(());
        };
        // A quick refresh loaded its own waveform; waking up loads the whole one's.
        self.wake_up(spi, delay)?;
        self.update_old_frame(spi, new, delay)
    }
}

impl<SPI, BUSY, DC, RST, DELAY> Prepare<SPI, DELAY> for Epd4in2<SPI, BUSY, DC, RST, DELAY>
where
    SPI: SpiDevice,
    BUSY: InputPin,
    DC: OutputPin,
    RST: OutputPin,
    DELAY: DelayNs,
{
    fn prepare(
        &mut self,
        whole: Option<&[u8]>,
        spi: &mut SPI,
        delay: &mut DELAY,
    ) -> Result<(), SPI::Error> {
        let waveform = match whole {
            Some(_) => RefreshLut::Full,
            None => RefreshLut::Quick,
        };
        self.set_lut(spi, delay, Some(waveform))
    }
}

impl<EPD, SPI, BUSY, DC, RST, DELAY> Sheet for OnSpi<EPD, SPI, (BUSY, DC, RST), DELAY>
where
    EPD: Prepare<SPI, DELAY>
        + WaveshareDisplay<SPI, BUSY, DC, RST, DELAY>
        + QuickRefresh<SPI, BUSY, DC, RST, DELAY>,
    SPI: SpiDevice,
    BUSY: InputPin,
    DC: OutputPin,
    RST: OutputPin,
    DELAY: DelayNs,
{
    fn put(&mut self, refresh: Refresh, old: &[u8], new: &[u8]) -> Result<(), PanelError> {
        let OnSpi {
            epd, spi, delay, ..
        } = self;
        let whole = (refresh == Refresh::Whole).then_some(new);
        epd.prepare(whole, spi, delay)
            .and_then(|()| match refresh {
                Refresh::Whole => epd
                    .update_frame(spi, new, delay)
                    .and_then(|()| epd.display_frame(spi, delay)),
                Refresh::Quick => epd
                    .update_old_frame(spi, old, delay)
                    .and_then(|()| epd.update_new_frame(spi, new, delay))
                    .and_then(|()| epd.display_new_frame(spi, delay)),
            })
            .map_err(PanelError::broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, Tongue, sample};
    use embedded_graphics::Pixel;
    use embedded_graphics::draw_target::DrawTarget;
    use embedded_graphics::geometry::{Point, Size};

    #[test]
    fn paper_is_white_and_ink_is_at_its_place() {
        let mut canvas = Canvas::new(Size::new(16, 8), BinaryColor::Off);
        canvas
            .draw_iter([Pixel(Point::new(9, 1), BinaryColor::On)])
            .unwrap();
        let bytes = straight(&canvas);
        assert_eq!(bytes.len(), 16);
        assert_eq!(bytes[3], 0b1011_1111);
        assert_eq!(bytes.iter().filter(|b| **b != 0xFF).count(), 1);
        let bytes = turned(&canvas);
        assert_eq!(bytes.len(), 16);
        assert_eq!(
            bytes[9], 0b1111_1101,
            "row 9 of the sheet, seventh from the left"
        );
    }

    /// What was asked of it.
    #[derive(Default)]
    struct Fake(Vec<Refresh>);

    impl Sheet for Fake {
        fn put(&mut self, refresh: Refresh, old: &[u8], new: &[u8]) -> Result<(), PanelError> {
            assert_eq!(old.len(), new.len());
            self.0.push(refresh);
            Ok(())
        }
    }

    #[test]
    fn a_whole_refresh_comes_first_and_after_fifty_quick_ones() {
        let mut paper = Paper::new(Fake::default(), Kind::Paper29);
        let (muted, live) = (
            sample(Sample::Muted, Tongue::German),
            sample(Sample::Live, Tongue::German),
        );
        for _ in 0..60 {
            paper.show(&muted).unwrap();
            paper.show(&muted).unwrap();
            paper.show(&live).unwrap();
        }
        let puts = &paper.sheet().0;
        assert_eq!(
            puts.len(),
            120,
            "what stands there already is not refreshed"
        );
        let whole: Vec<usize> = (0..120).filter(|at| puts[*at] == Refresh::Whole).collect();
        assert_eq!(whole, [0, 51, 102]);
    }
}
