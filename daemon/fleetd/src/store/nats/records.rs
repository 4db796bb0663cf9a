//! Streams that only grow. One of a whole kind has a stream of NATS of its own, in which nothing can be deleted; those that have names
//! share one, and each record says its number in it.
//!
//! Invariant: a record follows the one that its writer named, and no other.

use super::super::{LONGEST_VALUE, Record, Revision, StoreError};
use super::Core;
use super::asking::{Found, Which, find};
use super::names;
use super::pen::{Expects, Letter, NUMBER, PATIENCE, Wrote, new_id};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::sync::Arc;
use tokio::time::Instant;

/// Records that are read beside each other.
const AT_ONCE: usize = 64;

/// Where a record of a shared stream is sealed for.
fn place(subject: &str, number: u64) -> String {
    format!("{subject}#{number}")
}

fn broken(why: &str) -> StoreError {
    StoreError::Broken(why.to_owned())
}

impl Core {
    pub async fn append(
        self: Arc<Self>,
        key: String,
        last: Option<u64>,
        values: Vec<Vec<u8>>,
    ) -> Result<u64, StoreError> {
        if let Some(large) = values.iter().map(Vec::len).find(|len| *len > LONGEST_VALUE) {
            return Err(StoreError::TooLarge(large));
        }
        match names::stream(&key) {
            names::Stream::Own { name, subject } => {
                self.make_log(&name, &subject).await?;
                let end = Instant::now() + PATIENCE;
                loop {
                    let before = match last {
                        Some(last) => last,
                        None => self.end(&name, &subject).await?,
                    };
                    match self.add_to_log((&name, &subject), before, &values).await {
                        Err(StoreError::Conflict(_)) if last.is_none() && Instant::now() < end => {}
                        done => return done,
                    }
                }
            }
            names::Stream::Shared { subject } => {
                let mut last = last;
                let mut now = 0;
                for value in &values {
                    now = self.add_to_shared(&subject, last, value).await?;
                    last = Some(now);
                }
                Ok(now)
            }
        }
    }

    async fn end(&self, name: &str, subject: &str) -> Result<u64, StoreError> {
        let found = find(&self.context, name, &Which::Last(subject.to_owned())).await?;
        Ok(found.map_or(0, |found| found.number))
    }

    /// All of them sent beside each other; each expects the one before it by number and name, so that nobody's comes between. After a
    /// change of the leader some are sent again, from the first on that is not there.
    async fn add_to_log(
        &self,
        (name, subject): (&str, &str),
        before: u64,
        values: &[Vec<u8>],
    ) -> Result<u64, StoreError> {
        let mut letters: Vec<Letter> = Vec::with_capacity(values.len());
        for (number, value) in (before + 1..).zip(values) {
            letters.push(Letter {
                subject: subject.to_owned(),
                id: new_id(),
                expects: Expects::Stream(
                    number - 1,
                    letters.last().map(|before| before.id.clone()),
                ),
                marks: false,
                number: None,
                value: self.seal.close(&place(subject, number), value)?,
            });
        }
        let mut there = 0;
        let end = Instant::now() + PATIENCE;
        while there < letters.len() {
            let writings: Vec<_> = letters[there..]
                .iter()
                .map(|letter| self.pen.write(letter.clone()))
                .collect();
            let mut stopped = Ok(());
            for writing in writings {
                match writing.done().await {
                    Ok(Wrote::At(number))
                        if stopped.is_ok() && number == before + there as u64 + 1 =>
                    {
                        there += 1;
                    }
                    Ok(_) => stopped = stopped.and(Err(None)),
                    Err(error) => stopped = stopped.and(Err(Some(error))),
                }
            }
            let Err(why) = stopped else { break };
            if let Some(error) = why {
                return Err(error);
            }
            // Those that stand there by an earlier try, and were refused by a later one.
            while there < letters.len() {
                let at = Which::At(before + there as u64 + 1);
                match find(&self.context, name, &at).await? {
                    Some(found) if found.id.as_ref() == Some(&letters[there].id) => there += 1,
                    Some(_) if there == 0 => {
                        let now = self.end(name, subject).await?;
                        return Err(StoreError::Conflict(Revision(now)));
                    }
                    Some(_) => return Err(broken("only a part of it is there")),
                    None if there == 0 && self.end(name, subject).await? < before => {
                        let now = self.end(name, subject).await?;
                        return Err(StoreError::Conflict(Revision(now)));
                    }
                    None if Instant::now() > end => return Err(broken("the stream is too busy")),
                    None => break,
                }
            }
        }
        Ok(before + letters.len() as u64)
    }

