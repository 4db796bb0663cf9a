//! A version of the rooms' software from the signing machine through the server and a real daemon to root's helper, and back: the daemons
//! are real and say to be this version or that, the machine's packages are a file.

use crate::common::release::Publisher;
use crate::common::{Browser, Rig};
use crate::daemon::{Daemon, QUIET};
use crate::program;
use crate::rings::taken_in;
use fleetd::people::Role;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// Of the package.
const MACHINE: &str = match cfg!(target_arch = "aarch64") {
    true => "arm64",
    false => "amd64",
};
/// A version whose daemon never comes up.
const DEAD: &str = "3.0";

/// A machine: systemd, as far as it takes part, and its packages.
struct Machine {
    room: Daemon,
    helper: Option<Child>,
    /// Which version's daemon runs.
    runs: String,
    /// How fast the helper's clock goes.
    fast: &'static str,
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(helper) = &mut self.helper {
            let _ = helper.kill();
            let _ = helper.wait();
        }
    }
}

/// Debian's programs, made up but for the reading of packages.
fn programs(folder: &Path) {
    let dpkg = "#!/bin/sh\nset -eu\ncase \"$*\" in *--compare-versions*) exec /usr/bin/dpkg \"$@\" ;; esac\n\
for file; do :; done\nversion=$(/usr/bin/dpkg-deb --field \"$file\" Version)\n\
echo \"installed ok $version\" >\"$MACHINE/installed.new\"\nmv \"$MACHINE/installed.new\" \"$MACHINE/installed\"\n";
    let query = "#!/bin/sh\nread -r line <\"$MACHINE/installed\"\nprintf %s \"$line\"\n";
    fs::create_dir(folder).unwrap();
    for (name, text) in [
        ("dpkg", dpkg),
        ("dpkg-query", query),
        ("systemctl", "#!/bin/sh\n"),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl Machine {
    /// With version 1.0 of the room's software.
    fn start(rig: &Rig, publisher: &Publisher) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in [
            "etc/roomd",
            "run/roomd",
            "var/lib/roomd",
            "usr/lib/systemd/system",
        ] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::write(at("usr/lib/systemd/system/roomd-upgrade.path"), "").unwrap();
        fs::copy(
            publisher.list().join("1.root.json"),
            at("etc/roomd/release-root.json"),
        )
        .unwrap();
        fs::write(at("installed"), "installed ok 1.0\n").unwrap();
        programs(&at("programs"));
        let text = format!(
            r#"[room]
name = "saal-1"
state_dir = "var/lib/roomd"
{QUIET}[practice]
enabled = false
[fleet]
server = "{}"
release_root_file = "{}"
"#,
            rig.base(),
            at("etc/roomd/release-root.json").display()
        );
        fs::write(at("room.toml"), text).unwrap();
        let system = folder.path().display().to_string();
        let room = Daemon::start_with(folder, &["--system", &system, "--software", "1.0"]);
        Machine {
            room,
            helper: None,
            runs: "1.0".to_owned(),
            fast: "1",
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.room.folder.path().join(path)
    }

    /// What systemd and the package's scripts do: the helper is started when it is asked for, the daemon is exchanged with its package.
    fn turn(&mut self) {
        if let Some(helper) = &mut self.helper
            && helper.try_wait().unwrap().is_some()
        {
            self.helper = None;
        }
        if self.helper.is_none() && self.at("run/roomd/upgrade-wanted").exists() {
            self.helper = Some(self.helper());
        }
        let installed = fs::read_to_string(self.at("installed")).unwrap();
        let version = installed.split_whitespace().nth(2).unwrap().to_owned();
        if version != self.runs {
            let system = self.at("").display().to_string();
            match version.as_str() {
                DEAD => self.room.end(),
                version => self
                    .room
                    .again_with(&["--system", &system, "--software", version]),
            }
            self.runs = version;
        }
    }

    fn helper(&self) -> Child {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.at("helper.log"));
        let log = log.unwrap();
        Command::new(program("roomd-upgrade"))
            .args(["--turn", "200", "--fast", self.fast, "--root"])
            .arg(self.at(""))
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.at("programs").display()),
            )
            .env("MACHINE", self.at(""))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn told(&self) -> String {
        let helper = fs::read_to_string(self.at("helper.log")).unwrap_or_default();
        format!("{helper}\n{}", self.room.log())
    }
}

pub(crate) async fn rollout(who: &Browser, name: &str) -> Value {
    let answer = who.get(&format!("/api/v1/rollouts/{name}")).await;
    answer.json().await.unwrap_or_default()
}

/// Offers a version, and lets the machine live until the room has come to an end with it.
async fn rolled_out(who: &Browser, machine: &mut Machine, version: &str) -> Value {
    let target = format!("packages/roomd/{version}");
    let begun = who.act("/rollouts", &[("target", &target)]).await;
    let name = format!("package-roomd-{}", version.replace('.', "-"));
    assert_eq!(
        begun.headers()["location"],
        format!("/rollouts/{name}").as_str()
    );
    let end = Instant::now() + crate::LONG;
    loop {
        machine.turn();
        let said = rollout(who, &name).await;
        let standing = said["rooms"][0]["standing"]["is"].clone();
        if standing["is"] == json!("proven") || standing["is"] == json!("failed") {
            who.act(&format!("/rollouts/{name}"), &[("do", "stop")])
                .await;
            return standing;
        }
        assert!(Instant::now() < end, "{said}\n{}", machine.told());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_installed_proven_and_kept_and_a_dead_one_is_gone_back_from() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let publisher = Publisher::new();
    publisher.add_packages("2.0", &[MACHINE]);
    publisher.published(&rig).await;
    let mut machine = Machine::start(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;

    // What runs is not in the list: there would be no way back.
    let standing = rolled_out(&anna, &mut machine, "2.0").await;
    assert_eq!(
        standing["code"],
        json!("release-no-way-back"),
        "{}",
        machine.told()
    );
    assert_eq!(machine.runs, "1.0");

    publisher.add_packages("1.0", &[MACHINE]);
    publisher.add_packages("2.1", &[MACHINE]);
    publisher.add_packages(DEAD, &[MACHINE]);
    publisher.published(&rig).await;
    let standing = rolled_out(&anna, &mut machine, "2.1").await;
    assert_eq!(
        standing["is"],
        json!("proven"),
        "{standing} {}",
        machine.told()
    );
    assert_eq!(machine.runs, "2.1", "{}", machine.told());
    let said: Value = anna.get("/api/v1/rooms/saal-1").await.json().await.unwrap();
    assert_eq!(said["state"]["software"], json!("2.1"));
    let state: Value =
        serde_json::from_slice(&fs::read(machine.at("var/lib/roomd-upgrade/state.json")).unwrap())
            .unwrap();
    assert_eq!(state["kept"]["version"], json!("2.1"));
    assert!(
        !machine.at("var/lib/roomd/upgrade").exists(),
        "what was brought is gone"
    );

    // A version that does not come up at all: the helper goes back to the file that it kept, and the old daemon says why.
    machine.fast = "1000";
    let standing = rolled_out(&anna, &mut machine, DEAD).await;
    assert_eq!(
        standing["code"],
        json!("release-not-proven"),
        "{}",
        machine.told()
    );
    assert_eq!(machine.runs, "2.1");
    let page = anna.page("/rollouts/package-roomd-3-0").await;
    assert!(
        page.contains("Die neue Version hat sich nicht rechtzeitig bewährt"),
        "{page}"
    );
    assert!(
        !machine.room.log().contains("panicked"),
        "{}",
        machine.told()
    );
}
