//! A machine in a folder: keys and a signed list, a daemon that brings and says things, and the helper as a process.

use crate::machine::{self, Mood};
use chrono::{DateTime, Duration as Days, Utc};
use fleet_proto::Offer;
use releases::{
    Custom, Issue, Keys, Kind, Listed, Remembering, Secret, TargetName, Version, digest, sign_root,
    sign_targets,
};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use upgrade::{ARCHITECTURE, Is, Outcome, Places, State, Wish, Word};

/// What a busy machine takes at most.
const LONG: Duration = Duration::from_secs(60);

pub struct Stage {
    folder: TempDir,
    pub places: Places,
    root: Secret,
    release: Secret,
    version: Cell<u64>,
    /// Made packages by version: texts, or real ones.
    made: RefCell<BTreeMap<String, Vec<u8>>>,
    listed: RefCell<Vec<String>>,
}

pub struct Helper(Child);

pub fn offer(version: &str, attempt: u32) -> Offer {
    Offer {
        target: format!("packages/roomd/{version}").parse().unwrap(),
        attempt,
    }
}

/// A package as the made-up programs read it.
pub fn text(package: &str, version: &str, architecture: &str) -> Vec<u8> {
    format!("Package: {package}\nVersion: {version}\nArchitecture: {architecture}\n").into_bytes()
}

pub fn custom(version: &str, architecture: &str) -> Custom {
    Custom {
        kind: Kind::Package,
        of: "roomd".to_owned(),
        version: Version::Named(version.to_owned()),
        architecture: Some(architecture.to_owned()),
    }
}

