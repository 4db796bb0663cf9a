//! Pixels in memory, and which of them changed. Knows no panel.

use core::convert::Infallible;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::PixelColor;
use embedded_graphics::primitives::Rectangle;

/// A picture in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas<C> {
    size: Size,
    pixels: Vec<C>,
}

impl<C: PixelColor> Canvas<C> {
    /// One colour all over.
    pub fn new(size: Size, colour: C) -> Canvas<C> {
        let count = size.width as usize * size.height as usize;
        Canvas {
            size,
            pixels: vec![colour; count],
        }
    }

    /// One pixel; `None` outside.
    pub fn get(&self, x: u32, y: u32) -> Option<C> {
        let inside = x < self.size.width && y < self.size.height;
        let at = y as usize * self.size.width as usize + x as usize;
        inside.then(|| self.pixels.get(at).copied()).flatten()
    }

    /// Row after row.
    pub fn pixels(&self) -> &[C] {
        &self.pixels
    }

    /// Row after row of a part that lies inside.
    pub fn part(&self, area: Rectangle) -> impl Iterator<Item = C> + '_ {
        let (x, y) = (
            area.top_left.x.max(0) as usize,
            area.top_left.y.max(0) as usize,
        );
        let width = self.size.width as usize;
        let rows = self
            .pixels
            .chunks(width.max(1))
            .skip(y)
            .take(area.size.height as usize);
        rows.flat_map(move |row| row.iter().skip(x).take(area.size.width as usize).copied())
    }
}

impl<C> OriginDimensions for Canvas<C> {
    fn size(&self) -> Size {
        self.size
    }
}

impl<C: PixelColor> DrawTarget for Canvas<C> {
    type Color = C;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<C>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
                continue;
            };
            if x < self.size.width && y < self.size.height {
                let at = y as usize * self.size.width as usize + x as usize;
                self.pixels[at] = colour;
            }
        }
        Ok(())
    }
}

/// What a panel can be told apart: columns and rows in steps of so many pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Across.
    pub column: u32,
    /// Down.
    pub row: u32,
}

/// The parts that differ between two pictures of one size, each on the grid, from top to bottom.
/// `None` before: everything.
pub fn changes<C: PixelColor>(
    before: Option<&Canvas<C>>,
    after: &Canvas<C>,
    grid: Grid,
) -> Vec<Rectangle> {
    let size = after.size;
    let whole = Rectangle::new(Point::zero(), size);
    let Some(before) = before.filter(|before| before.size == size) else {
        return vec![whole];
    };
    let mut areas: Vec<Rectangle> = Vec::new();
    for top in (0..size.height).step_by(grid.row.max(1) as usize) {
        let height = grid.row.max(1).min(size.height - top);
        let Some((left, right)) = changed_columns(before, after, top, height) else {
            continue;
        };
        let step = grid.column.max(1);
        let left = left / step * step;
        let right = ((right / step + 1) * step).min(size.width);
        let area = Rectangle::new(
            Point::new(left as i32, top as i32),
            Size::new(right - left, height),
        );
        match areas
            .last_mut()
            .and_then(|last| joined(*last, area).map(|both| (last, both)))
        {
            Some((last, both)) => *last = both,
            None => areas.push(area),
        }
    }
    areas
}

fn changed_columns<C: PixelColor>(
    before: &Canvas<C>,
    after: &Canvas<C>,
    top: u32,
    height: u32,
) -> Option<(u32, u32)> {
    let differs = |x: &u32| (top..top + height).any(|y| before.get(*x, y) != after.get(*x, y));
    let left = (0..after.size.width).find(differs)?;
    let right = (0..after.size.width).rev().find(differs)?;
    Some((left, right))
}

/// One area instead of two that touch, when it is not much larger: each costs its addresses.
fn joined(above: Rectangle, below: Rectangle) -> Option<Rectangle> {
    let touches = above.top_left.y + above.size.height as i32 == below.top_left.y;
    let left = above.top_left.x.min(below.top_left.x);
    let right = (above.top_left.x + above.size.width as i32)
        .max(below.top_left.x + below.size.width as i32);
    let both = Rectangle::new(
        Point::new(left, above.top_left.y),
        Size::new((right - left) as u32, above.size.height + below.size.height),
    );
    let pixels = |area: Rectangle| area.size.width * area.size.height;
    (touches && pixels(both) <= (pixels(above) + pixels(below)) * 5 / 4).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_graphics::pixelcolor::BinaryColor;
    use embedded_graphics::pixelcolor::BinaryColor::{Off, On};

    const PAGES: Grid = Grid { column: 1, row: 8 };

    fn with(points: &[(i32, i32)]) -> Canvas<BinaryColor> {
        let mut canvas = Canvas::new(Size::new(64, 32), Off);
        let pixels = points.iter().map(|(x, y)| Pixel(Point::new(*x, *y), On));
        canvas.draw_iter(pixels).unwrap();
        canvas
    }

    fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle::new(Point::new(x, y), Size::new(width, height))
    }

    #[test]
    fn what_did_not_change_is_not_sent() {
        assert_eq!(changes(Some(&with(&[(3, 3)])), &with(&[(3, 3)]), PAGES), []);
        assert_eq!(changes(None, &with(&[]), PAGES), [area(0, 0, 64, 32)]);
    }

    #[test]
    fn changes_lie_on_the_grid() {
        let before = with(&[]);
        assert_eq!(
            changes(Some(&before), &with(&[(5, 9), (11, 14)]), PAGES),
            [area(5, 8, 7, 8)]
        );
        let eight = Grid { column: 8, row: 1 };
        assert_eq!(
            changes(Some(&before), &with(&[(5, 9), (11, 9)]), eight),
            [area(0, 9, 16, 1)]
        );
    }

    #[test]
    fn touching_parts_are_joined_only_when_that_is_cheap() {
        let before = with(&[]);
        let alike = with(&[(0, 1), (20, 1), (0, 9), (19, 9)]);
        assert_eq!(changes(Some(&before), &alike, PAGES), [area(0, 0, 21, 16)]);
        let apart = with(&[(0, 1), (1, 1), (60, 9), (61, 9)]);
        assert_eq!(
            changes(Some(&before), &apart, PAGES),
            [area(0, 0, 2, 8), area(60, 8, 2, 8)]
        );
    }

    #[test]
    fn a_part_is_read_row_by_row() {
        let canvas = with(&[(2, 1), (3, 2)]);
        let part: Vec<_> = canvas.part(area(2, 1, 2, 2)).collect();
        assert_eq!(part, [On, Off, Off, On]);
    }
}