    /// The last record of a shared stream, as its place in the stream and in NATS.
    async fn shared_end(&self, subject: &str) -> Result<(u64, u64), StoreError> {
        let last = Which::Last(subject.to_owned());
        match find(&self.context, names::RECORDS, &last).await? {
            Some(found) => Ok((number_of(&found)?, found.number)),
            None => Ok((0, 0)),
        }
    }

    async fn add_to_shared(
        &self,
        subject: &str,
        last: Option<u64>,
        value: &[u8],
    ) -> Result<u64, StoreError> {
        let end = Instant::now() + PATIENCE;
        let id = new_id();
        let mut tried = None;
        loop {
            let (now, at) = self.shared_end(subject).await?;
            // One that was sent and refused may be there by an earlier try.
            if let Some(number) = tried
                && now >= number
                && self.shared(subject, number, at).await?.id.as_ref() == Some(&id)
            {
                return Ok(number);
            }
            if last.is_some_and(|last| last != now) {
                return Err(StoreError::Conflict(Revision(now)));
            }
            let number = now + 1;
            let letter = Letter {
                subject: subject.to_owned(),
                id: id.clone(),
                expects: Expects::Subject(at),
                marks: false,
                number: Some(number),
                value: self.seal.close(&place(subject, number), value)?,
            };
            match self.pen.write(letter).done().await? {
                Wrote::At(_) => return Ok(number),
                Wrote::Refused { .. } => tried = Some(number),
            }
            if Instant::now() > end {
                return Err(broken("the stream is too busy"));
            }
        }
    }

    /// A record of a shared stream by its number: between the first message of NATS and `to`, halving.
    async fn shared(&self, subject: &str, wanted: u64, to: u64) -> Result<Found, StoreError> {
        let (mut low, mut high) = (1, to);
        loop {
            let middle = low + (high - low) / 2;
            let from = Which::From(middle, subject.to_owned());
            let found = find(&self.context, names::RECORDS, &from).await?;
            let found = found.ok_or_else(|| broken("a record is missing"))?;
            match number_of(&found)? {
                number if number == wanted => return Ok(found),
                number if number < wanted => low = found.number + 1,
                _ => high = middle.saturating_sub(1),
            }
            if low > high {
                return Err(broken("a record is missing"));
            }
        }
    }

    pub async fn records(
        self: Arc<Self>,
        key: String,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        match names::stream(&key) {
            names::Stream::Own { name, subject } => {
                let last = self.end(&name, &subject).await?;
                let until = last.min(after.saturating_add(limit as u64));
                let reads = (after + 1..=until).map(|number| self.of_log(&name, &subject, number));
                let reads: Vec<_> = reads.collect();
                let reads = futures_util::stream::iter(reads).buffered(AT_ONCE);
                reads.try_collect().await
            }
            names::Stream::Shared { subject } => self.of_shared(&subject, after, limit).await,
        }
    }

    async fn of_log(&self, name: &str, subject: &str, number: u64) -> Result<Record, StoreError> {
        let found = find(&self.context, name, &Which::At(number)).await?;
        let found = found.ok_or_else(|| broken("a record is missing"))?;
        Ok(Record {
            sequence: number,
            value: self.seal.open(&place(subject, number), &found.sealed)?,
        })
    }

    async fn of_shared(
        &self,
        subject: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let (last, at) = self.shared_end(subject).await?;
        let mut records = Vec::new();
        if last <= after || limit == 0 {
            return Ok(records);
        }
        let mut found = self.shared(subject, after + 1, at).await?;
        loop {
            let sequence = number_of(&found)?;
            let sealed_for = place(subject, sequence);
            records.push(Record {
                sequence,
                value: self.seal.open(&sealed_for, &found.sealed)?,
            });
            if sequence == last || records.len() == limit {
                return Ok(records);
            }
            let next = Which::From(found.number + 1, subject.to_owned());
            let next = find(&self.context, names::RECORDS, &next).await?;
            found = next.ok_or_else(|| broken("a record is missing"))?;
        }
    }

    pub async fn last_record(self: Arc<Self>, key: String) -> Result<u64, StoreError> {
        match names::stream(&key) {
            names::Stream::Own { name, subject } => self.end(&name, &subject).await,
            names::Stream::Shared { subject } => Ok(self.shared_end(&subject).await?.0),
        }
    }
}

fn number_of(found: &Found) -> Result<u64, StoreError> {
    found
        .place
        .ok_or_else(|| broken(&format!("a record without {NUMBER}")))
}
