//! A room's way from a mouth to an ear, made up from a seed.

use crate::RATE;
use crate::wave::{samples, spectrum};

/// A small generator of its own, the same on every machine.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// Even noise from -1 to 1.
    pub fn noise(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0) as f32
    }
}

/// A room's answer: the straight way after `delay` samples, then a tail that falls by 60 dB in 0.4 s; about -6 dB together.
pub fn answer(delay: usize, seed: u64) -> Vec<f32> {
    let mut dice = Dice(seed);
    let tail = (0..RATE / 4)
        .map(|n| dice.noise() * 0.02 * 10f32.powf(-3.0 * n as f32 / (0.4 * RATE as f32)));
    let mut answer = vec![0.0; delay];
    answer.push(0.3);
    answer.extend(tail);
    answer
}

/// A sound through a room, as long as it was.
pub fn through(sound: &[f32], answer: &[f32]) -> Vec<f32> {
    let size = (sound.len() + answer.len()).next_power_of_two();
    let mut product = spectrum(sound, size);
    let other = spectrum(answer, size);
    product.iter_mut().zip(other).for_each(|(a, b)| *a *= b);
    let mut out = samples(product, size);
    out.truncate(sound.len());
    out
}
