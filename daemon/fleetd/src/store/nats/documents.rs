//! Documents: one subject each, written when its last message still is the expected one. What is taken away leaves a mark, which is
//! swept when every server has long heard of it.

use super::super::{Entry, LONGEST_VALUE, Page, Revision, StoreError};
use super::Core;
use super::asking::{Found, Which, find};
use super::names;
use super::pen::{Expects, Letter, Wrote, new_id, patiently};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::sync::Arc;
use std::time::Duration;

/// Documents that are read beside each other.
const AT_ONCE: usize = 64;
/// A mark that is older is swept. Whoever watches and heard nothing for half of that reads everything anew.
pub(super) const MARKS_LAST: Duration = Duration::from_secs(24 * 3600);
/// Tries behind others at one document.
const TRIES: usize = 50;

/// A write that has begun.
pub(super) struct Put {
    pub subject: String,
    pub expected: Revision,
    pub value: Option<Vec<u8>>,
}

impl Core {
    async fn last(&self, subject: &str) -> Result<Option<Found>, StoreError> {
        find(
            &self.context,
            names::DOCUMENTS,
            &Which::Last(subject.to_owned()),
        )
        .await
    }

    /// What stands at a subject and its number; a mark is nothing.
    pub async fn read(&self, subject: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        match self.last(subject).await? {
            Some(found) if !found.marks => {
                let value = self.seal.open(subject, &found.sealed)?;
                Ok(Some((found.number, value)))
            }
            _ => Ok(None),
        }
    }

    pub async fn get(&self, key: String) -> Result<Option<Entry>, StoreError> {
        let found = self.read(&names::document(&key)).await?;
        Ok(found.map(|(number, value)| Entry {
            key,
            revision: Revision(number),
            value,
        }))
    }

    /// Begins at once.
    pub fn put(self: &Arc<Self>, put: Put) -> super::super::Doing<Revision> {
        let size = put.value.as_ref().map_or(0, Vec::len);
        if size > LONGEST_VALUE {
            return Box::pin(async move { Err(StoreError::TooLarge(size)) });
        }
        let sealed = match &put.value {
            Some(value) => self.seal.close(&put.subject, value),
            None => Ok(Vec::new()),
        };
        let letter = sealed.map(|value| Letter {
            subject: put.subject.clone(),
            id: new_id(),
            expects: Expects::Subject(put.expected.0),
            marks: put.value.is_none(),
            number: None,
            value,
        });
        let core = Arc::clone(self);
        let begun = letter.map(|letter| (self.pen.write(letter.clone()), letter));
        Box::pin(async move {
            let (writing, letter) = begun?;
            core.finish(put.expected, letter, writing).await
        })
    }

    async fn finish(
        &self,
        expected: Revision,
        mut letter: Letter,
        mut writing: super::pen::Writing,
    ) -> Result<Revision, StoreError> {
        for _ in 0..TRIES {
            let unsure = match writing.done().await? {
                Wrote::At(number) => return Ok(Revision(number)),
                Wrote::Refused { unsure } => unsure,
            };
            let now = self.last(&letter.subject).await?;
            let next = match now {
                Some(found) if found.id.as_ref() == Some(&letter.id) => {
                    return Ok(Revision(found.number));
                }
                // It may have been written and written over since: neither yes nor no would be true.
                _ if unsure => {
                    return Err(StoreError::Broken(
                        "the cluster changed hands while it was written".to_owned(),
                    ));
                }
                Some(found) if !found.marks => {
                    return Err(StoreError::Conflict(Revision(found.number)));
                }
                _ if expected != Revision::ABSENT => {
                    return Err(StoreError::Conflict(Revision::ABSENT));
                }
                Some(mark) => mark.number,
                None => 0,
            };
            letter.expects = Expects::Subject(next);
            writing = self.pen.write(letter.clone());
        }
        Err(StoreError::Broken("the document is too busy".to_owned()))
    }

    /// Documents by the order of their keys.
    pub async fn list(
        self: &Arc<Self>,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let keys = self.keys(&prefix).await?;
        let wanted = keys
            .into_iter()
            .filter(|key| after.as_ref().is_none_or(|after| key > after));
        let reads = wanted.map(|key| async move {
            let found = self.last(&names::document(&key)).await?;
            Ok::<_, StoreError>((key, found))
        });
        let reads: Vec<_> = reads.collect();
        let mut reads = futures_util::stream::iter(reads).buffered(AT_ONCE);
        let mut entries = Vec::new();
        while entries.len() < limit
            && let Some((key, found)) = reads.try_next().await?
        {
            match found {
                Some(found) if !found.marks => entries.push(Entry {
                    revision: Revision(found.number),
                    value: self.seal.open(&found.subject, &found.sealed)?,
                    key,
                }),
                Some(mark) if mark.age > MARKS_LAST => self.sweep(mark),
                _ => {}
            }
        }
        Ok(entries)
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let filter = names::below(prefix);
        let subjects = patiently(|| async {
            let stream = self.context.get_stream_no_info(names::DOCUMENTS).await;
            let stream = stream.map_err(|error| error.to_string())?;
            let info = stream.info_builder().subjects(filter.as_str()).fetch();
            let info = info.await.map_err(|error| error.to_string())?;
            let subjects: Result<Vec<_>, _> = info.try_collect().await;
            subjects.map_err(|error| error.to_string())
        })
        .await?;
        let keys = subjects
            .iter()
            .filter_map(|(subject, _)| names::key(subject));
        let mut keys: Vec<String> = keys.filter(|key| key.starts_with(prefix)).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    /// Sweeps a mark; what was written there since has a higher number and stays.
    fn sweep(self: &Arc<Self>, mark: Found) {
        let core = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(stream) = core.context.get_stream_no_info(names::DOCUMENTS).await {
                let purge = stream.purge().filter(mark.subject.as_str());
                // One that stays is swept at the next look.
                let _ = purge.sequence(mark.number + 1).await;
            }
        });
    }
}

/// A part of a list as a page asks for it.
pub(super) fn page(page: Page<'_>) -> (Option<String>, usize) {
    (page.after.map(str::to_owned), page.limit)
}
