//! A picture of one part of a screen, one bit a pixel. Knows neither its colours nor where it goes.

use core::convert::Infallible;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point};
use embedded_graphics::primitives::{PointsIter, Rectangle};
use puck_ui::Stencil;

/// The largest part is the room's state on the coloured display, 240 by 112.
const MOST: usize = 240 * 112 / 8;

pub(crate) struct Mask {
    area: Rectangle,
    bits: [u8; MOST],
}

impl Mask {
    pub fn new() -> Mask {
        Mask {
            area: Rectangle::zero(),
            bits: [0; MOST],
        }
    }

    /// Of this part from now on, all ground. A larger one than there is would be drawn as far as there is room.
    pub fn begin(&mut self, area: &Rectangle) {
        self.area = *area;
        self.bits.fill(0);
    }

    /// From above, so many rows at a time: where they lie, and which pixels are lit.
    pub fn bands(
        &self,
        rows: u32,
    ) -> impl Iterator<Item = (Rectangle, impl Iterator<Item = bool>)> {
        let Rectangle { top_left, size } = self.area;
        let tops = (0..size.height).step_by(rows as usize);
        tops.map(move |top| {
            let mut band = self.area;
            band.top_left.y = top_left.y + top as i32;
            band.size.height = rows.min(size.height - top);
            let from = (top * size.width) as usize;
            let until = from + (band.size.width * band.size.height) as usize;
            (band, (from..until).map(|nth| self.is_lit(nth)))
        })
    }

    fn is_lit(&self, nth: usize) -> bool {
        let byte = self.bits.get(nth / 8).copied().unwrap_or_default();
        byte >> (nth % 8) & 1 == 1
    }

    fn set(&mut self, at: Point, colour: Stencil) {
        let Point { x, y } = at - self.area.top_left;
        let nth = y as usize * self.area.size.width as usize + x as usize;
        let bit = 1 << (nth % 8);
        match (self.bits.get_mut(nth / 8), colour) {
            (Some(byte), Stencil::Words) => *byte |= bit,
            (Some(byte), Stencil::Ground) => *byte &= !bit,
            (None, _) => {}
        }
    }
}

impl Dimensions for Mask {
    fn bounding_box(&self) -> Rectangle {
        self.area
    }
}

impl DrawTarget for Mask {
    type Color = Stencil;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Stencil>>,
    {
        for Pixel(at, colour) in pixels {
            if self.area.contains(at) {
                self.set(at, colour);
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Stencil) -> Result<(), Infallible> {
        let area = area.intersection(&self.area);
        if area == self.area {
            let all = if colour == Stencil::Words { 0xff } else { 0 };
            self.bits.fill(all);
            return Ok(());
        }
        for at in area.points() {
            self.set(at, colour);
        }
        Ok(())
    }
}
