//! What the recording of one sweep tells: delay, gain, response, reverberation, distortion, noise, hum, clipping, gaps.
//! Figures only; what is good or bad is `judge.rs`'s business.

use super::decay::{octave, reverberation};
use super::finding::Mains;
use super::hum::hum;
use super::quantity::{Decibels, Millis, Share};
use super::response::{Band, response, speech_gain};
use super::spectrum::{Bins, Fourier, divide};
use super::sweep::{Sweep, Take};
use core::f64::consts::TAU;
use serde::{Deserialize, Serialize};

/// What was heard of one take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The noise of the room and the line, before the sweep.
    pub noise: Decibels,
    /// The strongest mains hum in it.
    pub hum: Option<(Mains, Decibels)>,
    /// How often at least three samples in a row stood at the end of the scale.
    pub clipped: u32,
    /// How often the sound was interrupted for two milliseconds or more.
    pub gaps: u32,
    /// The sweep itself.
    pub sweep: Result<Measured, Unheard>,
}

/// Why nothing of the sweep was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unheard {
    /// The recording ended early.
    CutOff,
    /// One and the same value all the time: no microphone is behind it.
    Dead,
    /// A microphone, and no sweep.
    Silence,
}

/// Figures of a sweep that was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// From the player to the recorder.
    pub delay: Millis,
    /// Over the bands of speech.
    pub gain: Decibels,
    /// By thirds of an octave.
    pub response: Vec<Band>,
    /// Seconds in which the room falls by 60 dB; `None` when noise hides it.
    pub reverberation: Option<f64>,
    /// Second and third harmonic against the sound itself; `None` when noise hides it.
    pub distortion: Option<Share>,
    /// Whether pressure comes back as pressure.
    pub polarity: Polarity,
    /// How far apart the octaves of speech arrive. Where samples are missing or doubled in the middle of a sweep, those after it
    /// come too early or too late.
    #[serde(default)]
    pub spread: Millis,
}

impl Measured {
    /// What it would be if nothing between player and loudspeaker made it softer or louder by so much.
    pub fn without(mut self, by: Decibels) -> Measured {
        self.gain.0 -= by.0;
        for band in &mut self.response {
            band.gain.0 -= by.0;
        }
        self
    }
}

impl Heard {
    /// Whether it is better heard again before anything is made of it: it may be torn, or was interrupted.
    pub fn is_doubtful(&self) -> bool {
        self.gaps > 0 || self.is_torn()
    }

    /// Whether samples may be missing or doubled in the middle of it. Some rooms are so by themselves.
    pub fn is_torn(&self) -> bool {
        matches!(&self.sweep, Ok(measured) if measured.spread > TORN)
    }
}

/// Which way the first movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Polarity {
    /// As it was played.
    Same,
    /// Turned around.
    Reversed,
}

/// The first samples of a recording may still hold the device's own start.
const SETTLE_SECONDS: f64 = 0.05;
/// Longer on the way is no loudspeaker in this room.
const DELAY_SECONDS: f64 = 0.6;
/// A common room has fallen silent after this.
const WINDOW_SECONDS: f64 = 0.5;
/// An onset stands out from what surrounds it by at least this power; pure noise reaches twenty.
const PROMINENCE: f64 = 63.0;
/// In louder noise than this part of the sound's power, five per cent of distortion cannot be told from it.
const NOISE_BESIDE_SOUND: f64 = 0.0025;
/// Loudspeakers with crossovers hold low tones back by less, and a server's turn is longer.
const TORN: Millis = Millis(4.0);
/// Octaves whose arrival is compared, in hertz.
const ARRIVALS: [f64; 4] = [500.0, 1000.0, 2000.0, 4000.0];
/// So far around the onset an octave's arrival is looked for: the longest turn of a server.
const AROUND_SECONDS: f64 = 0.1;
/// Of the scale; converters do not reach its very end.
const FULL: f32 = 0.988;

/// Works out what was heard of one take, again and again: what depends on the take alone is worked out once.
pub struct Ear {
    take: Take,
    whole: Fourier,
    sweep: Bins,
    short: Fourier,
    decay: Fourier,
}

impl Ear {
    /// For this take.
    pub fn of(take: Take) -> Ear {
        let samples = take.sweep.samples();
        let whole = Fourier::holding(take.samples.len() + samples.len());
        let tail = take.samples.len() - take.lead - samples.len();
        Ear {
            sweep: whole.bins(samples.iter().map(|s| f64::from(*s))),
            whole,
            short: Fourier::holding(take.sweep.count(WINDOW_SECONDS) * 2),
            decay: Fourier::holding(tail),
            take,
        }
    }

