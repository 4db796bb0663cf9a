//! Renewed packs: read strictly, and taken up whole in place of the built-in ones of the same services.
//! Knows no file and no signature; whoever brings a pack has proven where it comes from.

use regex::Regex;

use super::catalogue;
use super::hosts::ServiceId;
use super::pack::{Joins, Pack};

/// A pack that can be used: it reads well, and each of its patterns compiles.
#[derive(Debug)]
pub struct RenewedPack(Pack);

impl RenewedPack {
    /// Reads a pack.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(text: &str) -> Result<Self, String> {
        let pack = catalogue::read(text)?;
        for pattern in pack.patterns() {
            Regex::new(pattern.text()).map_err(|problem| problem.to_string())?;
        }
        Ok(Self(pack))
    }

    /// Which service it recognises.
    pub fn service(&self) -> &ServiceId {
        &self.0.service
    }

    /// Its version.
    pub fn version(&self) -> u32 {
        self.0.version
    }
}

/// From now on invitations are recognised by these, and by the built-in packs of all other services.
///
/// What was read from calendars before stays as it is until it is read again.
pub fn renew_packs(renewed: Vec<RenewedPack>) {
    let renewed: Vec<Pack> = renewed.into_iter().map(|RenewedPack(pack)| pack).collect();
    let missing = |pack: &Pack| !renewed.iter().any(|new| new.service == pack.service);
    let mut packs: Vec<Pack> = catalogue::built_in().into_iter().filter(missing).collect();
    packs.extend(renewed);
    catalogue::hold(packs);
}

/// Each service that a room can join, and the version of its pack in use.
pub fn pack_versions() -> Vec<(ServiceId, u32)> {
    versions(catalogue::catalogue().packs())
}

/// Each service of the built-in packs, and its version.
pub fn built_in_pack_versions() -> Vec<(ServiceId, u32)> {
    versions(&catalogue::built_in())
}

fn versions(packs: &[Pack]) -> Vec<(ServiceId, u32)> {
    packs
        .iter()
        .filter(|pack| pack.joins == Joins::Yes)
        .map(|pack| (pack.service.clone(), pack.version))
        .collect()
}
