//! Impulse responses, filters and noise of made-up rooms. Knows no room and no fault.

use rand::RngExt;
use rand::rngs::StdRng;
use std::f64::consts::TAU;

/// A ratio of amplitudes.
pub fn db(level: f64) -> f64 {
    10f64.powf(level / 20.0)
}

/// The direct sound, and after three milliseconds the room, which falls by 60 dB in its time.
pub(crate) fn impulse(direct: f64, rt60: f64, rate: u32, dice: &mut StdRng) -> Vec<f64> {
    let rate = f64::from(rate);
    let length = (rt60 * 1.2 * rate) as usize;
    let decay = (1000f64).ln() / (rt60 * rate);
    // The room as a whole is as loud as the direct sound, give or take.
    let energy = direct * direct * dice.random_range(0.4..1.2);
    let each = (energy * 2.0 * decay).sqrt();
    let begins = (0.003 * rate) as usize;
    let mut noise = Noise::new(dice);
    (0..length)
        .map(|n| match n {
            0 => direct,
            n if n < begins => 0.0,
            n => each * (-decay * n as f64).exp() * noise.next(),
        })
        .collect()
}

/// One pole: low tones fall by 6 dB an octave.
pub(crate) fn low_cut(signal: &[f64], hertz: f64, rate: u32) -> Vec<f64> {
    let a = (-TAU * hertz / f64::from(rate)).exp();
    let (mut low, mut out) = (0.0, Vec::with_capacity(signal.len()));
    for sample in signal {
        low = a * low + (1.0 - a) * sample;
        out.push(sample - low);
    }
    out
}

/// Three poles.
pub(crate) fn high_cut(signal: &[f64], hertz: f64, rate: u32) -> Vec<f64> {
    let a = (-TAU * hertz / f64::from(rate)).exp();
    let mut all = signal.to_vec();
    for _ in 0..3 {
        let mut low = 0.0;
        for sample in &mut all {
            low = a * low + (1.0 - a) * *sample;
            *sample = low;
        }
    }
    all
}

/// A signal as it comes through an impulse response that begins so late, as long as the signal.
pub(crate) fn convolve(signal: &[f64], late: usize, impulse: &[f64]) -> Vec<f64> {
    let length = (signal.len() + impulse.len() + late).next_power_of_two();
    let (forward, back) = transforms::double(length);
    let bins = |samples: &[f64], late: usize| {
        let mut input = forward.make_input_vec();
        input[late..late + samples.len()].copy_from_slice(samples);
        let mut out = forward.make_output_vec();
        forward
            .process(&mut input, &mut out)
            .expect("both buffers are the transform's own");
        out
    };
    let (a, b) = (bins(signal, 0), bins(impulse, late));
    let mut product: Vec<_> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    for end in [0, length / 2] {
        product[end].im = 0.0;
    }
    let mut out = back.make_output_vec();
    back.process(&mut product, &mut out)
        .expect("both buffers are the transform's own");
    out.truncate(signal.len());
    out.iter().map(|s| s / length as f64).collect()
}

/// White noise of the normal distribution (Box and Muller over a small generator of its own: millions of samples are wanted).
#[derive(Debug, Clone)]
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(dice: &mut StdRng) -> Noise {
        Noise(dice.random())
    }

    /// Marsaglia's xorshift.
    pub(crate) fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(crate) fn next(&mut self) -> f64 {
        (-2.0 * self.even().ln()).sqrt() * (TAU * self.even()).cos()
    }
}
