//! Commands in the store. Whoever says the same one twice gets the same answer; the store decides which came first.

use super::{Order, Standing};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::{Answer, Command, CommandId, Grant, RoomId, TenantId, Verb};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Commands of a room that are kept, and some more until they are looked through.
const KEPT: usize = 100;
/// Commands are looked through after so many of a room.
const TIDY_EVERY: u32 = 20;

/// Somebody wants a room to do something.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Said twice, done once.
    pub id: CommandId,
    /// What.
    pub verb: Verb,
    /// For so long it may be begun.
    pub lasts: Duration,
    /// Its end instead, where somebody signed that: milliseconds since 1970.
    pub until_ms: Option<i64>,
    /// Whether it waits for a room whose line is down.
    pub waits: bool,
    /// Who else agreed.
    pub grant: Option<Grant>,
    /// Who.
    pub by: String,
}

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Another command has this id.
    #[error("another command has this id")]
    Clash,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A command that is not over, and who waits for it to be.
struct Running {
    order: Order,
    revision: Revision,
    over: watch::Sender<Option<Order>>,
}

type Open = HashMap<(TenantId, RoomId, CommandId), Running>;

/// All commands.
pub struct CommandDesk {
    shelf: Shelf<Order>,
    open: Mutex<Open>,
    /// How many a room was told since they were looked through.
    untidy: Mutex<HashMap<(TenantId, RoomId), u32>>,
}

fn name(room: &RoomId, id: &CommandId) -> String {
    format!("{room}/{id}")
}

