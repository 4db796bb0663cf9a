//! A room made up from a seed: its ways of sound, its noise, what is wrong with it, and what a microphone records of a loudspeaker.
//! Knows no server and no judgement.

use crate::fault::Fault;
use crate::impulse::{Noise, convolve, db, high_cut, impulse, low_cut};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::f64::consts::TAU;

/// The loudest that a sweep plays, as a part of full scale: what a torn cone and an overdriven microphone are measured by.
pub const NOMINAL_PEAK: f64 = 0.1;

/// How many there are of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Samples a second.
    pub rate: u32,
    /// At least one.
    pub loudspeakers: usize,
    /// At least one.
    pub microphones: usize,
}

/// From one loudspeaker to one microphone.
#[derive(Debug, Clone)]
pub struct Path {
    /// In samples, from the player to the recorder.
    pub delay: usize,
    /// Begins with the direct sound.
    pub impulse: Vec<f64>,
}

/// A room.
#[derive(Debug, Clone)]
pub struct Room {
    /// How many there are of what.
    pub size: Size,
    /// By loudspeaker, then by microphone.
    pub paths: Vec<Vec<Path>>,
    /// By number.
    pub microphones: Vec<Microphone>,
    /// By loudspeaker: what a torn cone adds.
    torn: Vec<f64>,
}

/// What a microphone and its line do to the sound that reaches them. Runs on from sample to sample.
#[derive(Debug, Clone)]
pub struct Microphone {
    /// Of its noise: full scale by AES17, as an amplitude.
    pub noise: f64,
    rate: u32,
    hum: f64,
    dead: bool,
    deaf: bool,
    gain: f64,
    gaps: Option<Gap>,
    hiss: Noise,
    at: u64,
}

/// When the sound is interrupted next, and until when, in samples.
#[derive(Debug, Clone, Copy)]
struct Gap {
    from: u64,
    until: u64,
}

/// The mains, in hertz.
const MAINS: f64 = 50.0;
const GAP_SECONDS: f64 = 0.01;

impl Microphone {
    /// What is recorded of a sample that reaches it.
    pub fn hears(&mut self, sound: f64) -> f32 {
        let n = self.at;
        self.at += 1;
        if self.dead {
            return 0.0;
        }
        let mut sample = if self.deaf { 0.0 } else { sound * self.gain };
        if self.hum > 0.0 {
            // Whole turns only: the phase stays exact for as long as it runs.
            let turn = n % u64::from(self.rate);
            let tone = TAU * MAINS * turn as f64 / f64::from(self.rate);
            let overtones = 0.5 * (2.0 * tone).sin() + 0.3 * (3.0 * tone).sin();
            sample += self.hum * (tone.sin() + overtones);
        }
        sample += self.noise * self.hiss.next() / 2f64.sqrt();
        if self.interrupted(n) {
            return 0.0;
        }
        sample.clamp(-1.0, 1.0) as f32
    }

    fn interrupted(&mut self, n: u64) -> bool {
        let rate = f64::from(self.rate);
        let Some(gap) = &mut self.gaps else {
            return false;
        };
        if n >= gap.until {
            gap.from = n + (rate * (0.3 + 0.2 * self.hiss.even())) as u64;
            gap.until = gap.from + (rate * GAP_SECONDS) as u64;
        }
        n >= gap.from
    }
}

impl Room {
    /// As it was installed.
    pub fn installed(size: Size, seed: u64) -> Room {
        Room::with(
            size,
            seed,
            StdRng::seed_from_u64(seed).random_range(0.25..0.65),
        )
    }

    /// The same room with another reverberation time, in seconds.
    pub fn with(size: Size, seed: u64, rt60: f64) -> Room {
        let rate = f64::from(size.rate);
        let mut dice = StdRng::seed_from_u64(seed);
        let _ = dice.random_range(0.25..0.65);
        let system = dice.random_range(0.03..0.15);
        let low_cuts: Vec<f64> = (0..size.loudspeakers)
            .map(|_| dice.random_range(90.0..160.0))
            .collect();
        let level = dice.random_range(-22.0..-8.0);
        let path = |loudspeaker: usize, microphone: usize, dice: &mut StdRng| {
            // The two differ by at least a metre, as they do in a room where left and right are told apart.
            let near = if loudspeaker == microphone { 1.0 } else { 3.0 };
            let metres: f64 = near + dice.random_range(0.0..1.2) + 1.1 * microphone as f64;
            let direct = db(level) / metres.sqrt();
            let impulse = impulse(direct, rt60, size.rate, dice);
            Path {
                delay: ((system + metres / 343.0) * rate) as usize,
                impulse: low_cut(&impulse, low_cuts[loudspeaker], size.rate),
            }
        };
        let mut row = |l: usize| {
            let all = 0..size.microphones;
            all.map(|m| path(l, m, &mut dice)).collect::<Vec<Path>>()
        };
        let paths = (0..size.loudspeakers).map(&mut row).collect();
        let mut microphone = |_| Microphone {
            noise: db(dice.random_range(-85.0..-65.0)),
            rate: size.rate,
            hum: 0.0,
            dead: false,
            deaf: false,
            gain: 1.0,
            gaps: None,
            hiss: Noise::new(&mut StdRng::seed_from_u64(0)),
            at: 0,
        };
        let microphones = (0..size.microphones).map(&mut microphone).collect();
        let mut room = Room {
            size,
            paths,
            microphones,
            torn: vec![0.0; size.loudspeakers],
        };
        room.another_day(dice.random());
        room
    }

