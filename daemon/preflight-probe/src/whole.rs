//! Whether what came to the loudspeaker is the take as it was sent: the same wave at another level, nothing missing, nothing doubled,
//! nothing added. Pure; knows no server.

use preflight::sound::Take;

/// What is wrong with what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nothing came.
    Silent,
    /// Something is missing, doubled or added.
    Other,
}

/// Part of the take's own peak at which the sweep is taken to have begun, in what was sent and in what came.
const BEGUN: f32 = 0.02;
/// What may differ, as a part of the peak. A volume between the two is exact; rounding is far below.
const APART: f64 = 0.02;
/// Below it nothing was played, as a part of full scale.
const SILENT: f32 = 1e-4;

/// The place of the take's first sample; negative when the recording began after it.
pub(crate) fn begin_of(came: &[f32], take: &Take) -> Result<isize, Flaw> {
    let sent = &take.samples;
    if loudest(came) < SILENT {
        return Err(Flaw::Silent);
    }
    let place = |samples: &[f32]| {
        let begun = begun(samples, loudest(samples) * BEGUN)?;
        isize::try_from(begun).ok()
    };
    let (Some(there), Some(here)) = (place(came), place(sent)) else {
        return Err(Flaw::Silent);
    };
    let start = there - here;
    let pairs = || {
        let at = |n: usize| usize::try_from(start + n as isize).ok();
        let pair = move |(n, sent): (usize, &f32)| {
            let came = at(n).and_then(|at| came.get(at)).copied().unwrap_or(0.0);
            (f64::from(*sent), f64::from(came))
        };
        sent.iter().enumerate().map(pair)
    };
    let (both, own) = pairs().fold((0.0, 0.0), |(both, own), (a, b)| {
        (both + a * b, own + a * a)
    });
    let gain = both / own;
    let allowed = f64::from(loudest(sent)) * gain.abs() * APART;
    match pairs().all(|(sent, came)| (came - gain * sent).abs() <= allowed) {
        true => Ok(start),
        false => Err(Flaw::Other),
    }
}

fn loudest(samples: &[f32]) -> f32 {
    samples.iter().fold(0f32, |most, s| most.max(s.abs()))
}

fn begun(samples: &[f32], least: f32) -> Option<usize> {
    samples.iter().position(|sample| sample.abs() >= least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use preflight::sound::Sweep;

    /// As it comes when all is well: later, quieter, with silence after it.
    fn came(take: &Take, late: usize, gain: f32) -> Vec<f32> {
        let mut came = vec![0.0; late];
        came.extend(take.samples.iter().map(|s| s * gain));
        came.extend([0.0; 4000]);
        came
    }

    #[test]
    fn a_take_that_came_whole_is_found_at_its_place_at_any_level() {
        let take = Sweep::at(24_000).take();
        for (late, gain) in [(0, 1.0), (1, 0.5), (700, 0.01), (3999, -0.7)] {
            assert_eq!(begin_of(&came(&take, late, gain), &take), Ok(late as isize));
        }
        assert_eq!(begin_of(&[0.0; 90_000], &take), Err(Flaw::Silent));
    }

    #[test]
    fn a_turn_that_is_missing_doubled_or_overplayed_is_noticed_wherever_it_is() {
        let take = Sweep::at(24_000).take();
        let sweep = take.lead..take.lead + take.sweep.samples().len();
        for turn in [64, 128, 480, 1024] {
            for at in sweep.clone().step_by(1777) {
                let good = came(&take, 500, 0.3);
                let at = 500 + at;
                let (mut lost, mut doubled) = (good.clone(), good.clone());
                lost.drain(at..at + turn);
                let again = good[at..at + turn].to_vec();
                doubled.splice(at..at, again);
                let mut silent = good.clone();
                silent[at..at + turn].fill(0.0);
                let mut beep = good.clone();
                beep[at..at + turn].iter_mut().for_each(|s| *s += 0.01);
                for (what, bad) in [
                    ("lost", lost),
                    ("doubled", doubled),
                    ("silent", silent),
                    ("overplayed", beep),
                ] {
                    let found = begin_of(&bad, &take);
                    assert_eq!(found, Err(Flaw::Other), "{what}: {turn} samples at {at}");
                }
            }
        }
    }
}
