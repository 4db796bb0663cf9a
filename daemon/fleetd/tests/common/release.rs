//! Whoever signs releases: a folder with keys, one with the list, and a service pack that its vendor sealed.

use super::Rig;
use chrono::{DateTime, Duration, Utc};
use fleetd::rollouts::{Release, Signing, SigningError};
use minisign::KeyPair;
use puck_image::{Segment, pack};
use releases::{
    Custom, Issue, Kind, Listed, Role, Secret, TargetName, Trust, digest, sign_targets,
};
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PACK: &str = include_str!("../../../call-browser/providers/practice.toml");

pub struct Publisher {
    folder: TempDir,
    vendor: KeyPair,
}

impl Publisher {
    pub const TARGET: &str = "service-packs/join/practice/901.toml";

    /// Has signed version 901 of the pack of the room's own conference.
    pub fn new() -> Publisher {
        let publisher = Publisher {
            folder: tempfile::tempdir().unwrap(),
            vendor: KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        publisher.signing().init(Utc::now(), (1000, 30)).unwrap();
        let pack = publisher.seal(901);
        let added = publisher.signing().add(&[pack], Utc::now(), 30).unwrap();
        assert_eq!(added[0].as_str(), Publisher::TARGET);
        publisher
    }

    /// Signs packages of the room's software that hold nothing, one for each machine.
    pub fn add_packages(&self, version: &str, architectures: &[&str]) {
        let made = architectures
            .iter()
            .map(|one| self.package(("roomd", version, one)));
        let made: Vec<PathBuf> = made.collect();
        self.signing().add(&made, Utc::now(), 30).unwrap();
    }

    /// A package that holds nothing; its file's name says nothing of it.
    pub fn package(&self, (name, version, architecture): (&str, &str, &str)) -> PathBuf {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        fs::create_dir(folder.path().join("DEBIAN")).unwrap();
        let control = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Test <test@example.org>\nDescription: test\n"
        );
        fs::write(folder.path().join("DEBIAN/control"), control).unwrap();
        let made = folder.path().with_extension("deb");
        let built = Command::new("dpkg-deb")
            .args(["--root-owner-group", "--build"])
            .arg(folder.path())
            .arg(&made)
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        made
    }

    /// An image for table buttons that says this of itself; its file's name says nothing of it.
    pub fn image(&self, says: &str) -> PathBuf {
        let (made, path) = tempfile::Builder::new()
            .suffix(".uf2")
            .tempfile_in(self.folder.path())
            .unwrap()
            .keep()
            .unwrap();
        drop(made);
        fs::write(&path, image(says)).unwrap();
        path
    }

    /// A board's file; each is in a folder of its own, since its name says which board it is of.
    pub fn board(&self, name: &str, text: &str) -> PathBuf {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        let path = folder.join(format!("{name}.toml"));
        fs::write(&path, text).unwrap();
        path
    }

    /// Signs this under a board's name as somebody would who has the keys and not this program: nothing is judged.
    pub fn add_unjudged(&self, (of, revision): (&str, u32), text: &str) -> String {
        let list = self.list();
        let read = |name: &str| fs::read(list.join(name)).unwrap();
        let mut trust = Trust::begin(&read("1.root.json")).unwrap();
        let whenever = DateTime::<Utc>::MIN_UTC;
        trust.timestamp(&read("timestamp.json"), whenever).unwrap();
        let number = trust.version(Role::Timestamp);
        let name = |role: &str, number| format!("{number}.{role}.json");
        trust
            .snapshot(&read(&name("snapshot", number)), whenever)
            .unwrap();
        trust
            .targets(&read(&name("targets", number)), whenever)
            .unwrap();
        let all = trust.all();
        let mut all: BTreeMap<_, _> = all.map(|(name, is)| (name.clone(), is.clone())).collect();
        let target = TargetName::board(of, &revision.to_string()).unwrap();
        let custom = Custom {
            kind: Kind::Board,
            of: of.to_owned(),
            version: revision.into(),
            architecture: None,
        };
        fs::write(list.join("targets").join(digest(text.as_bytes())), text).unwrap();
        all.insert(target.clone(), Listed::of(text.as_bytes(), Some(custom)));
        let key = fs::read_to_string(self.signing().keys.join("release.key")).unwrap();
        let issue = Issue {
            version: number + 1,
            expires: Utc::now() + Duration::days(30),
        };
        let signed = sign_targets(&all, issue, &[&Secret::parse(&key).unwrap()]).unwrap();
        for (name, text) in [
            (name("targets", number + 1), &signed.targets),
            (name("snapshot", number + 1), &signed.snapshot),
            ("timestamp.json".to_owned(), &signed.timestamp),
        ] {
            fs::write(list.join(name), text).unwrap();
        }
        target.to_string()
    }

    /// Signs it.
    pub fn add(&self, file: PathBuf) -> Result<String, SigningError> {
        let added = self.signing().add(&[file], Utc::now(), 30)?;
        Ok(added[0].to_string())
    }

    pub fn signing(&self) -> Signing {
        Signing {
            keys: self.folder.path().join("keys"),
            list: self.list(),
        }
    }

    pub fn list(&self) -> PathBuf {
        self.folder.path().join("list")
    }

    /// The vendor's public key, for rooms.
    pub fn vendor_key(&self) -> String {
        self.vendor.pk.to_base64()
    }

    fn seal(&self, version: u32) -> PathBuf {
        let own = PACK
            .lines()
            .find(|line| line.starts_with("version"))
            .unwrap();
        let text = PACK.replacen(own, &format!("version = {version}"), 1);
        let claim = format!("roomd-pack kind=join service=practice version={version}");
        let (key, data) = (&self.vendor, Cursor::new(&text));
        let seal = minisign::sign(Some(&key.pk), &key.sk, data, Some(&claim), None).unwrap();
        let path = self.folder.path().join("practice.toml");
        fs::write(&path, &text).unwrap();
        fs::write(
            self.folder.path().join("practice.toml.minisig"),
            seal.into_string(),
        )
        .unwrap();
        path
    }

    pub fn sign_again(&self) {
        self.signing().refresh(Utc::now(), 30).unwrap();
    }

    pub async fn publish(&self, rig: &Rig) {
        assert_eq!(self.published(rig).await.len(), 1);
    }

    /// What can be offered now.
    pub async fn published(&self, rig: &Rig) -> Vec<Release> {
        let published = rig.fleet.repository.publish(&self.list(), Utc::now()).await;
        published.unwrap().releases
    }

    /// The list as it is now.
    pub fn copy(&self) -> TempDir {
        let to = tempfile::tempdir().unwrap();
        copied(&self.list(), to.path());
        to
    }
}

/// What a chip's loader takes.
pub fn image(says: &str) -> Vec<u8> {
    let marker = format!("roomd-table-button/1 {says}\0");
    let mut bytes = vec![0x5a; 60_000];
    bytes[900..900 + marker.len()].copy_from_slice(marker.as_bytes());
    let place = 0x1000_0000;
    pack(&[Segment { place, bytes }])
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copied(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
