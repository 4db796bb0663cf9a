//! The mind over both ports, pure: which device serves which role, the microphone closed in hardware and graph together, loudness,
//! a reset. Facts and commands in, orders and facts for the room out. Knows no card, no server, no clock of its own.
//!
//! Invariants:
//! - The graph's source and the card's switch are told the same in one step, and each device that comes into use is told anew.
//! - While a card is being set, its switch is unknown and neither open nor closed, so that a change of devices closes nothing.
//! - Louder than the limit is never told, whoever asks.

use crate::ports::{
    Canceller, CardFact, CardOrder, CardSwitch, DeviceId, Direction, Found, GraphFact,
};
use crate::ports::{GraphOrder, Level, Place, Role};
use core::time::Duration;
use room_core::failure::{SoundFailure, SoundFinding};
use room_core::ids::SoundId;
use room_core::sound::{
    CancellerSeen, CardSeen, EchoBy, MicSeen, SoundCommand, SoundRole, SoundSeen,
};
use room_core::units::{Mono, Percent, Seen, Switch};
use std::collections::BTreeMap;

/// So long a card may take to say what its switch is; then what it says counts, whatever that is.
pub const SETTLE: Duration = Duration::from_millis(500);

/// A server that was never seen so long after the beginning is gone: that it comes up late is no fault.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A microphone or loudspeaker of the room, as values that were checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundDevice {
    /// Its role in the room; stands in every fact.
    pub id: SoundId,
    /// Which one it is.
    pub wanted: Wanted,
}

/// Which device a role means. Everything that is given must fit; a wish without anything fits whatever there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The daemon's own link that leads to it.
    pub link: Option<String>,
    /// What its driver calls it, or the name of its node.
    pub label: Option<String>,
}

impl Wanted {
    /// Whether a device is meant.
    pub fn fits(&self, found: &Found) -> bool {
        let linked = |link: &String| found.links.contains(link);
        let called = |label: &String| found.name == *label || found.id.as_str() == label;
        self.link.as_ref().is_none_or(linked) && self.label.as_ref().is_none_or(called)
    }
}

/// The room's sound as configured. Devices stand in the order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundConfig {
    /// Microphones.
    pub microphones: Vec<SoundDevice>,
    /// Loudspeakers.
    pub loudspeakers: Vec<SoundDevice>,
    /// The second output.
    pub second: Option<SoundDevice>,
    /// Never louder than this.
    pub volume_limit: Percent,
}

impl SoundConfig {
    fn devices(&self, role: Role) -> &[SoundDevice] {
        match role {
            Role::Microphone => &self.microphones,
            Role::Loudspeaker => &self.loudspeakers,
            Role::Second => self.second.as_slice(),
        }
    }
}

/// What happens to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// At the cards.
    Card(CardFact),
    /// In the graph.
    Graph(GraphFact),
    /// The room asks for something.
    Command(SoundCommand),
    /// The room's devices are other ones now.
    Config(SoundConfig),
    /// Time passed.
    Tick,
}

/// What the engine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// By the cards.
    Card(CardOrder),
    /// By the graph.
    Graph(GraphOrder),
    /// Tell the room.
    Tell(SoundSeen),
    /// Show what is heard.
    Show(Level),
}

/// A device that could not be used for a role, and why.
type Refused = (Role, DeviceId, SoundFailure);

/// A device in use that is being set.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Settling {
    device: DeviceId,
    until: Mono,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    config: SoundConfig,
    up: bool,
    /// Nothing was seen of the server yet, neither that it runs nor that it does not.
    unseen: bool,
    cards: Vec<Found>,
    nodes: Vec<Found>,
    /// What each role was told to use.
    chosen: BTreeMap<Role, DeviceId>,
    /// And where: a device may come back at another place before anybody saw it go.
    places: BTreeMap<Role, Place>,
    /// What each role is seen to use.
    used: BTreeMap<Role, Option<DeviceId>>,
    /// Devices that could not be used, until they are plugged anew or the sound is made anew.
    refused: Vec<Refused>,
    switches: BTreeMap<DeviceId, CardSwitch>,
    graph_mic: Seen<Switch>,
    wanted_mic: Option<Switch>,
    echo: Option<EchoBy>,
    settling: Option<Settling>,
    /// What the room was told last, so that only news are told.
    told_mic: Option<MicSeen>,
    told_here: BTreeMap<SoundId, Result<(), SoundFailure>>,
    told_used: BTreeMap<Role, Option<SoundId>>,
    out: Vec<Action>,
}

