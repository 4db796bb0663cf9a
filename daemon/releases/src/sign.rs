//! Makes metadata: what whoever holds the keys does, away from the server. Knows no file.

use crate::canonical::canonical;
use crate::digest;
use crate::key::{Public, Secret};
use crate::metadata::Listed;
use crate::name::TargetName;
use crate::refused::Role;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SPECIFICATION: &str = "1.0.31";

/// Whose signatures count, for a root to be made.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Of the root itself, and how many of them.
    pub root: (Vec<Public>, u32),
    /// Of everything else.
    pub releases: (Vec<Public>, u32),
}

/// Number and end of what is made.
#[derive(Debug, Clone, Copy)]
pub struct Issue {
    /// One more than the one before.
    pub version: u64,
    /// Good until then.
    pub expires: DateTime<Utc>,
}

/// The three kinds of metadata that change with each release, as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `timestamp.json`.
    pub timestamp: Vec<u8>,
    /// `VERSION.snapshot.json`.
    pub snapshot: Vec<u8>,
    /// `VERSION.targets.json`.
    pub targets: Vec<u8>,
}

/// Why nothing was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There would be no one to sign.
    #[error("no key is named, or more signatures are wanted than keys are named")]
    Keys,
    /// It has no form that can be signed.
    #[error("it cannot be written")]
    Form,
}

/// A root. For the first one the keys of the root sign; for a later one those of the root before as well.
///
/// # Errors
/// When keys are missing.
pub fn sign_root(keys: &Keys, issue: Issue, with: &[&Secret]) -> Result<Vec<u8>, SignError> {
    let enough = |(keys, threshold): &(Vec<Public>, u32)| {
        let all: BTreeSet<_> = keys.iter().collect();
        *threshold > 0 && all.len() >= *threshold as usize
    };
    if !enough(&keys.root) || !enough(&keys.releases) || with.is_empty() {
        return Err(SignError::Keys);
    }
    let all = keys.root.0.iter().chain(&keys.releases.0);
    let written: Map<String, Value> = all.map(|key| (key.id(), key.written())).collect();
    let roles: Map<String, Value> = Role::ALL
        .iter()
        .map(|role| {
            let (keys, threshold) = match role {
                Role::Root => &keys.root,
                Role::Targets | Role::Snapshot | Role::Timestamp => &keys.releases,
            };
            let ids: BTreeSet<String> = keys.iter().map(Public::id).collect();
            (
                role.word().to_owned(),
                json!({ "keyids": ids, "threshold": threshold }),
            )
        })
        .collect();
    let own = json!({ "consistent_snapshot": true, "keys": written, "roles": roles });
    sign(Role::Root, issue, own, with)
}

/// Signs a list of targets, a snapshot of it and a timestamp, all of one number.
///
/// # Errors
/// When keys are missing.
pub fn sign_targets(
    targets: &BTreeMap<TargetName, Listed>,
    issue: Issue,
    with: &[&Secret],
) -> Result<Signed, SignError> {
    if with.is_empty() {
        return Err(SignError::Keys);
    }
    let listed = serde_json::to_value(targets).map_err(|_| SignError::Form)?;
    let targets = sign(Role::Targets, issue, json!({ "targets": listed }), with)?;
    let meta = json!({ "meta": { "targets.json": pinned(issue, &targets) } });
    let snapshot = sign(Role::Snapshot, issue, meta, with)?;
    let timestamp = sign_timestamp((issue, &snapshot), issue, with)?;
    Ok(Signed {
        timestamp,
        snapshot,
        targets,
    })
}

/// Signs a timestamp over a snapshot, which carries its own number: what was released stays good for longer.
///
/// # Errors
/// When keys are missing.
pub fn sign_timestamp(
    (of, snapshot): (Issue, &[u8]),
    issue: Issue,
    with: &[&Secret],
) -> Result<Vec<u8>, SignError> {
    let meta = json!({ "meta": { "snapshot.json": pinned(of, snapshot) } });
    sign(Role::Timestamp, issue, meta, with)
}

fn pinned(issue: Issue, bytes: &[u8]) -> Value {
    json!({ "version": issue.version, "length": bytes.len(), "hashes": { "sha256": digest(bytes) } })
}

fn sign(role: Role, issue: Issue, mut own: Value, with: &[&Secret]) -> Result<Vec<u8>, SignError> {
    own["_type"] = json!(role.word());
    own["spec_version"] = json!(SPECIFICATION);
    own["version"] = json!(issue.version);
    own["expires"] = json!(issue.expires.to_rfc3339_opts(SecondsFormat::Secs, true));
    let text = canonical(&own).map_err(|_| SignError::Form)?;
    let signatures: Vec<Value> = with
        .iter()
        .map(|key| json!({ "keyid": key.public().id(), "sig": key.sign(&text) }))
        .collect();
    let envelope = json!({ "signed": own, "signatures": signatures });
    serde_json::to_vec_pretty(&envelope).map_err(|_| SignError::Form)
}
