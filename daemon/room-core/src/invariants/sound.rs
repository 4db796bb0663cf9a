//! Checks of the microphone below the conference, and of preflight. Look at events, effects, and what the faces are shown.

use super::{Found, Step, Watcher, holds};
use crate::effect::Effect;
use crate::event::{Event, Press};
use crate::preflight::PreflightCommand;
use crate::sound::SoundCommand;
use crate::units::{Seen, Switch};

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

    pub(super) fn preflight_leaves_calls_alone(&self, step: &Step) -> Found {
        let room = step.room;
        let busy = room.visit.is_some() || room.warm.as_ref().is_some_and(|w| w.call().is_some());
        let starts = |e: &Effect| matches!(e, Effect::Preflight(PreflightCommand::Start { .. }));
        let started = step.effects.iter().any(starts);
        holds(!busy || !(room.preflight.runs() || started), || {
            "a preflight beside a call".to_owned()
        })?;
        let pressed =
            matches!(step.event, Event::Pressed { press, .. } if *press != Press::Preflight);
        holds(!pressed || !room.preflight.runs(), || {
            "a press did not end the preflight".to_owned()
        })
    }
}
