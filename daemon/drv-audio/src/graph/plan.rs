//! Which ports of the graph belong together, and what has to be linked or cut for it. Pure: what is there goes in, steps come out.

use super::cards::CardNode;
use super::conf;
use crate::filter;
use crate::ports::{Canceller, Role};
use std::collections::{BTreeMap, BTreeSet};

/// A node as the server announces it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) class: String,
    /// `capture` or `playback` at a device that no card is behind.
    pub(super) device: Option<String>,
    /// Whether whoever made it leaves its links to us; who measures makes its own (`PW_KEY_NODE_AUTOCONNECT`, pipewire/keys.h).
    pub(super) open: bool,
    /// The node that a client asked for by name.
    pub(super) target: Option<String>,
    /// Of a card's node: what it opens, such as `hw:1,0`.
    pub(super) path: Option<String>,
    /// Likewise: which plug of the card it was made for.
    pub(super) plug: Option<u64>,
    /// The server says that it does not work.
    pub(super) broken: bool,
    /// The client that made it; the server itself has none.
    pub(super) client: Option<u32>,
}

/// A port.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) node: u32,
    pub(super) out: bool,
    pub(super) name: String,
}

/// A link, by the ports' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) out: u32,
    pub(super) into: u32,
}

/// All that is in the graph, by the server's numbers.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) nodes: BTreeMap<u32, Node>,
    pub(super) ports: BTreeMap<u32, Port>,
    pub(super) links: BTreeMap<u32, Link>,
    /// Those that we made ourselves since we look.
    pub(super) made: BTreeSet<Link>,
    /// Those that the server was asked for and does not have yet.
    pub(super) asked: BTreeSet<Link>,
}

/// Two nodes that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The one channel of the second that is meant; `None`: whatever fits.
    channel: Option<&'static str>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    Link(Link),
    Cut(u32),
}

impl World {
    pub(super) fn node(&self, name: &str) -> Option<u32> {
        self.nodes
            .iter()
            .find(|(_, node)| node.name == name)
            .map(|(id, _)| *id)
    }

    pub(super) fn role(&self, role: Role) -> Option<u32> {
        self.node(conf::node(role))
    }

    /// Nodes that stand for cards.
    pub(super) fn cards(&self) -> Vec<CardNode> {
        let cards = self
            .nodes
            .iter()
            .filter(|(_, node)| CardNode::is_named(&node.name));
        let one = |(id, node): (&u32, &Node)| CardNode {
            id: *id,
            name: node.name.clone(),
            path: node.path.clone(),
            plug: node.plug,
            broken: node.broken,
        };
        cards.map(one).collect()
    }

    /// Something is gone, whatever it was. The server gives its number away again, and a link that was asked for
    /// a moment too late never came: what had the number next would never be linked.
    pub(super) fn gone(&mut self, id: u32) {
        self.ports.remove(&id);
        self.asked.retain(|link| link.out != id && link.into != id);
        if let Some(link) = self.links.remove(&id) {
            self.made.remove(&link);
        }
        self.nodes.remove(&id);
    }

    /// Forgets a node with its ports and links, before the server says that they are gone.
    pub(super) fn forget(&mut self, node: u32) {
        self.nodes.remove(&node);
        let (its, others) = core::mem::take(&mut self.ports)
            .into_iter()
            .partition(|(_, port)| port.node == node);
        self.ports = others;
        let its: BTreeMap<u32, Port> = its;
        let at_it = |link: &Link| its.contains_key(&link.out) || its.contains_key(&link.into);
        self.links.retain(|_, link| !at_it(link));
    }

    /// Whether a link shall not by itself keep sound running: what listens to the loudspeaker does not.
    pub(super) fn is_passive(&self, link: Link) -> bool {
        let tap = conf::tap(Role::Loudspeaker).and_then(|name| self.node(name));
        self.ends(link).is_some_and(|(_, to)| Some(to) == tap)
    }

    /// Whether a link leads to what listens to a role.
    pub(super) fn listens(&self, link: Link) -> bool {
        let taps = Role::ALL.into_iter().filter_map(conf::tap);
        let mut taps = taps.filter_map(|name| self.node(name));
        let to = self.ends(link).map(|(_, to)| to);
        taps.any(|tap| Some(tap) == to)
    }

