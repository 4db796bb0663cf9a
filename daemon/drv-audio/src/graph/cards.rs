//! Cards as nodes of the graph: what each is made with, when it is made, kept, taken away or given up. Pure: what is wanted, what is
//! there and which cards are plugged go in, steps come out. Knows no role's policy and opens nothing.

use crate::hardware::offer::Offer;
use crate::hardware::{Pcm, find};
use crate::ports::{DeviceId, Direction, Found, Place};
use core::time::Duration;
use room_core::failure::SoundFailure;
use std::collections::BTreeMap;

/// How the names of their nodes begin.
const PREFIX: &str = "room-card-";
/// So long the server may take to make a node: milliseconds on a real machine, seconds on an emulated one. A refusal comes by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long a card may be busy: the server lets a node's card go a moment after the node.
const BUSY: Duration = Duration::from_millis(400);
/// So long a node that is of no use any more may stay: the server stands still while it closes a card that was pulled (0.1 to 0.4 s
/// in an emulated machine), and what takes its place comes first.
const LINGER: Duration = Duration::from_secs(2);
/// Between two looks at a busy card.
const AGAIN: Duration = Duration::from_millis(100);

/// A direction of a card that is wanted in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CardSpec {
    id: DeviceId,
    title: String,
    pub(super) card: u32,
    pub(super) pcm: Pcm,
}

impl CardSpec {
    /// `None` where no card is behind it.
    pub(super) fn of(found: &Found) -> Option<CardSpec> {
        let Place::Pcm { card, device } = found.place else {
            return None;
        };
        let pcm = Pcm {
            device,
            direction: found.direction,
        };
        Some(CardSpec {
            id: found.id.clone(),
            title: found.name.clone(),
            card,
            pcm,
        })
    }

    /// The name of its node: the same after each start and at each number of the card.
    pub(super) fn node(&self) -> String {
        let strange = |c: char| !c.is_ascii_alphanumeric();
        format!("{PREFIX}{}", self.id.as_str().replace(strange, "-"))
    }

    fn path(&self) -> String {
        format!("hw:{},{}", self.card, self.pcm.device)
    }

    /// What the server's factory is given.
    ///
    /// Ports are named by the places of channels (`FL`, `FR`, `MONO`), or counted (`AUX0`) where a device has more than two:
    /// what it calls them tells nothing of where its microphones are. What is linked with what stands in `plan`.
    pub(super) fn properties(&self, offer: Offer, plug: u64) -> Vec<(&'static str, String)> {
        let (factory, priority) = match self.pcm.direction {
            Direction::Capture => ("api.alsa.pcm.source", "2000"),
            // Where both are in one graph, the clock of what is heard in the room counts.
            Direction::Playback => ("api.alsa.pcm.sink", "2100"),
        };
        let position = match offer.channels {
            1 => "MONO".to_owned(),
            2 => "FL,FR".to_owned(),
            more => {
                let all: Vec<String> = (0..more).map(|n| format!("AUX{n}")).collect();
                all.join(",")
            }
        };
        let text = |text: &str| text.to_owned();
        vec![
            ("factory.name", text(factory)),
            ("node.name", self.node()),
            ("node.description", self.title.clone()),
            // A class of our own keeps devices out of the lists that clients see.
            ("media.class", text("Room/Device")),
            ("api.alsa.path", self.path()),
            // Devices on USB report their place in whole periods (the kernel's SNDRV_PCM_INFO_BATCH): the server halves this
            // and keeps one half in hand, 5 ms.
            ("api.alsa.period-size", text("480")),
            ("audio.channels", offer.channels.to_string()),
            ("audio.position", position),
            ("priority.driver", text(priority)),
            (PLUG, plug.to_string()),
            // A call goes on when the daemon does not.
            ("object.linger", text("true")),
            (
                "adapter.auto-port-config",
                text("{ mode = dsp monitor = false position = preserve }"),
            ),
        ]
    }

    /// What each channel is multiplied by, where a device's channels meet in one or one has to carry two: so that the same
    /// sound on both is as loud as on one.
    pub(super) fn factors(&self, offer: Offer) -> Option<Vec<f32>> {
        match (self.pcm.direction, offer.channels) {
            (Direction::Capture, 2) => Some(vec![0.5; 2]),
            (Direction::Playback, 1) => Some(vec![0.5]),
            _ => None,
        }
    }
}

/// The property that says which plug of a card a node was made for.
pub(super) const PLUG: &str = "room.plug";

/// A card's node that is in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CardNode {
    pub(super) id: u32,
    pub(super) name: String,
    /// `None` until the server has said it.
    pub(super) path: Option<String>,
    /// Likewise.
    pub(super) plug: Option<u64>,
    /// The server says that it does not work.
    pub(super) broken: bool,
}

impl CardNode {
    /// Whether a node of this name is a card's.
    pub(super) fn is_named(name: &str) -> bool {
        name.starts_with(PREFIX)
    }
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask the card what it takes, and make its node for this plug.
    Make(CardSpec, u64),
    /// Take the node of this number away.
    Take(u32),
    /// It cannot be had.
    GiveUp(CardSpec, SoundFailure),
}

