//! The chain in the store: each act is appended behind the last entry that is there, whoever wrote that. Knows no acts.

use super::{Act, Entry};
use crate::store::{Key, Record, Store, StoreError};
use fleet_proto::TenantId;
use std::sync::Arc;
use tokio::sync::Mutex;

const KIND: &str = "audit";
/// Tries behind other writers of the same store; each loses to one that won.
const TRIES: usize = 50;

/// The audit log of every tenant.
pub struct Ledger {
    store: Arc<dyn Store>,
    /// One writer at a time in this process; others are seen by the store.
    turn: Mutex<()>,
}

impl Ledger {
    /// Of this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Ledger {
        Ledger {
            store: Arc::clone(store),
            turn: Mutex::new(()),
        }
    }

    /// Writes an act down. Whoever acts does so before the act, so that nothing happens that is not written.
    ///
    /// # Errors
    /// When it is not written.
    pub async fn note(&self, tenant: &TenantId, act: Act) -> Result<Entry, StoreError> {
        let _turn = self.turn.lock().await;
        let stream = Key::all(tenant, KIND);
        for _ in 0..TRIES {
            let sequence = self.store.last(&stream).await?;
            let last = self
                .store
                .read(&stream, sequence.saturating_sub(1), 1)
                .await?;
            let last = last.first().map(read).transpose()?;
            let entry = Entry::after(last.as_ref(), act.clone());
            let value = entry.line().into_bytes();
            match self.store.append(&stream, Some(sequence), value).await {
                Ok(_) => return Ok(entry),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Broken("the audit log is too busy".to_owned()))
    }

    /// At most `limit` entries behind a place.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let records = self
            .store
            .read(&Key::all(tenant, KIND), after, limit)
            .await?;
        records.iter().map(read).collect()
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn last(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        self.store.last(&Key::all(tenant, KIND)).await
    }
}

fn read(record: &Record) -> Result<Entry, StoreError> {
    serde_json::from_slice(&record.value).map_err(|error| StoreError::Broken(error.to_string()))
}
