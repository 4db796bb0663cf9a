//! Commissioning on a phone, whole: the real command, an emulated kit, a real Chromium, in German. The same answers make the
//! same room as at the command line, and a run that is killed goes on where it was, for the same phone.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../roomd/tests/faces/axe.rs"]
mod axe;
#[allow(dead_code, reason = "made for other pages, too")]
#[path = "../../roomd/tests/faces/chrome.rs"]
mod chrome;
mod kit;

use axe::{axe, broken};
use chrome::{Chrome, Tab};
use kit::{Kit, said};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// No step of the story takes longer.
const LIMIT: Duration = Duration::from_secs(40);

/// A display of cardboard: takes the invitation as a daemon without a room does, and holds no practice conference.
struct Display(Arc<Mutex<Option<(String, String)>>>);

impl Display {
    fn at(kit: &Kit) -> Display {
        fs::create_dir_all(kit.file("run")).unwrap();
        let listener = UnixListener::bind(kit.file("run/display.sock")).unwrap();
        let shown = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&shown);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &theirs);
            }
        });
        Display(shown)
    }

    /// Address and code, other than this one.
    fn invitation(&self, other: &str) -> (String, String) {
        let began = Instant::now();
        loop {
            let shown = self.0.lock().unwrap().clone();
            match shown.filter(|(_, code)| code != other) {
                Some(shown) => return shown,
                None => assert!(began.elapsed() < LIMIT, "nothing is shown"),
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

fn answer(stream: UnixStream, shown: &Mutex<Option<(String, String)>>) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    let request = line.clone();
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(said) = line.strip_prefix("Content-Length: ") {
            length = said.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    // Whoever only looks who listens says nothing.
    let Some(path) = request.split(' ').nth(1) else {
        return;
    };
    let (status, body) = match path {
        "/api/v1/setup" => {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            let text = |key: &str| asked[key].as_str().map(str::to_owned);
            *shown.lock().unwrap() = text("url").zip(text("code"));
            ("200 OK", json!({ "shown": true }))
        }
        "/api/v1/practice-call" => ("200 OK", json!({ "meeting": null, "link": null })),
        _ => ("404 Not Found", json!({})),
    };
    // A command that was killed meanwhile reads no answer.
    let _ = write!(reader.get_mut(), "HTTP/1.0 {status}\r\n\r\n{body}");
}

/// The command with its page; killed when dropped.
struct Run(Child);

impl Run {
    fn start(kit: &Kit) -> Run {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(kit.file("log"))
            .unwrap();
        let child = kit
            .command("commission --page 127.0.0.1:0")
            .arg("--socket=run/display.sock")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Run(child)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn open(tab: &Tab, url: &str) {
    tab.call("Page.navigate", json!({ "url": url })).await;
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
}

/// Types an answer into the question of this topic, or takes what is proposed, and presses.
async fn say(tab: &Tab, topic: &str, words: Option<&str>, axe: &str) {
    tab.until(&format!("document.querySelector('[data-topic={topic}]')"))
        .await;
    tab.eval(&format!("globalThis.axe ?? {axe}; undefined"))
        .await;
    assert_eq!(broken(tab).await, json!([]), "{topic}");
    if let Some(words) = words {
        tab.eval(&format!("answer.value = {}; undefined", json!(words)))
            .await;
    }
    tab.click("[data-topic] button").await;
    tab.until(&format!("!document.querySelector('[data-topic={topic}]')"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_makes_the_same_room_as_the_command_line() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    // The command tells whoever holds the control socket to read the room's file.
    let mut told = signal(SignalKind::hangup()).unwrap();
    let kit = Kit::new();
    let calendar = kit.file("room.ics").display().to_string();
    let display = Display::at(&kit);
    let run = Run::start(&kit);
    let (url, code) = display.invitation("");
    let tab = chrome.tab().await;
    tab.shape((360, 740), 1.0, "light").await;
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    let url = url.replace(url.split(':').nth(1).unwrap(), "//127.0.0.1");
    open(&tab, &format!("{url}pair?lang=de")).await;
    tab.eval(&format!("code.value = '{code}'; undefined")).await;
    tab.click("[type=submit]").await;

    say(&tab, "name", Some("Sitzungssaal 2"), axe).await;
    say(&tab, "help", Some("2 47 11"), axe).await;
    say(&tab, "join", None, axe).await;
    tab.until("document.querySelector('[data-topic=hosts]')")
        .await;
    tab.eval("answer.value = 'bbb'; undefined").await;
    tab.click("[data-topic] button").await;
    tab.until("document.querySelector('.trouble').textContent.includes('HOST=DIENST')")
        .await;
    assert_eq!(
        tab.eval("answer.value").await,
        json!("bbb"),
        "kept for mending"
    );

    // The power goes in the middle; the phone that is paired finds back by itself.
    drop(run);
    *display.0.lock().unwrap() = None;
    let mut run = Run::start(&kit);
    let (again, _) = display.invitation(&code);
    let again = again.replace(again.split(':').nth(1).unwrap(), "//127.0.0.1");
    open(&tab, &again).await;
    say(&tab, "hosts", Some("127.0.0.1=bbb"), axe).await;
    say(&tab, "calendar", Some(&calendar), axe).await;
    say(&tab, "roles", None, axe).await;
    say(&tab, "presets-front", Some("Übersicht, Podium"), axe).await;
    say(&tab, "aimed-front-0", None, axe).await;
    say(&tab, "aimed-front-1", None, axe).await;
    tokio::time::timeout(LIMIT, told.recv()).await.unwrap();
    tab.until("main.dataset.screen === 'finished'").await;
    let text = tab.eval("main.innerText").await;
    for part in [
        "Sitzungssaal 2",
        "Tischtaster „table“ gedrückt",
        "Installationsbericht",
    ] {
        assert!(text.as_str().unwrap().contains(part), "{part}: {text}");
    }
    tab.eval(&format!("{axe}; undefined")).await;
    assert_eq!(broken(&tab).await, json!([]), "finished");
    open_report(&tab, &again).await;
    open_end(&tab, &again).await;
    let began = Instant::now();
    let ended = loop {
        if let Some(status) = run.0.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < LIMIT, "it does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(ended.success());

    let by_page = fs::read_to_string(kit.file("room.toml")).unwrap();
    let record = fs::read_to_string(kit.file("state/record.json")).unwrap();
    assert!(
        record.contains("\"given\": 9"),
        "no question was asked twice"
    );
    let log = fs::read_to_string(kit.file("log")).unwrap();
    assert!(!log.contains(&code), "a code stands on the display alone");
    let script = kit.run("commission --answers answers.toml --language de --anew");
    assert!(script.status.success(), "{}", said(&script));
    let by_script = fs::read_to_string(kit.file("room.toml")).unwrap();
    assert_eq!(by_page, by_script);
    assert!(by_page.contains("Sitzungssaal 2"));
}

async fn open_report(tab: &Tab, base: &str) {
    tab.call("Page.navigate", json!({ "url": format!("{base}report") }))
        .await;
    tab.until("document.querySelector('.handover')").await;
}

async fn open_end(tab: &Tab, base: &str) {
    open(tab, base).await;
    tab.click("button[name=enough]").await;
}
