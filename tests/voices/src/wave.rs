//! Samples as they are: spectra, other rates, sound files of one channel.

use crate::RATE;
use std::path::Path;
use transforms::num_complex::Complex32;

pub(crate) fn spectrum(samples: &[f32], size: usize) -> Vec<Complex32> {
    let there = transforms::single(size).0;
    let mut padded = samples.to_vec();
    padded.resize(size, 0.0);
    let mut out = there.make_output_vec();
    there.process(&mut padded, &mut out).expect("sizes fit");
    out
}

pub(crate) fn samples(mut spectrum: Vec<Complex32>, size: usize) -> Vec<f32> {
    let back = transforms::single(size).1;
    let mut out = back.make_output_vec();
    spectrum[0].im = 0.0;
    spectrum[size / 2].im = 0.0;
    back.process(&mut spectrum, &mut out).expect("sizes fit");
    out.iter().map(|x| x / size as f32).collect()
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

/// A sound file of one channel, 16 bits.
pub fn wav(samples: &[f32]) -> Vec<u8> {
    let size = (samples.len() * 2) as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((size + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend((RATE as u32).to_le_bytes());
    file.extend((RATE as u32 * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(size.to_le_bytes());
    file.extend(
        samples
            .iter()
            .flat_map(|x| ((x * 32767.0) as i16).to_le_bytes()),
    );
    file
}

/// What such a file holds.
///
/// # Panics
/// When it is not there.
pub fn read(file: &Path) -> Vec<f32> {
    let bytes = std::fs::read(file).expect("it is there");
    let samples = bytes[44..].as_chunks::<2>().0;
    samples
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32768.0)
        .collect()
}
