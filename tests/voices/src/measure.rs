//! Levels, delay, echo loss by ITU-T G.122, intelligibility by STOI.

use crate::wave::{samples, spectrum};
use crate::{RATE, resampled};

/// Power in decibels.
pub fn level(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
    10.0 * (power / samples.len() as f64 + 1e-20).log10()
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
    (best, likeness_at(first, second, best))
}

/// How alike the first sound is to what stands in the second from a place on.
fn likeness_at(first: &[f32], second: &[f32], place: usize) -> f64 {
    let there = &second[place.min(second.len())..];
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let both = a.iter().zip(b);
        both.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let there = &there[..first.len().min(there.len())];
    product(first, there) / ((product(first, first) * product(there, there)).sqrt() + 1e-12)
}

/// What was heard, put in step with what was said a fifth of a second at a time, and by how many samples it was later at first and
/// at most. A receiver that waits for packets stretches and squeezes sound while it plays, which nobody hears and every comparison
/// sample by sample does. What was heard begins with the first word or up to `most` samples before it.
pub fn in_step(said: &[f32], heard: &[f32], most: usize) -> (Vec<f32>, [usize; 2]) {
    let (piece, around, reach) = (RATE / 5, RATE / 10, RATE * 3 / 20);
    let beginning = &said[..said.len().min(RATE * 3 / 2)];
    let window = &heard[..heard.len().min(beginning.len() + most)];
    let (first, _) = later(beginning, window);
    let (mut delay, mut latest) = (first, first);
    let mut out = Vec::with_capacity(said.len());
    for at in (0..said.len()).step_by(piece) {
        // Where it stands is told by more than the piece itself: a vowel alone fits in many places.
        let from = at.saturating_sub(around);
        let words = &said[from..(at + piece + around).min(said.len())];
        let begin = (from + delay).saturating_sub(reach).min(heard.len());
        let window = &heard[begin..(from + delay + words.len() + reach).min(heard.len())];
        // In a pause there is nothing to go by.
        if level(words) > -40.0 && window.len() > words.len() {
            let (by, likeness) = later(words, window);
            // What is louder beside it correlates too, but is not alike: it moves only to where it fits better than where it is.
            if likeness > 0.05 + likeness_at(words, window, (from + delay).saturating_sub(begin)) {
                delay = (begin + by).saturating_sub(from);
            }
        }
        latest = latest.max(delay);
        let length = piece.min(said.len() - at);
        let there = heard.get(at + delay..).unwrap_or_default();
        out.extend_from_slice(&there[..length.min(there.len())]);
        out.resize(at + length, 0.0);
    }
    (out, [first, latest])
}

/// The longest time in which a sound stays below a level, in seconds.
pub fn silence(sound: &[f32], below: f64) -> f64 {
    let blocks = sound.chunks(RATE / 50).map(|block| level(block) < below);
    let (mut now, mut most) = (0, 0);
    for quiet in blocks {
        now = if quiet { now + 1 } else { 0 };
        most = most.max(now);
    }
    f64::from(most) / 50.0
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
