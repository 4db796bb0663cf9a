//! Owns what a page may say once it has a place: its devices, signals to others, and a host's acts.
//! Whatever is said without the right to say it is dropped.

use super::{Conference, Link, Out, Place, SEATS};
use crate::clock::Now;
use crate::ids::{ParticipantId, SocketId};
use crate::messages::{FromPage, Over, Role, Signal, ToPage, Waiting};
use crate::token::Admitted;

impl Conference {
    pub(super) fn heed(&mut self, now: Now, socket: SocketId, message: FromPage, outs: &mut Vec<Out>) {
        let Some(speaker) = self.who(socket) else { return };
        let Some(person) = self.people.get_mut(&speaker) else { return };
        let in_call = person.place == Place::InCall;
        let host = in_call && person.role == Role::Host;
        match message {
            FromPage::Media { media } if in_call => person.media = media,
            FromPage::Signal { to, signal } if in_call => {
                self.forward((socket, speaker), &to, signal, outs);
            }
            FromPage::Leave => self.put_out(now, &speaker, Over::Left, outs),
            FromPage::Admit { who } if host => self.admit(socket, &who, outs),
            FromPage::Deny { who } if host && self.waits(&who) => {
                self.put_out(now, &who, Over::Denied, outs);
            }
            FromPage::Mute { who } if host => self.ask_to_mute(&who, outs),
            FromPage::Remove { who } if host && who != speaker => {
                let why = if self.waits(&who) { Over::Denied } else { Over::Removed };
                self.put_out(now, &who, why, outs);
            }
            FromPage::EndForAll if host => self.end(now, outs),
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
        self.people.get(who).is_some_and(|person| person.place != Place::InCall)
    }

    fn admit(&mut self, host: SocketId, who: &ParticipantId, outs: &mut Vec<Out>) {
        if self.in_call() >= SEATS {
            outs.push(Out::Send(host, ToPage::CannotAdmit));
            return;
        }
        let in_lobby = Place::Waiting(Waiting::Lobby);
        if let Some(person) = self.people.get_mut(who).filter(|person| person.place == in_lobby) {
            person.admitted = Admitted::Yes;
        }
    }

    /// Asks only: the roster shows the microphone closed once its own page says it is.
    fn ask_to_mute(&self, who: &ParticipantId, outs: &mut Vec<Out>) {
        let Some(person) = self.people.get(who).filter(|person| person.place == Place::InCall) else {
            return;
        };
        if let Link::On(socket) = person.link {
            outs.push(Out::Send(socket, ToPage::MuteAsked));
        }
    }

    fn forward(
        &self,
        (source, from): (SocketId, ParticipantId),
        to: &ParticipantId,
        signal: Signal,
        outs: &mut Vec<Out>,
    ) {
        let Some(person) = self.people.get(to).filter(|person| person.place == Place::InCall) else {
            return;
        };
        if let (Link::On(to), true) = (person.link, *to != from && signal.is_within_bounds()) {
            outs.push(Out::Forward { source, from, to, signal });
        }
    }
}
