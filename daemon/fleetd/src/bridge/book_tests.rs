//! Random stories of rooms, settings, breaks and takeovers over a made-up broker: whatever happened, what it holds in the end is what the
//! cards say.

use super::book::OFFLINE;
use super::{Book, Bridge, Ground, Message, Said, Topics, Trace, View};
use crate::rooms::{Card, Slug, sample};
use fleet_proto::{Epoch, Phase, RoomId, TenantId};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use texts::Language;

/// Messages on their way at once.
const WINDOW: usize = 4;
const SITES: [&str; 3] = ["nord", "sued", ""];
const PHASES: [Phase; 3] = [Phase::Standby, Phase::InCall, Phase::Failed];

/// Something that happens.
#[derive(Debug, Clone)]
enum Op {
    /// A room is there, under a name and on a site.
    Place(u8, u8, u8),
    Remove(u8),
    /// It says how it is.
    Phase(u8, u8),
    Up(u8),
    Down(u8),
    /// The settings are others.
    Settings(u8),
    /// The connection breaks; of what is on its way so many arrive.
    Break(u8),
    /// The broker has forgotten what it retained.
    Forget,
    /// The server says goodbye.
    Bye,
    /// Messages go and arrive.
    Go(u8),
    /// The broker is slow: they go and do not arrive.
    Stall(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..6_u8, 0..3_u8, 0..3_u8).prop_map(|(room, name, site)| Op::Place(room, name, site)),
        2 => (0..6_u8).prop_map(Op::Remove),
        3 => (0..6_u8, 0..3_u8).prop_map(|(room, phase)| Op::Phase(room, phase)),
        2 => (0..6_u8).prop_map(Op::Up),
        2 => (0..6_u8).prop_map(Op::Down),
        2 => (0..8_u8).prop_map(Op::Settings),
        2 => (0..5_u8).prop_map(Op::Break),
        1 => Just(Op::Forget),
        1 => Just(Op::Bye),
        4 => (0..30_u8).prop_map(Op::Go),
        1 => (0..5_u8).prop_map(Op::Stall),
    ]
}

fn tenant() -> TenantId {
    "own".parse().unwrap()
}

/// Some settings; all of one broker.
fn settings(which: u8) -> Bridge {
    let site = |site: &str| Slug::of(site).unwrap();
    Bridge {
        broker: "mqtt://broker".to_owned(),
        topics: if which & 1 == 0 {
            "roomd"
        } else {
            "haus/roomd"
        }
        .to_owned(),
        discovery: ["homeassistant", "", "ha", "homeassistant"][usize::from(which / 2)].to_owned(),
        sites: match which {
            0 | 3 | 5 => [].into(),
            1 | 6 => [site("nord")].into(),
            _ => [site("nord"), site("sued")].into(),
        },
        takes_verbs: which == 3,
        ..Bridge::empty()
    }
}

fn view(bridge: &Bridge) -> View {
    View {
        language: Language::De,
        buttons: bridge.takes_verbs,
    }
}

/// The rooms, the server and the broker.
struct World {
    cards: BTreeMap<RoomId, Card>,
    bridge: Bridge,
    book: Book,
    /// As they are kept in the store.
    traces: Vec<Trace>,
    away: VecDeque<Message>,
    retained: BTreeMap<String, Vec<u8>>,
    epoch: u64,
}

impl World {
    fn new() -> World {
        let bridge = settings(0);
        let book = Book::begin(&tenant(), &bridge.ground(), view(&bridge), Vec::new());
        World {
            cards: BTreeMap::new(),
            bridge,
            book,
            traces: Vec::new(),
            away: VecDeque::new(),
            retained: BTreeMap::new(),
            epoch: 0,
        }
    }

    fn wanted(&self) -> BTreeMap<RoomId, Said> {
        let shown = self.cards.iter();
        let shown = shown.filter(|(_, card)| self.bridge.reaches(&card.room.place.site));
        shown
            .map(|(id, card)| (id.clone(), Said::of(card)))
            .collect()
    }

