//! How loud each band passes: thirds of an octave from 100 Hz to 8 kHz (IEC 61260-1, nominal middles).
//! Knows no limit and no verdict.

use super::quantity::Decibels;
use super::spectrum::Fourier;
use serde::{Deserialize, Serialize};

/// One band of a response.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Its middle, in hertz.
    pub middle: f64,
    /// What passes.
    pub gain: Decibels,
}

/// The middles of the bands, in hertz.
pub const BANDS: [f64; 20] = [
    100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0,
    2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0,
];

/// Half a third of an octave, as a factor.
const HALF_BAND: f64 = 1.122_462_048_309_373;

/// The response of an impulse response that the transform holds.
pub(crate) fn response(fourier: &Fourier, impulse: &[f64], rate: u32) -> Vec<Band> {
    let bins = fourier.bins(impulse.iter().copied());
    let power = |from: f64, to: f64| {
        let first = (from / fourier.frequency(1, rate)).ceil() as usize;
        let last = (to / fourier.frequency(1, rate)).floor() as usize;
        let inside = bins.get(first..=last.min(bins.len() - 1)).unwrap_or(&[]);
        let sum: f64 = inside.iter().map(|bin| bin.norm_sqr()).sum();
        sum / inside.len().max(1) as f64
    };
    BANDS
        .into_iter()
        .filter(|middle| middle * HALF_BAND < f64::from(rate) * 0.45)
        .map(|middle| Band {
            middle,
            gain: Decibels::of_power(power(middle / HALF_BAND, middle * HALF_BAND)),
        })
        .collect()
}

/// The gain over the bands that carry speech, 300 Hz to 3.4 kHz, each band counting the same.
pub(crate) fn speech_gain(bands: &[Band]) -> Decibels {
    let speech: Vec<f64> = bands
        .iter()
        .filter(|band| (300.0..3400.0).contains(&band.middle))
        .map(|band| band.gain.power())
        .collect();
    Decibels::of_power(speech.iter().sum::<f64>() / speech.len().max(1) as f64)
}