impl CommandDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> CommandDesk {
        CommandDesk {
            shelf: Shelf::new(store, "commands"),
            open: Mutex::default(),
            untidy: Mutex::default(),
        }
    }

    /// Remembers what was open when the server ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recall(&self, tenant: &TenantId) -> Result<(), StoreError> {
        for kept in self.shelf.all(tenant).await? {
            self.hold(tenant, kept);
        }
        Ok(())
    }

    /// Remembers how a command stands, unless it is known better.
    pub(crate) fn hold(&self, tenant: &TenantId, kept: Kept<Order>) {
        let order = kept.value;
        let key = (tenant.clone(), order.room.clone(), order.command.id.clone());
        let mut open = self.open();
        let known = open.get(&key);
        if known.is_some_and(|known| known.revision >= kept.revision) {
            return;
        }
        if order.standing.is_over() {
            if let Some(running) = open.remove(&key) {
                running.over.send_replace(Some(order));
            }
            return;
        }
        let over = known.map(|known| known.over.clone());
        let running = Running {
            order,
            revision: kept.revision,
            over: over.unwrap_or_default(),
        };
        open.insert(key, running);
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a wish: `queued`, to be sent by [`CommandDesk::sent`]; `offline` at once when the line is down and nobody waits; or as
    /// the same command stands that was said before.
    ///
    /// # Errors
    /// When the id is another command's, or the store fails.
    pub async fn take(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        wish: Wish,
        (online, now_ms): (bool, i64),
    ) -> Result<Order, CommandError> {
        let lasts = i64::try_from(wish.lasts.as_millis()).unwrap_or(i64::MAX);
        let lasts = now_ms.saturating_add(lasts.min(Command::LONGEST_MS));
        let expires_ms = wish.until_ms.unwrap_or(lasts);
        let order = Order {
            room: room.clone(),
            command: Command {
                id: wish.id,
                verb: wish.verb,
                issued_ms: now_ms,
                expires_ms,
                grant: wish.grant,
            },
            by: wish.by,
            standing: match online || wish.waits {
                true => Standing::Queued,
                false => Standing::Offline,
            },
            since_ms: now_ms,
        };
        let name = name(room, &order.command.id);
        let put = self
            .shelf
            .put((tenant, &name), Revision::ABSENT, &order)
            .await;
        match put {
            Ok(revision) => {
                let value = order.clone();
                self.hold(
                    tenant,
                    Kept {
                        name,
                        revision,
                        value,
                    },
                );
                if self.is_untidy(tenant, room) {
                    self.tidy(tenant, room).await?;
                }
                Ok(order)
            }
            Err(StoreError::Conflict(_)) => {
                let before = self.shelf.get(tenant, &name).await?;
                before
                    .map(|kept| kept.value)
                    .filter(|before| before.command.verb == order.command.verb)
                    .ok_or(CommandError::Clash)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What waits for a room, oldest first.
    #[must_use]
    pub fn waiting(&self, tenant: &TenantId, room: &RoomId) -> Vec<Command> {
        let open = self.open();
        let of_room = open
            .iter()
            .filter(|((of, at, _), _)| of == tenant && at == room);
        let mut waiting: Vec<Command> = of_room
            .filter(|(_, running)| running.order.standing == Standing::Queued)
            .map(|(_, running)| running.order.command.clone())
            .collect();
        waiting.sort_by_key(|command| command.issued_ms);
        waiting
    }

    /// It goes to the room; false when it may not (any more). Written before it goes: what might have gone is never `expired`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sent(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        id: &CommandId,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.change((tenant, room, id), |order| order.send(now_ms))
            .await
    }

    /// A room says what became of a command.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hear(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        answer: Answer,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let Answer { id, outcome } = answer;
        self.change((tenant, room, &id), |order| {
            order.hear(outcome.clone(), now_ms)
        })
        .await
    }

    /// Time goes by.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tick(&self, now_ms: i64) -> Result<(), StoreError> {
        let due: Vec<_> = {
            let open = self.open();
            let due = open
                .iter()
                .filter(|(_, running)| running.order.clone().tick(now_ms));
            due.map(|(key, _)| key.clone()).collect()
        };
        for (tenant, room, id) in due {
            self.change((&tenant, &room, &id), |order| order.tick(now_ms))
                .await?;
        }
        Ok(())
    }

    async fn change(
        &self,
        (tenant, room, id): (&TenantId, &RoomId, &CommandId),
        mut change: impl FnMut(&mut Order) -> bool,
    ) -> Result<bool, StoreError> {
        let name = name(room, id);
        let key = (tenant.clone(), room.clone(), id.clone());
        let running = self.open().get(&key).map(|running| Kept {
            name: name.clone(),
            revision: running.revision,
            value: running.order.clone(),
        });
        let mut next = match running {
            Some(kept) => Some(kept),
            None => self.shelf.get(tenant, &name).await?,
        };
        while let Some(mut kept) = next {
            if !change(&mut kept.value) {
                return Ok(false);
            }
            let at = (tenant, name.as_str());
            match self.shelf.put(at, kept.revision, &kept.value).await {
                Ok(revision) => {
                    self.hold(tenant, Kept { revision, ..kept });
                    return Ok(true);
                }
                // Somebody changed it meanwhile; it is looked at anew.
                Err(StoreError::Conflict(_)) => next = self.shelf.get(tenant, &name).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// One command.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        id: &CommandId,
    ) -> Result<Option<Order>, StoreError> {
        let kept = self.shelf.get(tenant, &name(room, id)).await?;
        Ok(kept.map(|kept| kept.value))
    }

    /// A command when it is over, or as it stands after this long.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn over(
        &self,
        at: (&TenantId, &RoomId),
        id: &CommandId,
        within: Duration,
    ) -> Result<Option<Order>, StoreError> {
        let key = (at.0.clone(), at.1.clone(), id.clone());
        let running = self
            .open()
            .get(&key)
            .map(|running| running.over.subscribe());
        if let Some(mut over) = running
            && let Ok(Ok(over)) = timeout(within, over.wait_for(Option::is_some)).await
        {
            return Ok(over.clone());
        }
        self.get(at, id).await
    }

    /// A room's commands, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_room(
        &self,
        tenant: &TenantId,
        room: &RoomId,
    ) -> Result<Vec<Order>, StoreError> {
        let mut all = self.kept(tenant, room).await?;
        Ok(all.drain(..).map(|kept| kept.value).collect())
    }

    async fn kept(&self, tenant: &TenantId, room: &RoomId) -> Result<Vec<Kept<Order>>, StoreError> {
        let mut all = self.shelf.below(tenant, room.as_str()).await?;
        all.sort_by_key(|kept| std::cmp::Reverse(kept.value.command.issued_ms));
        Ok(all)
    }

    fn is_untidy(&self, tenant: &TenantId, room: &RoomId) -> bool {
        let mut untidy = self.untidy.lock().unwrap_or_else(PoisonError::into_inner);
        let count = untidy.entry((tenant.clone(), room.clone())).or_default();
        *count = (*count + 1) % TIDY_EVERY;
        *count == 0
    }

    async fn tidy(&self, tenant: &TenantId, room: &RoomId) -> Result<(), StoreError> {
        let all = self.kept(tenant, room).await?;
        for kept in all.iter().skip(KEPT) {
            if kept.value.standing.is_over() {
                // Whoever changed it meanwhile lets it stay for now.
                let _ = self.shelf.take((tenant, &kept.name), kept.revision).await;
            }
        }
        Ok(())
    }
}
