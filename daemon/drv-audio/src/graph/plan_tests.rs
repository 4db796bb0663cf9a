//! What is linked with what, for random graphs too: acts reach a state in which nothing is left to do, and nobody else's links go.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use super::*;
use proptest::prelude::*;

/// A graph under construction; numbers are given as a server gives them.
#[derive(Default)]
struct Built {
    world: World,
    next: u32,
}

impl Built {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn node(&mut self, name: &str, class: &str, (outs, ins): (&[&str], &[&str])) -> u32 {
        let id = self.number();
        let node = Node {
            name: name.to_owned(),
            class: class.to_owned(),
            open: true,
            ..Node::default()
        };
        self.world.nodes.insert(id, node);
        for (out, names) in [(true, outs), (false, ins)] {
            for name in names {
                let port = self.number();
                let name = format!("any_{name}");
                self.world.ports.insert(
                    port,
                    Port {
                        node: id,
                        out,
                        name,
                    },
                );
            }
        }
        id
    }

    fn roles(&mut self) {
        let (two, one) = (&["FL", "FR"][..], &["MONO"][..]);
        self.node("room-microphone", "Audio/Source/Virtual", (one, one));
        self.node("room-loudspeaker", "Audio/Sink", (two, two));
        self.node("room-second", "Room/Role", (two, two));
    }

    fn perform(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Link(link) => {
                    let id = self.number();
                    self.world.links.insert(id, link);
                    self.world.made.insert(link);
                }
                Act::Cut(id) => {
                    self.world.links.remove(&id);
                }
            }
        }
    }

    fn settle(&mut self, uses: &BTreeMap<Role, String>, heard: &[Role]) {
        let acts = self
            .world
            .acts(&self.world.ways(uses, heard, Canceller::Off));
        self.perform(acts);
    }
}

fn way(from: u32, to: u32) -> Way {
    Way {
        from,
        to,
        channel: None,
    }
}

/// Names of the ports that are linked between two nodes.
fn between(outs: &[&str], ins: &[&str]) -> Vec<(String, String)> {
    let mut built = Built::default();
    let (from, to) = (
        built.node("a", "", (outs, &[])),
        built.node("b", "", (&[], ins)),
    );
    let name = |port: u32| built.world.ports[&port].name.replace("any_", "");
    let links = built.world.between(way(from, to));
    links
        .iter()
        .map(|link| (name(link.out), name(link.into)))
        .collect()
}

/// Outputs, inputs, and what is linked.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn channels_of_every_kind_of_device_find_their_place() {
    let six = ["AUX0", "AUX1", "AUX2", "AUX3", "AUX4", "AUX5"];
    let links = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter()
            .map(|(o, i)| ((*o).to_owned(), (*i).to_owned()))
            .collect()
    };
    let table: [Row<'_>; 9] = [
        (&["MONO"], &["MONO"], &[("MONO", "MONO")]),
        (&["FL", "FR"], &["MONO"], &[("FL", "MONO"), ("FR", "MONO")]),
        (&six, &["MONO"], &[("AUX0", "MONO")]),
        (&["FL", "FR"], &["FL", "FR"], &[("FL", "FL"), ("FR", "FR")]),
        (&["FL", "FR"], &["FR", "FL"], &[("FL", "FL"), ("FR", "FR")]),
        (&["FL", "FR"], &six, &[("FL", "AUX0"), ("FR", "AUX1")]),
        (
            &["FL", "FR"],
            &["FL", "FR", "RL", "RR"],
            &[("FL", "FL"), ("FR", "FR")],
        ),
        (&["MONO"], &["FL", "FR"], &[("MONO", "FL"), ("MONO", "FR")]),
        (&[], &["MONO"], &[]),
    ];
    for (outs, ins, wanted) in table {
        assert_eq!(between(outs, ins), links(wanted), "{outs:?} to {ins:?}");
    }
}