    /// Whether sound runs from the first node to the second.
    pub(super) fn linked(&self, from: u32, to: u32) -> bool {
        self.links
            .values()
            .any(|link| self.ends(*link) == Some((from, to)))
    }

    /// Whether a microphone comes to its role, straight or through the canceller.
    pub(super) fn heard(&self, device: u32, role: u32) -> bool {
        let through = |(ear, mouth)| self.linked(device, ear) && self.linked(mouth, role);
        self.linked(device, role) || self.canceller().is_some_and(through)
    }

    fn ends(&self, link: Link) -> Option<(u32, u32)> {
        Some((
            self.ports.get(&link.out)?.node,
            self.ports.get(&link.into)?.node,
        ))
    }

    /// The canceller's ear and mouth, when both are there with their ports: a filter on its way in or out passes nothing.
    fn canceller(&self) -> Option<(u32, u32)> {
        let (ear, mouth) = (self.node(filter::EAR)?, self.node(filter::MOUTH)?);
        let has = |node: u32, out: bool, count: usize| {
            let ports = self.ports.values();
            ports
                .filter(|port| port.node == node && port.out == out)
                .count()
                == count
        };
        (has(ear, false, 2) && has(mouth, true, 1)).then_some((ear, mouth))
    }

    /// Whoever brought the canceller into the graph, and its nodes.
    pub(super) fn canceller_client(&self) -> (Option<u32>, Vec<u32>) {
        let nodes = [filter::EAR, filter::MOUTH].map(|name| self.node(name));
        let nodes: Vec<u32> = nodes.into_iter().flatten().collect();
        let client = nodes.iter().find_map(|id| self.nodes.get(id)?.client);
        (client, nodes)
    }

    /// Whether what comes through the canceller is listened to.
    pub(super) fn hears_canceller(&self) -> bool {
        let tap = conf::tap(Role::Microphone).and_then(|name| self.node(name));
        let ends = self.role(Role::Microphone).zip(tap);
        let listened = ends.is_some_and(|(from, to)| self.linked(from, to));
        listened && self.cancels() == Canceller::On
    }

    /// Whether the microphone comes to its role through the canceller.
    pub(super) fn cancels(&self) -> Canceller {
        let through = || {
            let (ear, mouth) = self.canceller()?;
            let microphone = self.role(Role::Microphone)?;
            let heard = self
                .links
                .values()
                .filter(|link| self.ends(**link).is_some_and(|(_, to)| to == ear));
            let ports: BTreeSet<u32> = heard.map(|link| link.into).collect();
            (ports.len() == 2 && self.linked(mouth, microphone)).then_some(())
        };
        through().map_or(Canceller::Off, |()| Canceller::On)
    }

    /// The nodes that belong together while `uses` holds: devices by name, every client's stream with its role, and the meter's
    /// own with the roles that are `heard`.
    pub(super) fn ways(
        &self,
        uses: &BTreeMap<Role, String>,
        heard: &[Role],
        wanted: Canceller,
    ) -> Vec<Way> {
        let (microphone, loudspeaker) = (self.role(Role::Microphone), self.role(Role::Loudspeaker));
        let device = |role| uses.get(&role).and_then(|name: &String| self.node(name));
        let canceller = self.canceller().filter(|_| wanted == Canceller::On);
        let mut ways = Vec::new();
        if let (Some((ear, mouth)), Some(from), Some(to)) =
            (canceller, device(Role::Microphone), microphone)
        {
            let near = (from, ear, Some(filter::NEAR));
            let far = loudspeaker.map(|from| (from, ear, Some(filter::FAR)));
            ways.extend(
                [Some(near), far, Some((mouth, to, None))]
                    .into_iter()
                    .flatten(),
            );
        }
        let straight = canceller
            .is_none()
            .then_some((device(Role::Microphone), microphone));
        let mut pairs = vec![
            (loudspeaker, device(Role::Loudspeaker)),
            (loudspeaker, self.role(Role::Second)),
            (self.role(Role::Second), device(Role::Second)),
        ];
        for role in heard {
            let tap = conf::tap(*role).and_then(|name| self.node(name));
            pairs.push((self.role(*role), tap));
        }
        for (id, node) in self.nodes.iter().filter(|(_, node)| node.open) {
            let target = node.target.as_deref().and_then(|name| self.node(name));
            match node.class.as_str() {
                "Stream/Output/Audio" => pairs.push((Some(*id), target.or(loudspeaker))),
                "Stream/Input/Audio" => pairs.push((target.or(microphone), Some(*id))),
                _ => {}
            }
        }
        let pairs = pairs.into_iter().chain(straight);
        ways.extend(pairs.filter_map(|(from, to)| Some((from?, to?, None))));
        ways.into_iter()
            .map(|(from, to, channel)| Way { from, to, channel })
            .collect()
    }

