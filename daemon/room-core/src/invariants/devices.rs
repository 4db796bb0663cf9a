//! Checks of what devices are told: heads, displays, the browser, the room's loudness. Look at events and effects alone.

use super::{Found, Step, Watcher, holds};
use crate::effect::{CallCommand, Effect, HeadCommand};
use crate::event::{Event, HeadPress, Press};
use crate::ids::CallId;
use crate::limits;
use crate::meeting::By;
use crate::pucks::Puck;
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
                Effect::BrowserAnew => holds(!self.browser_gone, || {
                    "a browser that is gone begins anew".to_owned()
                })?,
                Effect::BrowserSound => holds(!self.browser_gone, || {
                    "the sound of a browser that is gone".to_owned()
                })?,
                Effect::Persist(_) | Effect::Preflight(_) | Effect::UpdatePuck(_) => {}
            }
        }
        Ok(())
    }

    /// Firmware is written to one button at a time, to none that is up to date, never beside a call, and by itself only while
    /// no meeting is near; a button that waits in its loader is of no use to a meeting.
    pub(super) fn updates_leave_calls_alone(&self, step: &Step) -> Found {
        let room = step.room;
        let running = room.pucks.iter().filter(|p| p.updating().is_some());
        holds(running.count() <= 1, || "two updates at once".to_owned())?;
        for effect in step.effects {
            let Effect::UpdatePuck(id) = effect else {
                continue;
            };
            let busy =
                room.visit.is_some() || room.warm.as_ref().is_some_and(|w| w.call().is_some());
            holds(!busy, || format!("{id} is updated beside a call"))?;
            let puck = room.pucks.iter().find(|p| p.id == *id);
            holds(puck.is_some_and(Puck::is_behind), || {
                format!("{id} needs no update")
            })?;
            let asked = matches!(
                step.event,
                Event::Pressed {
                    press: Press::UpdatePuck(_),
                    ..
                }
            );
            let useless = puck.is_some_and(Puck::waits);
            let Some(now) = room.wall().filter(|_| !asked && !useless) else {
                continue;
            };
            let by = now.plus(limits::FIRMWARE_CLEAR);
            let near = room
                .meetings
                .iter()
                .any(|m| !m.all_day && m.start <= by && now < m.end);
            holds(!near, || {
                format!("{id} is updated although a meeting is near")
            })?;
            holds(room.plan.policy.update_buttons, || {
                format!("{id} is updated unasked")
            })?;
        }
        Ok(())
    }
}
