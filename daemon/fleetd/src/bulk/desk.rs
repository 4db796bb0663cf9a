//! Batches in the store: planned, then begun by the one who planned it, and only once.

use super::Plan;
use crate::secrets::secret;
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::{CommandId, TenantId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A plan that nobody begins is forgotten after this long.
const PLANNED_MS: i64 = 3_600_000;
/// What became of one is shown for so long.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// One verb for many rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// For which, and for which not.
    pub plan: Plan,
    /// Who planned it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// When it was begun.
    pub begun_ms: Option<i64>,
}

/// Why a batch was not begun.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// There is none, or not any more, or it is somebody else's.
    #[error("there is no such batch")]
    Gone,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All of them.
pub struct BulkDesk(Shelf<Batch>);

impl BulkDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> BulkDesk {
        BulkDesk(Shelf::new(store, "batches"))
    }

    /// Keeps a plan to be looked at, and returns its name.
    ///
    /// # Errors
    /// When the store fails, or the plan is for more rooms than a document holds.
    pub async fn plan(
        &self,
        tenant: &TenantId,
        plan: Plan,
        (by, now_ms): (&str, i64),
    ) -> Result<String, StoreError> {
        self.tidy(tenant, now_ms).await?;
        let name = secret()[..24].to_owned();
        let batch = Batch {
            plan,
            by: by.to_owned(),
            at_ms: now_ms,
            begun_ms: None,
        };
        self.0
            .put((tenant, &name), Revision::ABSENT, &batch)
            .await?;
        Ok(name)
    }

    /// One of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<Kept<Batch>>, StoreError> {
        self.0.get(tenant, name).await
    }

    /// Begins one, or goes on with one that the server's end cut off.
    ///
    /// # Errors
    /// When it is somebody else's, or too old, or the store fails.
    pub async fn begin(
        &self,
        (tenant, name): (&TenantId, &str),
        (by, now_ms): (&str, i64),
    ) -> Result<Batch, BulkError> {
        let found = self.0.get(tenant, name).await?;
        let mut kept = found.filter(|k| k.value.by == by).ok_or(BulkError::Gone)?;
        if kept.value.begun_ms.is_none() {
            if now_ms - kept.value.at_ms > PLANNED_MS {
                return Err(BulkError::Gone);
            }
            kept.value.begun_ms = Some(now_ms);
            let at = (tenant, name);
            self.0.put(at, kept.revision, &kept.value).await?;
        }
        Ok(kept.value)
    }

    /// The command that each room of a batch is told: the same again is no other one.
    #[must_use]
    pub fn command(name: &str) -> Option<CommandId> {
        format!("bulk-{name}").parse().ok()
    }

    async fn tidy(&self, tenant: &TenantId, now_ms: i64) -> Result<(), StoreError> {
        for kept in self.0.all(tenant).await? {
            let age = now_ms - kept.value.at_ms;
            let over = match kept.value.begun_ms {
                Some(_) => age > KEPT_MS,
                None => age > PLANNED_MS,
            };
            if over {
                // Whoever changed it meanwhile lets it stay for now.
                let _ = self.0.take((tenant, &kept.name), kept.revision).await;
            }
        }
        Ok(())
    }
}
