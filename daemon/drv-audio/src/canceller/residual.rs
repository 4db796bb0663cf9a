//! What is left of the echo after the linear part: made softer, band by band, by as much as it is told from a person who speaks.
//! Pure; adds one frame of delay.
//!
//! How much of the foreseen echo is still in the rest is seen by how both change together (J.-M. Valin: "On adjusting the learning
//! rate in frequency domain echo cancellation with double-talk", 2007): what a person says changes in its own time.

use super::{BINS_ALL, FRAME, Waves};
use core::f32::consts::PI;

/// Bands about one Bark wide.
const BANDS: usize = 24;

/// How fast levels and what they have in common are followed: about half in a second.
const FOLLOW: f32 = 0.006;

/// What a room keeps of a foreseen echo from one frame to the next: 60 dB in 0.85 s, longer than a room for meetings should.
const KEEPS: f32 = 0.85;

/// So many times what is seen of the echo is taken out, because what is seen of it is a mean.
const OVER: f32 = 10.0;

/// Nothing is made softer than by 34 dB.
const LEAST: f32 = 0.02;

/// Part of the foreseen echo that is supposed to be in the rest at the begin, and at least.
const AT_FIRST: f32 = 0.3;
const AT_LEAST: f32 = 2e-3;

/// How fast a band comes back after an echo.
const OPENS: f32 = 0.3;

#[derive(Clone, Copy)]
struct Band {
    echo: f32,
    mean_rest: f32,
    mean_echo: f32,
    together: f32,
    alone: f32,
    gain: f32,
}

/// Softens what is left. One owner.
pub(super) struct Residual {
    waves: Waves,
    window: Vec<f32>,
    band_of: [usize; BINS_ALL],
    width: [f32; BANDS],
    bands: [Band; BANDS],
    rest: [f32; FRAME],
    foreseen: [f32; FRAME],
    tail: [f32; FRAME],
}

impl Residual {
    pub(super) fn new() -> Residual {
        let length = 2 * FRAME;
        let window = (0..length).map(|n| ((n as f32 + 0.5) * PI / length as f32).sin());
        let bark =
            |hertz: f32| 13.0 * (hertz * 0.000_76).atan() + 3.5 * (hertz / 7500.0).powi(2).atan();
        let band_of = core::array::from_fn(|k| (bark(k as f32 * 50.0) as usize).min(BANDS - 1));
        let mut width = [0.0; BANDS];
        for band in band_of {
            width[band] += 1.0;
        }
        let band = Band {
            echo: 0.0,
            mean_rest: 0.0,
            mean_echo: 0.0,
            together: AT_FIRST * 1e-6,
            alone: 1e-6,
            gain: 1.0,
        };
        Residual {
            waves: Waves::new(),
            window: window.collect(),
            band_of,
            width,
            bands: [band; BANDS],
            rest: [0.0; FRAME],
            foreseen: [0.0; FRAME],
            tail: [0.0; FRAME],
        }
    }

    /// Takes a frame of the rest and of the foreseen echo; gives the frame before, softened.
    pub(super) fn soften(&mut self, rest: &[f32; FRAME], foreseen: &[f32; FRAME]) -> [f32; FRAME] {
        let powers = self.powers(&self.foreseen.clone(), foreseen);
        self.foreseen = *foreseen;
        let (first, second) = self.windowed(&self.rest, rest);
        let spectrum = self.waves.spectrum(&first, &second).to_vec();
        self.rest = *rest;
        let mut loud = [0.0; BANDS];
        for (bin, band) in spectrum.iter().zip(self.band_of) {
            loud[band] += bin.norm_sqr() / self.width[band];
        }
        for (band, (rest, echo)) in self.bands.iter_mut().zip(loud.into_iter().zip(powers)) {
            band.weigh(rest, echo);
        }
        let (bands, band_of) = (&self.bands, &self.band_of);
        let (first, second) = self.waves.samples(|k| spectrum[k] * bands[band_of[k]].gain);
        let (first, second) = self.windowed(&first, &second);
        let mut out = self.tail;
        out.iter_mut()
            .zip(first)
            .for_each(|(out, more)| *out += more);
        self.tail = second;
        out
    }

    fn windowed(
        &self,
        first: &[f32; FRAME],
        second: &[f32; FRAME],
    ) -> ([f32; FRAME], [f32; FRAME]) {
        let (opening, closing) = self.window.split_at(FRAME);
        let times = |samples: &[f32; FRAME], window: &[f32]| {
            core::array::from_fn(|n| samples[n] * window[n])
        };
        (times(first, opening), times(second, closing))
    }

    fn powers(&mut self, first: &[f32; FRAME], second: &[f32; FRAME]) -> [f32; BANDS] {
        let (first, second) = self.windowed(first, second);
        let spectrum = self.waves.spectrum(&first, &second);
        let mut powers = [0.0; BANDS];
        for (bin, band) in spectrum.iter().zip(self.band_of) {
            powers[band] += bin.norm_sqr() / self.width[band];
        }
        powers
    }
}

impl Band {
    fn weigh(&mut self, rest: f32, echo: f32) {
        self.echo = echo.max(KEEPS * self.echo);
        self.mean_rest += FOLLOW * (rest - self.mean_rest);
        self.mean_echo += FOLLOW * (self.echo - self.mean_echo);
        let (rests, echoes) = (rest - self.mean_rest, self.echo - self.mean_echo);
        // Where the far end is silent nothing is learnt of its echo.
        let follow = FOLLOW * (self.echo / (self.mean_echo + 1e-12)).min(1.0);
        self.together += follow * (rests * echoes - self.together);
        self.alone += follow * (echoes * echoes - self.alone);
        let part = (self.together / (self.alone + 1e-20)).clamp(AT_LEAST, 1.0);
        let wanted = 1.0 - OVER * part * self.echo / (rest + 1e-15);
        let wanted = wanted.max(0.0).sqrt().max(LEAST);
        let step = if wanted < self.gain { 0.9 } else { OPENS };
        self.gain += step * (wanted - self.gain);
    }
}
