//! What is heard, as figures and names, and never as sound: level, peak, loudness, and what is wrong with it, block by block.
//! Pure: knows no server, no device, no clock but the count of samples.

mod channels;
mod echo;
mod hum;
mod lanes;
mod tally;

use crate::ports::Db;
use channels::Channels;
use ebur128::{EbuR128, Mode};
pub use echo::Echo;
use hum::Hum;
use room_core::failure::SoundFinding;
use tally::{Latch, Recent};

/// Samples of one channel in a second, everywhere in the graph.
pub const RATE: u32 = 48_000;

/// Frames in one block: a tenth of a second.
pub const BLOCK: usize = RATE as usize / 10;

/// What is listened to. A loudspeaker may be silent to the last bit, a microphone may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ear {
    /// What the room says.
    Microphone,
    /// What the far end says.
    Loudspeaker,
}

/// What a block was like. Levels are of full scale by AES17: a full sine is 0 dB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Root mean square over all channels.
    pub rms: Db,
    /// The highest sample.
    pub peak: Db,
    /// The highest point of the curve through the samples, by EBU R128's true peak; the highest sample where that is far from the
    /// end of the scale.
    pub true_peak: Db,
    /// Loudness of the last 400 ms, in hundredths of LUFS, when there was any.
    pub momentary: Option<Db>,
    /// Loudness of the last 3 s, likewise.
    pub short_term: Option<Db>,
    /// What remains when nobody speaks: a tenth of the blocks of the last ten seconds were quieter.
    pub floor: Option<Db>,
    /// Whether it is at least 10 dB over that, or was within the last half second: probably somebody speaks.
    pub speech: bool,
}

/// A finding begins or ceases to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which one.
    pub finding: SoundFinding,
    /// Whether it holds now.
    pub holds: bool,
}

/// One block's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its figures.
    pub reading: Reading,
    /// What is wrong since then, or is no longer.
    pub changes: Vec<Change>,
}

// Where a finding begins, in decibels of full scale, and loudness in LUFS. A speech level of -30 at the microphone and noise of a
// room of 35 dB(A) some 35 dB below it are usual; the limits leave 10 dB to the loud side of that.
const NOISY: f64 = -45.0;
const QUIET: f64 = -45.0;
const HUM: f64 = -60.0;
const CLIPPED: f32 = 0.988_553; // -0.1 dB
const DC_TO_IGNORE: f64 = 0.01;
const SILENCE: f64 = -120.0;
/// What ITU-R BS.1770 adds to the logarithm of the weighted energy.
const LUFS: f64 = -0.691;
const BLOCK_MILLIS: u32 = 100;
/// From this sample on the curve between samples is looked at, -12 dB: it is half of what metering costs, and nobody asks below.
const NEAR_THE_END: f32 = 0.25;

/// Listens to one role. One owner; a block is answered as soon as it is full.
pub struct Meter {
    ear: Ear,
    channels: usize,
    block: Vec<f32>,
    hum: Hum,
    loudness: Option<EbuR128>,
    curve: Option<EbuR128>,
    momentary: Recent<f64>,
    short_term: Recent<f64>,
    floor: Recent<f64>,
    speech_for: u32,
    runs: Channels,
    clipped: Recent<u32>,
    gaps: Recent<u32>,
    latches: Vec<Latch>,
}

impl Meter {
    /// A meter for interleaved samples of that many channels (1 or more), 48000 a second each.
    pub fn new(ear: Ear, channels: usize) -> Meter {
        let channels = channels.max(1);
        // Refuses more than 64 channels only: then there are levels and no loudness.
        let by = |mode| EbuR128::new(u32::try_from(channels).unwrap_or(u32::MAX), RATE, mode).ok();
        Meter {
            ear,
            channels,
            block: Vec::with_capacity(BLOCK * channels),
            hum: Hum::new(),
            loudness: by(Mode::M),
            curve: by(Mode::TRUE_PEAK),
            momentary: Recent::new(4),
            short_term: Recent::new(30),
            floor: Recent::new(100),
            speech_for: 0,
            runs: Channels::new(channels),
            clipped: Recent::new(600),
            gaps: Recent::new(100),
            latches: Latch::all(ear),
        }
    }

