//! What a room trusts, and what it takes to change that: the client's workflow of the specification (section 5), one step a call.
//! Whoever holds it fetches; what was fetched counts only through here.

use crate::canonical::canonical;
use crate::digest;
use crate::metadata::{
    Custom, Dated, Envelope, Hashes, Listed, Pinned, Root, Snapshot, Targets, Timestamp,
};
use crate::name::TargetName;
use crate::refused::{Refused, Role};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// The longest metadata of a kind, in bytes. Where other metadata lists a length, that counts as well.
#[must_use]
pub fn limit(role: Role) -> u64 {
    match role {
        Role::Root => 64 << 10,
        Role::Timestamp | Role::Snapshot => 16 << 10,
        Role::Targets => 1 << 20,
    }
}

/// A kind of metadata, and what holds it.
type Held<T> = Option<Dated<T>>;

/// What is trusted. Begins with a root that was given by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    root: Dated<Root>,
    timestamp: Held<Timestamp>,
    snapshot: Held<Snapshot>,
    targets: Held<Targets>,
}

impl Trust {
    /// Trusts a root because it was given by hand. It must be signed as it says itself; its time may be over, the next one's not.
    ///
    /// # Errors
    /// When it is no root, or not signed as it says.
    pub fn begin(root: &[u8]) -> Result<Trust, Refused> {
        let (root, envelope) = read::<Root>(Role::Root, root)?;
        signed(Role::Root, &root.of, &envelope)?;
        Ok(Trust {
            root,
            timestamp: None,
            snapshot: None,
            targets: None,
        })
    }

    /// The root's version; the next one has the number after it.
    #[must_use]
    pub fn root_version(&self) -> u64 {
        self.root.version
    }

    /// Trusts the next root, which the one before must agree to. New keys for what must be fresh begin anew with their versions.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changes then.
    pub fn next_root(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let (next, envelope) = read::<Root>(Role::Root, bytes)?;
        signed(Role::Root, &self.root.of, &envelope)?;
        let (version, trusted) = (next.version, self.root.version);
        if trusted.checked_add(1) != Some(version) {
            return Err(Refused::NotNext { version, trusted });
        }
        signed(Role::Root, &next.of, &envelope)?;
        let same = |role| self.root.of.signers(role) == next.of.signers(role);
        if !(same(Role::Timestamp) && same(Role::Snapshot)) {
            self.timestamp = None;
            self.snapshot = None;
        }
        if !same(Role::Targets) {
            self.targets = None;
        }
        self.root = next;
        Ok(())
    }

