//! A store that keeps everything in memory and answers at once, so that no time passes while it works. It survives the servers over it;
//! each has a handle of its own, which answers nothing any more once its server was killed.

use fleetd::store::{
    Change, Doing, Entry, Key, LARGEST_BLOB, LONGEST_VALUE, Lease, LeaseWish, Page, Record,
    Revision, Store, StoreError,
};
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// More changes than a test makes.
const MANY: usize = 1 << 16;

/// One server's handle.
#[derive(Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
    dead: CancellationToken,
}

#[derive(Default)]
struct Kept {
    documents: BTreeMap<String, (Revision, Option<Vec<u8>>)>,
    counter: u64,
    streams: BTreeMap<String, Vec<Vec<u8>>>,
    leases: BTreeMap<String, (String, i64)>,
    blobs: BTreeMap<String, Vec<u8>>,
    watchers: Vec<(String, mpsc::Sender<Change>)>,
}

fn fits(value: &[u8], most: usize) -> Result<(), StoreError> {
    match value.len() <= most {
        true => Ok(()),
        false => Err(StoreError::TooLarge(value.len())),
    }
}

fn length(stream: &[Vec<u8>]) -> u64 {
    stream.len() as u64
}

impl Memory {
    /// For the next server.
    pub fn handle(&self) -> Memory {
        Memory {
            kept: Arc::clone(&self.kept),
            dead: CancellationToken::new(),
        }
    }

    /// Whoever has this handle was killed.
    pub fn dies(&self) {
        self.dead.cancel();
    }

    fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(MutexGuard<'_, Kept>) -> Result<T, StoreError>,
    ) -> Doing<T> {
        if self.dead.is_cancelled() {
            return Box::pin(pending());
        }
        let answer = ask(self.kept.lock().unwrap());
        Box::pin(async move { answer })
    }
}

impl Kept {
    fn put(
        &mut self,
        key: &str,
        expected: Revision,
        value: Option<Vec<u8>>,
    ) -> Result<Revision, StoreError> {
        fits(value.as_deref().unwrap_or_default(), LONGEST_VALUE)?;
        let now = match self.documents.get(key) {
            Some((revision, Some(_))) => *revision,
            Some((_, None)) | None => Revision::ABSENT,
        };
        if now != expected {
            return Err(StoreError::Conflict(now));
        }
        self.counter += 1;
        let revision = Revision(self.counter);
        let change = Change {
            key: key.to_owned(),
            revision,
            value: value.clone(),
        };
        self.documents.insert(key.to_owned(), (revision, value));
        self.watchers
            .retain(|(prefix, to)| !key.starts_with(prefix) || to.try_send(change.clone()).is_ok());
        Ok(revision)
    }
}

impl Store for Memory {
    fn get(&self, key: &Key) -> Doing<Option<Entry>> {
        self.ask(|kept| {
            let found = kept.documents.get(key.as_str());
            Ok(found.and_then(|(revision, value)| {
                Some(Entry {
                    key: key.as_str().to_owned(),
                    revision: *revision,
                    value: value.clone()?,
                })
            }))
        })
    }

    fn put_cas(&self, key: &Key, expected: Revision, value: Option<Vec<u8>>) -> Doing<Revision> {
        self.ask(|mut kept| kept.put(key.as_str(), expected, value))
    }

    fn list(&self, prefix: &Key, page: Page<'_>) -> Doing<Vec<Entry>> {
        self.ask(|kept| {
            let all = kept.documents.iter();
            let below = all.filter(|(key, _)| key.starts_with(prefix.as_str()));
            let behind =
                below.filter(|(key, _)| page.after.is_none_or(|after| key.as_str() > after));
            let there = behind.filter_map(|(key, (revision, value))| {
                Some(Entry {
                    key: key.clone(),
                    revision: *revision,
                    value: value.clone()?,
                })
            });
            Ok(there.take(page.limit).collect())
        })
    }

    fn watch(&self, prefix: &Key, after: Revision) -> Doing<mpsc::Receiver<Change>> {
        self.ask(|mut kept| {
            let (to, changes) = mpsc::channel(MANY);
            let all = kept.documents.iter();
            let past = all.filter(|(key, (revision, _))| {
                key.starts_with(prefix.as_str()) && *revision > after
            });
            let mut past: Vec<Change> = past
                .map(|(key, (revision, value))| Change {
                    key: key.clone(),
                    revision: *revision,
                    value: value.clone(),
                })
                .collect();
            past.sort_by_key(|change| change.revision);
            past.into_iter()
                .for_each(|change| to.try_send(change).unwrap());
            kept.watchers.push((prefix.as_str().to_owned(), to));
            Ok(changes)
        })
    }

    fn append_all(&self, stream: &Key, last: Option<u64>, values: Vec<Vec<u8>>) -> Doing<u64> {
        self.ask(|mut kept| {
            values
                .iter()
                .try_for_each(|value| fits(value, LONGEST_VALUE))?;
            let stream = kept.streams.entry(stream.as_str().to_owned()).or_default();
            let now = length(stream);
            if last.is_some_and(|last| last != now) {
                return Err(StoreError::Conflict(Revision(now)));
            }
            stream.extend(values);
            Ok(length(stream))
        })
    }

    fn read(&self, stream: &Key, after: u64, limit: usize) -> Doing<Vec<Record>> {
        self.ask(|kept| {
            let values = kept.streams.get(stream.as_str()).map_or(&[][..], |v| v);
            let records = (1..).zip(values).filter(|(sequence, _)| *sequence > after);
            let records = records.take(limit).map(|(sequence, value)| Record {
                sequence,
                value: value.clone(),
            });
            Ok(records.collect())
        })
    }

    fn last(&self, stream: &Key) -> Doing<u64> {
        self.ask(|kept| {
            Ok(kept
                .streams
                .get(stream.as_str())
                .map_or(0, |stream| length(stream)))
        })
    }

    fn lease(&self, wish: LeaseWish) -> Doing<Lease> {
        self.ask(|mut kept| {
            if let Some((holder, until_ms)) = kept.leases.get(&wish.name)
                && *holder != wish.holder
                && *until_ms > wish.now_ms
            {
                let (holder, until_ms) = (holder.clone(), *until_ms);
                return Ok(Lease::Theirs { holder, until_ms });
            }
            let until_ms = wish.now_ms + wish.lasts.as_millis() as i64;
            kept.leases.insert(wish.name, (wish.holder, until_ms));
            Ok(Lease::Ours(until_ms))
        })
    }

    fn blob_put(&self, name: &Key, value: Vec<u8>) -> Doing<()> {
        self.ask(|mut kept| {
            fits(&value, LARGEST_BLOB)?;
            kept.blobs.insert(name.as_str().to_owned(), value);
            Ok(())
        })
    }

    fn blob_get(&self, name: &Key) -> Doing<Option<Vec<u8>>> {
        self.ask(|kept| Ok(kept.blobs.get(name.as_str()).cloned()))
    }
}
