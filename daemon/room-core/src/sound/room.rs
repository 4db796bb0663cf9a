//! The room and its sound: what the microphone below the conference shall be, whether all that is known of it says the same, and
//! how loud the room is.
//!
//! Invariants:
//! - The microphone is closed only when everything that is known of it says so: conference, graph, and the card's switch.
//! - It is opened below the conference only while a person in the room has it open there, and for preflight while no call is on.
//! - Whoever closes one of the three closes all of them.

use super::{
    EchoBy, EchoChoice, MicSeen, OwnCanceller, SoundCommand, SoundRole, SoundSeen, choose_echo,
};
use crate::effect::Effect;
use crate::meeting::By;
use crate::preflight::Hearing;
use crate::room::Room;
use crate::units::{Percent, Seen, Switch};
use crate::view::{SoundView, SwitchView};

impl Room {
    pub(crate) fn read_sound(&mut self, seen: SoundSeen) {
        if self.plan.sound.is_none() {
            return;
        }
        match seen {
            SoundSeen::Volume(value) => self.read_volume(value),
            SoundSeen::Down(_) => self.volume.lose(),
            SoundSeen::Up
            | SoundSeen::Here(_)
            | SoundSeen::Gone(..)
            | SoundSeen::Using(..)
            | SoundSeen::Microphone(_)
            | SoundSeen::Canceller(_)
            | SoundSeen::Clients(_)
            | SoundSeen::Finding { .. }
            | SoundSeen::Rebuilt => {}
        }
        if self.sound.read(seen, self.now) {
            self.closed_at_the_device();
        }
    }

    /// Somebody closed it at the device itself: that holds for all of it.
    fn closed_at_the_device(&mut self) {
        let Some(visit) = self.visit.as_mut().filter(|v| v.has_page()) else {
            return;
        };
        visit.restore.mic = Switch::Closed;
        self.mic.ask(Switch::Closed);
    }

    // ---- wanted against seen ----

    /// What the microphone below the conference shall be; `None`: as it is, since nobody knows what the conference has.
    fn wanted_source(&self) -> Option<Switch> {
        if self.preflight.runs() {
            return Some(Switch::Open);
        }
        let page = self.visit.as_ref().is_some_and(|v| v.has_page());
        if !page || self.mic.wanted() == Switch::Closed {
            return Some(Switch::Closed);
        }
        match self.mic.seen() {
            Seen::Is(Switch::Open) => Some(Switch::Open),
            Seen::Is(Switch::Closed) | Seen::Unknown
                if self.mic.becoming() == Some(Switch::Open) =>
            {
                Some(Switch::Open)
            }
            Seen::Is(Switch::Closed) | Seen::Unknown => None,
        }
    }

    pub(crate) fn reconcile_sound(&mut self) {
        if self.plan.sound.is_none() {
            return;
        }
        self.judge_mic();
        let wanted = self.wanted_source();
        if let Some(value) = wanted.filter(|value| *value != self.sound.source.wanted()) {
            self.sound.source.want(value);
            if let Some(seen) = self.sound.mic.against(value).known() {
                self.sound.source.read(seen);
            }
        }
        if !self.sound.is_up() {
            self.sound.source.rest();
            self.sound.judge_canceller(self.now);
            return;
        }
        let closes = wanted == Some(Switch::Closed);
        if (!self.stopping && wanted.is_some()) || closes {
            if let Some(value) = self.sound.source.due(self.now) {
                self.command_sound(SoundCommand::Microphone(value));
            }
        } else {
            self.sound.source.rest();
        }
        let echo = self.wanted_echo();
        if !self.stopping && self.sound.echo_told != Some(echo) {
            self.sound.echo_told = Some(echo);
            self.command_sound(SoundCommand::Echo(echo));
        }
        self.sound.judge_canceller(self.now);
    }

    pub(crate) fn command_sound(&mut self, command: SoundCommand) {
        self.out.push(Effect::Sound(command));
    }

    /// Whether conference, graph and card say the same; whatever is not known says nothing.
    fn judge_mic(&mut self) {
        let client = self.visit.as_ref().filter(|v| v.has_page());
        let client = match client {
            Some(_) => self.mic.seen().known(),
            None if self.preflight.runs() => None,
            // Where there is no conference, nothing is sent.
            None => Some(Switch::Closed),
        };
        let mut known = client.into_iter().chain(self.sound.mic.known());
        let first = known.next();
        let agree = known.all(|value| Some(value) == first);
        self.sound.judge(agree, self.now);
    }

