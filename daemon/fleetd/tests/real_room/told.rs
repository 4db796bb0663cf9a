//! The real daemon without a browser proves its room, looks at the next day and begins anew when its fleet says so; and it says itself
//! why it does not.

use crate::common::{Browser, Rig, until};
use crate::daemon::{Daemon, QUIET};
use crate::pressed;
use crate::rings::taken_in;
use chrono::{Days, TimeDelta, Utc};
use emulators::visca::{CameraServer, Options};
use fleetd::people::Role;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Late tomorrow and the day after, at a service that this room knows by its own file and whose name nobody has. At no time of the
/// day a check of the room looks so far ahead (18 hours), and the look ahead does.
fn calendar() -> String {
    let tomorrow = (Utc::now() + Days::new(1)).format("%Y%m%d");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:late\r\nDTSTAMP:{tomorrow}T000000Z\r\n\
         DTSTART:{tomorrow}T230000Z\r\nDTEND:{tomorrow}T233000Z\r\nRRULE:FREQ=DAILY;COUNT=2\r\nSUMMARY:Ausschuss\r\n\
         LOCATION:https://meet.invalid/ausschuss\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Far from now in every zone.
fn far() -> String {
    let far = Utc::now() + TimeDelta::hours(12);
    far.format("%H:%M").to_string()
}

/// A room with these devices that looks at the next day's meetings at this time, and nothing that runs by itself.
fn room(rig: &Rig, folder: TempDir, (ahead, devices): (&str, &str)) -> Daemon {
    let hours = format!("enabled = true\nnight = \"never\"\ntomorrow = \"{ahead}\"");
    let checked = QUIET.replace("enabled = false", &hours);
    let text = format!(
        r#"[room]
name = "saal-2"
zone = "UTC"
state_dir = "state"
{checked}[practice]
enabled = false
[hosts]
"meet.invalid" = "jitsi"
[calendars.bookings]
file = "calendar.ics"
[fleet]
server = "{}"
{devices}"#,
        rig.base()
    );
    fs::write(folder.path().join("calendar.ics"), calendar()).unwrap();
    fs::write(folder.path().join("room.toml"), text).unwrap();
    Daemon::start(folder)
}

async fn state(who: &Browser) -> Value {
    let room: Value = who.get("/api/v1/rooms/saal-2").await.json().await.unwrap();
    room["state"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_proven_looked_ahead_for_and_begun_anew_from_afar() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("front");
    let options = Options {
        link: link.clone(),
        baud: None,
    };
    let head = CameraServer::start(options).unwrap();
    let front = format!(
        "[heads.front]\nserial = \"{}\"\npresets = [{{ number = 1, name = \"Pult\" }}]\n",
        link.display()
    );
    let mut room = room(&rig, folder, (&far(), &front));
    taken_in(&rig, &anna, ("saal-2", "canary")).await;
    let done = json!({ "is": "done" });
    let known = async || {
        let heads = room
            .roomctl(&["status", "--json"])
            .await
            .unwrap_or_default();
        heads["heads"][0]["state"] == json!("still")
    };
    until("the head is there", known).await;
    let before = head.handle().position();

    let proven = pressed(&rig, &anna, "preflight").await;
    assert_eq!(proven, done, "{}", room.log());
    assert_eq!(head.handle().position(), before, "it is where it was");
    let foreseen = pressed(&rig, &anna, "tomorrow").await;
    assert_eq!(foreseen, done, "{}", room.log());
    until("the server knows what came of both", async || {
        let state = state(&anna).await;
        state["tomorrow"]["red"] == json!(1) && state["proof"]["verdict"] == json!("green")
    })
    .await;

    // A room without sound of its own says so.
    let sound = pressed(&rig, &anna, "reset-sound").await;
    assert_eq!(sound["why"], json!("nothing-there"));

    let anew = pressed(&rig, &anna, "restart-daemon").await;
    assert_eq!(anew, done, "{}", room.log());
    let log = room.log();
    assert_eq!(log.matches("roomd starts").count(), 2, "{log}");
    assert!(!log.contains("panicked"), "{log}");
    assert!(room.runs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_with_nothing_to_check_or_to_look_ahead_for_says_so_at_once() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let room = room(&rig, tempfile::tempdir().unwrap(), ("never", ""));
    taken_in(&rig, &anna, ("saal-2", "canary")).await;
    let began = Instant::now();
    let proven = pressed(&rig, &anna, "preflight").await;
    assert_eq!(
        proven["code"],
        json!("preflight-not-done"),
        "{}",
        room.log()
    );
    // The longest check of a room takes five minutes.
    assert!(began.elapsed() < Duration::from_secs(60), "{}", room.log());
    let foreseen = pressed(&rig, &anna, "tomorrow").await;
    assert_eq!(foreseen["why"], json!("nothing-there"), "{foreseen}");
    let page = anna.page("/rooms/saal-2").await;
    assert!(
        page.contains("der Raum hat nichts, was sie prüfen könnte"),
        "{page}"
    );
}
