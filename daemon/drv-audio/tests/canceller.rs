//! The canceller in rooms that are made up, with speech in German and English: how much of the echo is gone after two seconds of
//! speech, and what is left of a person who speaks meanwhile.

use drv_audio::canceller::{Also, Canceller, FRAME, RATE};
use preflight::sound::{ENOUGH, Loss, echo_loss};
use virtual_room::{Room, Size};
use voices::{
    ANSWER, Dice, ENGLISH, GERMAN, answer, can_run, intelligibility, level, speech, through,
    weighted_loss,
};

const NOISE: Also = Also {
    noise: true,
    gain: false,
};

/// What comes out later than it went in: a frame for the softening, and the filters of the noise's part.
const LATE: usize = 816;

fn clean(also: Also, far: &[f32], near: &[f32]) -> Vec<f32> {
    let mut canceller = Canceller::new(also);
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

fn seconds(from: usize, to: usize) -> core::ops::Range<usize> {
    from * RATE as usize..to * RATE as usize
}

/// Uneven noise of a quiet room, 85 dB below full scale.
fn quiet(seed: u64, sound: Vec<f32>) -> Vec<f32> {
    let mut dice = Dice(seed);
    sound.iter().map(|x| x + dice.noise() * 1e-4).collect()
}

#[test]
fn the_echo_is_forty_decibels_down_within_two_seconds_of_speech() {
    if !can_run("canceller", &["espeak-ng"]) {
        return;
    }
    for (voice, text) in [("de", GERMAN), ("en", ENGLISH)] {
        let far = &speech(voice, text)[seconds(0, 9)];
        for (seed, delay) in [(1, 480), (2, 2160), (3, 960)] {
            let near = quiet(seed + 10, through(far, &answer(delay, seed)));
            let out = clean(NOISE, far, &near);
            let range = seconds(2, 3);
            let room = level(&far[range.clone()]) - level(&near[range.clone()]);
            let whole = level(&far[range.clone()]) - level(&out[range]);
            let later = weighted_loss(&far[seconds(2, 9)], &out[seconds(2, 9)]);
            println!(
                "{voice}, {delay} samples: after 2 s {whole:.1} dB, of which the room's {room:.1} dB; \
                 weighted, 2 to 9 s: {later:.1} dB"
            );
            assert!(whole >= 40.0 && later >= 40.0, "{voice}, {delay}");
        }
    }
}

/// What a check of the room plays instead of people; the loss without the canceller is the room's own.
#[test]
fn what_a_check_plays_comes_back_forty_decibels_lower() {
    let take = preflight::sound::speech(RATE);
    let size = Size {
        rate: RATE,
        loudspeakers: 1,
        microphones: 1,
    };
    for seed in 0..6 {
        let mut room = Room::installed(size, seed);
        let heard = room.record(&take.samples, 0, 0);
        let bare = echo_loss(&take, &heard).expect("a recording");
        let cancelled = echo_loss(&take, &clean(NOISE, &take.samples, &heard));
        let cancelled = cancelled.expect("a recording").decided();
        println!("room {seed}: {bare:?} without, {cancelled:?} with the canceller");
        assert!(
            matches!(bare, Loss::Of(loss) if loss < ENOUGH),
            "room {seed}"
        );
        assert!(
            cancelled.is_some_and(|loss| loss >= ENOUGH),
            "room {seed}: {cancelled:?}"
        );
    }
}

#[test]
fn a_person_in_the_room_is_understood_over_the_far_end() {
    if !can_run("canceller", &["espeak-ng"]) {
        return;
    }
    let far = &speech("de", GERMAN)[seconds(0, 12)];
    let said = speech("de+f3", ANSWER);
    let echo = through(far, &answer(960, 6));
    let at = 4 * RATE as usize;
    // As loud as the echo.
    let near: Vec<f32> = (0..far.len())
        .map(|n| echo[n] + if n >= at { said[n - at] * 0.5 } else { 0.0 })
        .collect();
    let near = quiet(5, near);
    let out = clean(NOISE, far, &near);
    let from = at + RATE as usize / 2;
    let said: Vec<f32> = said[from - at..far.len() - at - LATE]
        .iter()
        .map(|x| x * 0.5)
        .collect();
    let heard = &out[from + LATE..];
    let change = level(heard) - level(&said);
    let (before, after) = (
        intelligibility(&said, &near[from..near.len() - LATE]),
        intelligibility(&said, heard),
    );
    println!("double talk: {change:.1} dB; STOI {before:.3} before, {after:.3} after");
    assert!(change.abs() <= 3.0, "{change:.1} dB");
    assert!(after >= 0.85 && after > before + 0.1, "{before} to {after}");
}

#[test]
fn a_room_without_echo_passes_unchanged_and_gain_lifts_it_when_asked() {
    if !can_run("canceller", &["espeak-ng"]) {
        return;
    }
    let person = &speech("de+f3", ANSWER)[seconds(0, 9)];
    let quiet_person: Vec<f32> = person.iter().map(|x| x * 0.25).collect();
    let silence = vec![0.0; person.len()];
    let range = seconds(4, 9);
    let change = |also, person: &[f32]| {
        level(&clean(also, &silence, person)[range.clone()]) - level(&person[range.clone()])
    };
    let plain = change(NOISE, person);
    assert!(plain.abs() <= 1.0, "{plain:.1} dB");
    let lifted = change(
        Also {
            noise: true,
            gain: true,
        },
        &quiet_person,
    );
    println!("unchanged by {plain:.1} dB, lifted by {lifted:.1} dB");
    assert!((3.0..=13.0).contains(&lifted), "{lifted:.1} dB");
}