    /// What shall be played.
    pub fn take(&self) -> &Take {
        &self.take
    }

    /// What was heard. The recording begins with the take's first sample.
    pub fn hear(&self, recording: &[f32]) -> Heard {
        let take = &self.take;
        let sweep = &take.sweep;
        let settle = sweep.count(SETTLE_SECONDS).min(take.lead / 2);
        let lead = take.lead.min(recording.len());
        let silence = recording.get(settle..lead).unwrap_or(&[]);
        let squares: f64 = silence.iter().map(|s| f64::from(*s).powi(2)).sum();
        let hums = [Mains::Fifty, Mains::Sixty]
            .map(|mains| Some((mains, hum(silence, sweep.rate, mains.hertz())?)));
        let found = if recording.len() < take.samples.len() {
            Err(Unheard::CutOff)
        } else if same(recording) {
            Err(Unheard::Dead)
        } else {
            Room::of(self, recording).ok_or(Unheard::Silence)
        };
        let gaps = match &found {
            Ok(room) => gaps(recording, take.lead + room.onset, sweep),
            Err(_) => 0,
        };
        Heard {
            noise: Decibels::of_full_scale(squares / silence.len().max(1) as f64),
            hum: hums
                .into_iter()
                .flatten()
                .max_by(|a, b| a.1.0.total_cmp(&b.1.0)),
            clipped: runs(recording, 3, |a, _| a.abs() >= FULL),
            gaps,
            sweep: found.map(|room| room.measured(self)),
        }
    }
}

fn same(recording: &[f32]) -> bool {
    recording.windows(2).all(|pair| pair[0] == pair[1])
}

/// Stretches of one value within the sweep; those at the end of the scale are clipping.
fn gaps(recording: &[f32], from: usize, sweep: &Sweep) -> u32 {
    let margin = sweep.count(0.05);
    let until = (from + sweep.count(sweep.seconds)).saturating_sub(margin);
    let inside = recording
        .get(from + margin..until.min(recording.len()))
        .unwrap_or(&[]);
    let least = sweep.count(0.002).max(2);
    runs(inside, least, |a, b| a == b && a.abs() < FULL)
}

/// How often so many samples in a row are such.
fn runs(samples: &[f32], least: usize, such: impl Fn(f32, f32) -> bool) -> u32 {
    let (mut count, mut length) = (0, 0);
    for pair in samples.windows(2) {
        length = if such(pair[0], pair[1]) {
            length + 1
        } else {
            0
        };
        if length == least {
            count += 1;
        }
    }
    count
}

/// The way from loudspeaker to microphone, as an impulse response. What was heard before the sweep began stands at its end.
struct Room {
    impulse: Vec<f64>,
    onset: usize,
    /// So many samples from the beginning are clean of the take's end.
    clean: usize,
}

impl Room {
    fn of(ear: &Ear, recording: &[f32]) -> Option<Room> {
        let (take, sweep) = (&ear.take, &ear.take.sweep);
        let heard = recording.get(..take.samples.len())?;
        let of = ear.whole.bins(heard.iter().map(|s| f64::from(*s)));
        let mut impulse = ear.whole.signal(divide(&of, &ear.sweep));
        impulse.rotate_left(take.lead);
        let clean = heard.len() - take.lead - sweep.count(sweep.seconds);
        let within = sweep.count(DELAY_SECONDS).min(clean);
        let most = impulse[..within]
            .iter()
            .fold(0.0, |a: f64, b| a.max(b.abs()));
        let onset = impulse[..within]
            .iter()
            .position(|s| s.abs() >= most * 0.5)?;
        let floor = floor(&impulse[..clean], sweep.count(0.01));
        let room = Room {
            impulse,
            onset,
            clean,
        };
        (most * most > floor * PROMINENCE).then_some(room)
    }

    fn measured(&self, ear: &Ear) -> Measured {
        let sweep = &ear.take.sweep;
        let bands = response(&ear.short, &self.window(sweep), sweep.rate);
        let after = &self.impulse[self.onset..self.clean];
        Measured {
            delay: Millis(self.onset as f64 * 1000.0 / f64::from(sweep.rate)),
            gain: speech_gain(&bands),
            response: bands,
            reverberation: reverberation(&ear.decay, after, sweep.rate),
            distortion: self.distortion(sweep),
            spread: self.spread(ear),
            polarity: match self.impulse[self.onset] < 0.0 {
                true => Polarity::Reversed,
                false => Polarity::Same,
            },
        }
    }

