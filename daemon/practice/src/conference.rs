//! Owns the rules of one conference as a pure state machine: `step(now, event) -> outs`. Total; knows no
//! sockets, clocks, keys or files. Arrivals are in `door`, what people in the call may do in `call`,
//! what they are shown in `roster`.
//!
//! Invariant: never more than four in the call.
//! Invariant: nobody in the call who was not admitted.
//! Invariant: removed never returns with the old token.
//! Invariant: mute by others never unmutes.

mod call;
mod door;
mod roster;
#[cfg(test)]
mod tests;

use crate::clock::{Mono, Now, Wall};
use crate::ids::{Code, ConferenceId, DisplayName, ParticipantId, SocketId};
use crate::limits::Tries;
use crate::messages::{
    FromPage, Gone, Join, Knock, Media, Over, Role, Seat, Signal, ToPage, Waiting,
};
use crate::token::{Admitted, Claim, TOKEN_LIFE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

/// How many can be in the call.
pub const SEATS: usize = 4;
/// How many can wait at the door.
pub const DOOR_PLACES: usize = 16;
/// How long a lost page keeps its place.
pub const GRACE: Duration = Duration::from_secs(15);
/// After a resume without memory: how long others of that call are expected to resume too.
pub const SETTLING: Duration = Duration::from_secs(10);
/// How old a token gets before it is replaced.
const TOKEN_RENEWAL: Duration = Duration::from_secs(5 * 60);

/// What the owner says about a conference.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Asked of guests when set.
    pub passcode: Option<Code>,
    /// Makes its bearer host when set; without it nobody is host.
    pub host_code: Option<Code>,
    /// Guests wait until a host lets them in.
    pub lobby: bool,
    /// Guests wait until a host is in the call.
    pub needs_host: bool,
}

/// What happens to a conference.
#[derive(Debug, Clone)]
pub enum Event {
    /// A page asks to join.
    Arrived {
        /// On which socket.
        socket: SocketId,
        /// From which address.
        source: IpAddr,
        /// A new random id, used if the page is let any further.
        participant: ParticipantId,
        /// What it asks.
        join: Join,
    },
    /// A page comes back with a token whose signature and age are good, for this conference.
    Resumed {
        /// On which socket.
        socket: SocketId,
        /// What the token says.
        claim: Claim,
        /// How the page's devices are.
        media: Media,
    },
    /// A page says anything else.
    Said {
        /// On which socket.
        socket: SocketId,
        /// What.
        message: FromPage,
    },
    /// A socket broke: the page may come back.
    Lost(SocketId),
    /// A page was closed by the person.
    Closed(SocketId),
    /// The owner ends the conference.
    EndedByOwner,
    /// Time has passed.
    Deadline,
}

/// What a conference wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// Say this on that socket.
    Send(SocketId, ToPage),
    /// Pass a signal on between two pages that are both in the call.
    Forward {
        /// Whose socket it came from.
        source: SocketId,
        /// Whose page said it.
        from: ParticipantId,
        /// Where it goes.
        to: SocketId,
        /// What.
        signal: Signal,
    },
    /// Sign this claim and send it as a token.
    Issue(SocketId, Claim),
    /// Close the socket after what was sent on it.
    Close(SocketId),
    /// Revocations have changed: keep them where a restart finds them.
    Keep,
    /// Tell the owner.
    Notice(Notice),
}

/// What the owner may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody is in the call now.
    Joined {
        /// Who.
        who: ParticipantId,
        /// Called what; prints redacted.
        name: DisplayName,
        /// As what.
        role: Role,
        /// How many are in the call now.
        in_call: usize,
    },
    /// Somebody waits at the door.
    Waiting {
        /// Who.
        who: ParticipantId,
        /// Called what; prints redacted.
        name: DisplayName,
        /// For what.
        waiting: Waiting,
    },
    /// Somebody is out of the call.
    Gone {
        /// Who.
        who: ParticipantId,
        /// Why.
        why: Gone,
        /// How many are in the call now.
        in_call: usize,
    },
    /// It is over for everybody.
    Ended,
}

/// Tokens that are no longer good although their signature is. Outlives the process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Revocations {
    /// Tokens given up to this moment are no good: the conference was ended then.
    pub ended: Option<Wall>,
    /// Participants who were removed, denied or left, why, and until when that must be remembered.
    pub people: BTreeMap<ParticipantId, (Over, Wall)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not placed yet; only inside one step.
    Arriving,
    Waiting(Waiting),
    InCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    On(SocketId),
    Away(Mono),
}

