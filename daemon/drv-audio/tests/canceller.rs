//! The canceller in rooms that are made up: how much of the echo is gone after two seconds of speech, what is left of a person who
//! speaks meanwhile; and the choice of who cancels, case by case.

use drv_audio::canceller::{
    Ability, Also, Canceller, Case, Echo, FRAME, Heard, RATE, Reason, choose,
};
use std::f64::consts::TAU;

struct Dice(u64);

impl Dice {
    fn noise(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0) as f32
    }
}

/// Something with a voice's rhythm and spectrum: syllables four times a second, tones of a pitch that wanders, breath.
fn speech(seconds: f64, pitch: f64, seed: u64) -> Vec<f32> {
    let mut dice = Dice(seed);
    let (mut phase, mut breath) = (0.0, 0.0);
    (0..(seconds * f64::from(RATE)) as usize)
        .map(|n| {
            let at = n as f64 / f64::from(RATE);
            phase += TAU * pitch * (1.0 + 0.15 * (TAU * 0.7 * at).sin()) / f64::from(RATE);
            let syllable = (TAU * 2.0 * at).sin().abs().powf(0.7);
            let voiced: f64 = (1..30)
                .map(|k| (phase * f64::from(k)).sin() / f64::from(k))
                .sum();
            breath += (f64::from(dice.noise()) - breath) * 0.4;
            ((voiced * 0.08 + breath * 0.08) * syllable) as f32
        })
        .collect()
}

/// A room's answer: the straight way after `delay` samples, then a tail that falls by 60 dB in 0.4 s; -8 dB together.
fn answer(delay: usize, seed: u64) -> Vec<f32> {
    let mut dice = Dice(seed);
    let tail = (0..RATE as usize / 8)
        .map(|n| dice.noise() * 0.02 * 10f32.powf(-3.0 * n as f32 / (0.4 * RATE as f32)));
    let mut answer = vec![0.0; delay];
    answer.push(0.3);
    answer.extend(tail);
    answer
}

fn through(sound: &[f32], answer: &[f32]) -> Vec<f32> {
    let mut planner = realfft::RealFftPlanner::<f32>::new();
    let size = (sound.len() + answer.len()).next_power_of_two();
    let (there, back) = (
        planner.plan_fft_forward(size),
        planner.plan_fft_inverse(size),
    );
    let spectrum = |samples: &[f32]| {
        let mut padded = samples.to_vec();
        padded.resize(size, 0.0);
        let mut out = there.make_output_vec();
        there.process(&mut padded, &mut out).expect("sizes fit");
        out
    };
    let mut product = spectrum(sound);
    product
        .iter_mut()
        .zip(spectrum(answer))
        .for_each(|(a, b)| *a *= b);
    let mut out = back.make_output_vec();
    back.process(&mut product, &mut out).expect("sizes fit");
    out.truncate(sound.len());
    out.iter().map(|x| x / size as f32).collect()
}

fn power(samples: &[f32]) -> f64 {
    10.0 * (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64)
        .log10()
}

fn clean(canceller: &mut Canceller, far: &[f32], near: &[f32]) -> Vec<f32> {
    let frames = far
        .as_chunks::<FRAME>()
        .0
        .iter()
        .zip(near.as_chunks::<FRAME>().0);
    frames
        .flat_map(|(far, near)| {
            let mut near = *near;
            canceller.clean(far, &mut near);
            near
        })
        .collect()
}

const PLAIN: Also = Also {
    noise: false,
    gain: false,
};

/// What was measured, less a little: sonora 0.2.0 stays below the forty decibels that a room wants in these rooms of ours. Whether
/// the rooms or its settings are at fault is not known yet.
#[test]
fn the_echo_sinks_no_less_than_was_measured() {
    for (seed, delay) in [(1, 480), (2, 2160), (3, 960)] {
        let far = speech(9.0, 120.0, seed);
        let mut dice = Dice(seed + 10);
        let near: Vec<f32> = through(&far, &answer(delay, seed))
            .iter()
            .map(|x| x + dice.noise() * 1e-4)
            .collect();
        for (also, soon, later) in [
            (PLAIN, 20.0, 18.0),
            (
                Also {
                    noise: true,
                    gain: false,
                },
                32.0,
                32.0,
            ),
        ] {
            let out = clean(&mut Canceller::new(also), &far, &near);
            let loss = |second: usize| {
                let range = second * RATE as usize..(second + 1) * RATE as usize;
                power(&near[range.clone()]) - power(&out[range])
            };
            println!(
                "seed {seed}, {also:?}: {:.1} dB after 2 s, {:.1} dB after 8 s",
                loss(2),
                loss(8)
            );
            assert!(loss(2) >= soon && loss(8) >= later, "seed {seed}, {also:?}");
        }
    }
}

#[test]
fn a_person_in_the_room_is_heard_over_the_far_end() {
    let far = speech(8.0, 120.0, 4);
    let person = speech(8.0, 210.0, 5);
    let at = 5 * RATE as usize;
    let echo = through(&far, &answer(960, 6));
    let near: Vec<f32> = (0..far.len())
        .map(|n| echo[n] + if n >= at { person[n] } else { 0.0 })
        .collect();
    let out = clean(&mut Canceller::new(PLAIN), &far, &near);
    let range = at + RATE as usize / 2..8 * RATE as usize;
    let change = power(&out[range.clone()]) - power(&person[range]);
    println!("double talk: {change:.1} dB");
    assert!(change.abs() <= 3.0, "{change:.1} dB");
}

#[test]
fn a_room_without_echo_passes_unchanged() {
    let person = speech(4.0, 180.0, 8);
    let out = clean(
        &mut Canceller::new(PLAIN),
        &vec![0.0; person.len()],
        &person,
    );
    let range = RATE as usize..4 * RATE as usize;
    let change = power(&out[range.clone()]) - power(&person[range]);
    assert!(change.abs() <= 1.0, "{change:.1} dB");
}

#[test]
fn echo_is_cancelled_once() {
    let case = |device, heard, client_cancels| Case {
        told: None,
        loudspeaker: true,
        device,
        heard,
        client_cancels,
    };
    let of = |device, heard, client| {
        let choice = choose(case(device, heard, client));
        (choice.echo, choice.reason)
    };
    assert_eq!(
        of(Ability::Cancels, Heard::NoEcho, true),
        (Echo::Device, Reason::DeviceProven)
    );
    assert_eq!(
        of(Ability::Cancels, Heard::NotTried, false),
        (Echo::Device, Reason::DeviceTrusted)
    );
    assert_eq!(
        of(Ability::Cancels, Heard::Echo, true),
        (Echo::Browser, Reason::DeviceFailed)
    );
    assert_eq!(
        of(Ability::Plain, Heard::Echo, true),
        (Echo::Browser, Reason::DevicePlain)
    );
    assert_eq!(
        of(Ability::Unknown, Heard::NotTried, false),
        (Echo::Room, Reason::ClientPlain)
    );
    let plain = case(Ability::Plain, Heard::Echo, true);
    let told = choose(Case {
        told: Some(Echo::Off),
        ..plain
    });
    assert_eq!((told.echo, told.reason), (Echo::Off, Reason::Told));
    assert_eq!(
        choose(Case {
            loudspeaker: false,
            ..plain
        })
        .reason,
        Reason::NoLoudspeaker
    );
}
