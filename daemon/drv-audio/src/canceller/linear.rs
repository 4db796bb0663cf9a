//! The part of the echo that a straight line of delays and amplitudes explains: learnt and taken out, ten milliseconds at a time.
//! Pure; must not know what is done with what remains.
//!
//! A partitioned-block Kalman filter in the frequency domain (G. Enzner, P. Vary: "Frequency-domain adaptive Kalman filter for
//! acoustic echo control in hands-free telephones", 2006; partitions: F. Kuech, E. Mabande, G. Enzner, 2014). It weighs what it
//! does not know of the room against what else is in the microphone, so that a person who speaks needs no detector of his own.

use super::{FRAME, Waves};
use transforms::num_complex::Complex32;

/// Frames of the room's answer that are learnt: a quarter of a second, delay included.
const PARTITIONS: usize = 25;

/// Bins that are learnt, 50 Hz each, up to 16 kHz: what follows in the chain lets nothing above that through.
const BINS: usize = 321;

/// How much of what is known holds for another frame, squared: half of it for seven seconds. Doors open and people walk.
const HOLDS: f32 = 0.999;

/// How little the room is known before anything was heard, as a power of its answer: as much may come back as is played at once, and
/// 60 dB less 0.6 s later.
const BEFORE: f32 = 1.0;
const BEFORE_FALLS: f32 = 0.6;

/// How fast the estimate of everything else in the microphone follows.
const OTHERS: f32 = 0.7;

/// Partitions whose answer is cut back to one frame's length in each step, in turn: more of them cost processor and took no
/// more echo out of made-up rooms.
const CUTS: usize = 2;

/// Power of a frame of the far end below which there is nothing to learn from: -70 dB of full scale.
const SILENT: f32 = 5e-8;

/// Rows of complex numbers, apart, so that the processor takes several at once.
struct Rows {
    re: Vec<f32>,
    im: Vec<f32>,
}

impl Rows {
    fn new() -> Rows {
        Rows {
            re: vec![0.0; PARTITIONS * BINS],
            im: vec![0.0; PARTITIONS * BINS],
        }
    }

    fn row(&self, row: usize) -> (&[f32], &[f32]) {
        let range = row * BINS..(row + 1) * BINS;
        (&self.re[range.clone()], &self.im[range])
    }

    fn row_mut(&mut self, row: usize) -> (&mut [f32], &mut [f32]) {
        let range = row * BINS..(row + 1) * BINS;
        (&mut self.re[range.clone()], &mut self.im[range])
    }
}

/// Learns how the loudspeaker comes back. One owner.
pub(super) struct Linear {
    waves: Waves,
    /// The far end's last frames as spectra, and their powers; `newest` is the row of the last one.
    far: Rows,
    power: Vec<f32>,
    newest: usize,
    before: [f32; FRAME],
    loudness: [f32; PARTITIONS],
    /// The room's answer, and how unsure it is.
    answer: Rows,
    unsure: Vec<f32>,
    others: [f32; BINS],
    next_cut: usize,
    heard: f32,
    left: f32,
}

/// What became of a frame.
pub(super) struct Parted {
    /// The microphone without the echo that was foreseen.
    pub(super) rest: [f32; FRAME],
    /// The echo that was foreseen.
    pub(super) echo: [f32; FRAME],
}

impl Linear {
    pub(super) fn new() -> Linear {
        let falls = |row: usize| 10f32.powf(-6.0 * row as f32 * 0.01 / BEFORE_FALLS);
        Linear {
            waves: Waves::new(),
            far: Rows::new(),
            power: vec![0.0; PARTITIONS * BINS],
            newest: 0,
            before: [0.0; FRAME],
            loudness: [0.0; PARTITIONS],
            answer: Rows::new(),
            unsure: (0..PARTITIONS)
                .flat_map(|row| [BEFORE * falls(row); BINS])
                .collect(),
            others: [1e-6; BINS],
            next_cut: 0,
            heard: 0.0,
            left: 0.0,
        }
    }

    /// One frame of the far end, then one of the microphone.
    pub(super) fn part(&mut self, far: &[f32; FRAME], near: &[f32; FRAME]) -> Parted {
        self.remember(far);
        let (echo, doubt) = self.foresee();
        let mut rest = *near;
        rest.iter_mut()
            .zip(&echo)
            .for_each(|(rest, echo)| *rest -= echo);
        if self.loudness.iter().any(|power| *power > SILENT) {
            self.learn(&rest, &doubt);
        }
        self.guard(near, &rest);
        Parted { rest, echo }
    }