    /// Trusts a timestamp; one of the version that is trusted is taken for that one.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changes then.
    pub fn timestamp(&mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<(), Refused> {
        fresh(Role::Root, self.root.expires, now)?;
        let new = self.read::<Timestamp>(Role::Timestamp, bytes)?;
        if let Some(old) = &self.timestamp {
            undercuts(Role::Timestamp, new.version, old.version)?;
            let (new, old) = (&new.of.meta.snapshot, &old.of.meta.snapshot);
            undercuts(Role::Snapshot, new.version, old.version)?;
        }
        fresh(Role::Timestamp, new.expires, now)?;
        let known = self
            .timestamp
            .as_ref()
            .is_some_and(|old| old.version == new.version);
        if !known {
            self.timestamp = Some(new);
        }
        Ok(())
    }

    /// Which snapshot the timestamp means; `None` before there is one.
    #[must_use]
    pub fn wanted_snapshot(&self) -> Option<&Pinned> {
        Some(&self.timestamp.as_ref()?.of.meta.snapshot)
    }

    /// Trusts the snapshot that the timestamp means.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changes then.
    pub fn snapshot(&mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<(), Refused> {
        let mixed = Refused::Mixed {
            role: Role::Snapshot,
        };
        let wanted = self.wanted_snapshot().ok_or(mixed.clone())?;
        meant(Role::Snapshot, wanted, bytes)?;
        let version = wanted.version;
        let new = self.read::<Snapshot>(Role::Snapshot, bytes)?;
        if new.version != version {
            return Err(mixed);
        }
        if let Some(old) = &self.snapshot {
            let (new, old) = (&new.of.meta.targets, &old.of.meta.targets);
            undercuts(Role::Targets, new.version, old.version)?;
        }
        fresh(Role::Snapshot, new.expires, now)?;
        self.snapshot = Some(new);
        Ok(())
    }

    /// Which list the snapshot means; `None` before there is one.
    #[must_use]
    pub fn wanted_targets(&self) -> Option<&Pinned> {
        Some(&self.snapshot.as_ref()?.of.meta.targets)
    }

    /// Trusts the list that the snapshot means.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changes then.
    pub fn targets(&mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<(), Refused> {
        let mixed = Refused::Mixed {
            role: Role::Targets,
        };
        let wanted = self.wanted_targets().ok_or(mixed.clone())?;
        meant(Role::Targets, wanted, bytes)?;
        let version = wanted.version;
        let new = self.read::<Targets>(Role::Targets, bytes)?;
        if new.version != version {
            return Err(mixed);
        }
        if let Some(old) = &self.targets {
            undercuts(Role::Targets, new.version, old.version)?;
        }
        fresh(Role::Targets, new.expires, now)?;
        self.targets = Some(new);
        Ok(())
    }

    /// A target of the list, as it is signed.
    ///
    /// # Errors
    /// When there is no list, or it is not in it, or the time of anything that speaks for it is over.
    pub fn listed(&self, name: &TargetName, now: DateTime<Utc>) -> Result<&Listed, Refused> {
        let targets = self.targets.as_ref().ok_or(Refused::NotListed)?;
        for (role, expires) in self.ends() {
            fresh(role, expires, now)?;
        }
        targets.of.targets.get(name).ok_or(Refused::NotListed)
    }

    /// When what is trusted of each kind ends.
    fn ends(&self) -> impl Iterator<Item = (Role, DateTime<Utc>)> {
        let all = [
            (Role::Root, Some(self.root.expires)),
            (Role::Timestamp, self.timestamp.as_ref().map(|t| t.expires)),
            (Role::Snapshot, self.snapshot.as_ref().map(|s| s.expires)),
            (Role::Targets, self.targets.as_ref().map(|t| t.expires)),
        ];
        all.into_iter().filter_map(|(role, end)| Some((role, end?)))
    }

    /// All targets of the list.
    pub fn all(&self) -> impl Iterator<Item = (&TargetName, &Listed)> {
        let targets = self.targets.iter();
        targets.flat_map(|targets| &targets.of.targets)
    }

    /// Until when everything together is good; `None` while something is missing.
    #[must_use]
    pub fn good_until(&self) -> Option<DateTime<Utc>> {
        let ends: Vec<_> = self.ends().map(|(_, end)| end).collect();
        match ends.len() == Role::ALL.len() {
            true => ends.into_iter().min(),
            false => None,
        }
    }

    /// The version of what is trusted of a kind; 0 for nothing.
    #[must_use]
    pub fn version(&self, role: Role) -> u64 {
        match role {
            Role::Root => self.root.version,
            Role::Timestamp => self.timestamp.as_ref().map_or(0, |t| t.version),
            Role::Snapshot => self.snapshot.as_ref().map_or(0, |s| s.version),
            Role::Targets => self.targets.as_ref().map_or(0, |t| t.version),
        }
    }

    /// Takes up what was trusted before a restart and kept by its owner: the same checks, but for the time.
    pub fn recall(&mut self, timestamp: &[u8], snapshot: &[u8], targets: &[u8]) {
        let before = DateTime::<Utc>::MIN_UTC;
        let mut again = self.clone();
        let taken = again
            .timestamp(timestamp, before)
            .and_then(|()| again.snapshot(snapshot, before))
            .and_then(|()| again.targets(targets, before));
        if taken.is_ok() {
            *self = again;
        }
    }

    fn read<T: DeserializeOwned>(&self, role: Role, bytes: &[u8]) -> Result<Dated<T>, Refused> {
        let (new, envelope) = read::<T>(role, bytes)?;
        signed(role, &self.root.of, &envelope)?;
        Ok(new)
    }
}

impl Listed {
    /// These bytes, as a list names them.
    #[must_use]
    pub fn of(bytes: &[u8], custom: Option<Custom>) -> Listed {
        Listed {
            length: bytes.len() as u64,
            hashes: Hashes {
                sha256: digest(bytes),
            },
            custom,
        }
    }

    /// Whether these bytes are the listed ones.
    ///
    /// # Errors
    /// When they are fewer, more, or others.
    pub fn is(&self, what: &TargetName, bytes: &[u8]) -> Result<(), Refused> {
        long_enough(what.as_str(), self.length, bytes)?;
        match digest(bytes) == self.hashes.sha256 {
            true => Ok(()),
            false => Err(Refused::Altered),
        }
    }
}

fn long_enough(what: &str, length: u64, bytes: &[u8]) -> Result<(), Refused> {
    let what = || what.to_owned();
    match (bytes.len() as u64).cmp(&length) {
        std::cmp::Ordering::Less => Err(Refused::Truncated { what: what() }),
        std::cmp::Ordering::Greater => Err(Refused::Oversized {
            what: what(),
            most: length,
        }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// Whether this is the file that other metadata means, before a word of it is read.
fn meant(role: Role, wanted: &Pinned, bytes: &[u8]) -> Result<(), Refused> {
    let differs = digest(bytes) != wanted.hashes.sha256;
    // Another version's file differs in length as well; only what is the start of something is called cut off.
    if differs && read::<serde::de::IgnoredAny>(role, bytes).is_ok() {
        return Err(Refused::Mixed { role });
    }
    long_enough(&format!("the {role} metadata"), wanted.length, bytes)?;
    match differs {
        true => Err(Refused::Mixed { role }),
        false => Ok(()),
    }
}

fn read<T: DeserializeOwned>(role: Role, bytes: &[u8]) -> Result<(Dated<T>, Envelope), Refused> {
    let what = || format!("the {role} metadata");
    let most = limit(role);
    if bytes.len() as u64 > most {
        return Err(Refused::Oversized { what: what(), most });
    }
    let unreadable = |why: String| Refused::Unreadable { role, why };
    let envelope: Envelope =
        serde_json::from_slice(bytes).map_err(|error| match error.is_eof() {
            true => Refused::Truncated { what: what() },
            false => unreadable(error.to_string()),
        })?;
    let dated: Dated<T> = serde_json::from_value(envelope.signed.clone())
        .map_err(|error| unreadable(error.to_string()))?;
    if dated.kind != role.word() {
        return Err(unreadable(format!("it is {:?}", dated.kind)));
    }
    if !dated.spec_version.starts_with("1.") {
        return Err(unreadable(format!(
            "it is of specification {}",
            dated.spec_version
        )));
    }
    if dated.version == 0 {
        return Err(unreadable("its version is 0".to_owned()));
    }
    Ok((dated, envelope))
}

/// Whether enough of those whose signatures count have signed. One key counts once, however often it is named.
fn signed(role: Role, root: &Root, envelope: &Envelope) -> Result<(), Refused> {
    let unreadable = |why: &str| Refused::Unreadable {
        role,
        why: why.to_owned(),
    };
    if !root.consistent_snapshot {
        return Err(unreadable("the root wants no consistent snapshots"));
    }
    let signers = root
        .signers(role)
        .ok_or(unreadable("the root does not say who signs it"))?;
    if signers.threshold == 0 {
        return Err(unreadable("the root wants no signature for it"));
    }
    let text = canonical(&envelope.signed)
        .map_err(|_| unreadable("it has a number that is no whole one"))?;
    let (mut valid, mut named) = (BTreeSet::new(), false);
    for signature in &envelope.signatures {
        let counts = signers.keyids.contains(&signature.keyid);
        let Some(key) = root.keys.get(&signature.keyid).filter(|_| counts) else {
            continue;
        };
        named = true;
        let bytes = hex::decode(&signature.sig).unwrap_or_default();
        if key.signed(&text, &bytes) {
            valid.insert(key);
        }
    }
    let count = u32::try_from(valid.len()).unwrap_or(u32::MAX);
    match (count, named) {
        (count, _) if count >= signers.threshold => Ok(()),
        (0, false) => Err(Refused::UnknownKey { role }),
        (0, true) => Err(Refused::WronglySigned { role }),
        (valid, _) => Err(Refused::TooFewSignatures {
            role,
            valid,
            threshold: signers.threshold,
        }),
    }
}

fn undercuts(role: Role, version: u64, trusted: u64) -> Result<(), Refused> {
    match version < trusted {
        true => Err(Refused::RolledBack {
            role,
            version,
            trusted,
        }),
        false => Ok(()),
    }
}

fn fresh(role: Role, expires: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refused> {
    match expires > now {
        true => Ok(()),
        false => Err(Refused::Expired { role }),
    }
}
