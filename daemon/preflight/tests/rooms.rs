//! Five hundred made-up rooms, each with something wrong or nothing: what is wrong is named, and nothing else.
//! And a hundred sound ones, whose figures are held against the truth they were made from.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{RATE, Room, SIZE, ear, expected, fault, hear, name};
use preflight::sound::{BANDS, Ear, Limits, judge};
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
    let baseline = hear(&mut Room::installed(SIZE, seed), ear);
    let now = hear(&mut Room::broken(SIZE, seed, fault), ear);
    let found = judge(&now, Some(&baseline), &Limits::default());
    let said: Vec<String> = found.iter().map(name).collect();
    let expected = expected(fault);
    (said != expected).then(|| format!("room {seed}, {fault:?}: {found:?}"))
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
        let mut room = Room::with(SIZE, seed, rt60);
        let heard = ear.hear(&room.record(&ear.take().samples, 0, 1));
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
        check(
            "noise",
            heard.noise.0,
            20.0 * room.microphones[1].noise.log10(),
            2.0,
        );
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

/// A server that misses a turn loses its samples, or gives them twice. Whatever that makes of the figures, the recording is doubted.
#[test]
fn a_torn_recording_is_doubted_and_few_whole_ones_are() {
    let ear = ear();
    let take = ear.take().clone();
    let (mut doubted, mut trusted) = (0, Vec::new());
    for seed in 3000..3030 {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut room = Room::installed(SIZE, seed);
        let whole = room.record(&take.samples, 0, 0);
        doubted += u32::from(ear.hear(&whole).is_doubtful());
        for turn in [128, 240, 512, 1024] {
            // Where the sweep passes 700 Hz to 3 kHz: half of what figures are made of comes before it, half after.
            let sweep = take.lead + room.paths[0][0].delay;
            let at = sweep + dice.random_range(16_200..26_000);
            let (mut lost, mut doubled) = (whole.clone(), whole.clone());
            lost.drain(at..at + turn);
            lost.resize(whole.len(), 0.0);
            let again = whole[at..at + turn].to_vec();
            doubled.splice(at..at, again);
            doubled.truncate(whole.len());
            for (what, torn) in [("lost", lost), ("doubled", doubled)] {
                let heard = ear.hear(&torn);
                let measured = heard.sweep.as_ref();
                if measured.is_ok() && !heard.is_doubtful() {
                    trusted.push(format!(
                        "{seed}: {what} {turn} at {at}: {:?}",
                        measured.map(|m| m.spread)
                    ));
                }
            }
        }
    }
    println!("{doubted} of 30 whole recordings are doubted");
    assert!(doubted <= 3, "{doubted} of 30 whole recordings are doubted");
    assert!(
        trusted.is_empty(),
        "{} trusted:\n{}",
        trusted.len(),
        trusted.join("\n")
    );
}
