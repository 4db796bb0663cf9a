//! Renewed service packs: reads the folder, refuses what is not to be trusted, keeps the last good ones, and swaps whole.
//! What may be trusted is decided in `service-packs`; what a pack means is known to those who use it.

mod released;

pub use released::Original;

use crate::state_dir::write_whole;
use calendar::recognise::{RenewedPack, built_in_pack_versions, pack_versions, renew_packs};
use call_browser::pack::{Certainty, Pack};
use call_browser::{Packs, Shelf};
use released::{From, without};
use room_api::{PackInUse, PackKind, PackRefused, PacksAnswer};
use room_profile::RenewedPacks;
use service_packs::{Claim, Kind, MAX_BYTES, Refused, SEAL_SUFFIX, Seen, TrustedKey, verify};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{info, warn};

/// A folder with more packs than this is the wrong folder.
const MOST_FILES: usize = 500;

/// The room's packs. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Renewal {
    shelf: Shelf,
    /// Copies of the last good packs.
    copies: PathBuf,
    /// Which versions were seen.
    seen: PathBuf,
    told: Arc<Mutex<PacksAnswer>>,
    /// Packs that the fleet released and that were proven here.
    given: PathBuf,
    /// One that is being proven: in use, and forgotten with the daemon's end.
    trial: Arc<Mutex<Option<Original>>>,
}

/// A pack that is proven, read and not yet in use.
#[derive(Debug)]
struct Good {
    from: From,
    file: String,
    claim: Claim,
    signed_by: String,
    meaning: Meaning,
    /// Text and seal, to be kept.
    original: (Vec<u8>, String),
}

/// What a look at the folder comes to.
struct Look {
    used: Vec<Good>,
    refused: Vec<PackRefused>,
    /// Which versions count as seen afterwards.
    seen: Seen,
}

#[derive(Debug)]
enum Meaning {
    Recognise(Box<RenewedPack>),
    Join(Box<Pack>),
}

impl Renewal {
    /// Starts with the packs that come with the daemon. `state` is the room's state folder.
    pub fn new(state: &Path) -> Self {
        Self {
            shelf: Packs::built_in().into(),
            copies: state.join("packs"),
            seen: state.join("packs.json"),
            given: state.join("fleet/packs"),
            trial: Arc::default(),
            told: Arc::new(Mutex::new(answer(
                &Packs::built_in(),
                &BTreeMap::new(),
                Vec::new(),
            ))),
        }
    }

    /// Where calls take their packs from.
    pub fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    /// The packs in use, and what is refused.
    pub fn told(&self) -> PacksAnswer {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }

    /// Reads the folder anew. Whatever is wrong in it, the room has packs afterwards. A call that is on keeps its own.
    pub fn read(&self, wanted: &RenewedPacks) {
        let Look {
            used,
            refused,
            seen,
        } = self.look(wanted);
        self.keep(&used, &refused);
        self.remember(&seen);
        self.put_to_use(used, refused);
    }

    /// The packs that a room with this state folder would join with. Leaves everything as it is: for those who come
    /// before the daemon.
    pub fn would_use(state: &Path, wanted: &RenewedPacks) -> Packs {
        let mut packs = Packs::built_in();
        for pack in Self::new(state).look(wanted).used {
            if let Meaning::Join(pack) = pack.meaning {
                packs.add(*pack);
            }
        }
        packs
    }

    fn look(&self, wanted: &RenewedPacks) -> Look {
        let keys: Vec<TrustedKey> = wanted
            .keys
            .iter()
            .filter_map(|key| TrustedKey::parse(key).ok())
            .collect();
        let (mut good, mut refused) = (Vec::new(), Vec::new());
        match &wanted.folder {
            None => {}
            Some(folder) if keys.is_empty() => {
                warn!(folder = %folder.display(), "renewed packs are not read: `packs.keys` names no key that is trusted");
            }
            Some(folder) => (good, refused) = self.collect(folder, &keys),
        }
        if !keys.is_empty() {
            self.add_released(&keys, (&mut good, &mut refused));
        }
        let before = self.seen();
        let mut seen = before.clone();
        let used = choose(good, &mut seen, &mut refused);
        let trial = used.iter().find(|pack| pack.from == From::Trial);
        let seen = without(seen, trial.map(|pack| &pack.claim), &before);
        Look {
            used,
            refused,
            seen,
        }
    }