    fn remember(&mut self, far: &[f32; FRAME]) {
        self.newest = (self.newest + PARTITIONS - 1) % PARTITIONS;
        let spectrum = self.waves.spectrum(&self.before, far);
        self.before = *far;
        self.loudness[self.newest] = far.iter().map(|x| x * x).sum::<f32>() / FRAME as f32;
        let (re, im) = self.far.row_mut(self.newest);
        let power = &mut self.power[self.newest * BINS..(self.newest + 1) * BINS];
        for (((re, im), power), bin) in re.iter_mut().zip(im).zip(power).zip(spectrum) {
            (*re, *im) = (bin.re, bin.im);
            *power = bin.norm_sqr();
        }
    }

    /// The row of the far end that stands before a partition of the answer.
    fn far_of(&self, partition: usize) -> usize {
        (self.newest + partition) % PARTITIONS
    }

    /// The echo of this frame, and how much of it may be missed, bin by bin.
    fn foresee(&mut self) -> ([f32; FRAME], [f32; BINS]) {
        let (mut re, mut im, mut doubt) = ([0.0f32; BINS], [0.0f32; BINS], [0.0f32; BINS]);
        for partition in 0..PARTITIONS {
            let row = self.far_of(partition);
            let ((xr, xi), (wr, wi)) = (self.far.row(row), self.answer.row(partition));
            let power = &self.power[row * BINS..(row + 1) * BINS];
            let unsure = &self.unsure[partition * BINS..(partition + 1) * BINS];
            for k in 0..BINS {
                re[k] += xr[k] * wr[k] - xi[k] * wi[k];
                im[k] += xr[k] * wi[k] + xi[k] * wr[k];
                doubt[k] += 0.5 * power[k] * unsure[k];
            }
        }
        let (_, last) = self.waves.samples(|k| match k < BINS {
            true => Complex32::new(re[k], im[k]),
            false => Complex32::default(),
        });
        (last, doubt)
    }

    fn learn(&mut self, rest: &[f32; FRAME], doubt: &[f32; BINS]) {
        let (mut gr, mut gi, mut per) = ([0.0f32; BINS], [0.0f32; BINS], [0.0f32; BINS]);
        let spectrum = self.waves.spectrum(&[0.0; FRAME], rest);
        for (k, bin) in spectrum.iter().take(BINS).enumerate() {
            let others = &mut self.others[k];
            // Never below what rounding makes of silence.
            *others = (*others * OTHERS + bin.norm_sqr() * (1.0 - OTHERS)).max(1e-7);
            per[k] = 1.0 / (doubt[k] + *others);
            (gr[k], gi[k]) = (bin.re * per[k], bin.im * per[k]);
        }
        for partition in 0..PARTITIONS {
            let row = self.far_of(partition);
            let (xr, xi) = self.far.row(row);
            let (wr, wi) = self.answer.row_mut(partition);
            let power = &self.power[row * BINS..(row + 1) * BINS];
            let unsure = &mut self.unsure[partition * BINS..(partition + 1) * BINS];
            for k in 0..BINS {
                let unknown = unsure[k];
                wr[k] += unknown * (xr[k] * gr[k] + xi[k] * gi[k]);
                wi[k] += unknown * (xr[k] * gi[k] - xi[k] * gr[k]);
                let learnt = 1.0 - 0.5 * unknown * power[k] * per[k];
                let changed = (1.0 - HOLDS) * (wr[k] * wr[k] + wi[k] * wi[k]);
                unsure[k] = (HOLDS * learnt * unknown + changed).max(1e-12);
            }
        }
        for _ in 0..CUTS {
            self.cut(self.next_cut);
            self.next_cut = (self.next_cut + 1) % PARTITIONS;
        }
    }

    /// An answer longer than its frame would wrap around.
    fn cut(&mut self, partition: usize) {
        let (re, im) = self.answer.row(partition);
        let (first, _) = self.waves.samples(|k| match k < BINS {
            true => Complex32::new(re[k], im[k]),
            false => Complex32::default(),
        });
        let spectrum = self.waves.spectrum(&first, &[0.0; FRAME]);
        let (re, im) = self.answer.row_mut(partition);
        for ((re, im), bin) in re.iter_mut().zip(im).zip(spectrum) {
            (*re, *im) = (bin.re, bin.im);
        }
    }

    /// Begins anew when more comes out than went in: then it learnt something that is not the room.
    fn guard(&mut self, near: &[f32; FRAME], rest: &[f32; FRAME]) {
        let power = |samples: &[f32]| samples.iter().map(|x| x * x).sum::<f32>();
        self.heard = self.heard * 0.9 + power(near) * 0.1;
        self.left = self.left * 0.9 + power(rest) * 0.1;
        if self.left > 2.0 * self.heard + 1e-6 {
            let fresh = Linear::new();
            (self.answer, self.unsure) = (fresh.answer, fresh.unsure);
            self.left = 0.0;
        }
    }
}
