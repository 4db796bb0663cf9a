//! Firmware for table buttons from the signing machine through the server and a real daemon to two buttons and back. Daemon and image files
//! are real; chips and their loaders are made up, true to the byte on the serial line.

use crate::common::release::{Publisher, image};
use crate::common::{Browser, Rig};
use crate::daemon::{Daemon, QUIET};
use crate::packages::rollout;
use crate::rings::taken_in;
use emulators::puck::{Puck, Rom, UsbTree};
use fleetd::people::Role;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Nobody has booked the room.
const FREE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";

/// A room with these buttons, which nobody has booked and which believes the signed list.
pub(super) fn described(folder: &Path, rig: &Rig, pucks: &str) {
    fs::write(folder.join("calendar.ics"), FREE).unwrap();
    let text = format!(
        r#"[room]
name = "saal-1"
state_dir = "state"
{QUIET}[practice]
enabled = false
[calendars.bookings]
file = "calendar.ics"
{pucks}[fleet]
server = "{}"
release_root_file = "root.json"
"#,
        rig.base()
    );
    fs::write(folder.join("room.toml"), text).unwrap();
}

struct Table {
    room: Daemon,
    roms: [Rom; 2],
    _pucks: [Puck; 2],
}

impl Table {
    /// Two buttons with what came with the daemon: 0.1.0.
    fn laid(rig: &Rig, publisher: &Publisher) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let usb = UsbTree::new(&at("usb")).unwrap();
        let lines = ["ttyACM0", "ttyACM1"].map(|name| usb.dev().join(name));
        fs::create_dir(at("images")).unwrap();
        let came = image("rp2040 oled usb 0.1.0");
        fs::write(at("images/puck-oled-usb.uf2"), came).unwrap();
        fs::copy(publisher.list().join("1.root.json"), at("root.json")).unwrap();
        let pucks = format!(
            "[pucks.table]\nserial = \"{}\"\n[pucks.door]\nserial = \"{}\"\n",
            lines[0].display(),
            lines[1].display()
        );
        described(folder.path(), rig, &pucks);
        let pucks = lines.map(|line| Puck::start(&line).unwrap());
        let sockets = [("1-1.2", "ttyACM0"), ("1-1.3", "ttyACM1")];
        let roms = sockets.map(|(port, line)| Rom::start(&usb, port, "0.1.0", line).unwrap());
        let words = [
            ("--sys", usb.sys().to_owned()),
            ("--dev", usb.dev().to_owned()),
            ("--button-images", at("images")),
        ];
        let words = words.map(|(word, path)| [word.to_owned(), path.display().to_string()]);
        let words: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
        Table {
            room: Daemon::start_with(folder, &words),
            roms,
            _pucks: pucks,
        }
    }

    fn writes(&self) -> [u32; 2] {
        [self.roms[0].images(), self.roms[1].images()]
    }

    /// Waits until both buttons are there with these versions and nothing is offered to them.
    async fn runs(&self, versions: [&str; 2]) {
        let end = Instant::now() + crate::LONG;
        loop {
            let said = self.room.roomctl(&["status", "--json"]).await;
            let said = said.unwrap_or_default();
            let run = ["table", "door"].iter().zip(versions).all(|(id, version)| {
                let buttons = said["buttons"].as_array().into_iter().flatten();
                let mut button = buttons.filter(|one| one["id"] == json!(id));
                button.next().is_some_and(|one| {
                    one["here"] == json!(true)
                        && one["firmware"] == json!(version)
                        && one["offered"] == Value::Null
                })
            });
            if run {
                return;
            }
            let buttons = &said["buttons"];
            assert!(Instant::now() < end, "{buttons}\n{}", self.room.log());
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Signs, publishes and offers a version; its rollout's name.
async fn offered(rig: &Rig, by: (&Browser, &Publisher), version: &str) -> String {
    let file = by.1.image(&format!("rp2040 oled usb {version}"));
    released(rig, by, (file, version)).await
}

/// Signs, publishes and offers what is in a file; its rollout's name.
pub(super) async fn released(
    rig: &Rig,
    (who, publisher): (&Browser, &Publisher),
    (file, version): (PathBuf, &str),
) -> String {
    let target = publisher.add(file).unwrap();
    publisher.published(rig).await;
    let begun = who.act("/rollouts", &[("target", &target)]).await;
    let name = format!("firmware-rp2040-oled-{}", version.replace('.', "-"));
    let path = format!("/rollouts/{name}");
    assert_eq!(begun.headers()["location"], path.as_str());
    name
}

/// How the room stands, once it has come to an end with it.
pub(super) async fn ended(who: &Browser, room: &Daemon, name: &str) -> Value {
    let end = Instant::now() + crate::LONG;
    loop {
        let said = rollout(who, name).await;
        let standing = said["rooms"][0]["standing"]["is"].clone();
        if ["proven", "failed", "not-for-it"]
            .map(Value::from)
            .contains(&standing["is"])
        {
            let stop = [("do", "stop")];
            who.act(&format!("/rollouts/{name}"), &stop).await;
            return standing;
        }
        assert!(Instant::now() < end, "{said}\n{}", room.log());
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firmware_is_written_proven_and_kept_and_one_that_starts_as_another_is_gone_back_from() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    let by = (&anna, &publisher);
    publisher.published(&rig).await;
    let mut table = Table::laid(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    table.runs(["0.1.0", "0.1.0"]).await;

    let name = offered(&rig, by, "0.2.0").await;
    let standing = ended(&anna, &table.room, &name).await;
    assert_eq!(
        standing["is"],
        json!("proven"),
        "{standing}\n{}",
        table.room.log()
    );
    table.runs(["0.2.0", "0.2.0"]).await;
    assert_eq!(table.writes(), [1, 1]);

    // It counts over what came with the daemon, also after a restart.
    table.room.again();
    table.runs(["0.2.0", "0.2.0"]).await;
    assert_eq!(table.writes(), [1, 1]);

    // The second button never says the new version; the first has got it by then, and gets back what it had.
    table.roms[1].starts_as("0.2.0");
    let name = offered(&rig, by, "0.3.0").await;
    let standing = ended(&anna, &table.room, &name).await;
    let code = json!("release-button-not-back");
    assert_eq!(standing["code"], code, "{}", table.room.log());
    table.runs(["0.2.0", "0.2.0"]).await;
    assert_eq!(table.writes(), [3, 2]);
    let page = anna.page(&format!("/rollouts/{name}")).await;
    let sentence = "Eine Tischtaste meldet sich nicht mit der neuen Version";
    assert!(page.contains(sentence), "{page}");

    // What is older than what the room has is not taken at all.
    let name = offered(&rig, by, "0.1.5").await;
    let standing = ended(&anna, &table.room, &name).await;
    assert_eq!(standing["code"], json!("release-not-newer"), "{standing}");
    assert_eq!(table.writes(), [3, 2]);
    assert!(
        !table.room.log().contains("panicked"),
        "{}",
        table.room.log()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_in_the_middle_and_a_button_that_never_comes_back_end_on_what_was_before() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    let by = (&anna, &publisher);
    publisher.published(&rig).await;
    let mut table = Table::laid(&rig, &publisher);
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    table.runs(["0.1.0", "0.1.0"]).await;

    // Room and button lose their power while the first is written.
    table.roms[0].cut_after(30_000);
    let name = offered(&rig, by, "0.2.0").await;
    let end = Instant::now() + crate::LONG;
    while table.roms[0].plugged() {
        assert!(Instant::now() < end, "{}", table.room.log());
        sleep(Duration::from_millis(20)).await;
    }
    table.room.end();
    table.roms[0].plug().unwrap();
    table.room.again();
    let standing = ended(&anna, &table.room, &name).await;
    assert_eq!(
        standing["code"],
        json!("interrupted"),
        "{}",
        table.room.log()
    );
    table.runs(["0.1.0", "0.1.0"]).await;
    assert_eq!(table.writes(), [1, 0], "its loader took what was before");

    // The plug is pulled and stays so; the other button has what it had, and the first gets it when somebody plugs it in.
    table.roms[0].cut_after(30_000);
    let name = offered(&rig, by, "0.3.0").await;
    let standing = ended(&anna, &table.room, &name).await;
    let code = json!("release-button-not-back");
    assert_eq!(standing["code"], code, "{}", table.room.log());
    assert!(!table.roms[0].plugged());
    table.roms[0].plug().unwrap();
    table.runs(["0.1.0", "0.1.0"]).await;
    // The other was begun with before anybody knew, and was written back.
    assert_eq!(table.writes(), [2, 2]);
    assert!(
        !table.room.log().contains("panicked"),
        "{}",
        table.room.log()
    );
}
