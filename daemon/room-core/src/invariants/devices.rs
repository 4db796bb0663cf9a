//! Checks of what devices are told: heads, displays, the browser, the room's loudness. Look at events and effects alone.

use super::{Found, Step, Watcher, holds};
use crate::effect::{CallCommand, Effect, HeadCommand};
use crate::event::{Event, HeadPress, Press};
use crate::ids::CallId;
use crate::limits;
use crate::meeting::By;
use crate::sound::SoundCommand;

impl Watcher {
    pub(super) fn stop_wins(&self, step: &Step) -> Found {
        let Event::Pressed {
            press: Press::Head(pressed, HeadPress::Stop),
            ..
        } = step.event
        else {
            return Ok(());
        };
        let known = step.room.heads.iter().any(|h| h.id() == pressed);
        let stopped = step.effects.iter().any(|e| {
            matches!(e, Effect::Head { head, command: HeadCommand::Stop, .. } if head == pressed)
        });
        holds(!known || stopped, || format!("no stop for {pressed}"))
    }

    pub(super) fn drives_end_by_themselves(&self, step: &Step) -> Found {
        let pressed = matches!(
            step.event,
            Event::Pressed {
                press: Press::Head(_, HeadPress::Drive(_)),
                ..
            }
        );
        for effect in step.effects {
            if let Effect::Head {
                command: HeadCommand::Drive { limit, .. },
                ..
            } = effect
            {
                holds(pressed, || "a drive without a finger".to_owned())?;
                holds(*limit <= limits::DRIVE, || format!("a drive for {limit:?}"))?;
            }
        }
        Ok(())
    }

    pub(super) fn volume_within_its_limit(&self, step: &Step) -> Found {
        let limit = step.room.plan.policy.volume_limit;
        for effect in step.effects {
            if let Effect::Call(_, CallCommand::Volume(volume))
            | Effect::Sound(SoundCommand::Volume(volume)) = effect
            {
                holds(*volume <= limit, || {
                    format!("{volume} is asked for, {limit} allowed")
                })?;
            }
        }
        Ok(())
    }

    /// By which kind of way a call goes.
    fn by(&self, call: CallId, command: &CallCommand) -> Option<By> {
        match command {
            CallCommand::Warm(request)
            | CallCommand::Join(request)
            | CallCommand::Adopt(request) => Some(request.by),
            _ => self.alive.get(&call).copied(),
        }
    }

    pub(super) fn gone_devices_are_left_alone(&self, step: &Step) -> Found {
        for effect in step.effects {
            match effect {
                Effect::Head { head, command, .. } => {
                    let gone = self.heads_gone.contains(head) && *command != HeadCommand::Stop;
                    holds(!gone, || format!("{head} is gone and told {command:?}"))?;
                }
                Effect::Call(call, command) => {
                    let found = matches!(step.event, Event::Restored(_));
                    let sip = self.by(*call, command) == Some(By::Sip);
                    holds(!self.browser_gone || found || sip, || {
                        format!("no browser for {call}: {command:?}")
                    })?;
                }
                Effect::Screen(screen) => {
                    holds(!self.browser_gone, || format!("no browser for {screen:?}"))?;
                }
                Effect::Display { display, command } => {
                    let here = self.displays_here.contains(display);
                    holds(here, || format!("{display} is away and told {command:?}"))?;
                }
                Effect::Sound(command) => {
                    let needs = *command != SoundCommand::Reset;
                    holds(self.sound_up || !needs, || {
                        format!("no sound for {command:?}")
                    })?;
                }
                Effect::Persist(_) | Effect::Preflight(_) => {}
            }
        }
        Ok(())
    }
}
