//! The chain in the store: acts that wait are appended together behind the last entry that is there, whoever wrote that, and each is
//! answered when it is kept. Knows no acts.

use super::{Act, Entry};
use crate::store::{Key, Record, Store, StoreError};
use fleet_proto::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

const KIND: &str = "audit";
/// Tries behind other writers of the same store; each loses to one that won.
const TRIES: usize = 50;
/// Acts that are written together: one sync for all of them.
const TOGETHER: usize = 256;

/// The audit log of every tenant.
pub struct Ledger {
    store: Arc<dyn Store>,
    logs: Mutex<HashMap<TenantId, Arc<Log>>>,
}

type Answer = oneshot::Sender<Result<Entry, StoreError>>;

/// The log of one tenant.
#[derive(Default)]
struct Log {
    waiting: Mutex<Vec<(Act, Answer)>>,
    /// The end of the log as this process wrote it last. Only a guess: what counts is what the store lets through. One batch after
    /// the other: an entry behind one that was refused would fit by its number and not by its hash.
    end: tokio::sync::Mutex<Option<Entry>>,
}

impl Ledger {
    /// Of this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Ledger {
        Ledger {
            store: Arc::clone(store),
            logs: Mutex::default(),
        }
    }

    /// Writes an act down. Whoever acts does so before the act, so that nothing happens that is not written.
    ///
    /// # Errors
    /// When it is not written.
    pub async fn note(&self, tenant: &TenantId, act: Act) -> Result<Entry, StoreError> {
        let (answer, answered) = oneshot::channel();
        let log = self.log(tenant);
        lock(&log.waiting).push((act, answer));
        let writing = write(Arc::clone(&self.store), Key::all(tenant, KIND), log);
        // Whoever goes away meanwhile leaves others' acts behind that are written with theirs.
        let gone = |_| StoreError::Broken("the audit log was not written".to_owned());
        let written = tokio::spawn(writing);
        let answer = answered.await.map_err(gone)?;
        drop(written);
        answer
    }

    fn log(&self, tenant: &TenantId) -> Arc<Log> {
        let mut logs = lock(&self.logs);
        Arc::clone(logs.entry(tenant.clone()).or_default())
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

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes what waits when the turn comes; nothing is left when an earlier turn took it along.
async fn write(store: Arc<dyn Store>, stream: Key, log: Arc<Log>) {
    let mut end = log.end.lock().await;
    let batch: Vec<(Act, Answer)> = {
        let mut waiting = lock(&log.waiting);
        let count = waiting.len().min(TOGETHER);
        waiting.drain(..count).collect()
    };
    if batch.is_empty() {
        return;
    }
    let (acts, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let written = together(&*store, &stream, &mut end, &acts).await;
    for (place, answer) in answers.into_iter().enumerate() {
        // Who no longer waits has its entry all the same.
        let _ = answer.send(match &written {
            Ok(entries) => Ok(entries[place].clone()),
            Err(error) => Err(error.clone()),
        });
    }
}

async fn together(
    store: &dyn Store,
    stream: &Key,
    end: &mut Option<Entry>,
    acts: &[Act],
) -> Result<Vec<Entry>, StoreError> {
    for _ in 0..TRIES {
        let mut last = match end.take() {
            Some(last) => Some(last),
            None => last_entry(store, stream).await?,
        };
        let before = last.as_ref().map_or(0, |last| last.sequence);
        let mut entries = Vec::with_capacity(acts.len());
        for act in acts {
            let entry = Entry::after(last.as_ref(), act.clone());
            entries.push(entry.clone());
            last = Some(entry);
        }
        let lines = entries.iter().map(|entry| entry.line().into_bytes());
        match store
            .append_all(stream, Some(before), lines.collect())
            .await
        {
            Ok(_) => {
                *end = last;
                return Ok(entries);
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Broken("the audit log is too busy".to_owned()))
}

async fn last_entry(store: &dyn Store, stream: &Key) -> Result<Option<Entry>, StoreError> {
    let sequence = store.last(stream).await?;
    let records = store.read(stream, sequence.saturating_sub(1), 1);
    records.await?.last().map(read).transpose()
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