    /// What is missing, and which links of roles lead to where they should not any more, or were ours and are not wanted: a client's
    /// ports and wishes come one after the other, and so are understood one after the other. New links come first, so that a change
    /// of device makes no gap.
    pub(super) fn acts(&self, ways: &[Way]) -> Vec<Act> {
        let wanted: Vec<Link> = ways.iter().flat_map(|way| self.between(*way)).collect();
        let there: Vec<Link> = self.links.values().copied().collect();
        let missing = wanted
            .iter()
            .filter(|link| !there.contains(link) && !self.asked.contains(link))
            .map(|link| Act::Link(*link));
        // A microphone on its way to the canceller is on its way to its role.
        let mut roles = Role::ALL.map(|role| self.role(role)).to_vec();
        roles.push(self.node(filter::EAR));
        let is_role = |id: u32| roles.contains(&Some(id));
        let is_ours = |id: u32| {
            let class = self.nodes.get(&id).map(|node| node.class.as_str());
            is_role(id) || class.is_some_and(|class| class.starts_with("Room/"))
        };
        let stray = self.links.iter().filter(|(_, link)| {
            let Some((from, to)) = self.ends(**link) else {
                return false;
            };
            let at_role = is_role(from) || is_role(to);
            let ours = self.made.contains(link) || (at_role && is_ours(from) && is_ours(to));
            ours && !wanted.contains(link)
        });
        missing.chain(stray.map(|(id, _)| Act::Cut(*id))).collect()
    }

    /// Channel to channel where both have it; one channel to all, and all to one.
    ///
    /// Where only one side counts its channels or has more than the two of a room, its first two are left and right. A device of
    /// more than two channels gives its first alone to a microphone: microphone arrays have there what they made of all, and behind
    /// it single microphones or what the loudspeaker plays, which must never go back to the conference.
    fn between(&self, Way { from, to, channel }: Way) -> Vec<Link> {
        let of = |node: u32, out: bool| -> Vec<(u32, &str)> {
            let ports = self
                .ports
                .iter()
                .filter(move |(_, port)| port.node == node && port.out == out);
            ports
                .map(|(id, port)| (*id, port.name.rsplit('_').next().unwrap_or_default()))
                .collect()
        };
        let (outs, mut ins) = (of(from, true), of(to, false));
        ins.retain(|(_, name)| channel.is_none_or(|channel| channel == *name));
        let pair = |out: &(u32, &str), into: &(u32, &str)| Link {
            out: out.0,
            into: into.0,
        };
        match (&outs[..], &ins[..]) {
            ([one], all) => all.iter().take(2).map(|into| pair(one, into)).collect(),
            ([left, right], [one]) => vec![pair(left, one), pair(right, one)],
            ([first, ..], [one]) => vec![pair(first, one)],
            _ => {
                let same = |out: &(u32, &str)| ins.iter().find(|into| into.1 == out.1);
                let named: Vec<Link> = outs
                    .iter()
                    .filter_map(|out| Some(pair(out, same(out)?)))
                    .collect();
                let counted = outs.iter().zip(&ins).take(2);
                match named.is_empty() {
                    true => counted.map(|(out, into)| pair(out, into)).collect(),
                    false => named,
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
