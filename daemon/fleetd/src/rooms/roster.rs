//! All cards in memory, so that pages ask no store. Owns the lock around them and the bell that rings at each change.

use super::{Card, Light, Room, Seen};
use fleet_proto::{RoomId, TenantId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};
use tokio::sync::watch;

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

    /// Looks at all cards of a tenant, in the order of their ids.
    pub fn each(&self, tenant: &TenantId, mut look: impl FnMut(&Card)) {
        self.read(|tenants| {
            let cards = tenants.get(tenant).into_iter();
            cards.flat_map(BTreeMap::values).for_each(&mut look);
        });
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
