//! How long a room was in calls and how long it failed, day by day, from figures that count since its daemon's start. Pure.
//! Says nothing about whom and what; a day is one of UTC.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days that are kept.
pub const DAYS: usize = 28;
const DAY_MS: i64 = 24 * 3_600_000;
/// Figures that a room kept without its line are not older than this.
const LATE_MS: i64 = 5 * 3_600_000;
const FIGURES: [&str; 3] = ["call-seconds", "entering-seconds", "failed-seconds"];

/// One day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// Which, counted from 1970.
    #[serde(rename = "d")]
    pub day: i64,
    /// Seconds in calls.
    #[serde(rename = "c")]
    pub call: f64,
    /// Seconds on the way into calls.
    #[serde(rename = "e")]
    pub entering: f64,
    /// Seconds that meetings could not be had.
    #[serde(rename = "f")]
    pub failed: f64,
}

/// The last days, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    days: Vec<Day>,
    /// What the figures were when they were last said.
    last: Option<[f64; 3]>,
}

impl Usage {
    /// A room says its figures, of this moment by its clock; `now_ms` is the server's.
    pub fn note(&mut self, figures: &BTreeMap<String, f64>, at_ms: i64, now_ms: i64) {
        let of = |name: &str| {
            figures
                .get(name)
                .copied()
                .filter(|f| f.is_finite() && *f >= 0.0)
        };
        let [Some(call), Some(entering), Some(failed)] = FIGURES.map(of) else {
            return;
        };
        let figures = [call, entering, failed];
        let before = self.last.replace(figures);
        // What was counted before the first word belongs to no known day.
        let Some(before) = before else { return };
        let anew = figures.iter().zip(before).any(|(is, was)| *is < was);
        let zero = if anew { [0.0; 3] } else { before };
        let at_ms = match (now_ms - LATE_MS..=now_ms + 60_000).contains(&at_ms) {
            true => at_ms,
            false => now_ms,
        };
        let day = self.day(at_ms.div_euclid(DAY_MS));
        day.call += figures[0] - zero[0];
        day.entering += figures[1] - zero[1];
        day.failed += figures[2] - zero[2];
    }

    fn day(&mut self, number: i64) -> &mut Day {
        let at = match self.days.binary_search_by_key(&number, |day| day.day) {
            Ok(at) => at,
            // Older than everything that is kept: not worth forgetting a day for.
            Err(0) if self.days.len() >= DAYS => 0,
            Err(at) => {
                let day = number;
                self.days.insert(
                    at,
                    Day {
                        day,
                        ..Day::default()
                    },
                );
                let over = self.days.len().saturating_sub(DAYS);
                self.days.drain(..over);
                at - over
            }
        };
        &mut self.days[at]
    }

    /// The last days with today's as the last, empty ones among them.
    #[must_use]
    pub fn days(&self, now_ms: i64) -> Vec<Day> {
        let today = now_ms.div_euclid(DAY_MS);
        let first = today - i64::try_from(DAYS).unwrap_or_default() + 1;
        (first..=today)
            .map(|number| {
                let known = self.days.iter().find(|day| day.day == number);
                known.copied().unwrap_or(Day {
                    day: number,
                    ..Day::default()
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(call: f64, failed: f64) -> BTreeMap<String, f64> {
        let all = [
            ("call-seconds", call),
            ("entering-seconds", 0.0),
            ("failed-seconds", failed),
        ];
        all.map(|(name, figure)| (name.to_owned(), figure)).into()
    }

    #[test]
    fn seconds_fall_into_their_days_and_a_restart_of_the_daemon_loses_none() {
        let mut usage = Usage::default();
        let at = |day: i64, hour: i64| day * DAY_MS + hour * 3_600_000;
        for (day, hour, call, failed) in [
            (10, 8, 500.0, 0.0),
            (10, 9, 4_100.0, 0.0),
            (10, 10, 4_100.0, 60.0),
            (11, 9, 200.0, 0.0),
            (11, 10, 800.0, 0.0),
        ] {
            usage.note(&figures(call, failed), at(day, hour), at(day, hour));
        }
        let days = usage.days(at(11, 12));
        assert_eq!(days.len(), DAYS);
        let known: Vec<_> = days.iter().filter(|d| d.call + d.failed > 0.0).collect();
        assert_eq!(
            (known[0].day, known[0].call, known[0].failed),
            (10, 3_600.0, 60.0)
        );
        assert_eq!((known[1].day, known[1].call), (11, 800.0));
    }

    #[test]
    fn a_clock_that_is_wrong_puts_nothing_into_another_year() {
        let mut usage = Usage::default();
        let now = 400 * DAY_MS;
        usage.note(&figures(0.0, 0.0), now, now);
        usage.note(&figures(60.0, 0.0), 7, now);
        usage.note(&figures(90.0, 0.0), i64::MAX, now);
        assert_eq!(usage.days(now).last().unwrap().call, 90.0);
    }

    proptest! {
        #[test]
        fn it_never_grows_and_never_counts_backward(said in proptest::collection::vec((0..90i64, 0..5_000u32), 0..200)) {
            let mut usage = Usage::default();
            for (day, call) in said {
                usage.note(&figures(f64::from(call), 0.0), day * DAY_MS, day * DAY_MS);
                prop_assert!(usage.days.len() <= DAYS);
                prop_assert!(usage.days.is_sorted_by_key(|day| day.day));
                prop_assert!(usage.days.iter().all(|day| day.call >= 0.0));
            }
        }
    }
}
