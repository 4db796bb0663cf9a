//! Owns how people get in: codes, waiting, admission, seats, and the return of those who were here.
//! Knows nothing of what they do inside.

use super::{
    Conference, DOOR_PLACES, Link, Notice, Out, Person, Place, Returning, SEATS, SETTLING, Turn,
    Visitor,
};
use crate::clock::Mono;
use crate::ids::{ParticipantId, SocketId};
use crate::messages::{CodeAnswer, CodeKind, Join, Media, Over, Role, ToPage, Waiting};
use crate::token::{Admitted, Claim};
use std::net::IpAddr;
use std::time::Duration;

/// Why a code did not open the door.
struct Refusal {
    answer: CodeAnswer,
    wait: Duration,
}

impl Conference {
    pub(super) fn arrive(&mut self, turn: &mut Turn, visitor: Visitor, join: Join) {
        let Visitor {
            socket,
            source,
            who,
        } = visitor;
        if self.who(socket).is_some() || self.people.contains_key(&who) {
            return;
        }
        let role = match self.check_codes(turn.now.mono, source, &join) {
            Ok(role) => role,
            Err((code, Refusal { answer, wait })) => {
                let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                return turn.send(
                    socket,
                    ToPage::Code {
                        code,
                        answer,
                        wait_ms,
                    },
                );
            }
        };
        if self.in_call() >= SEATS {
            return turn.dismiss(socket, Over::Full);
        }
        if self.people.len() - self.in_call() >= DOOR_PLACES {
            return turn.dismiss(socket, Over::LobbyFull);
        }
        self.arrivals += 1;
        let person = Person {
            name: join.name,
            role,
            admitted: if role == Role::Host {
                Admitted::Yes
            } else {
                Admitted::No
            },
            place: Place::Arriving,
            link: Link::On(socket),
            media: Media::default(),
            order: self.arrivals,
            token_from: turn.now.mono,
        };
        self.people.insert(who, person);
    }

    /// A right host code is enough; else the passcode, where there is one.
    fn check_codes(
        &mut self,
        now: Mono,
        source: IpAddr,
        join: &Join,
    ) -> Result<Role, (CodeKind, Refusal)> {
        if let Some(given) = &join.host_code {
            let right = self
                .rules
                .host_code
                .as_ref()
                .is_some_and(|set| set.matches(given));
            let checked = self.check(now, source, right);
            return checked
                .map(|()| Role::Host)
                .map_err(|refusal| (CodeKind::HostCode, refusal));
        }
        let Some(set) = &self.rules.passcode else {
            return Ok(Role::Guest);
        };
        let right = join.passcode.as_ref().map(|given| set.matches(given));
        let checked = match right {
            Some(right) => self.check(now, source, right),
            None => {
                let wait = self.tries.wait(now, source);
                Err(Refusal {
                    answer: CodeAnswer::Wanted,
                    wait,
                })
            }
        };
        checked
            .map(|()| Role::Guest)
            .map_err(|refusal| (CodeKind::Passcode, refusal))
    }

    /// Whoever has to wait learns nothing about the code.
    fn check(&mut self, now: Mono, source: IpAddr, right: bool) -> Result<(), Refusal> {
        let wait = self.tries.wait(now, source);
        if wait > Duration::ZERO {
            return Err(Refusal {
                answer: CodeAnswer::TooMany,
                wait,
            });
        }
        if right {
            return Ok(());
        }
        self.tries.wrong(now, source);
        Err(Refusal {
            answer: CodeAnswer::Wrong,
            wait: self.tries.wait(now, source),
        })
    }

    /// A page returns. Those the conference remembers keep their place; the others get the one their
    /// token names, unless it has been spoilt or all seats are taken.
    pub(super) fn resume(&mut self, turn: &mut Turn, returning: Returning) {
        let Returning {
            socket,
            claim,
            media,
        } = returning;
        if self.who(socket).is_some() {
            return;
        }
        if let Some(why) = self.spoilt(&claim) {
            return turn.dismiss(socket, why);
        }
        let who = claim.participant.clone();
        if let Some(person) = self.people.get_mut(&who) {
            if let Link::On(old) = person.link {
                turn.dismiss(old, Over::Replaced);
            }
            person.link = Link::On(socket);
            person.media = media;
        } else if let Some(why) = self.no_place_for(&claim) {
            return turn.dismiss(socket, why);
        } else {
            self.reinstate(
                turn.now.mono,
                Returning {
                    socket,
                    claim,
                    media,
                },
            );
        }
        self.welcome_back(turn, &who);
    }

    fn spoilt(&self, claim: &Claim) -> Option<Over> {
        if let Some((why, _)) = self.revoked.people.get(&claim.participant) {
            return Some(*why);
        }
        let ended = self.revoked.ended.is_some_and(|at| claim.issued <= at);
        ended.then_some(Over::Ended)
    }

