//! What the figures of a room mean: findings by name, each laid to the part that explains it, against limits and the room's own
//! baseline from its installation. Knows no sentence; faces have them by code.

use super::finding::{Finding, Part};
use super::measure::{Heard, Measured, Unheard};
use super::quantity::{Decibels, Millis, Share};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One way that sound took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// The loudspeaker's role.
    pub loudspeaker: String,
    /// The microphone's role.
    pub microphone: String,
    /// What was heard.
    pub heard: Heard,
}

/// From where on something is a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Quieter or louder than the baseline.
    pub gain: Decibels,
    /// Later than the baseline.
    pub delay: Millis,
    /// Treble or bass against the baseline.
    pub tone: Decibels,
    /// Harmonics.
    pub distortion: Share,
    /// Noise that is too much in any room.
    pub noise: Decibels,
    /// More noise than the baseline has,
    pub noise_rise: Decibels,
    /// where it is more than this; below it nobody is disturbed.
    pub noise_heard: Decibels,
    /// Hum.
    pub hum: Decibels,
    /// Seconds; above 0.6 s echo cancelling suffers, so it is said from here on.
    pub reverberation: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            gain: Decibels(4.0),
            delay: Millis(20.0),
            tone: Decibels(8.0),
            distortion: Share(0.08),
            noise: Decibels(-45.0),
            noise_rise: Decibels(12.0),
            noise_heard: Decibels(-60.0),
            hum: Decibels(-60.0),
            reverberation: 0.9,
        }
    }
}

/// Everything that is wrong, against the limits and, where there is one, the room's baseline.
pub fn judge(now: &[Loop], baseline: Option<&[Loop]>, limits: &Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let room = Judged { now, limits };
    room.what_is_not_heard(&mut findings);
    room.microphones(baseline, &mut findings);
    room.by_itself(&mut findings);
    if let Some(baseline) = baseline {
        room.against(baseline, &mut findings);
    }
    findings
}

struct Judged<'a> {
    now: &'a [Loop],
    limits: &'a Limits,
}

type Pair<'a> = (&'a Loop, &'a Measured);

