//! Requests on their way to the heads of a line: taken without waiting, the newest motion wins, a stop goes first.
//! Must not know the line; it works the same while the line is gone.

use room_core::effect::HeadCommand;
use room_core::event::Outcome;
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// More requests than this wait only when the driver stands still.
const KEPT: usize = 32;

/// Ends of the inbox of a line with one head: one for the room, one for the driver.
pub fn channel() -> (Handle, Inbox) {
    let shared = Arc::new(Shared::of(1));
    let handle = Handle {
        head: 0,
        shared: Arc::clone(&shared),
    };
    (handle, Inbox(shared))
}

/// Ends of the inbox of a line with so many heads: one for the room per head, one for the driver.
pub fn channels(heads: usize) -> (Vec<Handle>, Inbox) {
    let shared = Arc::new(Shared::of(heads));
    let handle = |head| Handle {
        head,
        shared: Arc::clone(&shared),
    };
    ((0..heads).map(handle).collect(), Inbox(Arc::clone(&shared)))
}

#[derive(Debug)]
struct Shared {
    waiting: Vec<Mutex<Waiting>>,
    arrived: Notify,
}

impl Shared {
    fn of(heads: usize) -> Shared {
        Shared {
            waiting: (0..heads).map(|_| Mutex::default()).collect(),
            arrived: Notify::new(),
        }
    }

    fn lock(&self, head: usize) -> MutexGuard<'_, Waiting> {
        self.waiting[head]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits for the driver.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// To be done, in this order.
    pub(crate) commands: VecDeque<(RequestId, HeadCommand)>,
    /// Already over.
    pub(crate) ended: VecDeque<(RequestId, Outcome)>,
}

/// The room's end for one head. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    head: usize,
    shared: Arc<Shared>,
}

impl Handle {
    /// Hands over a request; returns at once. Each request ends with one `Event::Done` of the driver.
    pub fn send(&self, request: RequestId, command: HeadCommand) {
        self.shared.lock(self.head).add(request, command);
        self.shared.arrived.notify_one();
    }
}

/// The driver's end.
#[derive(Debug)]
pub struct Inbox(Arc<Shared>);

impl Inbox {
    /// Waits for something; may be dropped while waiting.
    pub(crate) async fn arrived(&self) {
        self.0.arrived.notified().await;
    }

    /// For how many heads it is.
    pub(crate) fn heads(&self) -> usize {
        self.0.waiting.len()
    }

    /// Everything that waits now for this head; nothing for one that there is not.
    pub(crate) fn take(&self, head: usize) -> Waiting {
        if head < self.heads() {
            core::mem::take(&mut *self.0.lock(head))
        } else {
            Waiting::default()
        }
    }
}

impl Waiting {
    fn add(&mut self, request: RequestId, command: HeadCommand) {
        if turns(command) || command == HeadCommand::Stop {
            self.replace(turns);
        }
        match command {
            HeadCommand::Stop => {
                self.replace(|older| older == HeadCommand::Stop);
                self.commands.push_front((request, command));
            }
            HeadCommand::Power(_) => {
                self.replace(|older| matches!(older, HeadCommand::Power(_)));
                self.commands.push_back((request, command));
            }
            _ if self.commands.len() >= KEPT => {
                self.end(request, Outcome::Failed(HeadFailure::NotNow));
            }
            _ => self.commands.push_back((request, command)),
        }
    }

    fn replace(&mut self, which: impl Fn(HeadCommand) -> bool) {
        let (older, kept) = self
            .commands
            .drain(..)
            .partition(|(_, command)| which(*command));
        self.commands = kept;
        let older: VecDeque<(RequestId, HeadCommand)> = older;
        for (request, _) in older {
            self.end(request, Outcome::Replaced);
        }
    }

    fn end(&mut self, request: RequestId, outcome: Outcome) {
        self.ended.push_back((request, outcome));
        if self.ended.len() > KEPT {
            tracing::error!("a head's driver stands still; outcomes are lost");
            self.ended.pop_front();
        }
    }
}

/// Whether only the newest of its sort can be meant.
fn turns(command: HeadCommand) -> bool {
    match command {
        HeadCommand::Drive { .. }
        | HeadCommand::Recall(_)
        | HeadCommand::Home
        | HeadCommand::Goto(_) => true,
        HeadCommand::Stop | HeadCommand::Power(_) | HeadCommand::Store(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use room_core::event::Drive;
    use room_core::units::{PresetNumber, Switch};

    fn drive() -> HeadCommand {
        HeadCommand::Drive {
            drive: Drive::default(),
            limit: Duration::from_secs(1),
        }
    }

    fn after(commands: &[HeadCommand]) -> Waiting {
        let (handle, inbox) = channel();
        for (n, command) in commands.iter().enumerate() {
            handle.send(RequestId(n as u64), *command);
        }
        inbox.take(0)
    }

    fn numbers(waiting: &Waiting) -> Vec<u64> {
        waiting
            .commands
            .iter()
            .map(|(request, _)| request.0)
            .collect()
    }

    #[test]
    fn a_stop_goes_first_and_ends_what_it_overtakes() {
        let recall = HeadCommand::Recall(PresetNumber(1));
        let store = HeadCommand::Store(PresetNumber(2));
        let got = after(&[store, recall, HeadCommand::Stop]);
        assert_eq!(numbers(&got), [2, 0]);
        assert_eq!(got.ended, [(RequestId(1), Outcome::Replaced)]);
    }

    #[test]
    fn a_stop_is_not_lost_behind_a_newer_drive() {
        let got = after(&[drive(), HeadCommand::Stop, drive(), drive()]);
        assert_eq!(numbers(&got), [1, 3]);
        assert_eq!(got.ended.len(), 2);
    }

    #[test]
    fn every_request_waits_or_has_ended() {
        let power = |switch| HeadCommand::Power(switch);
        let all = [
            drive(),
            power(Switch::Open),
            HeadCommand::Home,
            power(Switch::Closed),
            HeadCommand::Stop,
        ];
        for n in 0..all.len() {
            let got = after(&all[..n]);
            assert_eq!(got.commands.len() + got.ended.len(), n);
        }
    }

    #[test]
    fn a_flood_of_stores_is_bounded_and_answered() {
        let got = after(&[HeadCommand::Store(PresetNumber(1)); KEPT + 5]);
        assert_eq!((got.commands.len(), got.ended.len()), (KEPT, 5));
    }
}