#[derive(Debug, Clone)]
struct Person {
    name: DisplayName,
    role: Role,
    admitted: Admitted,
    place: Place,
    link: Link,
    media: Media,
    order: u64,
    token_from: Mono,
}

/// One step in the making.
struct Turn {
    now: Now,
    outs: Vec<Out>,
}

impl Turn {
    fn send(&mut self, socket: SocketId, message: ToPage) {
        self.outs.push(Out::Send(socket, message));
    }

    fn dismiss(&mut self, socket: SocketId, why: Over) {
        self.send(socket, ToPage::Over { why });
        self.outs.push(Out::Close(socket));
    }
}

/// Who asks to join.
struct Visitor {
    socket: SocketId,
    source: IpAddr,
    who: ParticipantId,
}

/// Who comes back with a good token.
struct Returning {
    socket: SocketId,
    claim: Claim,
    media: Media,
}

/// Who is in the call, who waits at the door, and whether more may be back soon.
type Roster = (Vec<Seat>, Vec<Knock>, bool);

/// One conference. See the module's head for what always holds.
#[derive(Debug)]
pub struct Conference {
    id: ConferenceId,
    rules: Rules,
    people: BTreeMap<ParticipantId, Person>,
    tries: Tries,
    revoked: Revocations,
    newcomers_from: Mono,
    settling_until: Option<Mono>,
    arrivals: u64,
    shown: Roster,
    unshown: BTreeSet<SocketId>,
}

impl Conference {
    /// An empty conference. Newcomers get into the call from `newcomers_from` on, so that after a restart
    /// those who were in it find their places; `revoked` is what was kept before.
    #[must_use]
    pub fn new(id: ConferenceId, rules: Rules, revoked: Revocations, newcomers_from: Mono) -> Self {
        Self {
            id,
            rules,
            people: BTreeMap::new(),
            tries: Tries::new(Mono(0)),
            revoked,
            newcomers_from,
            settling_until: None,
            arrivals: 0,
            shown: (Vec::new(), Vec::new(), false),
            unshown: BTreeSet::new(),
        }
    }

    /// The only way in. Total: whatever the world says, the answer is in the outs.
    pub fn step(&mut self, now: Now, event: Event) -> Vec<Out> {
        let mut turn = Turn {
            now,
            outs: Vec::new(),
        };
        self.forget(&mut turn);
        self.handle(&mut turn, event);
        self.place_waiting(&mut turn);
        self.show(&mut turn);
        self.assert_invariants();
        turn.outs
    }

    fn handle(&mut self, turn: &mut Turn, event: Event) {
        match event {
            Event::Arrived {
                socket,
                source,
                participant,
                join,
            } => {
                let visitor = Visitor {
                    socket,
                    source,
                    who: participant,
                };
                self.arrive(turn, visitor, join);
            }
            Event::Resumed {
                socket,
                claim,
                media,
            } => {
                let returning = Returning {
                    socket,
                    claim,
                    media,
                };
                self.resume(turn, returning);
            }
            Event::Said { socket, message } => self.heed(turn, socket, message),
            Event::Lost(socket) => self.lose(turn, socket),
            Event::Closed(socket) => {
                if let Some(who) = self.who(socket) {
                    self.lose(turn, socket);
                    self.put_out(turn, &who, Over::Left);
                }
            }
            Event::EndedByOwner => self.end(turn),
            Event::Deadline => {}
        }
    }

    /// What must be kept over a restart.
    #[must_use]
    pub fn revocations(&self) -> &Revocations {
        &self.revoked
    }

    /// How many are in the call.
    #[must_use]
    pub fn in_call(&self) -> usize {
        self.people
            .values()
            .filter(|person| person.place == Place::InCall)
            .count()
    }

