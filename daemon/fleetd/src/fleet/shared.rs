//! One server among several over one store: what others changed comes into memory, what others hold is asked of them, and rooms of a
//! server that is gone are shown so.
//!
//! Invariant: whether a room can be reached is said by the server that has its line, or by nobody being there.

use super::{Fleet, Whose};
use crate::authority;
use crate::cluster::{ANSWER, BEAT, Cluster};
use crate::commands::{Order, Standing};
use crate::history::Turn;
use crate::rooms::{Link, Room, Seen};
use crate::store::{
    Change, Kept, Key, NoAnswer, NodeId, Question, Revision, Shelf, StoreError, kind_of, name_of,
};
use fleet_proto::{Epoch, FromFleet, GoodbyeWhy, RoomId, TenantId};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// Nodes' documents are looked through after so many beats.
const LOOK_THROUGH: u64 = 30;
/// Rooms of a lost node that are written down beside each other.
const AT_ONCE: usize = 64;
/// Times that a room may change its server while it is looked for.
const MOVES: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// Does a node have this room's line?
#[derive(Serialize, Deserialize)]
struct HasLine {
    tenant: TenantId,
    room: RoomId,
}

/// A node's document.
#[derive(Serialize, Deserialize)]
struct Node {
    began_ms: i64,
}

fn parse<T: DeserializeOwned>(change: &Change) -> Option<T> {
    let value = change.value.as_ref()?;
    let read = serde_json::from_slice(value);
    if let Err(error) = &read {
        tracing::warn!(%error, kind = kind_of(&change.key), "another server wrote what this one cannot read");
    }
    read.ok()
}

impl Fleet {
    fn nodes(&self) -> Shelf<Node> {
        Shelf::new(&self.store, "nodes")
    }

