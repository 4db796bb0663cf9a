//! The real daemon and two table buttons: both in step, and new firmware for the older one when nobody needs the room.

use crate::kit::{Daemon, Folder, ROOM, until};
use emulators::puck::{Fault, Puck, Rom, UsbTree};
use puck_image::{Segment, pack};
use room_api::{ButtonLine, ButtonUpdate, ButtonsAnswer, TableButton};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use wire::{Key, KeyKind, Ring};

const SOON: Duration = Duration::from_secs(20);

struct Table {
    runtime: Runtime,
    folder: Folder,
    usb: UsbTree,
    pucks: [Puck; 2],
    roms: [Rom; 2],
}

impl Table {
    /// `table` is older than the image that came with the daemon, `door` is newer.
    fn laid(policy: &str, calendar: &str) -> Table {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let folder = Folder::with(ROOM);
        let usb = UsbTree::new(&folder.path("usb")).unwrap();
        let lines = ["ttyACM0", "ttyACM1"].map(|name| usb.dev().join(name));
        let room = format!(
            r#"{ROOM}
[policy]
{policy}
[pucks.table]
serial = "{}"
[pucks.door]
serial = "{}"
[hosts]
"meet.example.org" = "jitsi"
[calendars.bookings]
file = "calendar.ics"
every = "10 s"
"#,
            lines[0].display(),
            lines[1].display()
        );
        folder.write("room.toml", &room);
        folder.write("calendar.ics", calendar);
        fs::create_dir(folder.path("images")).unwrap();
        fs::write(folder.path("images/puck-oled-usb.uf2"), image()).unwrap();
        let _inside = runtime.enter();
        let pucks = lines.map(|line| Puck::start(&line).unwrap());
        let roms = [("1-1.2", "0.1.0", "ttyACM0"), ("1-1.3", "0.9.0", "ttyACM1")];
        let roms = roms.map(|(port, version, line)| Rom::start(&usb, port, version, line).unwrap());
        drop(_inside);
        Table {
            runtime,
            folder,
            usb,
            pucks,
            roms,
        }
    }

    fn start(&self) -> Daemon {
        let images = self.folder.path("images");
        let words: [&Path; 6] = [
            Path::new("--sys"),
            self.usb.sys(),
            Path::new("--dev"),
            self.usb.dev(),
            Path::new("--button-images"),
            &images,
        ];
        self.folder.start_with(&words, &[])
    }

