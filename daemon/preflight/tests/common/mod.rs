//! A room of two loudspeakers and two microphones that is made up from a seed: its impulse responses, its noise, and what is wrong
//! with it. Its own arithmetic, so that it can judge the one that is tested.

#![allow(dead_code, reason = "each test uses its part")]

use preflight::sound::{Ear, Loop, Sweep, Take};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use realfft::RealFftPlanner;
use std::cell::RefCell;
use std::f64::consts::TAU;

pub const RATE: u32 = 24_000;
pub const LOUDSPEAKERS: [&str; 2] = ["left", "right"];
pub const MICROPHONES: [&str; 2] = ["ceiling", "table"];

/// The ear of all tests.
pub fn ear() -> Ear {
    Ear::of(Sweep::at(RATE).take())
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    AmplifierDown(f64),
    LoudspeakerDown(usize, f64),
    MicrophoneDown(usize, f64),
    DeadMicrophone(usize),
    DeafMicrophone(usize),
    SilentLoudspeaker(usize),
    AmplifierOff,
    LoudspeakersSwapped,
    MicrophonesSwapped,
    Hum(usize, f64),
    Fan(f64),
    Overdriven(usize),
    Gaps,
    TornCone(usize, f64),
    DeadTweeter(usize),
    Reversed(usize),
    Later(f64),
    Bare,
}

/// A room.
pub struct Room {
    pub paths: [[Path; 2]; 2],
    pub noise: [f64; 2],
    /// Amplitude of a mains tone at each microphone, and its frequency.
    hum: [f64; 2],
    mains: f64,
    dead: [bool; 2],
    deaf: [bool; 2],
    overdrive: [f64; 2],
    torn: [f64; 2],
    gaps: bool,
    dice: StdRng,
}

/// From one loudspeaker to one microphone.
#[derive(Clone)]
pub struct Path {
    pub delay: usize,
    pub impulse: Vec<f64>,
}

impl Room {
    /// As it was installed.
    pub fn installed(seed: u64) -> Room {
        Room::with(seed, Dice::new(seed).0.random_range(0.25..0.65))
    }

    /// The same room with another reverberation time.
    pub fn with(seed: u64, rt60: f64) -> Room {
        let mut dice = Dice::new(seed);
        let _ = dice.0.random_range(0.25..0.65);
        let system = dice.0.random_range(0.03..0.15);
        let low_cut = [
            dice.0.random_range(90.0..160.0),
            dice.0.random_range(90.0..160.0),
        ];
        let level = dice.0.random_range(-22.0..-8.0);
        let path = |loudspeaker: usize, microphone: usize, dice: &mut Dice| {
            // The two differ by at least a metre, as they do in a room where left and right are told apart.
            let near = if loudspeaker == microphone { 1.0 } else { 3.0 };
            let metres: f64 = near + dice.0.random_range(0.0..1.2) + 1.1 * microphone as f64;
            let delay = ((system + metres / 343.0) * f64::from(RATE)) as usize;
            let direct = db(level) / metres.sqrt();
            let impulse = impulse(direct, rt60, dice);
            Path {
                delay,
                impulse: low_cut_filter(&impulse, low_cut[loudspeaker]),
            }
        };
        let paths = [0, 1].map(|l| [0, 1].map(|m| path(l, m, &mut dice)));
        let noise = [0, 1].map(|_| db(dice.0.random_range(-85.0..-65.0)));
        Room {
            paths,
            noise,
            hum: [0.0; 2],
            mains: 50.0,
            dead: [false; 2],
            deaf: [false; 2],
            overdrive: [1.0; 2],
            torn: [0.0; 2],
            gaps: false,
            dice: dice.0,
        }
    }

