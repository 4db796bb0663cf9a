//! Five hundred made-up rooms, each with something wrong or nothing: what is wrong is named, and nothing else.
//! And a hundred sound ones, whose figures are held against the truth they were made from.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Fault, LOUDSPEAKERS, MICROPHONES, RATE, Room, ear};
use preflight::sound::{BANDS, Ear, Finding, Limits, Mains, Part, judge};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::f64::consts::TAU;
use std::thread;

#[test]
fn every_planted_fault_is_named_and_nothing_else() {
    let wrong: Vec<String> = thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            scope.spawn(move || {
                let ear = ear();
                let rooms = (half..500).step_by(2);
                rooms
                    .filter_map(|seed| one_room(seed, &ear))
                    .collect::<Vec<_>>()
            })
        });
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "{} of 500:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn one_room(seed: u64, ear: &Ear) -> Option<String> {
    let fault = fault(seed);
    let baseline = Room::installed(seed).hear(ear);
    let now = Room::broken(seed, fault).hear(ear);
    let found = judge(&now, Some(&baseline), &Limits::default());
    let said: Vec<String> = found.iter().map(name).collect();
    let expected = expected(fault);
    (said != expected).then(|| format!("room {seed}, {fault:?}: {found:?}"))
}

fn fault(seed: u64) -> Fault {
    let mut dice = StdRng::seed_from_u64(seed ^ 0xFA17);
    let which = dice.random_range(0..2);
    let by = dice.random_range(6.0..12.0);
    match seed % 20 {
        0 | 1 => Fault::None,
        2 => Fault::AmplifierDown(by),
        3 => Fault::LoudspeakerDown(which, by),
        4 => Fault::MicrophoneDown(which, by),
        5 => Fault::DeadMicrophone(which),
        6 => Fault::DeafMicrophone(which),
        7 => Fault::SilentLoudspeaker(which),
        8 => Fault::AmplifierOff,
        9 => Fault::LoudspeakersSwapped,
        10 => Fault::MicrophonesSwapped,
        11 => Fault::Hum(which, dice.random_range(-50.0..-35.0)),
        12 => Fault::Fan(dice.random_range(-42.0..-38.0)),
        13 => Fault::Overdriven(which),
        14 => Fault::Gaps,
        15 => Fault::TornCone(which, dice.random_range(0.3..0.5)),
        16 => Fault::DeadTweeter(which),
        17 => Fault::Reversed(which),
        18 => Fault::Later(dice.random_range(0.04..0.2)),
        _ => Fault::Bare,
    }
}

/// A finding as its code and the part it is laid to.
fn name(finding: &Finding) -> String {
    let part = |part: &Part| match part {
        Part::Room => "room".to_owned(),
        Part::Loudspeaker(name) | Part::Microphone(name) => name.clone(),
    };
    let what = match finding {
        Finding::CutOff(name)
        | Finding::DeadMicrophone(name)
        | Finding::DeafMicrophone(name)
        | Finding::SilentLoudspeaker(name)
        | Finding::Clipped(name)
        | Finding::Noisy(name, _) => name.clone(),
        Finding::Hum(name, Mains::Fifty, _) => format!("{name} 50"),
        Finding::Hum(name, Mains::Sixty, _) => format!("{name} 60"),
        Finding::NothingHeard | Finding::Reverberant(_) => String::new(),
        Finding::LoudspeakersSwapped(a, b) | Finding::MicrophonesSwapped(a, b) => {
            format!("{a} {b}")
        }
        Finding::Quieter(p, _)
        | Finding::Louder(p, _)
        | Finding::Muffled(p, _)
        | Finding::Thin(p, _) => part(p),
        Finding::Later(p, _) => part(p),
        Finding::Distorted(p, _) => part(p),
        Finding::Reversed(p) => part(p),
        Finding::Gaps(p, _) => part(p),
    };
    format!("{} {what}", finding.code()).trim_end().to_owned()
}

