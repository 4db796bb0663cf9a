//! Mains hum in a stretch of silence: the tone and its overtones against what lies beside them.
//! Knows no limit and no verdict.

use super::quantity::Decibels;
use core::f64::consts::TAU;

/// How strong the hum of this mains frequency is, when its tones stand out from the noise beside them.
pub(crate) fn hum(silence: &[f32], rate: u32, mains: f64) -> Option<Decibels> {
    let resolution = f64::from(rate) / silence.len().max(1) as f64;
    let windowed = windowed(silence);
    let power_at = |frequency| power_at(&windowed, rate, frequency);
    let mut sum = 0.0;
    for overtone in 1..=5 {
        let at = mains * f64::from(overtone);
        let tone = power_at(at);
        // Four bins away the window has forgotten the tone.
        let beside = [-6.0, -4.0, 4.0, 6.0].map(|bins| power_at(at + bins * resolution));
        let noise = beside.iter().sum::<f64>() / 4.0;
        if tone > noise * 10.0 {
            sum += tone;
        }
    }
    (sum > 0.0).then(|| Decibels::of_full_scale(sum))
}

/// The samples through a Hann window.
fn windowed(samples: &[f32]) -> Vec<f64> {
    let count = samples.len().max(1) as f64;
    samples
        .iter()
        .enumerate()
        .map(|(n, sample)| f64::from(*sample) * (0.5 - 0.5 * (TAU * n as f64 / count).cos()))
        .collect()
}

/// The mean square of a sine at this frequency in what came through the window (Goertzel's filter).
fn power_at(windowed: &[f64], rate: u32, frequency: f64) -> f64 {
    let turn = 2.0 * (TAU * frequency / f64::from(rate)).cos();
    let count = windowed.len().max(1) as f64;
    let (mut last, mut before) = (0.0, 0.0);
    for sample in windowed {
        let next = sample + turn * last - before;
        before = last;
        last = next;
    }
    let power = last * last + before * before - turn * last * before;
    // The window halves the amplitude; a sine of mean square m gives m * (count / 2)^2 / 2 through it.
    power * 8.0 / (count * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_measured_and_noise_is_none() {
        let rate = 24_000;
        let tone = |hertz: f64| -> Vec<f32> {
            (0..12_000)
                .map(|n| (0.01 * (TAU * hertz * f64::from(n) / 24_000.0).sin()) as f32)
                .collect()
        };
        let found = hum(&tone(50.0), rate, 50.0).expect("a tone");
        assert!((found.0 + 40.0).abs() < 0.5, "{found}");
        assert_eq!(hum(&tone(50.0), rate, 60.0), None);
        assert_eq!(hum(&tone(437.0), rate, 50.0), None);
    }
}
