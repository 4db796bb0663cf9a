//! Fourier transforms of real signals, from `realfft`, for numbers of both lengths. Here alone its planner is named: it is generic over
//! the number, and each crate that names it compiles every algorithm in it anew, which takes most of a minute. Knows no signal.

use realfft::RealFftPlanner;
use std::cell::RefCell;
use std::sync::Arc;

pub use realfft::{ComplexToReal, RealToComplex, num_complex};

thread_local! {
    // What a planner worked out once it gives again.
    static SINGLE: RefCell<RealFftPlanner<f32>> = RefCell::new(RealFftPlanner::new());
    static DOUBLE: RefCell<RealFftPlanner<f64>> = RefCell::new(RealFftPlanner::new());
}

/// A transform of one length there, and the one back. Back gives `length` times the signal.
pub type Both<T> = (Arc<dyn RealToComplex<T>>, Arc<dyn ComplexToReal<T>>);

/// For signals of so many samples, in single precision.
///
/// ```
/// let (there, back) = transforms::single(4);
/// let mut bins = there.make_output_vec();
/// there.process(&mut [1.0, 0.0, -1.0, 0.0], &mut bins).unwrap();
/// assert_eq!(bins[1].re, 2.0);
/// let mut signal = back.make_output_vec();
/// back.process(&mut bins, &mut signal).unwrap();
/// assert_eq!(signal, [4.0, 0.0, -4.0, 0.0]);
/// ```
pub fn single(length: usize) -> Both<f32> {
    SINGLE.with_borrow_mut(|planner| {
        (
            planner.plan_fft_forward(length),
            planner.plan_fft_inverse(length),
        )
    })
}

/// For signals of so many samples, in double precision.
pub fn double(length: usize) -> Both<f64> {
    DOUBLE.with_borrow_mut(|planner| {
        (
            planner.plan_fft_forward(length),
            planner.plan_fft_inverse(length),
        )
    })
}