#[test]
fn the_second_output_gets_what_the_loudspeaker_plays() {
    let mut built = Built::default();
    built.roles();
    let two = &["FL", "FR"][..];
    let wall = built.node("wall", "Room/Device", (two, two));
    let hall = built.node("hall", "Room/Device", (two, two));
    let uses = [(Role::Loudspeaker, "wall"), (Role::Second, "hall")];
    let uses = uses.map(|(role, name)| (role, name.to_owned())).into();
    built.settle(&uses, &[]);
    let world = &built.world;
    let (loudspeaker, second) = (world.role(Role::Loudspeaker), world.role(Role::Second));
    let ways = [
        (loudspeaker, Some(wall)),
        (loudspeaker, second),
        (second, Some(hall)),
    ];
    for (from, to) in ways {
        let (Some(from), Some(to)) = (from, to) else {
            panic!("a node is missing")
        };
        assert!(world.linked(from, to), "{from} to {to}");
    }
    assert_eq!(world.links.len(), 6);
}

/// A preflight's tones and a measuring program's ears must not have the room's own sound in them.
#[test]
fn who_makes_links_of_ones_own_is_left_alone() {
    let mut built = Built::default();
    built.roles();
    let ear = built.node("ear", "Stream/Input/Audio", (&[], &["AUX0"]));
    built.world.nodes.get_mut(&ear).unwrap().open = false;
    built.settle(&BTreeMap::new(), &[]);
    let links = built.world.links.values();
    let ends: Vec<_> = links.filter_map(|link| built.world.ends(*link)).collect();
    assert!(ends.iter().all(|(_, to)| *to != ear), "{ends:?}");
}

#[test]
fn a_client_whose_ports_and_wishes_come_late_is_linked_as_if_they_had_come_at_once() {
    let mut built = Built::default();
    built.roles();
    let wall = built.node("wall", "Room/Device", (&["FL", "FR"], &["FL", "FR"]));
    let ear = built.node("ear", "Stream/Input/Audio", (&[], &["FL"]));
    let none = BTreeMap::new();
    built.settle(&none, &[]);
    let microphone = built.world.role(Role::Microphone).unwrap();
    assert!(built.world.linked(microphone, ear));
    built.world.nodes.get_mut(&ear).unwrap().target = Some("wall".to_owned());
    built.settle(&none, &[]);
    let port = built.number();
    let late = Port {
        node: ear,
        out: false,
        name: "any_FR".to_owned(),
    };
    built.world.ports.insert(port, late);
    built.settle(&none, &[]);
    let at_ear = |link: &&Link| built.world.ports[&link.into].node == ear;
    let links: Vec<&Link> = built.world.links.values().filter(at_ear).collect();
    let wanted = built.world.between(way(wall, ear));
    assert_eq!(wanted.len(), 2);
    assert!(
        links.len() == 2 && wanted.iter().all(|link| links.contains(&link)),
        "{links:?}"
    );
}

#[test]
fn a_number_that_the_server_gives_away_again_is_linked_again() {
    let mut built = Built::default();
    built.roles();
    let uses = BTreeMap::new();
    let links = |built: &Built| {
        let ways = built.world.ways(&uses, &[], Canceller::Off);
        let acts = built.world.acts(&ways);
        let link = |act: &Act| match act {
            Act::Link(link) => Some(*link),
            Act::Cut(_) => None,
        };
        acts.iter().filter_map(link).collect::<Vec<Link>>()
    };
    built.settle(&uses, &[]);
    let number = built.next;
    let first = built.node("page", "Stream/Input/Audio", (&[], &["MONO"]));
    let asked = links(&built);
    assert_eq!(asked.len(), 1);
    // Asked for once; the server has lost the port by then, and refuses.
    built.world.asked.extend(asked.iter().copied());
    assert_eq!(links(&built), []);
    built.world.gone(asked[0].into);
    built.world.gone(first);
    built.next = number;
    built.node("page", "Stream/Input/Audio", (&[], &["MONO"]));
    assert_eq!(links(&built), asked);
}

#[test]
fn nothing_is_left_of_a_node_that_is_forgotten() {
    let mut built = Built::default();
    built.roles();
    let wall = built.node("wall", "Room/Device", (&[], &["FL", "FR"]));
    let uses = BTreeMap::from([(Role::Loudspeaker, "wall".to_owned())]);
    built.settle(&uses, &[]);
    built.world.forget(wall);
    assert!(built.world.ports.values().all(|port| port.node != wall));
    // What is left leads to the second output.
    assert_eq!(built.world.links.len(), 2);
}

const CLASSES: [&str; 4] = [
    "Room/Device",
    "Stream/Output/Audio",
    "Stream/Input/Audio",
    "Audio/Sink",
];
const CHANNELS: [&[&str]; 4] = [&["MONO"], &["FL", "FR"], &["AUX0", "AUX1", "AUX2"], &[]];

