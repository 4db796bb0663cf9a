//! Numbers for Prometheus, without personal data, and the sign of life of the event loop.
//! The event loop and the faces update them; knows no meeting, no name, no link.

use super::config::PackKnown;
use drv_audio::ports::Db;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use room_api::{CanaryResult, Verdict};
use room_core::event::Origin;
use room_core::failure::{CallFailure, FaultCode};
use room_core::view::{Phase, View};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

type Label = [(&'static str, &'static str); 1];
type TwoLabels = [(&'static str, &'static str); 2];
type PackLabels = [(&'static str, String); 3];

/// Handle to the numbers; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    phase: Family<Label, Gauge>,
    fault: Family<Label, Gauge>,
    joins: Counter,
    failures: Family<Label, Counter>,
    presses: Family<TwoLabels, Counter>,
    steps: Counter,
    step_seconds: Histogram,
    press_seconds: Histogram,
    listeners: Gauge,
    packs: Family<PackLabels, Gauge>,
    canaries: Family<[(&'static str, String); 3], Gauge>,
    canary_seconds: Family<[(&'static str, String); 2], Gauge>,
    levels: Family<TwoLabels, Gauge<f64, AtomicU64>>,
    last: Mutex<Last>,
    presses_seen: watch::Sender<u64>,
}

struct Last {
    step: Instant,
    in_call: bool,
    failure: Option<CallFailure>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All zero; the event loop counts as alive now.
    pub fn new() -> Metrics {
        let mut inner = Inner {
            registry: Registry::with_prefix("roomd"),
            phase: Family::default(),
            fault: Family::default(),
            joins: Counter::default(),
            failures: Family::default(),
            presses: Family::default(),
            steps: Counter::default(),
            step_seconds: Histogram::new([0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1.0]),
            press_seconds: Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1.0]),
            listeners: Gauge::default(),
            packs: Family::default(),
            canaries: Family::default(),
            canary_seconds: Family::default(),
            levels: Family::default(),
            last: Mutex::new(Last {
                step: Instant::now(),
                in_call: false,
                failure: None,
            }),
            presses_seen: watch::Sender::new(0),
        };
        register(&mut inner);
        Metrics(Arc::new(inner))
    }

    /// The event loop has made a step, which took this long. Call after each.
    pub fn stepped(&self, took: Duration) {
        self.0.steps.inc();
        self.0.step_seconds.observe(took.as_secs_f64());
        self.last().step = Instant::now();
    }

    /// The event loop has stepped one press taken from the faces' channel and published the view that followed.
    /// Call once for each, in their order, after the view is sent; the faces answer the press with it.
    pub fn press_seen(&self) {
        self.0.presses_seen.send_modify(|seen| *seen += 1);
    }

    /// How long ago the event loop made its last step.
    pub fn since_step(&self) -> Duration {
        self.last().step.elapsed()
    }

    /// The numbers in the text format of OpenMetrics 1.0.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.0.registry).is_err() {
            tracing::error!("the metrics could not be written");
        }
        text
    }

    /// Which service packs the room has, for IT to see which of them want looking at.
    pub(crate) fn know_packs(&self, packs: &BTreeMap<String, PackKnown>) {
        for (service, known) in packs {
            let seen = known
                .seen
                .map(|month| month.to_string())
                .unwrap_or_default();
            let certainty = known.certainty.code().to_owned();
            let labels = [
                ("service", service.clone()),
                ("certainty", certainty),
                ("seen", seen),
            ];
            self.0
                .packs
                .get_or_create(&labels)
                .set(known.version.into());
        }
    }

    /// How a test meeting went: one of three is 1 for each service.
    pub(crate) fn canary(&self, result: &CanaryResult) {
        for verdict in [Verdict::Valid, Verdict::Drifted, Verdict::Unknown] {
            let labels = [
                ("service", result.service.clone()),
                ("name", result.name.clone()),
                ("verdict", verdict_name(verdict).to_owned()),
            ];
            let is = i64::from(verdict == result.verdict);
            self.0.canaries.get_or_create(&labels).set(is);
        }
        let labels = [
            ("service", result.service.clone()),
            ("name", result.name.clone()),
        ];
        let seconds = result.at_ms / 1000;
        self.0.canary_seconds.get_or_create(&labels).set(seconds);
    }

    /// What is heard at the room's microphone and loudspeaker. What is not measured any more is not told any more.
    pub(crate) fn heard(&self, levels: &drv_audio::Levels) {
        for (role, level) in [
            ("microphone", levels.microphone),
            ("loudspeaker", levels.loudspeaker),
        ] {
            let of = |db: Db| Some(f64::from(db.0) / 100.0);
            let figures = [
                ("rms", level.and_then(|level| of(level.rms))),
                ("peak", level.and_then(|level| of(level.peak))),
                ("loudness", level.and_then(|level| of(level.loudness?))),
            ];
            for (figure, value) in figures {
                let labels = [("role", role), ("figure", figure)];
                match value {
                    Some(value) => {
                        self.0.levels.get_or_create(&labels).set(value);
                    }
                    None => {
                        self.0.levels.remove(&labels);
                    }
                }
            }
        }
    }

    pub(super) fn presses_seen(&self) -> watch::Receiver<u64> {
        self.0.presses_seen.subscribe()
    }

    pub(super) fn pressed(&self, press: &'static str, origin: Origin) {
        let labels = [("press", press), ("origin", origin_name(origin))];
        self.0.presses.get_or_create(&labels).inc();
    }

    pub(super) fn press_answered(&self, took: Duration) {
        self.0.press_seconds.observe(took.as_secs_f64());
    }

    /// One more listener, until the guard is dropped; `None` when there are `limit` already.
    pub(super) fn listener(&self, limit: i64) -> Option<ListenerGuard> {
        if self.0.listeners.inc() >= limit {
            self.0.listeners.dec();
            return None;
        }
        Some(ListenerGuard(self.clone()))
    }

    pub(super) fn observe(&self, view: &View) {
        self.set_phase(&view.phase);
        for code in FaultCode::ALL {
            let there = view.faults.iter().filter(|fault| fault.code == *code);
            let count = i64::try_from(there.count()).unwrap_or(i64::MAX);
            self.0
                .fault
                .get_or_create(&[("code", code.code())])
                .set(count);
        }
        let mut last = self.last();
        let in_call = matches!(view.phase, Phase::InCall { .. });
        let coming_back = matches!(view.phase, Phase::Reconnecting { .. });
        if in_call && !last.in_call {
            self.0.joins.inc();
        }
        last.in_call = in_call || (coming_back && last.in_call);
        let failure = match view.phase {
            Phase::Failed { failure, .. } => Some(failure),
            _ => None,
        };
        if let Some(failure) = failure.filter(|f| last.failure != Some(*f)) {
            self.0
                .failures
                .get_or_create(&[("code", failure.code())])
                .inc();
        }
        last.failure = failure;
    }

    fn set_phase(&self, phase: &Phase) {
        let now = phase_name(phase);
        for name in PHASES {
            self.0
                .phase
                .get_or_create(&[("phase", name)])
                .set(i64::from(name == now));
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one listener for as long as it lives.
pub(super) struct ListenerGuard(Metrics);

impl Drop for ListenerGuard {
    fn drop(&mut self) {
        self.0.0.listeners.dec();
    }
}

fn register(inner: &mut Inner) {
    let Inner { registry, .. } = inner;
    registry.register("phase", "1 for what the room does now", inner.phase.clone());
    registry.register("fault", "Standing faults by code", inner.fault.clone());
    registry.register("joins", "Conferences entered", inner.joins.clone());
    registry.register(
        "failures",
        "Calls that failed, by code",
        inner.failures.clone(),
    );
    registry.register(
        "presses",
        "Presses taken in by the faces",
        inner.presses.clone(),
    );
    registry.register("steps", "Steps of the event loop", inner.steps.clone());
    registry.register(
        "step_seconds",
        "How long a step took",
        inner.step_seconds.clone(),
    );
    registry.register(
        "press_seconds",
        "From a press to its answer",
        inner.press_seconds.clone(),
    );
    registry.register("listeners", "Open event streams", inner.listeners.clone());
    registry.register(
        "pack",
        "Version of each service pack, how sure it is, and when its signs were last seen",
        inner.packs.clone(),
    );
    registry.register(
        "canary",
        "1 for how the last try of a test meeting went",
        inner.canaries.clone(),
    );
    registry.register(
        "sound_decibels",
        "What is heard at the room's microphone and loudspeaker, of full scale; loudness in LUFS",
        inner.levels.clone(),
    );
    registry.register(
        "canary_time_seconds",
        "When that was, in seconds since 1970",
        inner.canary_seconds.clone(),
    );
}

const PHASES: [&str; 11] = [
    "standby",
    "announced",
    "joining",
    "waiting",
    "asks-passcode",
    "person-needed",
    "in-call",
    "reconnecting",
    "leaving",
    "failed",
    "ended",
];

fn phase_name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Standby => "standby",
        Phase::Announced { .. } => "announced",
        Phase::Joining(_) => "joining",
        Phase::Waiting { .. } => "waiting",
        Phase::AsksPasscode { .. } => "asks-passcode",
        Phase::PersonNeeded(_) => "person-needed",
        Phase::InCall { .. } => "in-call",
        Phase::Reconnecting { .. } => "reconnecting",
        Phase::Leaving => "leaving",
        Phase::Failed { .. } => "failed",
        Phase::Ended(_) => "ended",
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "valid",
        Verdict::Drifted => "drifted",
        Verdict::Unknown => "unknown",
    }
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Puck => "puck",
        Origin::Button => "button",
        Origin::Panel => "panel",
        Origin::Console => "console",
        Origin::Fleet => "fleet",
    }
}
