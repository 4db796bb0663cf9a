//! When the room proves itself, as the file says: so long before meetings, in the night, in which hours without a sound, and
//! from where on the way to a meeting's host counts as bad. Knows no check and no calendar day.

use crate::assemble::Build;
use crate::scalars::{Time, Whole, duration};
use crate::section::{At, Scalar, Sub, Wrong, section};
use crate::sections::WholeFile;
use crate::tree::Value;
use core::time::Duration;
use room_core::limits;
use room_core::preflight::PreflightPlan;

/// A time of day in the room's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// What the daemon needs beside `plan.preflight`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightHours {
    /// When the room proves itself in the night.
    pub night: Option<TimeOfDay>,
    /// When it looks at the next day's meetings.
    pub tomorrow: Option<TimeOfDay>,
    /// From when until when it makes no sound by itself; an end before the begin is that of the next day.
    pub quiet: Vec<(TimeOfDay, TimeOfDay)>,
    /// From where on the way to a meeting's host counts as bad.
    pub path: PathLimits,
}

/// From where on the way to a meeting's host counts as bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathLimits {
    /// There and back.
    pub round_trip: Duration,
    /// Between the fastest and the slowest tenth of all tries.
    pub jitter: Duration,
    /// Of a hundred tries.
    pub loss: u8,
    /// Kilobits a second.
    pub rate: u32,
    /// A certificate that ends in fewer days is said.
    pub certificate_days: u16,
    /// By how much the machine's clock may be wrong.
    pub clock: Duration,
}

impl TimeOfDay {
    fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.trim().split_once(':')?;
        let two = |part: &str| {
            let fits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| part.parse::<u8>().ok()).flatten()
        };
        let (hour, minute) = (two(hour)?, two(minute)?);
        (hour < 24 && minute < 60).then_some(TimeOfDay { hour, minute })
    }
}

fn text<'a>(value: &'a Value, expected: &str) -> Result<&'a str, Wrong> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(
            Wrong::new(format!("expected {expected}, found {}", other.kind()))
                .help("write it in quotes"),
        ),
    }
}

/// A time of day, or never.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeOfDayOrNever(pub Option<TimeOfDay>);

impl Scalar for TimeOfDayOrNever {
    fn expected() -> String {
        "a time of day such as \"03:00\", or \"never\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let text = text(value, &Self::expected())?;
        if text.trim() == "never" {
            return Ok(TimeOfDayOrNever(None));
        }
        match TimeOfDay::parse(text) {
            Some(time) => Ok(TimeOfDayOrNever(Some(time))),
            None => Err(Wrong::new(format!("`{text}` is not a time of day"))
                .help("write hours and minutes from \"00:00\" to \"23:59\", or \"never\"")),
        }
    }

    fn fallback() -> Self {
        TimeOfDayOrNever(None)
    }
}

/// From one time of day until another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span(pub TimeOfDay, pub TimeOfDay);

/// Several of them.
#[derive(Debug, Clone)]
pub(crate) struct Spans(pub Vec<Span>);

impl Scalar for Spans {
    fn expected() -> String {
        "a list of hours such as `[\"22:00-06:00\"]`".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let span = |value: &Value| {
            let text = text(value, "hours such as \"22:00-06:00\"")?;
            let ends = text.split_once('-');
            let ends = ends.and_then(|(from, until)| {
                Some(Span(TimeOfDay::parse(from)?, TimeOfDay::parse(until)?))
            });
            ends.filter(|Span(from, until)| from != until)
                .ok_or_else(|| {
                    Wrong::new(format!("`{text}` says no hours"))
                        .help("write from when until when: \"22:00-06:00\"")
                })
        };
        items(value, &Self::expected(), span).map(Spans)
    }

    fn fallback() -> Self {
        Spans(Vec::new())
    }
}

/// Lengths of time before a meeting.
#[derive(Debug, Clone)]
pub(crate) struct Befores(pub Vec<Duration>);

impl Scalar for Befores {
    fn expected() -> String {
        "a list of times before the meeting such as `[\"15 min\", \"5 min\"]`".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let before = |value: &Value| {
            let written = text(value, "a time such as \"15 min\"")?;
            let time = duration(written)?;
            match time > limits::PREFLIGHT_AHEAD {
                true => Err(Wrong::new(format!("\"{written}\" is too long before"))
                    .help("at most \"4 h\"; `night` is for everything earlier")),
                false => Ok(time),
            }
        };
        items(value, &Self::expected(), before).map(Befores)
    }

