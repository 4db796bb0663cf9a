//! Pictures of how rooms were, drawn here as SVG: readable in grey and on paper, each with the same in words. Pure layout.
//!
//! A light has a height and a pattern beside its colour: all well is low and plain, something is half and striped, trouble is high and
//! crossed, unknown is an empty frame of dots.

use crate::history::Turn;
use crate::rooms::{Counts, DAYS, Day, Light};
use crate::words::{fill, say};
use maud::{Markup, html};
use texts::Language;

const DAY_MS: i64 = 24 * 3_600_000;
/// Days of the band.
const BAND_DAYS: i64 = 7;
const WIDTH: f64 = 700.0;

/// A stretch of time in one light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub light: Light,
    pub from_ms: i64,
    pub until_ms: i64,
}

fn light_of(turn: &Turn) -> Light {
    Light::of_word(&turn.light).unwrap_or(Light::Unknown)
}

/// The time from `from_ms` to `until_ms` without a gap; before the first turn nobody knows. `turns` are newest first.
pub(super) fn stretches(turns: &[Turn], from_ms: i64, until_ms: i64) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut light = Light::Unknown;
    let mut begun = from_ms;
    // A server's clock may have been set back between two of them.
    let mut turns: Vec<&Turn> = turns.iter().rev().collect();
    turns.sort_by_key(|turn| turn.at_ms);
    for turn in turns.into_iter().filter(|turn| turn.at_ms < until_ms) {
        let next = light_of(turn);
        let at = turn.at_ms.max(from_ms);
        if next == light {
            continue;
        }
        if begun < at {
            all.push(Stretch {
                light,
                from_ms: begun,
                until_ms: at,
            });
            begun = at;
        }
        light = next;
        // What lasted no moment between two of the same light was not there.
        if let Some(before) = all.pop_if(|last| last.light == light) {
            begun = before.from_ms;
        }
    }
    if begun < until_ms {
        all.push(Stretch {
            light,
            from_ms: begun,
            until_ms,
        });
    }
    all
}

/// Each light's share of the time, in hundredths, in the order of [`Light::ALL`].
fn shares(stretches: &[Stretch]) -> [u64; 4] {
    let whole: i64 = stretches.iter().map(|s| s.until_ms - s.from_ms).sum();
    Light::ALL.map(|light| {
        let of = stretches.iter().filter(|s| s.light == light);
        let time: i64 = of.map(|s| s.until_ms - s.from_ms).sum();
        let share = (time * 100 + whole / 2).checked_div(whole).unwrap_or(0);
        u64::try_from(share).unwrap_or_default()
    })
}

/// Patterns that pictures of this page fill with; once on a page.
pub(super) fn patterns() -> Markup {
    html! {
        svg.patterns width="0" height="0" aria-hidden="true" focusable="false" { defs {
            pattern #p-green.green width="8" height="8" patternUnits="userSpaceOnUse" { rect.ground width="8" height="8" {} }
            pattern #p-yellow.yellow width="8" height="8" patternUnits="userSpaceOnUse" {
                rect.ground width="8" height="8" {} path.mark d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6" {}
            }
            pattern #p-red.red width="8" height="8" patternUnits="userSpaceOnUse" {
                rect.ground width="8" height="8" {} path.mark d="M0 0 L8 8 M8 0 L0 8" {}
            }
            pattern #p-unknown.unknown width="8" height="8" patternUnits="userSpaceOnUse" {
                rect.ground width="8" height="8" {} circle.mark cx="4" cy="4" r="1.2" {}
            }
        } }
    }
}

/// A key of the patterns in words.
fn legend(l: Language) -> Markup {
    html! {
        ul.legend aria-hidden="true" { @for light in Light::ALL { li {
            svg viewBox="0 0 16 16" focusable="false" { rect.bar width="16" height="16" fill={ "url(#p-" (light.word()) ")" } {} }
            (say(l, &format!("light-{}", light.word())))
        } } }
    }
}

fn height(light: Light) -> f64 {
    match light {
        Light::Green => 22.0,
        Light::Yellow => 40.0,
        Light::Red | Light::Unknown => 60.0,
    }
}