    /// What counts as read, and what does not: for each file the pack in it, or the last good copy of it.
    fn collect(&self, folder: &Path, keys: &[TrustedKey]) -> (Vec<Good>, Vec<PackRefused>) {
        let (mut good, mut refused) = (Vec::new(), Vec::new());
        let files = match pack_files(folder) {
            Ok(files) => files,
            Err(error) => {
                warn!(folder = %folder.display(), %error, "the folder of renewed packs cannot be read; the last good ones serve");
                pack_files(&self.copies).unwrap_or_default()
            }
        };
        for file in files {
            let copy = read_pack(&self.copies, &file, keys).ok();
            let problem = match read_pack(folder, &file, keys) {
                Ok(pack) => {
                    let older = |copy: &Good| pack.claim.version < copy.claim.version;
                    good.extend(copy.filter(older));
                    good.push(pack);
                    continue;
                }
                Err(problem) => problem,
            };
            refused.push(PackRefused {
                file,
                code: problem.code().to_owned(),
                reason: problem.to_string(),
                instead: copy.as_ref().map(|copy| copy.claim.version),
            });
            good.extend(copy);
        }
        (good, refused)
    }

    fn seen(&self) -> Seen {
        let text = match fs::read(&self.seen) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Seen::default(),
            Err(error) => {
                warn!(%error, "cannot read which versions of packs were seen");
                return Seen::default();
            }
        };
        let claims: Vec<String> = serde_json::from_slice(&text).unwrap_or_else(|error| {
            warn!(%error, "which versions of packs were seen is damaged; packs of any version count again");
            Vec::new()
        });
        claims
            .iter()
            .filter_map(|claim| claim.parse().ok())
            .collect()
    }

    fn remember(&self, seen: &Seen) {
        let claims: Vec<String> = seen.claims().map(|claim| claim.to_string()).collect();
        if claims.is_empty() {
            return;
        }
        let text = serde_json::to_vec(&claims).unwrap_or_default();
        if let Err(error) = write_whole(&self.seen, &text) {
            let error = format!("{error:#}");
            warn!(error, "which versions of packs were seen could not be kept");
        }
    }

    /// Keeps what is used, so that it serves when its file goes bad. A file that is gone takes its copy along.
    fn keep(&self, used: &[Good], refused: &[PackRefused]) {
        let used: Vec<&Good> = used
            .iter()
            .filter(|pack| pack.from == From::Folder)
            .collect();
        let known = |file: &String| {
            used.iter().any(|pack| pack.file == *file)
                || refused.iter().any(|pack| pack.file == *file)
        };
        for old in pack_files(&self.copies).unwrap_or_default() {
            if !known(&old) {
                let _ = fs::remove_file(self.copies.join(&old));
                let _ = fs::remove_file(self.copies.join(format!("{old}{SEAL_SUFFIX}")));
            }
        }
        if used.is_empty() {
            return;
        }
        let kept = fs::create_dir_all(&self.copies).map_err(Into::into);
        let kept = kept.and_then(|()| {
            used.iter().try_for_each(|pack| {
                let (text, seal) = &pack.original;
                write_whole(&self.copies.join(&pack.file), text)?;
                let seal_file = format!("{}{SEAL_SUFFIX}", pack.file);
                write_whole(&self.copies.join(seal_file), seal.as_bytes())
            })
        });
        if let Err(error) = kept {
            let error = format!("{error:#}");
            warn!(error, "the last good packs could not be kept");
        }
    }

    fn put_to_use(&self, used: Vec<Good>, refused: Vec<PackRefused>) {
        for pack in &refused {
            let PackRefused { file, reason, .. } = pack;
            warn!(file, reason, instead = ?pack.instead, "a service pack is refused");
        }
        let mut packs = Packs::built_in();
        let mut recognise = Vec::new();
        let mut signers = BTreeMap::new();
        for pack in used {
            let Claim {
                kind,
                service,
                version,
            } = &pack.claim;
            info!(service, version, %kind, signed_by = pack.signed_by, "a renewed service pack is in use");
            signers.insert((*kind, service.clone()), pack.signed_by);
            match pack.meaning {
                Meaning::Join(pack) => packs.add(*pack),
                Meaning::Recognise(pack) => recognise.push(*pack),
            }
        }
        let recognises = signers.keys().any(|(kind, _)| *kind == Kind::Recognise);
        if recognises || pack_versions() != built_in_pack_versions() {
            renew_packs(recognise);
        }
        let told = answer(&packs, &signers, refused);
        self.shelf.renew(packs);
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }
}

