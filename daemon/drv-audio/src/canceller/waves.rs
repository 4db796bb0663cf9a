//! Two frames of sound to a spectrum and back. Pure.

use super::FRAME;
use std::sync::Arc;
use transforms::num_complex::Complex32;
use transforms::{ComplexToReal, RealToComplex};

/// Bins of two frames, 50 Hz each.
pub(super) const BINS_ALL: usize = FRAME + 1;

/// A transform with its room to work in.
pub(super) struct Waves {
    there: Arc<dyn RealToComplex<f32>>,
    back: Arc<dyn ComplexToReal<f32>>,
    samples: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Waves {
    pub(super) fn new() -> Waves {
        let (there, back) = transforms::single(2 * FRAME);
        let scratch = there.get_scratch_len().max(back.get_scratch_len());
        Waves {
            there,
            back,
            samples: vec![0.0; 2 * FRAME],
            spectrum: vec![Complex32::default(); BINS_ALL],
            scratch: vec![Complex32::default(); scratch],
        }
    }

    /// The spectrum of two frames, one after the other.
    pub(super) fn spectrum(&mut self, first: &[f32; FRAME], second: &[f32; FRAME]) -> &[Complex32] {
        self.samples[..FRAME].copy_from_slice(first);
        self.samples[FRAME..].copy_from_slice(second);
        let scratch = &mut self.scratch[..self.there.get_scratch_len()];
        // Refuses other lengths only.
        let done = self
            .there
            .process_with_scratch(&mut self.samples, &mut self.spectrum, scratch);
        debug_assert!(done.is_ok());
        &self.spectrum
    }

    /// The two frames of a spectrum, given bin by bin.
    pub(super) fn samples(
        &mut self,
        bin: impl Fn(usize) -> Complex32,
    ) -> ([f32; FRAME], [f32; FRAME]) {
        for (k, place) in self.spectrum.iter_mut().enumerate() {
            *place = bin(k);
        }
        // A real signal has no phase at the ends of its spectrum.
        self.spectrum[0].im = 0.0;
        self.spectrum[FRAME].im = 0.0;
        let scratch = &mut self.scratch[..self.back.get_scratch_len()];
        let done = self
            .back
            .process_with_scratch(&mut self.spectrum, &mut self.samples, scratch);
        debug_assert!(done.is_ok());
        let whole = |n: usize| self.samples[n] / (2 * FRAME) as f32;
        (
            core::array::from_fn(whole),
            core::array::from_fn(|n| whole(n + FRAME)),
        )
    }
}
