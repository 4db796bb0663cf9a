//! The real daemon of a room without a browser: taken in by its code, seen, set, told, and turned out.

use crate::common::{self, Rig, until};
use crate::daemon::{Daemon, QUIET};
use crate::{pressed, program};
use fleetd::people::{Right, Role, Token};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::process::Command;

/// A room with a calendar of its own.
struct Room(Daemon);

/// A meeting of each day, so that there is one to keep quiet about.
pub(super) const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Gehaltsrunde mit Erika\r\n\
LOCATION:https://bbb.example/rooms/hush-4711/join\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

impl Room {
    fn start(server: &str) -> Room {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            r#"[room]
name = "Saal 2"
state_dir = "state"
[policy]
volume_limit = 80
{QUIET}[practice]
enabled = false
[calendars.bookings]
file = "calendar.ics"
[fleet]
server = "{server}"
"#
        );
        std::fs::write(folder.path().join("calendar.ics"), CALENDAR).unwrap();
        std::fs::write(folder.path().join("room.toml"), text).unwrap();
        Room(Daemon::start(folder))
    }

    /// What `roomctl fleet --json` says; nothing before the daemon answers.
    async fn standing(&self) -> Option<Value> {
        self.0.roomctl(&["fleet", "--json"]).await
    }

    async fn code(&self) -> Option<String> {
        let said = self.standing().await?;
        Some(said["standing"]["code"].as_str()?.to_owned())
    }

    async fn waits_with_a_code(&self) -> String {
        until("the room asks to be taken in", async || {
            self.code().await.is_some()
        })
        .await;
        self.code().await.unwrap()
    }
}

async fn api(who: &common::Browser, path: &str) -> Value {
    who.get(path).await.json().await.unwrap()
}

async fn token(rig: &Rig) -> String {
    let token = Token {
        name: "test".to_owned(),
        of: "anna".to_owned(),
        scopes: Right::ALL.to_vec(),
        until_ms: i64::MAX,
    };
    let made = rig.fleet.people.make_token(&rig.fleet.tenant, &token);
    made.await.unwrap()
}

/// What `roomctl fleet` says to a script of IT's, and its exit code.
async fn script(rig: &Rig, words: &'static [&'static str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("token");
    std::fs::write(&secret, token(rig).await).unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, rig.fleet.authority.ca_pem()).unwrap();
    let server = rig.base();
    let said = tokio::task::spawn_blocking(move || {
        // A token that others may read is refused.
        let only_mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&secret, only_mine).unwrap();
        Command::new(program("roomctl"))
            .args(["fleet", "--server", &server, "--token-file"])
            .arg(&secret)
            .arg("--authority")
            .arg(&authority)
            .args(words)
            .output()
            .unwrap()
    });
    let said = said.await.unwrap();
    drop(folder);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (said.status.code(), text(&said.stdout) + &text(&said.stderr))
}

