//! Which rooms a verb can be told to now, and why not to others. Pure; a room may still refuse what looked possible here.

use crate::rooms::{Card, Link};
use fleet_proto::{Phase, RoomId};
use serde::{Deserialize, Serialize};

/// Verbs that many rooms may be told at once: none that puts something here, and none that needs a grant.
pub const VERBS: [&str; 8] = [
    "preflight",
    "tomorrow",
    "identify",
    "mute",
    "leave",
    "reset-sound",
    "restart-browser",
    "restart-daemon",
];

/// Why a room cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// The asker may not, on this site.
    Forbidden,
    /// Its line is down.
    Unreachable,
    /// It does not know the verb.
    UnknownVerb,
    /// It is in a call, or on its way into one.
    InUse,
    /// There is no call that it could leave.
    NothingThere,
}

impl Hindrance {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Hindrance::Forbidden => "forbidden",
            Hindrance::Unreachable => "unreachable",
            Hindrance::UnknownVerb => "unknown-verb",
            Hindrance::InUse => "in-use",
            Hindrance::NothingThere => "nothing-there",
        }
    }
}

/// A verb and the rooms it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What, by the name of its button.
    pub verb: String,
    /// These can be told.
    pub rooms: Vec<RoomId>,
    /// These cannot.
    pub cannot: Vec<(RoomId, Hindrance)>,
}

impl Plan {
    /// For no room yet.
    #[must_use]
    pub fn of(verb: &str) -> Plan {
        Plan {
            verb: verb.to_owned(),
            rooms: Vec::new(),
            cannot: Vec::new(),
        }
    }

    /// For this one, too.
    pub fn add(&mut self, card: &Card, may: bool) {
        let id = card.room.id.clone();
        match hindrance(card, &self.verb, may) {
            None => self.rooms.push(id),
            Some(why) => self.cannot.push((id, why)),
        }
    }
}

/// Why this room cannot be told this now; `None` when it can.
#[must_use]
pub fn hindrance(card: &Card, verb: &str, may: bool) -> Option<Hindrance> {
    let seen = &card.seen;
    if !may {
        return Some(Hindrance::Forbidden);
    }
    if !matches!(seen.presence.link(), Link::Up { .. }) {
        return Some(Hindrance::Unreachable);
    }
    if !seen.verbs.iter().any(|known| known.as_str() == verb) {
        return Some(Hindrance::UnknownVerb);
    }
    let called = seen.state.as_ref().is_some_and(|s| in_call(s.phase));
    match verb {
        "preflight" | "tomorrow" => called.then_some(Hindrance::InUse),
        "leave" => (!called).then_some(Hindrance::NothingThere),
        _ => None,
    }
}

fn in_call(phase: Phase) -> bool {
    match phase {
        Phase::Joining
        | Phase::Waiting
        | Phase::AsksPasscode
        | Phase::PersonNeeded
        | Phase::InCall
        | Phase::Reconnecting
        | Phase::Leaving => true,
        Phase::Unwritten | Phase::Standby | Phase::Announced | Phase::Failed | Phase::Ended => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::sample::card;
    use fleet_proto::Epoch;

    fn room(phase: Option<Phase>, verbs: &[&str]) -> Card {
        let mut card = card("saal-2", "nord");
        if let Some(phase) = phase {
            card.seen.presence.begin(Epoch(1), 0).unwrap();
            let state = card.seen.state.as_mut().unwrap();
            state.phase = phase;
        }
        card.seen.verbs = verbs.iter().map(|verb| verb.parse().unwrap()).collect();
        card
    }

    #[test]
    fn each_room_that_cannot_be_told_has_its_reason() {
        let all = VERBS;
        let standby = room(Some(Phase::Standby), &all);
        let called = room(Some(Phase::InCall), &all);
        let entering = room(Some(Phase::Waiting), &all);
        let old = room(Some(Phase::Standby), &["mute"]);
        let away = room(None, &all);
        use Hindrance::{Forbidden, InUse, NothingThere, UnknownVerb, Unreachable};
        for (card, verb, may, expected) in [
            (&standby, "preflight", true, None),
            (&standby, "preflight", false, Some(Forbidden)),
            (&called, "preflight", true, Some(InUse)),
            (&entering, "tomorrow", true, Some(InUse)),
            (&called, "mute", true, None),
            (&called, "leave", true, None),
            (&standby, "leave", true, Some(NothingThere)),
            (&called, "restart-browser", true, None),
            (&old, "identify", true, Some(UnknownVerb)),
            (&away, "mute", true, Some(Unreachable)),
            (&away, "mute", false, Some(Forbidden)),
        ] {
            assert_eq!(hindrance(card, verb, may), expected, "{verb} {may}");
        }
    }

    #[test]
    fn no_room_is_lost_between_those_that_can_and_those_that_cannot() {
        let mut plan = Plan::of("leave");
        let cards = [
            room(Some(Phase::InCall), &VERBS),
            room(Some(Phase::Standby), &VERBS),
            room(None, &VERBS),
        ];
        cards.iter().for_each(|card| plan.add(card, true));
        assert_eq!(plan.rooms.len() + plan.cannot.len(), cards.len());
        assert_eq!(plan.rooms.len(), 1);
    }

    #[test]
    fn nothing_that_shows_a_room_or_opens_anything_is_told_to_many() {
        for verb in VERBS {
            let told = crate::acts::verb_of(verb).unwrap();
            assert_ne!(told.danger(), fleet_proto::Danger::NeedsGrant, "{verb}");
        }
    }
}
