//! One pass over a block: power, peak, samples at the end of the scale, sudden gaps, channels against each other.
//! Knows no name of what it finds.

use super::lanes::LANES;
use super::{CLIPPED, DC_TO_IGNORE, RATE, decibels};

/// So many samples of exact zero are a gap: a millisecond. Noise of a live microphone is never zero for as long.
const GAP: usize = RATE as usize / 1000;
/// A pause this long is no gap but silence.
const PAUSE: usize = RATE as usize / 2;
/// Frames that are looked at together where nothing of the kind is in them: a millisecond.
const STRETCH: usize = RATE as usize / 1000;
/// How much of a sample's power counts in what is followed with 5 ms.
const FRESH: f64 = 1.0 / (RATE as f64 * 0.005);
/// Loud enough before the gap that a device's own gate would not have closed there: -60 dB.
const LIVE: f64 = 1e-6;

/// What a block holds.
pub(super) struct Seen {
    /// Mean square over all channels, without a constant part.
    pub(super) power: f64,
    pub(super) peak: f32,
    /// Runs of three samples or more at the end of the scale.
    pub(super) clipped: u32,
    /// Gaps that ended in this block.
    pub(super) gaps: u32,
    /// Whether every channel held one value throughout.
    pub(super) constant: bool,
    /// Whether one of two channels is silent or against the other; `None` where nothing can be said.
    pub(super) wrong: Option<bool>,
}

/// The state of each channel's runs between blocks.
pub(super) struct Channels {
    each: Vec<Channel>,
    alone: Vec<f32>,
}

#[derive(Default, Clone)]
struct Channel {
    last: f32,
    at_the_end: usize,
    zeros: usize,
    /// Follows the power with 5 ms.
    around: f64,
    live: bool,
}

#[derive(Default)]
struct Sums {
    sum: f64,
    squares: f64,
    peak: f32,
    clipped: u32,
    gaps: u32,
    moved: bool,
}

impl Channels {
    pub(super) fn new(count: usize) -> Channels {
        Channels {
            each: vec![Channel::default(); count],
            alone: Vec::new(),
        }
    }

    pub(super) fn measure(&mut self, block: &[f32]) -> Seen {
        let count = self.each.len();
        let frames = (block.len() / count).max(1) as f64;
        let alone = &mut self.alone;
        let one = |(c, channel): (usize, &mut Channel)| {
            alone.clear();
            alone.extend(block.iter().skip(c).step_by(count));
            channel.measure(alone)
        };
        let sums: Vec<Sums> = self.each.iter_mut().enumerate().map(one).collect();
        let powers: Vec<f64> = sums
            .iter()
            .map(|s| (s.squares / frames - (s.sum / frames).powi(2)).max(0.0))
            .collect();
        Seen {
            power: powers.iter().sum::<f64>() / count as f64,
            peak: sums.iter().fold(0.0, |peak, s| peak.max(s.peak)),
            clipped: sums.iter().map(|s| s.clipped).max().unwrap_or(0),
            gaps: sums.iter().map(|s| s.gaps).max().unwrap_or(0),
            constant: sums.iter().all(|s| !s.moved),
            wrong: wrong(block, &powers),
        }
    }
}

impl Channel {
    fn measure(&mut self, samples: &[f32]) -> Sums {
        let before = self.last;
        let mut sums = Sums {
            moved: samples.iter().any(|sample| *sample != before),
            ..Sums::default()
        };
        let (stretches, rest) = samples.as_chunks::<STRETCH>();
        for stretch in stretches {
            if !self.is_plain(stretch, &mut sums) {
                self.look(stretch, &mut sums);
            }
        }
        self.look(rest, &mut sums);
        sums
    }

    /// Takes a stretch of nothing but zeros, or one in which no run is and none goes on; `false`: there may be one, and nothing was
    /// taken.
    fn is_plain(&mut self, stretch: &[f32; STRETCH], sums: &mut Sums) -> bool {
        let (mut sum, mut squares, mut peak) = ([0.0_f32; LANES], [0.0_f32; LANES], [0.0; LANES]);
        let mut zero = [false; LANES];
        for samples in stretch.as_chunks::<LANES>().0 {
            for (lane, sample) in samples.iter().enumerate() {
                sum[lane] += sample;
                squares[lane] += sample * sample;
                peak[lane] = sample.abs().max(peak[lane]);
                zero[lane] |= *sample == 0.0;
            }
        }
        let peak = peak.into_iter().fold(0.0, f32::max);
        if peak == 0.0 {
            self.pause();
            return true;
        }
        let runs = self.zeros > 0 || self.at_the_end > 0;
        if runs || peak >= CLIPPED || zero.contains(&true) {
            return false;
        }
        let squares = squares.into_iter().map(f64::from).sum::<f64>();
        sums.sum += sum.into_iter().map(f64::from).sum::<f64>();
        sums.squares += squares;
        sums.peak = sums.peak.max(peak);
        let kept = (1.0 - FRESH).powi(STRETCH as i32);
        self.around += (squares / STRETCH as f64 - self.around) * (1.0 - kept);
        self.last = stretch[STRETCH - 1];
        true
    }

    /// A stretch of zeros.
    fn pause(&mut self) {
        if self.zeros == 0 {
            self.live = self.around > LIVE;
        }
        self.zeros = self.zeros.saturating_add(STRETCH);
        (self.at_the_end, self.last) = (0, 0.0);
    }

    fn look(&mut self, samples: &[f32], sums: &mut Sums) {
        for sample in samples.iter().copied() {
            let size = sample.abs();
            sums.sum += f64::from(sample);
            sums.squares += f64::from(sample) * f64::from(sample);
            sums.peak = sums.peak.max(size);
            self.at_the_end = if size >= CLIPPED {
                self.at_the_end + 1
            } else {
                0
            };
            sums.clipped += u32::from(self.at_the_end == 3);
            sums.gaps += u32::from(self.gap(sample));
            self.last = sample;
        }
    }

    fn gap(&mut self, sample: f32) -> bool {
        if sample == 0.0 {
            if self.zeros == 0 {
                self.live = self.around > LIVE;
            }
            self.zeros = self.zeros.saturating_add(1);
            return false;
        }
        let ended = self.live && (GAP..PAUSE).contains(&self.zeros);
        if self.zeros >= PAUSE {
            self.around = 0.0;
        }
        self.zeros = 0;
        self.around += (f64::from(sample).powi(2) - self.around) * FRESH;
        ended
    }
}

/// Of two channels: one 40 dB below a live one, or the two against each other.
fn wrong(block: &[f32], powers: &[f64]) -> Option<bool> {
    let [left, right] = powers else { return None };
    let (loud, soft) = (left.max(*right), left.min(*right));
    if decibels(loud) < -50.0 {
        return None;
    }
    let product = block
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[l, r]| f64::from(*l) * f64::from(*r))
        .sum::<f64>();
    let correlation = product
        / (block.len() as f64 / 2.0)
        / (left * right)
            .sqrt()
            .max(DC_TO_IGNORE * DC_TO_IGNORE * soft);
    Some(decibels(loud) - decibels(soft) > 40.0 || correlation < -0.7)
}
