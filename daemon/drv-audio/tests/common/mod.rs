//! Speech, rooms and what is measured of both: levels, echo loss, intelligibility.

#![allow(dead_code, reason = "each test binary uses its part")]

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;
use std::process::Command;

pub const RATE: usize = 48_000;

/// Whether a program that a test cannot do without is there; says so when it is not.
pub fn can_run(name: &str, programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |program: &&&str| std::env::split_paths(&path).all(|place| !place.join(program).is_file());
    let Some(missing) = programs.iter().find(there) else {
        return true;
    };
    assert!(
        std::env::var_os("ROOMD_TESTS").is_none_or(|v| v != "all"),
        "all tests were asked for, but {name} needs {missing}"
    );
    println!("SKIPPED: {name}: needs {missing}");
    false
}

/// Somebody speaks: espeak-ng's voice of that name, at -24 dB of full scale (root mean square of 1 being 0).
pub fn speech(voice: &str, text: &str) -> Vec<f32> {
    let said = Command::new("espeak-ng")
        .args(["-v", voice, "-s", "150", "--stdout", text])
        .output()
        .expect("espeak-ng runs")
        .stdout;
    // 22050 samples a second of 16 bits after a header of 44 bytes.
    let samples = said[44..].as_chunks::<2>().0;
    let samples: Vec<f32> = samples
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32768.0)
        .collect();
    let samples = resampled(&samples, 22_050, RATE);
    let factor = 10f32.powf((-24.0 - level(&samples) as f32) / 20.0);
    samples.iter().map(|x| x * factor).collect()
}

pub const GERMAN: &str = "Guten Morgen zusammen, hier spricht die Stadtverwaltung. Wir beginnen mit dem ersten Punkt der \
    Tagesordnung, dem Haushalt für das kommende Jahr. Die Vorlage liegt Ihnen vor, und ich bitte um Wortmeldungen aus dem Saal.";
pub const ENGLISH: &str = "Good morning everybody, this is the office of the mayor. We begin with the first item on the agenda, \
    the budget for the coming year. You have received the paper, and I am asking for comments from the room.";
pub const ANSWER: &str = "Ich möchte dazu gern etwas sagen. Die Schule am Markt braucht ein neues Dach, und das steht seit drei \
    Jahren auf der Liste. Bitte nehmen Sie das in den Plan auf. Vielen Dank für die Aufmerksamkeit.";
pub const ENGLISH_ANSWER: &str = "I would like to say something about that. The school at the market needs a new roof, and it has \
    been on the list for three years. Please put it into the plan. Thank you very much for your attention.";

/// Power in decibels.
pub fn level(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
    10.0 * (power / samples.len() as f64 + 1e-20).log10()
}

/// A small generator of its own, the same on every machine.
pub struct Dice(pub u64);