type Drawn = (usize, usize, usize, Option<usize>);

/// Devices and streams of any shape, links between any ports, and uses of any node, also of some that are not there.
fn build(
    nodes: &[Drawn],
    links: &[(usize, usize)],
    uses: &[Option<usize>; 3],
) -> (Built, BTreeMap<Role, String>) {
    let mut built = Built::default();
    built.roles();
    built.node("room-tap-microphone", "Room/Tap", (&[], &["MONO"]));
    built.node("room-tap-loudspeaker", "Room/Tap", (&[], &["FL", "FR"]));
    built.node(
        filter::EAR,
        filter::CLASS,
        (&[], &[filter::NEAR, filter::FAR]),
    );
    built.node(filter::MOUTH, filter::CLASS, (&["MONO"], &[]));
    for (place, (class, outs, ins, target)) in nodes.iter().enumerate() {
        let id = built.node(
            &format!("n{place}"),
            CLASSES[*class],
            (CHANNELS[*outs], CHANNELS[*ins]),
        );
        let target = target.map(|target| format!("n{target}"));
        if let Some(node) = built.world.nodes.get_mut(&id) {
            node.target = target;
        }
    }
    let of = |out| -> Vec<u32> {
        let all = built.world.ports.iter();
        all.filter(|(_, port)| port.out == out)
            .map(|(id, _)| *id)
            .collect()
    };
    let (outs, ins) = (of(true), of(false));
    for (out, into) in links {
        let (out, into) = (outs[out % outs.len()], ins[into % ins.len()]);
        if built
            .world
            .links
            .values()
            .all(|link| *link != Link { out, into })
        {
            built.perform(vec![Act::Link(Link { out, into })]);
            built.world.made.clear();
        }
    }
    let uses = Role::ALL.into_iter().zip(uses);
    let uses = uses.filter_map(|(role, name)| Some((role, format!("n{}", (*name)?))));
    (built, uses.collect())
}

fn ours(world: &World, link: Link) -> bool {
    let Some((from, to)) = world.ends(link) else {
        return false;
    };
    let room = |id: u32| {
        let node = &world.nodes[&id];
        node.class.starts_with("Room/")
            || Role::ALL.iter().any(|role| world.role(*role) == Some(id))
    };
    room(from) && room(to)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn acts_reach_rest_and_touch_nothing_of_others(
        nodes in prop::collection::vec((0usize..4, 0usize..4, 0usize..4, prop::option::of(0usize..8)), 0..8),
        links in prop::collection::vec((0usize..64, 0usize..64), 0..12),
        uses in [prop::option::of(0usize..8), prop::option::of(0usize..8), prop::option::of(0usize..8)],
        heard in prop::sample::subsequence(vec![Role::Microphone, Role::Loudspeaker], 0..=2),
        cancel in prop::sample::select(vec![Canceller::Off, Canceller::On]),
    ) {
        let (mut built, uses) = build(&nodes, &links, &uses);
        let ways = built.world.ways(&uses, &heard, cancel);
        let wanted: Vec<Link> = ways.iter().flat_map(|way| built.world.between(*way)).collect();
        let before = built.world.links.clone();

        let acts = built.world.acts(&ways);
        let first_cut = acts.iter().position(|act| matches!(act, Act::Cut(_))).unwrap_or(acts.len());
        prop_assert!(acts[first_cut..].iter().all(|act| matches!(act, Act::Cut(_))), "links come first");
        for act in &acts {
            if let Act::Cut(id) = act {
                prop_assert!(ours(&built.world, before[id]), "somebody else's link is cut");
            }
        }
        built.perform(acts);
        prop_assert_eq!(built.world.acts(&built.world.ways(&uses, &heard, cancel)), vec![]);

        let roles = Role::ALL.map(|role| built.world.role(role));
        for link in built.world.links.values() {
            let (from, to) = built.world.ends(*link).expect("ports stay");
            let device = |id: u32| built.world.nodes[&id].class == "Room/Device";
            let between = (roles.contains(&Some(from)) && device(to)) || (device(from) && roles.contains(&Some(to)));
            prop_assert!(!between || wanted.contains(link), "a device at a role that does not use it");
        }
        for link in &wanted {
            prop_assert!(built.world.links.values().any(|there| there == link));
        }
    }
}