    /// The broker takes one; nothing foreign is ever among it.
    fn arrive(&mut self) {
        let Some(Message { topic, payload }) = self.away.pop_front() else {
            return;
        };
        let own = ["roomd/own/", "haus/roomd/own/"]
            .iter()
            .any(|base| topic.starts_with(base));
        let found = topic.contains("/device/roomd_own_") && topic.ends_with("/config");
        assert!(own != found && !topic.ends_with("/command"), "{topic}");
        match payload.is_empty() {
            true => self.retained.remove(&topic),
            false => self.retained.insert(topic, payload),
        };
        self.book.holds();
    }

    fn keep(&mut self) {
        if let Some(traces) = self.book.to_keep() {
            self.traces = traces.clone();
            self.book.kept(traces);
        }
    }

    /// At most so many messages go; whether one did.
    fn send(&mut self) -> bool {
        self.keep();
        if self.book.away() >= WINDOW {
            return false;
        }
        let message = self.book.next_message();
        let went = message.is_some();
        self.away.extend(message);
        went
    }

    fn settle(&mut self) {
        self.book.look(self.wanted());
        for _ in 0..10_000 {
            let went = self.send();
            if !went && self.away.is_empty() {
                self.keep();
                if self.book.to_keep().is_none() && !self.send() {
                    return;
                }
            }
            self.arrive();
        }
        panic!("it never comes to rest");
    }

    /// Another connection, perhaps another server's: it knows what is kept.
    fn connect(&mut self) {
        self.away.clear();
        let ground = self.bridge.ground();
        self.book = Book::begin(&tenant(), &ground, view(&self.bridge), self.traces.clone());
        self.keep();
        // The last will of the one before.
        let own = Topics::of(&tenant(), &ground).bridge();
        self.retained.insert(own, OFFLINE.into());
        if let Some(trace) = self.traces.iter().find(|trace| trace.ground != ground) {
            let old = Topics::of(&tenant(), &trace.ground).bridge();
            self.retained.insert(old, OFFLINE.into());
        }
    }

    fn happen(&mut self, op: &Op) {
        let id = |room: &u8| -> RoomId { format!("saal-{room}").parse().unwrap() };
        match op {
            Op::Place(room, name, site) => {
                let id = id(room);
                let fresh = || sample::card(id.as_str(), "");
                let card = self.cards.entry(id.clone()).or_insert_with(fresh);
                card.room.name = format!("Saal {name}").as_str().into();
                card.room.place.site = Slug::of(SITES[usize::from(*site)]).unwrap();
            }
            Op::Remove(room) => drop(self.cards.remove(&id(room))),
            Op::Phase(room, phase) => {
                if let Some(card) = self.cards.get_mut(&id(room)) {
                    card.seen.state.as_mut().unwrap().phase = PHASES[usize::from(*phase)];
                }
            }
            Op::Up(room) => {
                self.epoch += 1;
                let epoch = Epoch(self.epoch);
                if let Some(card) = self.cards.get_mut(&id(room)) {
                    card.seen.presence.begin(epoch, 0).unwrap();
                }
            }
            Op::Down(room) => {
                if let Some(card) = self.cards.get_mut(&id(room)) {
                    card.seen.presence.server_began(0);
                }
            }
            Op::Settings(which) => self.change(settings(*which)),
            Op::Break(arrive) => {
                (0..*arrive).for_each(|_| self.arrive());
                self.connect();
            }
            Op::Forget => {
                self.retained.clear();
                self.connect();
            }
            Op::Bye => {
                self.book.leave();
                while self.send() || !self.away.is_empty() {
                    self.arrive();
                }
                assert!(self.book.has_left());
                self.connect();
            }
            Op::Go(count) => (0..*count).for_each(|_| {
                self.send();
                self.arrive();
            }),
            Op::Stall(count) => (0..*count).for_each(|_| {
                self.send();
            }),
        }
        self.book.look(self.wanted());
    }

    /// As the clerk does it: on another ground nothing stays, if the old connection still lives.
    fn change(&mut self, bridge: Bridge) {
        if bridge.ground() != self.bridge.ground() && self.epoch.is_multiple_of(2) {
            self.book.leave_for_good();
            for _ in 0..20 {
                self.send();
                self.arrive();
            }
        }
        self.bridge = bridge;
        self.connect();
    }

