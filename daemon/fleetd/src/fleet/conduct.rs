//! What is done with a room's key that no room does: said of the room, kept, and forgotten when it was long not done again.

use super::said::codes;
use super::{Fleet, Whose};
use crate::history::Turn;
use crate::rooms::Misdeed;
use fleet_proto::{Boot, RoomId, TenantId};

impl Fleet {
    /// Says of a room what was done with its key.
    pub async fn misdone(&self, whose: &Whose, what: Misdeed) {
        let (tenant, room) = whose;
        let now_ms = self.now_ms();
        let noted = self.roster.see(tenant, room, |seen| {
            (seen.misdeeds.note(what, now_ms), seen.presence.epoch())
        });
        let Some((first, epoch)) = noted else { return };
        if !first {
            return;
        }
        tracing::warn!(%room, what = what.word(), "a room does what no room does");
        if let Some(card) = self.roster.card(tenant, room) {
            let (light, faults) = codes(&card);
            self.remember(whose, Turn::new(now_ms, light, faults)).await;
        }
        if let Err(error) = self.keep_seen(whose, epoch).await {
            tracing::warn!(%error, %room, "what was seen of a room cannot be kept");
        }
    }

    /// A line that a newer one replaced has answered after that. A daemon has one line at a time, and a board one daemon: when the
    /// newer line is another start's, two boards have this key.
    pub async fn still_there(&self, whose: &Whose, older: &Boot) {
        let card = self.roster.card(&whose.0, &whose.1);
        let newer = card.and_then(|card| card.seen.boot);
        if newer.is_some_and(|newer| newer != *older) {
            self.misdone(whose, Misdeed::TwoBoards).await;
        }
    }

    /// Forgets what was long not done again.
    pub fn forgive(&self, tenant: &TenantId, now_ms: i64) {
        let mut over: Vec<RoomId> = Vec::new();
        self.roster.each(tenant, |card| {
            if card.seen.misdeeds.is_over(now_ms) {
                over.push(card.room.id.clone());
            }
        });
        for room in over {
            self.roster
                .see(tenant, &room, |seen| seen.misdeeds.forgive(now_ms));
        }
    }
}
