//! Carries what a server alone has kept into a store that several share. Broken off, it goes on where it was when begun again.
//!
//! Invariant: nothing that stands there already is written over.

use super::{Key, Page, Revision, Sqlite, Store, StoreError};

/// Documents and records that are on their way together.
const PART: usize = 100;

/// How much was carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Documents.
    pub documents: usize,
    /// Records of all streams.
    pub records: usize,
    /// Blobs.
    pub blobs: usize,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// Something else stands there.
    #[error("{0} is in the cluster already and says something else: carry into an empty one")]
    Taken(String),
    /// One of the stores.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries everything.
///
/// # Errors
/// When something else stands there, or one of the stores fails.
pub async fn carry(from: &Sqlite, to: &dyn Store) -> Result<Carried, CarryError> {
    let mut carried = Carried::default();
    let mut after: Option<String> = None;
    loop {
        let page = Page {
            after: after.as_deref(),
            limit: PART,
        };
        let part = from.list(&Key::everything(), page).await?;
        let Some(last) = part.last() else { break };
        after = Some(last.key.clone());
        let puts: Vec<_> = part
            .into_iter()
            .map(|entry| document(to, entry.key, entry.value))
            .collect();
        carried.documents += puts.len();
        for put in futures_util::future::join_all(puts).await {
            put?;
        }
    }
    let names = from.names().await?;
    for name in names.streams {
        carried.records += stream(from, to, &key(&name)?).await?;
    }
    for name in names.blobs {
        let key = key(&name)?;
        if let Some(value) = from.blob_get(&key).await? {
            to.blob_put(&key, value).await?;
            carried.blobs += 1;
        }
    }
    Ok(carried)
}

fn key(name: &str) -> Result<Key, StoreError> {
    Ok(Key::whole(name)?)
}

async fn document(to: &dyn Store, name: String, value: Vec<u8>) -> Result<(), CarryError> {
    let key = key(&name)?;
    let put = to.put_cas(&key, Revision::ABSENT, Some(value.clone()));
    match put.await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict(_)) => match to.get(&key).await? {
            // Carried before it was broken off.
            Some(there) if there.value == value => Ok(()),
            _ => Err(CarryError::Taken(name)),
        },
        Err(error) => Err(error.into()),
    }
}

async fn stream(from: &Sqlite, to: &dyn Store, stream: &Key) -> Result<usize, CarryError> {
    let mut carried = to.last(stream).await?;
    let taken = || CarryError::Taken(stream.as_str().to_owned());
    if carried > 0 {
        let before = carried - 1;
        let here = from.read(stream, before, 1).await?;
        if here != to.read(stream, before, 1).await? {
            return Err(taken());
        }
    }
    loop {
        let part = from.read(stream, carried, PART).await?;
        if part.is_empty() {
            return Ok(usize::try_from(carried).unwrap_or(usize::MAX));
        }
        let values = part.into_iter().map(|record| record.value).collect();
        carried = match to.append_all(stream, Some(carried), values).await {
            Err(StoreError::Conflict(_)) => return Err(taken()),
            other => other?,
        };
    }
}
