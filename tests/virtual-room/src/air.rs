//! The room's air while time runs: samples of loudspeakers in, samples of microphones out, each at its own place in time. Convolves by
//! blocks (overlap-save), all work of a block at once. Knows no server.

use crate::room::Room;
use std::sync::Arc;
use transforms::num_complex::Complex;
use transforms::{ComplexToReal, RealToComplex};

type Bins = Vec<Complex<f32>>;

/// A room's air.
pub struct Air {
    room: Room,
    block: usize,
    /// So many samples before anything of a sample is heard anywhere.
    early: u64,
    forward: Arc<dyn RealToComplex<f32>>,
    back: Arc<dyn ComplexToReal<f32>>,
    sources: Vec<Source>,
    /// By microphone, then by loudspeaker: its impulse response in blocks.
    ways: Vec<Vec<Vec<Bins>>>,
    /// By microphone: what reaches it, by its place in time.
    rings: Vec<Vec<f32>>,
    heard: u64,
    filled: usize,
    newest: usize,
    short: u64,
    work: Work,
}

/// What a loudspeaker has played: the last block and the one that fills, and the spectra of those before.
struct Source {
    two: Vec<f32>,
    past: Vec<Bins>,
}

/// Buffers of one block's work: nothing is allocated while time runs.
struct Work {
    time: Vec<f32>,
    copy: Vec<f32>,
    bins: Bins,
    forward: Bins,
    back: Bins,
}

/// Readers may lag behind by so many samples.
const LAG: usize = 1 << 16;

impl Air {
    /// Of this room, in blocks of so many samples.
    pub fn of(room: &Room, block: usize) -> Air {
        let (forward, back) = transforms::single(block * 2);
        let early = room.paths.iter().flatten().map(|path| path.delay).min();
        let early = early.unwrap_or(0);
        let mut scratch = forward.make_scratch_vec();
        let mut spectrum = |chunk: &[f32]| {
            let mut input = forward.make_input_vec();
            input[..chunk.len()].copy_from_slice(chunk);
            let mut bins = forward.make_output_vec();
            forward
                .process_with_scratch(&mut input, &mut bins, &mut scratch)
                .expect("both buffers are the transform's own");
            bins
        };
        let mut way = |l: usize, m: usize| -> Vec<Bins> {
            let path = &room.paths[l][m];
            let mut whole = vec![0.0; path.delay - early];
            whole.extend(path.impulse.iter().map(|s| *s as f32));
            whole.chunks(block).map(&mut spectrum).collect()
        };
        let (loudspeakers, microphones) = (room.size.loudspeakers, room.size.microphones);
        let ways: Vec<Vec<Vec<Bins>>> = (0..microphones)
            .map(|m| (0..loudspeakers).map(|l| way(l, m)).collect())
            .collect();
        let longest = ways.iter().flatten().map(Vec::len).max().unwrap_or(1);
        let source = || Source {
            two: vec![0.0; block * 2],
            past: vec![forward.make_output_vec(); longest],
        };
        Air {
            block,
            early: early as u64,
            sources: (0..loudspeakers).map(|_| source()).collect(),
            rings: vec![vec![0.0; (early + LAG).next_power_of_two()]; microphones],
            heard: 0,
            filled: 0,
            newest: 0,
            short: 0,
            work: Work {
                time: back.make_output_vec(),
                copy: forward.make_input_vec(),
                bins: back.make_input_vec(),
                forward: forward.make_scratch_vec(),
                back: back.make_scratch_vec(),
            },
            ways,
            room: room.clone(),
            forward,
            back,
        }
    }

    /// How many loudspeakers and microphones it lies between, and at which rate.
    pub fn size(&self) -> crate::Size {
        self.room.size
    }

    /// The place in time of the next sample that it takes.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// So many samples were asked for before they could be known; they were silent.
    pub fn short(&self) -> u64 {
        self.short
    }

    /// Nothing has been played yet, and the next sample stands here in time.
    pub fn begin_at(&mut self, place: u64) {
        self.heard = place;
        self.filled = 0;
        for source in &mut self.sources {
            source.two.fill(0.0);
            source
                .past
                .iter_mut()
                .for_each(|bins| bins.fill(Complex::ZERO));
        }
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
    }

    /// So many samples were missed; they are taken to have been silent.
    pub fn miss(&mut self, count: u64) {
        for _ in 0..count {
            self.take(|_| 0.0);
        }
    }

    /// The loudspeakers play: as many samples of each.
    pub fn hear(&mut self, played: &[Vec<f32>]) {
        let count = played.iter().map(Vec::len).min().unwrap_or(0);
        for n in 0..count {
            self.take(|l| played.get(l).map_or(0.0, |samples| samples[n]));
        }
    }

    fn take(&mut self, of: impl Fn(usize) -> f32) {
        let place = self.block + self.filled;
        for (l, source) in self.sources.iter_mut().enumerate() {
            source.two[place] = self.room.plays(l, f64::from(of(l))) as f32;
        }
        self.heard += 1;
        self.filled += 1;
        if self.filled == self.block {
            self.filled = 0;
            self.sound();
        }
    }

    /// A block is full: what it adds at each microphone.
    fn sound(&mut self) {
        let Work {
            time,
            copy,
            bins,
            forward,
            back,
        } = &mut self.work;
        let count = self.sources.first().map_or(1, |source| source.past.len());
        self.newest = (self.newest + count - 1) % count;
        for source in &mut self.sources {
            copy.copy_from_slice(&source.two);
            self.forward
                .process_with_scratch(copy, &mut source.past[self.newest], forward)
                .expect("all buffers are the transform's own");
            source.two.copy_within(self.block.., 0);
        }
        let first = self.heard - self.block as u64 + self.early;
        for (ways, ring) in self.ways.iter().zip(&mut self.rings) {
            bins.fill(Complex::ZERO);
            for (way, source) in ways.iter().zip(&self.sources) {
                for (k, part) in way.iter().enumerate() {
                    let past = &source.past[(self.newest + k) % count];
                    for (sum, (a, b)) in bins.iter_mut().zip(past.iter().zip(part)) {
                        *sum += a * b;
                    }
                }
            }
            bins[0].im = 0.0;
            bins[self.block].im = 0.0;
            self.back
                .process_with_scratch(bins, time, back)
                .expect("all buffers are the transform's own");
            let scale = 1.0 / (self.block * 2) as f32;
            let mask = ring.len() - 1;
            for (n, sample) in time[self.block..].iter().enumerate() {
                ring[(first as usize + n) & mask] = sample * scale;
            }
        }
    }

    /// What a microphone records from a place in time on. Its own noise runs on, whatever the place.
    pub fn record(&mut self, place: u64, microphone: usize, samples: &mut [f32]) {
        let known = self.heard - self.filled as u64 + self.early;
        let ring = &self.rings[microphone];
        for (n, sample) in samples.iter_mut().enumerate() {
            let at = place + n as u64;
            let old = at + (ring.len() as u64) < known;
            let sound = match at < known && !old {
                true => ring[at as usize & (ring.len() - 1)],
                false => {
                    self.short += 1;
                    0.0
                }
            };
            *sample = self.room.microphones[microphone].hears(f64::from(sound));
        }
    }
}
