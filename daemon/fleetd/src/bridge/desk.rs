//! The broker's settings, the traces of rooms there and how the bridge stands, in the store. Decides nothing.

use super::book::Trace;
use super::settings::{BadBridge, Bridge};
use super::verbs::Refusal;
use crate::store::{Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const ONE: &str = "bridge";

/// Where they stand.
pub struct BridgeDesk {
    settings: Shelf<Bridge>,
    traces: Shelf<Vec<Trace>>,
    status: Shelf<Status>,
}

/// How the bridge stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// On the broker or not.
    pub standing: Standing,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// What the broker does not let the server do.
    #[serde(default)]
    pub denied: Option<String>,
    /// Commands that were carried on since then.
    #[serde(default)]
    pub told: u64,
    /// Commands that were refused since then, by [`Refusal::word`].
    #[serde(default)]
    pub refused: BTreeMap<String, u64>,
}

/// On the broker or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Standing {
    /// Connected.
    Connected,
    /// Not connected.
    Failed {
        /// Why, in a word.
        why: String,
        /// The same more closely, for whoever looks after the broker.
        detail: String,
    },
}

impl Status {
    /// It stands so since now.
    #[must_use]
    pub fn since(standing: Standing, now_ms: i64) -> Status {
        Status {
            standing,
            since_ms: now_ms,
            denied: None,
            told: 0,
            refused: BTreeMap::new(),
        }
    }

    /// A command was refused.
    pub fn refuse(&mut self, why: Refusal, count: u64) {
        if count > 0 {
            *self.refused.entry(why.word().to_owned()).or_default() += count;
        }
    }
}

/// Why settings were not taken.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// They are none.
    #[error(transparent)]
    Bad(#[from] BadBridge),
    /// There are none.
    #[error("no broker is set")]
    Gone,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BridgeDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> BridgeDesk {
        BridgeDesk {
            settings: Shelf::new(store, "mqtt"),
            traces: Shelf::new(store, "mqtt-traces"),
            status: Shelf::new(store, "mqtt-status"),
        }
    }

    /// The settings, if there are any.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn bridge(&self, tenant: &TenantId) -> Result<Option<Bridge>, StoreError> {
        read(&self.settings, tenant).await
    }

    /// Writes them in place of those before.
    ///
    /// # Errors
    /// When they are none, or the store fails.
    pub async fn write(&self, tenant: &TenantId, bridge: &Bridge) -> Result<(), BridgeError> {
        bridge.check()?;
        Ok(write(&self.settings, tenant, bridge).await?)
    }

    /// Takes them away: what rooms are on the broker goes, and then the connection.
    ///
    /// # Errors
    /// When there are none, or the store fails.
    pub async fn drop_bridge(&self, tenant: &TenantId) -> Result<(), BridgeError> {
        match take(&self.settings, tenant).await? {
            true => Ok(()),
            false => Err(BridgeError::Gone),
        }
    }

    /// How it stands, if anybody has tried.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(&self, tenant: &TenantId) -> Result<Option<Status>, StoreError> {
        read(&self.status, tenant).await
    }

    pub(super) async fn keep_status(
        &self,
        tenant: &TenantId,
        status: Option<&Status>,
    ) -> Result<(), StoreError> {
        match status {
            Some(status) => write(&self.status, tenant, status).await,
            None => take(&self.status, tenant).await.map(drop),
        }
    }

    pub(super) async fn traces(&self, tenant: &TenantId) -> Result<Vec<Trace>, StoreError> {
        Ok(read(&self.traces, tenant).await?.unwrap_or_default())
    }

    pub(super) async fn keep_traces(
        &self,
        tenant: &TenantId,
        traces: &Vec<Trace>,
    ) -> Result<(), StoreError> {
        write(&self.traces, tenant, traces).await
    }
}

async fn read<T: Serialize + DeserializeOwned>(
    shelf: &Shelf<T>,
    tenant: &TenantId,
) -> Result<Option<T>, StoreError> {
    let kept = shelf.get(tenant, ONE).await?;
    Ok(kept.map(|kept| kept.value))
}

async fn write<T: Serialize + DeserializeOwned>(
    shelf: &Shelf<T>,
    tenant: &TenantId,
    value: &T,
) -> Result<(), StoreError> {
    let before = shelf.get(tenant, ONE).await?;
    let expected = before.map_or(Revision::ABSENT, |kept| kept.revision);
    shelf.put((tenant, ONE), expected, value).await.map(drop)
}

/// Whether there was something to take away.
async fn take<T: Serialize + DeserializeOwned>(
    shelf: &Shelf<T>,
    tenant: &TenantId,
) -> Result<bool, StoreError> {
    let Some(kept) = shelf.get(tenant, ONE).await? else {
        return Ok(false);
    };
    shelf
        .take((tenant, ONE), kept.revision)
        .await
        .map(|()| true)
}
