//! Blobs in pieces, under a writing of their own, with a document that names the newest writing: a reader sees one writing whole. The
//! object store of the NATS client is not used: its reader ends the process when a consumer cannot be made while a node is down.

use super::super::{LARGEST_BLOB, Revision, StoreError};
use super::Core;
use super::asking::{Which, find};
use super::documents::Put;
use super::names;
use super::pen::{Expects, Letter, Wrote, new_id};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Well under the largest message that NATS takes.
const PIECE: usize = 256 << 10;
const AT_ONCE: usize = 8;
/// Times that a newer writing may take the place of the one that is read.
const TRIES: usize = 10;

/// Which writing is the newest.
#[derive(Serialize, Deserialize)]
struct Newest {
    writing: String,
    pieces: usize,
}

impl Core {
    async fn newest(&self, subject: &str) -> Result<Option<(Revision, Newest)>, StoreError> {
        let Some((number, value)) = self.read(subject).await? else {
            return Ok(None);
        };
        let newest = serde_json::from_slice(&value);
        let newest = newest.map_err(|error| StoreError::Broken(error.to_string()))?;
        Ok(Some((Revision(number), newest)))
    }

    pub async fn blob_put(self: Arc<Self>, key: String, value: Vec<u8>) -> Result<(), StoreError> {
        if value.len() > LARGEST_BLOB {
            return Err(StoreError::TooLarge(value.len()));
        }
        let writing = new_id();
        let pieces = value.chunks(PIECE).enumerate().map(|(number, piece)| {
            let subject = names::piece(&key, &writing, number);
            self.write_piece(subject, piece)
        });
        let pieces: Vec<_> = pieces.collect();
        let count = pieces.len();
        let mut written = futures_util::stream::iter(pieces).buffer_unordered(AT_ONCE);
        while written.try_next().await?.is_some() {}
        drop(written);
        let newest = Newest {
            writing,
            pieces: count,
        };
        let newest =
            serde_json::to_vec(&newest).map_err(|error| StoreError::Broken(error.to_string()))?;
        let subject = names::own("blob", &key);
        for _ in 0..TRIES {
            let before = self.newest(&subject).await?;
            let put = Put {
                subject: subject.clone(),
                expected: before.as_ref().map_or(Revision::ABSENT, |(at, _)| *at),
                value: Some(newest.clone()),
            };
            match self.put(put).await {
                Ok(_) => {
                    if let Some((_, before)) = before {
                        self.drop_pieces(&key, &before.writing).await;
                    }
                    return Ok(());
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Broken("the blob is too busy".to_owned()))
    }

    async fn write_piece(&self, subject: String, piece: &[u8]) -> Result<(), StoreError> {
        let letter = Letter {
            value: self.seal.close(&subject, piece)?,
            subject,
            id: new_id(),
            expects: Expects::Nothing,
            marks: false,
            number: None,
        };
        match self.pen.write(letter).done().await? {
            Wrote::At(_) => Ok(()),
            Wrote::Refused { .. } => Err(StoreError::Broken("a piece was refused".to_owned())),
        }
    }

    /// Pieces that stay are only room on a disk.
    async fn drop_pieces(&self, key: &str, writing: &str) {
        if let Ok(stream) = self.context.get_stream_no_info(names::BLOBS).await {
            let pieces = names::pieces(key, writing);
            if let Err(error) = stream.purge().filter(pieces.as_str()).await {
                tracing::warn!(%error, "an older blob could not be taken away");
            }
        }
    }

    pub async fn blob_get(self: Arc<Self>, key: String) -> Result<Option<Vec<u8>>, StoreError> {
        let subject = names::own("blob", &key);
        for _ in 0..TRIES {
            let Some((_, newest)) = self.newest(&subject).await? else {
                return Ok(None);
            };
            if let Some(value) = self.whole(&key, &newest).await? {
                return Ok(Some(value));
            }
        }
        Err(StoreError::Broken(
            "a piece of a blob is missing".to_owned(),
        ))
    }

    /// `None` when a piece is gone, because a newer writing has come.
    async fn whole(&self, key: &str, newest: &Newest) -> Result<Option<Vec<u8>>, StoreError> {
        let reads = (0..newest.pieces).map(|number| async move {
            let subject = names::piece(key, &newest.writing, number);
            let at = Which::Last(subject.clone());
            match find(&self.context, names::BLOBS, &at).await? {
                Some(found) => self.seal.open(&subject, &found.sealed).map(Some),
                None => Ok(None),
            }
        });
        let reads: Vec<_> = reads.collect();
        let mut reads = futures_util::stream::iter(reads).buffered(AT_ONCE);
        let mut value = Vec::new();
        while let Some(piece) = reads.try_next().await? {
            match piece {
                Some(piece) => value.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}