    /// Enters this node; every later change of the store has a higher revision than the one that is noted.
    pub(super) async fn enter(&self) -> Result<(), StoreError> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        let (nodes, name) = (self.nodes(), cluster.node.as_str());
        let before = nodes.get(&self.tenant, name).await?;
        let expected = before.map_or(Revision::ABSENT, |kept| kept.revision);
        let node = Node {
            began_ms: self.now_ms(),
        };
        let entered = nodes.put((&self.tenant, name), expected, &node).await?;
        *cluster.since.lock().unwrap_or_else(PoisonError::into_inner) = entered;
        Ok(())
    }

    /// Goes along with the other servers until told to stop; ends at once where there are none.
    pub async fn go_along(self: Arc<Self>, stop: CancellationToken) {
        let Some(cluster) = &self.cluster else { return };
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow(cluster) => {}
            () = self.beat(cluster) => {}
            () = self.hear_beats(cluster) => {}
            () = self.answer(cluster) => {}
        }
        if let Ok(Some(kept)) = self.nodes().get(&self.tenant, cluster.node.as_str()).await {
            // Whoever looks through the nodes takes it away otherwise.
            let _ = self
                .nodes()
                .take((&self.tenant, &kept.name), kept.revision)
                .await;
        }
    }

    async fn follow(&self, cluster: &Cluster) {
        loop {
            let since = *cluster.since.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(mut changes) = self.store.watch(&Key::tenant(&self.tenant), since).await {
                while let Some(change) = changes.recv().await {
                    self.heed(cluster, &change).await;
                    let mut since = cluster.since.lock().unwrap_or_else(PoisonError::into_inner);
                    *since = change.revision;
                }
            }
            tracing::warn!("the store was out of sight for long; everything is read anew");
            while let Err(error) = self.read_anew().await {
                tracing::warn!(%error, "the store cannot be read");
                sleep(PAUSE).await;
            }
        }
    }

    async fn read_anew(&self) -> Result<(), StoreError> {
        self.enter().await?;
        let there = self.rooms.all(&self.tenant).await?;
        for room in self.all_rooms(&self.tenant) {
            if !there.iter().any(|kept| kept.value.id == room.id) {
                self.forget(&room.id);
            }
        }
        self.recall().await
    }

    fn forget(&self, room: &RoomId) {
        self.roster.remove(&self.tenant, room);
        self.hub.end(&self.tenant, room, GoodbyeWhy::Revoked);
    }

    /// Takes a change into memory.
    async fn heed(&self, cluster: &Cluster, change: &Change) {
        let name = name_of(&change.key);
        match kind_of(&change.key) {
            "rooms" => self.heed_room(name, change),
            "seen" => self.heed_seen(cluster, name, change).await,
            "desired" => self.heed_desired(name, change),
            "commands" => self.heed_command(name, change),
            "enrol" => self.roster.ring(),
            "rollouts" => self.heed_rollout(name, change),
            "standings" => self.heed_standing(name, change),
            authority::KIND => {
                if let Err(error) = self.renew_own().await {
                    tracing::error!(%error, "the servers' new certificate cannot be taken over");
                }
            }
            _ => {}
        }
    }

    fn heed_room(&self, name: &str, change: &Change) {
        let Ok(id) = name.parse() else { return };
        if change.value.is_none() {
            return self.forget(&id);
        }
        let Some(room) = parse::<Room>(change) else {
            return;
        };
        let before = self.roster.card(&self.tenant, &id);
        // Taken in anew: another board has its place.
        if before.is_some_and(|before| before.room.enrolled_ms != room.enrolled_ms) {
            self.hub.end(&self.tenant, &id, GoodbyeWhy::Revoked);
        }
        self.roster.place(&self.tenant, room);
    }

    async fn heed_seen(&self, cluster: &Cluster, name: &str, change: &Change) {
        let (Ok(id), Some(seen)) = (name.parse::<RoomId>(), parse::<Seen>(change)) else {
            return;
        };
        let (tenant, epoch) = (&self.tenant, seen.presence.epoch());
        if let Some(own) = self.hub.epoch(tenant, &id) {
            if epoch > own && seen.node.as_ref() != Some(&cluster.node) {
                self.hub.end(tenant, &id, GoodbyeWhy::Replaced);
            } else {
                if epoch == own && matches!(seen.presence.link(), Link::Down { .. }) {
                    // Another server did not hear this one for a while.
                    let kept = self.keep_seen(&(tenant.clone(), id.clone()), own).await;
                    if let Err(error) = kept {
                        tracing::warn!(%error, room = %id, "what was seen of a room cannot be kept");
                    }
                }
                return;
            }
        } else if seen.node.as_ref() == Some(&cluster.node) {
            return;
        }
        self.roster.see(tenant, &id, |now| {
            if epoch >= now.presence.epoch() {
                *now = seen;
            }
        });
    }

    fn heed_desired(&self, name: &str, change: &Change) {
        let (Ok(id), Some(doc)) = (name.parse(), parse::<crate::twin::DesiredDoc>(change)) else {
            return;
        };
        // A room whose line is elsewhere is given it there.
        let _ = self
            .hub
            .tell(&self.tenant, &id, FromFleet::Desired(doc.desired));
    }

    fn heed_rollout(&self, name: &str, change: &Change) {
        if let Some(value) = parse(change) {
            let (name, revision) = (name.to_owned(), change.revision);
            let kept = Kept {
                name,
                revision,
                value,
            };
            self.rollouts.hold_rollout(&self.tenant, kept);
            self.roster.ring();
        }
    }

    fn heed_standing(&self, name: &str, change: &Change) {
        let Some(value) = parse(change) else { return };
        let (name, revision) = (name.to_owned(), change.revision);
        let kept = Kept {
            name,
            revision,
            value,
        };
        if let Some(room) = self.rollouts.hold_standing(&self.tenant, kept) {
            self.say_offers(&room);
            self.roster.ring();
        }
    }

    fn heed_command(&self, name: &str, change: &Change) {
        let Some(order) = parse::<Order>(change) else {
            return;
        };
        let (room, command) = (order.room.clone(), order.command.clone());
        let waits = order.standing == Standing::Queued;
        let kept = Kept {
            name: name.to_owned(),
            revision: change.revision,
            value: order,
        };
        self.commands.hold(&self.tenant, kept);
        if waits {
            // The server that has the line sends it; the store lets one of them.
            let _ = self
                .hub
                .tell(&self.tenant, &room, FromFleet::Command(Box::new(command)));
        }
    }

    /// Whether a room's line is up, here or at another server: said by the server that has it, also when another one has died a moment
    /// ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn can_reach(&self, tenant: &TenantId, room: &RoomId) -> Result<bool, StoreError> {
        if self.hub.is_up(tenant, room) {
            return Ok(true);
        }
        let Some(cluster) = &self.cluster else {
            return Ok(false);
        };
        for _ in 0..MOVES {
            let seen = self.seen.get(tenant, room.as_str()).await?;
            let Some(seen) = seen.map(|kept| kept.value) else {
                return Ok(false);
            };
            let node = match (seen.presence.link(), seen.node) {
                (Link::Up { .. }, Some(node)) if node != cluster.node => node,
                _ => return Ok(self.hub.is_up(tenant, room)),
            };
            match has_line(cluster, &node, (tenant, room)).await {
                Ok(true) => return Ok(true),
                // It has gone elsewhere, or comes there at this moment.
                Ok(false) => sleep(Duration::from_millis(50)).await,
                Err(NoAnswer::Gone | NoAnswer::Late) => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn answer(&self, cluster: &Cluster) {
        loop {
            if let Ok(mut questions) = cluster.bus.serve(&cluster.node).await {
                while let Some(question) = questions.recv().await {
                    self.answer_one(question);
                }
            }
            sleep(PAUSE).await;
        }
    }

    fn answer_one(&self, question: Question) {
        if let Ok(asked) = serde_json::from_slice::<HasLine>(&question.asked) {
            let has = self.hub.is_up(&asked.tenant, &asked.room);
            question.answer(vec![u8::from(has)]);
        }
    }

    async fn beat(&self, cluster: &Cluster) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for count in 0_u64.. {
            beats.tick().await;
            cluster.bus.beat(&cluster.node).await;
            self.find_lost(cluster).await;
            if count % LOOK_THROUGH == LOOK_THROUGH - 1
                && let Err(error) = self.look_through(cluster).await
            {
                tracing::warn!(%error, "the servers' documents cannot be looked through");
            }
        }
    }

    async fn hear_beats(&self, cluster: &Cluster) {
        loop {
            if let Ok(mut beats) = cluster.bus.beats().await {
                while let Some(node) = beats.recv().await {
                    cluster.beat(&node);
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Takes away documents of nodes that are not there.
    async fn look_through(&self, cluster: &Cluster) -> Result<(), StoreError> {
        for kept in self.nodes().all(&self.tenant).await? {
            let gone = NodeId::of(&kept.name).is_none_or(|node| !cluster.is_there(&node));
            if gone {
                // Another node did the same.
                let _ = self
                    .nodes()
                    .take((&self.tenant, &kept.name), kept.revision)
                    .await;
            }
        }
        Ok(())
    }

    /// Rooms that seem up at a node that is not there.
    async fn find_lost(&self, cluster: &Cluster) {
        let mut lost = Vec::new();
        self.roster.each(&self.tenant, |card| {
            let up = matches!(card.seen.presence.link(), Link::Up { .. });
            if let Some(node) = card.seen.node.as_ref().filter(|_| up)
                && !cluster.is_there(node)
            {
                lost.push((card.room.id.clone(), card.seen.presence.epoch()));
            }
        });
        let lost = lost.into_iter().map(|(room, epoch)| self.lose(room, epoch));
        let lost: Vec<_> = lost.collect();
        let mut lost = futures_util::stream::iter(lost).buffer_unordered(AT_ONCE);
        while let Some(done) = lost.next().await {
            if let Err(error) = done {
                tracing::warn!(%error, "a room of a lost server cannot be written down");
            }
        }
    }

    async fn lose(&self, room: RoomId, epoch: Epoch) -> Result<(), StoreError> {
        let whose: Whose = (self.tenant.clone(), room);
        let at = (&whose.0, whose.1.as_str());
        let Some(mut kept) = self.seen.get(at.0, at.1).await? else {
            return Ok(());
        };
        let now_ms = self.now_ms();
        if kept.value.presence.epoch() == epoch && kept.value.presence.end(epoch, now_ms) {
            match self.seen.put(at, kept.revision, &kept.value).await {
                Ok(_) => {
                    let turn = Turn::new(now_ms, "offline", Vec::new());
                    self.remember(&whose, turn).await;
                }
                // The room came back, or another server wrote the same.
                Err(StoreError::Conflict(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.roster.see(&whose.0, &whose.1, |now| {
            if kept.value.presence.epoch() >= now.presence.epoch() {
                *now = kept.value;
            }
        });
        Ok(())
    }
}

async fn has_line(
    cluster: &Cluster,
    node: &NodeId,
    (tenant, room): (&TenantId, &RoomId),
) -> Result<bool, NoAnswer> {
    let question = HasLine {
        tenant: tenant.clone(),
        room: room.clone(),
    };
    let question = serde_json::to_vec(&question).unwrap_or_default();
    let answer = cluster.bus.ask(node, question, ANSWER).await?;
    Ok(answer == [1])
}
