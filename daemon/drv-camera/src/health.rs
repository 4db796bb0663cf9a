//! What a camera's picture is good for: one grey picture is measured and judged alone, and looks that follow each other are
//! weighed. Pure.
//!
//! Invariant: a room in the dark is called dark, and is never a fault.
//! Invariant: an alarm needs three looks that agree; a good picture ends it at once.

use crate::frame::Grey;
use room_core::event::PictureSeen;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What was measured of one picture. Luma counts from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// The mean luma.
    pub mean: f32,
    /// Between the darkest and the brightest pixel.
    pub span: u8,
    /// The sensor's noise, as a standard deviation, where the picture is calmest.
    pub noise: f32,
    /// The strongest steps between neighbours of a grid of 64 cells across: whether there is anything to see.
    pub contrast: f32,
    /// Where contrast is strong: the share of a step between two cells that two neighbouring pixels make up, of 640 across.
    /// `None` when too little is strong, or the picture too small or noisy to say.
    pub sharpness: Option<f32>,
    /// Tells pictures apart: equal for equal ones only, but for chance.
    pub digest: u64,
}

/// What one picture alone looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Something that has edges, or too little contrast to say more.
    Room,
    /// Little light.
    Dark,
    /// Not even noise.
    Black,
    /// Light, and nothing in it.
    Flat,
    /// Large contrasts without one sharp edge.
    Soft,
}

/// Pixels across at which sharpness is judged, the least at which it is, and cells across of the coarse grid.
const FINE: usize = 640;
const LEAST_FINE: usize = 480;
const CELLS: usize = 64;

// Measured on the drawn rooms, walls, nights and covers of `health/tests.rs`, with room on both sides:
/// Rooms at a quarter of their light have a mean of 38 and more, rooms with lights off 16 to 31.
const DARK: f32 = 34.0;
/// Black by limited range is 16; a sensor in the dark never gives the same everywhere.
const BLACK: f32 = 24.0;
const BLACK_SPAN: u8 = 2;
/// Covers with a falloff to the corners reach 2.2, walls with a switch or an edge begin at 7.
const FLAT: f32 = 4.0;
/// Only steps of this size are judged for sharpness: soft shadows on a wall stay below 18.
const STRONG: f32 = 22.0;
/// So many of them make a judgement, and the strongest so many count.
const ENOUGH: usize = 12;
const COUNTED: usize = 60;
/// Sharp rooms have 0.80 and more, through a soft lens 0.25, out of focus by a hundredth of the width 0.19 and less.
const SOFT: f32 = 0.21;
/// Beyond this noise the two come too near to each other.
const NOISY: f32 = 7.0;

/// Measures a picture; `None` when it is too small to be judged.
pub fn measure(grey: &Grey) -> Option<Measures> {
    let by = (grey.width / FINE).max(1);
    if grey.width < CELLS || grey.height < 16 * by || grey.luma.len() != grey.width * grey.height {
        return None;
    }
    let fine = shrink(grey, by);
    let noise = noise(&fine);
    let (low, high) = (grey.luma.iter().min()?, grey.luma.iter().max()?);
    let sum: u64 = grey.luma.iter().map(|luma| u64::from(*luma)).sum();
    let mut hasher = DefaultHasher::new();
    grey.luma.hash(&mut hasher);
    let steps = Steps::of(&fine);
    Some(Measures {
        mean: sum as f32 / grey.luma.len() as f32,
        span: high - low,
        noise,
        contrast: steps.contrast(noise),
        sharpness: steps.sharpness(&fine, noise),
        digest: hasher.finish(),
    })
}

/// Judges one picture alone.
pub fn judge(seen: &Measures) -> Sight {
    if seen.mean < BLACK && seen.span <= BLACK_SPAN {
        Sight::Black
    } else if seen.mean < DARK {
        Sight::Dark
    } else if seen.contrast < FLAT {
        Sight::Flat
    } else if seen.sharpness.is_some_and(|sharpness| sharpness < SOFT) {
        Sight::Soft
    } else {
        Sight::Room
    }
}

