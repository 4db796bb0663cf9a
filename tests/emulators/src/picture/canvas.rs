//! A picture as luma and quarter-size chroma planes, and painting on it with embedded-graphics.
//! Knows no scene.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use std::convert::Infallible;

/// Luma, blue and red difference of a colour, in studio range (BT.601), as Chromium reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Yuv(pub(super) [u8; 3]);

impl From<Rgb888> for Yuv {
    fn from(colour: Rgb888) -> Yuv {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(f32::from);
        let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
        let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
        let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
        Yuv([y, u, v].map(|value| value.round() as u8))
    }
}

/// The planes. Width and height are even.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) y: Vec<u8>,
    pub(super) u: Vec<u8>,
    pub(super) v: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Canvas {
        let quarter = width * height / 4;
        Canvas {
            width,
            height,
            y: vec![16; width * height],
            u: vec![128; quarter],
            v: vec![128; quarter],
        }
    }

    /// Fills the part of this area that lies on the canvas.
    pub(super) fn fill(&mut self, area: &Rectangle, colour: Yuv) {
        let area = area.intersection(&self.bounding_box());
        let Some(last) = area.bottom_right() else {
            return;
        };
        let (x0, x1) = (area.top_left.x as usize, last.x as usize + 1);
        let (y0, y1) = (area.top_left.y as usize, last.y as usize + 1);
        let Yuv([luma, blue, red]) = colour;
        for row in y0..y1 {
            self.y[row * self.width + x0..row * self.width + x1].fill(luma);
        }
        let half = self.width / 2;
        for row in y0 / 2..y1.div_ceil(2) {
            let span = row * half + x0 / 2..row * half + x1.div_ceil(2);
            self.u[span.clone()].fill(blue);
            self.v[span].fill(red);
        }
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(at, colour) in pixels {
            self.fill(&Rectangle::new(at, Size::new(1, 1)), colour.into());
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Rgb888) -> Result<(), Infallible> {
        self.fill(area, colour.into());
        Ok(())
    }
}
