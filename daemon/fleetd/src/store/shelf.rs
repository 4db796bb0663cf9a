//! Documents of one kind as values of one type. Knows no store's insides.

use super::{BadKey, Key, Page, Revision, Store, StoreError};
use fleet_proto::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::sync::Arc;

/// How many are read at once when all are wanted. Each page costs a look at all names where the store is a cluster.
const PAGE: usize = 5_000;

/// Where documents of one kind stand.
pub struct Shelf<T> {
    store: Arc<dyn Store>,
    kind: &'static str,
    of: PhantomData<fn() -> T>,
}

/// A document as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// Its name.
    pub name: String,
    /// Of its last change.
    pub revision: Revision,
    /// What it says.
    pub value: T,
}

impl From<BadKey> for StoreError {
    fn from(error: BadKey) -> Self {
        StoreError::Broken(error.to_string())
    }
}

impl<T: Serialize + DeserializeOwned> Shelf<T> {
    /// Documents of this kind.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>, kind: &'static str) -> Self {
        Shelf {
            store: Arc::clone(store),
            kind,
            of: PhantomData,
        }
    }

    /// One of them. A name that no key can have is not there.
    ///
    /// # Errors
    /// When the store fails, or what stands there is of another shape.
    pub async fn get(&self, tenant: &TenantId, name: &str) -> Result<Option<Kept<T>>, StoreError> {
        let Ok(key) = Key::of(tenant, self.kind, name) else {
            return Ok(None);
        };
        let Some(entry) = self.store.get(&key).await? else {
            return Ok(None);
        };
        Ok(Some(Kept {
            name: name.to_owned(),
            revision: entry.revision,
            value: read(&entry.value)?,
        }))
    }

    /// Writes one, if it still is at the expected revision.
    ///
    /// # Errors
    /// When it is not, or the store fails.
    pub async fn put(
        &self,
        (tenant, name): (&TenantId, &str),
        expected: Revision,
        value: &T,
    ) -> Result<Revision, StoreError> {
        let key = Key::of(tenant, self.kind, name)?;
        let bytes = serde_json::to_vec(value).map_err(|e| StoreError::Broken(e.to_string()))?;
        self.store.put_cas(&key, expected, Some(bytes)).await
    }

    /// Takes one away, if it still is at the expected revision.
    ///
    /// # Errors
    /// When it is not, or the store fails.
    pub async fn take(
        &self,
        (tenant, name): (&TenantId, &str),
        expected: Revision,
    ) -> Result<(), StoreError> {
        let key = Key::of(tenant, self.kind, name)?;
        self.store.put_cas(&key, expected, None).await.map(drop)
    }

    /// All of a tenant, in the order of names.
    ///
    /// # Errors
    /// When the store fails, or one of them is of another shape.
    pub async fn all(&self, tenant: &TenantId) -> Result<Vec<Kept<T>>, StoreError> {
        self.below(tenant, "").await
    }

    /// Those whose names begin with these parts and have more; all for none.
    ///
    /// # Errors
    /// When the store fails, or one of them is of another shape.
    pub async fn below(&self, tenant: &TenantId, start: &str) -> Result<Vec<Kept<T>>, StoreError> {
        let kind = Key::all(tenant, self.kind);
        let prefix = match start {
            "" => kind.clone(),
            start => Key::below(tenant, self.kind, start)?,
        };
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = Page {
                after: after.as_deref(),
                limit: PAGE,
            };
            let part = self.store.list(&prefix, page).await?;
            let full = part.len() == PAGE;
            after = part.last().map(|entry| entry.key.clone());
            for entry in part {
                all.push(Kept {
                    name: entry.key[kind.as_str().len()..].to_owned(),
                    revision: entry.revision,
                    value: read(&entry.value)?,
                });
            }
            if !full {
                return Ok(all);
            }
        }
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Broken(error.to_string()))
}
