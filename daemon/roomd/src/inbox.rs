//! The one way into the event loop: presses first and never dropped, then what drivers saw, newest of a kind.
//! Knows the shape of events, not their meaning for a room.

use room_core::event::{CallSeen, Event, HeadSeen, Origin, Press};
use room_core::sound::SoundSeen;
use tokio::sync::mpsc;
use tracing::warn;

/// So many facts may wait; whoever brings more waits with them.
pub const EVENTS: usize = 256;
/// So many presses may wait.
pub const PRESSES: usize = 64;
/// At most so many facts are taken in one round, so that a flood cannot hold up a press.
const ROUND: usize = 64;

/// What a round of the loop works off, in order.
#[derive(Debug, Default, PartialEq)]
pub struct Round {
    /// What happened.
    pub events: Vec<Event>,
    /// So many of them, from the front, are presses at faces, which wait for an answer.
    pub at_faces: usize,
}

/// The receiving end of everything.
#[derive(Debug)]
pub struct Inbox {
    events: mpsc::Receiver<Event>,
    presses: mpsc::Receiver<(Press, Origin)>,
    crowded: bool,
}

/// The sending ends. Drivers send facts and wait when there is no room; faces send presses.
#[derive(Debug, Clone)]
pub struct Doors {
    /// For facts. Senders wait while it is full.
    pub events: mpsc::Sender<Event>,
    /// For presses of faces.
    pub presses: mpsc::Sender<(Press, Origin)>,
}

/// An inbox and its doors.
pub fn channel() -> (Doors, Inbox) {
    let (events, event_inbox) = mpsc::channel(EVENTS);
    let (presses, press_inbox) = mpsc::channel(PRESSES);
    let inbox = Inbox {
        events: event_inbox,
        presses: press_inbox,
        crowded: false,
    };
    (Doors { events, presses }, inbox)
}

impl Inbox {
    /// Waits until there is something and takes it: all presses, then facts up to a limit. May be dropped and called again.
    /// Empty when every door is closed.
    pub async fn next(&mut self) -> Round {
        let (press, fact) = tokio::select! {
            biased;
            Some(press) = self.presses.recv() => (Some(press), None),
            Some(event) = self.events.recv() => (None, Some(event)),
            else => return Round::default(),
        };
        let mut presses: Vec<_> = press.into_iter().collect();
        while let Ok(press) = self.presses.try_recv() {
            presses.push(press);
        }
        self.note_crowd();
        let mut facts: Vec<_> = fact.into_iter().collect();
        while facts.len() < ROUND
            && let Ok(event) = self.events.try_recv()
        {
            facts.push(event);
        }
        let at_faces = presses.len();
        let pressed = |(press, origin)| Event::Pressed { press, origin };
        let events = presses
            .into_iter()
            .map(pressed)
            .chain(coalesce(facts))
            .collect();
        Round { events, at_faces }
    }

    /// Says once when the inbox was full, and again only after it was empty.
    fn note_crowd(&mut self) {
        let waiting = self.events.len();
        if waiting >= EVENTS && !self.crowded {
            warn!(
                waiting,
                "more is seen than the room can take in; drivers wait"
            );
        }
        self.crowded = waiting >= EVENTS || (self.crowded && waiting > 0);
    }
}

/// Drops observations that a later one of the same thing in the same round makes void.
/// Presses, answers and everything that is a step in a story stay, all in their order.
fn coalesce(facts: Vec<Event>) -> Vec<Event> {
    let mut kept: Vec<Event> = Vec::with_capacity(facts.len());
    for event in facts.into_iter().rev() {
        let void = kind(&event).is_some() && kept.iter().any(|later| kind(later) == kind(&event));
        if !void {
            kept.push(event);
        }
    }
    kept.reverse();
    kept
}

/// What an observation is about, when only its newest value counts.
fn kind(event: &Event) -> Option<(u8, String)> {
    let kind = match event {
        Event::Head(head, HeadSeen::At { .. }) => (0, head.as_str().to_owned()),
        Event::Call(call, CallSeen::Media(_)) => (1, call.to_string()),
        Event::Call(call, CallSeen::People(_)) => (2, call.to_string()),
        Event::Call(call, CallSeen::Volume(_)) => (3, call.to_string()),
        Event::Calendar(_) => (4, String::new()),
        Event::Sound(SoundSeen::Volume(_)) => (5, String::new()),
        Event::Deadline
        | Event::Clock { .. }
        | Event::Pressed { .. }
        | Event::Browser(_)
        | Event::Call(..)
        | Event::Screen(_)
        | Event::Head(..)
        | Event::Puck(..)
        | Event::Firmware(..)
        | Event::Display(..)
        | Event::Camera(..)
        | Event::Fitting(..)
        | Event::Sound(_)
        | Event::Preflight(..)
        | Event::Hours(_)
        | Event::Done { .. }
        | Event::PlanChanged(_)
        | Event::Restored(_)
        | Event::Stopping => return None,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::ids::{CallId, HeadId};
    use room_core::units::{Position, Switch};

    fn at(pan: i32) -> Event {
        let position = Position {
            pan,
            ..Position::default()
        };
        Event::Head(
            HeadId::new("front"),
            HeadSeen::At {
                position,
                moving: true,
            },
        )
    }

    #[test]
    fn only_the_newest_position_counts_and_the_rest_keeps_its_order() {
        let mic = |switch| Event::Call(CallId(1), CallSeen::Mic(switch));
        let press = || Event::Pressed {
            press: Press::Leave,
            origin: Origin::Puck,
        };
        let round = vec![
            at(1),
            press(),
            mic(Switch::Open),
            at(2),
            mic(Switch::Closed),
            press(),
            at(3),
        ];
        let expected = vec![
            press(),
            mic(Switch::Open),
            mic(Switch::Closed),
            press(),
            at(3),
        ];
        assert_eq!(coalesce(round), expected);
    }

    #[tokio::test]
    async fn presses_come_first_and_none_is_lost() {
        let (doors, mut inbox) = channel();
        for pan in 0..EVENTS {
            doors
                .events
                .try_send(at(i32::try_from(pan).unwrap()))
                .unwrap();
        }
        for _ in 0..PRESSES {
            doors
                .presses
                .try_send((Press::Leave, Origin::Panel))
                .unwrap();
        }
        let round = inbox.next().await;
        assert_eq!(round.at_faces, PRESSES);
        let pressed = |event: &Event| matches!(event, Event::Pressed { .. });
        assert!(round.events[..PRESSES].iter().all(pressed));
        assert!(inbox.crowded);
        drop(doors);
        let mut last = None;
        loop {
            let round = inbox.next().await;
            let Some(newest) = round.events.last() else {
                break;
            };
            last = Some(newest.clone());
        }
        assert_eq!(last, Some(at(i32::try_from(EVENTS).unwrap() - 1)));
    }
}
