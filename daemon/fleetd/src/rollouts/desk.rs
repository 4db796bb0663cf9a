//! Rollouts, rings and rooms' standings in the store, and in memory what rooms are offered now. Decides nothing.

use super::{BadRings, Is, Next, Phase, Ring, Rollout, Standing, Tally, check, default_rings};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::{Offers, ReleaseNow, RoomId, TenantId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const RINGS: &str = "rings";

/// Rooms' standings in one rollout.
pub type Standings = BTreeMap<RoomId, Standing>;

/// Where they stand.
pub struct RolloutDesk {
    rollouts: Shelf<Rollout>,
    standings: Shelf<Standing>,
    rings: Shelf<Vec<Ring>>,
    known: Mutex<HashMap<TenantId, Known>>,
}

/// What is in memory.
#[derive(Default)]
struct Known {
    rollouts: BTreeMap<String, Kept<Rollout>>,
    /// By room and rollout.
    standings: HashMap<RoomId, BTreeMap<String, Kept<Standing>>>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// There is none.
    #[error("there is no such rollout, or the room has no part in it")]
    Gone,
    /// Another version of the same thing is on its way.
    #[error("{0} is on its way to the same rooms: stop it first")]
    Busy(String),
    /// It was stopped for good.
    #[error("it was stopped for good: begin it anew")]
    Stopped,
    /// A room that has begun, or has ended, cannot be changed so.
    #[error("the room is not in a state in which this can be done")]
    NotNow,
    /// Rings.
    #[error(transparent)]
    Rings(#[from] BadRings),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an administrator does with a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing new is offered, what was not begun is taken back.
    Pause,
    /// It goes on, with the failures that there are.
    GoOn,
    /// The next ring begins now.
    OpenNext,
    /// Ends for good.
    Stop,
}

impl Change {
    /// All of them, by the words of pages and programs.
    pub const ALL: [(&'static str, Change); 4] = [
        ("pause", Change::Pause),
        ("go-on", Change::GoOn),
        ("open-next", Change::OpenNext),
        ("stop", Change::Stop),
    ];

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Change> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == word);
        found.map(|(_, change)| change)
    }
}

fn place(room: &RoomId, rollout: &str) -> String {
    format!("{room}/{rollout}")
}

impl RolloutDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> RolloutDesk {
        RolloutDesk {
            rollouts: Shelf::new(store, "rollouts"),
            standings: Shelf::new(store, "standings"),
            rings: Shelf::new(store, "rings"),
            known: Mutex::default(),
        }
    }

    /// Reads everything into memory.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recall(&self, tenant: &TenantId) -> Result<(), StoreError> {
        for kept in self.rollouts.all(tenant).await? {
            self.hold_rollout(tenant, kept);
        }
        for kept in self.standings.all(tenant).await? {
            self.hold_standing(tenant, kept);
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TenantId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers how a rollout stands, unless it is known better.
    pub(crate) fn hold_rollout(&self, tenant: &TenantId, kept: Kept<Rollout>) {
        let mut all = self.known();
        let known = all.entry(tenant.clone()).or_default();
        let newer = |old: &Kept<Rollout>| old.revision < kept.revision;
        if known.rollouts.get(&kept.name).is_none_or(newer) {
            known.rollouts.insert(kept.name.clone(), kept);
        }
    }

    /// Remembers how a room stands, unless it is known better. The answer is the room, when that was news.
    pub(crate) fn hold_standing(&self, tenant: &TenantId, kept: Kept<Standing>) -> Option<RoomId> {
        let (room, rollout) = kept.name.split_once('/')?;
        let room: RoomId = room.parse().ok()?;
        let mut all = self.known();
        let of_room = &mut all.entry(tenant.clone()).or_default().standings;
        let of_room = of_room.entry(room.clone()).or_default();
        let newer = |old: &Kept<Standing>| old.revision < kept.revision;
        let news = of_room.get(rollout).is_none_or(newer);
        if news {
            of_room.insert(rollout.to_owned(), kept);
        }
        news.then_some(room)
    }

    /// What a room is offered now, and what it has begun.
    #[must_use]
    pub fn offers(&self, tenant: &TenantId, room: &RoomId) -> Offers {
        let all = self.known();
        let Some(known) = all.get(tenant) else {
            return Offers::default();
        };
        let of_room = known.standings.get(room).into_iter().flatten();
        let offers = of_room.filter_map(|(rollout, standing)| {
            let rollout = known.rollouts.get(rollout)?;
            standing.value.offer(&rollout.value.target)
        });
        Offers {
            offers: offers.take(Offers::MOST).collect(),
        }
    }

    /// All rollouts by name.
    #[must_use]
    pub fn all(&self, tenant: &TenantId) -> Vec<Kept<Rollout>> {
        let all = self.known();
        let known = all.get(tenant).into_iter();
        known.flat_map(|k| k.rollouts.values().cloned()).collect()
    }

    /// How rooms stand to a rollout; those that are not in it have no part yet.
    #[must_use]
    pub fn standings(&self, tenant: &TenantId, rollout: &str) -> Standings {
        let all = self.known();
        let rooms = all.get(tenant).into_iter().flat_map(|k| &k.standings);
        rooms
            .filter_map(|(room, of)| Some((room.clone(), of.get(rollout)?.value.clone())))
            .collect()
    }

    /// Rooms where a release did not prove itself, and when; of rollouts that were stopped nobody needs to hear any more.
    #[must_use]
    pub fn failed(&self, tenant: &TenantId) -> BTreeMap<RoomId, i64> {
        let all = self.known();
        let Some(known) = all.get(tenant) else {
            return BTreeMap::new();
        };
        let counts = |rollout: &str| {
            let kept = known.rollouts.get(rollout);
            kept.is_some_and(|kept| kept.value.phase != Phase::Stopped)
        };
        let rooms = known.standings.iter().filter_map(|(room, of)| {
            let mut failed = of.iter().filter_map(|(name, kept)| match kept.value.is {
                Is::Failed { at_ms, .. } if counts(name) => Some(at_ms),
                _ => None,
            });
            Some((room.clone(), failed.next()?))
        });
        rooms.collect()
    }

    /// Whether a rollout has rooms that it offered something, or that are at it.
    #[must_use]
    pub fn is_at_risk(&self, tenant: &TenantId, rollout: &str) -> bool {
        let all = self.known();
        let mut rooms = all
            .get(tenant)
            .into_iter()
            .flat_map(|k| k.standings.values());
        rooms.any(|of| {
            of.get(rollout)
                .is_some_and(|kept| kept.value.is.is_at_risk())
        })
    }

    /// Rings for the next rollout.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rings(&self, tenant: &TenantId) -> Result<Vec<Ring>, StoreError> {
        let kept = self.rings.get(tenant, RINGS).await?;
        Ok(kept.map_or_else(default_rings, |kept| kept.value))
    }

    /// Writes rings for the next rollout; those that are on their way keep theirs.
    ///
    /// # Errors
    /// When they are none, or the store fails.
    pub async fn write_rings(&self, tenant: &TenantId, rings: &[Ring]) -> Result<(), RolloutError> {
        check(rings)?;
        let kept = self.rings.get(tenant, RINGS).await?;
        let expected = kept.map_or(Revision::ABSENT, |kept| kept.revision);
        let at = (tenant, RINGS);
        Ok(self
            .rings
            .put(at, expected, &rings.to_vec())
            .await
            .map(drop)?)
    }

    /// Whether nothing of the same thing is on its way.
    ///
    /// # Errors
    /// When something is.
    pub fn may_begin(&self, tenant: &TenantId, of: &str) -> Result<(), RolloutError> {
        let same = |kept: &Kept<Rollout>| kept.value.of == of && kept.value.phase != Phase::Stopped;
        match self.all(tenant).into_iter().find(same) {
            Some(other) => Err(RolloutError::Busy(other.name)),
            None => Ok(()),
        }
    }

    /// Begins a rollout, or one anew that was stopped; whoever failed stays in the penalty box.
    ///
    /// # Errors
    /// When one of the same thing is on its way, or the store fails.
    pub async fn begin(
        &self,
        tenant: &TenantId,
        (name, rollout): (&str, Rollout),
    ) -> Result<(), RolloutError> {
        check(&rollout.rings)?;
        self.may_begin(tenant, &rollout.of)?;
        let kept = self.rollouts.get(tenant, name).await?;
        let expected = kept.map_or(Revision::ABSENT, |kept| kept.revision);
        self.put_rollout(tenant, name, (expected, rollout)).await?;
        Ok(())
    }

    pub(super) async fn put_rollout(
        &self,
        tenant: &TenantId,
        name: &str,
        (expected, value): (Revision, Rollout),
    ) -> Result<(), StoreError> {
        let revision = self.rollouts.put((tenant, name), expected, &value).await?;
        let name = name.to_owned();
        self.hold_rollout(
            tenant,
            Kept {
                name,
                revision,
                value,
            },
        );
        Ok(())
    }

    /// Does with a rollout what an administrator wants.
    ///
    /// # Errors
    /// When there is none, it was stopped for good, or the store fails.
    pub async fn change(
        &self,
        tenant: &TenantId,
        (name, change): (&str, Change),
        tally: impl Fn(&Rollout) -> Tally,
    ) -> Result<Rollout, RolloutError> {
        loop {
            let kept = self.rollouts.get(tenant, name).await?;
            let kept = kept.ok_or(RolloutError::Gone)?;
            let mut rollout = kept.value;
            if rollout.phase == Phase::Stopped {
                return Err(RolloutError::Stopped);
            }
            match change {
                Change::Pause => rollout.phase = Phase::Paused,
                Change::GoOn => rollout.go_on(tally(&rollout).failed),
                Change::OpenNext => rollout.open_next(),
                Change::Stop => rollout.phase = Phase::Stopped,
            }
            let put = (kept.revision, rollout.clone());
            match self.put_rollout(tenant, name, put).await {
                Ok(()) => return Ok(rollout),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Changes how a room stands; `None` when nothing was to be changed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stand(
        &self,
        tenant: &TenantId,
        (room, rollout): (&RoomId, &str),
        change: impl Fn(&mut Standing) -> bool,
    ) -> Result<Option<Standing>, StoreError> {
        let name = place(room, rollout);
        loop {
            let kept = self.standings.get(tenant, &name).await?;
            let (expected, mut standing) = match kept {
                Some(kept) => (kept.revision, kept.value),
                None => (Revision::ABSENT, Standing::default()),
            };
            if !change(&mut standing) {
                return Ok(None);
            }
            match self
                .standings
                .put((tenant, &name), expected, &standing)
                .await
            {
                Ok(revision) => {
                    let kept = Kept {
                        name,
                        revision,
                        value: standing.clone(),
                    };
                    self.hold_standing(tenant, kept);
                    return Ok(Some(standing));
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes what was decided about a room, if it still stands so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn take(
        &self,
        tenant: &TenantId,
        (room, rollout): (&RoomId, &str),
        (next, now_ms): (&Next, i64),
    ) -> Result<Option<Standing>, StoreError> {
        self.stand(tenant, (room, rollout), |standing| {
            let still = match (next, &standing.is) {
                (Next::Offer(_), Is::Free {}) | (Next::TakeBack(_), Is::Offered { .. }) => true,
                (Next::GiveUp(_), Is::Begun { .. } | Is::Offered { .. }) => true,
                (_, _) => false,
            };
            if still {
                standing.take(next, now_ms);
            }
            still
        })
        .await
    }

    /// Takes what a room says; the rollout that it is about, when that changed something.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hear(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        said: &ReleaseNow,
        now_ms: i64,
    ) -> Result<Option<(String, Standing)>, StoreError> {
        let of_target = |kept: &Kept<Rollout>| kept.value.target == said.offer.target;
        let Some(rollout) = self.all(tenant).into_iter().find(of_target) else {
            return Ok(None);
        };
        // Nothing is kept of a room that says something about what it was never offered.
        if !self.standings(tenant, &rollout.name).contains_key(room) {
            return Ok(None);
        }
        let heard = self
            .stand(tenant, (room, &rollout.name), |standing| {
                standing.hear(said.offer.attempt, &said.stage, now_ms)
            })
            .await?;
        Ok(heard.map(|standing| (rollout.name, standing)))
    }
}
