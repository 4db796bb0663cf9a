//! Owns how people get in: codes, waiting, admission, seats, and the return of those who were here.
//! Knows nothing of what they do inside.

use super::{Conference, DOOR_PLACES, Link, Notice, Out, Person, Place, SEATS, SETTLING};
use crate::clock::{Mono, Now};
use crate::ids::{Code, ParticipantId, SocketId};
use crate::messages::{CodeAnswer, CodeKind, Join, Media, Over, Role, ToPage, Waiting};
use crate::token::{Admitted, Claim};
use std::net::IpAddr;
use std::time::Duration;

impl Conference {
    pub(super) fn arrive(
        &mut self,
        now: Now,
        (socket, source, who): (SocketId, IpAddr, ParticipantId),
        join: Join,
        outs: &mut Vec<Out>,
    ) {
        if self.who(socket).is_some() || self.people.contains_key(&who) {
            return;
        }
        let role = match self.check_codes(now.mono, source, &join) {
            Ok(role) => role,
            Err((code, answer, wait)) => {
                let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                outs.push(Out::Send(socket, ToPage::Code { code, answer, wait_ms }));
                return;
            }
        };
        if self.in_call() >= SEATS {
            return refuse(socket, Over::Full, outs);
        }
        if self.people.len() - self.in_call() >= DOOR_PLACES {
            return refuse(socket, Over::LobbyFull, outs);
        }
        let admitted = if role == Role::Host { Admitted::Yes } else { Admitted::No };
        let person = self.new_person((role, admitted), join, (socket, now.mono));
        self.people.insert(who, person);
    }

    fn new_person(
        &mut self,
        (role, admitted): (Role, Admitted),
        join: Join,
        (socket, now): (SocketId, Mono),
    ) -> Person {
        self.arrivals += 1;
        Person {
            name: join.name,
            role,
            admitted,
            place: Place::Arriving,
            link: Link::On(socket),
            media: Media::default(),
            order: self.arrivals,
            token_from: now,
        }
    }

    /// A right host code is enough; else the passcode, where there is one.
    fn check_codes(
        &mut self,
        now: Mono,
        source: IpAddr,
        join: &Join,
    ) -> Result<Role, (CodeKind, CodeAnswer, Duration)> {
        if let Some(given) = &join.host_code {
            let set = self.rules.host_code.clone();
            self.check(now, source, (set.as_ref(), given))
                .map_err(|(answer, wait)| (CodeKind::HostCode, answer, wait))?;
            return Ok(Role::Host);
        }
        let Some(set) = self.rules.passcode.clone() else { return Ok(Role::Guest) };
        let Some(given) = &join.passcode else {
            return Err((CodeKind::Passcode, CodeAnswer::Wanted, self.tries.wait(now, source)));
        };
        self.check(now, source, (Some(&set), given))
            .map_err(|(answer, wait)| (CodeKind::Passcode, answer, wait))?;
        Ok(Role::Guest)
    }

    fn check(
        &mut self,
        now: Mono,
        source: IpAddr,
        (set, given): (Option<&Code>, &Code),
    ) -> Result<(), (CodeAnswer, Duration)> {
        let wait = self.tries.wait(now, source);
        if wait > Duration::ZERO {
            return Err((CodeAnswer::TooMany, wait));
        }
        if set.is_some_and(|set| set.matches(given)) {
            return Ok(());
        }
        self.tries.wrong(now, source);
        Err((CodeAnswer::Wrong, self.tries.wait(now, source)))
    }