/// Tells the room, and waits for the end.
async fn tell(rig: &Rig, verb: Value) -> Value {
    let token = token(rig).await;
    let answer = rig
        .stranger()
        .request(Method::POST, "/api/v1/rooms/saal-2/commands")
        .bearer_auth(token)
        .json(&json!({ "verb": verb, "wait_s": 10 }))
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_real_room_is_taken_in_seen_set_told_and_turned_out() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let mut room = Room::start(&rig.base());

    // The room shows a code, and the server the same one.
    let code = room.waits_with_a_code().await;
    let page = anna.page("/enrolment").await;
    assert!(page.contains(&code), "{code} in {page}");
    assert!(page.contains("Saal 2"), "the name that the room proposes");
    let waiting = api(&anna, "/api/v1/enrolment").await;
    let request = waiting["requests"][0]["request"]
        .as_str()
        .unwrap()
        .to_owned();
    let fields = [
        ("id", "saal-2"),
        ("name", "Saal 2"),
        ("site", "Nord"),
        ("compared", "yes"),
    ];
    let approved = anna
        .act(&format!("/enrolment/{request}/approve"), &fields)
        .await;
    assert_eq!(approved.status(), StatusCode::SEE_OTHER);

    // It connects by itself and says what it is.
    until("the room is connected", async || {
        api(&anna, "/api/v1/rooms/saal-2").await["state"]["phase"] == json!("standby")
    })
    .await;
    let said = room.standing().await.unwrap();
    assert_eq!(said["standing"]["room"], json!("saal-2"));
    let key = room.0.folder.path().join("state/fleet/key.json");
    let kept = std::fs::metadata(key).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777,
        0o600
    );

    // A setting reaches it; what a fleet may not set is refused, and the one before stays.
    let write = |over: &'static str, text: &'static str| {
        [
            ("of", "site/nord"),
            ("over", over),
            ("do", "write"),
            ("text", text),
        ]
    };
    anna.act(
        "/settings/level",
        &write("0", "[policy]\nvolume_limit = 60\n"),
    )
    .await;
    until("the settings are applied", async || {
        api(&anna, "/api/v1/rooms/saal-2/settings").await["reported"]["is"] == json!("applied")
    })
    .await;
    anna.act(
        "/settings/level",
        &write("1", "[policy]\nafter_crash = \"restore\"\n"),
    )
    .await;
    until("the settings are refused", async || {
        api(&anna, "/api/v1/rooms/saal-2/settings").await["reported"]["is"] == json!("refused")
    })
    .await;
    let page = anna.page("/rooms/saal-2").await;
    assert!(page.contains("may not set"), "with what is wrong: {page}");
    assert_eq!(room.standing().await.unwrap()["settings"], json!(1));

    // Told to be silent, it is; told to leave where there is no call, it says so; a verb that it does not know is answered as one.
    assert_eq!(
        tell(&rig, json!({"do": "mute"})).await["standing"]["is"],
        json!("done")
    );
    assert_eq!(
        tell(&rig, json!({"do": "leave"})).await["standing"]["why"],
        json!("nothing-there")
    );

    // Looked for, it says so itself; where nothing is that a verb could be done to, it says that.
    assert_eq!(pressed(&rig, &anna, "identify").await["is"], json!("done"));
    let status = room.0.roomctl(&["status", "--json"]).await.unwrap();
    assert_eq!(status["afar"], json!("identify"));
    for (button, why) in [
        ("tomorrow", "nothing-there"),
        ("restart-browser", "nothing-there"),
    ] {
        let standing = pressed(&rig, &anna, button).await;
        assert_eq!(standing["why"], json!(why), "{button}: {standing}");
    }
    let page = anna.page("/rooms/saal-2").await;
    assert!(
        !page.contains("value=\"screenshot\""),
        "a room without a grant's key shows itself to nobody"
    );

    // Its log comes, without what the meeting in its calendar is about.
    assert_eq!(
        pressed(&rig, &anna, "log-bundle").await["is"],
        json!("done")
    );
    let files = api(&anna, "/api/v1/rooms/saal-2/files").await;
    let file = files["files"][0]["file"].as_str().unwrap().to_owned();
    let bundle = anna.page(&format!("/rooms/saal-2/files/{file}")).await;
    let read: Value = serde_json::from_str(&bundle).unwrap();
    assert_eq!(read["state"]["name"], json!("Saal 2"));
    let said = read["log"].as_array().unwrap();
    assert!(
        said.iter()
            .any(|line| line.as_str().unwrap().contains("roomd starts")),
        "{bundle}"
    );
    assert!(read["metrics"].as_array().unwrap().len() > 10);
    for private in ["Gehaltsrunde", "Erika", "hush-4711", "bbb.example/rooms"] {
        assert!(!bundle.contains(private), "{private} in {bundle}");
    }
    let seen = room.0.roomctl(&["status", "--json"]).await.unwrap();
    assert!(
        seen.to_string().contains("Gehaltsrunde"),
        "the meeting was there to be found: {seen}"
    );

    // A script does the same by the command line, with exit codes to go by.
    for (words, code, part) in [
        (&["rooms", "saal"][..], 0, "saal-2"),
        (&["rooms", "--site", "sued"], 0, ""),
        (&["tell", "saal-2", "mute"], 0, "done"),
        (&["tell", "saal-2", "leave"], 1, "nothing-there"),
        (&["tell", "saal-9", "mute"], 4, "refused-not-found"),
        (&["told", "saal-2"], 0, "log-bundle"),
        (&["history", "saal-2"], 0, "+00:00"),
        (&["files", "saal-2"], 0, "log-bundle"),
        (&["settings", "site/nord"], 0, "after_crash"),
        (&["room", "saal-2"], 0, "Europe/Berlin"),
    ] {
        let (is, said) = script(&rig, words).await;
        assert_eq!(is, Some(code), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
    }

    // A crash of the daemon costs nothing: it comes back with its certificate and the settings that it took.
    room.0.again();
    until("the room is back with its settings", async || {
        let said = room.standing().await;
        said.is_some_and(|said| {
            said["standing"]["connected"] == json!(true) && said["settings"] == json!(1)
        })
    })
    .await;

    // Turned out, it goes on as a room.
    anna.act("/rooms/saal-2/out", &[("sure", "saal-2")]).await;
    until("the room knows that it is out", async || {
        let said = room.standing().await.unwrap_or_default();
        let why = said["standing"]["problem"].as_str().unwrap_or_default();
        said["standing"]["connected"] == json!(false) && why.contains("turned this room out")
    })
    .await;
    assert!(room.0.runs(), "the room itself goes on");

    // It asks anew when somebody at the machine wants that, and belongs to the fleet again, by its present settings.
    assert_eq!(room.standing().await.unwrap()["settings"], json!(1));
    let asked = room.0.roomctl(&["fleet", "enrol", "--json"]).await.unwrap();
    let code = asked["standing"]["code"].as_str().unwrap();
    assert!(anna.page("/enrolment").await.contains(code), "{asked}");
    let waiting = api(&anna, "/api/v1/enrolment").await;
    let request = waiting["requests"][0]["request"].as_str().unwrap();
    let approve = format!("/enrolment/{request}/approve");
    let limit = write("2", "[policy]\nvolume_limit = 70\n");
    anna.act("/settings/level", &limit).await;
    anna.act(&approve, &fields).await;
    until("the room is back with the site's settings", async || {
        let said = room.standing().await.unwrap_or_default();
        said["standing"]["connected"] == json!(true) && said["settings"] == json!(3)
    })
    .await;
    let again = room.0.roomctl(&["fleet", "enrol", "--json"]).await;
    assert!(
        again.is_none(),
        "a room that is connected gives that up by a word more"
    );
    assert_eq!(
        room.standing().await.unwrap()["standing"]["connected"],
        json!(true)
    );
    let log = room.0.log();
    // Begun, killed, and begun anew so that nothing of the first membership is left on trial.
    assert_eq!(log.matches("roomd starts").count(), 3, "{log}");
    assert!(!log.contains("panicked"), "{log}");
}
