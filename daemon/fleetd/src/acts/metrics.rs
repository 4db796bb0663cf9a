//! Figures in Prometheus' text format. Of rooms only counts, so that the number of series does not grow with them.

use super::{Done, each};
use crate::people::Right;
use crate::rooms::{Card, Counts, Light, Link};
use crate::web::Ask;
use axum::http::header;
use axum::response::IntoResponse;
use fleet_proto::{Phase, Settled};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

/// What is counted over all rooms that the asker may see.
#[derive(Default)]
struct Figures {
    counts: Counts,
    connected: u64,
    in_call: u64,
    faults: BTreeMap<String, u64>,
    refused: u64,
    clocks: u64,
    call_seconds: f64,
    failed_seconds: f64,
    software: BTreeMap<String, u64>,
    certificate_ends_s: Option<u64>,
}

/// Versions beyond these are counted together.
const VERSIONS: usize = 20;

impl Figures {
    fn add(&mut self, card: &Card, now_ms: i64) {
        let seen = &card.seen;
        self.counts.add(card);
        let up = matches!(seen.presence.link(), Link::Up { .. });
        self.connected += u64::from(up);
        if let Some(state) = seen.state.as_ref().filter(|_| up) {
            self.in_call += u64::from(state.phase == Phase::InCall);
            for fault in &state.faults {
                *self.faults.entry(fault.code.to_string()).or_default() += 1;
            }
        }
        let refused = seen.reported.as_ref().map(|reported| &reported.settled);
        self.refused += u64::from(matches!(refused, Some(Settled::Refused { .. })));
        self.clocks += u64::from(up && seen.clock_ahead_ms.abs() > 60_000);
        if let Some(today) = seen.usage.days(now_ms).last() {
            self.call_seconds += today.call;
            self.failed_seconds += today.failed;
        }
        let version = seen.software.as_str();
        if !version.is_empty() {
            let room = self.software.len() < VERSIONS || self.software.contains_key(version);
            let version = if room { version } else { "other" };
            *self.software.entry(version.to_owned()).or_default() += 1;
        }
        let ends = card.room.certificate.ends_s;
        let first = self.certificate_ends_s.unwrap_or(ends).min(ends);
        self.certificate_ends_s = Some(first);
    }
}

/// A text of families.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP fleetd_{name} {help}");
        let _ = writeln!(self.0, "# TYPE fleetd_{name} gauge");
    }

    fn one(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, help);
        let _ = writeln!(self.0, "fleetd_{name} {value}");
    }

    fn each<'a, V: Display>(
        &mut self,
        (name, label): (&str, &str),
        help: &str,
        values: impl Iterator<Item = (&'a str, V)>,
    ) {
        self.family(name, help);
        for (of, value) in values {
            let of = of.replace(['\\', '"', '\n'], "_");
            let _ = writeln!(self.0, "fleetd_{name}{{{label}=\"{of}\"}} {value}");
        }
    }
}

pub(super) async fn metrics(ask: &Ask) -> Done {
    let now_ms = ask.fleet.now_ms();
    let mut figures = Figures::default();
    each(ask, |card| figures.add(card, now_ms));
    // Who may take rooms in sees how many wait; others' counts would tell of rooms that are not theirs.
    let waiting = match ask.may(Right::Install, None) {
        true => Some(ask.fleet.enrol.open(ask.tenant(), now_ms).await?.len()),
        false => None,
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let text = text(&figures, waiting);
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn text(figures: &Figures, waiting: Option<usize>) -> String {
    let mut text = Text::default();
    let version = [(env!("CARGO_PKG_VERSION"), 1)];
    text.each(
        ("build_info", "version"),
        "The server's version.",
        version.into_iter(),
    );
    let lights = Light::ALL.iter().map(|light| light.word());
    let lights = lights.zip(figures.counts.lights);
    text.each(("rooms", "light"), "Enrolled rooms by light.", lights);
    text.one(
        "rooms_connected",
        "Rooms whose line is up.",
        figures.connected,
    );
    text.one(
        "rooms_in_call",
        "Rooms that are in a conference.",
        figures.in_call,
    );
    let red = figures.counts.tomorrow_red;
    text.one(
        "rooms_red_tomorrow",
        "Rooms with a meeting tomorrow that will not work.",
        red,
    );
    let yellow = figures.counts.tomorrow_yellow;
    text.one(
        "rooms_yellow_tomorrow",
        "Rooms with meetings tomorrow that will work, but.",
        yellow,
    );
    let all: u64 = figures.faults.values().sum();
    text.one("faults", "Faults of all connected rooms.", all);
    let faults = figures
        .faults
        .iter()
        .map(|(code, count)| (code.as_str(), *count));
    text.each(
        ("rooms_with_fault", "code"),
        "Faults of connected rooms by code.",
        faults,
    );
    text.one(
        "rooms_settings_refused",
        "Rooms that refused how they shall be set.",
        figures.refused,
    );
    text.one(
        "rooms_clock_off",
        "Connected rooms whose clock differs by more than a minute.",
        figures.clocks,
    );
    text.one(
        "call_seconds_today",
        "Seconds that rooms were in calls since midnight UTC.",
        figures.call_seconds,
    );
    text.one(
        "failed_seconds_today",
        "Seconds that rooms showed a meeting that failed since midnight UTC.",
        figures.failed_seconds,
    );
    let versions = figures
        .software
        .iter()
        .map(|(v, count)| (v.as_str(), *count));
    text.each(
        ("rooms_software", "version"),
        "Rooms by the version that they run.",
        versions,
    );
    if let Some(ends) = figures.certificate_ends_s {
        text.one(
            "certificate_first_end_seconds",
            "When the first certificate of a room ends, in seconds since 1970.",
            ends,
        );
    }
    if let Some(waiting) = waiting {
        text.one("enrolment_waiting", "Rooms that want in.", waiting);
    }
    text.0
}
