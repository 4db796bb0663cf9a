//! From where the head looks to the picture: which part of the chamber, how large.
//! The chamber is a cylinder, so columns are pan angles and rows are tilt angles.

use super::canvas::Canvas;
use super::chamber::{LEFT, PIXELS_PER_DEGREE, TOP, paint_chamber};
use super::hue::paint_band;
use room_core::units::Position;

/// Pixels across.
pub const WIDTH: usize = 640;
/// Pixels down.
pub const HEIGHT: usize = 360;

/// Degrees across at the widest.
const WIDEST: f64 = 62.0;
/// Longest over shortest focal length.
const ZOOM: f64 = 12.0;
/// Steps between two pixels of the chamber.
const FRACTION: usize = 64;

/// One picture: luma, then quarter-size blue and red difference, as in a Y4M file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Vec<u8>);

impl Frame {
    /// Bytes of one picture.
    pub const LEN: usize = WIDTH * HEIGHT * 3 / 2;

    /// Black.
    pub fn dark() -> Frame {
        let mut bytes = vec![16; Frame::LEN];
        bytes[WIDTH * HEIGHT..].fill(128);
        Frame(bytes)
    }

    /// The planes, one after the other.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Luma, blue and red difference of a pixel.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let chroma = WIDTH * HEIGHT + y / 2 * (WIDTH / 2) + x / 2;
        [
            self.0[y * WIDTH + x],
            self.0[chroma],
            self.0[chroma + WIDTH * HEIGHT / 4],
        ]
    }

    /// One colour over the last rows; an even number.
    pub(super) fn fill_rows_from_bottom(&mut self, rows: usize, [luma, blue, red]: [u8; 3]) {
        let (y, chroma) = self.0.split_at_mut(WIDTH * HEIGHT);
        let (u, v) = chroma.split_at_mut(WIDTH * HEIGHT / 4);
        y[WIDTH * (HEIGHT - rows)..].fill(luma);
        let quarter = WIDTH / 2 * (HEIGHT - rows) / 2;
        u[quarter..].fill(blue);
        v[quarter..].fill(red);
    }

    /// The same picture with a sensor's noise, different for each seed: no two frames of a live camera are alike.
    pub fn noisy(&self, seed: u32) -> Frame {
        let mut frame = self.clone();
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        for pixel in &mut frame.0[..WIDTH * (HEIGHT - super::hue::BAND_ROWS)] {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *pixel = match state >> 30 {
                0 => pixel.saturating_sub(1),
                1 => pixel.saturating_add(1),
                _ => *pixel,
            };
        }
        frame
    }
}

/// The chamber and the lens before it.
#[derive(Debug)]
pub struct Camera {
    chamber: Canvas,
}

impl Default for Camera {
    fn default() -> Self {
        Camera {
            chamber: paint_chamber(),
        }
    }
}

/// Where a pixel falls between two of the chamber's.
#[derive(Clone, Copy)]
struct Sample {
    at: usize,
    next: usize,
    share: usize,
}

impl Camera {
    /// What is seen from there.
    pub fn see(&self, position: Position) -> Frame {
        let across = WIDEST / ZOOM.powf(f64::from(position.zoom.min(1000)) / 1000.0);
        let down = across * HEIGHT as f64 / WIDTH as f64;
        let pan = f64::from(position.pan) / 100.0;
        let tilt = f64::from(position.tilt) / 100.0;
        let columns = samples(
            WIDTH,
            pan - across / 2.0 - LEFT,
            across / WIDTH as f64,
            self.chamber.width,
        );
        let rows = samples(
            HEIGHT,
            TOP - tilt - down / 2.0,
            down / HEIGHT as f64,
            self.chamber.height,
        );
        let mut frame = Frame::dark();
        self.fill_luma(&mut frame.0[..WIDTH * HEIGHT], &columns, &rows);
        let (u, v) = frame.0[WIDTH * HEIGHT..].split_at_mut(WIDTH * HEIGHT / 4);
        self.fill_chroma(&self.chamber.u, u, (&columns, &rows));
        self.fill_chroma(&self.chamber.v, v, (&columns, &rows));
        paint_band(&mut frame, position);
        frame
    }

    fn fill_luma(&self, out: &mut [u8], columns: &[Sample], rows: &[Sample]) {
        let width = self.chamber.width;
        for (line, row) in out.chunks_exact_mut(WIDTH).zip(rows) {
            let upper = &self.chamber.y[row.at * width..][..width];
            let lower = &self.chamber.y[row.next * width..][..width];
            for (pixel, column) in line.iter_mut().zip(columns) {
                let left = usize::from(upper[column.at]) * (FRACTION - row.share)
                    + usize::from(lower[column.at]) * row.share;
                let right = usize::from(upper[column.next]) * (FRACTION - row.share)
                    + usize::from(lower[column.next]) * row.share;
                let both = left * (FRACTION - column.share) + right * column.share;
                *pixel = (both / (FRACTION * FRACTION)) as u8;
            }
        }
    }

    fn fill_chroma(&self, plane: &[u8], out: &mut [u8], (columns, rows): (&[Sample], &[Sample])) {
        let width = self.chamber.width / 2;
        for (line, row) in out.chunks_exact_mut(WIDTH / 2).zip(rows.iter().step_by(2)) {
            let from = &plane[row.at / 2 * width..][..width];
            for (pixel, column) in line.iter_mut().zip(columns.iter().step_by(2)) {
                *pixel = from[column.at / 2];
            }
        }
    }
}

/// Where each of `count` pixels falls that start at `first` degrees from the chamber's edge and are `step` degrees apart.
fn samples(count: usize, first: f64, step: f64, size: usize) -> Vec<Sample> {
    let last = (size - 1) as f64;
    (0..count)
        .map(|n| {
            let place = (first + (n as f64 + 0.5) * step) * PIXELS_PER_DEGREE;
            let place = place.clamp(0.0, last);
            let at = place as usize;
            Sample {
                at,
                next: (at + 1).min(size - 1),
                share: ((place - at as f64) * FRACTION as f64) as usize,
            }
        })
        .collect()
}