    /// The same room with something wrong.
    pub fn broken(seed: u64, fault: Fault) -> Room {
        let mut room = match fault {
            Fault::Bare => Room::with(seed, 1.3),
            _ => Room::installed(seed),
        };
        room.dice = StdRng::seed_from_u64(seed ^ 0xB0_0B5);
        match fault {
            Fault::None | Fault::Bare => {}
            Fault::AmplifierDown(by) => room.scale(|_, _| db(-by)),
            Fault::AmplifierOff => room.scale(|_, _| 0.0),
            Fault::LoudspeakerDown(which, by) => {
                room.scale(|l, _| if l == which { db(-by) } else { 1.0 })
            }
            Fault::SilentLoudspeaker(which) => {
                room.scale(|l, _| if l == which { 0.0 } else { 1.0 })
            }
            Fault::MicrophoneDown(which, by) => {
                room.scale(|_, m| if m == which { db(-by) } else { 1.0 });
                room.noise[which] *= db(-by);
            }
            Fault::DeadMicrophone(which) => room.dead[which] = true,
            Fault::DeafMicrophone(which) => room.deaf[which] = true,
            Fault::LoudspeakersSwapped => room.paths.swap(0, 1),
            Fault::MicrophonesSwapped => {
                room.paths.iter_mut().for_each(|row| row.swap(0, 1));
                room.noise.swap(0, 1);
            }
            Fault::Hum(which, level) => room.hum[which] = db(level),
            Fault::Fan(level) => room.noise = [db(level); 2],
            Fault::Overdriven(which) => room.overdrive[which] = 1.6,
            Fault::Gaps => room.gaps = true,
            Fault::TornCone(which, much) => room.torn[which] = much,
            Fault::DeadTweeter(which) => {
                for path in &mut room.paths[which] {
                    path.impulse = high_cut_filter(&path.impulse, 1800.0);
                }
            }
            Fault::Reversed(which) => room.scale(|l, _| if l == which { -1.0 } else { 1.0 }),
            Fault::Later(seconds) => {
                for path in room.paths.iter_mut().flatten() {
                    path.delay += (seconds * f64::from(RATE)) as usize;
                }
            }
        }
        room
    }

    fn scale(&mut self, by: impl Fn(usize, usize) -> f64) {
        for (l, row) in self.paths.iter_mut().enumerate() {
            for (m, path) in row.iter_mut().enumerate() {
                path.impulse.iter_mut().for_each(|s| *s *= by(l, m));
            }
        }
    }

    /// Every loudspeaker heard by every microphone.
    pub fn hear(&mut self, ear: &Ear) -> Vec<Loop> {
        let take = ear.take().clone();
        let mut loops = Vec::new();
        for (l, loudspeaker) in LOUDSPEAKERS.iter().enumerate() {
            for (m, microphone) in MICROPHONES.iter().enumerate() {
                let recording = self.record(&take, l, m);
                loops.push(Loop {
                    loudspeaker: (*loudspeaker).to_owned(),
                    microphone: (*microphone).to_owned(),
                    heard: ear.hear(&recording),
                });
            }
        }
        loops
    }

    /// What one microphone records of one loudspeaker.
    pub fn record(&mut self, take: &Take, l: usize, m: usize) -> Vec<f32> {
        if self.dead[m] {
            return vec![0.0; take.samples.len()];
        }
        let peak = take.sweep.peak;
        let torn = self.torn[l];
        let played: Vec<f64> = take
            .samples
            .iter()
            .map(|s| f64::from(*s))
            .map(|s| s + torn * (s * s / peak) + torn * 0.5 * s.powi(3) / (peak * peak))
            .collect();
        let path = &self.paths[l][m];
        let mut heard = match self.deaf[m] {
            true => vec![0.0; played.len()],
            false => convolve(&played, path),
        };
        if self.overdrive[m] != 1.0 {
            let loudest = heard.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            heard
                .iter_mut()
                .for_each(|s| *s *= self.overdrive[m] / loudest);
        }
        let mut noise = Noise::new(&mut self.dice);
        for (n, sample) in heard.iter_mut().enumerate() {
            if self.hum[m] > 0.0 {
                let tone = TAU * self.mains * n as f64 / f64::from(RATE);
                let overtones = 0.5 * (2.0 * tone).sin() + 0.3 * (3.0 * tone).sin();
                *sample += self.hum[m] * (tone.sin() + overtones);
            }
            *sample += self.noise[m] * noise.next() / 2f64.sqrt();
            *sample = sample.clamp(-1.0, 1.0);
        }
        let mut recording: Vec<f32> = heard.iter().map(|s| *s as f32).collect();
        if self.gaps {
            for _ in 0..3 {
                let middle = take.lead + path.delay + take.sweep.samples().len() / 2;
                let at = middle + self.dice.random_range(0..6000);
                recording[at..at + 240].fill(0.0);
            }
        }
        recording
    }
}

