//! Owns what people in the call are shown of each other, and that it is sent when it has changed.

use super::{Conference, Link, Notice, Out, Person, Place, Roster, Turn};
use crate::ids::ParticipantId;
use crate::messages::{Gone, Knock, Line, Role, Seat, ToPage, Waiting};

impl Conference {
    pub(super) fn tell_gone(&self, turn: &mut Turn, who: &ParticipantId, why: Gone) {
        for person in self
            .people
            .values()
            .filter(|person| person.place == Place::InCall)
        {
            if let Link::On(socket) = person.link {
                turn.send(
                    socket,
                    ToPage::Gone {
                        who: who.clone(),
                        why,
                    },
                );
            }
        }
        let in_call = self.in_call();
        turn.outs.push(Out::Notice(Notice::Gone {
            who: who.clone(),
            why,
            in_call,
        }));
    }

    /// Sends the roster to those in the call who have not seen it as it is now.
    pub(super) fn show(&mut self, turn: &mut Turn) {
        let roster = self.roster();
        let changed = roster != self.shown;
        for person in self
            .people
            .values()
            .filter(|person| person.place == Place::InCall)
        {
            let Link::On(socket) = person.link else {
                continue;
            };
            if changed || self.unshown.contains(&socket) {
                let (people, door, settling) = roster.clone();
                let lobby = if person.role == Role::Host {
                    door
                } else {
                    Vec::new()
                };
                turn.send(
                    socket,
                    ToPage::Roster {
                        people,
                        lobby,
                        settling,
                    },
                );
            }
        }
        self.unshown.clear();
        self.shown = roster;
    }

    fn roster(&self) -> Roster {
        let mut by_order: Vec<_> = self.people.iter().collect();
        by_order.sort_by_key(|(_, person)| person.order);
        let at = |place| {
            by_order
                .iter()
                .filter(move |(_, person)| person.place == place)
        };
        let seats = at(Place::InCall)
            .map(|(id, person)| seat(id, person))
            .collect();
        let knock = |id: &ParticipantId, person: &Person| Knock {
            id: id.clone(),
            name: person.name.clone(),
        };
        let door = at(Place::Waiting(Waiting::Lobby));
        let knocks = door.map(|(id, person)| knock(id, person)).collect();
        (seats, knocks, self.settling_until.is_some())
    }
}

fn seat(id: &ParticipantId, person: &Person) -> Seat {
    Seat {
        id: id.clone(),
        name: person.name.clone(),
        role: person.role,
        media: person.media,
        line: if matches!(person.link, Link::On(_)) {
            Line::Here
        } else {
            Line::Away
        },
    }
}