fn expected(fault: Fault) -> Vec<String> {
    let one = |text: String| vec![text];
    match fault {
        Fault::None => Vec::new(),
        Fault::AmplifierDown(_) => one("sound-quieter room".to_owned()),
        Fault::LoudspeakerDown(which, _) => one(format!("sound-quieter {}", LOUDSPEAKERS[which])),
        Fault::MicrophoneDown(which, _) => one(format!("sound-quieter {}", MICROPHONES[which])),
        Fault::DeadMicrophone(which) => {
            one(format!("sound-dead-microphone {}", MICROPHONES[which]))
        }
        Fault::DeafMicrophone(which) => {
            one(format!("sound-deaf-microphone {}", MICROPHONES[which]))
        }
        Fault::SilentLoudspeaker(which) => {
            one(format!("sound-silent-loudspeaker {}", LOUDSPEAKERS[which]))
        }
        Fault::AmplifierOff => one("sound-nothing-heard".to_owned()),
        Fault::LoudspeakersSwapped => one("sound-loudspeakers-swapped left right".to_owned()),
        Fault::MicrophonesSwapped => one("sound-microphones-swapped ceiling table".to_owned()),
        Fault::Hum(which, _) => one(format!("sound-hum {} 50", MICROPHONES[which])),
        Fault::Fan(_) => MICROPHONES.map(|m| format!("sound-noisy {m}")).to_vec(),
        Fault::Overdriven(which) => {
            let name = MICROPHONES[which];
            vec![
                format!("sound-clipped {name}"),
                format!("sound-louder {name}"),
            ]
        }
        Fault::Gaps => one("sound-gaps room".to_owned()),
        Fault::TornCone(which, _) => one(format!("sound-distorted {}", LOUDSPEAKERS[which])),
        Fault::DeadTweeter(which) => one(format!("sound-muffled {}", LOUDSPEAKERS[which])),
        Fault::Reversed(which) => one(format!("sound-reversed {}", LOUDSPEAKERS[which])),
        Fault::Later(_) => one("sound-later room".to_owned()),
        Fault::Bare => one("sound-reverberant".to_owned()),
    }
}

/// Delay within a millisecond, gain within a decibel, response within one and a half, noise within two, reverberation within a tenth.
#[test]
fn figures_agree_with_the_truth() {
    let ear = ear();
    let mut wrong = Vec::new();
    let mut ratios = Vec::new();
    for seed in 1000..1100 {
        let mut dice = StdRng::seed_from_u64(seed);
        let rt60 = dice.random_range(0.25..0.9);
        let mut room = Room::with(seed, rt60);
        let heard = ear.hear(&room.record(ear.take(), 0, 1));
        let path = &room.paths[0][1];
        let Ok(measured) = &heard.sweep else {
            wrong.push(format!("{seed}: nothing heard"));
            continue;
        };
        let mut check = |what: &str, is: f64, should: f64, within: f64| {
            if (is - should).abs() > within {
                wrong.push(format!(
                    "{seed}: {what} is {is:.2} and should be {should:.2}"
                ));
            }
        };
        check(
            "delay",
            measured.delay.0,
            path.delay as f64 * 1000.0 / f64::from(RATE),
            1.0,
        );
        check("noise", heard.noise.0, 20.0 * room.noise[1].log10(), 2.0);
        let truth = BANDS.map(|middle| band(&path.impulse, middle));
        for (band, truth) in measured.response.iter().zip(truth) {
            check(&format!("{} Hz", band.middle), band.gain.0, truth, 1.5);
        }
        let speech: Vec<f64> = BANDS
            .iter()
            .zip(truth)
            .filter(|(middle, _)| (300.0..3400.0).contains(*middle))
            .map(|(_, gain)| 10f64.powf(gain / 10.0))
            .collect();
        let gain = 10.0 * (speech.iter().sum::<f64>() / speech.len() as f64).log10();
        check("gain", measured.gain.0, gain, 1.0);
        if let Some(time) = measured.reverberation {
            check("reverberation", time / rt60, 1.0, 0.1);
            ratios.push(time / rt60);
        }
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    println!(
        "reverberation measured in {} of 100 rooms, on average {mean:.3} of the truth",
        ratios.len()
    );
    assert!(
        ratios.len() > 90,
        "reverberation was measured in {} rooms only",
        ratios.len()
    );
    assert!(
        wrong.is_empty(),
        "{} figures:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The mean power of a band, by the plain sum of Fourier at sixty places in it.
fn band(impulse: &[f64], middle: f64) -> f64 {
    let (from, to) = (middle / 2f64.powf(1.0 / 6.0), middle * 2f64.powf(1.0 / 6.0));
    let places = 60;
    let power: f64 = (0..places)
        .map(|n| from + (to - from) * (f64::from(n) + 0.5) / f64::from(places))
        .map(|hertz| {
            let step = TAU * hertz / f64::from(RATE);
            let (turn_im, turn_re) = step.sin_cos();
            let (mut re, mut im, mut cos, mut sin) = (0.0, 0.0, 1.0, 0.0);
            for sample in impulse {
                re += sample * cos;
                im -= sample * sin;
                (cos, sin) = (cos * turn_re - sin * turn_im, sin * turn_re + cos * turn_im);
            }
            re * re + im * im
        })
        .sum();
    10.0 * (power / f64::from(places)).log10()
}