/// Day and month of UTC.
fn day_text(day: i64) -> String {
    let iso = super::bits::iso(day * DAY_MS);
    format!("{}.{}.", &iso[8..10], &iso[5..7])
}

/// How a room was in the last week.
pub(super) fn band(l: Language, turns: &[Turn], now_ms: i64) -> Markup {
    let from_ms = now_ms - BAND_DAYS * DAY_MS;
    let stretches = stretches(turns, from_ms, now_ms);
    let shares = shares(&stretches);
    let said = fill(
        l,
        "plot-band",
        &[
            ("green", shares[0].to_string()),
            ("yellow", shares[1].to_string()),
            ("red", shares[2].to_string()),
            ("unknown", shares[3].to_string()),
        ],
    );
    let x = |at_ms: i64| (at_ms - from_ms) as f64 / (BAND_DAYS * DAY_MS) as f64 * WIDTH;
    let first = from_ms.div_euclid(DAY_MS) + 1;
    html! {
        figure.plot {
            svg role="img" aria-label=(said) viewBox="0 -4 700 90" {
                @for one in &stretches {
                    @let high = height(one.light);
                    rect class={ "bar " (one.light.word()) } fill={ "url(#p-" (one.light.word()) ")" }
                        x=(round(x(one.from_ms))) y=(60.0 - high)
                        width=(round((x(one.until_ms) - x(one.from_ms)).max(1.0))) height=(high) {}
                }
                line.axis x1="0" y1="60" x2="700" y2="60" {}
                @for day in first..first + BAND_DAYS {
                    line.axis x1=(round(x(day * DAY_MS))) y1="60" x2=(round(x(day * DAY_MS))) y2="66" {}
                    text x=(round(x(day * DAY_MS)) + 3.0) y="82" { (day_text(day)) }
                }
            }
            (legend(l))
            figcaption { (said) }
        }
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn hours(seconds: f64) -> String {
    format!("{:.1}", seconds / 3600.0)
}

/// How long a room was in calls, and how long meetings failed, by day.
pub(super) fn usage(l: Language, days: &[Day]) -> Markup {
    let most = days.iter().map(|d| d.call + d.failed + d.entering);
    let most = (most.fold(3600.0, f64::max) / 3600.0).ceil() * 3600.0;
    let sum = |of: fn(&Day) -> f64| hours(days.iter().map(of).sum());
    let said = fill(
        l,
        "plot-usage",
        &[
            ("days", DAYS.to_string()),
            ("calls", sum(|day| day.call)),
            ("failed", sum(|day| day.failed)),
        ],
    );
    let step = WIDTH / days.len().max(1) as f64;
    let high = |seconds: f64| seconds / most * 100.0;
    html! {
        figure.plot {
            svg role="img" aria-label=(said) viewBox="-40 -8 744 134" {
                @for (at, day) in days.iter().enumerate() {
                    @let x = round(at as f64 * step + 2.0);
                    @let (call, failed) = (high(day.call), high(day.failed));
                    rect.bar fill="url(#p-green)" x=(x) y=(round(100.0 - call)) width=(round(step - 4.0)) height=(round(call)) {}
                    rect.bar fill="url(#p-red)" x=(x) y=(round(100.0 - call - failed)) width=(round(step - 4.0)) height=(round(failed)) {}
                    @if at % 7 == 0 { text x=(x) y="118" { (day_text(day.day)) } }
                }
                line.axis x1="0" y1="100" x2="700" y2="100" {}
                line.axis x1="0" y1="0" x2="0" y2="100" {}
                text x="-36" y="6" { (hours(most)) " h" }
                text x="-36" y="100" { "0 h" }
            }
            ul.legend aria-hidden="true" {
                li { svg viewBox="0 0 16 16" focusable="false" { rect.bar width="16" height="16" fill="url(#p-green)" {} } (say(l, "plot-in-calls")) }
                li { svg viewBox="0 0 16 16" focusable="false" { rect.bar width="16" height="16" fill="url(#p-red)" {} } (say(l, "plot-failed")) }
            }
            figcaption { (said) }
            details {
                summary { (say(l, "plot-figures")) }
                table {
                    thead { tr {
                        th scope="col" { (say(l, "plot-day")) }
                        th.number scope="col" { (say(l, "plot-in-calls")) " (h)" }
                        th.number scope="col" { (say(l, "plot-failed")) " (h)" }
                    } }
                    tbody { @for day in days.iter().rev().filter(|day| day.call + day.failed > 0.0) { tr {
                        th scope="row" { (day_text(day.day)) }
                        td.number { (hours(day.call)) }
                        td.number { (hours(day.failed)) }
                    } } }
                }
            }
        }
    }
}

/// A bar of how many rooms are how; the same stands beside it in words.
pub(super) fn shares_bar(counts: &Counts) -> Markup {
    const LENGTH: f64 = 240.0;
    let all = f64::from(counts.all().max(1));
    let mut at = 0.0;
    let parts = Light::ALL.iter().zip(counts.lights).map(|(light, number)| {
        let width = f64::from(number) / all * LENGTH;
        let x = at;
        at += width;
        (light.word(), x, width)
    });
    let parts: Vec<_> = parts.filter(|(.., width)| *width > 0.0).collect();
    html! {
        svg.shares viewBox="0 0 240 12" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (word, x, width) in &parts {
                rect class={ "bar " (word) } fill={ "url(#p-" (word) ")" } x=(round(*x)) y="0" width=(round(*width)) height="12" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn turn(at_ms: i64, light: &str) -> Turn {
        Turn::new(at_ms, light, Vec::new())
    }

    #[test]
    fn a_week_is_told_without_a_gap_and_what_nobody_knows_is_unknown() {
        let turns = [
            turn(80, "offline"),
            turn(60, "red"),
            turn(50, "red"),
            turn(30, "green"),
        ];
        let told: Vec<_> = stretches(&turns, 20, 100)
            .into_iter()
            .map(|s| (s.light, s.from_ms, s.until_ms))
            .collect();
        let expected = [
            (Light::Unknown, 20, 30),
            (Light::Green, 30, 50),
            (Light::Red, 50, 80),
            (Light::Unknown, 80, 100),
        ];
        assert_eq!(told, expected);
        let since_before: Vec<_> = stretches(&[turn(5, "green")], 20, 100);
        assert_eq!(since_before.len(), 1);
        assert_eq!(since_before[0].light, Light::Green);
    }

    #[test]
    fn a_picture_says_the_same_in_words() {
        let day = DAY_MS;
        let turns = [turn(6 * day, "red"), turn(0, "green")];
        let drawn = band(Language::De, &turns, 7 * day).into_string();
        assert!(drawn.contains("role=\"img\""), "{drawn}");
        assert!(drawn.contains("86"), "six of seven days: {drawn}");
        assert!(!drawn.contains("style="), "the strict policy forbids it");
        let days = [Day {
            day: 0,
            call: 7_200.0,
            entering: 0.0,
            failed: 1_800.0,
        }];
        let drawn = usage(Language::En, &days).into_string();
        assert!(drawn.contains("2.0") && drawn.contains("0.5"), "{drawn}");
    }

    proptest! {
        #[test]
        fn stretches_touch_and_fill_the_whole_time(mut at in proptest::collection::vec(0..200i64, 0..40), lights in proptest::collection::vec(0..5usize, 40)) {
            at.sort_unstable_by(|a, b| b.cmp(a));
            let words = ["green", "yellow", "red", "unknown", "offline"];
            let turns: Vec<Turn> = at.iter().zip(lights).map(|(at, word)| turn(*at, words[word])).collect();
            let all = stretches(&turns, 50, 150);
            prop_assert_eq!(all.first().map(|s| s.from_ms), Some(50));
            prop_assert_eq!(all.last().map(|s| s.until_ms), Some(150));
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].until_ms, pair[1].from_ms);
                prop_assert_ne!(pair[0].light, pair[1].light);
            }
            let sum: u64 = shares(&all).iter().sum();
            prop_assert!((98..=102).contains(&sum), "{}", sum);
        }
    }
}
