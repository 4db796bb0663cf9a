//! A notice in the forms that its readers take: Alertmanager's webhook and API, and a mail in German or English. Pure.

use super::wall::rfc3339;
use super::{Alert, Cause, Zone};
use crate::words::{count, fault, fill, remedy, say};
use serde_json::{Map, Value, json};
use texts::Language;

/// Whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Firing,
    /// It has ended.
    Resolved,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Standing::Firing => "firing",
            Standing::Resolved => "resolved",
        }
    }
}

/// An alert as it is said.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What about.
    pub alert: Alert,
    /// Whether it goes on.
    pub standing: Standing,
    /// Where people find more: `https://host:port`.
    pub base: String,
    /// The zone that people read times in.
    pub zone: Zone,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

/// An Alertmanager may forget an alert that was not said again for so long.
const FORGOTTEN_MS: i64 = 300_000;
/// More rooms are counted and not named.
const NAMED: usize = 30;
/// What Alertmanager writes where an alert has not ended.
const NEVER: &str = "0001-01-01T00:00:00Z";

impl Notice {
    /// What is wrong, in a few words.
    #[must_use]
    pub fn what(&self, language: Language) -> String {
        what(language, &self.alert.cause)
    }

    /// Rooms that it is about: those that still have the trouble, or all when it is over.
    fn rooms(&self) -> Vec<(&str, &str)> {
        let all = self.alert.members.iter();
        all.filter(|(_, member)| self.standing == Standing::Resolved || !member.ended)
            .map(|(id, member)| (id.as_str(), member.name.as_str()))
            .collect()
    }

    /// One line: how many rooms, where, what.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        let rooms = self.rooms();
        let who = match rooms.as_slice() {
            [(_, name)] => (*name).to_owned(),
            all => count(language, "alert-rooms", all.len() as u64),
        };
        format!("{}: {}", self.placed(who), self.what(language))
    }

    fn placed(&self, who: String) -> String {
        let alert = &self.alert;
        let parts = [Some(&alert.site), alert.building()];
        let place: Vec<&str> = parts
            .into_iter()
            .flatten()
            .filter(|slug| !slug.is_empty())
            .map(|slug| slug.as_str())
            .collect();
        match place.is_empty() {
            true => who,
            false => format!("{who} ({})", place.join(" / ")),
        }
    }

    fn labels(&self) -> Map<String, Value> {
        let alert = &self.alert;
        // By these an Alertmanager knows which alert it is; so nothing in here changes while it goes on.
        let all = [
            ("alertname", format!("roomd-{}", word(&alert.cause))),
            ("severity", alert.severity.word().to_owned()),
            ("site", alert.site.as_str().to_owned()),
            ("cause", alert.cause.to_string()),
            ("rule", alert.rule.as_str().to_owned()),
            ("alert", alert.id.clone()),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect()
    }

    fn annotations(&self) -> Value {
        let rooms: Vec<&str> = self.rooms().iter().map(|(id, _)| *id).collect();
        json!({
            "summary": self.line(Language::En),
            "description": self.body(Language::En),
            "summary_de": self.line(Language::De),
            "rooms": rooms.join(" "),
        })
    }

    /// What Alertmanager's API takes (`POST /api/v2/alerts`).
    #[must_use]
    pub fn for_alertmanager(&self) -> Value {
        let ends_ms = match (self.standing, self.alert.ended_ms) {
            (Standing::Resolved, Some(ended)) => ended,
            _ => self.now_ms + FORGOTTEN_MS,
        };
        json!([{
            "labels": self.labels(),
            "annotations": self.annotations(),
            "startsAt": rfc3339(self.alert.opened_ms),
            "endsAt": rfc3339(ends_ms),
            "generatorURL": self.link(),
        }])
    }

    /// What Alertmanager's webhooks send (version 4 of its format).
    #[must_use]
    pub fn for_webhook(&self, receiver: &str) -> Value {
        let (labels, annotations) = (self.labels(), self.annotations());
        let status = self.standing.word();
        let ends = match self.alert.ended_ms {
            Some(ended) => rfc3339(ended),
            None => NEVER.to_owned(),
        };
        json!({
            "version": "4",
            "groupKey": self.alert.id,
            "truncatedAlerts": 0,
            "status": status,
            "receiver": receiver,
            "groupLabels": { "alertname": labels["alertname"] },
            "commonLabels": labels,
            "commonAnnotations": annotations,
            "externalURL": self.base,
            "alerts": [{
                "status": status,
                "labels": labels,
                "annotations": annotations,
                "startsAt": rfc3339(self.alert.opened_ms),
                "endsAt": ends,
                "generatorURL": self.link(),
                "fingerprint": self.alert.id,
            }],
        })
    }

    fn link(&self) -> String {
        format!("{}/alerts", self.base)
    }

    /// A mail's subject.
    #[must_use]
    pub fn subject(&self, language: Language) -> String {
        let key = match (self.standing, &self.alert.cause) {
            (Standing::Resolved, _) => "alert-mail-resolved",
            (Standing::Firing, Cause::Tomorrow) => "alert-mail-tomorrow",
            (Standing::Firing, _) => "alert-mail-firing",
        };
        format!("{}: {}", say(language, key), self.line(language))
    }

    /// A mail's text.
    #[must_use]
    pub fn body(&self, language: Language) -> String {
        let when = |key, at_ms| fill(language, key, &[("time", self.zone.written(at_ms))]);
        let mut lines = vec![
            self.line(language),
            String::new(),
            when("alert-mail-since", self.alert.opened_ms),
        ];
        if let (Standing::Resolved, Some(ended)) = (self.standing, self.alert.ended_ms) {
            lines.push(when("alert-mail-until", ended));
        }
        let todo = match &self.alert.cause {
            Cause::Fault(code) => remedy(language, code.as_str()),
            _ => None,
        };
        if let (Standing::Firing, Some(todo)) = (self.standing, todo) {
            lines.extend([String::new(), todo]);
        }
        lines.push(String::new());
        let rooms = self.rooms();
        for (id, name) in rooms.iter().take(NAMED) {
            lines.push(format!("- {name}: {}/rooms/{id}", self.base));
        }
        if rooms.len() > NAMED {
            lines.push(count(language, "alert-more", (rooms.len() - NAMED) as u64));
        }
        lines.extend([String::new(), self.link(), String::new()]);
        lines.join("\n")
    }
}

/// A cause in one word: faults are all alike here.
fn word(cause: &Cause) -> String {
    match cause {
        Cause::Fault(_) => "fault".to_owned(),
        other => other.to_string(),
    }
}

/// A cause in a few words.
pub(crate) fn what(language: Language, cause: &Cause) -> String {
    match cause {
        Cause::Fault(code) => fault(language, code.as_str()),
        other => say(language, &format!("cause-{other}")),
    }
}
