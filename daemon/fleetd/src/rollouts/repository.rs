//! The signed list and its releases, as they were published here. This server serves them and shows them; it holds no key that signs,
//! and rooms believe nothing of them because it says so.

use crate::store::{Key, LARGEST_BLOB, Store, StoreError};
use chrono::{DateTime, Utc};
use fleet_agent::{Fetch, NotFetched, Remembering, Repository as Chain};
use fleet_proto::TenantId;
use releases::{Custom, Kind, Listed, Refused, TargetName};
use serde::Serialize;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const KIND: &str = "releases";
const FIRST_ROOT: &str = "1.root.json";
/// The largest file that is published, in bytes.
pub const LARGEST: u64 = LARGEST_BLOB as u64;

/// Where published files stand.
#[derive(Clone)]
pub struct Repository {
    store: Arc<dyn Store>,
    tenant: TenantId,
}

/// A folder as the signing command writes it.
struct Folder<'a>(&'a Path);

/// What was published cannot be.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no root in it.
    #[error("there is no {FIRST_ROOT}: `fleetd release init` makes one")]
    NoRoot,
    /// It does not hold together.
    #[error(transparent)]
    Chain(#[from] NotFetched<std::io::Error>),
    /// Another root was published here; rooms that have it would refuse everything under this one.
    #[error("another {FIRST_ROOT} was published here before")]
    OtherRoot,
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for PublishError {
    fn from(refused: Refused) -> Self {
        PublishError::Chain(refused.into())
    }
}

/// A release that can be offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Its name in the list.
    pub target: TargetName,
    /// What it is.
    #[serde(flatten)]
    pub is: Custom,
    /// Its length in bytes, for whichever machine it is longest.
    pub length: u64,
    /// The machines that it is for, by their architectures; none for what all machines take.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub architectures: BTreeSet<String>,
}

/// What the list says, and how long it is good.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Catalogue {
    /// All that can be offered.
    pub releases: Vec<Release>,
    /// Rooms take nothing of it after that, in milliseconds since 1970; `None` when there is no list.
    pub good_until_ms: Option<i64>,
    /// Why rooms would take nothing of it now: a code.
    pub problem: Option<&'static str>,
}