/// Of each pack the newest that counts.
fn choose(mut good: Vec<Good>, seen: &mut Seen, refused: &mut Vec<PackRefused>) -> Vec<Good> {
    good.sort_by(|a, b| {
        b.claim
            .version
            .cmp(&a.claim.version)
            .then(a.file.cmp(&b.file))
    });
    let mut used: Vec<Good> = Vec::new();
    for pack in good {
        let same = |other: &Good| other.claim == pack.claim;
        let counts = match used.iter().any(same) {
            true => Err(Refused::Twice(pack.claim.version)),
            false => seen.admit(&pack.claim, built_in(&pack.claim)),
        };
        match counts {
            Ok(()) => used.push(pack),
            Err(problem) => {
                let this = |other: &&Good| {
                    (other.claim.kind, &other.claim.service)
                        == (pack.claim.kind, &pack.claim.service)
                };
                // What the fleet released is newer than what lies in the folder, or the other way round: nothing is wrong with either.
                let elsewhere = |other: &Good| other.from != pack.from || pack.from == From::Given;
                if used.iter().find(this).is_some_and(elsewhere) {
                    continue;
                }
                refused.push(PackRefused {
                    instead: used.iter().find(this).map(|other| other.claim.version),
                    file: pack.file,
                    code: problem.code().to_owned(),
                    reason: problem.to_string(),
                });
            }
        }
    }
    used
}

/// The version that comes with the daemon.
fn built_in(claim: &Claim) -> Option<u32> {
    match claim.kind {
        Kind::Join => Packs::built_in()
            .iter()
            .find(|pack| pack.service.as_str() == claim.service)
            .map(|pack| pack.version),
        Kind::Recognise => built_in_pack_versions()
            .into_iter()
            .find(|(service, _)| service.as_str() == claim.service)
            .map(|(_, version)| version),
    }
}

fn pack_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // A name that is no text cannot be a pack's.
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".toml")) {
            files.push(name.to_owned());
        }
    }
    files.sort();
    files.truncate(MOST_FILES);
    Ok(files)
}

fn read_pack(folder: &Path, file: &str, keys: &[TrustedKey]) -> Result<Good, Refused> {
    let text = read_file(&folder.join(file)).map_err(|e| Refused::Senseless(e.to_string()))?;
    let seal_file = format!("{file}{SEAL_SUFFIX}");
    let seal = read_file(&folder.join(&seal_file)).map_err(|_| Refused::Unsigned(seal_file))?;
    let seal = String::from_utf8(seal).map_err(|_| Refused::SealUnreadable)?;
    read_original(
        &Original {
            file: file.to_owned(),
            text,
            seal,
        },
        keys,
    )
}

fn read_original(pack: &Original, keys: &[TrustedKey]) -> Result<Good, Refused> {
    let Original { file, text, seal } = pack;
    let trusted = verify(text, seal, keys)?;
    let kind = trusted.claim.kind;
    let meaning = match kind {
        Kind::Recognise => {
            let pack = RenewedPack::read(&trusted.text).map_err(Refused::Senseless)?;
            trusted.must_be(kind, pack.service().as_str(), pack.version())?;
            Meaning::Recognise(Box::new(pack))
        }
        Kind::Join => {
            let pack = Pack::parse(&trusted.text).map_err(|e| Refused::Senseless(e.to_string()))?;
            trusted.must_be(kind, pack.service.as_str(), pack.version)?;
            Meaning::Join(Box::new(pack))
        }
    };
    Ok(Good {
        from: From::Folder,
        file: file.clone(),
        claim: trusted.claim,
        signed_by: trusted.signed_by,
        meaning,
        original: (text.clone(), seal.clone()),
    })
}

/// Not more than shows that it is too much.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn answer(
    packs: &Packs,
    signers: &BTreeMap<(Kind, String), String>,
    refused: Vec<PackRefused>,
) -> PacksAnswer {
    let signed_by = |kind, service: &str| signers.get(&(kind, service.to_owned())).cloned();
    let join = packs.iter().map(|pack| PackInUse {
        service: pack.service.as_str().to_owned(),
        kind: PackKind::Join,
        version: pack.version,
        signed_by: signed_by(Kind::Join, pack.service.as_str()),
        certainty: Some(certainty(pack.certainty)),
        seen: pack.seen.map(|month| month.to_string()),
    });
    let recognise = pack_versions().into_iter();
    let recognise = recognise.map(|(service, version)| PackInUse {
        service: service.as_str().to_owned(),
        kind: PackKind::Recognise,
        version,
        signed_by: signed_by(Kind::Recognise, service.as_str()),
        certainty: None,
        seen: None,
    });
    let mut all: Vec<PackInUse> = join.chain(recognise).collect();
    all.sort_by(|a, b| (&a.service, a.kind).cmp(&(&b.service, b.kind)));
    PacksAnswer {
        packs: all,
        refused,
    }
}

/// In the API's words.
pub(crate) fn certainty(certainty: Certainty) -> room_api::Certainty {
    match certainty {
        Certainty::Contract => room_api::Certainty::Contract,
        Certainty::VendorTestIds => room_api::Certainty::VendorTestIds,
        Certainty::SeenInPublicCode => room_api::Certainty::SeenInPublicCode,
        Certainty::Unverified => room_api::Certainty::Unverified,
    }
}