impl Dice {
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

fn spectrum(samples: &[f32], size: usize) -> Vec<Complex32> {
    let there = RealFftPlanner::new().plan_fft_forward(size);
    let mut padded = samples.to_vec();
    padded.resize(size, 0.0);
    let mut out = there.make_output_vec();
    there.process(&mut padded, &mut out).expect("sizes fit");
    out
}

fn samples(mut spectrum: Vec<Complex32>, size: usize) -> Vec<f32> {
    let back = RealFftPlanner::new().plan_fft_inverse(size);
    let mut out = back.make_output_vec();
    spectrum[0].im = 0.0;
    spectrum[size / 2].im = 0.0;
    back.process(&mut spectrum, &mut out).expect("sizes fit");
    out.iter().map(|x| x / size as f32).collect()
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

/// The same sound at another rate, by cutting or filling its spectrum.
pub fn resampled(sound: &[f32], from: usize, to: usize) -> Vec<f32> {
    let common = gcd(from, to);
    let blocks = sound.len().div_ceil(from / common).next_multiple_of(2);
    let (old, new) = (blocks * from / common, blocks * to / common);
    let mut bins = spectrum(sound, old);
    bins.resize(new / 2 + 1, Complex32::default());
    let factor = new as f32 / old as f32;
    let mut out = samples(bins, new);
    out.iter_mut().for_each(|x| *x *= factor);
    out
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Weighted echo loss from one signal to the other by ITU-T G.122, annex B.4: the mean of the power that comes back over the
/// logarithm of the frequency, 300 to 3400 Hz.
pub fn weighted_loss(sent: &[f32], came: &[f32]) -> f64 {
    let (sent, came) = (powers(sent, 2048), powers(came, 2048));
    let hertz = |k: usize| k as f64 * RATE as f64 / 2048.0;
    let bins: Vec<usize> = (1..1024)
        .filter(|k| (300.0..=3400.0).contains(&hertz(*k)))
        .collect();
    let part = |k: usize| came[k] / sent[k];
    let area: f64 = bins
        .windows(2)
        .map(|k| (part(k[0]) + part(k[1])) / 2.0 * (hertz(k[1]) / hertz(k[0])).ln())
        .sum();
    let width = (hertz(bins[bins.len() - 1]) / hertz(bins[0])).ln();
    -10.0 * (area / width).log10()
}

fn powers(sound: &[f32], size: usize) -> Vec<f64> {
    let mut sum = vec![0.0; size / 2 + 1];
    for piece in sound.windows(size).step_by(size / 2) {
        let piece: Vec<f32> = piece
            .iter()
            .enumerate()
            .map(|(n, x)| x * hann(n, size))
            .collect();
        for (sum, bin) in sum.iter_mut().zip(spectrum(&piece, size)) {
            *sum += f64::from(bin.norm_sqr());
        }
    }
    sum
}

fn hann(n: usize, size: usize) -> f32 {
    0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 1.0) / (size as f32 + 1.0)).cos()
}

/// By how many samples the second sound is later than the first, and how alike they are then (1: the same but for loudness).
pub fn later(first: &[f32], second: &[f32]) -> (usize, f64) {
    let size = (first.len() + second.len()).next_power_of_two();
    let mut product = spectrum(second, size);
    let other = spectrum(first, size);
    product
        .iter_mut()
        .zip(other)
        .for_each(|(a, b)| *a *= b.conj());
    let alike = samples(product, size);
    let best = (0..second.len()).max_by(|a, b| alike[*a].total_cmp(&alike[*b]));
    let best = best.expect("there is sound");
    let norm = |samples: &[f32]| {
        samples
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let there = &second[best..(best + first.len()).min(second.len())];
    (
        best,
        f64::from(alike[best]) / (norm(first) * norm(there) + 1e-12),
    )
}

/// Short-time objective intelligibility of the second sound, of which the first is what was said (C. H. Taal and others, 2011):
/// 1 for every word. Both at this rate, in step, of one length.
pub fn intelligibility(said: &[f32], heard: &[f32]) -> f64 {
    const SIZE: usize = 256;
    let at_ten = |sound: &[f32]| resampled(sound, RATE, 10_000);
    let frames = |sound: Vec<f32>| -> Vec<Vec<f32>> {
        let pieces = sound.windows(SIZE).step_by(SIZE / 2);
        pieces
            .map(|piece| {
                piece
                    .iter()
                    .enumerate()
                    .map(|(n, x)| x * hann(n, SIZE))
                    .collect()
            })
            .collect()
    };
    let (said, heard) = (frames(at_ten(said)), frames(at_ten(heard)));
    let loudest = said
        .iter()
        .map(|frame| level(frame))
        .fold(f64::MIN, f64::max);
    let spoken = |n: &usize| level(&said[*n]) > loudest - 40.0;
    let spoken: Vec<usize> = (0..said.len().min(heard.len())).filter(spoken).collect();
    let bands = |frames: &[Vec<f32>]| -> Vec<[f64; 15]> {
        let joined = joined(frames, &spoken);
        let pieces = joined.windows(SIZE).step_by(SIZE / 2);
        pieces.map(thirds).collect()
    };
    let (said, heard) = (bands(&said), bands(&heard));
    let mut all = Vec::new();
    for (x, y) in said.windows(30).zip(heard.windows(30)) {
        for band in 0..15 {
            let of = |frames: &[[f64; 15]]| frames.iter().map(|f| f[band]).collect::<Vec<f64>>();
            all.push(alike(&of(x), &of(y)));
        }
    }
    all.iter().sum::<f64>() / all.len() as f64
}

/// What was spoken, without the pauses.
fn joined(frames: &[Vec<f32>], which: &[usize]) -> Vec<f32> {
    let mut out = vec![0.0; (which.len() + 1) * 128];
    for (place, frame) in which.iter().enumerate() {
        for (n, x) in frames[*frame].iter().enumerate() {
            out[place * 128 + n] += x;
        }
    }
    out
}

/// Amplitudes in fifteen thirds of octaves from 150 Hz.
fn thirds(piece: &[f32]) -> [f64; 15] {
    let piece: Vec<f32> = piece
        .iter()
        .enumerate()
        .map(|(n, x)| x * hann(n, 256))
        .collect();
    let bins = spectrum(&piece, 512);
    core::array::from_fn(|band| {
        let middle = 150.0 * 2f64.powf(band as f64 / 3.0);
        let edge = |hertz: f64| (hertz * 512.0 / 10_000.0).round() as usize;
        let range = edge(middle * 2f64.powf(-1.0 / 6.0))..edge(middle * 2f64.powf(1.0 / 6.0));
        bins[range]
            .iter()
            .map(|bin| f64::from(bin.norm_sqr()))
            .sum::<f64>()
            .sqrt()
    })
}

/// Correlation of what was said with what was heard, brought to its loudness and clipped 15 dB above.
fn alike(said: &[f64], heard: &[f64]) -> f64 {
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt() + 1e-15;
    let factor = norm(said) / norm(heard);
    let clip = 1.0 + 10f64.powf(15.0 / 20.0);
    let heard: Vec<f64> = heard
        .iter()
        .zip(said)
        .map(|(y, x)| (y * factor).min(x * clip))
        .collect();
    let centred = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|x| x - mean).collect::<Vec<f64>>()
    };
    let (x, y) = (centred(said), centred(&heard));
    x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / (norm(&x) * norm(&y))
}
