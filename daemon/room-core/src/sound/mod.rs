//! The room's sound as values: which devices there are, what is asked, what is seen, who cancels echo and why.
//! Knows no card, no server and no call; what the room makes of it stands in `state.rs` and `room.rs` beside this file.

mod loss;
#[cfg(test)]
mod loss_tests;
mod proof;
mod room;
mod state;

pub use proof::{EchoProof, Hearing};
pub(crate) use state::Sound;

use crate::failure::{SoundFailure, SoundFinding};
use crate::ids::SoundId;
use crate::units::{Percent, Seen, Switch};
use serde::{Deserialize, Serialize};

/// The sound of a room as planned. Devices stand in the order of preference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundPlan {
    /// Microphones.
    pub microphones: Vec<SoundDevicePlan>,
    /// Loudspeakers.
    pub loudspeakers: Vec<SoundDevicePlan>,
    /// The second output: hearing loop, recorder, foyer.
    pub second: Option<SoundDevicePlan>,
    /// Who shall cancel echo.
    pub echo: EchoPolicy,
}

impl SoundPlan {
    /// The devices for a role, best first.
    pub fn devices(&self, role: SoundRole) -> &[SoundDevicePlan] {
        match role {
            SoundRole::Microphone => &self.microphones,
            SoundRole::Loudspeaker => &self.loudspeakers,
            SoundRole::Second => self.second.as_slice(),
        }
    }
}

/// A microphone or loudspeaker as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundDevicePlan {
    /// Its role in the room.
    pub id: SoundId,
    /// What people call it.
    pub name: String,
    /// Whether it cancels echo by itself, as far as its model says.
    pub cancels: OwnCanceller,
}

/// Whether a device cancels echo by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnCanceller {
    /// Its maker says so.
    Yes,
    /// It does not.
    No,
    /// Nobody knows.
    #[default]
    Unknown,
}

/// What devices are used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SoundRole {
    /// What the room says.
    Microphone,
    /// What the room hears.
    Loudspeaker,
    /// The second output, which plays what the loudspeaker plays.
    Second,
}

impl SoundRole {
    /// Every one.
    pub const ALL: [SoundRole; 3] = [
        SoundRole::Microphone,
        SoundRole::Loudspeaker,
        SoundRole::Second,
    ];
}

/// What the owner of the room's sound can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoundCommand {
    /// The room's microphone: the switch of its card, when that has one, and the graph's source, together.
    Microphone(Switch),
    /// Loudness of the room's loudspeaker.
    Volume(Percent),
    /// Who cancels echo.
    Echo(EchoBy),
    /// Make everything between conference and devices anew, without the conference noticing; answered by `SoundSeen::Rebuilt`.
    Reset,
}

/// What is seen of the room's sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoundSeen {
    /// The sound server runs; what else is known follows.
    Up,
    /// It does not, and nothing is known any more.
    Down(SoundFailure),
    /// A planned device is plugged in and can be used.
    Here(SoundId),
    /// It cannot.
    Gone(SoundId, SoundFailure),
    /// Which device is used for a role; `None`: none can be.
    Using(SoundRole, Option<SoundId>),
    /// What lets the room's microphone through, and what does not.
    Microphone(MicSeen),
    /// Loudness of the room's loudspeaker.
    Volume(Percent),
    /// Where the room's own canceller stands.
    Canceller(CancellerSeen),
    /// Whether pages and the SIP client have the sound server: they speak to a face of its own, which may die alone.
    Clients(ClientsSeen),
    /// Something begins or ceases to be wrong with what is heard.
    Finding {
        /// What.
        finding: SoundFinding,
        /// Whether it is so now.
        holds: bool,
    },
    /// Everything was made anew.
    Rebuilt,
}

/// The two places below the conference where the room's microphone can be closed, as they were read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicSeen {
    /// The switch of the card in use.
    pub card: CardSeen,
    /// The graph's source.
    pub graph: Seen<Switch>,
}

/// The switch of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardSeen {
    /// The card has none, so what counts is the graph alone.
    Absent,
    /// It is not known now: being set, or unreadable.
    Unknown,
    /// Read back.
    Is(Switch),
}

impl MicSeen {
    /// Nothing is known.
    pub const UNKNOWN: MicSeen = MicSeen {
        card: CardSeen::Unknown,
        graph: Seen::Unknown,
    };