#[derive(Debug)]
enum Making {
    /// Somebody else has it.
    Busy { since: Duration, next: Duration },
    /// The server was told.
    Asked {
        until: Duration,
        failed: Option<SoundFailure>,
    },
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Cards {
    making: BTreeMap<String, Making>,
    /// Of no use, and since when.
    idle: BTreeMap<u32, Duration>,
    leaving: BTreeMap<u32, String>,
}

impl Cards {
    /// What brings the nodes that are there to the cards that are wanted. Each step is said once.
    pub(super) fn steps(
        &mut self,
        now: Duration,
        (wanted, there): (&[CardSpec], &[CardNode]),
        plugged: impl Fn(u32) -> Option<u64>,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut kept = Vec::new();
        for node in there {
            if self.leaving.contains_key(&node.id) {
                continue;
            }
            let spec = wanted.iter().find(|spec| spec.node() == node.name);
            let unknown = node.path.is_none() || node.plug.is_none();
            let fits = |spec: &&CardSpec| {
                let same = node.path == Some(spec.path()) && node.plug == plugged(spec.card);
                !node.broken && (unknown || same)
            };
            if spec.filter(fits).is_some() {
                self.idle.remove(&node.id);
                kept.push(node.name.as_str());
                continue;
            }
            if let Some(spec) = spec.filter(|_| node.broken) {
                steps.push(Step::GiveUp(spec.clone(), SoundFailure::Broken));
            } else if spec.is_none_or(|spec| plugged(spec.card).is_none()) {
                let since = *self.idle.entry(node.id).or_insert(now);
                if now.saturating_sub(since) < LINGER {
                    continue;
                }
            }
            self.leaving.insert(node.id, node.name.clone());
            steps.push(Step::Take(node.id));
        }
        let given_up = |steps: &[Step], spec: &CardSpec| {
            steps
                .iter()
                .any(|step| matches!(step, Step::GiveUp(gone, _) if gone == spec))
        };
        self.making.retain(|name, _| {
            wanted.iter().any(|spec| spec.node() == *name) && !kept.contains(&name.as_str())
        });
        for spec in wanted {
            let name = spec.node();
            let leaves = self.leaving.values().any(|leaving| *leaving == name);
            if kept.contains(&name.as_str()) || leaves || given_up(&steps, spec) {
                continue;
            }
            steps.extend(self.step(now, spec, plugged(spec.card)));
        }
        steps
    }

    fn step(&mut self, now: Duration, spec: &CardSpec, plug: Option<u64>) -> Option<Step> {
        let name = spec.node();
        match self.making.get(&name) {
            Some(Making::Asked {
                failed: Some(why), ..
            }) => {
                let why = *why;
                self.making.remove(&name);
                Some(Step::GiveUp(spec.clone(), why))
            }
            Some(Making::Asked { until, .. }) if now >= *until => {
                self.making.remove(&name);
                Some(Step::GiveUp(spec.clone(), SoundFailure::Broken))
            }
            Some(Making::Asked { .. }) => None,
            Some(Making::Busy { next, .. }) if now < *next => None,
            // A card that was pulled is the owner's to replace; when it returns first, it goes on.
            Some(Making::Busy { .. }) | None => Some(Step::Make(spec.clone(), plug?)),
        }
    }

    /// The server was told to make the node.
    pub(super) fn asked(&mut self, now: Duration, spec: &CardSpec) {
        let until = now + PATIENCE;
        let asked = Making::Asked {
            until,
            failed: None,
        };
        self.making.insert(spec.node(), asked);
    }

    /// The card refused. A reason when it is time to give up.
    pub(super) fn refused(
        &mut self,
        now: Duration,
        spec: &CardSpec,
        why: SoundFailure,
    ) -> Option<SoundFailure> {
        let name = spec.node();
        let since = match self.making.get(&name) {
            Some(Making::Busy { since, .. }) => *since,
            _ => now,
        };
        if why == SoundFailure::Busy && now.saturating_sub(since) < BUSY {
            let next = now + AGAIN;
            self.making.insert(name, Making::Busy { since, next });
            return None;
        }
        self.making.remove(&name);
        Some(why)
    }

    /// The server says that it cannot make the node of this name.
    pub(super) fn failed(&mut self, name: &str, why: SoundFailure) {
        if let Some(Making::Asked { failed, .. }) = self.making.get_mut(name) {
            *failed = Some(why);
        }
    }

    /// Something with this number is gone from the graph.
    pub(super) fn gone(&mut self, id: u32) {
        self.idle.remove(&id);
        self.leaving.remove(&id);
    }

    /// All nodes that are there, to be made anew.
    pub(super) fn all_anew(&mut self, there: &[CardNode]) -> Vec<u32> {
        let stays = there
            .iter()
            .filter(|node| !self.leaving.contains_key(&node.id));
        let taken: Vec<(u32, String)> = stays.map(|node| (node.id, node.name.clone())).collect();
        self.leaving.extend(taken.iter().cloned());
        taken.into_iter().map(|(id, _)| id).collect()
    }
}

/// Which plug of a card it is.
pub(super) fn plugged(card: u32) -> Option<u64> {
    find::plugged(&find::Roots::default(), card)
}

#[cfg(test)]
#[path = "cards_tests.rs"]
mod tests;
