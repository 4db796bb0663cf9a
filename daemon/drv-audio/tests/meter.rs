//! The meter against signals whose figures are known: EBU Tech 3341's, and each fault alone, which must be named and no other.

use drv_audio::meter::{Block, Change, Ear, Echo, Meter, RATE};
use room_core::failure::SoundFinding;
use std::collections::BTreeSet;
use std::f64::consts::TAU;

/// A small generator of its own, the same on every machine.
struct Dice(u64);

impl Dice {
    fn noise(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn amplitude(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

fn sine(hertz: f64, db: f64, n: usize) -> f64 {
    amplitude(db) * (TAU * hertz * n as f64 / f64::from(RATE)).sin()
}

/// A room's noise at -65 dB, and with `speech` bursts of a voice's loudness in it, 700 ms of each second.
fn room(seconds: usize, speech: f64) -> Vec<f32> {
    let mut dice = Dice(7);
    let rate = RATE as usize;
    let say = |n: usize| {
        if n % rate < rate * 7 / 10 {
            sine(440.0, speech, n) + sine(1310.0, speech - 6.0, n)
        } else {
            0.0
        }
    };
    (0..seconds * rate)
        .map(|n| (say(n) + dice.noise() * amplitude(-63.0)) as f32)
        .collect()
}

fn hear(ear: Ear, channels: usize, samples: &[f32]) -> Vec<Block> {
    let mut meter = Meter::new(ear, channels);
    // Pieces of a size that fits no block, as a server gives them.
    samples
        .chunks(441 * channels)
        .flat_map(|piece| meter.hear(piece))
        .collect()
}

fn ever(blocks: &[Block]) -> BTreeSet<SoundFinding> {
    blocks
        .iter()
        .flat_map(|b| &b.changes)
        .filter(|c| c.holds)
        .map(|c| c.finding)
        .collect()
}

#[test]
fn loudness_is_that_of_tech_3341() {
    for level in [-23.0, -33.0, -40.0] {
        let tone: Vec<f32> = (0..RATE as usize * 20)
            .flat_map(|n| [sine(1000.0, level, n) as f32; 2])
            .collect();
        let last = hear(Ear::Loudspeaker, 2, &tone)
            .last()
            .cloned()
            .expect("blocks")
            .reading;
        let wanted = (level * 100.0) as i32;
        assert!(
            (last.momentary.expect("loud").0 - wanted).abs() <= 10,
            "{last:?}"
        );
        assert!(
            (last.short_term.expect("loud").0 - wanted).abs() <= 10,
            "{last:?}"
        );
        assert!(
            (last.rms.0 - wanted).abs() <= 5,
            "a full sine is 0 dB: {last:?}"
        );
        assert!((last.peak.0 - wanted).abs() <= 5, "{last:?}");
    }
}

/// EBU Tech 3341 (2016), table 1, cases 9 and 12: tones of -20 and -30 dB in turn, so long each that every 3 s, or every 400 ms,
/// hold -23 LUFS.
#[test]
fn loudness_of_what_changes_is_that_of_tech_3341() {
    for (loud, period, short_term) in [(1.34, 3.0, true), (0.18, 0.4, false)] {
        let tone: Vec<f32> = (0..RATE as usize * 12)
            .flat_map(|n| {
                let at = n as f64 / f64::from(RATE) % period;
                [sine(1000.0, if at < loud { -20.0 } else { -30.0 }, n) as f32; 2]
            })
            .collect();
        let blocks = hear(Ear::Loudspeaker, 2, &tone);
        for reading in blocks[30..].iter().map(|block| block.reading) {
            let seen = match short_term {
                true => reading.short_term,
                false => reading.momentary,
            };
            let seen = seen.expect("loud").0;
            assert!((seen + 2300).abs() <= 10, "{period} s: {seen}");
        }
    }
}

#[test]
fn true_peak_sees_between_the_samples() {
    // A quarter of the rate, 45 degrees off: every sample is 3 dB below the top of the curve.
    let at = |n: usize| 0.5 * (TAU * (n as f64 / 4.0 + 0.125)).sin();
    let tone: Vec<f32> = (0..RATE as usize * 2).map(|n| at(n) as f32).collect();
    let last = hear(Ear::Microphone, 1, &tone)
        .last()
        .cloned()
        .expect("blocks")
        .reading;
    assert!((last.peak.0 + 903).abs() <= 5, "{last:?}");
    assert!((last.true_peak.0 + 602).abs() <= 40, "{last:?}");
}

#[test]
fn a_good_room_has_no_findings_and_speech_is_told_from_noise() {
    let blocks = hear(Ear::Microphone, 1, &room(30, -26.0));
    assert_eq!(ever(&blocks), BTreeSet::new());
    let later = &blocks[60..];
    let speech = later.iter().filter(|b| b.reading.speech).count();
    assert!(speech > later.len() * 7 / 10, "{speech} of {}", later.len());
    assert!(
        hear(Ear::Microphone, 1, &room(30, -200.0))
            .iter()
            .all(|b| !b.reading.speech)
    );
    let floor = later
        .last()
        .and_then(|b| b.reading.floor)
        .expect("a floor")
        .0;
    // Even noise of amplitude a has a power of a²/3, which by AES17 is 1.76 dB below a.
    assert!((floor + 6476).abs() <= 150, "{floor}");
}

#[test]
fn each_fault_is_named_and_no_other() {
    type Fault = fn(usize, f32) -> f32;
    let faults: [(SoundFinding, Fault); 6] = [
        (SoundFinding::Dead, |_, _| 0.0),
        // A voice too loud, over noise as it should be.
        (SoundFinding::Clipping, |_, x| {
            if x.abs() > 0.02 {
                (x * 40.0).clamp(-1.0, 1.0)
            } else {
                x
            }
        }),
        (SoundFinding::Hum, |n, x| {
            x + (sine(50.0, -54.0, n) + sine(150.0, -58.0, n)) as f32
        }),
        (SoundFinding::Noisy, |n, x| {
            x + (Dice(n as u64).noise() * amplitude(-33.0)) as f32
        }),
        (SoundFinding::Quiet, |_, x| x * 0.06),
        (SoundFinding::Dropouts, |n, x| {
            if n % 30_000 < 200 { 0.0 } else { x }
        }),
    ];
    for (finding, fault) in faults {
        let samples: Vec<f32> = room(30, -26.0)
            .into_iter()
            .enumerate()
            .map(|(n, x)| fault(n, x))
            .collect();
        assert_eq!(
            ever(&hear(Ear::Microphone, 1, &samples)),
            BTreeSet::from([finding]),
            "{finding:?}"
        );
    }
}

#[test]
fn two_channels_are_held_against_each_other() {
    let one = room(10, -26.0);
    let with = |right: fn(f32) -> f32| {
        one.iter()
            .flat_map(|x| [*x, right(*x)])
            .collect::<Vec<f32>>()
    };
    let wrong = BTreeSet::from([SoundFinding::WrongChannel]);
    assert_eq!(
        ever(&hear(Ear::Loudspeaker, 2, &with(|x| x * 0.7))),
        BTreeSet::new()
    );
    assert_eq!(ever(&hear(Ear::Loudspeaker, 2, &with(|_| 0.0))), wrong);
    assert_eq!(ever(&hear(Ear::Loudspeaker, 2, &with(|x| -x))), wrong);
}

#[test]
fn findings_cease_when_their_cause_does() {
    let mut samples = vec![0.0; RATE as usize * 3];
    samples.extend(room(5, -26.0));
    let blocks = hear(Ear::Microphone, 1, &samples);
    let changes: Vec<Change> = blocks.iter().flat_map(|b| b.changes.clone()).collect();
    let dead = |holds| Change {
        finding: SoundFinding::Dead,
        holds,
    };
    assert_eq!(changes, [dead(true), dead(false)]);
    let first = blocks
        .iter()
        .position(|b| !b.changes.is_empty())
        .expect("dead");
    assert!(first <= 10, "dead only after {first} blocks");
}

#[test]
fn a_silent_far_end_is_no_fault() {
    assert_eq!(
        ever(&hear(
            Ear::Loudspeaker,
            2,
            &vec![0.0; RATE as usize * 2 * 20]
        )),
        BTreeSet::new()
    );
}

/// Words of a voice: bursts of noise of random length and loudness with pauses between them.
fn voice(seed: u64, seconds: usize) -> Vec<f32> {
    let mut dice = Dice(seed);
    // The first numbers of neighbouring seeds are alike.
    let _ = (0..9).fold(0.0, |_, _| dice.noise());
    let mut samples = Vec::new();
    while samples.len() < seconds * RATE as usize {
        let share =
            |dice: &mut Dice, from: f64, to: f64| from + (to - from) * (dice.noise() + 1.0) / 2.0;
        let loud = amplitude(share(&mut dice, -35.0, -20.0));
        let word = (share(&mut dice, 0.08, 0.45) * f64::from(RATE)) as usize;
        let pause = (share(&mut dice, 0.04, 0.6) * f64::from(RATE)) as usize;
        samples.extend((0..word).map(|n| {
            let swell = (TAU / 2.0 * n as f64 / word as f64).sin();
            (dice.noise() * loud * swell) as f32
        }));
        samples.resize(samples.len() + pause, 0.0);
    }
    samples.truncate(seconds * RATE as usize);
    samples
}

/// What a room makes of it: later, softer, and dying away over half a second.
fn echoed(far: &[f32], gain: f64) -> Vec<f32> {
    let delay = RATE as usize * 7 / 100;
    // A tail whose power falls by 60 dB in half a second, of noise: what remains of the sound is its loudness.
    let fall = 10f64.powf(-6.0 / (f64::from(RATE) * 0.5));
    let (mut power, mut dice) = (0.0, Dice(3));
    let late = std::iter::repeat_n(0.0, delay).chain(far.iter().map(|s| f64::from(*s)));
    late.take(far.len())
        .map(|sample| {
            power = power * fall + sample * sample * (1.0 - fall) * 0.5;
            let tail = dice.noise() * (power * 3.0).sqrt();
            let noise = dice.noise() * amplitude(-66.0);
            ((sample + tail) * amplitude(gain) + noise) as f32
        })
        .collect()
}

/// What is found, with both heard in tenths of a second and the loudspeaker's first a little later.
fn echo(near: &[f32], far: &[f32]) -> Vec<bool> {
    let mut echo = Echo::new();
    let stereo: Vec<f32> = far.iter().flat_map(|x| [*x, *x]).collect();
    let tenth = RATE as usize / 10;
    let mut changes = Vec::new();
    for (n, near) in near.chunks(tenth).enumerate() {
        let (from, to) = (n * tenth * 2, ((n + 1) * tenth * 2).min(stereo.len()));
        let late = if n == 0 { tenth } else { 0 };
        changes.extend(echo.hear(near, &stereo[from + late..to], 2));
    }
    assert!(changes.iter().all(|c| c.finding == SoundFinding::Echo));
    changes.iter().map(|change| change.holds).collect()
}

#[test]
fn an_echo_is_told_from_people_who_speak() {
    for seed in 0..6 {
        let (far, near) = (voice(seed, 20), voice(seed + 100, 20));
        let quiet: Vec<f32> = vec![0.0; far.len()];
        let add =
            |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        let room = echoed(&quiet, 0.0);
        for gain in [0.0, -12.0, -20.0] {
            assert_eq!(
                echo(&echoed(&far, gain), &far),
                [true],
                "seed {seed}, echo at {gain} dB"
            );
        }
        assert_eq!(echo(&room, &far), [], "seed {seed}, nobody speaks");
        assert_eq!(
            echo(&add(&room, &near), &far),
            [],
            "seed {seed}, both speak"
        );
        // Cancelled to below the room's own noise.
        assert_eq!(
            echo(&echoed(&far, -50.0), &far),
            [],
            "seed {seed}, a good canceller"
        );
    }
}

#[test]
fn an_echo_that_ends_is_no_longer_told() {
    let far = voice(5, 40);
    let half = far.len() / 2;
    let mut near = echoed(&far, -12.0);
    let clean = echoed(&far, -60.0);
    near[half..].copy_from_slice(&clean[half..]);
    assert_eq!(echo(&near, &far), [true, false]);
}
