//! Which ports of the graph belong together, and what has to be linked or cut for it. Pure: what is there goes in, steps come out.

use super::conf;
use crate::ports::Role;
use std::collections::BTreeMap;

/// A node as the server announces it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) class: String,
    /// `capture` or `playback` at a device that no card is behind.
    pub(super) device: Option<String>,
    /// The node that a client asked for by name.
    pub(super) target: Option<String>,
}

/// A port.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) node: u32,
    pub(super) out: bool,
    pub(super) name: String,
}

/// A link, by the ports' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Whether sound runs from the first node to the second.
    pub(super) fn linked(&self, from: u32, to: u32) -> bool {
        self.links
            .values()
            .any(|link| self.ends(*link) == Some((from, to)))
    }

    fn ends(&self, link: Link) -> Option<(u32, u32)> {
        Some((
            self.ports.get(&link.out)?.node,
            self.ports.get(&link.into)?.node,
        ))
    }

    /// The nodes that belong together while `uses` holds: devices by name, and every client's stream with its role.
    pub(super) fn pairs(&self, uses: &BTreeMap<Role, String>) -> Vec<(u32, u32)> {
        let (microphone, loudspeaker) = (self.role(Role::Microphone), self.role(Role::Loudspeaker));
        let device = |role| uses.get(&role).and_then(|name: &String| self.node(name));
        let mut pairs = vec![
            (device(Role::Microphone), microphone),
            (loudspeaker, device(Role::Loudspeaker)),
            (loudspeaker, self.role(Role::Second)),
            (self.role(Role::Second), device(Role::Second)),
        ];
        for (id, node) in &self.nodes {
            let target = node.target.as_deref().and_then(|name| self.node(name));
            match node.class.as_str() {
                "Stream/Output/Audio" => pairs.push((Some(*id), target.or(loudspeaker))),
                "Stream/Input/Audio" => pairs.push((target.or(microphone), Some(*id))),
                _ => {}
            }
        }
        pairs
            .into_iter()
            .filter_map(|(from, to)| Some((from?, to?)))
            .collect()
    }

    /// What is missing, and which links of roles lead to where they should not any more. New links come first, so that a change of
    /// device makes no gap.
    pub(super) fn acts(&self, pairs: &[(u32, u32)]) -> Vec<Act> {
        let wanted: Vec<Link> = pairs
            .iter()
            .flat_map(|(from, to)| self.between(*from, *to))
            .collect();
        let there: Vec<Link> = self.links.values().copied().collect();
        let missing = wanted
            .iter()
            .filter(|link| !there.contains(link))
            .map(|link| Act::Link(*link));
        let ours = |id: u32| {
            self.nodes
                .get(&id)
                .is_some_and(|node| node.class.starts_with("Room/"))
        };
        let roles = Role::ALL.map(|role| self.role(role));
        let stray = self.links.iter().filter(|(_, link)| {
            let Some((from, to)) = self.ends(**link) else {
                return false;
            };
            let role = roles.contains(&Some(from)) || roles.contains(&Some(to));
            role && (ours(from) || ours(to)) && !wanted.contains(link)
        });
        missing.chain(stray.map(|(id, _)| Act::Cut(*id))).collect()
    }

    /// Channel to channel where both have it; one channel to all, and all to one.
    fn between(&self, from: u32, to: u32) -> Vec<Link> {
        let of = |node: u32, out: bool| -> Vec<(u32, &str)> {
            let ports = self
                .ports
                .iter()
                .filter(move |(_, port)| port.node == node && port.out == out);
            ports
                .map(|(id, port)| (*id, port.name.rsplit('_').next().unwrap_or_default()))
                .collect()
        };
        let (outs, ins) = (of(from, true), of(to, false));
        let all = outs.len() == 1 || ins.len() == 1;
        let links = outs
            .iter()
            .flat_map(|out| ins.iter().map(move |into| (out, into)));
        links
            .filter(|(out, into)| all || out.1 == into.1)
            .map(|(out, into)| Link {
                out: out.0,
                into: into.0,
            })
            .collect()
    }
}
