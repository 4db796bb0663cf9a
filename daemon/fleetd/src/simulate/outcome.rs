//! What came of a run, as one line of JSON, and whether it was as it shall be. Measures nothing.

use super::cast::{Mischief, Story};
use super::tally::Tally;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A result with its figures.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    figures: Map<String, Value>,
    failed: Vec<String>,
}

/// Times, as people compare them.
#[derive(Debug, Clone, Default)]
pub struct Spread(pub Vec<Duration>);

impl Spread {
    /// Number, middle, 99th of a hundred, and most, in milliseconds.
    #[must_use]
    pub fn figures(&self) -> Value {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = |share: f64| {
            let place = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
            sorted
                .get(place)
                .map(|time| round(time.as_secs_f64() * 1000.0))
        };
        json!({ "n": sorted.len(), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0) })
    }
}

/// To three places.
pub(super) fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl Outcome {
    /// Of this story with so many rooms.
    #[must_use]
    pub fn of(story: Story, rooms: usize, honest: usize) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.put("story", json!(format!("{story:?}").to_lowercase()));
        outcome.put("rooms", json!(rooms));
        outcome.put("honest", json!(honest));
        outcome
    }

    /// One figure more.
    pub fn put(&mut self, name: &str, value: Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Something was not as it shall be.
    pub fn failed(&mut self, what: impl Into<String>) {
        self.failed.push(what.into());
    }

    /// One figure.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.figures.get(name).unwrap_or(&Value::Null)
    }

    /// What was not as it shall be.
    #[must_use]
    pub fn failures(&self) -> &[String] {
        &self.failed
    }

    /// Whether all was as it shall be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.failed.is_empty()
    }

    /// What was counted; honest rooms that lost a line or got none spoil the run.
    pub(super) fn take(&mut self, tally: &Tally) {
        let load = |of: &std::sync::atomic::AtomicU64| of.load(Ordering::Relaxed);
        self.put("connects", json!(load(&tally.connects)));
        self.put("bytes_in", json!(load(&tally.bytes_in)));
        self.put("bytes_out", json!(load(&tally.bytes_out)));
        self.put("commands_done", json!(load(&tally.done)));
        self.put("settings_settled", json!(load(&tally.settled)));
        let (lost, undialled) = (tally.all_lost(), tally.all_undialled());
        for (why, count) in &lost {
            self.failed(format!("{count} honest rooms lost their line: {why}"));
        }
        for (why, count) in &undialled {
            self.failed(format!("{count} times an honest room got no line: {why}"));
        }
        self.put("lost", json!(lost));
        self.put("undialled", json!(undialled));
        self.put("hostile", hostile(&tally.hostile()));
    }

    /// The result as one line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut all = Map::new();
        all.insert("ok".to_owned(), json!(self.is_well()));
        all.extend(self.figures.clone());
        all.insert("failed".to_owned(), json!(self.failed));
        Value::Object(all).to_string()
    }
}

fn hostile(counts: &BTreeMap<Mischief, (u64, u64)>) -> Value {
    let each = counts.iter().map(|(mischief, (cut, endured))| {
        let said = json!({ "cut_off": cut, "went_on": endured });
        (mischief.word().to_owned(), said)
    });
    Value::Object(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_middle_and_their_worst() {
        let times = (1..=100).map(Duration::from_millis).collect();
        let said = Spread(times).figures();
        assert_eq!((&said["n"], &said["max_ms"]), (&json!(100), &json!(100.0)));
        assert_eq!(
            (&said["p50_ms"], &said["p99_ms"]),
            (&json!(51.0), &json!(99.0))
        );
        assert_eq!(Spread::default().figures()["p99_ms"], Value::Null);
    }

    #[test]
    fn a_lost_line_of_an_honest_room_spoils_the_run() {
        let tally = Tally::default();
        let mut outcome = Outcome::of(Story::Day, 3, 3);
        outcome.take(&tally);
        assert!(outcome.is_well(), "{:?}", outcome.failures());
        tally.lost("ended");
        outcome.take(&tally);
        assert!(!outcome.is_well() && outcome.line().contains("lost their line"));
    }
}
