//! All cards in memory, so that pages ask no store. Owns the lock around them and the bell that rings at each change.

use super::{Card, Light, Room, Seen};
use crate::store::Revision;
use fleet_proto::{RoomId, TenantId};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};
use tokio::sync::watch;

/// Cards that are looked at while nobody may change one.
const AT_ONCE: usize = 128;

/// A tenant's cards by id.
type Cards = BTreeMap<RoomId, Card>;

/// The rooms of all tenants.
pub struct Roster {
    tenants: RwLock<HashMap<TenantId, Cards>>,
    bell: watch::Sender<u64>,
}

/// How many rooms are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// By light, in the order of [`Light::ALL`].
    pub lights: [u32; 4],
    /// With meetings tomorrow that will not work.
    pub tomorrow_red: u32,
    /// With meetings tomorrow that will, but.
    pub tomorrow_yellow: u32,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, card: &Card) {
        let (light, _) = card.light();
        if let Some(place) = Light::ALL.iter().position(|one| *one == light) {
            self.lights[place] += 1;
        }
        let (red, yellow) = card.tomorrow();
        self.tomorrow_red += u32::from(red > 0);
        self.tomorrow_yellow += u32::from(red == 0 && yellow > 0);
    }

    /// Counts those of another group, too.
    pub fn join(&mut self, other: &Counts) {
        for (sum, more) in self.lights.iter_mut().zip(other.lights) {
            *sum += more;
        }
        self.tomorrow_red += other.tomorrow_red;
        self.tomorrow_yellow += other.tomorrow_yellow;
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.lights.iter().sum()
    }
}

impl Default for Roster {
    fn default() -> Self {
        Roster {
            tenants: RwLock::default(),
            bell: watch::Sender::new(0),
        }
    }
}

impl Roster {
    /// Rings at each change, and counts them.
    #[must_use]
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Rings for something else that pages show.
    pub fn ring(&self) {
        self.bell.send_modify(|count| *count += 1);
    }

    /// A room that is new, or placed anew.
    pub fn place(&self, tenant: &TenantId, room: Room) {
        self.write(|tenants| {
            let cards = tenants.entry(tenant.clone()).or_default();
            match cards.get_mut(&room.id) {
                Some(card) => card.room = room,
                None => {
                    let seen = Seen::default();
                    cards.insert(room.id.clone(), Card { room, seen });
                }
            }
        });
    }

    /// A room that is no longer enrolled.
    pub fn remove(&self, tenant: &TenantId, id: &RoomId) {
        self.write(|tenants| {
            if let Some(cards) = tenants.get_mut(tenant) {
                cards.remove(id);
            }
        });
    }

    /// Changes what was seen of a room; `None` when there is no such room.
    pub fn see<T>(
        &self,
        tenant: &TenantId,
        id: &RoomId,
        change: impl FnOnce(&mut Seen) -> T,
    ) -> Option<T> {
        self.write(|tenants| {
            let card = tenants.get_mut(tenant)?.get_mut(id)?;
            Some(change(&mut card.seen))
        })
    }

    /// What was seen of a room is written. Pages show nothing else for that.
    pub fn kept(&self, tenant: &TenantId, id: &RoomId, revision: Revision) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let card = tenants.get_mut(tenant).and_then(|cards| cards.get_mut(id));
        if let Some(Card { seen, .. }) = card {
            seen.kept = seen.kept.max(revision);
        }
    }

    /// One card.
    #[must_use]
    pub fn card(&self, tenant: &TenantId, id: &RoomId) -> Option<Card> {
        self.read(|tenants| tenants.get(tenant)?.get(id).cloned())
    }

    /// How many cards a tenant has.
    #[must_use]
    pub fn count(&self, tenant: &TenantId) -> usize {
        self.read(|tenants| tenants.get(tenant).map_or(0, Cards::len))
    }

    /// Looks at all cards of a tenant, in the order of their ids; rooms speak between two of them.
    pub fn each(&self, tenant: &TenantId, mut look: impl FnMut(&Card)) {
        let mut from = Bound::Unbounded;
        loop {
            let last = self.read(|tenants| {
                let some = (from.clone(), Bound::Unbounded);
                let some = tenants.get(tenant)?.range::<RoomId, _>(some);
                let looked = some.take(AT_ONCE).map(|(id, card)| {
                    look(card);
                    id
                });
                looked.last().cloned()
            });
            match last {
                Some(id) => from = Bound::Excluded(id),
                None => return,
            }
        }
    }

    fn read<T>(&self, look: impl FnOnce(&HashMap<TenantId, Cards>) -> T) -> T {
        look(&self.tenants.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut HashMap<TenantId, Cards>) -> T) -> T {
        let done = change(&mut self.tenants.write().unwrap_or_else(PoisonError::into_inner));
        self.ring();
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::sample::card;

    #[test]
    fn each_room_is_looked_at_once_and_in_order_however_many_there_are() {
        let tenant: TenantId = "own".parse().unwrap();
        for count in [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE] {
            let roster = Roster::default();
            let ids: Vec<String> = (0..count).map(|n| format!("saal-{n:04}")).collect();
            for id in ids.iter().rev() {
                roster.place(&tenant, card(id, "nord").room);
            }
            let mut seen = Vec::new();
            roster.each(&tenant, |card| seen.push(card.room.id.to_string()));
            assert_eq!(seen, ids);
        }
    }
}
