//! What a broker is told of a room: some of what its card says, and nothing that is not known now. Pure.

use crate::rooms::{Card, Link};
use chrono::{DateTime, SecondsFormat};
use fleet_proto::{BoundedText, Code, Phase, RoomState, SwitchNow, Verdict};
use serde_json::{Value, json};

/// What is told of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What people call it, and where it is.
    pub face: Face,
    /// How it is, while its line is up; a room that has not said it yet is nothing but unknowns.
    pub now: Option<Now>,
}

/// What Home Assistant's device is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The room's name.
    pub name: BoundedText,
    /// Its site; empty where nobody said.
    pub site: String,
    /// What it runs.
    pub software: BoundedText,
}

/// How a room is; `None` is what nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    phase: Option<Phase>,
    /// Whether its microphone is live.
    live: Option<bool>,
    /// Whether something is wrong, and what is worst.
    fault: Option<Option<Code>>,
    proof: Option<Verdict>,
    next_meeting_ms: Option<i64>,
}

/// All phases.
pub const PHASES: [Phase; 12] = [
    Phase::Unwritten,
    Phase::Standby,
    Phase::Announced,
    Phase::Joining,
    Phase::Waiting,
    Phase::AsksPasscode,
    Phase::PersonNeeded,
    Phase::InCall,
    Phase::Reconnecting,
    Phase::Leaving,
    Phase::Failed,
    Phase::Ended,
];

/// All verdicts.
pub const VERDICTS: [Verdict; 3] = [Verdict::Green, Verdict::Yellow, Verdict::Red];

/// The code that says that there is none.
pub const NO_FAULT: &str = "none";

impl Said {
    /// Of a card.
    #[must_use]
    pub fn of(card: &Card) -> Said {
        let name = &card.room.name;
        let up = matches!(card.seen.presence.link(), Link::Up { .. });
        Said {
            face: Face {
                name: match name.as_str().trim() {
                    "" => BoundedText::new(card.room.id.as_str()),
                    _ => name.clone(),
                },
                site: card.room.place.site.as_str().to_owned(),
                software: card.seen.software.clone(),
            },
            now: up.then(|| card.seen.state.as_ref().map(Now::of).unwrap_or_default()),
        }
    }
}

impl Now {
    fn of(state: &RoomState) -> Now {
        let failed = state.call.as_ref().and_then(|call| call.failure.clone());
        let failed = failed.filter(|_| state.phase == Phase::Failed);
        let worst = state.faults.first().map(|fault| fault.code.clone());
        Now {
            phase: Some(state.phase),
            live: match state.microphone {
                SwitchNow::Open => Some(true),
                SwitchNow::Closed => Some(false),
                SwitchNow::Unknown => None,
            },
            fault: Some(worst.or(failed)),
            proof: state.proof.as_ref().map(|proof| proof.verdict),
            next_meeting_ms: state.next_meeting_ms,
        }
    }

    /// As the topic of a room's state says it.
    #[must_use]
    pub fn json(&self) -> Value {
        let in_call = |phase| matches!(phase, Phase::InCall | Phase::Reconnecting);
        let failed = self.phase == Some(Phase::Failed);
        let wrong = |fault: &Option<Code>| fault.is_some() || failed;
        let code = |fault: &Option<Code>| match fault {
            Some(code) => code.to_string(),
            None => NO_FAULT.to_owned(),
        };
        json!({
            "phase": self.phase.map(phase),
            "in_call": self.phase.map(in_call),
            "microphone_live": self.live,
            "fault": self.fault.as_ref().map(wrong),
            "fault_code": self.fault.as_ref().map(code),
            "preflight": self.proof.map(verdict),
            "next_meeting": self.next_meeting_ms.and_then(moment),
        })
    }
}

/// A moment as ISO 8601 in UTC; none that no calendar has.
fn moment(at_ms: i64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(at_ms)?;
    Some(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A phase as its word.
#[must_use]
pub fn phase(phase: Phase) -> Value {
    serde_json::to_value(phase).unwrap_or_default()
}

/// A verdict as its word.
#[must_use]
pub fn verdict(verdict: Verdict) -> Value {
    serde_json::to_value(verdict).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::sample;
    use fleet_proto::{CallNow, Epoch, Fault, ProofNow};

    fn told(change: impl FnOnce(&mut RoomState)) -> Value {
        let mut card = sample::card("saal-2", "nord");
        card.seen.presence.begin(Epoch(1), 0).unwrap();
        change(card.seen.state.as_mut().unwrap());
        Said::of(&card).now.unwrap().json()
    }

    fn fault(code: &str) -> Fault {
        Fault {
            code: code.parse().unwrap(),
            about: Some("Kamera von Frau Muster".into()),
            since_ms: 0,
            cause: None,
        }
    }

    #[test]
    fn a_card_is_said_as_it_is_and_what_is_unknown_as_unknown() {
        let ready = json!({
            "phase": "standby", "in_call": false, "microphone_live": false, "fault": false, "fault_code": "none",
            "preflight": null, "next_meeting": null,
        });
        assert_eq!(told(|_| {}), ready);
        let busy = told(|state| {
            state.phase = Phase::InCall;
            state.microphone = SwitchNow::Open;
            state.faults = vec![fault("mic-gone"), fault("camera-another")];
            state.next_meeting_ms = Some(1_798_761_599_000);
            state.proof = Some(ProofNow {
                at_ms: 0,
                verdict: Verdict::Yellow,
                findings: Vec::new(),
            });
        });
        let said = json!({
            "phase": "in-call", "in_call": true, "microphone_live": true, "fault": true, "fault_code": "mic-gone",
            "preflight": "yellow", "next_meeting": "2026-12-31T23:59:59Z",
        });
        assert_eq!(busy, said);
        let unknown = told(|state| state.microphone = SwitchNow::Unknown);
        assert_eq!(unknown["microphone_live"], Value::Null);
        let failed = |code: Option<&str>| {
            told(|state| {
                state.phase = Phase::Failed;
                let failure = code.map(|code| code.parse().unwrap());
                state.call = Some(CallNow {
                    since_ms: None,
                    way: None,
                    failure,
                });
            })
        };
        assert_eq!(failed(Some("call-refused"))["fault_code"], "call-refused");
        assert_eq!(
            (&failed(None)["fault"], &failed(None)["fault_code"]),
            (&json!(true), &json!("none"))
        );
        assert_eq!(
            told(|state| state.next_meeting_ms = Some(i64::MAX))["next_meeting"],
            Value::Null
        );
    }

    #[test]
    fn a_room_that_is_away_has_no_state_and_one_that_said_nothing_an_unknown_one() {
        let mut card = sample::card("saal-2", "nord");
        assert_eq!(Said::of(&card).now, None, "its line was never up");
        card.seen.presence.begin(Epoch(1), 0).unwrap();
        card.seen.state = None;
        let said = Said::of(&card).now.unwrap().json();
        assert!(
            said.as_object().unwrap().values().all(Value::is_null),
            "{said}"
        );
        card.room.name = " ".into();
        assert_eq!(Said::of(&card).face.name.as_str(), "saal-2");
    }

    #[test]
    fn each_phase_has_its_word_once() {
        let words: std::collections::BTreeSet<String> =
            PHASES.iter().map(|one| phase(*one).to_string()).collect();
        assert_eq!(words.len(), PHASES.len());
    }
}
