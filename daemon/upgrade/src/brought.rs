//! Takes what the daemon has brought into the helper's own folder, and believes nothing of it: everything is read once, copied, and the
//! copy held against the signed list under a root that only root can write. Installs nothing.

use crate::dpkg::{Dpkg, Fields};
use crate::machine::{Build, State};
use crate::papers::{ARCHITECTURE, LARGEST, PACKAGE, Places, remembered, write};
use chrono::{DateTime, Utc};
use fleet_proto::Offer;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::unistd::geteuid;
use releases::{Custom, Kind, Listed, Refused, Remembering, TargetName, Trust, Version};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A root is no longer, in bytes.
const ROOT: u64 = 64 << 10;
/// A list with all roots before it is no longer, in bytes.
const LIST: u64 = 8 << 20;

/// Why nothing is begun; nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The root of trust is missing, or others could have written it.
    #[error("the root of trust is missing, or others than root may change it")]
    RootUnsafe,
    /// The list, or the package under it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The daemon has not brought it, or something in its place that is no file.
    #[error("the daemon did not bring what it should have")]
    Missing,
    /// Not the room's package, or not what the list says of it.
    #[error("the package is not the rooms' software")]
    OtherPackage,
    /// For another machine.
    #[error("the package is for machines of another architecture")]
    OtherMachine,
    /// As old as what is installed, or older.
    #[error("what is installed is this version or a newer one")]
    NotNewer,
    /// The version that runs could not be gone back to.
    #[error("there is no signed package of the version that runs")]
    NoWayBack,
    /// The helper's folder, or a program.
    #[error("{0}")]
    NoPlace(#[from] io::Error),
}

impl Refusal {
    /// For programs, and to find the sentence by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::RootUnsafe => "release-root-unsafe",
            Refusal::Refused(refused) => refused.code(),
            Refusal::Missing => "release-missing",
            Refusal::OtherPackage => "release-other-package",
            Refusal::OtherMachine => "release-other-machine",
            Refusal::NotNewer => "release-not-newer",
            Refusal::NoWayBack => "release-no-way-back",
            Refusal::NoPlace(_) => "release-no-place",
        }
    }
}

/// The new package and that of the version which runs, both in the helper's folder and both as they were signed.
///
/// # Errors
/// See [`Refusal`].
pub fn prepare(
    (places, dpkg): (&Places, &dyn Dpkg),
    (state, installed): (&State, &str),
    offer: &Offer,
    now: DateTime<Utc>,
) -> Result<(Build, Build), Refusal> {
    let trust = list(places, now)?;
    let release: TargetName = offer
        .target
        .as_str()
        .parse()
        .map_err(|_| Refused::NotListed)?;
    let desk = Desk {
        places,
        dpkg,
        trust: &trust,
        now,
    };
    let new = desk.take(&release, Places::NEW)?;
    if !dpkg.is_newer(&new.version, installed)? {
        return Err(Refusal::NotNewer);
    }
    if let Some(kept) = state.kept(installed).filter(|kept| is_there(places, kept)) {
        return Ok((new, kept.clone()));
    }
    let release = TargetName::packages(PACKAGE, installed).map_err(|_| Refusal::NoWayBack)?;
    let old = desk.take(&release, Places::OLD);
    match old {
        Ok(old) => Ok((new, old)),
        Err(Refusal::NoPlace(error)) => Err(error.into()),
        Err(_) => Err(Refusal::NoWayBack),
    }
}

/// The daemon's list, held against what was trusted here before.
fn list(places: &Places, now: DateTime<Utc>) -> Result<Trust, Refusal> {
    let root = root(&places.root)?;
    let mut text = Vec::new();
    brought(places, Places::LIST)?
        .take(LIST)
        .read_to_end(&mut text)?;
    let unreadable = |_| Refused::Unreadable {
        role: releases::Role::Targets,
        // What stands in the file is nobody's business: it could be a link to anywhere.
        why: "it is no list".to_owned(),
    };
    let list: Remembering = serde_json::from_slice(&text).map_err(unreadable)?;
    let own = places.own.join(Places::LIST);
    let known: Remembering = remembered(&own)?;
    let trust = known.hold(&root, &list, now)?;
    write(
        &own,
        &serde_json::to_vec(&list).map_err(io::Error::from)?,
        0o600,
    )?;
    Ok(trust)
}

/// A file that belongs to whoever runs this, in a folder that does, and that nobody else may write.
fn root(path: &Path) -> Result<Vec<u8>, Refusal> {
    let ours = |file: &File| {
        let seen = file.metadata()?;
        Ok::<_, io::Error>(seen.uid() == geteuid().as_raw() && seen.mode() & 0o022 == 0)
    };
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let folder = path.parent().ok_or(Refusal::RootUnsafe)?;
    let name = path.file_name().ok_or(Refusal::RootUnsafe)?;
    let opened = open(folder, flags | OFlag::O_DIRECTORY, Mode::empty()).and_then(|folder| {
        let file = openat(&folder, name, flags, Mode::empty())?;
        Ok((File::from(folder), File::from(file)))
    });
    let (folder, file) = opened.map_err(|_| Refusal::RootUnsafe)?;
    let safe = ours(&folder)? && ours(&file)? && file.metadata()?.is_file();
    let mut text = Vec::new();
    file.take(ROOT + 1).read_to_end(&mut text)?;
    match safe && text.len() as u64 <= ROOT {
        true => Ok(text),
        false => Err(Refusal::RootUnsafe),
    }
}