    fn fallback() -> Self {
        Befores(Vec::new())
    }
}

fn items<T>(
    value: &Value,
    expected: &str,
    read: impl Fn(&Value) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let Value::List(items) = value else {
        let message = format!("expected {expected}, found {}", value.kind());
        return Err(Wrong::new(message).help("write it in brackets"));
    };
    items.iter().map(|item| read(&item.value)).collect()
}

section! {
    /// When the room proves itself: pictures, camera heads, displays, buttons, the way to the meeting's host, and its sound where
    /// the daemon drives it. Never in a call; any press ends it. `roomctl preflight` asks for it at once.
    struct PreflightSection {
        /// Whether the room proves itself at all.
        enabled: At<bool> = true,
        /// So long before each booked meeting; without it, 15 and 5 minutes. Only in a room that is empty.
        before: Option<At<Befores>>,
        /// When the room proves itself in the night.
        night: At<TimeOfDayOrNever> = "03:00",
        /// When it looks whether all of the next day's meetings lead somewhere.
        tomorrow: At<TimeOfDayOrNever> = "18:00",
        /// Hours in which it makes no sound by itself; without it, none.
        quiet: Option<At<Spans>>,
        /// From where on the way to a meeting's host counts as bad.
        path: Sub<PathSection>,
    }

    /// From where on the way to a meeting's host counts as bad.
    struct PathSection {
        /// There and back.
        round_trip: At<Time<0, 5>> = "200 ms",
        /// Between the fastest and the slowest tenth of all tries.
        jitter: At<Time<0, 5>> = "60 ms",
        /// So many of a hundred tries may be lost.
        loss: At<Whole<0, 100>> = 2,
        /// Kilobits a second that must come; 0: never mind.
        rate: At<Whole<0, 1_000_000>> = 2500,
        /// A certificate that ends in fewer days is said.
        certificate_days: At<Whole<0, 365>> = 14,
        /// By how much this machine's clock may be wrong.
        clock: At<Time<1, 3600>> = "30 s",
    }
}

/// Early enough to fetch somebody, and once more when that somebody was there.
const USUAL: [Duration; 2] = [Duration::from_secs(900), Duration::from_secs(300)];

impl Build<'_> {
    /// When the core proves the room; `None`: never.
    pub(crate) fn preflight_plan(&mut self, file: &WholeFile) -> Option<PreflightPlan> {
        let section = &file.preflight.0;
        let mut before = match &section.before {
            Some(said) => said.value.0.clone(),
            None => USUAL.to_vec(),
        };
        before.sort_unstable_by(|one, other| other.cmp(one));
        before.dedup();
        let prepared = file.policy.0.warm_before.value.0;
        let last = prepared.max(limits::PREFLIGHT);
        if let Some(said) = &section.before
            && let Some(late) = before.iter().find(|time| **time <= last)
        {
            let message = format!(
                "a check {} s before the meeting would never run",
                late.as_secs()
            );
            let help = format!(
                "it must be over when the conference's page is prepared: more than {} s before",
                last.as_secs()
            );
            self.wrong(said, message, help);
        }
        section.enabled.value.then_some(PreflightPlan {
            before: before.into_iter().filter(|time| *time > last).collect(),
        })
    }

    /// What the daemon needs beside it.
    pub(crate) fn preflight_hours(&self, file: &WholeFile) -> PreflightHours {
        let section = &file.preflight.0;
        let quiet = section.quiet.iter().flat_map(|said| &said.value.0);
        let path = &section.path.0;
        PreflightHours {
            night: section.night.value.0,
            tomorrow: section.tomorrow.value.0,
            quiet: quiet.map(|Span(from, until)| (*from, *until)).collect(),
            path: PathLimits {
                round_trip: path.round_trip.value.0,
                jitter: path.jitter.value.0,
                loss: u8::try_from(path.loss.value.0).unwrap_or(u8::MAX),
                rate: u32::try_from(path.rate.value.0).unwrap_or(u32::MAX),
                certificate_days: u16::try_from(path.certificate_days.value.0).unwrap_or(u16::MAX),
                clock: path.clock.value.0,
            },
        }
    }
}
