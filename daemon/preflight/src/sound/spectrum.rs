//! Fourier transforms of real signals, and the one division that turns a recording into the room's impulse response.
//! Knows no room.

use std::sync::Arc;
use transforms::num_complex::Complex;
use transforms::{ComplexToReal, RealToComplex};

/// Half a spectrum: bins from 0 to half the rate.
pub type Bins = Vec<Complex<f64>>;

/// Transforms of one length.
pub struct Fourier {
    length: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    back: Arc<dyn ComplexToReal<f64>>,
}

impl Fourier {
    /// For signals of at least so many samples.
    pub fn holding(samples: usize) -> Fourier {
        let length = samples.max(2).next_power_of_two();
        let (forward, back) = transforms::double(length);
        Fourier {
            length,
            forward,
            back,
        }
    }

    /// The spectrum of a signal that is followed by silence; what is longer than the length is left out.
    pub fn bins(&self, signal: impl Iterator<Item = f64>) -> Bins {
        let mut input = self.forward.make_input_vec();
        for (place, sample) in input.iter_mut().zip(signal) {
            *place = sample;
        }
        let mut bins = self.forward.make_output_vec();
        let done = self.forward.process(&mut input, &mut bins);
        debug_assert!(done.is_ok(), "both buffers are the transform's own");
        bins
    }

    /// The signal of a spectrum.
    pub fn signal(&self, mut bins: Bins) -> Vec<f64> {
        // A real signal's spectrum is real at both ends; rounding may have left something there.
        if let Some(first) = bins.first_mut() {
            first.im = 0.0;
        }
        if let Some(last) = bins.last_mut() {
            last.im = 0.0;
        }
        let mut signal = self.back.make_output_vec();
        let done = self.back.process(&mut bins, &mut signal);
        debug_assert!(done.is_ok(), "both buffers are the transform's own");
        let scale = 1.0 / self.length as f64;
        signal.iter_mut().for_each(|sample| *sample *= scale);
        signal
    }

    /// The frequency of a bin at this rate, in hertz.
    pub fn frequency(&self, bin: usize, rate: u32) -> f64 {
        bin as f64 * f64::from(rate) / self.length as f64
    }
}

/// Divides one spectrum by another. Where the divisor has next to nothing, so has the result.
pub fn divide(of: &[Complex<f64>], by: &[Complex<f64>]) -> Bins {
    let most = by.iter().map(|bin| bin.norm_sqr()).fold(0.0, f64::max);
    // 50 dB below the strongest bin. Inside its band a sweep of seven octaves falls by 21 dB, outside it by far more.
    let floor = most * 1e-5;
    of.iter()
        .zip(by)
        .map(|(of, by)| of * by.conj() / (by.norm_sqr() + floor))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_comes_back_from_its_spectrum() {
        let signal: Vec<f64> = (0..100).map(|n| f64::from(n % 7) - 3.0).collect();
        let fourier = Fourier::holding(signal.len());
        let again = fourier.signal(fourier.bins(signal.iter().copied()));
        for (a, b) in signal.iter().zip(&again) {
            assert!((a - b).abs() < 1e-9);
        }
        assert!(again[100..].iter().all(|sample| sample.abs() < 1e-9));
    }
}
