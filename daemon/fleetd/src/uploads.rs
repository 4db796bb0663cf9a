//! What rooms are asked to put here: log bundles and pictures, each once, from the room that was asked. Knows no content.

use crate::secrets::secret;
use crate::store::{Key, Revision, Shelf, Store, StoreError};
use fleet_proto::{Code, RoomId, TenantId, Upload};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// More than any bundle of logs.
const MOST: u32 = 16 << 20;
/// A room has this long.
const LASTS_MS: i64 = 3_600_000;

/// Something that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// From which room.
    pub room: RoomId,
    /// What: a verb's name.
    pub what: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// How many bytes came; `None` until they do.
    pub came: Option<u64>,
}

/// All of them.
pub struct UploadDesk {
    store: Arc<dyn Store>,
    shelf: Shelf<Wanted>,
}

/// Nothing was wanted there, or not any more, or not from this room.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Then.
    #[error("nothing is wanted there")]
    NotWanted,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UploadDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> UploadDesk {
        UploadDesk {
            store: Arc::clone(store),
            shelf: Shelf::new(store, "uploads"),
        }
    }

    /// Wants something of a room.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn want(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        what: &str,
        now_ms: i64,
    ) -> Result<Upload, StoreError> {
        let name = secret()[..40].to_owned();
        let token: Code = name
            .parse()
            .map_err(|error| StoreError::Broken(format!("{error}")))?;
        let wanted = Wanted {
            room: room.clone(),
            what: what.to_owned(),
            at_ms: now_ms,
            came: None,
        };
        let at = (tenant, name.as_str());
        self.shelf.put(at, Revision::ABSENT, &wanted).await?;
        Ok(Upload { token, most: MOST })
    }

    /// It comes.
    ///
    /// # Errors
    /// When it is not wanted (any more) from this room, or the store fails.
    pub async fn come(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        (token, bytes): (&str, Vec<u8>),
        now_ms: i64,
    ) -> Result<(), UploadError> {
        let found = self.shelf.get(tenant, token).await?;
        let mut kept = found
            .filter(|kept| kept.value.room == *room && kept.value.came.is_none())
            .filter(|kept| now_ms - kept.value.at_ms < LASTS_MS && bytes.len() <= MOST as usize)
            .ok_or(UploadError::NotWanted)?;
        kept.value.came = Some(bytes.len() as u64);
        let key = Key::of(tenant, "uploads", token).map_err(StoreError::from)?;
        self.store.blob_put(&key, bytes).await?;
        self.shelf
            .put((tenant, token), kept.revision, &kept.value)
            .await?;
        Ok(())
    }

    /// What came of a room, newest first, with its token.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_room(
        &self,
        tenant: &TenantId,
        room: &RoomId,
    ) -> Result<Vec<(String, Wanted)>, StoreError> {
        let mut all = self.shelf.all(tenant).await?;
        all.retain(|kept| kept.value.room == *room && kept.value.came.is_some());
        all.sort_by_key(|kept| std::cmp::Reverse(kept.value.at_ms));
        Ok(all
            .into_iter()
            .map(|kept| (kept.name, kept.value))
            .collect())
    }

    /// One of them, if it is of this room.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        token: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.shelf.get(tenant, token).await?;
        if found.is_none_or(|kept| kept.value.room != *room) {
            return Ok(None);
        }
        let key = Key::of(tenant, "uploads", token)?;
        self.store.blob_get(&key).await
    }
}