impl Engine {
    /// An engine that has seen nothing and was asked nothing.
    pub fn new(config: SoundConfig) -> Engine {
        Engine {
            config,
            up: false,
            unseen: true,
            cards: Vec::new(),
            nodes: Vec::new(),
            chosen: BTreeMap::new(),
            places: BTreeMap::new(),
            used: BTreeMap::new(),
            refused: Vec::new(),
            switches: BTreeMap::new(),
            graph_mic: Seen::Unknown,
            wanted_mic: None,
            echo: None,
            settling: None,
            told_mic: None,
            told_here: BTreeMap::new(),
            told_used: BTreeMap::new(),
            out: Vec::new(),
        }
    }

    /// Takes one input and says what must be done, in order. Time counts from the beginning.
    pub fn step(&mut self, now: Mono, input: Input) -> Vec<Action> {
        match input {
            Input::Card(fact) => self.card(fact, now),
            Input::Graph(fact) => self.graph(fact, now),
            Input::Command(command) => self.command(command, now),
            Input::Config(config) => self.renew(config, now),
            Input::Tick => {}
        }
        if self.unseen && now >= Mono(0).plus(PATIENCE) {
            self.unseen = false;
            self.tell(SoundSeen::Down(SoundFailure::ServerGone));
        }
        self.settle(now);
        self.tell_mic();
        core::mem::take(&mut self.out)
    }

