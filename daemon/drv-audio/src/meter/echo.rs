//! Whether what the loudspeaker plays comes back at the microphone: the loudness of both over time, held against each other. Knows
//! no sample of a second ago, and not who should have cancelled it.

use super::tally::Latch;
use super::{Change, RATE, decibels, lanes};
use room_core::failure::SoundFinding;
use std::collections::VecDeque;

/// Samples of one channel in a frame: ten milliseconds.
const FRAME: usize = RATE as usize / 100;
/// Frames that are held against each other: four seconds.
const WINDOW: usize = 400;
/// Frames between two looks: a second.
const EACH: usize = 100;
/// The echo comes so many frames later at most; earlier only by what the two streams are apart.
const LATEST: usize = 40;
const EARLIER: usize = 3;
/// Both are looked at from here on; below is silence.
const BOTTOM: f64 = -70.0;
/// So loud the loudspeaker must be, in at least a fifth of the frames and not in all: what never pauses tells nothing.
const LIVE: f64 = -50.0;
/// An echo rises so far over what is heard when nothing is played.
const RISE: f64 = 6.0;
/// Between what two reach who speak at the same time, and what an echo with its reverberation does: tests/meter.rs has both.
const ALIKE: f64 = 0.65;

/// Watches both. One owner.
#[derive(Debug)]
pub struct Echo {
    near: Frames,
    far: Frames,
    pairs: VecDeque<(f64, f64)>,
    fresh: usize,
    latch: Latch,
}

#[derive(Debug, Default)]
struct Frames {
    sum: f64,
    count: usize,
    levels: VecDeque<f64>,
}

impl Frames {
    fn hear(&mut self, samples: &[f32], channels: usize) {
        let whole = FRAME * channels;
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(whole - self.count));
            self.sum += f64::from(lanes::squares(now));
            self.count += now.len();
            rest = later;
            if self.count == whole {
                let level = decibels(2.0 * self.sum / self.count as f64);
                self.levels.push_back(level.max(BOTTOM));
                (self.sum, self.count) = (0.0, 0);
            }
        }
    }

    fn keep_last(&mut self, count: usize) {
        let old = self.levels.len().saturating_sub(count);
        self.levels.drain(..old);
    }
}

impl Default for Echo {
    fn default() -> Self {
        Echo::new()
    }
}

impl Echo {
    /// One that has heard nothing.
    pub fn new() -> Echo {
        Echo {
            near: Frames::default(),
            far: Frames::default(),
            pairs: VecDeque::with_capacity(WINDOW),
            fresh: 0,
            latch: Latch::new(SoundFinding::Echo, 3, 3),
        }
    }

    /// Hears what came in the same tenth of a second: the microphone's one channel, the loudspeaker's several, interleaved.
    pub fn hear(&mut self, near: &[f32], far: &[f32], channels: usize) -> Option<Change> {
        if near.is_empty() || far.is_empty() {
            // One of them rests; when it begins again, the two are aligned anew.
            self.near = Frames::default();
            self.far = Frames::default();
            return None;
        }
        let begins = self.near.levels.is_empty() && self.far.levels.is_empty();
        self.near.hear(near, 1);
        self.far.hear(far, channels.max(1));
        let both = self.near.levels.len().min(self.far.levels.len());
        let apart = self.near.levels.len().abs_diff(self.far.levels.len());
        if begins || apart > EARLIER {
            self.near.keep_last(both);
            self.far.keep_last(both);
        }
        let near = self.near.levels.drain(..both);
        for pair in near.zip(self.far.levels.drain(..both)) {
            if self.pairs.len() == WINDOW {
                self.pairs.pop_front();
            }
            self.pairs.push_back(pair);
        }
        self.fresh += both;
        if self.fresh < EACH || self.pairs.len() < WINDOW {
            return None;
        }
        self.fresh = 0;
        let sign = self.is_alike()?;
        let holds = self.latch.feed(sign)?;
        Some(Change {
            finding: SoundFinding::Echo,
            holds,
        })
    }

    /// Forgets what was heard; the finding ceases.
    pub fn forget(&mut self) -> Option<Change> {
        let held = self.latch.holds();
        *self = Echo::new();
        held.then_some(Change {
            finding: SoundFinding::Echo,
            holds: false,
        })
    }

    /// `None` where nothing can be said.
    fn is_alike(&self) -> Option<bool> {
        let near: Vec<f64> = self.pairs.iter().map(|pair| pair.0).collect();
        let far: Vec<f64> = self.pairs.iter().map(|pair| pair.1).collect();
        let live = far.iter().filter(|level| **level > LIVE).count();
        if !(WINDOW / 5..WINDOW * 19 / 20).contains(&live) {
            return None;
        }
        let late = (0..=LATEST).map(|lag| (&near[lag..], &far[..WINDOW - lag]));
        let early = (1..=EARLIER).map(|lag| (&near[..WINDOW - lag], &far[lag..]));
        Some(
            late.chain(early)
                .any(|(near, far)| rise(near, far) > RISE && correlation(near, far) > ALIKE),
        )
    }
}

/// How much louder the microphone is while the loudspeaker plays.
fn rise(near: &[f64], far: &[f64]) -> f64 {
    let mean = |played: bool| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (near, _) in near
            .iter()
            .zip(far)
            .filter(|(_, far)| (**far > LIVE) == played)
        {
            sum += near;
            count += 1.0;
        }
        sum / f64::max(count, 1.0)
    };
    mean(true) - mean(false)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    ab / (aa * bb).sqrt().max(f64::MIN_POSITIVE)
}
