//! Mains hum in one second of sound: tones at 50, 100 and 150 Hz that stand out from what lies beside them.

use super::decibels;
use core::f64::consts::TAU;

/// So many samples are one mean, since nothing above 200 Hz is asked for.
const FOLD: usize = 16;

/// Their level together, by AES17, when any stands 10 dB over its neighbours.
pub(super) fn level(second: &[f32], rate: u32) -> Option<f64> {
    let means = windowed(second);
    let power_at = |frequency| power_at(&means, f64::from(rate) / FOLD as f64, frequency);
    let mut sum = 0.0;
    for tone in [50.0, 100.0, 150.0] {
        let here = power_at(tone);
        // Four hertz away the window has forgotten the tone.
        let beside = [-9.0, -6.0, -4.0, 4.0, 6.0, 9.0].map(|off| power_at(tone + off));
        if here > beside.iter().copied().fold(0.0, f64::max) * 10.0 {
            sum += here;
        }
    }
    (sum > 0.0).then(|| decibels(2.0 * sum))
}

/// Means behind a Hann window.
fn windowed(second: &[f32]) -> Vec<f64> {
    let all = second.as_chunks::<FOLD>().0;
    let count = all.len().max(1) as f64;
    let one = |(n, samples): (usize, &[f32; FOLD])| {
        let mean = f64::from(samples.iter().sum::<f32>()) / FOLD as f64;
        mean * (0.5 - 0.5 * (TAU * n as f64 / count).cos())
    };
    all.iter().enumerate().map(one).collect()
}

/// Mean square of a sine there, by Goertzel's filter over what the window left.
fn power_at(means: &[f64], rate: f64, frequency: f64) -> f64 {
    let count = means.len().max(1) as f64;
    let turn = 2.0 * (TAU * frequency / rate).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for mean in means {
        let next = mean + turn * last - before;
        before = last;
        last = next;
    }
    let power = last * last + before * before - turn * last * before;
    // The window halves the amplitude; a sine of mean square m gives m * (count / 2)^2 / 2 through it.
    power * 8.0 / (count * count)
}
