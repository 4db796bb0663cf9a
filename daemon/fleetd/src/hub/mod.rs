//! Lines to rooms: which are up, and what goes down them. Owns one entry a room; the newest line has it.
//!
//! Invariant: of two lines of one room the newer one stays, and the older is told so.

mod line;
mod pace;

pub(crate) use line::as_lines;
pub use line::{attend, welcome_here};

use fleet_proto::{Epoch, FromFleet, GoodbyeWhy, RoomId, TenantId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// Messages that wait for one room; one that takes no more is too slow.
const QUEUE: usize = 32;

type Whose = (TenantId, RoomId);

/// All lines of this server.
#[derive(Default)]
pub struct Hub {
    lines: Mutex<HashMap<Whose, Line>>,
}

struct Line {
    epoch: Epoch,
    to: mpsc::Sender<FromFleet>,
    end: watch::Sender<Option<GoodbyeWhy>>,
}

/// The line's own side.
pub(crate) struct Ends {
    pub from: mpsc::Receiver<FromFleet>,
    pub end: watch::Receiver<Option<GoodbyeWhy>>,
}

/// No line of this room is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the room is not connected")]
pub struct Offline;

impl Hub {
    /// Lists a line in place of an older one; `None` when a newer one is there.
    pub(crate) fn join(&self, whose: &Whose, epoch: Epoch) -> Option<Ends> {
        let mut lines = self.lines();
        if lines.get(whose).is_some_and(|line| line.epoch >= epoch) {
            return None;
        }
        let (to, from) = mpsc::channel(QUEUE);
        let (end, ended) = watch::channel(None);
        let line = Line { epoch, to, end };
        if let Some(older) = lines.insert(whose.clone(), line) {
            older.end.send_replace(Some(GoodbyeWhy::Replaced));
        }
        Some(Ends { from, end: ended })
    }

    /// A line has ended.
    pub(crate) fn part(&self, whose: &Whose, epoch: Epoch) {
        let mut lines = self.lines();
        if lines.get(whose).is_some_and(|line| line.epoch == epoch) {
            lines.remove(whose);
        }
    }

    /// Says something to a room.
    ///
    /// # Errors
    /// When it has no line; one that takes nothing any more is ended and counts as none.
    pub fn tell(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        message: FromFleet,
    ) -> Result<(), Offline> {
        let lines = self.lines();
        let line = lines.get(&(tenant.clone(), room.clone())).ok_or(Offline)?;
        line.to.try_send(message).map_err(|_| {
            line.end.send_replace(Some(GoodbyeWhy::TooSlow));
            Offline
        })
    }

    /// Ends a room's line, if it has one.
    pub fn end(&self, tenant: &TenantId, room: &RoomId, why: GoodbyeWhy) {
        if let Some(line) = self.lines().get(&(tenant.clone(), room.clone())) {
            line.end.send_replace(Some(why));
        }
    }

    /// Ends all lines.
    pub fn end_all(&self, why: GoodbyeWhy) {
        for line in self.lines().values() {
            line.end.send_replace(Some(why));
        }
    }

    /// Whether a room's line is up.
    #[must_use]
    pub fn is_up(&self, tenant: &TenantId, room: &RoomId) -> bool {
        self.lines().contains_key(&(tenant.clone(), room.clone()))
    }

    /// The number of a room's line, if it is up here.
    #[must_use]
    pub fn epoch(&self, tenant: &TenantId, room: &RoomId) -> Option<Epoch> {
        let lines = self.lines();
        let line = lines.get(&(tenant.clone(), room.clone()));
        line.map(|line| line.epoch)
    }

    /// How many lines are up.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lines().len()
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Whose, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose() -> Whose {
        ("own".parse().unwrap(), "saal-2".parse().unwrap())
    }

    #[test]
    fn the_newer_line_stays_and_the_older_is_told() {
        let hub = Hub::default();
        let older = hub.join(&whose(), Epoch(1)).unwrap();
        let mut newer = hub.join(&whose(), Epoch(2)).unwrap();
        assert_eq!(*older.end.borrow(), Some(GoodbyeWhy::Replaced));
        assert_eq!(*newer.end.borrow(), None);
        assert!(hub.join(&whose(), Epoch(1)).is_none(), "it comes too late");
        hub.part(&whose(), Epoch(1));
        let (tenant, room) = whose();
        hub.tell(&tenant, &room, FromFleet::Pull {}).unwrap();
        assert_eq!(newer.from.try_recv(), Ok(FromFleet::Pull {}));
        hub.part(&whose(), Epoch(2));
        assert_eq!(hub.tell(&tenant, &room, FromFleet::Pull {}), Err(Offline));
    }

    #[test]
    fn a_room_that_takes_nothing_is_ended_and_holds_nobody_up() {
        let hub = Hub::default();
        let line = hub.join(&whose(), Epoch(1)).unwrap();
        let (tenant, room) = whose();
        for _ in 0..QUEUE {
            hub.tell(&tenant, &room, FromFleet::Pull {}).unwrap();
        }
        assert_eq!(hub.tell(&tenant, &room, FromFleet::Pull {}), Err(Offline));
        assert_eq!(*line.end.borrow(), Some(GoodbyeWhy::TooSlow));
    }
}