    fn both_show(&self, what: &str, ring: Ring) {
        for puck in &self.pucks {
            let shows = puck.until(SOON, |seen| seen.face.is_some_and(|face| face.ring == ring));
            self.runtime
                .block_on(shows)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }

    fn press(&self, puck: usize, key: Key, kind: KeyKind) {
        self.runtime
            .block_on(self.pucks[puck].press(key, kind))
            .unwrap();
    }
}

fn image() -> Vec<u8> {
    let marker = b"roomd-table-button/1 rp2040 oled usb 0.2.0\0";
    let mut bytes = vec![0x5a; 60_000];
    bytes[900..900 + marker.len()].copy_from_slice(marker);
    let place = 0x1000_0000;
    pack(&[Segment { place, bytes }])
}

fn calendar(from_minute: i64) -> String {
    let at = |minutes: i64| {
        let time = chrono::Utc::now() + chrono::Duration::minutes(minutes);
        time.format("%Y%m%dT%H%M%SZ").to_string()
    };
    let meeting = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1@example.org",
        &format!("DTSTAMP:{}", at(0)),
        &format!("DTSTART:{}", at(from_minute)),
        &format!("DTEND:{}", at(from_minute + 60)),
        "SUMMARY:Ausschuss",
        "LOCATION:https://meet.example.org/ausschuss",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    meeting.join("\r\n")
}

fn button(daemon: &Daemon, id: &str) -> TableButton {
    let buttons = daemon.state().buttons;
    buttons.into_iter().find(|button| button.id == id).unwrap()
}

fn line(daemon: &Daemon, id: &str) -> ButtonLine {
    let (status, body) = daemon.ask("GET", "/api/v1/buttons", "");
    assert_eq!(status, 200, "{body}");
    let answer: ButtonsAnswer = serde_json::from_str(&body).unwrap();
    answer
        .buttons
        .into_iter()
        .find(|line| line.id == id)
        .unwrap()
}

#[test]
fn an_older_button_gets_new_firmware_by_itself_and_a_newer_one_is_left_alone() {
    let table = Table::laid("", &calendar(120));
    let daemon = table.start();
    // Its greeting comes before the word of whoever wrote it.
    until("the new version", || {
        let older = button(&daemon, "table");
        let settled = (older.update, older.offered) == (ButtonUpdate::None, None);
        (settled && older.firmware.as_deref() == Some("0.2.0")).then_some(())
    });
    let newer = button(&daemon, "door");
    assert_eq!(newer.firmware.as_deref(), Some("0.9.0"));
    assert_eq!((newer.update, newer.offered), (ButtonUpdate::None, None));
    assert_eq!((table.roms[0].images(), table.roms[1].images()), (1, 0));
    let known = line(&daemon, "table");
    assert_eq!(known.place.as_deref(), Some("1-1.2"));
    assert!(known.silent_ms.is_some_and(|ms| ms < 2_000), "{known:?}");
    assert_eq!(known.serial.as_deref(), Some("EMULATED0001"));
    assert!(
        daemon
            .log()
            .contains("a table button runs its new firmware"),
        "{}",
        daemon.log()
    );
}

#[test]
fn a_room_that_is_told_not_to_updates_only_when_it_is_asked() {
    let table = Table::laid("update_buttons = false", &calendar(120));
    let daemon = table.start();
    until("the offer", || {
        (button(&daemon, "table").offered.as_deref() == Some("0.2.0")).then_some(())
    });
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(table.roms[0].images(), 0);
    let press = |id: &str| daemon.press(&format!(r#"{{"press":"button-update","button":"{id}"}}"#));
    assert_eq!(press("door"), 409, "nothing newer is there for it");
    assert_eq!(press("table"), 202);
    until("the new version", || {
        (button(&daemon, "table").firmware.as_deref() == Some("0.2.0")).then_some(())
    });
}

#[test]
fn a_press_at_one_button_shows_at_both_and_a_pulled_one_is_in_step_when_it_returns() {
    let table = Table::laid("", &calendar(-1));
    let daemon = table.start();
    table.both_show("the meeting", Ring::Breathing);
    assert!(!button(&daemon, "table").may_update || table.roms[0].images() == 0);
    table.press(1, Key::Main, KeyKind::Short);
    table.both_show("the way in", Ring::Sweep);
    // Where a call begins nothing is updated, whoever asks.
    let asked = daemon.press(r#"{"press":"button-update","button":"table"}"#);
    assert_eq!(asked, 409);
    table
        .runtime
        .block_on(table.pucks[0].fault(Fault::Unplug))
        .unwrap();
    until("one missing", || {
        (!button(&daemon, "table").here).then_some(())
    });
    assert!(button(&daemon, "door").here);
    table.press(1, Key::Main, KeyKind::Long);
    until("no call", || {
        matches!(
            daemon.state().phase,
            room_api::Phase::Standby {} | room_api::Phase::Announced { .. }
        )
        .then_some(())
    });
    table
        .runtime
        .block_on(table.pucks[0].fault(Fault::Plug))
        .unwrap();
    until("both there", || button(&daemon, "table").here.then_some(()));
    let other = table
        .runtime
        .block_on(table.pucks[1].until(SOON, |seen| seen.face.is_some()))
        .unwrap();
    let same = table.pucks[0].until(SOON, |seen| seen.face == other.face);
    table.runtime.block_on(same).unwrap();
    assert_eq!(table.roms[0].images(), 0, "a meeting is on");
}

/// What the panel and whoever looks after the button read, until it is understood again.
#[test]
fn a_button_of_another_wire_is_named_at_the_panel_and_in_the_list() {
    let table = Table::laid("update_buttons = false", &calendar(120));
    let fault = |what| table.runtime.block_on(table.pucks[1].fault(what)).unwrap();
    fault(Fault::Foreign(1));
    let daemon = table.start();
    let named = |daemon: &Daemon| {
        let mut faults = daemon.state().faults.into_iter();
        faults.any(|f| f.code == "puck-foreign" && f.subject.as_deref() == Some("door"))
    };
    until("the fault", || named(&daemon).then_some(()));
    assert_eq!(line(&daemon, "door").foreign_wire, Some(1));
    assert_eq!(line(&daemon, "table").display.as_deref(), Some("oled"));
    fault(Fault::Recover);
    until("an answer", || button(&daemon, "door").here.then_some(()));
    assert!(!named(&daemon));
    assert_eq!(line(&daemon, "door").foreign_wire, None);
}