    /// Who cancels echo, and why.
    pub(crate) fn echo_choice(&self) -> EchoChoice {
        let plan = self.plan.sound.as_ref();
        let used = self.sound.device(SoundRole::Microphone);
        let device = used.and_then(|id| plan?.microphones.iter().find(|d| d.id == *id));
        let own = device.map_or(OwnCanceller::Unknown, |d| d.cancels);
        let fails = used.is_some_and(|id| self.sound.fails(id));
        let has_page = self.visit.as_ref().is_none_or(|v| v.by == By::Page);
        let proof = used.and_then(|id| self.memory.proofs.echo_of(id));
        choose_echo(
            plan.map(|p| p.echo).unwrap_or_default(),
            (own, proof),
            fails,
            has_page,
        )
    }

    /// A check of the room wants to hear the room as it is, since our own canceller would take its tones away; and that canceller.
    fn wanted_echo(&self) -> EchoBy {
        match (self.preflight.hears(), self.echo_choice().by) {
            (Some(Hearing::Cancelled), _) => EchoBy::Room,
            (Some(Hearing::Bare), EchoBy::Room) => EchoBy::Nobody,
            (Some(Hearing::Bare) | None, by) => by,
        }
    }

    pub(crate) fn reset_sound(&mut self) {
        if self.plan.sound.is_some() {
            self.sound.begin_reset(self.now);
            self.command_sound(SoundCommand::Reset);
        }
    }

    /// Somebody asks for the microphone: what did not obey below the conference is asked again.
    pub(crate) fn insist_on_source(&mut self) {
        let wanted = self.sound.source.wanted();
        self.sound.source.want(wanted);
    }

    /// Loudness is the room's own, for pages and for SIP alike.
    pub(crate) fn reconcile_room_volume(&mut self) {
        if self.stopping || !self.sound.is_up() {
            self.volume.rest();
            return;
        }
        if let Some(volume) = self.volume.due(self.now) {
            self.command_sound(SoundCommand::Volume(volume));
        }
    }

    /// The page of a call ends; what is known of the room's own loudness stays.
    pub(crate) fn lose_page_volume(&mut self) {
        if self.plan.sound.is_none() {
            self.volume.lose();
        }
    }

    // ---- what is shown ----

    /// The conference's word on the microphone, held against what is seen below it: open where anything is.
    pub(crate) fn mic_truth(&self, client: SwitchView) -> SwitchView {
        if self.plan.sound.is_none() || (self.preflight.runs() && self.visit.is_none()) {
            return client;
        }
        let below: MicSeen = self.sound.mic;
        let seen = match client.seen {
            Seen::Is(Switch::Closed) if below.opens() => Seen::Is(Switch::Open),
            // Whatever the page believes, nobody hears the room.
            Seen::Is(Switch::Open) if self.is_unheard() && !below.opens() => Seen::Unknown,
            seen @ (Seen::Unknown | Seen::Is(_)) => seen,
        };
        let source = &self.sound.source;
        let under_way = source.in_flight() && !source.agrees();
        let becoming = client.becoming.or(under_way.then(|| source.wanted()));
        SwitchView {
            seen,
            becoming: becoming.filter(|value| seen != Seen::Is(*value)),
        }
    }

    pub(crate) fn sound_view(&self) -> Option<SoundView> {
        let plan = self.plan.sound.as_ref()?;
        let uses = |role| self.sound.use_view(plan, role);
        Some(SoundView {
            server: self.sound.server.gone().map(|(why, _)| why),
            microphone: uses(SoundRole::Microphone),
            loudspeaker: uses(SoundRole::Loudspeaker),
            second: uses(SoundRole::Second),
            mic: self.sound.mic,
            echo: self.echo_choice(),
            cancels: self.sound.cancels(),
            resetting: self.sound.resetting(self.now),
        })
    }

    /// What a call begins with is the room's as well; outside one the room stays as loud as it is seen.
    pub(crate) fn room_volume_seen(&self) -> Option<Seen<Percent>> {
        self.plan.sound.as_ref()?;
        Some(self.volume.seen())
    }
}