impl Fetch for Folder<'_> {
    type Error = std::io::Error;

    async fn fetch(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, std::io::Error> {
        let path = self.0.join(name);
        match std::fs::metadata(&path) {
            Ok(found) if found.len() <= most => std::fs::read(path).map(Some),
            Ok(_) => Err(std::io::Error::other(format!("{name} is too large"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Fetch for Repository {
    type Error = StoreError;

    async fn fetch(&self, name: &str, _most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.file(name).await
    }
}

impl Repository {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>, tenant: &TenantId) -> Repository {
        Repository {
            store: Arc::clone(store),
            tenant: tenant.clone(),
        }
    }

    /// A file by its name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn file(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Ok(key) = Key::of(&self.tenant, KIND, name) else {
            return Ok(None);
        };
        self.store.blob_get(&key).await
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let key = Key::of(&self.tenant, KIND, name)?;
        self.store.blob_put(&key, bytes).await
    }

    /// Publishes a folder that holds together, the timestamp last: rooms see the list before or the new one, never a mixture.
    ///
    /// # Errors
    /// See [`PublishError`]; what was published before counts then.
    pub async fn publish(
        &self,
        folder: &Path,
        now: DateTime<Utc>,
    ) -> Result<Catalogue, PublishError> {
        let from = Folder(folder);
        let root = from.fetch(FIRST_ROOT, LARGEST).await?;
        let root = root.ok_or(PublishError::NoRoot)?;
        if self
            .file(FIRST_ROOT)
            .await?
            .is_some_and(|known| known != root)
        {
            return Err(PublishError::OtherRoot);
        }
        let mut chain = Chain::open(&root, Remembering::default())?;
        chain.renew(&from, now).await?;
        // Nothing older than what is here: rooms would refuse it, and nobody would know why.
        let mut known = Chain::open(&root, Remembering::default())?;
        if known.renew(self, now).await.is_ok() {
            known.renew(&from, now).await?;
        }
        self.put(FIRST_ROOT, root).await?;
        for (place, root) in chain.remembering().roots.iter().enumerate() {
            let name = format!("{}.root.json", place + 2);
            self.put(&name, root.clone().into_bytes()).await?;
        }
        let names: Vec<TargetName> = chain.trust().all().map(|(name, _)| name.clone()).collect();
        for name in names {
            let (bytes, listed) = chain.release(&from, (&name, LARGEST), now).await?;
            self.put(&format!("targets/{}", listed.hashes.sha256), bytes)
                .await?;
        }
        let Remembering {
            timestamp,
            snapshot,
            targets,
            ..
        } = chain.remembering().clone();
        let trust = chain.trust();
        let version = |role| trust.version(role);
        let name = format!("{}.targets.json", version(releases::Role::Targets));
        self.put(&name, targets.into_bytes()).await?;
        let name = format!("{}.snapshot.json", version(releases::Role::Snapshot));
        self.put(&name, snapshot.into_bytes()).await?;
        self.put("timestamp.json", timestamp.into_bytes()).await?;
        Ok(catalogue(&chain))
    }

    /// What could be offered, by what was published here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn catalogue(&self, now: DateTime<Utc>) -> Result<Catalogue, StoreError> {
        let Some(root) = self.file(FIRST_ROOT).await? else {
            return Ok(Catalogue::default());
        };
        let problem = |code| Catalogue {
            problem: Some(code),
            ..Catalogue::default()
        };
        let Ok(mut chain) = Chain::open(&root, Remembering::default()) else {
            return Ok(problem("release-unreadable"));
        };
        match chain.renew(self, now).await {
            Ok(()) => Ok(catalogue(&chain)),
            Err(NotFetched::Refused(refused)) => Ok(problem(refused.code())),
            Err(NotFetched::Missing(_)) => Ok(problem("release-missing")),
            Err(NotFetched::Way(error)) => Err(error),
        }
    }
}

fn catalogue(chain: &Chain) -> Catalogue {
    let mut releases = BTreeMap::new();
    for (name, listed) in chain.trust().all() {
        let Some(release) = release(name, listed) else {
            continue;
        };
        match releases.entry(release.target.clone()) {
            Entry::Vacant(place) => drop(place.insert(release)),
            Entry::Occupied(mut known) => known.get_mut().join(release),
        }
    }
    Catalogue {
        releases: releases.into_values().collect(),
        good_until_ms: chain.trust().good_until().map(|end| end.timestamp_millis()),
        problem: None,
    }
}

/// What can be offered of a target: a package is one release for machines of every architecture.
fn release(name: &TargetName, listed: &Listed) -> Option<Release> {
    let mut is = listed.custom.clone()?;
    let architecture = is.architecture.take();
    let target = match (is.kind, &architecture) {
        (Kind::Unknown, _) => return None,
        (Kind::JoinPack | Kind::RecognisePack, _) => name.clone(),
        // Rooms tell the kind by the name.
        (Kind::Firmware, _) => {
            let named = TargetName::firmware(&is.of, &is.version.to_string()).ok()?;
            (named == *name).then_some(named)?
        }
        (Kind::Board, _) => {
            let named = TargetName::board(&is.of, &is.version.to_string()).ok()?;
            (named == *name).then_some(named)?
        }
        (Kind::Package, None) => return None,
        (Kind::Package, Some(architecture)) => {
            let all = TargetName::packages(&is.of, &is.version.to_string()).ok()?;
            // Rooms look for it under this name and no other.
            let fits = all.for_machine(architecture).is_ok_and(|one| one == *name);
            fits.then_some(all)?
        }
    };
    Some(Release {
        target,
        is,
        length: listed.length,
        architectures: architecture.into_iter().collect(),
    })
}

impl Release {
    fn join(&mut self, other: Release) {
        self.length = self.length.max(other.length);
        self.architectures.extend(other.architectures);
    }
}