    /// When to step with [`Input::Tick`] at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        let settled = self.settling.as_ref().map(|settling| settling.until);
        let patience = self.unseen.then(|| Mono(0).plus(PATIENCE));
        settled.into_iter().chain(patience).min()
    }

    // ---- what is asked ----

    fn command(&mut self, command: SoundCommand, now: Mono) {
        match command {
            SoundCommand::Microphone(value) => {
                self.wanted_mic = Some(value);
                self.graph_order(GraphOrder::Switch(Role::Microphone, value));
                if let Some(device) = self.chosen.get(&Role::Microphone).cloned() {
                    self.set_card(device, value, now);
                }
            }
            SoundCommand::Volume(value) => {
                let value = value.min(self.config.volume_limit);
                self.graph_order(GraphOrder::Volume(Role::Loudspeaker, value));
            }
            SoundCommand::Echo(by) => {
                self.echo = Some(by);
                let canceller = match by {
                    EchoBy::Room => Canceller::On,
                    EchoBy::Device | EchoBy::Browser | EchoBy::Nobody => Canceller::Off,
                };
                self.graph_order(GraphOrder::Cancel(canceller));
            }
            SoundCommand::Reset => {
                self.refused.clear();
                self.chosen.clear();
                self.out.push(Action::Card(CardOrder::Look));
                self.choose(now);
                self.graph_order(GraphOrder::Rebuild);
            }
        }
    }

    /// Everything is told anew, since roles may mean other devices now; what goes on being used is not touched.
    fn renew(&mut self, config: SoundConfig, now: Mono) {
        self.config = config;
        self.told_here.clear();
        self.told_used.clear();
        self.choose(now);
        for role in self.used.keys().copied().collect::<Vec<Role>>() {
            self.tell_used(role);
        }
    }

    fn graph_order(&mut self, order: GraphOrder) {
        self.out.push(Action::Graph(order));
    }

    fn tell(&mut self, seen: SoundSeen) {
        self.out.push(Action::Tell(seen));
    }

    /// Closing is told at once; what the card says counts from when it has had its time.
    fn set_card(&mut self, device: DeviceId, value: Switch, now: Mono) {
        let has_one = !matches!(self.switches.get(&device), Some(CardSwitch::Absent));
        let is_card = self.cards.iter().any(|found| found.id == device);
        if !(has_one && is_card) {
            self.settling = None;
            return;
        }
        self.out
            .push(Action::Card(CardOrder::Switch(device.clone(), value)));
        self.settling = Some(Settling {
            device,
            until: now.plus(SETTLE),
        });
    }

    // ---- what is seen ----

    fn card(&mut self, fact: CardFact, now: Mono) {
        match fact {
            CardFact::Devices(found) => {
                self.cards = found;
                self.devices_changed(now);
            }
            CardFact::Switch(device, switch) => {
                self.switches.insert(device, switch);
            }
            // The room's loudness is the graph's; a card's own stays as it was set at the installation.
            CardFact::Gain(..) => {}
            CardFact::Failed(device, why) => {
                tracing::warn!(%device, why = why.code(), "a card does not do what it was told");
                self.switches.insert(device, CardSwitch::Unread);
            }
        }
    }

    fn graph(&mut self, fact: GraphFact, now: Mono) {
        match fact {
            GraphFact::Up => {
                (self.up, self.unseen) = (true, false);
                self.told_used.clear();
                self.told_mic = None;
                self.tell(SoundSeen::Up);
                self.choose(now);
            }
            GraphFact::Down(why) => {
                (self.up, self.unseen) = (false, false);
                self.used.clear();
                self.graph_mic = Seen::Unknown;
                self.tell(SoundSeen::Down(why));
            }
            GraphFact::Nodes(found) => {
                self.nodes = found;
                self.devices_changed(now);
            }
            GraphFact::Using(role, device) => {
                self.used.insert(role, device);
                self.tell_used(role);
            }
            GraphFact::Switch(Role::Microphone, value) => self.graph_mic = Seen::Is(value),
            GraphFact::Switch(Role::Loudspeaker | Role::Second, _) => {}
            GraphFact::Volume(Role::Loudspeaker, value) => self.tell(SoundSeen::Volume(value)),
            GraphFact::Volume(Role::Microphone | Role::Second, _) => {}
            GraphFact::Failed(role, device, why) => self.refuse((role, device, why), now),
            GraphFact::Cancels(canceller) => self.tell(SoundSeen::Canceller(match canceller {
                Canceller::On => CancellerSeen::InTheWay,
                Canceller::Off => CancellerSeen::Aside,
            })),
            GraphFact::Rebuilt => self.tell(SoundSeen::Rebuilt),
            GraphFact::Level(level) => self.out.push(Action::Show(level)),
            GraphFact::Finding {
                role,
                finding,
                holds,
            } => self.finding(role, finding, holds),
        }
    }

    /// What the far end sends is not the room's to mend. An echo counts only where it should be gone already: a page cancels what
    /// is still heard here.
    fn finding(&mut self, role: Role, finding: SoundFinding, holds: bool) {
        let by_page = matches!(self.echo, Some(EchoBy::Browser | EchoBy::Nobody) | None);
        let is_early = holds && finding == SoundFinding::Echo && by_page;
        if role != Role::Microphone || is_early {
            tracing::debug!(?role, finding = finding.code(), holds, "heard");
            return;
        }
        self.tell(SoundSeen::Finding { finding, holds });
    }

    // ---- which device for which role ----

    fn found(&self, role: Role, device: &SoundDevice) -> Option<&Found> {
        let direction: Direction = role.direction();
        let mut all = self.cards.iter().chain(&self.nodes);
        all.find(|found| found.direction == direction && device.wanted.fits(found))
    }

    fn is_refused(&self, role: Role, device: &DeviceId) -> Option<SoundFailure> {
        let known = self
            .refused
            .iter()
            .find(|(r, d, _)| *r == role && d == device);
        known.map(|(_, _, why)| *why)
    }

    fn devices_changed(&mut self, now: Mono) {
        let there: Vec<DeviceId> = self
            .cards
            .iter()
            .chain(&self.nodes)
            .map(|f| f.id.clone())
            .collect();
        self.refused.retain(|(_, device, _)| there.contains(device));
        self.switches.retain(|device, _| there.contains(device));
        self.choose(now);
    }

    fn refuse(&mut self, refused: Refused, now: Mono) {
        let (role, device, why) = &refused;
        tracing::warn!(?role, %device, why = why.code(), "a device cannot be used");
        self.refused.push(refused);
        self.choose(now);
    }

    /// The best device of each role that is there and works; told to the graph where it changed.
    fn choose(&mut self, now: Mono) {
        for role in Role::ALL {
            self.tell_here(role);
            let devices = self.config.devices(role);
            let usable = |device: &&SoundDevice| {
                let found = self.found(role, device);
                found.is_some_and(|found| self.is_refused(role, &found.id).is_none())
            };
            let best = devices.iter().find(usable);
            let found = best.and_then(|device| self.found(role, device)).cloned();
            let id = found.as_ref().map(|found| found.id.clone());
            let place = found.as_ref().map(|found| found.place.clone());
            let same =
                self.chosen.get(&role) == id.as_ref() && self.places.get(&role) == place.as_ref();
            if same && id.is_some() {
                continue;
            }
            self.places.extend(place.map(|place| (role, place)));
            let had = match &id {
                Some(id) => self.chosen.insert(role, id.clone()),
                None => self.chosen.remove(&role),
            };
            if (devices.is_empty() && had.is_none())
                || (had.is_none() && id.is_none() && self.used.contains_key(&role))
            {
                continue;
            }
            // A microphone that comes into use is closed or opened before anything hears it.
            if let (Role::Microphone, Some(id), Some(value)) = (role, id, self.wanted_mic) {
                self.set_card(id, value, now);
            }
            self.graph_order(GraphOrder::Use(role, found));
        }
    }

    fn tell_here(&mut self, role: Role) {
        let mut news = Vec::new();
        for device in self.config.devices(role) {
            let state = match self.found(role, device) {
                None => Err(SoundFailure::Absent),
                Some(found) => self.is_refused(role, &found.id).map_or(Ok(()), Err),
            };
            if self.told_here.get(&device.id) != Some(&state) {
                news.push((device.id.clone(), state));
            }
        }
        for (id, state) in news {
            self.told_here.insert(id.clone(), state);
            self.tell(match state {
                Ok(()) => SoundSeen::Here(id),
                Err(why) => SoundSeen::Gone(id, why),
            });
        }
    }

    fn tell_used(&mut self, role: Role) {
        let seen = self.used.get(&role).cloned().flatten();
        let is = |device: &&SoundDevice| {
            let found = self.found(role, device);
            found.is_some_and(|found| Some(&found.id) == seen.as_ref())
        };
        let device = self.config.devices(role).iter().find(is);
        let device = device.map(|device| device.id.clone());
        if self.config.devices(role).is_empty() || self.told_used.get(&role) == Some(&device) {
            return;
        }
        // A graph that has just come up uses nothing yet; that is no news while a device was told to it.
        let begins = seen.is_none() && !self.told_used.contains_key(&role);
        if begins && self.chosen.contains_key(&role) {
            return;
        }
        self.told_used.insert(role, device.clone());
        self.tell(SoundSeen::Using(core_role(role), device));
    }

    // ---- the microphone ----

    /// A card that says what it was told has settled; one that has had its time has, too.
    fn settle(&mut self, now: Mono) {
        let Some(settling) = &self.settling else {
            return;
        };
        let obeys = match self.switches.get(&settling.device) {
            Some(CardSwitch::Is(value)) => Some(*value) == self.wanted_mic,
            Some(CardSwitch::Absent) => true,
            Some(CardSwitch::Unread) | None => false,
        };
        if obeys || now >= settling.until {
            self.settling = None;
        }
    }

    fn mic_seen(&self) -> MicSeen {
        let device = self.chosen.get(&Role::Microphone);
        let is_card = device.is_some_and(|id| self.cards.iter().any(|found| found.id == *id));
        let card = match device.and_then(|id| self.switches.get(id)) {
            _ if !is_card => CardSeen::Absent,
            _ if self.settling.is_some() => CardSeen::Unknown,
            Some(CardSwitch::Is(value)) => CardSeen::Is(*value),
            Some(CardSwitch::Absent) => CardSeen::Absent,
            Some(CardSwitch::Unread) | None => CardSeen::Unknown,
        };
        MicSeen {
            card,
            graph: self.graph_mic,
        }
    }

    fn tell_mic(&mut self) {
        let seen = self.mic_seen();
        let nothing = seen.graph == Seen::Unknown && !self.up;
        if !nothing && self.told_mic != Some(seen) {
            self.told_mic = Some(seen);
            self.tell(SoundSeen::Microphone(seen));
        }
    }
}

/// A role in the core's word.
fn core_role(role: Role) -> SoundRole {
    match role {
        Role::Microphone => SoundRole::Microphone,
        Role::Loudspeaker => SoundRole::Loudspeaker,
        Role::Second => SoundRole::Second,
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
