//! Looks at rollouts and rooms every few seconds, keeps what was decided, and tells rooms what they are offered. One server of several
//! decides at a time; each tells the rooms whose lines it has. Decides nothing.

use super::{Facts, Is, Next, Phase, Rollout, Standing, step};
use crate::fleet::Fleet;
use crate::rooms::{Card, Link};
use crate::secrets::secret;
use crate::store::{Kept, Lease, LeaseWish, StoreError};
use fleet_proto::{
    CalendarNow, FromFleet, NEAR_MS, Phase as Doing, RoomId, TAKES_BOARDS, TAKES_FIRMWARE,
    TAKES_PACKAGES, TAKES_PACKS,
};
use releases::Kind;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const LOOK: Duration = Duration::from_secs(2);
/// Another server goes on after this, when this one has died.
const LEASE: Duration = Duration::from_secs(20);
/// Who it is in the log.
const CLERK: &str = "fleetd";

/// Until told to stop.
pub async fn roll_out(fleet: Arc<Fleet>, stop: CancellationToken) {
    let holder = secret()[..16].to_owned();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = looks.tick() => {}
        }
        match is_ours(&fleet, &holder, LEASE).await {
            Ok(true) => {
                if let Err(error) = fleet.roll_out_once().await {
                    tracing::warn!(%error, "what was decided about releases cannot be kept; it is decided again");
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "releases cannot be looked after"),
        }
    }
    if let Ok(true) = is_ours(&fleet, &holder, LEASE).await {
        // A lease that lasts no time is nobody's.
        let _ = is_ours(&fleet, &holder, Duration::ZERO).await;
    }
}

async fn is_ours(fleet: &Fleet, holder: &str, lasts: Duration) -> Result<bool, StoreError> {
    let wish = LeaseWish {
        name: format!("rollouts.{}", fleet.tenant),
        holder: holder.to_owned(),
        lasts,
        now_ms: fleet.now_ms(),
    };
    Ok(matches!(fleet.store.lease(wish).await?, Lease::Ours(_)))
}

impl Fleet {
    /// One look at all rollouts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn roll_out_once(&self) -> Result<(), StoreError> {
        for kept in self.rollouts.all(&self.tenant) {
            self.look_at(kept).await?;
        }
        Ok(())
    }

    /// Takes back what a rollout that does not go on has offered, now.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn take_back_now(&self, name: &str) -> Result<(), StoreError> {
        let all = self.rollouts.all(&self.tenant).into_iter();
        for kept in all.filter(|kept| kept.name == name && kept.value.phase != Phase::Going) {
            self.look_at(kept).await?;
        }
        Ok(())
    }

    async fn look_at(&self, kept: Kept<Rollout>) -> Result<(), StoreError> {
        let (tenant, now_ms) = (&self.tenant, self.now_ms());
        let over = kept.value.phase == Phase::Stopped;
        if over && !self.rollouts.is_at_risk(tenant, &kept.name) {
            return Ok(());
        }
        let facts = self.facts(&kept.name, &kept.value);
        let decided = step(&kept.value, &facts, now_ms);
        if decided.is_empty() {
            return Ok(());
        }
        let mut rollout = kept.value.clone();
        for next in &decided {
            rollout.take(next, now_ms);
        }
        if rollout != kept.value {
            self.note_turn(&kept, &rollout).await?;
            let put = (kept.revision, rollout);
            match self.rollouts.put_rollout(tenant, &kept.name, put).await {
                Ok(()) => {}
                // An administrator changed it at this moment: everything is decided anew.
                Err(StoreError::Conflict(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        let mut changed = BTreeSet::new();
        for next in &decided {
            let (Next::Offer(room) | Next::TakeBack(room) | Next::GiveUp(room)) = next else {
                continue;
            };
            let at = (room, kept.name.as_str());
            let taken = self.rollouts.take(tenant, at, (next, now_ms)).await?;
            if taken.is_some() {
                changed.insert(room.clone());
            }
        }
        for room in &changed {
            self.say_offers(room);
        }
        self.roster.ring();
        Ok(())
    }

    /// What a rollout did by itself and people want to find again.
    async fn note_turn(&self, kept: &Kept<Rollout>, new: &Rollout) -> Result<(), StoreError> {
        let what = match (new.phase, new.open > kept.value.open) {
            (Phase::Halted, _) => "rollout-halted",
            (_, true) => "rollout-ring",
            (_, false) => return Ok(()),
        };
        let ring = new
            .rings
            .get(new.open)
            .map_or("", |ring| ring.name.as_str());
        let act = (CLERK, what, kept.name.as_str());
        self.note(&self.tenant, act, &[("ring", ring)]).await
    }

    /// Rooms as a rollout sees them.
    #[must_use]
    pub fn facts(&self, name: &str, rollout: &Rollout) -> Vec<Facts> {
        let now_ms = self.now_ms();
        let standings = self.rollouts.standings(&self.tenant, name);
        let mut facts = Vec::new();
        self.roster.each(&self.tenant, |card| {
            let room = &card.room.id;
            facts.push(Facts {
                room: room.clone(),
                ring: rollout.ring_of(card),
                able: is_able(card, rollout),
                quiet: is_quiet(card, now_ms),
                standing: standings.get(room).cloned().unwrap_or_default(),
            });
        });
        facts
    }

    /// Tells a room what it is offered, when its line is here.
    pub(crate) fn say_offers(&self, room: &RoomId) {
        let offers = self.rollouts.offers(&self.tenant, room);
        // A room whose line is elsewhere, or down, is told there, or when it comes.
        let _ = self.hub.tell(&self.tenant, room, FromFleet::Offers(offers));
    }
}

impl Rollout {
    /// A room's ring; one that names none of them is in the last.
    #[must_use]
    pub fn ring_of(&self, card: &Card) -> usize {
        let named = self
            .rings
            .iter()
            .position(|ring| ring.name == card.room.ring);
        named.unwrap_or(self.rings.len().saturating_sub(1))
    }
}

/// Its line is up, and it says that it takes such releases, on a machine like its own.
fn is_able(card: &Card, rollout: &Rollout) -> bool {
    let up = matches!(card.seen.presence.link(), Link::Up { .. });
    let takes = |verb: &str| match rollout.kind() {
        Kind::JoinPack | Kind::RecognisePack => verb == TAKES_PACKS,
        Kind::Package => verb
            .strip_prefix(TAKES_PACKAGES)
            .is_some_and(|architecture| rollout.architectures.contains(architecture)),
        Kind::Firmware => verb == TAKES_FIRMWARE,
        Kind::Board => verb == TAKES_BOARDS,
        Kind::Unknown => false,
    };
    up && card.seen.verbs.iter().any(|verb| takes(verb.as_str()))
}

/// In no meeting and near none, as far as the room said; it looks for itself again before it begins.
fn is_quiet(card: &Card, now_ms: i64) -> bool {
    let Some(state) = &card.seen.state else {
        return false;
    };
    let idle = matches!(state.phase, Doing::Standby | Doing::Ended);
    let far = state
        .next_meeting_ms
        .is_none_or(|at_ms| at_ms - now_ms > NEAR_MS);
    idle && far && state.calendar != CalendarNow::Unknown {}
}

/// For people: how a room stands, as a word that has its text.
#[must_use]
pub fn word_of(standing: &Standing, able: bool, quiet: bool) -> &'static str {
    match (&standing.is, able, quiet) {
        (Is::Free {}, false, _) => "away",
        (Is::Free {}, true, false) => "in-use",
        (Is::Free {}, true, true) => "next",
        (is, _, _) => is.word(),
    }
}
