//! Owns the way in: what the room asks of its SIP client, in order, never blocking the asker, bounded because a newer wish
//! takes the place of an older one of the same kind.

use room_core::effect::CallCommand;
use room_core::ids::CallId;
use std::collections::VecDeque;
use std::mem::discriminant;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::Notify;

/// Asks things of the SIP client. Cheap to clone; nothing here blocks.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    /// Counts the handles, so that the inbox knows when all are gone. Empty only while being dropped.
    alive: Option<Arc<()>>,
}

/// Where the client's task finds what was asked. Outlives the task: what waits here is not lost when it starts anew.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
    handles: Weak<()>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<VecDeque<(CallId, CallCommand)>>,
    bell: Notify,
}

/// Makes both ends.
pub fn channel() -> (Handle, Inbox) {
    let shared = Arc::new(Shared::default());
    let alive = Arc::new(());
    let inbox = Inbox {
        shared: Arc::clone(&shared),
        handles: Arc::downgrade(&alive),
    };
    let handle = Handle {
        shared,
        alive: Some(alive),
    };
    (handle, inbox)
}

impl Handle {
    /// Asks something of a call.
    pub fn command(&self, call: CallId, command: CallCommand) {
        let waiting = &self.shared.waiting;
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |older: &CallCommand| {
            command == CallCommand::Drop || discriminant(older) == discriminant(&command)
        };
        waiting.retain(|(id, older)| *id != call || !same(older));
        waiting.push_back((call, command));
        drop(waiting);
        self.shared.bell.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.alive = None;
        self.shared.bell.notify_one();
    }
}

impl Inbox {
    /// The next wish; `None` when every handle is gone and nothing waits. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<(CallId, CallCommand)> {
        loop {
            let waiting = &self.shared.waiting;
            let first = waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            if first.is_some() {
                return first;
            }
            if self.handles.strong_count() == 0 {
                return None;
            }
            self.shared.bell.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::units::{Percent, Switch};

    #[tokio::test(start_paused = true)]
    async fn a_newer_wish_takes_the_place_of_an_older_one_and_the_inbox_ends_with_the_last_handle()
    {
        let (handle, mut inbox) = channel();
        let call = CallId(7);
        for level in 0..100 {
            handle.command(call, CallCommand::Volume(Percent::new(level)));
        }
        handle.command(call, CallCommand::Mic(Switch::Open));
        handle.command(CallId(8), CallCommand::Mic(Switch::Open));
        handle.command(call, CallCommand::Mic(Switch::Closed));
        handle.command(CallId(8), CallCommand::Drop);
        drop(handle.clone());
        let volume = CallCommand::Volume(Percent::new(99));
        for expected in [
            (call, volume),
            (call, CallCommand::Mic(Switch::Closed)),
            (CallId(8), CallCommand::Drop),
        ] {
            assert_eq!(inbox.next().await, Some(expected));
        }
        drop(handle);
        assert_eq!(inbox.next().await, None);
    }
}