/// Looks that must agree before something is called wrong.
pub(crate) const AGREE: u8 = 3;

/// Weighs looks that follow each other, a minute or so apart.
#[derive(Debug, Clone, Default)]
pub struct Health {
    last: Option<Measures>,
    suspected: Option<(PictureSeen, u8)>,
    /// It has shown more than a blank wall before, so that nothing but a blank is news.
    knows_better: bool,
    said: Option<PictureSeen>,
}

impl Health {
    /// Takes a look; gives back what is to be told, which is news only.
    pub fn look(&mut self, seen: Measures, shuttered: bool) -> Option<PictureSeen> {
        let guess = self.guess(&seen, shuttered);
        self.last = Some(seen);
        let wrong = !matches!(guess, PictureSeen::Good | PictureSeen::Dark);
        // A shutter is known and not suspected.
        let sure = !wrong || shuttered;
        let times = match self.suspected {
            Some((before, times)) if before == guess => times.saturating_add(1),
            Some(_) | None => 1,
        };
        // A picture that has stood still for two looks has been seen as three alike.
        let needed = if guess == PictureSeen::Frozen {
            AGREE - 1
        } else {
            AGREE
        };
        self.suspected = Some((guess, times));
        let news = (sure || times >= needed) && self.said != Some(guess);
        news.then(|| *self.said.insert(guess))
    }

    /// What the last looks agree on; a fault that they do not agree on is none.
    pub fn sure(&self) -> Option<PictureSeen> {
        let (guess, times) = self.suspected?;
        let harmless = matches!(guess, PictureSeen::Good | PictureSeen::Dark);
        let sure = harmless || times >= AGREE - 1;
        Some(if sure { guess } else { PictureSeen::Good })
    }

    fn guess(&mut self, seen: &Measures, shuttered: bool) -> PictureSeen {
        if shuttered {
            return PictureSeen::Covered;
        }
        let sight = judge(seen);
        // Noise alone makes every picture of a living sensor another one.
        let stands = self.last.is_some_and(|last| last.digest == seen.digest);
        match sight {
            Sight::Black => PictureSeen::Black,
            Sight::Dark => PictureSeen::Dark,
            Sight::Room | Sight::Flat | Sight::Soft if stands => PictureSeen::Frozen,
            Sight::Flat if self.knows_better => PictureSeen::Covered,
            Sight::Flat => PictureSeen::Good,
            Sight::Soft => PictureSeen::Blurred,
            Sight::Room => {
                self.knows_better = true;
                PictureSeen::Good
            }
        }
    }
}

/// Means of squares of so many pixels.
fn shrink(grey: &Grey, by: usize) -> Grey {
    let (width, height) = (grey.width / by, grey.height / by);
    if by == 1 {
        return grey.clone();
    }
    let mut luma = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let rows =
                (y * by..(y + 1) * by).map(|row| &grey.luma[row * grey.width + x * by..][..by]);
            let sum: usize = rows.flatten().map(|luma| usize::from(*luma)).sum();
            luma.push(u8::try_from(sum / (by * by)).unwrap_or(u8::MAX));
        }
    }
    Grey {
        width,
        height,
        luma,
    }
}

/// Second differences along lines, of which noise alone has a mean of 1.954 deviations (the root of 6 times that of 2/pi); the
/// calmest tenth of all blocks counts, because edges are not noise. Clipped blocks have none and do not count.
fn noise(grey: &Grey) -> f32 {
    const BLOCK: usize = 16;
    let mut blocks = Vec::new();
    for top in (0..grey.height.saturating_sub(BLOCK)).step_by(BLOCK) {
        for left in (0..grey.width.saturating_sub(BLOCK)).step_by(BLOCK) {
            let rows = (top..top + BLOCK).map(|row| &grey.luma[row * grey.width + left..][..BLOCK]);
            let (mut sum, mut clipped) = (0_u32, 0_u32);
            for row in rows {
                for three in row.windows(3) {
                    let [a, b, c] = [three[0], three[1], three[2]].map(i32::from);
                    sum += (a - 2 * b + c).unsigned_abs();
                    clipped += u32::from(b <= 1 || b >= 254);
                }
            }
            let count = (BLOCK * (BLOCK - 2)) as u32;
            if clipped < count / 4 {
                blocks.push(sum as f32 / count as f32);
            }
        }
    }
    blocks.sort_by(f32::total_cmp);
    blocks
        .get(blocks.len() / 10)
        .map_or(0.0, |calm| calm / 1.954)
}

