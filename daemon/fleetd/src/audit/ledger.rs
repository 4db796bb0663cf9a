//! The chain in the store: each act is appended behind the last entry that is there, whoever wrote that. Knows no acts.

use super::{Act, Entry};
use crate::store::{Key, Record, Store, StoreError};
use fleet_proto::TenantId;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

const KIND: &str = "audit";
/// Tries behind other writers of the same store; each loses to one that won.
const TRIES: usize = 50;

/// The audit log of every tenant.
pub struct Ledger {
    store: Arc<dyn Store>,
    /// The end of each log as this process wrote it last. Only a guess: what counts is what the store lets through.
    ends: Mutex<HashMap<TenantId, Entry>>,
}

impl Ledger {
    /// Of this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Ledger {
        Ledger {
            store: Arc::clone(store),
            ends: Mutex::default(),
        }
    }

    /// Writes an act down. Whoever acts does so before the act, so that nothing happens that is not written.
    ///
    /// # Errors
    /// When it is not written.
    pub async fn note(&self, tenant: &TenantId, act: Act) -> Result<Entry, StoreError> {
        let stream = Key::all(tenant, KIND);
        // One after the other: an entry behind one that was refused would fit by its number and not by its hash.
        let mut ends = self.ends.lock().await;
        for _ in 0..TRIES {
            let last = match ends.remove(tenant) {
                Some(last) => Some(last),
                None => self.end(&stream).await?,
            };
            let entry = Entry::after(last.as_ref(), act.clone());
            let line = entry.line().into_bytes();
            let before = entry.sequence - 1;
            match self.store.append(&stream, Some(before), line).await {
                Ok(_) => {
                    ends.insert(tenant.clone(), entry.clone());
                    return Ok(entry);
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Broken("the audit log is too busy".to_owned()))
    }

    async fn end(&self, stream: &Key) -> Result<Option<Entry>, StoreError> {
        let sequence = self.store.last(stream).await?;
        let records = self.store.read(stream, sequence.saturating_sub(1), 1);
        records.await?.last().map(read).transpose()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::verify;
    use crate::store::Sqlite;
    use futures_util::future::join_all;
    use std::collections::BTreeMap;

    fn act(who: String) -> Act {
        Act {
            at_ms: 1,
            who,
            what: "room-told",
            to: "saal-2".to_owned(),
            more: BTreeMap::new(),
        }
    }

    #[tokio::test]
    async fn many_at_once_and_of_two_servers_make_one_chain() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(Sqlite::open(&folder.path().join("fleet.db")).unwrap());
        let (here, there) = (Ledger::new(&store), Ledger::new(&store));
        let tenant = "own".parse().unwrap();
        let notes = (0..60).map(|n| {
            let ledger = if n % 7 == 0 { &there } else { &here };
            ledger.note(&tenant, act(format!("anna-{n}")))
        });
        for noted in join_all(notes).await {
            noted.unwrap();
        }
        let lines: Vec<String> = here
            .read(&tenant, 0, 1_000)
            .await
            .unwrap()
            .iter()
            .map(Entry::line)
            .collect();
        let whole = verify(lines.iter().map(String::as_str)).unwrap();
        assert_eq!(whole.last, 60);
    }
}
