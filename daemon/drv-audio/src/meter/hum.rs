//! Mains hum in one second of sound: tones at 50, 100 and 150 Hz that stand out from what lies beside them.

use super::{RATE, decibels, lanes};
use core::array::from_fn;
use core::f64::consts::TAU;

/// So many samples are one mean, since nothing above 200 Hz is asked for.
const FOLD: usize = 16;

const TONES: [f64; 3] = [50.0, 100.0, 150.0];
/// A tone and what lies beside it: four hertz away the window has forgotten the tone.
const OFF: [f64; 7] = [0.0, -9.0, -6.0, -4.0, 4.0, 6.0, 9.0];
const ASKED: usize = TONES.len() * OFF.len();

/// Listens for it in one channel's worth of sound.
pub(super) struct Hum {
    means: Vec<f64>,
    /// Hann's window over a second.
    window: Vec<f64>,
}

impl Hum {
    pub(super) fn new() -> Hum {
        let count = RATE as usize / FOLD;
        let at = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / count as f64).cos();
        Hum {
            means: Vec::with_capacity(count),
            window: (0..count).map(at).collect(),
        }
    }

    /// Hears a block of interleaved channels, of which the mean is listened to; answers once a second, because three periods of the
    /// difference between tone and neighbours have to fit: the tones' level together, by AES17, when any stands 10 dB over its
    /// neighbours.
    pub(super) fn hear(&mut self, block: &[f32], channels: usize) -> Option<Option<f64>> {
        for samples in block.chunks_exact(FOLD * channels) {
            let mean = lanes::sum(samples) / samples.len() as f32;
            self.means
                .push(f64::from(mean) * self.window[self.means.len()]);
            if self.means.len() == self.window.len() {
                let level = level(&self.means);
                self.means.clear();
                return Some(level);
            }
        }
        None
    }
}

fn level(means: &[f64]) -> Option<f64> {
    let asked: [f64; ASKED] = from_fn(|n| TONES[n / OFF.len()] + OFF[n % OFF.len()]);
    let powers = powers_at(means, f64::from(RATE) / FOLD as f64, asked);
    let mut sum = 0.0;
    for around in powers.as_chunks::<{ OFF.len() }>().0 {
        let [here, beside @ ..] = around;
        if *here > beside.iter().copied().fold(0.0, f64::max) * 10.0 {
            sum += here;
        }
    }
    (sum > 0.0).then(|| decibels(2.0 * sum))
}

/// Mean squares of sines there, by Goertzel's filter over what the window left. All at once, since each step of one waits for the
/// step before.
fn powers_at(means: &[f64], rate: f64, frequencies: [f64; ASKED]) -> [f64; ASKED] {
    let count = means.len().max(1) as f64;
    let turns = frequencies.map(|frequency| 2.0 * (TAU * frequency / rate).cos());
    let (mut last, mut before) = ([0.0; ASKED], [0.0; ASKED]);
    for mean in means {
        for n in 0..ASKED {
            let next = mean + turns[n] * last[n] - before[n];
            before[n] = last[n];
            last[n] = next;
        }
    }
    from_fn(|n| {
        let (last, before) = (last[n], before[n]);
        let power = last * last + before * before - turns[n] * last * before;
        // The window halves the amplitude; a sine of mean square m gives m * (count / 2)^2 / 2 through it.
        power * 8.0 / (count * count)
    })
}