impl Stage {
    /// Version 1.0 is installed; 1.0 and 2.0 are signed.
    pub fn new() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::below(folder.path());
        for path in [
            &places.running,
            &places.brought(),
            places.root.parent().unwrap(),
        ] {
            fs::create_dir_all(path).unwrap();
        }
        let stage = Stage {
            folder,
            places,
            root: Secret::generate().unwrap(),
            release: Secret::generate().unwrap(),
            version: Cell::new(0),
            made: RefCell::default(),
            listed: RefCell::default(),
        };
        fs::write(&stage.places.root, stage.first_root()).unwrap();
        machine::put(&stage.folder.path().join("programs"));
        fs::write(stage.folder.path().join("installed"), "installed ok 1.0\n").unwrap();
        stage.list_only(&["1.0", "2.0"]);
        stage
    }

    /// Version 2.0 is installed and has to prove itself.
    pub fn on_trial() -> (Stage, Helper) {
        let stage = Stage::new();
        stage.bring("2.0");
        stage.wish(1);
        let helper = stage.start(&[]);
        stage.until_step("proving");
        (stage, helper)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn first_root(&self) -> Vec<u8> {
        let keys = Keys {
            root: (vec![self.root.public()], 1),
            releases: (vec![self.release.public()], 1),
        };
        let issue = Issue {
            version: 1,
            expires: Utc::now() + Days::days(100),
        };
        sign_root(&keys, issue, &[&self.root]).unwrap()
    }

    /// A package of this version, made once.
    pub fn package(&self, version: &str) -> Vec<u8> {
        let mut made = self.made.borrow_mut();
        let package = made.entry(version.to_owned());
        package
            .or_insert_with(|| text("roomd", version, ARCHITECTURE))
            .clone()
    }

    /// Another package is this version's from now on.
    pub fn made(&self, version: &str, package: Vec<u8>) {
        self.made.borrow_mut().insert(version.to_owned(), package);
    }

    /// The package's name in the helper's folder.
    pub fn file(&self, version: &str) -> String {
        format!("{}.deb", digest(&self.package(version)))
    }

    /// Signs and brings a list of these versions.
    pub fn list_only(&self, versions: &[&str]) {
        *self.listed.borrow_mut() = versions
            .iter()
            .map(|version| (*version).to_owned())
            .collect();
        let targets = versions.iter().map(|version| {
            let name = TargetName::packages("roomd", version).unwrap();
            let name = name.for_machine(ARCHITECTURE).unwrap();
            (
                name,
                Listed::of(&self.package(version), Some(custom(version, ARCHITECTURE))),
            )
        });
        self.bring_list(&self.signed(targets.collect(), Utc::now() + Days::days(30)));
    }

    /// The next list.
    pub fn signed(
        &self,
        targets: BTreeMap<TargetName, Listed>,
        expires: DateTime<Utc>,
    ) -> Remembering {
        self.version.set(self.version.get() + 1);
        let issue = Issue {
            version: self.version.get(),
            expires,
        };
        let signed = sign_targets(&targets, issue, &[&self.release]).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Remembering {
            roots: Vec::new(),
            timestamp: text(signed.timestamp),
            snapshot: text(signed.snapshot),
            targets: text(signed.targets),
        }
    }

    pub fn bring_list(&self, list: &Remembering) {
        let path = self.places.brought().join(Places::LIST);
        fs::write(path, serde_json::to_vec(list).unwrap()).unwrap();
    }

    pub fn brought(&self, name: &str) -> PathBuf {
        self.places.brought().join(name)
    }

    /// What the daemon fetches: this version, and the one that runs.
    pub fn bring(&self, version: &str) {
        fs::write(self.brought(Places::OLD), self.package("1.0")).unwrap();
        self.bring_only(version);
    }

    pub fn bring_only(&self, version: &str) {
        fs::write(self.brought(Places::NEW), self.package(version)).unwrap();
    }

    pub fn mood(&self, version: &str, mood: Mood) {
        fs::write(
            self.folder.path().join(format!("mood-{version}")),
            mood.word(),
        )
        .unwrap();
    }

    pub fn install_by_hand(&self, version: &str) {
        fs::write(
            self.folder.path().join("installed"),
            format!("installed ok {version}\n"),
        )
        .unwrap();
    }

    pub fn wish(&self, attempt: u32) {
        self.wish_for("2.0", attempt);
    }

    pub fn wish_for(&self, version: &str, attempt: u32) {
        let offer = offer(version, attempt);
        fs::write(
            self.places.wish(),
            serde_json::to_vec(&Wish { offer }).unwrap(),
        )
        .unwrap();
    }

    pub fn says(&self, attempt: u32, software: &str, is: Is) {
        self.says_about(&offer("2.0", attempt), software, is);
    }

    pub fn says_about(&self, offer: &Offer, software: &str, is: Is) {
        let word = Word {
            offer: offer.clone(),
            software: software.to_owned(),
            is,
        };
        let text = serde_json::to_vec(&word).unwrap();
        upgrade::write(&self.places.word(), &text, 0o644).unwrap();
    }

    pub fn start(&self, words: &[&str]) -> Helper {
        let programs = self.folder.path().join("programs");
        let child = Command::new(env!("CARGO_BIN_EXE_roomd-upgrade"))
            .args(["--turn", "5", "--root"])
            .arg(self.folder.path())
            .args(words)
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", programs.display()),
            )
            .env("MACHINE", self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Helper(child)
    }

    fn until(&self, what: &str, is: impl Fn() -> bool) {
        let end = Instant::now() + LONG;
        while !is() {
            assert!(
                Instant::now() < end,
                "{what} never came: {:?}",
                self.calls()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn until_step(&self, step: &str) {
        self.until(step, || {
            fs::read(self.places.state()).is_ok_and(|text| {
                let state: Value = serde_json::from_slice(&text).unwrap();
                state["trial"]["step"]["is"] == step
            })
        });
    }

    /// Until the helper has taken up its work so often.
    pub fn until_starts(&self, starts: u32) {
        self.until("its start", || {
            self.state_json()["trial"]["starts"] == starts
        });
    }

    pub fn state_json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.places.state()).unwrap()).unwrap()
    }

    pub fn outcome(&self, attempt: u32) -> Option<Outcome> {
        self.outcome_of("2.0", attempt)
    }

    pub fn outcome_of(&self, version: &str, attempt: u32) -> Option<Outcome> {
        let state: State = serde_json::from_value(self.state_json()).unwrap();
        state.ended(&offer(version, attempt)).cloned()
    }

    /// Asks, and is refused.
    pub fn refuses(&self, attempt: u32, code: &str) {
        let code = code.parse().unwrap();
        self.refuses_still(attempt, Outcome::Refused { code });
    }

    pub fn refuses_still(&self, attempt: u32, outcome: Outcome) {
        self.wish(attempt);
        self.start(&[]).ends();
        assert_eq!(self.outcome(attempt), Some(outcome));
        assert!(!self.places.wish().exists());
        assert!(self.state_json()["trial"].is_null());
    }

    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub fn installs(&self) -> usize {
        let calls = self.calls();
        calls
            .iter()
            .filter(|call| call.contains("[--install]"))
            .count()
    }

    pub fn installed(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("installed")).unwrap();
        text.trim().to_owned()
    }

    /// What lies in the helper's folder beside its papers.
    pub fn packages(&self) -> Vec<String> {
        let names = fs::read_dir(&self.places.own).unwrap().flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names
            .filter(|name| !matches!(name.as_str(), "state.json" | "list.json" | "lock"))
            .collect();
        names.sort();
        names
    }
}

impl Helper {
    fn end(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + LONG;
        while self.0.try_wait().unwrap().is_none() {
            if Instant::now() >= until {
                self.0.kill().unwrap();
                panic!("the helper does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let ended = self.0.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            ended.status.code(),
            text(&ended.stdout) + &text(&ended.stderr),
        )
    }

    pub fn ends(self) {
        let (code, said) = self.end();
        assert_eq!(code, Some(0), "{said}");
    }

    pub fn fails(self) -> String {
        let (code, said) = self.end();
        assert_eq!(code, Some(1), "{said}");
        said
    }

    /// As by a power cut.
    pub fn dies(self) {
        let (code, said) = self.end();
        assert_eq!(code, None, "{said}");
    }

    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
