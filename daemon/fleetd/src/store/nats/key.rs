//! `store.key`: what a server needs to reach the cluster and to read what lies there. One file, the same for every server of a fleet.

use super::NatsError;
use super::seal::Seal;
use crate::kept;
use nkeys::KeyPair;
use serde::{Deserialize, Serialize};
use std::path::Path;

const VERSION: u32 = 1;

/// What stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    /// 32 bytes in hexadecimal: with it all values are sealed.
    seal: String,
    /// The account's seed; the servers of NATS know the public half only.
    nkey: String,
}

/// The key of a fleet's store.
#[derive(Clone)]
pub struct StoreKey {
    pub(super) seal: Seal,
    pub(super) nkey: String,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey(redacted)")
    }
}

impl StoreKey {
    /// Reads the file.
    ///
    /// # Errors
    /// When there is none, or it is none.
    pub fn read(path: &Path) -> Result<StoreKey, NatsError> {
        let failed = |why: String| NatsError::Key {
            path: path.to_owned(),
            why,
        };
        let bytes = kept::read(path).map_err(|error| failed(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| failed("there is no such file".to_owned()))?;
        let file: File = serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))?;
        let seal = hex::decode(&file.seal).ok();
        let seal = seal.and_then(|seal| <[u8; 32]>::try_from(seal).ok());
        match seal.filter(|_| file.version == VERSION && KeyPair::from_seed(&file.nkey).is_ok()) {
            Some(seal) => Ok(StoreKey {
                seal: Seal::new(seal),
                nkey: file.nkey,
            }),
            None => Err(failed("it is no key of a store".to_owned())),
        }
    }

    /// Makes a new one in a file that is not there yet. The answer is the public half of its account's key.
    ///
    /// # Errors
    /// When something stands there, or it cannot be written.
    pub fn make(path: &Path) -> Result<String, NatsError> {
        let failed = |why: String| NatsError::Key {
            path: path.to_owned(),
            why,
        };
        if path.exists() {
            return Err(failed("it is there already".to_owned()));
        }
        let pair = KeyPair::new_user();
        let file = File {
            version: VERSION,
            seal: hex::encode(rand::random::<[u8; 32]>()),
            nkey: pair.seed().map_err(|error| failed(error.to_string()))?,
        };
        let json = serde_json::to_vec(&file).map_err(|error| failed(error.to_string()))?;
        kept::write(path, &json).map_err(|error| failed(error.to_string()))?;
        Ok(pair.public_key())
    }
}
