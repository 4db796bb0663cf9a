//! The conference that a room holds with its installer: there as long as somebody asks for it, and, with real browsers at both
//! ends, seen and heard both ways by the room's own figures. Only a finger in the room opens its microphone and camera.

use super::chrome::Chrome;
use super::contract::{Browser, can_run, later, media};
use super::kit::{Daemon, Folder, ROOM, until};
use emulators::ports;
use room_api::{Phase, PracticeCallAnswer};
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

const OPEN: &str = r#"{"open":true}"#;
const END: &str = r#"{"open":false}"#;

fn ask(daemon: &Daemon, body: &str) -> (u16, String) {
    daemon.ask("POST", "/api/v1/practice-call", body)
}

fn opened(daemon: &Daemon) -> (String, String) {
    let (status, body) = ask(daemon, OPEN);
    assert_eq!(status, 200, "{body}");
    let answer: PracticeCallAnswer = serde_json::from_str(&body).unwrap();
    let link = answer.link.unwrap().reveal().to_owned();
    (answer.meeting.unwrap(), link)
}

/// A page of the phone's, over TLS.
fn status_of(link: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
        let answer = client.build().unwrap().get(link).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    })
}

#[test]
fn an_installers_conference_lives_as_long_as_somebody_asks_for_it() {
    let folder = Folder::with(ROOM);
    let daemon = folder.start(&[]);
    assert!(daemon.state().meetings.is_empty());
    let (meeting, link) = opened(&daemon);
    until("its meeting", || {
        let known = daemon.state().meetings;
        known.iter().any(|known| known.id == meeting).then_some(())
    });
    assert_eq!(opened(&daemon), (meeting, link.clone()), "the same one");
    assert_eq!(status_of(&link), 200);
    let secret = link.rsplit('/').next().unwrap();
    assert!(!daemon.log().contains(secret), "its address is nobody's");
    assert_eq!(ask(&daemon, END).0, 200);
    until("its end", || {
        daemon.state().meetings.is_empty().then_some(())
    });
    assert_ne!(status_of(&link), 200);
    assert_ne!(opened(&daemon).1, link, "each has an address of its own");
}

/// A press at the panel, whose page the room's own browser has.
pub fn finger(daemon: &Daemon, at: u16, press: &str) {
    let page = daemon.page("/panel");
    let (_, rest) = page.split_once("name=\"roomd-token\" content=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", at)).unwrap();
    let length = press.len();
    let request = format!(
        "POST /api/v1/press HTTP/1.0\r\nHost: 127.0.0.1:{at}\r\nContent-Type: application/json\r\n\
         X-Roomd-Token: {token}\r\nContent-Length: {length}\r\n\r\n{press}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 202"), "{answer}");
}

#[test]
fn the_room_and_a_phone_see_and_hear_each_other() {
    if !can_run() {
        return;
    }
    let panel = ports::free();
    let room = format!(
        "board = \"demo\"\n[room]\nname = \"Testsaal\"\n[faces]\nlisten = \"127.0.0.1:{panel}\"\n\
         [practice]\nlisten = \"127.0.0.1:{}\"\n[browser]\nuser = \"nobody\"\n",
        ports::free()
    );
    let folder = Folder::with(&room);
    // The browser's account reads picture and sound; what is secret lies in folders that the daemon closes.
    fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    media(&folder);
    let daemon = folder.start(&[]);
    let _browser = Browser::start(&folder);
    later("the browser", &daemon, || {
        let faults = daemon.state().faults;
        let gone = faults.iter().any(|fault| fault.code == "browser-gone");
        (!gone && daemon.log().contains("the browser obeys")).then_some(())
    });
    let (meeting, link) = opened(&daemon);
    let join = json!({ "press": "join", "meeting": meeting }).to_string();
    until("the offer", || (daemon.press(&join) == 202).then_some(()));
    let inside =
        |daemon: &Daemon| matches!(daemon.state().phase, Phase::InCall { .. }).then_some(());
    later("the conference", &daemon, || inside(&daemon));
    let state = daemon.state();
    let shut = Some(room_api::Switch::Closed);
    assert_eq!((state.mic.seen, state.camera.seen), (shut, shut));

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let phone = runtime.block_on(async {
        let flags = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ];
        let chrome = Chrome::start_with(&flags).await.unwrap();
        let tab = chrome.tab().await;
        let ignore = json!({ "ignore": true });
        tab.call("Security.setIgnoreCertificateErrors", ignore)
            .await;
        let url = format!("{link}?name=Telefon");
        tab.call("Page.navigate", json!({ "url": url })).await;
        tab.until("document.querySelector('[data-test=submit-join]')")
            .await;
        for choice in ["choice-mic", "choice-camera"] {
            tab.eval(&format!(
                "document.querySelector('[data-test={choice}]').click()"
            ))
            .await;
        }
        tab.eval("document.querySelector('[data-test=submit-join]').click()")
            .await;
        tab.until("document.body.dataset.screen === 'call'").await;
        (chrome, tab)
    });
    let runs = |way: fn(&room_api::Media) -> bool| daemon.state().media.as_ref().is_some_and(way);
    later("the phone", &daemon, || {
        runs(|m| m.audio_in && m.video_in).then_some(())
    });
    assert_eq!(
        daemon.press(r#"{"press":"mic","to":"open"}"#),
        403,
        "from afar"
    );
    assert!(
        !runs(|media| media.video_out),
        "nobody in the room has opened it"
    );
    finger(&daemon, panel, r#"{"press":"mic","to":"open"}"#);
    finger(&daemon, panel, r#"{"press":"camera","to":"open"}"#);
    later("the room", &daemon, || {
        runs(|m| m.audio_out && m.video_out).then_some(())
    });
    assert_eq!(daemon.press(r#"{"press":"leave"}"#), 202);
    assert_eq!(ask(&daemon, END).0, 200);
    until("the end", || {
        matches!(daemon.state().phase, Phase::Standby {}).then_some(())
    });
    drop(phone);
}