    fn no_place_for(&self, claim: &Claim) -> Option<Over> {
        let waiting = self.people.len() - self.in_call();
        match claim.admitted {
            Admitted::Yes => (self.in_call() >= SEATS).then_some(Over::Full),
            Admitted::No => (waiting >= DOOR_PLACES).then_some(Over::LobbyFull),
        }
    }

    /// Believes the token: the conference itself remembers nothing of this person.
    fn reinstate(&mut self, now: Mono, returning: Returning) {
        let Returning {
            socket,
            claim,
            media,
        } = returning;
        let place = match claim.admitted {
            Admitted::Yes => Place::InCall,
            Admitted::No => Place::Arriving,
        };
        if place == Place::InCall {
            self.settling_until = Some(now.plus(SETTLING));
        }
        self.arrivals += 1;
        let person = Person {
            name: claim.name,
            role: claim.role,
            admitted: claim.admitted,
            place,
            link: Link::On(socket),
            media,
            order: self.arrivals,
            token_from: now,
        };
        self.people.insert(claim.participant, person);
    }

    fn welcome_back(&mut self, turn: &mut Turn, who: &ParticipantId) {
        let Some(person) = self.people.get(who) else {
            return;
        };
        let Link::On(socket) = person.link else {
            return;
        };
        match person.place {
            Place::InCall => {
                self.unshown.insert(socket);
                turn.send(
                    socket,
                    ToPage::Joined {
                        you: who.clone(),
                        role: person.role,
                    },
                );
            }
            Place::Waiting(waiting) => turn.send(socket, ToPage::Wait { waiting }),
            Place::Arriving => {}
        }
        self.issue(turn, who);
    }

    /// Moves everybody who is not in the call to where they belong now: hosts first, then in the order
    /// they came.
    pub(super) fn place_waiting(&mut self, turn: &mut Turn) {
        let waiting = self
            .people
            .iter()
            .filter(|(_, person)| person.place != Place::InCall);
        let rank = |person: &Person| (person.role != Role::Host, person.order);
        let mut waiting: Vec<_> = waiting
            .map(|(id, person)| (rank(person), id.clone()))
            .collect();
        waiting.sort();
        for (_, who) in waiting {
            self.place(turn, &who);
        }
    }

    fn place(&mut self, turn: &mut Turn, who: &ParticipantId) {
        let full = self.in_call() >= SEATS;
        let Some(person) = self.people.get(who) else {
            return;
        };
        let wanted = self.where_to(turn.now.mono, person);
        match (wanted, person.link) {
            (Place::InCall, Link::On(socket)) if full => {
                self.people.remove(who);
                turn.dismiss(socket, Over::Full);
            }
            (Place::InCall, Link::On(socket)) => self.enter(turn, who, socket),
            // A seat is not kept for a page that is away; it enters when it is back.
            (Place::InCall, Link::Away(_)) => self.set_place(who, Place::Waiting(Waiting::Moment)),
            (Place::Waiting(waiting), link) if person.place != wanted => {
                let name = person.name.clone();
                self.set_place(who, wanted);
                if let Link::On(socket) = link {
                    turn.send(socket, ToPage::Wait { waiting });
                }
                turn.outs.push(Out::Notice(Notice::Waiting {
                    who: who.clone(),
                    name,
                    waiting,
                }));
                self.issue(turn, who);
            }
            (Place::Waiting(_) | Place::Arriving, _) => {}
        }
    }

    fn set_place(&mut self, who: &ParticipantId, place: Place) {
        if let Some(person) = self.people.get_mut(who) {
            person.place = place;
        }
    }

    fn where_to(&self, now: Mono, person: &Person) -> Place {
        if person.admitted == Admitted::No {
            if self.rules.needs_host && !self.has_host() {
                return Place::Waiting(Waiting::Host);
            }
            if self.rules.lobby {
                return Place::Waiting(Waiting::Lobby);
            }
        }
        if now < self.newcomers_from {
            return Place::Waiting(Waiting::Moment);
        }
        Place::InCall
    }

    fn enter(&mut self, turn: &mut Turn, who: &ParticipantId, socket: SocketId) {
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        person.place = Place::InCall;
        person.admitted = Admitted::Yes;
        let (name, role) = (person.name.clone(), person.role);
        self.unshown.insert(socket);
        turn.send(
            socket,
            ToPage::Joined {
                you: who.clone(),
                role,
            },
        );
        self.issue(turn, who);
        let in_call = self.in_call();
        turn.outs.push(Out::Notice(Notice::Joined {
            who: who.clone(),
            name,
            role,
            in_call,
        }));
    }
}
