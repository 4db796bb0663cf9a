//! What the watcher knows: facts as they came, commands as they went. Believes nothing that the room says of itself.

use super::{Watcher, key};
use crate::call::Visit;
use crate::effect::{CallCommand, Effect};
use crate::event::{BrowserSeen, CallSeen, DisplaySeen, EndReason, Event, HeadSeen};
use crate::event::{Key, KeyPress, Press, Trouble};
use crate::failure::SoundFailure;
use crate::ids::CallId;
use crate::invariants::Step;
use crate::meeting::By;
use crate::memory::Memory;
use crate::plan::AfterCrash;
use crate::sound::{ClientsSeen, MicSeen, SoundSeen};
use crate::units::{Seen, Switch};

impl Watcher {
    /// Before the checks: what the event says.
    pub(super) fn note(&mut self, step: &Step) {
        match step.event {
            Event::Restored(memory) => self.note_memory(memory),
            Event::Browser(seen) => {
                self.browser_gone = *seen == BrowserSeen::Gone;
                if self.browser_gone {
                    self.alive.retain(|_, by| *by == By::Sip);
                }
            }
            Event::Call(call, seen) => self.note_call(*call, seen),
            Event::Head(head, HeadSeen::Gone(_)) => {
                self.heads_gone.insert(head.clone());
            }
            Event::Head(head, HeadSeen::Online) => {
                self.heads_gone.remove(head);
            }
            Event::Pressed { press, origin } => self.note_press(press, origin.in_room()),
            Event::Head(_, HeadSeen::Power(_) | HeadSeen::At { .. }) => {}
            Event::Deadline | Event::Clock { .. } | Event::Calendar(_) => {}
            Event::Display(display, DisplaySeen::Here) => {
                self.displays_here.insert(display.clone());
            }
            Event::Display(display, DisplaySeen::Gone(_)) => {
                self.displays_here.remove(display);
            }
            Event::Screen(_) | Event::Done { .. } => {}
            Event::Puck(..) | Event::Firmware(..) => {}
            Event::Display(..) | Event::Camera(..) | Event::Fitting(..) => {}
            Event::Sound(seen) => self.note_sound(seen, step),
            Event::PlanChanged(plan) if plan.sound.is_none() => {
                self.source = MicSeen::UNKNOWN;
                self.sound_up = false;
                self.sound_stale = false;
                self.clients_cut = false;
            }
            Event::Preflight(..) | Event::Hours(_) => {}
            Event::PlanChanged(_) | Event::Stopping => {}
        }
        // A new browser keeps to what runs when it begins.
        if self.browser_gone && self.sound_up && !self.clients_cut {
            self.sound_stale = false;
        }
    }

    fn note_memory(&mut self, memory: &Memory) {
        self.kept = memory.clone();
        self.highest = self.highest.max(memory.last_call);
        if let Some(open) = memory.open.as_ref().filter(|_| self.visit.is_none()) {
            self.alive.insert(open.call, open.by);
            self.highest = self.highest.max(open.call.0);
            self.mic.by_the_room = open.mic == Switch::Open;
            self.camera.by_the_room = open.camera == Switch::Open;
            self.mic.wanted = open.mic;
            self.camera.wanted = open.camera;
        }
    }

    fn note_sound(&mut self, seen: &SoundSeen, step: &Step) {
        if step.room.plan.sound.is_none() {
            return;
        }
        match seen {
            SoundSeen::Up => self.sound_up = true,
            SoundSeen::Down(why) => {
                self.sound_up = false;
                self.sound_stale |= *why == SoundFailure::ServerGone;
                self.source = MicSeen::UNKNOWN;
            }
            SoundSeen::Microphone(mic) => self.source = *mic,
            SoundSeen::Clients(seen) => {
                self.clients_cut = *seen == ClientsSeen::Cut;
                self.sound_stale |= self.clients_cut;
            }
            SoundSeen::Here(_) | SoundSeen::Gone(..) | SoundSeen::Using(..) => {}
            SoundSeen::Volume(_)
            | SoundSeen::Canceller(_)
            | SoundSeen::Finding { .. }
            | SoundSeen::Rebuilt => {}
        }
    }

    fn note_call(&mut self, call: CallId, seen: &CallSeen) {
        if !self.alive.contains_key(&call) {
            return;
        }
        if let CallSeen::Mic(value) = seen {
            self.mic.seen = Seen::Is(*value);
        } else if let CallSeen::Camera(value) = seen {
            self.camera.seen = Seen::Is(*value);
        } else if *seen == CallSeen::Trouble(Trouble::Frozen) {
            self.mic.seen = Seen::Unknown;
            self.camera.seen = Seen::Unknown;
        } else if matches!(seen, CallSeen::Over(EndReason::Left | EndReason::PageGone)) {
            self.alive.remove(&call);
        }
    }

    fn note_press(&mut self, press: &Press, in_room: bool) {
        let (lamp, value) = match press {
            Press::Mic(value) => (&mut self.mic, *value),
            Press::Camera(value) => (&mut self.camera, *value),
            Press::Key(Key::Mute, KeyPress::Short) => (&mut self.mic, Switch::Open),
            _ => return,
        };
        if value == Switch::Closed {
            lamp.by_the_room = false;
        } else if in_room && self.inside {
            lamp.by_the_room = true;
        }
    }

    /// After the checks: what was commanded.
    pub(super) fn remember(&mut self, step: &Step) {
        for effect in step.effects {
            match effect {
                Effect::Call(call, command) => {
                    let begins = self.begins(step, *call, command);
                    self.remember_command(*call, command, begins);
                }
                Effect::Persist(memory) => self.kept = memory.clone(),
                Effect::Head { .. } | Effect::Screen(_) | Effect::Display { .. } => {}
                Effect::BrowserSound => self.sound_stale = false,
                Effect::BrowserAnew => {}
                Effect::Sound(_) | Effect::Preflight(_) | Effect::UpdatePuck(_) => {}
            }
        }
        let visit = key(step.room.visit.as_ref());
        let begins = visit != self.visit && !matches!(step.event, Event::Restored(_));
        let dark = step.room.plan.policy.after_crash == AfterCrash::DarkAndSilent;
        let entered = |e: &Effect| matches!(e, Effect::Call(_, CallCommand::Join(_)));
        if begins || dark && step.effects.iter().any(entered) {
            self.mic.by_the_room = false;
            self.camera.by_the_room = false;
        }
        self.visit = visit;
        self.instead_of = step.room.visit.as_ref().and_then(|v| v.instead_of);
        self.inside = step.room.visit.as_ref().is_some_and(Visit::is_inside);
        self.asks = step.room.hand_may();
        self.mic.wanted = step.room.mic.wanted();
        self.camera.wanted = step.room.camera.wanted();
    }

    fn remember_command(&mut self, call: CallId, command: &CallCommand, begins: bool) {
        if begins {
            self.mic.seen = Seen::Unknown;
            self.camera.seen = Seen::Unknown;
        }
        match command {
            CallCommand::Warm(request)
            | CallCommand::Join(request)
            | CallCommand::Adopt(request) => {
                self.alive.insert(call, request.by);
                self.highest = self.highest.max(call.0);
            }
            CallCommand::Drop => {
                self.alive.remove(&call);
            }
            CallCommand::Passcode(_) | CallCommand::Mic(_) | CallCommand::Camera(_) => {}
            CallCommand::Volume(_) | CallCommand::SoundAnew | CallCommand::Leave => {}
            CallCommand::Agree(_) | CallCommand::Hand(_) => {}
        }
    }
}
