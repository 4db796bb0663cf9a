//! What may be wrong with a room, as far as somebody is told, and whether that is known of a room. Pure.

use crate::rooms::{CLOCKS_APART_MS, Card, Link, Misdeed, Place};
use core::fmt;
use core::str::FromStr;
use fleet_proto::{ClockNow, Code, Phase, RoomId, Settled};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cause {
    /// Its line is down.
    Offline,
    /// It has this fault.
    Fault(Code),
    /// A call did not come about.
    CallFailed,
    /// It refused how it shall be set.
    SettingsRefused,
    /// Its clock is wrong.
    Clock,
    /// Two boards have its key.
    TwoBoards,
    /// Its key says what no room says.
    Misbehaves,
    /// A release did not prove itself there; the room is back on what it had.
    ReleaseFailed,
    /// Meetings of the next day will not work.
    Tomorrow,
    /// Nothing: somebody looks whether notices arrive.
    Trial,
}

const WORDS: [(&str, Cause); 9] = [
    ("offline", Cause::Offline),
    ("call-failed", Cause::CallFailed),
    ("settings-refused", Cause::SettingsRefused),
    ("clock", Cause::Clock),
    ("two-boards", Cause::TwoBoards),
    ("misbehaves", Cause::Misbehaves),
    ("release-failed", Cause::ReleaseFailed),
    ("tomorrow", Cause::Tomorrow),
    ("trial", Cause::Trial),
];

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Fault(code) => write!(f, "fault.{code}"),
            other => {
                let word = WORDS.iter().find(|(_, cause)| cause == other);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}

impl FromStr for Cause {
    type Err = String;

    fn from_str(text: &str) -> Result<Cause, String> {
        if let Some(code) = text.strip_prefix("fault.") {
            let code = code.parse().map(Cause::Fault);
            return code.map_err(|error| error.to_string());
        }
        let known = WORDS.iter().find(|(word, _)| *word == text);
        let known = known.map(|(_, cause)| cause.clone());
        known.ok_or_else(|| format!("{text:?} is no cause"))
    }
}

impl TryFrom<String> for Cause {
    type Error = String;

    fn try_from(text: String) -> Result<Cause, String> {
        text.parse()
    }
}

impl From<Cause> for String {
    fn from(cause: Cause) -> String {
        cause.to_string()
    }
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody can say: the room's line is down, or the room has not said how it is.
    Nobody,
}

/// What is known of one room now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Which.
    pub room: RoomId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Its time zone, as it said.
    pub zone: String,
    /// What is wrong, and since when, where the server knows that by its own clock.
    pub wrong: BTreeMap<Cause, Option<i64>>,
    /// Whether it says how it is.
    pub speaks: bool,
    /// Meetings of the next day that will not work.
    pub red_tomorrow: u32,
}

impl Facts {
    /// Of a card.
    #[must_use]
    pub fn of(card: &Card) -> Facts {
        let seen = &card.seen;
        let mut wrong = BTreeMap::new();
        let up = matches!(seen.presence.link(), Link::Up { .. });
        if let Link::Down { since_ms } = seen.presence.link() {
            wrong.insert(Cause::Offline, Some(since_ms));
        }
        for (what, times) in seen.misdeeds.each() {
            let cause = match what {
                Misdeed::TwoBoards => Cause::TwoBoards,
                _ => Cause::Misbehaves,
            };
            wrong.entry(cause).or_insert(Some(times.since_ms));
        }
        let state = seen.state.as_ref();
        let speaks = up && state.is_some();
        if speaks && let Some(state) = state {
            let faults = state.faults.iter().map(|f| Cause::Fault(f.code.clone()));
            wrong.extend(faults.map(|cause| (cause, None)));
            let apart = seen.clock_ahead_ms.saturating_abs() > CLOCKS_APART_MS;
            let refused = seen.reported.as_ref();
            let refused = refused.is_some_and(|r| matches!(r.settled, Settled::Refused { .. }));
            let others = [
                (Cause::CallFailed, state.phase == Phase::Failed),
                (Cause::Clock, apart || state.clock == ClockNow::Wrong),
                (Cause::SettingsRefused, refused),
            ];
            let others = others.into_iter().filter(|(_, is)| *is);
            wrong.extend(others.map(|(cause, _)| (cause, None)));
        }
        Facts {
            room: card.room.id.clone(),
            name: card.room.name.as_str().to_owned(),
            place: card.room.place.clone(),
            zone: state.map_or_else(String::new, |state| state.zone.as_str().to_owned()),
            wrong,
            speaks,
            red_tomorrow: card.tomorrow().0,
        }
    }

    /// Whether this is so.
    #[must_use]
    pub fn known(&self, cause: &Cause) -> Known {
        match (self.wrong.contains_key(cause), cause) {
            (true, _) => Known::Yes,
            // What the server knows by itself.
            (
                false,
                Cause::Offline | Cause::TwoBoards | Cause::Misbehaves | Cause::ReleaseFailed,
            ) => Known::No,
            (false, _) if self.speaks => Known::No,
            (false, _) => Known::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::{Certificate, Presence, Room, Seen};
    use fleet_proto::Epoch;

    #[test]
    fn a_cause_is_written_as_a_word_and_read_again() {
        let mut all: Vec<Cause> = WORDS.map(|(_, cause)| cause).into();
        all.push(Cause::Fault("mic-gone".parse().unwrap()));
        for cause in all {
            assert_eq!(cause.to_string().parse(), Ok(cause));
        }
        assert!("nothing".parse::<Cause>().is_err() && "fault.".parse::<Cause>().is_err());
    }

    #[test]
    fn a_room_without_a_line_is_offline_and_of_its_faults_nobody_knows() {
        let mut presence = Presence::default();
        presence.begin(Epoch(1), 10).unwrap();
        presence.end(Epoch(1), 50);
        let card = Card {
            room: Room {
                id: "saal-2".parse().unwrap(),
                name: "Saal 2".into(),
                place: Place::default(),
                ring: Default::default(),
                enrolled_ms: 0,
                certificate: Certificate {
                    serial: "01".to_owned(),
                    ends_s: 0,
                },
                next: None,
            },
            seen: Seen {
                presence,
                ..Seen::default()
            },
        };
        let facts = Facts::of(&card);
        assert_eq!(facts.wrong[&Cause::Offline], Some(50));
        assert_eq!(facts.known(&Cause::Offline), Known::Yes);
        assert_eq!(facts.known(&Cause::TwoBoards), Known::No);
        let fault = Cause::Fault("mic-gone".parse().unwrap());
        assert_eq!(facts.known(&fault), Known::Nobody);
    }
}
