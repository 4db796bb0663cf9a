//! A folder with the signed list, made and changed by whoever has the keys, on a machine that is not the server. Owns its files; what
//! is signed, and how, is decided in `releases`.

use super::candidate::candidate;
use crate::kept;
use chrono::{DateTime, Duration, Utc};
use releases::{
    Issue, Keys, Listed, Refused, Role, Secret, SignError, TargetName, Trust, digest, sign_root,
    sign_targets,
};
use room_profile::Problems;
use service_packs::SEAL_SUFFIX;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const ROOT_KEY: &str = "root.key";
const RELEASE_KEY: &str = "release.key";

/// Keys and list, each in a folder of its own: the list goes to the server, the keys never do.
#[derive(Debug, Clone)]
pub struct Signing {
    /// Where the keys are: closed to others, and kept off the server.
    pub keys: PathBuf,
    /// Where the list is.
    pub list: PathBuf,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// Keys are there already.
    #[error("{} is there already: a new key would lock every room out", .0.display())]
    There(PathBuf),
    /// A key's file holds none.
    #[error("{} holds no key", .0.display())]
    NoKey(PathBuf),
    /// The list in the folder does not hold together.
    #[error("the list in the folder does not hold together: {0}")]
    Broken(#[from] Refused),
    /// A file says nothing of itself that can be released.
    #[error("{}: {why}", path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A board's file is wrong.
    #[error("{}: no room would take this board's file", path.display())]
    Board {
        /// Which.
        path: PathBuf,
        /// Everything that is wrong with it.
        problems: Problems,
    },
    /// There is no such release.
    #[error("{0} is not in the list")]
    NotListed(TargetName),
    /// Keys are missing.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// What the folder holds.
struct Held {
    version: u64,
    targets: BTreeMap<TargetName, Listed>,
}

impl Signing {
    /// Makes keys, the first root and an empty list.
    ///
    /// # Errors
    /// When there are some already, or files cannot be written.
    pub fn init(
        &self,
        now: DateTime<Utc>,
        (root_days, days): (i64, i64),
    ) -> Result<(), SigningError> {
        let first = self.list.join("1.root.json");
        for there in [
            self.keys.join(ROOT_KEY),
            self.keys.join(RELEASE_KEY),
            first.clone(),
        ] {
            if there.exists() {
                return Err(SigningError::There(there));
            }
        }
        kept::folder(&self.keys).map_err(file(&self.keys))?;
        fs::create_dir_all(&self.list).map_err(file(&self.list))?;
        let made = |name: &str| {
            let path = self.keys.join(name);
            let key = Secret::generate().ok_or(SigningError::NoKey(path.clone()))?;
            kept::write(&path, key.text().as_bytes()).map_err(file(&path))?;
            Ok::<_, SigningError>(key)
        };
        let (root, release) = (made(ROOT_KEY)?, made(RELEASE_KEY)?);
        let keys = Keys {
            root: (vec![root.public()], 1),
            releases: (vec![release.public()], 1),
        };
        let issue = Issue {
            version: 1,
            expires: now + Duration::days(root_days),
        };
        let text = sign_root(&keys, issue, &[&root])?;
        write(&first, &text)?;
        self.sign(
            Held {
                version: 0,
                targets: BTreeMap::new(),
            },
            now,
            days,
        )
    }

    /// Signs the root anew before its time is over: the same keys, the next number.
    ///
    /// # Errors
    /// When the folder or the keys cannot be used.
    pub fn renew_root(&self, now: DateTime<Utc>, days: i64) -> Result<u64, SigningError> {
        let trust = self.roots()?;
        let (root, release) = (self.key(ROOT_KEY)?, self.key(RELEASE_KEY)?);
        let keys = Keys {
            root: (vec![root.public()], 1),
            releases: (vec![release.public()], 1),
        };
        let version = trust.root_version() + 1;
        let expires = now + Duration::days(days);
        let text = sign_root(&keys, Issue { version, expires }, &[&root])?;
        write(&self.list.join(format!("{version}.root.json")), &text)?;
        Ok(version)
    }

    /// Adds service packs, each with its seal beside it, Debian packages, images for table buttons and boards' files, and signs the list
    /// anew. The answer is their names.
    ///
    /// # Errors
    /// When one of them cannot be released; nothing is signed then.
    pub fn add(
        &self,
        files: &[PathBuf],
        now: DateTime<Utc>,
        days: i64,
    ) -> Result<Vec<TargetName>, SigningError> {
        let mut held = self.held()?;
        let mut added = Vec::new();
        for path in files {
            let (name, targets) = candidate(path)?;
            for (name, bytes, custom) in targets {
                let target = self.list.join("targets").join(digest(&bytes));
                write(&target, &bytes)?;
                held.targets.insert(name, Listed::of(&bytes, custom));
            }
            added.push(name);
        }
        self.sign(held, now, days)?;
        Ok(added)
    }

    /// Takes a release out of the list, and signs it anew.
    ///
    /// # Errors
    /// When it is not in it.
    pub fn remove(
        &self,
        name: &TargetName,
        now: DateTime<Utc>,
        days: i64,
    ) -> Result<(), SigningError> {
        let mut held = self.held()?;
        if held.targets.remove(name).is_none() {
            return Err(SigningError::NotListed(name.clone()));
        }
        held.targets
            .retain(|other, _| other.as_str() != format!("{name}{SEAL_SUFFIX}"));
        self.sign(held, now, days)
    }

    /// Signs the same list for longer.
    ///
    /// # Errors
    /// When the folder or the key cannot be used.
    pub fn refresh(&self, now: DateTime<Utc>, days: i64) -> Result<(), SigningError> {
        self.sign(self.held()?, now, days)
    }

    fn sign(&self, held: Held, now: DateTime<Utc>, days: i64) -> Result<(), SigningError> {
        let key = self.key(RELEASE_KEY)?;
        let version = held.version + 1;
        let expires = now + Duration::days(days);
        let signed = sign_targets(&held.targets, Issue { version, expires }, &[&key])?;
        write(
            &self.list.join(format!("{version}.targets.json")),
            &signed.targets,
        )?;
        write(
            &self.list.join(format!("{version}.snapshot.json")),
            &signed.snapshot,
        )?;
        write(&self.list.join("timestamp.json"), &signed.timestamp)
    }

    fn key(&self, name: &str) -> Result<Secret, SigningError> {
        let path = self.keys.join(name);
        let text = fs::read_to_string(&path).map_err(file(&path))?;
        Secret::parse(&text).ok_or(SigningError::NoKey(path))
    }

    fn roots(&self) -> Result<Trust, SigningError> {
        let first = self.list.join("1.root.json");
        let mut trust = Trust::begin(&fs::read(&first).map_err(file(&first))?)?;
        loop {
            let next = self
                .list
                .join(format!("{}.root.json", trust.root_version() + 1));
            if !next.exists() {
                return Ok(trust);
            }
            trust.next_root(&fs::read(&next).map_err(file(&next))?)?;
        }
    }

    /// The list as it is in the folder, also when its time is over: it is signed anew then.
    fn held(&self) -> Result<Held, SigningError> {
        let mut trust = self.roots()?;
        let whenever = DateTime::<Utc>::MIN_UTC;
        let read = |name: String| {
            let path = self.list.join(name);
            fs::read(&path).map_err(file(&path))
        };
        trust.timestamp(&read("timestamp.json".to_owned())?, whenever)?;
        let number = trust.wanted_snapshot().map_or(0, |pinned| pinned.version);
        trust.snapshot(&read(format!("{number}.snapshot.json"))?, whenever)?;
        let number = trust.wanted_targets().map_or(0, |pinned| pinned.version);
        trust.targets(&read(format!("{number}.targets.json"))?, whenever)?;
        let targets = trust
            .all()
            .map(|(name, listed)| (name.clone(), listed.clone()));
        Ok(Held {
            version: trust.version(Role::Timestamp),
            targets: targets.collect(),
        })
    }
}

pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> SigningError {
    let path = path.to_owned();
    move |source| SigningError::File {
        path: path.clone(),
        source,
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SigningError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file(folder))?;
    }
    kept::write(path, bytes).map_err(file(path))
}
