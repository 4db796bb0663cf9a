//! Renewed service packs, as IT rolls them out: what is taken, what is refused and why, and what serves meanwhile.

use crate::kit::{Daemon, Folder, ROOM};
use minisign::KeyPair;
use nix::sys::signal::Signal;
use room_api::{PackInUse, PackKind, PacksAnswer};
use std::fs;
use std::io::Cursor;
use std::os::unix::net::UnixListener;

const JOIN: &str = include_str!("../../../call-browser/providers/practice.toml");
const RECOGNISE: &str = "service = \"jitsi\"\nversion = 900\nname = \"Jitsi\"\nhosts = []\n\
                         [[link]]\npath = '^/neu/(?P<id>[^/]+)$'\n";

struct Vendor(KeyPair);

impl Vendor {
    fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    fn room(&self) -> String {
        let key = self.0.pk.to_base64();
        format!("{ROOM}[packs]\nfolder = \"packs\"\nkeys = [\"{key}\"]\n")
    }

    /// Writes a pack and its signature.
    fn publish(&self, folder: &Folder, (file, text): (&str, &str), claim: &str) {
        fs::create_dir_all(folder.path("packs")).unwrap();
        let claim = format!("roomd-pack {claim}");
        let data = Cursor::new(text);
        let seal = minisign::sign(Some(&self.0.pk), &self.0.sk, data, Some(&claim), None).unwrap();
        folder.write(&format!("packs/{file}"), text);
        folder.write(&format!("packs/{file}.minisig"), &seal.into_string());
    }

    fn publish_join(&self, folder: &Folder, version: u32) {
        let claim = format!("kind=join service=practice version={version}");
        self.publish(folder, ("practice.toml", &join(version)), &claim);
    }
}

fn join(version: u32) -> String {
    let own = JOIN
        .lines()
        .find(|line| line.starts_with("version"))
        .unwrap();
    JOIN.replacen(own, &format!("version = {version}"), 1)
}