impl Judged<'_> {
    fn heard(&self) -> Vec<Pair<'_>> {
        let measured = |one| Some((one, measured(one)?));
        self.now.iter().filter_map(measured).collect()
    }

    fn what_is_not_heard(&self, findings: &mut Vec<Finding>) {
        let heard = self.heard();
        let mut silent_for_a_reason = BTreeSet::new();
        for one in self.now {
            let name = one.microphone.clone();
            let finding = match one.heard.sweep {
                Err(Unheard::CutOff) => Finding::CutOff(name.clone()),
                Err(Unheard::Dead) => Finding::DeadMicrophone(name.clone()),
                Err(Unheard::Silence) | Ok(_) => continue,
            };
            if silent_for_a_reason.insert(name) {
                findings.push(finding);
            }
        }
        let alive = |one: &&Loop| !silent_for_a_reason.contains(&one.microphone);
        let living: Vec<&Loop> = self.now.iter().filter(alive).collect();
        if heard.is_empty() {
            if !living.is_empty() {
                findings.push(Finding::NothingHeard);
            }
            return;
        }
        for name in names(living.iter().map(|one| &one.microphone)) {
            if heard.iter().all(|(one, _)| one.microphone != name) {
                findings.push(Finding::DeafMicrophone(name));
            }
        }
        for name in names(living.iter().map(|one| &one.loudspeaker)) {
            if heard.iter().all(|(one, _)| one.loudspeaker != name) {
                findings.push(Finding::SilentLoudspeaker(name));
            }
        }
    }

    /// What a microphone shows whatever is played.
    fn microphones(&self, baseline: Option<&[Loop]>, findings: &mut Vec<Finding>) {
        for name in names(self.now.iter().map(|one| &one.microphone)) {
            let of = |loops: &[Loop]| -> Vec<Heard> {
                let ours = loops.iter().filter(|one| one.microphone == name);
                let alive = ours
                    .filter(|one| !matches!(one.heard.sweep, Err(Unheard::Dead | Unheard::CutOff)));
                alive.map(|one| one.heard.clone()).collect()
            };
            let takes = of(self.now);
            if takes.is_empty() {
                continue;
            }
            if takes.iter().any(|heard| heard.clipped > 0) {
                findings.push(Finding::Clipped(name.clone()));
            }
            let hums = takes.iter().filter_map(|heard| heard.hum);
            let hum = hums.max_by(|a, b| a.1.0.total_cmp(&b.1.0));
            if let Some((mains, level)) = hum.filter(|(_, level)| *level > self.limits.hum) {
                findings.push(Finding::Hum(name.clone(), mains, level));
                continue;
            }
            // The quietest take counts: somebody may have coughed in another.
            let quietest = |takes: &[Heard]| {
                takes
                    .iter()
                    .map(|heard| heard.noise.0)
                    .fold(f64::INFINITY, f64::min)
            };
            let noise = quietest(&takes);
            let before = baseline.map_or(f64::INFINITY, |loops| quietest(&of(loops)));
            let risen = before + self.limits.noise_rise.0;
            if noise
                > self
                    .limits
                    .noise
                    .0
                    .min(risen.max(self.limits.noise_heard.0))
            {
                findings.push(Finding::Noisy(name.clone(), Decibels(noise)));
            }
        }
    }

    /// What needs no baseline.
    fn by_itself(&self, findings: &mut Vec<Finding>) {
        let heard = self.heard();
        let told = |(one, m): &Pair| one.heard.clipped == 0 && m.distortion.is_some();
        let clean: Vec<Pair> = heard.iter().copied().filter(told).collect();
        for (part, pairs) in blame(&clean, |(_, m)| m.distortion > Some(self.limits.distortion)) {
            let most = pairs
                .iter()
                .filter_map(|(_, m)| m.distortion)
                .map(|share| share.0)
                .fold(0.0, f64::max);
            findings.push(Finding::Distorted(part, Share(most)));
        }
        for (part, pairs) in blame(&heard, |(one, _)| one.heard.gaps > 0) {
            findings.push(Finding::Gaps(
                part,
                pairs.iter().map(|(one, _)| one.heard.gaps).sum(),
            ));
        }
        let mut times: Vec<f64> = heard.iter().filter_map(|(_, m)| m.reverberation).collect();
        times.sort_by(f64::total_cmp);
        if let Some(middle) = times
            .get(times.len() / 2)
            .filter(|t| **t > self.limits.reverberation)
        {
            findings.push(Finding::Reverberant(*middle));
        }
    }

    fn against(&self, baseline: &[Loop], findings: &mut Vec<Finding>) {
        let mut pairs = self.changes(baseline, |one| {
            (one.loudspeaker.clone(), one.microphone.clone())
        });
        if let Some((undone, swap)) = self.swapped(baseline, &pairs) {
            pairs = undone;
            findings.push(swap);
        }
        let limits = self.limits;
        let most = |found: &[&Change], value: fn(&Change) -> f64| {
            found.iter().map(|c| value(c)).sum::<f64>() / found.len() as f64
        };
        for (part, found) in blame_changes(&pairs, |c| c.gain <= -limits.gain.0) {
            findings.push(Finding::Quieter(part, Decibels(-most(&found, |c| c.gain))));
        }
        for (part, found) in blame_changes(&pairs, |c| c.gain >= limits.gain.0) {
            findings.push(Finding::Louder(part, Decibels(most(&found, |c| c.gain))));
        }
        for (part, found) in blame_changes(&pairs, |c| c.delay >= limits.delay.0) {
            findings.push(Finding::Later(part, Millis(most(&found, |c| c.delay))));
        }
        for (part, found) in blame_changes(&pairs, |c| c.treble <= -limits.tone.0) {
            findings.push(Finding::Muffled(
                part,
                Decibels(-most(&found, |c| c.treble)),
            ));
        }
        for (part, found) in blame_changes(&pairs, |c| c.bass <= -limits.tone.0) {
            findings.push(Finding::Thin(part, Decibels(-most(&found, |c| c.bass))));
        }
        for (part, _) in blame_changes(&pairs, |c| c.reversed) {
            findings.push(Finding::Reversed(part));
        }
    }

    /// Each way now against the way of that name at the installation.
    fn changes(&self, baseline: &[Loop], was: impl Fn(&Loop) -> (String, String)) -> Vec<Change> {
        let change = |one: &Loop| {
            let (loudspeaker, microphone) = was(one);
            let then = baseline
                .iter()
                .find(|b| b.loudspeaker == loudspeaker && b.microphone == microphone)?;
            Some(Change::between(one, measured(then)?, measured(one)?))
        };
        self.now.iter().filter_map(change).collect()
    }

    /// Two loudspeakers or microphones, each of which sounds like the other did.
    fn swapped(&self, baseline: &[Loop], plain: &[Change]) -> Option<(Vec<Change>, Finding)> {
        let odd = distance(plain);
        if plain.is_empty() || odd < SWAP_LEAST {
            return None;
        }
        let other = |name: &String, a: &String, b: &String| match name {
            name if name == a => b.clone(),
            name if name == b => a.clone(),
            name => name.clone(),
        };
        let loudspeakers = names(plain.iter().map(|c| &c.loudspeaker));
        let microphones = names(plain.iter().map(|c| &c.microphone));
        let exchanged = two_of(&loudspeakers).into_iter().map(|(a, b)| {
            let was = |one: &Loop| (other(&one.loudspeaker, &a, &b), one.microphone.clone());
            (
                self.changes(baseline, was),
                Finding::LoudspeakersSwapped(a.clone(), b.clone()),
            )
        });
        let ears = two_of(&microphones).into_iter().map(|(a, b)| {
            let was = |one: &Loop| (one.loudspeaker.clone(), other(&one.microphone, &a, &b));
            (
                self.changes(baseline, was),
                Finding::MicrophonesSwapped(a.clone(), b.clone()),
            )
        });
        exchanged
            .chain(ears)
            .filter(|(changes, _)| {
                changes.len() == plain.len() && distance(changes) < odd * SWAP_EXPLAINS
            })
            .min_by(|a, b| distance(&a.0).total_cmp(&distance(&b.0)))
    }
}

