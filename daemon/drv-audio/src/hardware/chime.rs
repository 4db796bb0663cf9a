//! A short, soft sound on one loudspeaker, so that a person can say which one it is. Its samples are pure; the card is let go at
//! once.

use super::error::HardwareError;
use super::find::{Pcm, Roots};
use super::listen::refused;
use crate::ports::Direction;
use alsa::pcm::{Access, Format, HwParams, PCM};
use alsa::{Direction as Way, ValueOr};

/// Samples in a second.
const RATE: u32 = 48_000;
/// A major chord from below, C5, E5 and G5, in hertz: rising is heard as friendly, and three notes tell it from a fault.
const NOTES: [f64; 3] = [523.25, 659.26, 783.99];
/// From one note to the next, in samples.
const STEP: usize = RATE as usize / 5;
/// Each note fades to a tenth within this, in samples.
const FADE: f64 = RATE as f64 * 0.35;
/// A note begins within this, in samples: sooner would be a click.
const RISE: f64 = RATE as f64 * 0.008;
/// Each note's loudest sample, full scale being 1: -20 dB, below speech, because nobody knows yet how far the amplifier is turned up.
const PEAK: f64 = 0.1;

/// The sound, in samples of full scale 1: 1.2 seconds that begin and end with nothing.
pub fn chime() -> Vec<f32> {
    let length = STEP * 2 + RATE as usize * 4 / 5;
    let mut samples = vec![0.0_f64; length];
    for (number, hertz) in NOTES.iter().enumerate() {
        for (at, sample) in samples.iter_mut().skip(number * STEP).enumerate() {
            let at = at as f64;
            let rise = (1.0 - (core::f64::consts::PI * (at / RISE).min(1.0)).cos()) / 2.0;
            let swell = rise * 10.0_f64.powf(-at / FADE);
            let turn = core::f64::consts::TAU * hertz * at / f64::from(RATE);
            // A fifth of the octave makes small loudspeakers heard that have no low notes.
            *sample += PEAK * swell * (turn.sin() + 0.2 * (2.0 * turn).sin());
        }
    }
    let end = RATE as usize / 20;
    for (left, sample) in samples.iter_mut().rev().take(end).enumerate() {
        *sample *= left as f64 / end as f64;
    }
    samples.into_iter().map(|sample| sample as f32).collect()
}

/// Plays it on all channels of a device, and returns when it was heard.
///
/// # Errors
/// When the device cannot be had; another program that has it is named.
pub fn play(roots: &Roots, card: u32, device: u32) -> Result<(), HardwareError> {
    let direction = Direction::Playback;
    let node = roots.pcm(card, Pcm { device, direction });
    let failed = |error: alsa::Error| refused(error, roots, &node);
    // `plughw` converts: devices of 16 and 24 bits, other rates and more channels sound alike.
    let pcm = PCM::new(&format!("plughw:{card},{device}"), Way::Playback, false).map_err(failed)?;
    {
        let hw = HwParams::any(&pcm).map_err(HardwareError::NoFormat)?;
        let set = || {
            hw.set_access(Access::RWInterleaved)?;
            hw.set_format(Format::s16())?;
            hw.set_channels(2)?;
            hw.set_rate(RATE, ValueOr::Nearest)?;
            hw.set_buffer_size_near(i64::from(RATE) / 5)?;
            pcm.hw_params(&hw)
        };
        set().map_err(HardwareError::NoFormat)?;
    }
    let both = chime().into_iter().flat_map(|sample| {
        let sample = (f64::from(sample) * f64::from(i16::MAX)) as i16;
        [sample, sample]
    });
    let samples: Vec<i16> = both.collect();
    let io = pcm.io_i16().map_err(HardwareError::NoFormat)?;
    let mut rest = samples.as_slice();
    while !rest.is_empty() {
        match io.writei(rest) {
            Ok(frames) => rest = &rest[frames * 2..],
            // A busy machine is late at times; the sound goes on where it was.
            Err(error) => pcm.try_recover(error, true).map_err(failed)?,
        }
    }
    pcm.drain().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_soft_short_and_begins_and_ends_without_a_click() {
        let samples = chime();
        let seconds = samples.len() as f64 / f64::from(RATE);
        assert!((1.0..1.5).contains(&seconds), "{seconds} s");
        let peak = samples
            .iter()
            .fold(0.0_f32, |most, one| most.max(one.abs()));
        assert!((0.05..0.25).contains(&peak), "a peak of {peak}");
        for near in [&samples[..8], &samples[samples.len() - 8..]] {
            assert!(near.iter().all(|one| one.abs() < 0.001), "{near:?}");
        }
        let leap = samples.windows(2).map(|two| (two[1] - two[0]).abs());
        assert!(
            leap.fold(0.0_f32, f32::max) < 0.05,
            "no leap that is heard as a click"
        );
    }

    #[test]
    fn three_notes_follow_one_another() {
        let samples = chime();
        let power = |hertz: f64, part: &[f32]| {
            let turn = |n: usize| core::f64::consts::TAU * hertz * n as f64 / f64::from(RATE);
            let parts = part.iter().enumerate();
            let (sine, cosine) = parts.fold((0.0, 0.0), |(sine, cosine), (n, one)| {
                let one = f64::from(*one);
                (sine + one * turn(n).sin(), cosine + one * turn(n).cos())
            });
            sine.hypot(cosine) / part.len() as f64
        };
        for (number, hertz) in NOTES.iter().enumerate() {
            let own = &samples[number * STEP..(number + 1) * STEP];
            let others = NOTES.iter().skip(number + 1);
            let here = power(*hertz, own);
            assert!(here > 0.01, "note {number}");
            assert!(
                others
                    .into_iter()
                    .all(|later| power(*later, own) < here / 4.0),
                "{number}"
            );
        }
    }
}
