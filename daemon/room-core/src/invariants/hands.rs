//! Checks of what reaches a call's page from a person's hand or by the operator's word. Look at events and effects alone.

use super::{Found, Step, Watcher, holds};
use crate::effect::{CallCommand, Effect};
use crate::event::{CallSeen, Event, Press};
use crate::units::Switch;

impl Watcher {
    pub(super) fn hands_reach_the_page_only_when_asked(&self, step: &Step) -> Found {
        let reaches = |e: &Effect| matches!(e, Effect::Call(_, CallCommand::Hand(_)));
        if !step.effects.iter().any(reaches) {
            return Ok(());
        }
        let from_here = matches!(
            step.event,
            Event::Pressed { press: Press::Hand(_), origin } if origin.in_room()
        );
        holds(from_here, || "a hand that is not in the room".to_owned())?;
        holds(self.asks, || {
            "a hand that the page did not ask for".to_owned()
        })
    }

    pub(super) fn a_hand_on_the_page_opens_nothing(&self, step: &Step) -> Found {
        let hand = matches!(
            step.event,
            Event::Pressed {
                press: Press::Hand(_),
                ..
            }
        );
        let opens = self.opens(step);
        holds(!hand || !opens, || {
            "a hand on the page opened something".to_owned()
        })
    }

    pub(super) fn the_room_agrees_only_as_the_operator_said(&self, step: &Step) -> Found {
        for effect in step.effects {
            let Effect::Call(call, CallCommand::Agree(kind)) = effect else {
                continue;
            };
            let asked = *step.event == Event::Call(*call, CallSeen::ConsentAsked(*kind));
            holds(asked, || format!("{call} was not asked for {kind:?}"))?;
            holds(step.room.agreed_beforehand(*kind), || {
                format!("nobody had agreed to {kind:?}")
            })?;
        }
        Ok(())
    }

    pub(super) fn being_asked_opens_nothing(&self, step: &Step) -> Found {
        let asked = matches!(step.event, Event::Call(_, CallSeen::UnmuteAsked));
        let opens = self.opens(step);
        holds(!asked || !opens, || "a request opened something".to_owned())
    }

    /// Whether this step wants something open that was wanted closed, or commands it open.
    fn opens(&self, step: &Step) -> bool {
        let commanded = |command: CallCommand| {
            let opens = |e: &Effect| matches!(e, Effect::Call(_, sent) if *sent == command);
            step.effects.iter().any(opens)
        };
        let mic =
            step.room.mic.wanted() == Switch::Open || commanded(CallCommand::Mic(Switch::Open));
        let camera = step.room.camera.wanted() == Switch::Open
            || commanded(CallCommand::Camera(Switch::Open));
        let was_closed = |lamp: &super::Lamp| lamp.wanted == Switch::Closed;
        mic && was_closed(&self.mic) || camera && was_closed(&self.camera)
    }
}
