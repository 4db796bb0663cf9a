//! Drawings of the report, as SVG: response with its band of tolerance, levels, history. Knows no words but the axes' own.

use crate::history::Past;
use crate::sound::{Band, Limits, Verdict};
use crate::words::Language;
use core::fmt::Write;
use maud::{Markup, PreEscaped, html};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 36.0;

/// From here to there, in decibels or whatever is counted upwards.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Whole tens around the values, at least thirty apart.
    fn around(values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let high = (high / 10.0).ceil() * 10.0;
        let low = ((low / 10.0).floor() * 10.0).min(high - 30.0);
        Axis { low, high }
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        TOP + (1.0 - share.clamp(0.0, 1.0)) * (HEIGHT - TOP - BOTTOM)
    }

    fn lines(&self) -> impl Iterator<Item = f64> + '_ {
        let tens = ((self.high - self.low) / 10.0).round() as u32;
        (0..=tens).map(|n| self.low + f64::from(n) * 10.0)
    }
}

fn hertz(frequency: f64) -> f64 {
    let share = (frequency / 90.0).ln() / (9000f64 / 90.0).ln();
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let step = if path.is_empty() { 'M' } else { 'L' };
        // Writing into a String does not fail.
        let _ = write!(path, "{step}{x:.1} {y:.1}");
    }
    path
}

/// How loud each band passes, between what the installation allows where it is known.
pub(crate) fn response(
    now: &[Band],
    then: Option<&[Band]>,
    title: &str,
    language: Language,
) -> Markup {
    let tolerance = Limits::default().gain.0;
    let levels = now.iter().map(|band| band.gain.0);
    let before = then.into_iter().flatten();
    let edges = before.flat_map(|band| [band.gain.0 - tolerance, band.gain.0 + tolerance]);
    let axis = Axis::around(levels.chain(edges));
    let band = then.map(|bands| {
        let edge = |by: f64| bands.iter().map(move |b| (b.middle, b.gain.0 + by));
        let upper = edge(tolerance);
        let lower: Vec<_> = edge(-tolerance).collect();
        let points = upper.chain(lower.into_iter().rev());
        line(points.map(|(f, gain)| (hertz(f), axis.y(gain)))) + "Z"
    });
    let curve = |bands: &[Band]| line(bands.iter().map(|b| (hertz(b.middle), axis.y(b.gain.0))));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
            (levels_grid(&axis, language, "dB"))
            @for (frequency, label) in [(100.0, "100"), (250.0, "250"), (500.0, "500"), (1000.0, "1k"), (2000.0, "2k"), (4000.0, "4k"), (8000.0, "8k")] {
                line.grid x1=(fixed(hertz(frequency))) x2=(fixed(hertz(frequency))) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                text.axis x=(fixed(hertz(frequency))) y=(HEIGHT - 18.0) text-anchor="middle" { (label) }
            }
            text.axis x=(WIDTH - RIGHT) y=(HEIGHT - 3.0) text-anchor="end" { "Hz" }
            @if let (Some(band), Some(then)) = (band, then) {
                path.tolerance d=(band) {}
                path.then d=(curve(then)) {}
            }
            path.now d=(curve(now)) {}
            @for one in now { circle.dot cx=(fixed(hertz(one.middle))) cy=(fixed(axis.y(one.gain.0))) r="2.5" {} }
        }
    }
}

fn levels_grid(axis: &Axis, language: Language, unit: &str) -> Markup {
    html! {
        @for level in axis.lines() {
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(fixed(axis.y(level))) y2=(fixed(axis.y(level))) {}
            text.axis x=(LEFT - 6.0) y=(fixed(axis.y(level) + 4.0)) text-anchor="end" { (language.number(level, 0)) }
        }
        text.axis x="2" y=(TOP + 4.0) { (unit) }
    }
}

fn fixed(value: f64) -> String {
    format!("{value:.1}")
}

/// How loud the room was run by run, each run with its colour and its sign.
pub(crate) fn history(past: &[Past], title: &str, language: Language) -> Markup {
    let gains: Vec<f64> = past.iter().filter_map(|one| one.gain).collect();
    let axis = match gains.is_empty() {
        true => Axis {
            low: -30.0,
            high: 0.0,
        },
        false => Axis::around(gains.iter().copied()),
    };
    let step = (WIDTH - LEFT - RIGHT - 16.0) / (past.len().max(2) - 1) as f64;
    let x = |n: usize| LEFT + 8.0 + n as f64 * step;
    let points = past
        .iter()
        .enumerate()
        .filter_map(|(n, one)| Some((x(n), axis.y(one.gain?))));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
            (levels_grid(&axis, language, "dB"))
            path.then d=(line(points)) {}
            @for (n, one) in past.iter().enumerate() {
                (mark(x(n), axis.y(one.gain.unwrap_or(axis.low)), one.verdict))
            }
        }
    }
}

/// A shape for each verdict, so that nobody needs to tell colours apart.
fn mark(x: f64, y: f64, verdict: Option<Verdict>) -> Markup {
    let shape = match verdict {
        Some(Verdict::Green) => {
            format!(r#"<circle class="green" cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#)
        }
        Some(Verdict::Yellow) => {
            let (top, low, left, right) = (y - 6.0, y + 5.0, x - 6.0, x + 6.0);
            format!(
                r#"<path class="yellow" d="M{x:.1} {top:.1}L{right:.1} {low:.1}L{left:.1} {low:.1}Z"/>"#
            )
        }
        Some(Verdict::Red) => {
            let (left, top) = (x - 5.0, y - 5.0);
            format!(r#"<rect class="red" x="{left:.1}" y="{top:.1}" width="10" height="10"/>"#)
        }
        None => format!(r#"<circle class="none" cx="{x:.1}" cy="{y:.1}" r="4"/>"#),
    };
    PreEscaped(shape)
}
