//! What the broker holds of each room, what it shall hold, and the next message that brings it there. Pure.
//!
//! Invariants: ground and room are in the trace before anything of them is published, the last will included; what is no longer shown is
//! emptied; of a room that is shown again nothing is emptied, so that nobody's settings of a device are lost over a mere reconnection.

use super::discovery::{View, device};
use super::said::{Face, Now, Said};
use super::settings::Ground;
use super::topics::Topics;
use fleet_proto::{RoomId, TenantId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The line is up.
pub const ONLINE: &str = "online";
/// The line is down.
pub const OFFLINE: &str = "offline";

/// Something to be retained; nothing, to retain nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
}

impl Message {
    fn of(topic: String, payload: impl Into<Vec<u8>>) -> Message {
        let payload = payload.into();
        Message { topic, payload }
    }
}

/// Rooms of which a ground may hold something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Where.
    pub ground: Ground,
    /// Whose.
    pub rooms: BTreeSet<RoomId>,
}

/// What one topic of a room holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held<T> {
    Nothing,
    /// Whatever was left there before.
    Unknown,
    This(T),
}

impl<T: PartialEq + Clone> Held<T> {
    /// Holds this from now on; whether that is another than before.
    fn take(&mut self, new: Option<&T>) -> bool {
        let new = new.map_or(Held::Nothing, |new| Held::This(new.clone()));
        let other = *self != new;
        *self = new;
        other
    }
}

/// One room.
#[derive(Debug)]
struct Entry {
    wanted: Option<Said>,
    queued: bool,
    discovery: Held<Face>,
    available: Held<bool>,
    state: Held<Now>,
}

impl Entry {
    fn new() -> Entry {
        Entry {
            wanted: None,
            queued: false,
            discovery: Held::Nothing,
            available: Held::Nothing,
            state: Held::Nothing,
        }
    }

    /// Something of it was left there before.
    fn unknown() -> Entry {
        Entry {
            discovery: Held::Unknown,
            available: Held::Unknown,
            state: Held::Unknown,
            ..Entry::new()
        }
    }

    /// The next message about it.
    fn next(&mut self, room: &RoomId, (topics, view): (&Topics, View)) -> Option<Message> {
        let wanted = self.wanted.as_ref();
        let face = wanted.map(|said| &said.face);
        if self.discovery.take(face)
            && let Some(topic) = topics.discovery(room)
        {
            let text = face.map(|face| device(topics, room, face, view).to_string());
            return Some(Message::of(topic, text.unwrap_or_default()));
        }
        let up = wanted.map(|said| said.now.is_some());
        if self.available.take(up.as_ref()) {
            let word = up.map_or("", |up| if up { ONLINE } else { OFFLINE });
            return Some(Message::of(topics.availability(room), word));
        }
        // A room that is away is nothing that it was.
        let now = wanted.map(|said| said.now.clone().unwrap_or_default());
        if self.state.take(now.as_ref()) {
            let text = now.map(|now| now.json().to_string());
            return Some(Message::of(topics.state(room), text.unwrap_or_default()));
        }
        None
    }
}

/// How the server itself stands on the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    /// So many rooms have to be told first, so that nothing old is taken for new.
    Opening(usize),
    Online,
    /// It says goodbye; what is retained stays, or goes as well.
    Leaving {
        for_good: bool,
    },
    Left {
        for_good: bool,
    },
}

/// The book of one connection.
#[derive(Debug)]
pub struct Book {
    topics: Topics,
    ground: Ground,
    view: View,
    traces: Vec<Trace>,
    rooms: BTreeMap<RoomId, Entry>,
    queue: VecDeque<RoomId>,
    /// Topics of before that nothing stands on any more.
    clear: VecDeque<String>,
    looked: bool,
    own: Own,
    away: usize,
    /// A room, or the ground itself, is in no trace yet; or one is that needs not be.
    untraced: bool,
    untidy: bool,
}

impl Book {
    /// Begins on a connection that is new: of what the broker holds only the traces are known.
    #[must_use]
    pub fn begin(tenant: &TenantId, ground: &Ground, view: View, traces: Vec<Trace>) -> Book {
        let mut book = Book {
            topics: Topics::of(tenant, ground),
            ground: ground.clone(),
            view,
            rooms: BTreeMap::new(),
            queue: VecDeque::new(),
            clear: VecDeque::new(),
            looked: false,
            own: Own::Opening(0),
            away: 0,
            untraced: false,
            untidy: false,
            traces: Vec::new(),
        };
        for trace in &traces {
            // What stands on another broker cannot be reached from here.
            if trace.ground.broker == ground.broker {
                book.recall(&Topics::of(tenant, &trace.ground), &trace.rooms);
            }
        }
        book.kept(traces);
        book
    }

    fn recall(&mut self, old: &Topics, rooms: &BTreeSet<RoomId>) {
        for room in rooms {
            let own: Vec<String> = self.topics.retained(room).collect();
            for topic in old.retained(room) {
                if own.contains(&topic) {
                    self.rooms
                        .entry(room.clone())
                        .or_insert_with(Entry::unknown);
                } else {
                    self.clear.push_back(topic);
                }
            }
        }
        if old.bridge() != self.topics.bridge() {
            self.clear.push_back(old.bridge());
        }
    }

