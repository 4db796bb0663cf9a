//! A board's file from the signing machine through the server to a real daemon and back: devices are a table button on a pseudo-terminal
//! and heads that are not there. What begins the daemon again when it has ended is the test, as systemd does it.

use crate::common::release::Publisher;
use crate::common::{Browser, Rig, until};
use crate::daemon::{Daemon, QUIET};
use crate::packages::rollout;
use crate::program;
use crate::rings::taken_in;
use emulators::puck::Puck;
use fleetd::people::Role;
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Nobody has booked the room.
const FREE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
const BOARD: &str = "generic-pc";

struct Room {
    daemon: Daemon,
    _button: Puck,
}

impl Room {
    /// A room on a PC, whose table button its file does not name.
    fn start(rig: &Rig, publisher: &Publisher) -> Room {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::copy(publisher.list().join("1.root.json"), at("root.json")).unwrap();
        fs::write(at("calendar.ics"), FREE).unwrap();
        let text = format!(
            r#"board = "{BOARD}"
[room]
name = "saal-1"
state_dir = "state"
{QUIET}policy_dir = "policies"
[practice]
enabled = false
[hosts]
"bbb.example" = "bbb"
[standing]
link = "https://bbb.example/rooms/ratsrunde"
[calendars.bookings]
file = "calendar.ics"
[fleet]
server = "{}"
release_root_file = "root.json"
"#,
            rig.base()
        );
        fs::write(at("room.toml"), text).unwrap();
        let button = Puck::start(&at("button")).unwrap();
        let system = folder.path().display().to_string();
        Room {
            daemon: Daemon::start_with(folder, &["--system", &system]),
            _button: button,
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.daemon.folder.path().join(name)
    }

    /// What came with the daemon, as another revision of itself and with these tables.
    fn board(&self, revision: u32, more: &str) -> String {
        let text = include_str!("../../../../boards/generic-pc.toml");
        let head = format!("[machine]\nrevision = {revision}\n");
        let more = more.replace("BUTTON", &self.path("button").display().to_string());
        text.replacen("[machine]\n", &head, 1) + &more
    }

    /// Signs, publishes and offers it; its rollout's name.
    async fn offered(&self, rig: &Rig, by: (&Browser, &Publisher), text: (&str, &str)) -> String {
        let (_, publisher) = by;
        let target = publisher.add(publisher.board(text.0, text.1)).unwrap();
        self.signed(rig, by, (text.0, &target)).await
    }

    async fn signed(&self, rig: &Rig, by: (&Browser, &Publisher), what: (&str, &str)) -> String {
        let ((who, publisher), (board, target)) = (by, what);
        publisher.published(rig).await;
        let begun = who.act("/rollouts", &[("target", target)]).await;
        let revision = target.rsplit('/').next().unwrap().trim_end_matches(".toml");
        let name = format!("board-{board}-{revision}");
        let path = format!("/rollouts/{name}");
        assert_eq!(begun.headers()["location"], path.as_str());
        name
    }

    /// How the room stands, once it has come to an end with it. A daemon that has ended is begun again.
    async fn ended(&mut self, who: &Browser, name: &str) -> Value {
        let end = Instant::now() + crate::LONG;
        loop {
            if !self.daemon.runs() {
                self.daemon.again();
            }
            let said = rollout(who, name).await;
            let standing = said["rooms"][0]["standing"]["is"].clone();
            let over = ["proven", "failed", "not-for-it"].map(Value::from);
            if over.contains(&standing["is"]) {
                let stop = [("do", "stop")];
                who.act(&format!("/rollouts/{name}"), &stop).await;
                return standing;
            }
            assert!(Instant::now() < end, "{said}\n{}", self.daemon.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Signs, offers and waits for the end; the answer is `proven`, or the code of why not.
    async fn tries(
        &mut self,
        rig: &Rig,
        by: (&Browser, &Publisher),
        (revision, more): (u32, &str),
    ) -> String {
        let text = self.board(revision, more);
        let name = self.offered(rig, by, (BOARD, &text)).await;
        let standing = self.ended(by.0, &name).await;
        let said = standing["code"].as_str().or(standing["is"].as_str());
        said.unwrap().to_owned()
    }

    fn roomctl(&self, words: &[&str]) -> Output {
        let mut command = Command::new(program("roomctl"));
        command.arg("--socket").arg(self.path("control.sock"));
        command.args(words).output().unwrap()
    }

    /// What `roomctl board` says of the file that the daemon runs with.
    fn says(&self) -> String {
        let said = self.roomctl(&["board", BOARD]);
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let line = said.lines().find_map(|line| line.strip_prefix("file     "));
        line.unwrap_or(&said).to_owned()
    }

    /// Waits until the room has these buttons and heads, by name.
    async fn has(&self, devices: (&[&str], &[&str])) {
        let end = Instant::now() + crate::LONG;
        loop {
            let said = self.daemon.roomctl(&["status", "--json"]).await;
            let said = said.unwrap_or_default();
            let names = |kind: &str| -> Option<Vec<String>> {
                let all = said[kind].as_array()?.iter();
                Some(
                    all.map(|one| one["id"].as_str().unwrap().to_owned())
                        .collect(),
                )
            };
            if names("buttons").is_some_and(|names| names == devices.0)
                && names("heads").is_some_and(|names| names == devices.1)
            {
                return;
            }
            assert!(Instant::now() < end, "{said}\n{}", self.daemon.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn starts(&self) -> usize {
        self.daemon.log().matches("roomd starts").count()
    }
}

const BUTTON: &str = "[pucks.table]\nserial = \"BUTTON\"\n";
const NO_HEAD: &str =
    "[pucks.table]\nserial = \"BUTTON\"\n[heads.front]\nserial = \"/dev/ttyUSB99\"\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_boards_file_is_proven_by_a_new_start_and_kept_and_one_that_makes_a_fault_is_gone_back_from()
 {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    let by = (&anna, &publisher);
    publisher.published(&rig).await;
    let mut room = Room::start(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    room.has((&[], &[])).await;
    assert_eq!(room.says(), "as it came with the package, revision 1");

    // What changes words only needs no new start.
    assert_eq!(room.tries(&rig, by, (2, "")).await, "proven");
    assert_eq!(room.says(), "as the fleet released it, revision 2");
    assert_eq!(room.starts(), 1, "{}", room.daemon.log());

    // A device more: the daemon begins anew with it, and finds it.
    assert_eq!(room.tries(&rig, by, (3, BUTTON)).await, "proven");
    room.has((&["table"], &[])).await;
    assert_eq!(room.starts(), 2, "{}", room.daemon.log());
    room.daemon.again();
    room.has((&["table"], &[])).await;
    assert_eq!(room.says(), "as the fleet released it, revision 3");

    // A head that is not there is a fault that was not there before.
    let starts = room.starts();
    assert_eq!(
        room.tries(&rig, by, (4, NO_HEAD)).await,
        "release-new-fault"
    );
    room.has((&["table"], &[])).await;
    assert_eq!(room.says(), "as the fleet released it, revision 3");
    assert_eq!(
        room.starts(),
        starts + 2,
        "there and back: {}",
        room.daemon.log()
    );
    let page = anna.page("/rollouts/board-generic-pc-4").await;
    assert!(
        page.contains("Danach hatte der Raum eine Störung"),
        "{page}"
    );

    // Not taken at all: nothing is changed, and no daemon begins anew.
    let starts = room.starts();
    assert_eq!(room.tries(&rig, by, (1, "")).await, "release-not-newer");
    // Wrong, and another revision than the list says: whoever signed it, the room judges for itself.
    let wrong = room.board(8, "[haeds.front]\n");
    for (revision, text) in [(8, wrong), (9, room.board(7, ""))] {
        let target = publisher.add_unjudged((BOARD, revision), &text);
        let name = room.signed(&rig, by, (BOARD, &target)).await;
        let standing = room.ended(&anna, &name).await;
        let code = json!("release-board-refused");
        assert_eq!(standing["code"], code, "{}", room.daemon.log());
    }
    let wider = "[faces]\nmirror = true\n";
    assert_eq!(
        room.tries(&rig, by, (5, wider)).await,
        "release-board-beyond"
    );
    let name = room
        .offered(&rig, by, ("rock-5b", "[machine]\nrevision = 2\n"))
        .await;
    let standing = room.ended(&anna, &name).await;
    assert_eq!(
        (&standing["is"], &standing["code"]),
        (&json!("not-for-it"), &json!("release-other-board"))
    );
    // The room's own file is right over what it has, and not over what has a button with no line.
    let own = fs::read_to_string(room.path("room.toml")).unwrap();
    fs::write(
        room.path("room.toml"),
        format!("{own}[pucks.table]\nserial = \"button\"\n"),
    )
    .unwrap();
    let twice = "[pucks.table]\nusb = \"1-1\"\n";
    assert_eq!(
        room.tries(&rig, by, (6, twice)).await,
        "release-board-unfit"
    );
    // A file that somebody lays beside the room's own is the operator's.
    fs::create_dir(room.path("boards")).unwrap();
    fs::write(room.path("boards/generic-pc.toml"), room.board(1, "")).unwrap();
    assert_eq!(room.tries(&rig, by, (7, "")).await, "release-own-board");
    assert!(
        room.says().ends_with("the operator's own, revision 1"),
        "{}",
        room.says()
    );
    assert_eq!(room.starts(), starts, "{}", room.daemon.log());
    assert!(
        !room.daemon.log().contains("panicked"),
        "{}",
        room.daemon.log()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_in_the_trial_and_a_start_that_fails_end_on_what_was_before() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    let by = (&anna, &publisher);
    publisher.published(&rig).await;
    let mut room = Room::start(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    room.has((&[], &[])).await;

    // The room loses its power while its devices are looked for.
    let text = room.board(2, NO_HEAD);
    let name = room.offered(&rig, by, (BOARD, &text)).await;
    room.has((&["table"], &["front"])).await;
    assert_eq!(
        room.says(),
        "as the fleet released it, revision 2, on trial"
    );
    room.daemon.again();
    room.has((&[], &[])).await;
    let standing = room.ended(&anna, &name).await;
    assert_eq!(
        standing["code"],
        json!("interrupted"),
        "{}",
        room.daemon.log()
    );
    assert_eq!(room.says(), "as it came with the package, revision 1");

    // With this one the daemon lays links to devices, where there is no place for them: it does not start. The next start is as before.
    fs::write(room.path("devices"), "").unwrap();
    let bound = "[pucks.table]\nusb = \"1-1\"\n";
    let starts = room.starts();
    assert_eq!(room.tries(&rig, by, (3, bound)).await, "interrupted");
    room.has((&[], &[])).await;
    assert_eq!(room.starts(), starts + 2, "{}", room.daemon.log());
    assert!(
        room.daemon.log().contains("cannot set links"),
        "{}",
        room.daemon.log()
    );

    // And what is good is taken after all that.
    assert_eq!(room.tries(&rig, by, (4, BUTTON)).await, "proven");
    room.has((&["table"], &[])).await;
    assert!(
        !room.daemon.log().contains("panicked"),
        "{}",
        room.daemon.log()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_come_end_the_trial_and_no_daemon_begins_anew_beside_them() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    publisher.published(&rig).await;
    let room = Room::start(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    room.has((&[], &[])).await;
    let text = room.board(2, NO_HEAD);
    let name = room
        .offered(&rig, (&anna, &publisher), (BOARD, &text))
        .await;
    room.has((&["table"], &["front"])).await;

    // A call that does not come about is a use of the room until somebody has read why.
    room.roomctl(&["join", "--standing"]);
    until("the trial is over", async || {
        room.path("state/fleet/releases-verdict.json").exists()
    })
    .await;
    assert!(!room.path("state/fleet/boards/trial.json").exists());
    room.has((&["table"], &["front"])).await;
    assert_eq!(room.starts(), 2, "{}", room.daemon.log());

    // When they have gone the daemon goes back by itself, says why it did, and would try again.
    room.roomctl(&["leave"]);
    room.roomctl(&["dismiss"]);
    room.has((&[], &[])).await;
    assert_eq!(room.starts(), 3, "{}", room.daemon.log());
    assert_eq!(room.says(), "as it came with the package, revision 1");
    until("the room says why", async || {
        let said = rollout(&anna, &name).await;
        let is = &said["rooms"][0]["standing"]["is"];
        (&is["is"], &is["why"]) == (&json!("offered"), &json!("in-use"))
    })
    .await;
    let log = room.daemon.log();
    assert!(!log.contains("panicked"), "{log}");
}