    /// From the first octave's arrival to the last one's.
    fn spread(&self, ear: &Ear) -> Millis {
        let sweep = &ear.take.sweep;
        let (around, whole) = (sweep.count(AROUND_SECONDS), self.impulse.len());
        let places = (0..around * 2).map(|n| (self.onset + whole - around + n) % whole);
        let bins = ear.short.bins(places.map(|n| self.impulse[n]));
        let smooth = sweep.count(0.002).max(1);
        let arrivals = ARRIVALS.map(|middle| {
            let band = ear
                .short
                .signal(octave(&ear.short, &bins, middle, sweep.rate));
            let power: Vec<f64> = band[..around * 2].iter().map(|s| s * s).collect();
            let sums = power.windows(smooth).map(|few| few.iter().sum::<f64>());
            let loudest = sums.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            loudest.map_or(0, |(n, _)| n)
        });
        let (first, last) = (arrivals.iter().min(), arrivals.iter().max());
        let apart = last.zip(first).map_or(0, |(last, first)| last - first);
        Millis(apart as f64 * 1000.0 / f64::from(sweep.rate))
    }

    /// From just before the onset to where a common room has fallen silent, faded out at the end.
    fn window(&self, sweep: &Sweep) -> Vec<f64> {
        let from = self.onset.saturating_sub(sweep.count(0.002));
        let until = (self.onset + sweep.count(WINDOW_SECONDS)).min(self.clean);
        let fade = sweep.count(0.1).max(1);
        let part = &self.impulse[from..until];
        part.iter()
            .enumerate()
            .map(|(n, sample)| sample * ((part.len() - n) as f64 / fade as f64).min(1.0))
            .collect()
    }

    /// Harmonics stand before the sound itself, each at its own distance (Farina); between them stands the noise.
    fn distortion(&self, sweep: &Sweep) -> Option<Share> {
        let impulse = without_bass(&self.impulse, sweep.rate);
        let around = |seconds: f64| self.power(&impulse, sweep, seconds);
        let before = |seconds: f64| around(-seconds);
        let [second, third, fourth] = [2, 3, 4].map(|n| sweep.harmonic_lead(n));
        let beside = [second / 2.0, (second + third) / 2.0, fourth + 0.1].map(before);
        let noise = beside.into_iter().fold(f64::INFINITY, f64::min);
        let sound = around(0.0);
        let harmonics = before(second) + before(third) - 2.0 * noise;
        let measurable = noise < sound * NOISE_BESIDE_SOUND;
        measurable.then(|| Share((harmonics.max(0.0) / sound).sqrt()))
    }

    /// The power of a short stretch around a moment before or after the onset.
    fn power(&self, impulse: &[f64], sweep: &Sweep, seconds: f64) -> f64 {
        let whole = impulse.len();
        let offset = sweep.count(seconds.abs() + 0.005) % whole;
        let from = match seconds < 0.0 {
            true => self.onset + whole - offset,
            false => self.onset + whole - sweep.count(0.005),
        };
        let places = from..from + sweep.count(0.05);
        places.map(|n| impulse[n % whole].powi(2)).sum()
    }
}

/// A sweep spends its time evenly on every octave, so noise below speech weighs most after the division, and tells nothing of
/// harmonics.
fn without_bass(impulse: &[f64], rate: u32) -> Vec<f64> {
    let keep = (-TAU * 500.0 / f64::from(rate)).exp();
    let mut low = [0.0; 2];
    let pass = |sample: &f64| {
        low.iter_mut().fold(*sample, |sample, low| {
            *low = keep * *low + (1.0 - keep) * sample;
            sample - *low
        })
    };
    impulse.iter().map(pass).collect()
}

/// The power of the noise: the quietest tenth of the blocks.
fn floor(impulse: &[f64], block: usize) -> f64 {
    let power = |chunk: &[f64]| chunk.iter().map(|s| s * s).sum::<f64>() / chunk.len() as f64;
    let mut blocks: Vec<f64> = impulse.chunks_exact(block.max(1)).map(power).collect();
    blocks.sort_by(f64::total_cmp);
    let quiet = &blocks[..(blocks.len() / 10).max(1).min(blocks.len())];
    quiet.iter().sum::<f64>() / quiet.len().max(1) as f64
}
