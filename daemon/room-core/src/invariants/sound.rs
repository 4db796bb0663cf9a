//! Checks of the microphone below the conference, and of preflight. Look at events, effects, and what the faces are shown.

use super::{Found, Step, Watcher, holds};
use crate::call::Visit;
use crate::effect::Effect;
use crate::event::{Event, Press};
use crate::limits;
use crate::meeting::By;
use crate::preflight::{Begun, PreflightCommand};
use crate::presses::leaves_preflight_alone;
use crate::sound::SoundCommand;
use crate::units::{Seen, Switch};
use std::collections::BTreeSet;

impl Watcher {
    /// While anything below the conference lets sound through, the lamp never says closed; a preflight sends nothing.
    pub(super) fn what_differs_is_open(&self, step: &Step) -> Found {
        let shown = step.room.view().mic.seen;
        let proving = step.room.preflight.runs();
        let closed = shown == Seen::Is(Switch::Closed) && !proving;
        holds(!closed || !self.source.opens(), || {
            format!("closed is shown, {:?} was read", self.source)
        })
    }

    /// A press that closes, from wherever, leaves nothing wanted open.
    pub(super) fn whoever_closes_closes_all(&self, step: &Step) -> Found {
        let closes = matches!(
            step.event,
            Event::Pressed {
                press: Press::Mic(Switch::Closed),
                ..
            }
        );
        if !closes || step.room.plan.sound.is_none() {
            return Ok(());
        }
        let source = &step.room.sound.source;
        holds(source.wanted() == Switch::Closed, || {
            "the microphone stays wanted open below the conference".to_owned()
        })?;
        let open = self.source.opens() && self.sound_up;
        holds(!open || source.in_flight(), || {
            "an open microphone is not told to close".to_owned()
        })
    }

    /// The microphone opens below the conference only where a person in the room has it open there, or for a preflight.
    pub(super) fn sound_opens_only_for_the_room(&self, step: &Step) -> Found {
        let open = Effect::Sound(SoundCommand::Microphone(Switch::Open));
        if !step.effects.contains(&open) {
            return Ok(());
        }
        let room = step.room;
        let proving = room.preflight.runs() && room.visit.is_none();
        let opened = self.mic.by_the_room && room.mic.wanted() == Switch::Open;
        holds(proving || opened, || {
            "sound is opened that nobody in the room opened".to_owned()
        })
    }

    /// Where the server that a page's sound hung on died, nobody is told that the room is heard, and nothing is opened there.
    pub(super) fn without_sound_nothing_is_open(&self, step: &Step) -> Found {
        let room = step.room;
        let page = |v: &&Visit| v.has_page() && v.by == By::Page && !v.leaving();
        let calls = room.visit.as_ref().filter(page).is_some();
        let stale = self.sound_stale && !step.effects.contains(&Effect::BrowserSound);
        if !stale || !calls || room.stopping {
            return Ok(());
        }
        holds(room.mic.wanted() == Switch::Closed, || {
            "a microphone is wanted open without a sound server".to_owned()
        })?;
        let shown = room.view().mic.seen == Seen::Is(Switch::Open);
        holds(!shown || self.source.opens(), || {
            "an open microphone is shown on the word of a page that nobody hears".to_owned()
        })
    }

    /// The browser begins its sound anew when a server that died is back, once, and never for anything else.
    pub(super) fn a_sound_server_that_died_is_answered_once(&self, step: &Step) -> Found {
        let anew = |e: &&Effect| **e == Effect::BrowserSound;
        let count = step.effects.iter().filter(anew).count();
        let due = self.sound_stale && self.sound_up;
        holds(count <= usize::from(due), || {
            format!("{count} new beginnings of the browser's sound")
        })
    }

    pub(super) fn preflight_leaves_calls_alone(&self, step: &Step) -> Found {
        let room = step.room;
        let busy = room.visit.is_some() || room.warm.as_ref().is_some_and(|w| w.call().is_some());
        let starts = |e: &Effect| matches!(e, Effect::Preflight(PreflightCommand::Start { .. }));
        let started = step.effects.iter().any(starts);
        let looks = room.preflight_until().is_some();
        holds(!busy || !(looks || started), || {
            "a preflight beside a call".to_owned()
        })?;
        let ends = |press: &Press| !leaves_preflight_alone(press);
        let pressed = matches!(step.event, Event::Pressed { press, .. } if ends(press));
        holds(!pressed || !room.preflight.runs(), || {
            "a press did not end the preflight".to_owned()
        })
    }

    /// Nothing that was begun is begun again, also over restarts and jumps of the clock; a look ahead that made way is.
    pub(super) fn each_preflight_comes_once(&self, step: &Step) -> Found {
        let begun = step.room.preflights_begun();
        let once: BTreeSet<_> = begun.iter().collect();
        holds(
            once.len() == begun.len() && begun.len() <= limits::PREFLIGHT_BEGUN,
            || format!("{begun:?} were begun"),
        )?;
        let starts = |e: &&Effect| {
            let Effect::Preflight(command) = e else {
                return false;
            };
            !matches!(command, PreflightCommand::Stop)
        };
        let starts = step.effects.iter().filter(starts).count();
        let asked = matches!(
            step.event,
            Event::Pressed {
                press: Press::Preflight,
                ..
            }
        );
        let noted = |one: &&Begun| !self.kept.proofs.begun.contains(one);
        let news = begun.iter().filter(noted).count();
        // A look ahead that somebody asked for makes way for what is due in the same moment.
        let looks = matches!(
            step.event,
            Event::Pressed {
                press: Press::LookAhead,
                ..
            }
        );
        let may = usize::from(asked).max(news.min(1)) + usize::from(looks);
        holds(starts <= may, || format!("{starts} began, {news} were due"))
    }

    pub(super) fn preflight_is_silent_in_quiet_hours(&self, step: &Step) -> Found {
        let loud = |e: &Effect| {
            matches!(
                e,
                Effect::Preflight(PreflightCommand::Start { aloud: true, .. })
            )
        };
        let asked = matches!(
            step.event,
            Event::Pressed {
                press: Press::Preflight,
                ..
            }
        );
        let loud = step.effects.iter().any(loud);
        holds(asked || !loud || !step.room.quiet_now(), || {
            "a preflight is heard by itself in quiet hours".to_owned()
        })
    }
}