    /// Whether nothing would be lost by forgetting this conference.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.people.is_empty() && self.revoked == Revocations::default()
    }

    fn who(&self, socket: SocketId) -> Option<ParticipantId> {
        let on = |person: &Person| person.link == Link::On(socket);
        self.people
            .iter()
            .find(|(_, person)| on(person))
            .map(|(id, _)| id.clone())
    }

    fn has_host(&self) -> bool {
        self.people
            .values()
            .any(|person| person.role == Role::Host && person.place == Place::InCall)
    }

    fn lose(&mut self, turn: &Turn, socket: SocketId) {
        if let Some(person) = self.who(socket).and_then(|who| self.people.get_mut(&who)) {
            person.link = Link::Away(turn.now.mono);
        }
        self.unshown.remove(&socket);
    }

    /// Lets go of what time has made stale: absent people, old revocations; renews tokens.
    fn forget(&mut self, turn: &mut Turn) {
        let Now { mono, wall } = turn.now;
        let stale =
            |person: &Person| matches!(person.link, Link::Away(at) if at.plus(GRACE) <= mono);
        for who in self.ids_of(stale) {
            let was_in_call = self
                .people
                .remove(&who)
                .is_some_and(|p| p.place == Place::InCall);
            if was_in_call {
                self.tell_gone(turn, &who, Gone::Lost);
            }
        }
        let before = (self.revoked.people.len(), self.revoked.ended);
        self.revoked.people.retain(|_, (_, until)| *until > wall);
        self.revoked.ended = self.revoked.ended.filter(|at| at.plus(TOKEN_LIFE) > wall);
        if before != (self.revoked.people.len(), self.revoked.ended) {
            turn.outs.push(Out::Keep);
        }
        self.settling_until = self.settling_until.filter(|until| *until > mono);
        let due = |person: &Person| person.token_from.plus(TOKEN_RENEWAL) <= mono;
        for who in self.ids_of(due) {
            self.issue(turn, &who);
        }
    }

    fn ids_of(&self, which: impl Fn(&Person) -> bool) -> Vec<ParticipantId> {
        let those = self.people.iter().filter(|(_, person)| which(person));
        those.map(|(id, _)| id.clone()).collect()
    }

    /// Gives a person a new token, if their page is on the line.
    fn issue(&mut self, turn: &mut Turn, who: &ParticipantId) {
        let after_end = self
            .revoked
            .ended
            .map_or(Wall(0), |at| at.plus(Duration::from_millis(1)));
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let Link::On(socket) = person.link else {
            return;
        };
        person.token_from = turn.now.mono;
        let claim = Claim {
            conference: self.id.clone(),
            participant: who.clone(),
            name: person.name.clone(),
            role: person.role,
            admitted: person.admitted,
            issued: turn.now.wall.max(after_end),
        };
        turn.outs.push(Out::Issue(socket, claim));
    }

    /// Ends one person's stay: tells them, tells the others, and spoils their token.
    fn put_out(&mut self, turn: &mut Turn, who: &ParticipantId, why: Over) {
        let Some(person) = self.people.remove(who) else {
            return;
        };
        let until = turn.now.wall.plus(TOKEN_LIFE);
        self.revoked.people.insert(who.clone(), (why, until));
        turn.outs.push(Out::Keep);
        if let Link::On(socket) = person.link {
            self.unshown.remove(&socket);
            turn.dismiss(socket, why);
        }
        if person.place == Place::InCall {
            let gone = if why == Over::Removed {
                Gone::Removed
            } else {
                Gone::Left
            };
            self.tell_gone(turn, who, gone);
        }
    }

    fn end(&mut self, turn: &mut Turn) {
        for (_, person) in std::mem::take(&mut self.people) {
            if let Link::On(socket) = person.link {
                turn.dismiss(socket, Over::Ended);
            }
        }
        self.unshown.clear();
        self.settling_until = None;
        self.revoked.ended = Some(turn.now.wall);
        turn.outs.push(Out::Keep);
        turn.outs.push(Out::Notice(Notice::Ended));
    }

    /// Holds in every state between two steps; cheap enough to be asked always.
    fn assert_invariants(&self) {
        assert!(
            self.in_call() <= SEATS,
            "more people in the call than seats"
        );
        let admitted =
            |person: &Person| person.place != Place::InCall || person.admitted == Admitted::Yes;
        assert!(
            self.people.values().all(admitted),
            "somebody in the call was not admitted"
        );
        let placed = |person: &Person| person.place != Place::Arriving;
        assert!(
            self.people.values().all(placed),
            "somebody was left without a place"
        );
        let revoked = |who: &ParticipantId| self.revoked.people.contains_key(who);
        assert!(
            !self.people.keys().any(revoked),
            "somebody who was put out is still here"
        );
    }
}
