//! Rooms whose microphone cancels echo by itself, ones that only claim to, and ones in which nobody can tell.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{RATE, Room, SIZE, ear, hear};
use preflight::sound::{ENOUGH, Finding, Loop, Loss, Unheard, echo_loss, judge_claim, speech};

/// What a microphone gives whose canceller takes away so many decibels once it has learned, for half a second, what to take.
fn cancelled(room: &mut Room, by: f64) -> Vec<f32> {
    let take = speech(RATE);
    let (with, quiet) = (
        room.record(&take.samples, 0, 0),
        room.record(&vec![0.0; take.samples.len()], 0, 0),
    );
    let learned = take.lead + RATE as usize / 2;
    let left = 10f64.powf(-by / 20.0) as f32;
    let one = |(n, (heard, noise)): (usize, (&f32, &f32))| match n < learned {
        true => *heard,
        false => noise + (heard - noise) * left,
    };
    with.iter().zip(&quiet).enumerate().map(one).collect()
}

#[test]
fn what_a_canceller_takes_away_is_measured_and_a_claim_without_one_is_found() {
    let take = speech(RATE);
    assert!(take.samples.len() as f64 / f64::from(RATE) <= 4.2);
    let loudest = take.samples.iter().fold(0f32, |a, b| a.max(b.abs()));
    assert!((0.05..0.5).contains(&loudest), "{loudest}");
    for seed in 0..40 {
        let mut room = Room::installed(SIZE, seed);
        let plain = echo_loss(&take, &room.record(&take.samples, 0, 0)).unwrap();
        let Loss::Of(bare) = plain else {
            panic!("room {seed}: nothing comes back: {plain:?}");
        };
        assert!(bare < ENOUGH, "room {seed}: {bare} without a canceller");
        let loops = hear(&mut Room::installed(SIZE, seed), &ear());
        let mut findings = Vec::new();
        let decided = judge_claim("table", Some(plain), (&loops, None), &mut findings);
        assert_eq!(decided, Some(bare), "room {seed}");
        assert_eq!(findings, [Finding::EchoReturns("table".to_owned(), bare)]);

        let cleaned = echo_loss(&take, &cancelled(&mut room, 60.0)).unwrap();
        let (Loss::Of(loss) | Loss::AtLeast(loss)) = cleaned;
        assert!(loss.0 > bare.0 + 6.0, "room {seed}: {bare} and {cleaned:?}");
        if cleaned.decided().is_some() {
            let mut findings = Vec::new();
            judge_claim("table", Some(cleaned), (&loops, None), &mut findings);
            assert_eq!(findings, [], "room {seed}: {cleaned:?}");
        }
    }
}

#[test]
fn a_canceller_of_ten_decibels_is_none() {
    let take = speech(RATE);
    for seed in 0..10 {
        let mut room = Room::installed(SIZE, seed);
        let Some(Loss::Of(bare)) = echo_loss(&take, &room.record(&take.samples, 0, 0)) else {
            panic!("room {seed}");
        };
        let weak = echo_loss(&take, &cancelled(&mut room, 10.0)).unwrap();
        let Loss::Of(loss) = weak else {
            continue;
        };
        assert!(
            (loss.0 - bare.0 - 10.0).abs() < 2.0,
            "room {seed}: {bare} {loss}"
        );
    }
}

fn silent(loops: &[Loop], why: Unheard) -> Vec<Loop> {
    let mut all = loops.to_vec();
    all.iter_mut().for_each(|one| one.heard.sweep = Err(why));
    all
}

/// What is heard of sweeps now and was at the installation; whether anything is said then.
type Case<'a> = (&'a [Loop], Option<&'a [Loop]>, bool);

#[test]
fn silence_proves_nothing_unless_the_room_was_installed_silent() {
    let loops = hear(&mut Room::installed(SIZE, 1), &ear());
    let quiet = silent(&loops, Unheard::Silence);
    let dead = silent(&loops, Unheard::Dead);
    let much = Some(Loss::AtLeast(preflight::sound::Decibels(55.0)));
    let table: [Case<'_>; 5] = [
        (&loops, None, true),
        (&quiet, None, false),
        (&quiet, Some(&loops), false),
        (&quiet, Some(&quiet), true),
        (&dead, Some(&quiet), false),
    ];
    for (case, (now, baseline, decides)) in table.into_iter().enumerate() {
        let mut findings = vec![Finding::NothingHeard];
        let decided = judge_claim("table", much, (now, baseline), &mut findings);
        assert_eq!(decided.is_some(), decides, "case {case}");
        let excused = decides && baseline.is_some();
        assert_eq!(findings.is_empty(), excused, "case {case}");
    }
    let noise = Some(Loss::AtLeast(preflight::sound::Decibels(30.0)));
    assert_eq!(
        judge_claim("table", noise, (&loops, None), &mut Vec::new()),
        None
    );
    assert_eq!(echo_loss(&speech(RATE), &[0.0; 100]), None);
    assert_eq!(echo_loss(&speech(RATE), &vec![0.0; 200_000]), None);
}
