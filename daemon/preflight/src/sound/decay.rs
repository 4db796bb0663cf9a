//! How long a room rings: Schroeder's integral of the impulse response and the line through it (ISO 3382-2, T20).
//! Knows no limit and no verdict.

use super::quantity::Decibels;
use super::spectrum::{Bins, Fourier};
use core::f64::consts::FRAC_PI_2;

/// Octaves whose reverberation counts for speech, in hertz.
const OCTAVES: [f64; 3] = [500.0, 1000.0, 2000.0];
/// The line is laid through the decay from here
const FROM_DB: f64 = -5.0;
/// to here.
const TO_DB: f64 = -25.0;
/// The noise must lie so far below the end of the line.
const ABOVE_NOISE_DB: f64 = 10.0;

/// Seconds in which sound falls by 60 dB, over the octaves of speech; `None` when the noise hides the decay.
/// The impulse response begins with the direct sound and ends before the measurement does; the transform holds it.
pub(crate) fn reverberation(fourier: &Fourier, impulse: &[f64], rate: u32) -> Option<f64> {
    let bins = fourier.bins(impulse.iter().copied());
    let times: Vec<f64> = OCTAVES
        .into_iter()
        .filter_map(|middle| {
            let band = fourier.signal(octave(fourier, &bins, middle, rate));
            let decay = band.get(..impulse.len())?;
            fall(decay, rate)
        })
        .collect();
    (times.len() >= 2).then(|| times.iter().sum::<f64>() / times.len() as f64)
}

/// The octave around a frequency, with edges of a quarter octave.
pub(crate) fn octave(fourier: &Fourier, bins: &Bins, middle: f64, rate: u32) -> Bins {
    bins.iter()
        .enumerate()
        .map(|(n, bin)| {
            let octaves = (fourier.frequency(n, rate).max(1.0) / middle).log2().abs();
            let edge = ((octaves - 0.375) / 0.25).clamp(0.0, 1.0);
            bin * if edge < 1.0 {
                (edge * FRAC_PI_2).cos()
            } else {
                0.0
            }
        })
        .collect()
}

/// The time for 60 dB of one band.
fn fall(decay: &[f64], rate: u32) -> Option<f64> {
    let power: Vec<f64> = decay.iter().map(|sample| sample * sample).collect();
    let block = (rate as usize / 100).max(1);
    let blocks: Vec<f64> = power
        .chunks_exact(block)
        .map(|chunk| chunk.iter().sum::<f64>() / block as f64)
        .collect();
    let noise = floor(&blocks)?;
    let loudest = blocks.iter().copied().fold(0.0, f64::max);
    let room = Decibels::of_power(loudest / noise.max(1e-30)).0;
    if room < ABOVE_NOISE_DB - TO_DB {
        return None;
    }
    // Beyond the point where the decay meets the noise only noise would be added up.
    let end = blocks.iter().position(|level| *level < noise * 2.0)?.max(3) * block;
    let mut left = 0.0;
    let mut curve: Vec<f64> = power[..end.min(power.len())]
        .iter()
        .rev()
        .map(|sample| {
            left = f64::max(left + sample - noise, 1e-30);
            left
        })
        .collect();
    curve.reverse();
    let whole = *curve.first()?;
    let level = |n: usize| Decibels::of_power(curve[n] / whole).0;
    let first = (0..curve.len()).find(|n| level(*n) <= FROM_DB)?;
    let last = (first..curve.len()).find(|n| level(*n) <= TO_DB)?;
    let slope = slope((first..=last).map(|n| (n as f64 / f64::from(rate), level(n))));
    (slope < 0.0).then(|| -60.0 / slope)
}

/// The quietest tenth of the blocks is the noise.
fn floor(blocks: &[f64]) -> Option<f64> {
    let mut sorted = blocks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quiet = sorted.get(..(sorted.len() / 10).max(1))?;
    Some(quiet.iter().sum::<f64>() / quiet.len() as f64)
}

/// The slope of the line of least squares.
fn slope(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut n, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in points {
        n += 1.0;
        x += a;
        y += b;
        xx += a * a;
        xy += a * b;
    }
    (n * xy - x * y) / (n * xx - x * x)
}