/// Something that the daemon has brought: a file, and no link, pipe or device, in its own folder.
fn brought(places: &Places, name: &str) -> Result<File, Refusal> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let folder = flags | OFlag::O_DIRECTORY;
    let opened = open(&places.daemon, folder, Mode::empty())
        .and_then(|of| openat(&of, Places::BROUGHT, folder, Mode::empty()))
        .and_then(|of| openat(&of, name, flags, Mode::empty()));
    let file = File::from(opened.map_err(|_| Refusal::Missing)?);
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(Refusal::Missing),
    }
}

/// Digest and length of what was copied.
fn copied(mut from: impl Read, to: &mut dyn Write) -> io::Result<(String, u64)> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut part = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut part)?;
        if read == 0 {
            return Ok((hex::encode(hash.finalize()), length));
        }
        hash.update(&part[..read]);
        to.write_all(&part[..read])?;
        length += read as u64;
    }
}

/// Whether a kept file is still what it was.
fn is_there(places: &Places, build: &Build) -> bool {
    let file = File::open(places.own.join(build.file()));
    let read = file.and_then(|file| copied(file, &mut io::sink()));
    read.is_ok_and(|(sha256, _)| sha256 == build.sha256)
}

impl Build {
    /// Its name in the helper's folder.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.deb", self.sha256)
    }
}

struct Desk<'a> {
    places: &'a Places,
    dpkg: &'a dyn Dpkg,
    trust: &'a Trust,
    now: DateTime<Utc>,
}

impl Desk<'_> {
    /// A brought package, once its copy is seen to be the listed one of this release for this machine.
    fn take(&self, release: &TargetName, name: &str) -> Result<Build, Refusal> {
        let (listed, custom) = self.listed(release)?;
        let sha256 = self.copy(brought(self.places, name)?, &listed)?;
        let build = Build {
            version: custom.version.to_string(),
            sha256,
        };
        let file = self.places.own.join(build.file());
        let fields = self.dpkg.fields(&file)?.ok_or(Refusal::OtherPackage)?;
        check(&fields, &build)?;
        Ok(build)
    }

    fn listed(&self, release: &TargetName) -> Result<(Listed, Custom), Refusal> {
        let name = release.for_machine(ARCHITECTURE);
        let name = name.map_err(|_| Refused::NotListed)?;
        let folder = format!("{release}/");
        let mut all = self.trust.all();
        let others = all.any(|(one, _)| *one != name && one.as_str().starts_with(&folder));
        let listed = match self.trust.listed(&name, self.now) {
            Err(Refused::NotListed) if others => return Err(Refusal::OtherMachine),
            other => other?.clone(),
        };
        let custom = listed.custom.clone().ok_or(Refusal::OtherPackage)?;
        let named = matches!(&custom.version, Version::Named(version)
            if TargetName::packages(PACKAGE, version).is_ok_and(|fits| fits == *release));
        if custom.kind != Kind::Package || custom.of != PACKAGE || !named {
            return Err(Refusal::OtherPackage);
        }
        match custom.architecture.as_deref() {
            Some(ARCHITECTURE) => Ok((listed, custom)),
            Some(_) | None => Err(Refusal::OtherMachine),
        }
    }

    /// Copies no more than is listed, and keeps nothing that is not.
    fn copy(&self, from: File, listed: &Listed) -> Result<String, Refusal> {
        let what = || PACKAGE.to_owned();
        if listed.length > LARGEST {
            let most = LARGEST;
            return Err(Refused::Oversized { what: what(), most }.into());
        }
        let mut to = tempfile::NamedTempFile::new_in(&self.places.own)?;
        let (sha256, length) = copied(from.take(listed.length + 1), &mut to)?;
        match (length.cmp(&listed.length), sha256 == listed.hashes.sha256) {
            (std::cmp::Ordering::Less, _) => Err(Refused::Truncated { what: what() }.into()),
            (std::cmp::Ordering::Greater, _) => {
                let most = listed.length;
                Err(Refused::Oversized { what: what(), most }.into())
            }
            (std::cmp::Ordering::Equal, false) => Err(Refused::Altered.into()),
            (std::cmp::Ordering::Equal, true) => {
                let path = self.places.own.join(format!("{sha256}.deb"));
                to.as_file().sync_all()?;
                to.persist(path).map_err(|error| error.error)?;
                File::open(&self.places.own)?.sync_all()?;
                Ok(sha256)
            }
        }
    }
}

/// What the package says of itself must be what was signed of it.
fn check(fields: &Fields, build: &Build) -> Result<(), Refusal> {
    if fields.package != PACKAGE || fields.version != build.version {
        return Err(Refusal::OtherPackage);
    }
    match fields.architecture == ARCHITECTURE {
        true => Ok(()),
        false => Err(Refusal::OtherMachine),
    }
}
