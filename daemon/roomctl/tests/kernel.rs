//! The Debian package on a booted system: installed by dpkg, run by systemd, upgraded, removed, purged.
//! Needs root and a machine of its own, and the package of `daemon/package/build --profile trial`: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use lab_guest::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROOM: &str = "[room]\nname = \"Saal im Labor\"\n\n[browser]\nheadless = true\n";
const SOUND: &str =
    "[microphones.table]\nstand_in = true\n[loudspeakers.ceiling]\nstand_in = true\n";
const POLICY: &str = "/etc/chromium/policies/managed/roomd.json";

/// The newest package that was built.
fn package() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("package");
    let files =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut packages: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    packages.retain(|path| path.to_string_lossy().ends_with("_amd64.deb"));
    packages.sort();
    packages
        .pop()
        .expect("daemon/package/build was run before")
        .display()
        .to_string()
}

/// The guest's disk is gone in the end, so nothing waits until it is written.
fn install() {
    run("dpkg", &["--force-unsafe-io", "-i", &package()]).unwrap();
}

/// The installed package, purged in the end.
struct Installed;

impl Installed {
    fn new() -> Installed {
        install();
        Installed
    }

    /// With a room's file that was there before, as on a machine that was set up anew; ready as systemd sees it.
    fn with_a_room() -> Installed {
        fs::create_dir_all("/etc/roomd").unwrap();
        fs::write("/etc/roomd/room.toml", ROOM).unwrap();
        let installed = Installed::new();
        assert_eq!(shown("ActiveState"), "active");
        assert_eq!(room()["room"], "Saal im Labor");
        installed
    }
}

/// As commissioning writes it: whole, for the daemon's group, and told to the daemon.
fn describe(text: &str) {
    fs::write("/etc/roomd/room.toml.new", text).unwrap();
    run("chown", &["root:roomd", "/etc/roomd/room.toml.new"]).unwrap();
    run("chmod", &["640", "/etc/roomd/room.toml.new"]).unwrap();
    fs::rename("/etc/roomd/room.toml.new", "/etc/roomd/room.toml").unwrap();
    signal("HUP");
}

impl Drop for Installed {
    fn drop(&mut self) {
        if let Err(error) = run("dpkg", &["--purge", "roomd"]) {
            eprintln!("{error:#}");
        }
    }
}

fn shown(property: &str) -> String {
    shown_of("roomd", property)
}

fn shown_of(unit: &str, property: &str) -> String {
    let unit = format!("{unit}.service");
    let shown = run("systemctl", &["show", "--value", "-p", property, &unit]).unwrap();
    shown.trim().to_owned()
}

/// Whether another process than this one is the daemon, and ready.
fn is_active_again(before: &str) -> bool {
    let shown = run(
        "systemctl",
        &["show", "-p", "ActiveState,MainPID", "roomd.service"],
    )
    .unwrap();
    let said = |line: &str| shown.lines().any(|one| one == line);
    said("ActiveState=active") && !said("MainPID=0") && !said(&format!("MainPID={before}"))
}

/// Waits until systemd says this of the daemon's unit.
fn until(what: &str, seconds: u64, fits: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !fits() {
        let journal =
            || run("journalctl", &["-u", "roomd", "-n", "20", "--no-pager"]).unwrap_or_default();
        assert!(
            Instant::now() < deadline,
            "{what} was not seen in {seconds} s\n{}",
            journal()
        );
        // Each question is a program, which an emulated machine is busy with for half a second.
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn signal(name: &str) {
    run(
        "systemctl",
        &["kill", "--kill-whom=main", "-s", name, "roomd.service"],
    )
    .unwrap();
}

fn room() -> serde_json::Value {
    let status = run("roomctl", &["status", "--json"]).unwrap();
    serde_json::from_str(&status).unwrap()
}

/// Where the daemon's account listens to more than this machine, as the kernel writes it.
fn beyond_this_machine() -> Vec<String> {
    let account = run("id", &["-u", "roomd"]).unwrap();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // Listening, or a socket for datagrams that is tied to nobody.
            let waits = matches!(fields[3], "0A" | "07");
            let here = fields[1].starts_with("0100007F:")
                || fields[1].starts_with("00000000000000000000000001000000:");
            if waits && fields[7] == account.trim() && !here {
                found.push(format!("{table} {}", fields[1]));
            }
        }
    }
    found
}

/// Whether somebody listens at this port.
fn listens(port: u16) -> bool {
    let at = format!(":{port:04X}");
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/net/{table}")));
    tables.into_iter().flatten().any(|table| {
        table.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            fields.next().is_some_and(|own| own.ends_with(&at)) && fields.nth(1) == Some("0A")
        })
    })
}