/// So far from the baseline, on average and in steps of a decibel or a third of a millisecond, a swap is looked for.
const SWAP_LEAST: f64 = 2.0;
/// A swap explains the change when it leaves no more than this part of it.
const SWAP_EXPLAINS: f64 = 0.35;

/// What changed on one way.
struct Change {
    loudspeaker: String,
    microphone: String,
    gain: f64,
    delay: f64,
    treble: f64,
    bass: f64,
    reversed: bool,
}

impl Change {
    fn between(one: &Loop, then: &Measured, now: &Measured) -> Change {
        let band = |m: &Measured, from: f64, to: f64| {
            let inside: Vec<f64> = m
                .response
                .iter()
                .filter(|b| (from..=to).contains(&b.middle))
                .map(|b| b.gain.0)
                .collect();
            inside.iter().sum::<f64>() / inside.len().max(1) as f64
        };
        let tilt = |from, to| {
            let against = |m| band(m, from, to) - band(m, 400.0, 1600.0);
            against(now) - against(then)
        };
        Change {
            loudspeaker: one.loudspeaker.clone(),
            microphone: one.microphone.clone(),
            gain: band(now, 400.0, 1600.0) - band(then, 400.0, 1600.0),
            delay: now.delay.0 - then.delay.0,
            treble: tilt(3150.0, 8000.0),
            bass: tilt(125.0, 250.0),
            reversed: now.polarity != then.polarity,
        }
    }
}

fn distance(changes: &[Change]) -> f64 {
    let sum: f64 = changes
        .iter()
        .map(|c| c.gain.abs() + c.delay.abs() * 3.0)
        .sum();
    sum / changes.len().max(1) as f64
}

fn measured(one: &Loop) -> Option<&Measured> {
    one.heard.sweep.as_ref().ok()
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    all.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn two_of(names: &[String]) -> Vec<(String, String)> {
    let later = |n: usize| {
        names[n + 1..]
            .iter()
            .map(move |b| (names[n].clone(), b.clone()))
    };
    (0..names.len()).flat_map(later).collect()
}

fn blame<'a>(pairs: &[Pair<'a>], bad: impl Fn(&Pair<'a>) -> bool) -> Vec<(Part, Vec<Pair<'a>>)> {
    laid_to(
        pairs,
        |pair| (pair.0.loudspeaker.as_str(), pair.0.microphone.as_str()),
        bad,
    )
}

fn blame_changes(pairs: &[Change], bad: impl Fn(&Change) -> bool) -> Vec<(Part, Vec<&Change>)> {
    let all: Vec<&Change> = pairs.iter().collect();
    laid_to(
        &all,
        |c| (c.loudspeaker.as_str(), c.microphone.as_str()),
        |c| bad(c),
    )
}

/// Lays what is bad to the parts that explain it: everything to the room, all ways of one part to that part.
fn laid_to<T: Copy>(
    pairs: &[T],
    names: impl Fn(&T) -> (&str, &str),
    bad: impl Fn(&T) -> bool,
) -> Vec<(Part, Vec<T>)> {
    let guilty: Vec<T> = pairs.iter().copied().filter(|pair| bad(pair)).collect();
    if guilty.is_empty() {
        return Vec::new();
    }
    if guilty.len() == pairs.len() {
        return vec![(Part::Room, guilty)];
    }
    let loudspeakers: BTreeSet<&str> = pairs.iter().map(|pair| names(pair).0).collect();
    let microphones: BTreeSet<&str> = pairs.iter().map(|pair| names(pair).1).collect();
    let loudspeakers = loudspeakers.into_iter().map(|name| {
        let ours = pairs.iter().copied().filter(|pair| names(pair).0 == name);
        (Part::Loudspeaker(name.to_owned()), ours.collect::<Vec<T>>())
    });
    let microphones = microphones.into_iter().map(|name| {
        let ours = pairs.iter().copied().filter(|pair| names(pair).1 == name);
        (Part::Microphone(name.to_owned()), ours.collect::<Vec<T>>())
    });
    let all_bad = |part: &(Part, Vec<T>)| part.1.iter().all(&bad);
    let mut suspects: Vec<(Part, Vec<T>)> =
        loudspeakers.chain(microphones).filter(all_bad).collect();
    // Whoever explains most comes first; what is explained needs no second culprit.
    suspects.sort_by_key(|(_, ours)| core::cmp::Reverse(ours.len()));
    let mut explained = BTreeSet::new();
    suspects.retain(|(_, ours)| {
        let new = ours.iter().filter(|pair| {
            let (loudspeaker, microphone) = names(pair);
            explained.insert((loudspeaker.to_owned(), microphone.to_owned()))
        });
        new.count() > 0
    });
    suspects
}