    /// Hears interleaved samples and says what each full block was like.
    pub fn hear(&mut self, samples: &[f32]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) =
                rest.split_at(rest.len().min(BLOCK * self.channels - self.block.len()));
            self.block.extend_from_slice(now);
            rest = later;
            if self.block.len() == BLOCK * self.channels {
                let block = core::mem::take(&mut self.block);
                blocks.push(self.judge(&block));
                self.block = block;
                self.block.clear();
            }
        }
        blocks
    }

    /// Forgets what was heard, as after a mute or another device; every finding that held ceases.
    pub fn forget(&mut self) -> Vec<Change> {
        let held = self.latches.iter().filter(|l| l.holds());
        let changes = held
            .map(|l| Change {
                finding: l.finding(),
                holds: false,
            })
            .collect();
        *self = Meter::new(self.ear, self.channels);
        changes
    }

    fn judge(&mut self, block: &[f32]) -> Block {
        let seen = self.runs.measure(block);
        let rms = decibels(seen.power * 2.0);
        let (momentary, short_term) = self.loud(block);
        let true_peak = self.true_peak(block, seen.peak);
        self.floor.push(rms);
        let floor = self.floor.tenth(50);
        let over = floor.is_some_and(|floor| rms > floor + 10.0) && rms > -70.0;
        self.speech_for = if over {
            5
        } else {
            self.speech_for.saturating_sub(1)
        };
        self.clipped.push(seen.clipped);
        self.gaps.push(seen.gaps);
        let hum = self.hum.hear(block, self.channels);
        let hums = hum.map(|level| level.is_some_and(|level| level > HUM));

        let quiet = over && short_term.is_some_and(|loudness| loudness < QUIET);
        let signs = [
            (SoundFinding::Dead, Some(seen.constant)),
            (SoundFinding::Clipping, Some(self.clipped.sum() > 5)),
            (SoundFinding::Hum, hums),
            (
                SoundFinding::Noisy,
                self.floor.tenth(100).map(|floor| floor > NOISY),
            ),
            (SoundFinding::Quiet, over.then_some(quiet)),
            (SoundFinding::Dropouts, Some(self.gaps.sum() > 3)),
            (SoundFinding::WrongChannel, seen.wrong),
        ];
        let changes = signs
            .into_iter()
            .filter_map(|(finding, sign)| self.latch(finding, sign?))
            .collect();
        let reading = Reading {
            rms: hundredths(rms),
            peak: hundredths(decibels(f64::from(seen.peak).powi(2))),
            true_peak: hundredths(true_peak),
            momentary: momentary.map(hundredths),
            short_term: short_term.map(hundredths),
            floor: floor.map(hundredths),
            speech: self.speech_for > 0,
        };
        Block { reading, changes }
    }

    /// Of the last 400 ms and of the last 3 s, from the weighted energy of each block: asking for three seconds ten times a second
    /// would go over each sample thirty times.
    fn loud(&mut self, block: &[f32]) -> (Option<f64>, Option<f64>) {
        let heard = self.loudness.as_mut().and_then(|loudness| {
            loudness.add_frames_f32(block).ok()?;
            loudness.loudness_window(BLOCK_MILLIS).ok()
        });
        let energy = heard.map_or(0.0, |lufs| 10f64.powf((lufs - LUFS) / 10.0));
        self.momentary.push(energy);
        self.short_term.push(energy);
        let lufs = |blocks: &Recent<f64>| {
            let lufs = 10.0 * (blocks.sum() / blocks.most() as f64).log10() + LUFS;
            (lufs > -100.0).then_some(lufs)
        };
        (lufs(&self.momentary), lufs(&self.short_term))
    }

    fn true_peak(&mut self, block: &[f32], peak: f32) -> f64 {
        let mut highest = f64::from(peak);
        if peak >= NEAR_THE_END
            && let Some(curve) = &mut self.curve
            && curve.add_frames_f32(block).is_ok()
        {
            let channels = u32::try_from(self.channels).unwrap_or(u32::MAX);
            let peaks = (0..channels).filter_map(|c| curve.prev_true_peak(c).ok());
            highest = peaks.fold(highest, f64::max);
        }
        decibels(highest * highest)
    }

    fn latch(&mut self, finding: SoundFinding, sign: bool) -> Option<Change> {
        let latch = self
            .latches
            .iter_mut()
            .find(|latch| latch.finding() == finding)?;
        latch.feed(sign).map(|holds| Change { finding, holds })
    }
}

/// Power of an amplitude, full scale being 1, in decibels.
fn decibels(power: f64) -> f64 {
    if power > 1e-12 {
        10.0 * power.log10()
    } else {
        SILENCE
    }
}

fn hundredths(db: f64) -> Db {
    Db((db * 100.0).round() as i32)
}
