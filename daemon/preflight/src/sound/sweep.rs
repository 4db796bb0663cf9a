//! What is played: an exponential sine sweep between two silences.
//! A sweep bears clocks that differ and loudspeakers that distort, which noise sequences do not
//! (Müller and Massarani, Transfer-Function Measurement with Sweeps; Farina, AES 108).

use core::f64::consts::TAU;

/// A sweep: how long, from where to where, how loud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep {
    /// Samples a second.
    pub rate: u32,
    /// The lowest frequency, in hertz.
    pub from: f64,
    /// The highest, in hertz; below half the rate.
    pub to: f64,
    /// How long it takes, in seconds.
    pub seconds: f64,
    /// Its peak, as a part of full scale.
    pub peak: f64,
}

/// Silence before the sweep, in which the room's own noise is measured.
const LEAD_SECONDS: f64 = 0.6;
/// Silence after it, in which the room falls silent.
const TAIL_SECONDS: f64 = 1.2;
/// A click at either end would be heard, by people and in the result.
const FADE_SECONDS: f64 = 0.01;

impl Sweep {
    /// The one that a room hears: a second and a half at -20 dBFS, 80 Hz to 10 kHz, so that 100 Hz to 8 kHz is clear of its ends.
    pub fn at(rate: u32) -> Sweep {
        Sweep {
            rate,
            from: 80.0,
            to: (f64::from(rate) * 0.45).min(10_000.0),
            seconds: 1.5,
            peak: 0.1,
        }
    }

    /// By how much earlier than the sound itself its n-th harmonic stands in what is worked out from the recording, in seconds.
    pub fn harmonic_lead(&self, harmonic: u32) -> f64 {
        self.growth() * f64::from(harmonic).ln()
    }

    fn growth(&self) -> f64 {
        self.seconds / (self.to / self.from).ln()
    }

    /// The sweep alone.
    pub fn samples(&self) -> Vec<f32> {
        let growth = self.growth();
        let count = self.count(self.seconds);
        let fade = self.count(FADE_SECONDS).max(1);
        let rate = f64::from(self.rate);
        (0..count)
            .map(|n| {
                let time = n as f64 / rate;
                let phase = TAU * self.from * growth * ((time / growth).exp() - 1.0);
                let edge = n.min(count - 1 - n).min(fade) as f64 / fade as f64;
                (self.peak * edge * phase.sin()) as f32
            })
            .collect()
    }

    /// The sweep between its silences.
    pub fn take(&self) -> Take {
        let lead = self.count(LEAD_SECONDS);
        let mut samples = vec![0.0; lead];
        samples.extend(self.samples());
        samples.resize(samples.len() + self.count(TAIL_SECONDS), 0.0);
        Take {
            sweep: *self,
            lead,
            samples,
        }
    }

    pub(crate) fn count(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.rate)).round() as usize
    }
}

/// What is played for one measurement. A recording begins with its first sample and is at least as long.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// The sweep in it.
    pub sweep: Sweep,
    /// So many samples of silence come first.
    pub lead: usize,
    /// All samples.
    pub samples: Vec<f32>,
}

impl Take {
    /// How long it takes, in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sweep.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_stays_below_four_seconds_and_begins_and_ends_in_silence() {
        let take = Sweep::at(48_000).take();
        assert!(take.seconds() < 4.0);
        assert_eq!(take.samples[take.lead], 0.0);
        assert_eq!(take.samples.last(), Some(&0.0));
        let loudest = take.samples.iter().fold(0f32, |a, b| a.max(b.abs()));
        assert!((0.099..=0.1001).contains(&loudest), "{loudest}");
    }

    #[test]
    fn it_rises_from_the_lowest_to_the_highest_frequency() {
        let sweep = Sweep::at(48_000);
        let samples = sweep.samples();
        let crossings = |part: &[f32]| {
            part.windows(2)
                .filter(|w| w[0] < 0.0 && w[1] >= 0.0)
                .count()
        };
        let tenth = samples.len() / 10;
        let first = crossings(&samples[..tenth]) as f64 / 0.15;
        let last = crossings(&samples[samples.len() - tenth..]) as f64 / 0.15;
        assert!((80.0..140.0).contains(&first), "{first}");
        assert!((7000.0..10_000.0).contains(&last), "{last}");
    }
}
