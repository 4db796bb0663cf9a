//! How much of what the loudspeaker plays comes back while somebody cancels it: what is played for it, what its recording tells, and
//! whether a device does what its model says, and the room's own canceller what it has to. Knows neither device nor sentence.
//!
//! A canceller learns while it hears speech, so what is played has the pauses of speech, and counts from its third second on.

use super::finding::Finding;
use super::judge::Loop;
use super::measure::Unheard;
use super::quantity::Decibels;
use super::sweep::{Sweep, Take};
use core::f64::consts::TAU;

/// From so much loss on nobody hears himself: what the room's own canceller is held to as well.
pub const ENOUGH: Decibels = Decibels(40.0);

/// Silence before it, in which the room's own noise is measured.
const LEAD_SECONDS: f64 = 0.4;
/// So long it speaks,
const SPEECH_SECONDS: f64 = 3.4;
/// and so much of that is left for the canceller to learn.
const LEARNED_SECONDS: f64 = 2.0;
/// Silence after it, in which the last echo comes back.
const TAIL_SECONDS: f64 = 0.3;
/// Words a second.
const SYLLABLES: f64 = 4.0;
/// Its root mean square while it speaks, as a part of full scale: -26 dB by AES17.
const LOUDNESS: f64 = 0.035;
/// Of echo that is no louder than the noise beside it nothing can be said but that it is below this part of the noise's power.
const HIDDEN: f64 = 0.5;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Between what was played and what came back, both as parts of full scale.
    Of(Decibels),
    /// The room's own noise hides what came back: it is at least that much.
    AtLeast(Decibels),
}

impl Loss {
    /// How much it is at least, when that says whether it is enough.
    pub fn decided(self) -> Option<Decibels> {
        match self {
            Loss::Of(loss) => Some(loss),
            Loss::AtLeast(loss) => (loss >= ENOUGH).then_some(loss),
        }
    }
}

/// What is played: noise with the colour and the pauses of speech, the same each time.
pub fn speech(rate: u32) -> Take {
    let sweep = Sweep::at(rate);
    let (lead, count) = (sweep.count(LEAD_SECONDS), sweep.count(SPEECH_SECONDS));
    let mut samples = vec![0.0; lead];
    samples.extend(syllables(rate, count));
    samples.resize(samples.len() + sweep.count(TAIL_SECONDS), 0.0);
    Take {
        sweep,
        lead,
        samples,
    }
}

fn syllables(rate: u32, count: usize) -> Vec<f32> {
    let rate = f64::from(rate);
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24) - 0.5
    };
    let keep = |hertz: f64| (-TAU * hertz / rate).exp();
    // Between 200 Hz and 1 kHz, falling off to both sides, as speech does.
    let (low, high) = (keep(1_000.0), keep(200.0));
    let (mut smooth, mut base) = (0.0, 0.0);
    let raw: Vec<f64> = (0..count)
        .map(|n| {
            smooth = low * smooth + (1.0 - low) * noise();
            base = high * base + (1.0 - high) * smooth;
            let turn = (TAU * SYLLABLES * n as f64 / rate).cos();
            (smooth - base) * (0.5 - 0.5 * turn).powi(2)
        })
        .collect();
    let power = raw.iter().map(|s| s * s).sum::<f64>() / count.max(1) as f64;
    let gain = LOUDNESS / power.sqrt().max(f64::MIN_POSITIVE);
    raw.into_iter().map(|s| (s * gain) as f32).collect()
}

/// What was lost on the way from the loudspeaker to the microphone. `None`: the recording ended early, or no microphone is behind it.
pub fn echo_loss(take: &Take, recording: &[f32]) -> Option<Loss> {
    let power = |part: &[f32]| {
        let squares: f64 = part.iter().map(|s| f64::from(*s).powi(2)).sum();
        squares / part.len().max(1) as f64
    };
    let sweep = &take.sweep;
    let learned = take.lead + sweep.count(LEARNED_SECONDS);
    let spoken = take.samples.len() - sweep.count(TAIL_SECONDS);
    // What a device's own start leaves in the first moment is no noise of the room.
    let before = recording.get(take.lead / 4..take.lead)?;
    let while_played = recording.get(learned..take.samples.len())?;
    if recording.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let played = power(&take.samples[learned..spoken]);
    // Over the tail as well: the same echo, spread over a little more time.
    let longer = while_played.len() as f64 / (spoken - learned) as f64;
    let (noise, heard) = (power(before), power(while_played));
    let echo = (heard - noise) * longer;
    let loss = |echo: f64| Decibels(Decibels::of_power(played).0 - Decibels::of_power(echo).0);
    Some(match echo > noise * HIDDEN {
        true => Loss::Of(loss(echo)),
        false => Loss::AtLeast(loss(noise * HIDDEN)),
    })
}

/// Holds the room's own canceller, which the microphone was heard through, against what it has to do: the figure, when one can be
/// said. Where no sweep was heard without it, silence proves nothing.
pub fn judge_room(
    loss: Option<Loss>,
    now: &[Loop],
    findings: &mut Vec<Finding>,
) -> Option<Decibels> {
    if !now.iter().any(|one| one.heard.sweep.is_ok()) {
        return None;
    }
    let loss = loss?.decided()?;
    if loss < ENOUGH {
        findings.push(Finding::EchoRemains(loss));
    }
    Some(loss)
}

/// Holds the claim of a device against what was heard: the figure that decides, when one does. Where echo comes through, that is
/// found; where so little of a sweep comes back as at the installation, and none was heard then either, its silence is no fault.
pub fn judge_claim(
    device: &str,
    loss: Option<Loss>,
    (now, baseline): (&[Loop], Option<&[Loop]>),
    findings: &mut Vec<Finding>,
) -> Option<Decibels> {
    let alive = |one: &Loop| !matches!(one.heard.sweep, Err(Unheard::Dead | Unheard::CutOff));
    let heard = |loops: &[Loop]| loops.iter().any(|one| one.heard.sweep.is_ok());
    if !now.iter().all(alive) {
        return None;
    }
    let silent = !heard(now);
    // A loudspeaker that plays nothing has no echo either.
    if silent && baseline.is_none_or(heard) {
        return None;
    }
    let loss = loss?.decided()?;
    if loss < ENOUGH {
        findings.push(Finding::EchoReturns(device.to_owned(), loss));
    } else if silent {
        findings.retain(|finding| *finding != Finding::NothingHeard);
    }
    Some(loss)
}