fn packs(daemon: &Daemon) -> PacksAnswer {
    let (status, body) = daemon.ask("GET", "/api/v1/packs", "");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn of(packs: &PacksAnswer, service: &str, kind: PackKind) -> PackInUse {
    let mut packs = packs.packs.iter();
    let found = packs.find(|pack| pack.service == service && pack.kind == kind);
    found
        .unwrap_or_else(|| panic!("no pack for {service}"))
        .clone()
}

fn refused(packs: &PacksAnswer) -> Vec<(&str, &str, Option<u32>)> {
    let refused = packs.refused.iter();
    refused
        .map(|pack| (pack.file.as_str(), pack.code.as_str(), pack.instead))
        .collect()
}

/// Tells the daemon to reload and waits until it uses this version of the practice pack.
fn reloaded(daemon: &Daemon, version: u32, refused_files: usize) -> PacksAnswer {
    daemon.signal(Signal::SIGHUP);
    daemon.told("RELOADING=1");
    daemon.told("READY=1");
    let packs = packs(daemon);
    let used = of(&packs, "practice", PackKind::Join);
    assert_eq!(
        (used.version, packs.refused.len()),
        (version, refused_files),
        "{packs:?}"
    );
    packs
}

#[test]
fn a_signed_pack_is_taken_without_a_release_and_a_bad_one_never_costs_a_service() {
    let vendor = Vendor::new();
    let folder = Folder::with(&vendor.room());
    vendor.publish_join(&folder, 901);
    vendor.publish(
        &folder,
        ("jitsi.toml", RECOGNISE),
        "kind=recognise service=jitsi version=900",
    );
    let mut daemon = folder.start(&[]);
    let started = packs(&daemon);
    let used = of(&started, "practice", PackKind::Join);
    assert_eq!(used.version, 901);
    assert!(used.signed_by.is_some());
    assert_eq!(of(&started, "jitsi", PackKind::Recognise).version, 900);
    assert_eq!(
        of(&started, "practice", PackKind::Recognise).signed_by,
        None
    );
    assert_eq!(refused(&started), []);

    // A newer one, then one that is signed and cannot be read: the last good one stays, also over a restart.
    vendor.publish_join(&folder, 902);
    reloaded(&daemon, 902, 0);
    let broken = join(903).replace("[[rule]]", "[[rulle]]");
    vendor.publish(
        &folder,
        ("practice.toml", &broken),
        "kind=join service=practice version=903",
    );
    let packs_now = reloaded(&daemon, 902, 1);
    assert_eq!(
        refused(&packs_now),
        [("practice.toml", "pack-senseless", Some(902))]
    );
    daemon.signal(Signal::SIGTERM);
    assert!(daemon.ended().success());
    let daemon = folder.start(&[]);
    let again = packs(&daemon);
    assert_eq!(of(&again, "practice", PackKind::Join).version, 902);
    assert_eq!(
        refused(&again),
        [("practice.toml", "pack-senseless", Some(902))]
    );

    // Well signed and older than what was seen: refused, and the newer one stays. Without any file the built-in one serves.
    vendor.publish_join(&folder, 901);
    let packs_now = reloaded(&daemon, 902, 1);
    assert_eq!(
        refused(&packs_now),
        [("practice.toml", "pack-rolled-back", Some(902))]
    );
    fs::remove_file(folder.path("packs/practice.toml")).unwrap();
    let packs_now = reloaded(&daemon, built_in(), 0);
    assert_eq!(of(&packs_now, "practice", PackKind::Join).signed_by, None);
}

#[test]
fn what_is_not_to_be_trusted_is_refused_with_its_reason() {
    let (vendor, stranger) = (Vendor::new(), Vendor::new());
    let folder = Folder::with(&vendor.room());
    let practice = "kind=join service=practice version=901";
    vendor.publish(&folder, ("a-altered.toml", &join(901)), practice);
    folder.write("packs/a-altered.toml", &join(902));
    stranger.publish(&folder, ("b-foreign.toml", &join(901)), practice);
    vendor.publish(&folder, ("c-other.toml", &join(902)), practice);
    vendor.publish(
        &folder,
        ("d-kind.toml", &join(901)),
        "kind=recognise service=practice version=901",
    );
    vendor.publish(
        &folder,
        ("e-old.toml", &join(1)),
        "kind=join service=practice version=1",
    );
    folder.write("packs/f-unsigned.toml", &join(901));
    vendor.publish(
        &folder,
        ("g-regex.toml", &RECOGNISE.replace("+)$", "+$")),
        "kind=recognise service=jitsi version=900",
    );
    let daemon = folder.start(&[]);
    let answer = packs(&daemon);
    let mut codes = refused(&answer);
    codes.sort_unstable();
    let expected = [
        ("a-altered.toml", "pack-altered", None),
        ("b-foreign.toml", "pack-foreign-key", None),
        ("c-other.toml", "pack-not-as-claimed", None),
        ("d-kind.toml", "pack-senseless", None),
        ("e-old.toml", "pack-not-newer", None),
        ("f-unsigned.toml", "pack-unsigned", None),
        ("g-regex.toml", "pack-senseless", None),
    ];
    assert_eq!(codes, expected);
    assert!(answer.packs.iter().all(|pack| pack.signed_by.is_none()));
    daemon.logged("a service pack is refused");
}

#[test]
fn without_a_trusted_key_the_folder_is_ignored_with_a_word() {
    let folder = Folder::with(&format!("{ROOM}[packs]\nfolder = \"packs\"\n"));
    Vendor::new().publish_join(&folder, 901);
    let daemon = folder.start(&[]);
    assert_eq!(
        of(&packs(&daemon), "practice", PackKind::Join).signed_by,
        None
    );
    daemon.logged("`packs.keys` names no key that is trusted");
}

#[test]
fn the_browsers_policy_follows_a_renewed_pack_while_the_room_runs_and_at_the_keepers_start() {
    let vendor = Vendor::new();
    let folder = Folder::with(&format!(
        "{}[browser]\npolicy_dir = \"policies\"\n[hosts]\n\"raum.example\" = \"practice\"\n",
        vendor.room()
    ));
    let daemon = folder.start(&[]);
    let written = || fs::read_to_string(folder.path("policies/roomd.json")).ok();
    assert_eq!(written(), None, "the keeper writes the first one");
    reloaded(&daemon, built_in(), 0);
    assert_eq!(written(), None, "and nothing changed since");

    let moved = join(901).replacen(
        "[limits]",
        "[hosts]\nrooms = [\"neu.example\"]\n[limits]",
        1,
    );
    let claim = "kind=join service=practice version=901";
    vendor.publish(&folder, ("practice.toml", &moved), claim);
    reloaded(&daemon, 901, 0);
    let now = written().unwrap();
    assert!(now.contains("neu.example"), "{now}");
    daemon.logged("the browser's policy was written anew");
    // What the keeper would begin with is the same, with or without a daemon.
    let room = folder.path("room.toml");
    let printed = folder.roomd(&["policy", room.to_str().unwrap()]);
    let text = String::from_utf8(printed.stdout).unwrap();
    assert!(text.contains("neu.example"), "{text}{:?}", printed.stderr);

    fs::remove_file(folder.path("packs/practice.toml")).unwrap();
    reloaded(&daemon, built_in(), 0);
    assert!(!written().unwrap().contains("neu.example"));
}

#[test]
fn what_a_keeper_wrote_gives_way_to_what_holds_now() {
    let folder = Folder::with(&format!(
        "{ROOM}[browser]\nsocket = \"browser.sock\"\npolicy_dir = \"policies\"\n[hosts]\n\"raum.example\" = \"practice\"\n"
    ));
    fs::create_dir(folder.path("policies")).unwrap();
    fs::write(folder.path("policies/roomd.json"), "{}").unwrap();
    let keeper = UnixListener::bind(folder.path("browser.sock")).unwrap();
    let daemon = folder.start(&[]);
    let _line = keeper.accept().unwrap();
    daemon.logged("the browser's policy was written anew");
    let written = fs::read_to_string(folder.path("policies/roomd.json")).unwrap();
    assert!(written.contains("raum.example"), "{written}");
}

/// The version of the practice pack that comes along.
fn built_in() -> u32 {
    let service = room_core::ids::ServiceId::new("practice");
    call_browser::Packs::built_in()
        .of(&service)
        .unwrap()
        .version
}
