//! Owns what a page may say once it has a place: its devices, signals to others, and a host's acts.
//! Whatever is said without the right to say it is dropped.

use super::{Conference, Link, Out, Place, SEATS, Turn};
use crate::ids::{ParticipantId, SocketId};
use crate::messages::{FromPage, Over, Role, ToPage, Waiting};
use crate::token::Admitted;

impl Conference {
    pub(super) fn heed(&mut self, turn: &mut Turn, socket: SocketId, message: FromPage) {
        let Some(speaker) = self.who(socket) else {
            return;
        };
        let Some(person) = self.people.get_mut(&speaker) else {
            return;
        };
        let in_call = person.place == Place::InCall;
        let host = in_call && person.role == Role::Host;
        match message {
            FromPage::Media { media } if in_call => person.media = media,
            FromPage::Signal { to, signal } if in_call && to != speaker => {
                if let Some(to) = self.line_in_call(&to).filter(|_| signal.is_within_bounds()) {
                    turn.outs.push(Out::Forward {
                        source: socket,
                        from: speaker,
                        to,
                        signal,
                    });
                }
            }
            FromPage::Leave => self.put_out(turn, &speaker, Over::Left),
            FromPage::Admit { who } if host => self.admit(turn, socket, &who),
            FromPage::Deny { who } if host && self.waits(&who) => {
                self.put_out(turn, &who, Over::Denied);
            }
            FromPage::Mute { who } if host => self.ask_to_mute(turn, &who),
            FromPage::Remove { who } if host && who != speaker => {
                let why = if self.waits(&who) {
                    Over::Denied
                } else {
                    Over::Removed
                };
                self.put_out(turn, &who, why);
            }
            FromPage::EndForAll if host => self.end(turn),
            FromPage::Join(_)
            | FromPage::Resume { .. }
            | FromPage::Media { .. }
            | FromPage::Signal { .. }
            | FromPage::Admit { .. }
            | FromPage::Deny { .. }
            | FromPage::Mute { .. }
            | FromPage::Remove { .. }
            | FromPage::EndForAll
            | FromPage::Pulse => {}
        }
    }

    fn waits(&self, who: &ParticipantId) -> bool {
        self.people
            .get(who)
            .is_some_and(|person| person.place != Place::InCall)
    }

    fn admit(&mut self, turn: &mut Turn, host: SocketId, who: &ParticipantId) {
        if self.in_call() >= SEATS {
            return turn.send(host, ToPage::CannotAdmit);
        }
        let in_lobby = Place::Waiting(Waiting::Lobby);
        if let Some(person) = self
            .people
            .get_mut(who)
            .filter(|person| person.place == in_lobby)
        {
            person.admitted = Admitted::Yes;
        }
    }

    /// Asks only: the roster shows the microphone closed once its own page says it is.
    fn ask_to_mute(&self, turn: &mut Turn, who: &ParticipantId) {
        if let Some(socket) = self.line_in_call(who) {
            turn.send(socket, ToPage::MuteAsked);
        }
    }

    fn line_in_call(&self, who: &ParticipantId) -> Option<SocketId> {
        let person = self
            .people
            .get(who)
            .filter(|person| person.place == Place::InCall)?;
        match person.link {
            Link::On(socket) => Some(socket),
            Link::Away(_) => None,
        }
    }
}