    /// Whatever is known.
    pub fn known(self) -> impl Iterator<Item = Switch> {
        let card = match self.card {
            CardSeen::Is(value) => Some(value),
            CardSeen::Absent | CardSeen::Unknown => None,
        };
        [card, self.graph.known()].into_iter().flatten()
    }

    /// Whether something is known to let sound through.
    pub fn opens(self) -> bool {
        self.known().any(|value| value == Switch::Open)
    }

    /// Both as one, against what is wanted: it is as wanted only when everything that is known is.
    pub fn against(self, wanted: Switch) -> Seen<Switch> {
        let mut known = self.known().peekable();
        if known.peek().is_none() {
            return Seen::Unknown;
        }
        let other = match wanted {
            Switch::Open => Switch::Closed,
            Switch::Closed => Switch::Open,
        };
        Seen::Is(match known.all(|value| value == wanted) {
            true => wanted,
            false => other,
        })
    }
}

/// The sound server's face for pages and the SIP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientsSeen {
    /// It runs.
    Served,
    /// It ran, and died with everything that was connected to it.
    Cut,
}

/// Where the room's own canceller stands, as the graph has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CancellerSeen {
    /// The microphone goes through it.
    InTheWay,
    /// The microphone goes past it, because nobody wants it or because it does not run.
    Aside,
}

/// Who shall cancel echo, as the operator says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EchoPolicy {
    /// Whoever is best, and one only.
    #[default]
    Auto,
    /// The device.
    Device,
    /// The conference's page.
    Browser,
    /// The room's own canceller.
    Room,
    /// Nobody.
    Off,
}

/// Who cancels echo. Two in a row would cut off people who speak at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EchoBy {
    /// The device.
    Device,
    /// The conference's page.
    Browser,
    /// The room's own canceller.
    Room,
    /// Nobody.
    Nobody,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EchoWhy {
    /// The operator says so.
    Operator,
    /// The device has a canceller of its own, and the last check of the room heard it work.
    DeviceHasOne,
    /// The device shall have one, and no check has heard it yet.
    DeviceUnproven,
    /// The device's own was heard to let echo through.
    DeviceFails,
    /// The device has none.
    DeviceHasNone,
    /// Nobody knows whether the device has one.
    DeviceUnknown,
    /// A call by SIP has no canceller of its own.
    NoBrowser,
}

/// Who cancels echo, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EchoChoice {
    /// Who.
    pub by: EchoBy,
    /// Why.
    pub why: EchoWhy,
}

impl EchoChoice {
    /// Who cancels in a call by SIP, where this is the choice for a page: there is no browser.
    pub fn by_sip(self) -> EchoBy {
        match (self.by, self.why) {
            (EchoBy::Browser, EchoWhy::Operator) => EchoBy::Nobody,
            (EchoBy::Browser, _) => EchoBy::Room,
            (EchoBy::Device | EchoBy::Room | EchoBy::Nobody, _) => self.by,
        }
    }
}

/// Chooses the one canceller: the device's own when its model has one that a check has heard work and nothing has heard fail since,
/// else the page's, else ours.
pub fn choose_echo(
    policy: EchoPolicy,
    (own, proof): (OwnCanceller, Option<EchoProof>),
    fails: bool,
    has_page: bool,
) -> EchoChoice {
    let by_operator = |by| EchoChoice {
        by,
        why: EchoWhy::Operator,
    };
    match policy {
        EchoPolicy::Device => return by_operator(EchoBy::Device),
        EchoPolicy::Browser => return by_operator(EchoBy::Browser),
        EchoPolicy::Room => return by_operator(EchoBy::Room),
        EchoPolicy::Off => return by_operator(EchoBy::Nobody),
        EchoPolicy::Auto => {}
    }
    let why = match (own, proof) {
        (OwnCanceller::Yes, Some(EchoProof::Holds)) if !fails => {
            return EchoChoice {
                by: EchoBy::Device,
                why: EchoWhy::DeviceHasOne,
            };
        }
        (OwnCanceller::Yes, None) if !fails => EchoWhy::DeviceUnproven,
        (OwnCanceller::Yes, _) => EchoWhy::DeviceFails,
        (OwnCanceller::No, _) => EchoWhy::DeviceHasNone,
        (OwnCanceller::Unknown, _) => EchoWhy::DeviceUnknown,
    };
    match has_page {
        true => EchoChoice {
            by: EchoBy::Browser,
            why,
        },
        false => EchoChoice {
            by: EchoBy::Room,
            why: EchoWhy::NoBrowser,
        },
    }
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