/// Steps between neighbouring cells of the coarse grid, strongest first.
struct Steps {
    /// Pixels across a cell.
    side: usize,
    all: Vec<Step>,
}

#[derive(Clone, Copy)]
struct Step {
    size: f32,
    /// The left or upper one of the two cells, in pixels.
    left: usize,
    top: usize,
    way: Way,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Across,
    Down,
}

impl Steps {
    fn of(grey: &Grey) -> Steps {
        let side = grey.width / CELLS;
        let (across, down) = (grey.width / side, grey.height / side);
        let cell = |x: usize, y: usize| {
            let rows = (y * side..(y + 1) * side)
                .map(|row| &grey.luma[row * grey.width + x * side..][..side]);
            rows.flatten().map(|luma| usize::from(*luma)).sum::<usize>() as f32
                / (side * side) as f32
        };
        let cells: Vec<f32> = (0..across * down)
            .map(|i| cell(i % across, i / across))
            .collect();
        let mut all = Vec::with_capacity(2 * cells.len());
        for (index, here) in cells.iter().enumerate() {
            let (x, y) = (index % across, index / across);
            let mut add = |next: f32, way| {
                let (left, top) = (x * side, y * side);
                all.push(Step {
                    size: (here - next).abs(),
                    left,
                    top,
                    way,
                });
            };
            if x + 1 < across {
                add(cells[index + 1], Way::Across);
            }
            if y + 1 < down {
                add(cells[index + across], Way::Down);
            }
        }
        all.sort_by(|a, b| b.size.total_cmp(&a.size));
        Steps { side, all }
    }

    /// What one step in five hundred reaches: a hot pixel is nothing to see, a light switch is. Of noise alone that many lie
    /// beyond 3.1 deviations.
    fn contrast(&self, noise: f32) -> f32 {
        let of_noise = 3.1 * core::f32::consts::SQRT_2 * noise / self.side as f32;
        self.all
            .get(self.all.len() / 500)
            .map_or(0.0, |step| (step.size - of_noise).max(0.0))
    }

    fn sharpness(&self, grey: &Grey, noise: f32) -> Option<f32> {
        let strong = self
            .all
            .iter()
            .take(COUNTED)
            .take_while(|step| step.size > STRONG);
        let mut shares: Vec<f32> = strong.map(|step| self.share(grey, *step, noise)).collect();
        if shares.len() < ENOUGH || grey.width < LEAST_FINE || noise > NOISY {
            return None;
        }
        shares.sort_by(f32::total_cmp);
        // As if there were 640 pixels across: with fewer the same blur takes fewer of them.
        Some(shares[shares.len() / 2] * self.side as f32 * CELLS as f32 / FINE as f32)
    }

    /// The largest step between two neighbouring pixels in the two cells, over bands of four, as a share of the cells' step.
    fn share(&self, grey: &Grey, step: Step, noise: f32) -> f32 {
        const BAND: usize = 4;
        let at = |along: usize, aside: usize| {
            let (x, y) = match step.way {
                Way::Across => (step.left + along, step.top + aside),
                Way::Down => (step.left + aside, step.top + along),
            };
            f32::from(grey.luma[y * grey.width + x])
        };
        let mut largest: f32 = 0.0;
        for aside in 0..self.side.saturating_sub(BAND - 1) {
            for along in 1..2 * self.side {
                let sum: f32 = (aside..aside + BAND)
                    .map(|aside| at(along, aside) - at(along - 1, aside))
                    .sum();
                largest = largest.max(sum.abs() / BAND as f32);
            }
        }
        // The largest of some fifty that noise alone gives, each the difference of two means of four.
        (largest - 1.6 * noise).max(0.0) / step.size
    }
}

#[cfg(test)]
mod tests;