    fn expected(&self) -> BTreeMap<String, Vec<u8>> {
        let topics = Topics::of(&tenant(), &self.bridge.ground());
        let mut all = BTreeMap::from([(topics.bridge(), b"online".to_vec())]);
        for (id, said) in self.wanted() {
            let up = if said.now.is_some() {
                "online"
            } else {
                "offline"
            };
            all.insert(topics.availability(&id), up.into());
            let now = said.now.unwrap_or_default().json().to_string();
            all.insert(topics.state(&id), now.into_bytes());
            if let Some(topic) = topics.discovery(&id) {
                let device = super::discovery::device(&topics, &id, &said.face, view(&self.bridge));
                all.insert(topic, device.to_string().into_bytes());
            }
        }
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_broker_holds_what_the_cards_say_whatever_happened(ops in proptest::collection::vec(op(), 0..60)) {
        let mut world = World::new();
        for op in &ops {
            world.happen(op);
        }
        world.settle();
        prop_assert_eq!(&world.retained, &world.expected());
        prop_assert_eq!(world.traces.len(), 1, "and nothing else is remembered");

        world.book.leave_for_good();
        for _ in 0..10_000 {
            if world.book.has_left() {
                break;
            }
            world.send();
            world.arrive();
        }
        world.keep();
        prop_assert_eq!(world.retained.len(), 0, "it takes all that it brought");
        prop_assert!(world.traces.is_empty());
    }
}

fn ground() -> Ground {
    settings(0).ground()
}

/// What a book says until it is quiet, with everything heard.
fn all_of(book: &mut Book) -> Vec<(String, String)> {
    let mut said = Vec::new();
    loop {
        if let Some(traces) = book.to_keep() {
            book.kept(traces);
        }
        let Some(Message { topic, payload }) = book.next_message() else {
            return said;
        };
        book.holds();
        said.push((topic, String::from_utf8(payload).unwrap()));
    }
}

#[test]
fn nothing_is_online_before_every_room_was_said_and_a_reconnection_empties_nothing() {
    let mut world = World::new();
    for room in 0..3 {
        world.happen(&Op::Place(room, 0, 0));
    }
    world.connect();
    world.book.look(world.wanted());
    let said = all_of(&mut world.book);
    assert_eq!(said.len(), 10);
    assert_eq!(
        said[9],
        ("roomd/own/availability".to_owned(), "online".to_owned())
    );
    assert!(said[1].0.ends_with("saal-0/availability") && said[1].1 == "offline");
    let state: Value = serde_json::from_str(&said[2].1).unwrap();
    assert!(
        state.as_object().unwrap().values().all(Value::is_null),
        "it is away"
    );

    let trace = Trace {
        ground: ground(),
        rooms: world.cards.keys().cloned().collect(),
    };
    let mut again = Book::begin(&tenant(), &ground(), view(&settings(0)), vec![trace]);
    again.look(world.wanted());
    let anew = all_of(&mut again);
    assert!(anew.iter().all(|(_, text)| !text.is_empty()));
    assert_eq!(anew.len(), 10, "all of it anew");
}

#[test]
fn a_room_that_is_gone_before_it_was_said_again_is_emptied_all_the_same() {
    let mut world = World::new();
    world.happen(&Op::Place(1, 0, 0));
    let rooms = world.cards.keys().cloned().collect();
    let trace = Trace {
        ground: ground(),
        rooms,
    };
    let mut book = Book::begin(&tenant(), &ground(), view(&settings(0)), vec![trace]);
    book.look(world.wanted());
    book.look(BTreeMap::new());
    let emptied = all_of(&mut book);
    let emptied: Vec<&str> = emptied
        .iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(t, _)| t.as_str())
        .collect();
    assert_eq!(emptied.len(), 3, "{emptied:?}");
}

#[test]
fn nothing_of_a_room_is_said_before_it_is_traced() {
    let mut world = World::new();
    world.happen(&Op::Place(1, 0, 0));
    assert_eq!(world.book.next_message(), None);
    let traces = world.book.to_keep().unwrap();
    assert!(traces[0].rooms.contains(&"saal-1".parse().unwrap()));
    world.book.kept(traces);
    assert!(world.book.next_message().is_some());
}
