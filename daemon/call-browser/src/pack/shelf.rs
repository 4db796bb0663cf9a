//! Where the packs in use stand, so that they can be renewed while calls go on: a call keeps the pack it began with.
//! Knows no file and no signature.

use super::{Pack, Packs};
use room_core::ids::ServiceId;
use std::sync::{Arc, PoisonError, RwLock};

/// The packs in use. Cheap to clone; all clones are the same shelf.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<RwLock<Packs>>);

impl From<Packs> for Shelf {
    fn from(packs: Packs) -> Self {
        Self(Arc::new(RwLock::new(packs)))
    }
}

impl Shelf {
    /// The pack for a service, as of now.
    pub fn of(&self, service: &ServiceId) -> Option<Arc<Pack>> {
        self.now().of(service)
    }

    /// All packs, as of now.
    pub fn now(&self) -> Packs {
        let packs = self.0.read().unwrap_or_else(PoisonError::into_inner);
        packs.clone()
    }

    /// From now on calls begin with these.
    pub fn renew(&self, packs: Packs) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = packs;
    }
}