#[test]
fn a_fresh_package_asks_to_be_set_up_and_listens_to_nobody_else() {
    let _installed = Installed::new();
    assert_eq!(shown("UnitFileState"), "enabled");
    assert_eq!(
        shown("ActiveState"),
        "active",
        "it told systemd that it is ready, and asks to be set up"
    );
    assert_eq!(
        beyond_this_machine(),
        Vec::<String>::new(),
        "it listens to others"
    );

    // As a press at the machine's display does it.
    fs::write("/run/roomd/commission-wanted", "").unwrap();
    until("the page for a phone", 30, || listens(8443));
    assert!(!Path::new("/run/roomd/commission-wanted").exists());
    run("systemctl", &["stop", "roomd-commission.service"]).unwrap();
}

#[test]
fn a_room_that_is_described_runs_without_a_reboot_under_its_own_account() {
    let _installed = Installed::new();
    let process = shown("MainPID");
    let browser = shown_of("roomd-browser", "MainPID");
    describe(&format!("{ROOM}{SOUND}"));
    let is_the_room =
        || run("roomctl", &["status", "--json"]).is_ok_and(|said| said.contains("Saal im Labor"));
    until("the described room", 30, is_the_room);
    assert_eq!(shown("MainPID"), process, "taken up without a restart");
    let account = run("id", &["-u", "roomd"]).unwrap();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let user = status
        .lines()
        .find(|line| line.starts_with("Uid:"))
        .unwrap();
    assert_eq!(user.split_whitespace().nth(1), Some(account.trim()));

    let sound = ["roomd-sound", "roomd-sound-clients", "roomd-canceller"];
    until("the room's sound, without a reboot", 30, || {
        run("systemctl", &[&["is-active"], &sound[..]].concat()).is_ok()
    });
    until(
        "a microphone that the daemon itself has in hand",
        30,
        || {
            let sound = &room()["sound"];
            sound["server"].is_null() && sound["microphone"]["known"] == true
        },
    );
    until("a browser that began again, for the room", 20, || {
        let process = shown_of("roomd-browser", "MainPID");
        process != browser && process != "0"
    });
    let hosts = "[hosts]\n\"bbb.labor.example\" = \"bbb\"\n";
    describe(&format!("{ROOM}{SOUND}{hosts}"));
    until("a policy that the daemon wrote itself", 20, || {
        fs::read_to_string(POLICY)
            .unwrap()
            .contains("https://bbb.labor.example")
    });
    let owner = run("stat", &["-c", "%U %a", POLICY]).unwrap();
    assert_eq!(owner.trim(), "roomd 644");
}

#[test]
fn a_daemon_that_dies_is_back_by_itself() {
    let _installed = Installed::with_a_room();
    is_back_after("KILL");
}

#[test]
fn a_daemon_that_hangs_is_ended_and_back_by_itself() {
    let drop_in = Path::new("/run/systemd/system/roomd.service.d");
    fs::create_dir_all(drop_in).unwrap();
    fs::write(drop_in.join("soon.conf"), "[Service]\nWatchdogSec=5\n").unwrap();
    let _installed = Installed::with_a_room();
    is_back_after("STOP");
    fs::remove_dir_all(drop_in).unwrap();
}

fn is_back_after(name: &str) {
    let before = shown("MainPID");
    signal(name);
    until(&format!("the daemon back after SIG{name}"), 45, || {
        is_active_again(&before)
    });
}

#[test]
fn an_upgrade_keeps_the_room() {
    let _installed = Installed::with_a_room();
    let before = shown("MainPID");
    install();
    assert_eq!(fs::read_to_string("/etc/roomd/room.toml").unwrap(), ROOM);
    until("the new version", 45, || is_active_again(&before));
    assert_eq!(room()["room"], "Saal im Labor");
}

#[test]
fn a_removed_package_keeps_the_room_and_a_purged_one_leaves_nothing() {
    let installed = Installed::with_a_room();
    run("dpkg", &["--remove", "roomd"]).unwrap();
    assert!(!Path::new("/usr/bin/roomd").exists());
    assert!(Path::new("/etc/roomd/room.toml").exists());
    drop(installed);
    for path in [
        "/etc/roomd",
        "/var/lib/roomd",
        "/run/roomd",
        "/etc/chromium",
        "/usr/lib/systemd/system/roomd.service",
    ] {
        assert!(!Path::new(path).exists(), "{path} is left behind");
    }
    assert!(
        run("getent", &["passwd", "roomd"]).is_err(),
        "the account is left behind"
    );
}