    /// The same room with something wrong, on another day.
    pub fn broken(size: Size, seed: u64, fault: Fault) -> Room {
        let mut room = match fault {
            Fault::Bare => Room::with(size, seed, 1.3),
            _ => Room::installed(size, seed),
        };
        room.another_day(seed ^ 0xB0_0B5);
        room.suffer(fault);
        room
    }

    /// The same room with noise that was never heard before.
    pub fn another_day(&mut self, seed: u64) {
        let mut dice = StdRng::seed_from_u64(seed);
        for microphone in &mut self.microphones {
            microphone.hiss = Noise::new(&mut dice);
        }
    }

    /// Something goes wrong. [`Fault::Bare`] is in the walls from the beginning, and changes nothing here.
    pub fn suffer(&mut self, fault: Fault) {
        let rate = self.size.rate;
        let only = |which: usize, by: f64| move |n: usize| if n == which { by } else { 1.0 };
        match fault {
            Fault::None | Fault::Bare => {}
            Fault::AmplifierDown(by) => self.scale(|_, _| db(-by)),
            Fault::AmplifierOff => self.scale(|_, _| 0.0),
            Fault::LoudspeakerDown(which, by) => {
                let by = only(which, db(-by));
                self.scale(|l, _| by(l));
            }
            Fault::SilentLoudspeaker(which) => {
                let by = only(which, 0.0);
                self.scale(|l, _| by(l));
            }
            Fault::Reversed(which) => {
                let by = only(which, -1.0);
                self.scale(|l, _| by(l));
            }
            Fault::MicrophoneDown(which, by) => {
                self.microphones[which].gain *= db(-by);
                self.microphones[which].noise *= db(-by);
            }
            Fault::DeadMicrophone(which) => self.microphones[which].dead = true,
            Fault::DeafMicrophone(which) => self.microphones[which].deaf = true,
            Fault::LoudspeakersSwapped => self.paths.swap(0, 1),
            Fault::MicrophonesSwapped => {
                self.paths.iter_mut().for_each(|row| row.swap(0, 1));
                self.microphones.swap(0, 1);
            }
            Fault::Hum(which, level) => self.microphones[which].hum = db(level),
            Fault::Fan(level) => self.each_microphone(|m| m.noise = db(level)),
            Fault::Overdriven(which) => {
                // With the room, what is heard is about twice as loud as the direct sound alone.
                let direct = |row: &Vec<Path>| row[which].impulse[0].abs() * 2.0;
                let most = self.paths.iter().map(direct).fold(0.0, f64::max);
                self.microphones[which].gain = 1.6 / (NOMINAL_PEAK * most);
            }
            Fault::Gaps => {
                self.each_microphone(|m| m.gaps = Some(Gap { from: 0, until: 0 }));
            }
            Fault::TornCone(which, much) => self.torn[which] = much,
            Fault::DeadTweeter(which) => {
                for path in &mut self.paths[which] {
                    path.impulse = high_cut(&path.impulse, 1800.0, rate);
                }
            }
            Fault::Later(seconds) => {
                let more = (seconds * f64::from(rate)) as usize;
                self.each_path(|path| path.delay += more);
            }
        }
    }

    /// Every way takes this long, in seconds, from the player to the recorder.
    pub fn delay(&mut self, seconds: f64) {
        let samples = (seconds * f64::from(self.size.rate)).round() as usize;
        self.each_path(|path| path.delay = samples);
    }

    /// Every way becomes louder, by decibels.
    pub fn louder(&mut self, by: f64) {
        self.scale(|_, _| db(by));
    }

    /// Every microphone's noise, in decibels of full scale.
    pub fn noisy(&mut self, level: f64) {
        self.each_microphone(|microphone| microphone.noise = db(level));
    }

    fn each_path(&mut self, each: impl FnMut(&mut Path)) {
        self.paths.iter_mut().flatten().for_each(each);
    }

    fn each_microphone(&mut self, each: impl FnMut(&mut Microphone)) {
        self.microphones.iter_mut().for_each(each);
    }

    fn scale(&mut self, by: impl Fn(usize, usize) -> f64) {
        for (l, row) in self.paths.iter_mut().enumerate() {
            for (m, path) in row.iter_mut().enumerate() {
                path.impulse.iter_mut().for_each(|s| *s *= by(l, m));
            }
        }
    }

    /// What a loudspeaker makes of a sample.
    pub fn plays(&self, loudspeaker: usize, sample: f64) -> f64 {
        let torn = self.torn[loudspeaker];
        let cube = sample.powi(3) / (NOMINAL_PEAK * NOMINAL_PEAK);
        sample + torn * (sample * sample / NOMINAL_PEAK) + torn * 0.5 * cube
    }

    /// What one microphone records while one loudspeaker plays, and no other: as long as what is played.
    pub fn record(&mut self, played: &[f32], loudspeaker: usize, microphone: usize) -> Vec<f32> {
        let sound: Vec<f64> = played
            .iter()
            .map(|sample| self.plays(loudspeaker, f64::from(*sample)))
            .collect();
        let path = &self.paths[loudspeaker][microphone];
        let heard = convolve(&sound, path.delay, &path.impulse);
        let microphone = &mut self.microphones[microphone];
        heard
            .iter()
            .map(|sample| microphone.hears(*sample))
            .collect()
    }
}