struct Dice(StdRng);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(StdRng::seed_from_u64(seed))
    }
}

/// A ratio of amplitudes.
pub fn db(level: f64) -> f64 {
    10f64.powf(level / 20.0)
}

/// The direct sound, and after three milliseconds the room, which falls by 60 dB in its time.
fn impulse(direct: f64, rt60: f64, dice: &mut Dice) -> Vec<f64> {
    let rate = f64::from(RATE);
    let length = (rt60 * 1.2 * rate) as usize;
    let decay = (1000f64).ln() / (rt60 * rate);
    // The room as a whole is as loud as the direct sound, give or take.
    let energy = direct * direct * dice.0.random_range(0.4..1.2);
    let each = (energy * 2.0 * decay).sqrt();
    let begins = (0.003 * rate) as usize;
    let mut noise = Noise::new(&mut dice.0);
    (0..length)
        .map(|n| match n {
            0 => direct,
            n if n < begins => 0.0,
            n => each * (-decay * n as f64).exp() * noise.next(),
        })
        .collect()
}

/// One pole each way round: no delay is added, and low tones fall by 12 dB an octave in all.
fn low_cut_filter(signal: &[f64], hertz: f64) -> Vec<f64> {
    let a = (-TAU * hertz / f64::from(RATE)).exp();
    let (mut low, mut out) = (0.0, Vec::with_capacity(signal.len()));
    for sample in signal {
        low = a * low + (1.0 - a) * sample;
        out.push(sample - low);
    }
    out
}

fn high_cut_filter(signal: &[f64], hertz: f64) -> Vec<f64> {
    let a = (-TAU * hertz / f64::from(RATE)).exp();
    let mut all = signal.to_vec();
    for _ in 0..3 {
        let mut low = 0.0;
        for sample in &mut all {
            low = a * low + (1.0 - a) * *sample;
            *sample = low;
        }
    }
    all
}

fn convolve(signal: &[f64], path: &Path) -> Vec<f64> {
    let length = (signal.len() + path.impulse.len() + path.delay).next_power_of_two();
    thread_local! {
        static PLANNER: RefCell<RealFftPlanner<f64>> = RefCell::new(RealFftPlanner::new());
    }
    let (forward, back) = PLANNER.with_borrow_mut(|planner| {
        (
            planner.plan_fft_forward(length),
            planner.plan_fft_inverse(length),
        )
    });
    let bins = |samples: &mut dyn Iterator<Item = f64>, late: usize| {
        let mut input = forward.make_input_vec();
        for (place, sample) in input[late..].iter_mut().zip(samples) {
            *place = sample;
        }
        let mut out = forward.make_output_vec();
        forward.process(&mut input, &mut out).unwrap();
        out
    };
    let a = bins(&mut signal.iter().copied(), 0);
    let b = bins(&mut path.impulse.iter().copied(), path.delay);
    let mut product: Vec<_> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    let mut out = back.make_output_vec();
    back.process(&mut product, &mut out).unwrap();
    out.truncate(signal.len());
    out.iter().map(|s| s / length as f64).collect()
}

/// White noise of the normal distribution (Box and Muller over a small generator of its own: millions of samples are wanted).
struct Noise(u64);

impl Noise {
    fn new(dice: &mut StdRng) -> Noise {
        Noise(dice.random())
    }

    /// Marsaglia's xorshift.
    fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        (-2.0 * self.even().ln()).sqrt() * (TAU * self.even()).cos()
    }
}
