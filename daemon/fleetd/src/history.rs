//! How rooms were: one entry for each change of light or faults. Knows no pages.

use crate::fleet::Fleet;
use crate::store::{Key, StoreError};
use fleet_proto::{RoomId, TenantId};
use serde::{Deserialize, Serialize};

const KIND: &str = "history";

/// A room became like this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its light, or `offline`.
    pub light: String,
    /// Its faults' codes.
    pub faults: Vec<String>,
}

impl Turn {
    pub(crate) fn new(at_ms: i64, light: &str, faults: Vec<String>) -> Turn {
        Turn {
            at_ms,
            light: light.to_owned(),
            faults,
        }
    }
}

impl Fleet {
    /// Remembers how a room has become; a history that cannot be written holds nothing up.
    pub(crate) async fn remember(&self, (tenant, room): &(TenantId, RoomId), turn: Turn) {
        let value = serde_json::to_vec(&turn).unwrap_or_default();
        let kept = match Key::of(tenant, KIND, room.as_str()) {
            Ok(key) => self.store.append(&key, None, value).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, %room, "a room's history cannot be kept");
        }
    }

    /// The last turns of a room, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        most: usize,
    ) -> Result<Vec<Turn>, StoreError> {
        let key = Key::of(tenant, KIND, room.as_str())?;
        let last = self.store.last(&key).await?;
        let after = last.saturating_sub(most as u64);
        let records = self.store.read(&key, after, most).await?;
        let turns = records.iter().rev();
        Ok(turns
            .filter_map(|record| serde_json::from_slice(&record.value).ok())
            .collect())
    }
}