    /// A page returns. Those the conference remembers keep their place; the others get the one their
    /// token names, unless it has been spoilt or all seats are taken.
    pub(super) fn resume(
        &mut self,
        now: Now,
        socket: SocketId,
        (claim, media): (Claim, Media),
        outs: &mut Vec<Out>,
    ) {
        if self.who(socket).is_some() {
            return;
        }
        if let Some(why) = self.spoilt(&claim) {
            return refuse(socket, why, outs);
        }
        let who = claim.participant.clone();
        if let Some(person) = self.people.get_mut(&who) {
            if let Link::On(old) = person.link {
                outs.push(Out::Send(old, ToPage::Over { why: Over::Replaced }));
                outs.push(Out::Close(old));
            }
            person.link = Link::On(socket);
            person.media = media;
        } else {
            let admitted = claim.admitted;
            if admitted == Admitted::Yes && self.in_call() >= SEATS {
                return refuse(socket, Over::Full, outs);
            }
            if admitted == Admitted::No && self.people.len() - self.in_call() >= DOOR_PLACES {
                return refuse(socket, Over::LobbyFull, outs);
            }
            let join = Join { name: claim.name, passcode: None, host_code: None };
            let mut person = self.new_person((claim.role, admitted), join, (socket, now.mono));
            person.media = media;
            if admitted == Admitted::Yes {
                person.place = Place::InCall;
                self.settling_until = Some(now.mono.plus(SETTLING));
            }
            self.people.insert(who.clone(), person);
        }
        self.welcome_back(now, &who, outs);
    }

    fn welcome_back(&mut self, now: Now, who: &ParticipantId, outs: &mut Vec<Out>) {
        let Some(person) = self.people.get(who) else { return };
        let Link::On(socket) = person.link else { return };
        match person.place {
            Place::InCall => {
                self.unshown.insert(socket);
                let joined = ToPage::Joined { you: who.clone(), role: person.role };
                outs.push(Out::Send(socket, joined));
            }
            Place::Waiting(waiting) => outs.push(Out::Send(socket, ToPage::Wait { waiting })),
            Place::Arriving => {}
        }
        self.issue(now, who, outs);
    }

    fn spoilt(&self, claim: &Claim) -> Option<Over> {
        if let Some((why, _)) = self.revoked.people.get(&claim.participant) {
            return Some(*why);
        }
        let ended = self.revoked.ended.is_some_and(|at| claim.issued <= at);
        ended.then_some(Over::Ended)
    }

    /// Moves everybody who is not in the call to where they belong now, in the order they came.
    pub(super) fn place_waiting(&mut self, now: Now, outs: &mut Vec<Out>) {
        let mut waiting: Vec<_> = self
            .people
            .iter()
            .filter(|(_, person)| person.place != Place::InCall)
            .map(|(id, person)| (person.role != Role::Host, person.order, id.clone()))
            .collect();
        waiting.sort();
        for (_, _, who) in waiting {
            self.place(now, &who, outs);
        }
    }

    fn place(&mut self, now: Now, who: &ParticipantId, outs: &mut Vec<Out>) {
        let wanted = match self.people.get(who) {
            Some(person) => self.where_to(now.mono, person),
            None => return,
        };
        let full = self.in_call() >= SEATS;
        let Some(person) = self.people.get_mut(who) else { return };
        match (wanted, person.link) {
            (Place::InCall, Link::On(socket)) if full => {
                self.people.remove(who);
                refuse(socket, Over::Full, outs);
            }
            (Place::InCall, Link::On(_)) => self.enter(now, who, outs),
            // A seat is not kept for a page that is away; it enters when it is back.
            (Place::InCall, Link::Away(_)) => person.place = Place::Waiting(Waiting::Moment),
            (Place::Waiting(waiting), link) if person.place != wanted => {
                person.place = wanted;
                let name = person.name.clone();
                if let Link::On(socket) = link {
                    outs.push(Out::Send(socket, ToPage::Wait { waiting }));
                }
                outs.push(Out::Notice(Notice::Waiting { who: who.clone(), name, waiting }));
                self.issue(now, who, outs);
            }
            (Place::Waiting(_) | Place::Arriving, _) => {}
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

    fn enter(&mut self, now: Now, who: &ParticipantId, outs: &mut Vec<Out>) {
        let Some(person) = self.people.get_mut(who) else { return };
        let Link::On(socket) = person.link else { return };
        person.place = Place::InCall;
        person.admitted = Admitted::Yes;
        let (name, role) = (person.name.clone(), person.role);
        self.unshown.insert(socket);
        outs.push(Out::Send(socket, ToPage::Joined { you: who.clone(), role }));
        self.issue(now, who, outs);
        let in_call = self.in_call();
        outs.push(Out::Notice(Notice::Joined { who: who.clone(), name, role, in_call }));
    }
}

fn refuse(socket: SocketId, why: Over, outs: &mut Vec<Out>) {
    outs.push(Out::Send(socket, ToPage::Over { why }));
    outs.push(Out::Close(socket));
}