    /// Its topics.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// These rooms shall be shown, and no others.
    pub fn look(&mut self, mut wanted: BTreeMap<RoomId, Said>) {
        for (room, entry) in &mut self.rooms {
            let wants = wanted.remove(room);
            if (wants != entry.wanted || !self.looked) && !entry.queued {
                entry.queued = true;
                self.queue.push_back(room.clone());
            }
            self.untidy |= wants.is_none();
            entry.wanted = wants;
        }
        for (room, said) in wanted {
            self.untraced |= !self.is_traced(&room);
            self.queue.push_back(room.clone());
            let entry = Entry {
                wanted: Some(said),
                queued: true,
                ..Entry::new()
            };
            self.rooms.insert(room, entry);
        }
        if !self.looked {
            self.looked = true;
            self.own = Own::Opening(self.queue.len());
        }
    }

    fn trace(&self) -> Option<&Trace> {
        let mut all = self.traces.iter();
        all.find(|trace| trace.ground == self.ground)
    }

    fn is_traced(&self, room: &RoomId) -> bool {
        let here = self.trace();
        here.is_some_and(|trace| trace.rooms.contains(room))
    }

    /// The next message. None while there is nothing to say, or a room has to be traced before.
    pub fn next_message(&mut self) -> Option<Message> {
        let message = self.due();
        self.away += usize::from(message.is_some());
        message
    }

    fn due(&mut self) -> Option<Message> {
        match self.own {
            Own::Leaving { for_good: false } => return Some(self.part(false)),
            Own::Left { .. } => return None,
            _ if self.trace().is_none() => return None,
            _ => {}
        }
        if let Some(topic) = self.clear.pop_front() {
            return Some(Message::of(topic, ""));
        }
        while let Some(room) = self.queue.front().cloned() {
            if self.untraced && !self.is_traced(&room) {
                return None;
            }
            if let Some(entry) = self.rooms.get_mut(&room) {
                if let Some(message) = entry.next(&room, (&self.topics, self.view)) {
                    return Some(message);
                }
                entry.queued = false;
                if entry.wanted.is_none() {
                    self.rooms.remove(&room);
                }
            }
            self.queue.pop_front();
            if let Own::Opening(left) = &mut self.own {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    break;
                }
            }
        }
        match self.own {
            Own::Opening(0) if self.looked => {
                self.own = Own::Online;
                Some(Message::of(self.topics.bridge(), ONLINE))
            }
            Own::Leaving { for_good: true } => Some(self.part(true)),
            _ => None,
        }
    }

    fn part(&mut self, for_good: bool) -> Message {
        self.own = Own::Left { for_good };
        let word = if for_good { "" } else { OFFLINE };
        Message::of(self.topics.bridge(), word)
    }

    /// Says that the server is gone, and nothing else any more.
    pub fn leave(&mut self) {
        self.own = Own::Leaving { for_good: false };
    }

    /// Takes everything away that stands there, and says nothing any more.
    pub fn leave_for_good(&mut self) {
        self.look(BTreeMap::new());
        self.own = Own::Leaving { for_good: true };
    }

    /// Whether it has said goodbye and was heard.
    #[must_use]
    pub fn has_left(&self) -> bool {
        matches!(self.own, Own::Left { .. }) && self.away == 0
    }

    /// The broker holds one message more.
    pub fn holds(&mut self) {
        self.away = self.away.saturating_sub(1);
    }

    /// Messages that the broker has not acknowledged.
    #[must_use]
    pub fn away(&self) -> usize {
        self.away
    }

    /// Whether there is nothing to say, and all was heard.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let said = self.looked && self.queue.is_empty() && self.clear.is_empty();
        said && self.away == 0
    }

    /// The traces as they have to be kept now, if they are others than those that are.
    #[must_use]
    pub fn to_keep(&self) -> Option<Vec<Trace>> {
        let shown = || self.rooms.keys().cloned();
        let here = |rooms| Trace {
            ground: self.ground.clone(),
            rooms,
        };
        if let Own::Left { for_good: true } = self.own {
            let emptied = self.away == 0 && !self.traces.is_empty();
            return emptied.then(Vec::new);
        }
        if self.untraced {
            let mut rooms: BTreeSet<RoomId> = shown().collect();
            let mut traces = self.traces.clone();
            traces.retain(|trace| match trace.ground == self.ground {
                true => {
                    rooms.extend(trace.rooms.iter().cloned());
                    false
                }
                false => true,
            });
            traces.push(here(rooms));
            return Some(traces);
        }
        match self.own {
            Own::Online if self.untidy && self.is_settled() => Some(vec![here(shown().collect())]),
            _ => None,
        }
    }

    /// The traces are kept so.
    pub fn kept(&mut self, traces: Vec<Trace>) {
        self.traces = traces;
        let all: Vec<RoomId> = self.rooms.keys().cloned().collect();
        let untraced = all.iter().any(|room| !self.is_traced(room));
        self.untraced = untraced || self.trace().is_none();
        let here = |trace: &Trace| trace.ground == self.ground && trace.rooms.len() <= all.len();
        self.untidy = !self.traces.iter().all(here);
    }
}
