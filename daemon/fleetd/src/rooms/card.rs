//! A room in one place: enrolled as what, last seen how, and what that is in one word. Pure.

use super::{Link, Misdeeds, Presence, Room, Usage};
use crate::store::{NodeId, Revision};
use fleet_proto::{
    Boot, BoundedText, ClockNow, Code, Epoch, Phase, Reported, RoomState, Stamped, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that is known of a room.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// As it was enrolled.
    pub room: Room,
    /// As it was seen.
    pub seen: Seen,
}

/// What a room said last; kept in the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Its line.
    pub presence: Presence,
    /// The room, whole.
    pub state: Option<RoomState>,
    /// When the server heard that, in milliseconds since 1970.
    pub heard_ms: i64,
    /// What became of the newest desired document that it spoke about.
    pub reported: Option<Reported>,
    /// Figures by name.
    pub figures: BTreeMap<String, f64>,
    /// How far the room's clock was ahead of the server's at its hello.
    pub clock_ahead_ms: i64,
    /// What it runs.
    pub software: BoundedText,
    /// What it can be told.
    #[serde(default)]
    pub verbs: Vec<Code>,
    /// Which server has its line, where several share the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Which start of its daemon came last.
    #[serde(default)]
    pub boot: Option<Boot>,
    /// What was done with its key that no room does.
    #[serde(default, skip_serializing_if = "Misdeeds::is_empty")]
    pub misdeeds: Misdeeds,
    /// How long it was in calls, day by day.
    #[serde(default)]
    pub usage: Usage,
    /// Of the document that was written last; absent when this server does not know.
    #[serde(skip)]
    pub kept: Revision,
}

/// A clock that differs by more than this from the server's is wrong: commands are meant for minutes.
pub const CLOCKS_APART_MS: i64 = 60_000;

/// A card in one word, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// Works.
    Green,
    /// Works, but.
    Yellow,
    /// Does not work.
    Red,
    /// Nobody can say: its line is down, or it never had one.
    Unknown,
}

/// Why a light is not green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// It has never connected.
    NeverSeen,
    /// Its line is down.
    Offline,
    /// It is connected and has not said how it is.
    Silent,
    /// It has faults.
    Faults,
    /// A call did not come about.
    CallFailed,
    /// It was proven, and something did not work.
    Proof,
    /// It refused how it shall be set.
    SettingsRefused,
    /// Its clock is wrong.
    Clock,
    /// It does not know its file.
    Unwritten,
    /// Two boards have its key.
    TwoBoards,
    /// It says what no room says.
    Misbehaves,
}

impl Trouble {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Trouble::NeverSeen => "never-seen",
            Trouble::Offline => "offline",
            Trouble::Silent => "silent",
            Trouble::Faults => "faults",
            Trouble::CallFailed => "call-failed",
            Trouble::Proof => "proof",
            Trouble::SettingsRefused => "settings-refused",
            Trouble::Clock => "clock",
            Trouble::Unwritten => "unwritten",
            Trouble::TwoBoards => "two-boards",
            Trouble::Misbehaves => "misbehaves",
        }
    }
}

impl Light {
    /// All of them.
    pub const ALL: [Light; 4] = [Light::Green, Light::Yellow, Light::Red, Light::Unknown];

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
            Light::Unknown => "unknown",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Light> {
        Light::ALL.into_iter().find(|light| light.word() == word)
    }
}

impl Seen {
    /// Takes what the room says on this connection, unless it is late.
    ///
    /// # Errors
    /// When it is.
    pub fn state(
        &mut self,
        epoch: Epoch,
        said: Stamped<RoomState>,
        now_ms: i64,
    ) -> Result<(), super::Late> {
        self.presence.said(epoch, said.seq)?;
        self.state = Some(said.of);
        self.heard_ms = now_ms;
        Ok(())
    }
}

impl Card {
    /// The card in one word, and why it is not green.
    #[must_use]
    pub fn light(&self) -> (Light, Vec<Trouble>) {
        let (mut light, mut troubles) = self.as_said();
        for (misdeed, _) in self.seen.misdeeds.each() {
            let trouble = misdeed.trouble();
            if !troubles.contains(&trouble) {
                troubles.push(trouble);
            }
            light = light.max(Light::Red);
        }
        (light, troubles)
    }

    /// By what the room says of itself, and whether it can say it.
    fn as_said(&self) -> (Light, Vec<Trouble>) {
        match self.seen.presence.link() {
            Link::Never => return (Light::Unknown, vec![Trouble::NeverSeen]),
            Link::Down { .. } => return (Light::Unknown, vec![Trouble::Offline]),
            Link::Up { .. } => {}
        }
        let Some(state) = &self.seen.state else {
            return (Light::Unknown, vec![Trouble::Silent]);
        };
        let mut troubles = Vec::new();
        let mut light = Light::Green;
        let mut add = |trouble, is| {
            troubles.push(trouble);
            light = light.max(is);
        };
        if state.phase == Phase::Unwritten {
            add(Trouble::Unwritten, Light::Red);
        }
        if !state.faults.is_empty() {
            add(Trouble::Faults, Light::Red);
        }
        if state.phase == Phase::Failed {
            add(Trouble::CallFailed, Light::Red);
        }
        match state.proof.as_ref().map(|proof| proof.verdict) {
            Some(Verdict::Red) => add(Trouble::Proof, Light::Red),
            Some(Verdict::Yellow) => add(Trouble::Proof, Light::Yellow),
            Some(Verdict::Green) | None => {}
        }
        let apart = self.seen.clock_ahead_ms.saturating_abs() > CLOCKS_APART_MS;
        if state.clock == ClockNow::Wrong || apart {
            add(Trouble::Clock, Light::Yellow);
        }
        let refused =
            |reported: &Reported| matches!(reported.settled, fleet_proto::Settled::Refused { .. });
        if self.seen.reported.as_ref().is_some_and(refused) {
            add(Trouble::SettingsRefused, Light::Yellow);
        }
        (light, troubles)
    }

    /// Since when the room is as it is, in milliseconds since 1970: its line, or its oldest fault.
    #[must_use]
    pub fn since_ms(&self) -> Option<i64> {
        match self.seen.presence.link() {
            Link::Never => None,
            Link::Down { since_ms } => Some(since_ms),
            Link::Up { since_ms } => {
                let faults = self.seen.state.iter().flat_map(|state| &state.faults);
                Some(faults.map(|fault| fault.since_ms).min().unwrap_or(since_ms))
            }
        }
    }

    /// Whether meetings of tomorrow are at risk: how many will not work, and how many will, but.
    #[must_use]
    pub fn tomorrow(&self) -> (u32, u32) {
        let foreseen = self.seen.state.as_ref().and_then(|state| state.tomorrow);
        foreseen.map_or((0, 0), |day| (day.red, day.yellow))
    }
}
