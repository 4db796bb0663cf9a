//! Invariants about what the room would do next, tried out on copies of it.

use super::{Found, Step, Watcher, holds};
use crate::event::{Event, Origin, Press};
use crate::hand::{Hand, PageKey};
use crate::ids::Private;
use crate::units::{Mono, Switch};
use crate::view::Offer;

impl Watcher {
    pub(super) fn a_second_look_changes_nothing(&self, step: &Step) -> Found {
        let mut again = step.room.clone();
        let effects = again.step(step.room.now, Event::Deadline);
        holds(effects.is_empty(), || {
            format!("{effects:?} at the same moment")
        })?;
        holds(again == *step.room, || {
            "the room changed at the same moment".to_owned()
        })
    }

    pub(super) fn nothing_happens_between_deadlines(&self, step: &Step) -> Found {
        let Some((at, why)) = step.room.next_deadline() else {
            return Ok(());
        };
        let before = Mono(at.0 - 1);
        if before <= step.room.now {
            return Ok(());
        }
        let mut early = step.room.clone();
        let effects = early.step(before, Event::Deadline);
        holds(effects.is_empty(), || format!("{effects:?} before {why:?}"))?;
        let (was, is) = (step.room.view(), early.view());
        holds(was == is, || {
            format!("the view changed before {why:?}:\n{was:?}\n{is:?}")
        })
    }

    pub(super) fn every_offer_answers(&self, step: &Step) -> Found {
        let view = step.room.view();
        for offer in &view.offers {
            let presses = presses_for(offer);
            let answered = presses.into_iter().any(|press| {
                let mut pressed = step.room.clone();
                let event = Event::Pressed {
                    press,
                    origin: Origin::Panel,
                };
                let effects = pressed.step(step.room.now, event);
                !effects.is_empty() || pressed.view() != view
            });
            holds(answered, || {
                format!("{offer:?} in {:?} does nothing", view.phase)
            })?;
        }
        Ok(())
    }
}

fn presses_for(offer: &Offer) -> Vec<Press> {
    match offer {
        Offer::Join(id) => vec![Press::Join(Some(id.clone()))],
        Offer::JoinStanding => vec![Press::JoinStanding],
        Offer::Leave => vec![Press::Leave],
        Offer::Extend => vec![Press::Extend],
        Offer::MicAndCamera => [Switch::Open, Switch::Closed]
            .into_iter()
            .flat_map(|value| [Press::Mic(value), Press::Camera(value)])
            .collect(),
        Offer::Passcode => vec![Press::Passcode(Private::new("1234"))],
        Offer::Retry => vec![Press::Retry],
        Offer::Dismiss => vec![Press::Dismiss],
        Offer::ResetSound => vec![Press::ResetSound],
        Offer::Preflight => vec![Press::Preflight],
        Offer::StopPreflight => vec![Press::StopPreflight],
        Offer::OperatePage => vec![Press::Hand(Hand::Key(PageKey::Tab))],
    }
}
