//! What lies between the filter's two streams: frames for the canceller on one side, samples that wait to be fetched on the other.
//! Pure: knows no server.

use crate::canceller::{Canceller, FRAME};
use std::collections::VecDeque;

/// Fills frames of microphone and far end, in step sample by sample, and cleans each as soon as it is full.
pub(super) struct Line {
    canceller: Canceller,
    near: [f32; FRAME],
    far: [f32; FRAME],
    filled: usize,
}

impl Line {
    pub(super) fn new(canceller: Canceller) -> Line {
        Line {
            canceller,
            near: [0.0; FRAME],
            far: [0.0; FRAME],
            filled: 0,
        }
    }

    /// Takes pairs of microphone and far end; gives each frame that is done to `done`.
    pub(super) fn hear(
        &mut self,
        pairs: impl Iterator<Item = (f32, f32)>,
        mut done: impl FnMut(&[f32; FRAME]),
    ) {
        for (near, far) in pairs {
            self.near[self.filled] = near;
            self.far[self.filled] = far;
            self.filled += 1;
            if self.filled == FRAME {
                self.canceller.clean(&self.far, &mut self.near);
                done(&self.near);
                self.filled = 0;
            }
        }
    }
}

/// Cleaned samples on their way out. The two streams take turns in an order that the server chooses, so one frame may wait; more
/// would be a delay that nobody gets back, and is dropped.
#[derive(Default)]
pub(super) struct Waiting {
    samples: VecDeque<f32>,
}

/// Left after a fetch at most.
const SPARE: usize = 2 * FRAME;

impl Waiting {
    pub(super) fn put(&mut self, frame: &[f32; FRAME]) {
        self.samples.extend(frame);
    }

    /// The next sample, and silence where there is none.
    pub(super) fn next(&mut self) -> f32 {
        self.samples.pop_front().unwrap_or_default()
    }

    /// Ends a fetch.
    pub(super) fn fetched(&mut self) {
        let late = self.samples.len().saturating_sub(SPARE);
        self.samples.drain(..late);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_never_grows_and_comes_in_order() {
        let mut waiting = Waiting::default();
        assert_eq!(waiting.next(), 0.0, "silence before the first frame");
        for number in 0..100 {
            waiting.put(&[number as f32; FRAME]);
            if number % 10 == 9 {
                continue;
            }
            for _ in 0..FRAME {
                waiting.next();
            }
            waiting.fetched();
            assert!(waiting.samples.len() <= SPARE, "after {number}");
        }
        let first = waiting.next();
        assert!(first >= 97.0, "{first} is late");
    }
}
