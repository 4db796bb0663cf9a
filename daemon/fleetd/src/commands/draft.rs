//! What a room shall be told once somebody has signed it with a key that no server has. Knows no key: the room checks the signature.

use crate::store::{Revision, Shelf, Store, StoreError};
use fleet_proto::{Command, CommandId, RoomId, TenantId, Verb};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whoever has the key may be elsewhere; a room waits for what it was asked for no longer either.
const LASTS_MS: i64 = 3_600_000;

/// A command without its grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// For which room.
    pub room: RoomId,
    /// Its id.
    pub id: CommandId,
    /// What.
    pub verb: Verb,
    /// When it was asked for, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its end.
    pub until_ms: i64,
    /// Who asked.
    pub by: String,
}

impl Draft {
    /// What is to be signed, to the letter.
    #[must_use]
    pub fn text(&self) -> String {
        let command = Command {
            id: self.id.clone(),
            verb: self.verb.clone(),
            issued_ms: self.at_ms,
            expires_ms: self.until_ms,
            grant: None,
        };
        command.granted_text(&self.room)
    }
}

/// All of them.
pub struct DraftDesk(Shelf<Draft>);

fn name(room: &RoomId, id: &CommandId) -> String {
    format!("{room}/{id}")
}

impl DraftDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> DraftDesk {
        DraftDesk(Shelf::new(store, "drafts"))
    }

    /// Keeps one; the same again is the same.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        (id, verb): (CommandId, Verb),
        (by, now_ms): (&str, i64),
    ) -> Result<Draft, StoreError> {
        self.tidy(tenant, now_ms).await?;
        let draft = Draft {
            room: room.clone(),
            id,
            verb,
            at_ms: now_ms,
            until_ms: now_ms + LASTS_MS,
            by: by.to_owned(),
        };
        let name = name(room, &draft.id);
        match self.0.put((tenant, &name), Revision::ABSENT, &draft).await {
            Ok(_) => Ok(draft),
            Err(StoreError::Conflict(at)) => {
                let before = self.0.get(tenant, &name).await?;
                before
                    .map(|kept| kept.value)
                    .ok_or(StoreError::Conflict(at))
            }
            Err(error) => Err(error),
        }
    }

    /// One of them, while it may still be signed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        id: &CommandId,
        now_ms: i64,
    ) -> Result<Option<Draft>, StoreError> {
        let kept = self.0.get(tenant, &name(room, id)).await?;
        let draft = kept.map(|kept| kept.value);
        Ok(draft.filter(|draft| now_ms < draft.until_ms))
    }

    async fn tidy(&self, tenant: &TenantId, now_ms: i64) -> Result<(), StoreError> {
        for kept in self.0.all(tenant).await? {
            if now_ms >= kept.value.until_ms {
                // Whoever changed it meanwhile lets it stay for now.
                let _ = self.0.take((tenant, &kept.name), kept.revision).await;
            }
        }
        Ok(())
    }
}
