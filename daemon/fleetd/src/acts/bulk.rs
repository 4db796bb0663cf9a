//! One verb for all rooms that were found: planned and looked at first, begun by a second press, told one after the other.

use super::{Done, each, needs, query, sight, to, verbs};
use crate::bulk::{Batch, BulkDesk, BulkError, Plan, VERBS};
use crate::commands::{Standing, Wish};
use crate::fleet::Fleet;
use crate::pages;
use crate::people::Right;
use crate::web::{Ask, Refused};
use axum::response::IntoResponse;
use fleet_proto::{RoomId, TenantId};
use std::sync::Arc;
use std::time::Duration;

/// A verb for many is meant for now; the last of ten thousand is told some minutes later.
const LASTS: Duration = Duration::from_secs(120);

impl From<BulkError> for Refused {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Gone => Refused::Wrong("bulk-gone"),
            BulkError::Store(error) => error.into(),
        }
    }
}

pub(super) async fn plan(ask: Ask) -> Done {
    let verb = ask.field("verb").to_owned();
    if !VERBS.contains(&verb.as_str()) {
        return Err(Refused::Wrong("bulk-verb"));
    }
    let filter = sight::Filter::of_query(&query(|key| ask.field(key).to_owned()));
    let mut plan = Plan::of(&verb);
    each(&ask, |card| {
        if filter.fits(card) {
            plan.add(card, ask.may(needs(&verb), Some(&card.room.place.site)));
        }
    });
    let by = (ask.name(), ask.fleet.now_ms());
    let name = ask.fleet.bulk.plan(ask.tenant(), plan, by).await?;
    Ok(to(&format!("/bulk/{name}")))
}

pub(super) async fn page(ask: Ask) -> Done {
    let name = ask.part("batch").to_owned();
    let found = ask.fleet.bulk.get(ask.tenant(), &name).await?;
    let batch = found.ok_or(Refused::NotFound)?.value;
    let own = batch.by == ask.name();
    // It names rooms of every site that its author may see.
    if !own && !ask.may(Right::Look, None) {
        return Err(Refused::NotFound);
    }
    let mut ends = Vec::new();
    if batch.begun_ms.is_some() {
        for room in seen(&ask, &batch) {
            ends.push((room.clone(), standing(&ask, room, &name).await?));
        }
    }
    let shown = pages::Told {
        name,
        batch,
        ends,
        own,
    };
    Ok(pages::bulk(&ask, &shown).into_response())
}

/// Rooms of a batch that the asker may look at.
fn seen<'a>(ask: &'a Ask, batch: &'a Batch) -> impl Iterator<Item = &'a RoomId> {
    batch.plan.rooms.iter().filter(|room| {
        let card = ask.fleet.roster.card(ask.tenant(), room);
        card.is_some_and(|card| ask.may(Right::Look, Some(&card.room.place.site)))
    })
}

async fn standing(ask: &Ask, room: &RoomId, name: &str) -> Result<Option<Standing>, Refused> {
    let Some(id) = BulkDesk::command(name) else {
        return Ok(None);
    };
    let at = (ask.tenant(), room);
    let order = ask.fleet.commands.get(at, &id).await?;
    Ok(order.map(|order| order.standing))
}

pub(super) async fn begin(ask: Ask) -> Done {
    let name = ask.part("batch").to_owned();
    let (tenant, by) = (ask.tenant(), ask.name());
    let fleet = &ask.fleet;
    let batch = fleet
        .bulk
        .begin((tenant, &name), (by, fleet.now_ms()))
        .await?;
    // Rights may have changed since it was planned; so may the rooms' places.
    let may = |room: &&RoomId| {
        let card = fleet.roster.card(tenant, room);
        card.is_some_and(|card| ask.may(needs(&batch.plan.verb), Some(&card.room.place.site)))
    };
    let rooms: Vec<RoomId> = batch.plan.rooms.iter().filter(may).cloned().collect();
    let count = rooms.len().to_string();
    let more = [("verb", batch.plan.verb.as_str()), ("rooms", &count)];
    fleet.note(tenant, (by, "rooms-told", &name), &more).await?;
    let told = Telling {
        fleet: Arc::clone(fleet),
        tenant: tenant.clone(),
        by: by.to_owned(),
        verb: batch.plan.verb.clone(),
        name: name.clone(),
    };
    tokio::spawn(told.all(rooms));
    Ok(to(&format!("/bulk/{name}")))
}

struct Telling {
    fleet: Arc<Fleet>,
    tenant: TenantId,
    by: String,
    verb: String,
    name: String,
}

impl Telling {
    /// What was told before, by the same press or an earlier one, is not told again.
    async fn all(self, rooms: Vec<RoomId>) {
        for room in rooms {
            if let Err(error) = self.one(&room).await {
                tracing::warn!(error = error.code(), %room, batch = self.name, "a room of a batch was not told");
            }
        }
    }

    async fn one(&self, room: &RoomId) -> Result<(), Refused> {
        let id = BulkDesk::command(&self.name).ok_or(Refused::NotFound)?;
        let verb = verbs::verb(&self.verb).ok_or(Refused::NotFound)?;
        let at = (&self.tenant, room);
        if self.fleet.commands.get(at, &id).await?.is_some() {
            return Ok(());
        }
        let wish = Wish {
            id,
            verb,
            lasts: LASTS,
            until_ms: None,
            waits: false,
            grant: None,
            by: self.by.clone(),
        };
        self.fleet.tell(at, wish).await?;
        Ok(())
    }
}
