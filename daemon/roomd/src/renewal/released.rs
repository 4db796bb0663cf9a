//! Packs that the fleet released: one on trial, in use and kept nowhere; those that were proven, kept for themselves. Knows no fleet.
//!
//! Invariant: a pack on trial is gone with the daemon, and leaves no version behind that counts as seen.

use super::{Good, Renewal, built_in, pack_files, read_original, read_pack};
use crate::state_dir::write_whole;
use anyhow::bail;
use room_api::PackRefused;
use room_profile::RenewedPacks;
use service_packs::{Claim, Refused, SEAL_SUFFIX, Seen, TrustedKey};
use std::fs;
use std::sync::PoisonError;

/// A pack's text and its seal, under the name that its file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The name of its file: what it is, a hyphen, its version, `.toml`.
    pub file: String,
    /// Its text.
    pub text: Vec<u8>,
    /// Its seal.
    pub seal: String,
}

/// Where a pack comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// The folder of the room's file.
    Folder,
    /// The fleet; it was proven in this room.
    Given,
    /// The fleet; it is being proven.
    Trial,
}

impl Renewal {
    /// What the fleet released and was proven here, and what is being proven.
    pub(super) fn add_released(
        &self,
        keys: &[TrustedKey],
        (good, refused): (&mut Vec<Good>, &mut Vec<PackRefused>),
    ) {
        for file in pack_files(&self.given).unwrap_or_default() {
            match read_pack(&self.given, &file, keys) {
                Ok(pack) => good.push(Good {
                    from: From::Given,
                    ..pack
                }),
                Err(problem) => refused.push(PackRefused {
                    file,
                    code: problem.code().to_owned(),
                    reason: problem.to_string(),
                    instead: None,
                }),
            }
        }
        let trial = self.trial.lock().unwrap_or_else(PoisonError::into_inner);
        let trial = trial.as_ref().map(|pack| read_original(pack, keys));
        if let Some(Ok(pack)) = trial {
            good.push(Good {
                from: From::Trial,
                ..pack
            });
        }
    }

    /// Takes a pack on trial with the next reading: in use at once, kept nowhere, and its version not counted as seen.
    ///
    /// # Errors
    /// When it could not be used.
    pub fn try_on(&self, wanted: &RenewedPacks, pack: Original) -> Result<Claim, Refused> {
        let keys = wanted.keys.iter();
        let keys: Vec<TrustedKey> = keys.filter_map(|key| TrustedKey::parse(key).ok()).collect();
        let good = read_original(&pack, &keys)?;
        self.seen().admit(&good.claim, built_in(&good.claim))?;
        *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = Some(pack);
        Ok(good.claim)
    }

    /// The pack on trial was proven: it is kept. With the next reading its version counts as seen.
    ///
    /// # Errors
    /// When there is none, or it cannot be written; it stays on trial then.
    pub fn keep_trial(&self) -> anyhow::Result<()> {
        let mut trial = self.trial.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pack) = trial.as_ref() else {
            bail!("no pack is on trial");
        };
        fs::create_dir_all(&self.given)?;
        // A seal without its pack is nothing; with the pack the new one counts, and the one before goes after it.
        let seal_file = format!("{}{SEAL_SUFFIX}", pack.file);
        write_whole(&self.given.join(seal_file), pack.seal.as_bytes())?;
        write_whole(&self.given.join(&pack.file), &pack.text)?;
        let same = |file: &str| file.rsplit_once('-').map(|(of, _)| of.to_owned());
        for old in pack_files(&self.given).unwrap_or_default() {
            if old != pack.file && same(&old) == same(&pack.file) {
                let _ = fs::remove_file(self.given.join(&old));
                let _ = fs::remove_file(self.given.join(format!("{old}{SEAL_SUFFIX}")));
            }
        }
        *trial = None;
        Ok(())
    }

    /// The pack on trial is used no more from the next reading on.
    pub fn give_up_trial(&self) {
        *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Versions that count as seen: of the pack on trial the one before.
pub(super) fn without(seen: Seen, trial: Option<&Claim>, before: &Seen) -> Seen {
    let is = |claim: &Claim| {
        trial.is_some_and(|trial| (trial.kind, &trial.service) == (claim.kind, &claim.service))
    };
    let others = seen.claims().filter(|claim| !is(claim));
    others.chain(before.claims().filter(is)).collect()
}
