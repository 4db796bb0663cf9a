//! Many rooms at one server, with figures: memory a line, a storm of reconnects, commands' round trips, a change of settings for all.
//! Takes minutes and is asked for by name: `cargo test -p fleetd --release --test load -- --ignored --nocapture`; `ROOMS` says how many.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{LIMIT, Line, TestRoom, administrator, open, provider, state, until};
use fleet_proto::{Answer, Approved, FromFleet, FromRoom, Outcome, Reported, Settled};
use fleetd::authority::{Authority, Request};
use fleetd::people::PeopleDesk;
use fleetd::rooms::{Certificate, Place, Room, Rooms, Slug};
use fleetd::store::Revision;
use futures_util::StreamExt as _;
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Handshakes at once.
const AT_ONCE: usize = 200;
const CONTROLLERS: usize = 16;
const COMMANDS: usize = 2_000;

struct Prepared {
    rooms: Vec<Arc<TestRoom>>,
    token: String,
}

/// Rooms with their certificates and an administrator's token, in the store before the server begins.
async fn prepare(folder: &Path, count: usize) -> Prepared {
    let names = vec!["localhost".to_owned()];
    let authority = Authority::open(folder, &names, SystemTime::now()).unwrap();
    let store = open(folder);
    let (tenant, shelf) = ("own".parse().unwrap(), Rooms::new(&store));
    let mut rooms = Vec::new();
    let mut puts = Vec::new();
    for number in 0..count {
        let mut room = TestRoom::new(
            SocketAddr::from(([127, 0, 0, 1], 0)),
            &format!("saal-{number:05}"),
        );
        let request = Request::read(&room.csr()).unwrap();
        let id = room.id.parse().unwrap();
        let signed = authority.sign_room(&request, (&tenant, &id), SystemTime::now());
        let signed = signed.unwrap();
        let listed = Room {
            id: id.clone(),
            name: room.id.as_str().into(),
            place: Place {
                site: Slug::of(&format!("site-{}", number % 20)).unwrap(),
                ..Place::default()
            },
            ring: Default::default(),
            enrolled_ms: 0,
            certificate: Certificate {
                serial: signed.serial,
                ends_s: signed.ends,
            },
            next: None,
        };
        puts.push({
            let (shelf, tenant) = (&shelf, &tenant);
            async move { shelf.put(tenant, Revision::ABSENT, &listed).await.unwrap() }
        });
        room.papers = Some(Approved {
            room: id,
            tenant: tenant.clone(),
            certificate_pem: signed.certificate_pem,
            authority_pem: authority.ca_pem(),
        });
        rooms.push(Arc::new(room));
    }
    futures_util::future::join_all(puts).await;
    let token = administrator(&PeopleDesk::new(&store)).await;
    Prepared { rooms, token }
}

struct Server {
    child: Child,
    at: SocketAddr,
}

impl Server {
    fn start(folder: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fleetd"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--name",
                "localhost",
                "--state",
            ])
            .arg(folder)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let port = line
            .trim()
            .trim_end_matches('/')
            .rsplit(':')
            .next()
            .unwrap();
        let at = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        Server { child, at }
    }

    fn kib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Seconds of a core.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after = stat.rsplit(')').next().unwrap();
        let ticks = after.split_whitespace().skip(11).take(2);
        ticks.map(|n| n.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A room that says how it is, and does whatever it is told.
async fn lives(mut line: Line, settled: Arc<AtomicUsize>) {
    line.say(&state(1, &[])).await;
    while let Ok(Some(Ok(message))) =
        tokio::time::timeout(Duration::from_secs(600), line.0.next()).await
    {
        let Ok(text) = message.to_text() else { return };
        match fleet_proto::read::<FromFleet>(text) {
            Ok(FromFleet::Command(command)) => {
                let outcome = Outcome::Done {};
                let answer = Answer {
                    id: command.id.clone(),
                    outcome,
                };
                line.say(&FromRoom::Answer(answer)).await;
            }
            Ok(FromFleet::Desired(desired)) => {
                let reported = Reported {
                    revision: desired.revision,
                    settled: Settled::Applied { later: Vec::new() },
                };
                line.say(&FromRoom::Reported(reported)).await;
                settled.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// Connects all rooms; how long that took.
async fn storm(prepared: &Prepared, at: SocketAddr, settled: &Arc<AtomicUsize>) -> Duration {
    let began = Instant::now();
    let lines = futures_util::stream::iter(prepared.rooms.iter().cloned())
        .map(|room| tokio::spawn(async move { room.line_at(at, None).await }));
    let mut lines = lines.buffer_unordered(AT_ONCE);
    while let Some(line) = lines.next().await {
        tokio::spawn(lives(line.unwrap(), Arc::clone(settled)));
    }
    began.elapsed()
}

struct Asker {
    client: Client,
    base: String,
    token: String,
}

impl Asker {
    async fn get(&self, path: &str) -> String {
        let get = self.client.get(format!("{}{path}", self.base));
        let answer = get.bearer_auth(&self.token).send().await.unwrap();
        answer.text().await.unwrap()
    }

    async fn connected(&self) -> usize {
        let text = self.get("/metrics").await;
        let line = text
            .lines()
            .find(|l| l.starts_with("fleetd_rooms{light=\"green\"}"));
        line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    }

    async fn mute(&self, room: &str) -> Duration {
        let began = Instant::now();
        let post = self
            .client
            .post(format!("{}/api/v1/rooms/{room}/commands", self.base));
        let body = json!({ "verb": { "do": "mute" }, "wait_s": 20 });
        let answer = post
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await
            .unwrap();
        let said: Value = answer.json().await.unwrap();
        assert_eq!(said["standing"]["is"], "done", "{said}");
        began.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and takes minutes"]
async fn many_rooms() {
    provider();
    let count: usize = std::env::var("ROOMS").map_or(2_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let prepared = prepare(folder.path(), count).await;
    let server = Server::start(folder.path());
    let before = server.kib("VmRSS");
    let settled = Arc::new(AtomicUsize::new(0));
    let took = storm(&prepared, server.at, &settled).await;
    let client = Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .build();
    let asker = Arc::new(Asker {
        client: client.unwrap(),
        base: format!("https://{}", server.at),
        token: prepared.token.clone(),
    });
    until("every room is green", async || {
        asker.connected().await == count
    })
    .await;
    let rss = server.kib("VmRSS");
    println!(
        "{count} rooms connected in {took:.1?}, {:.1} s of a core",
        server.cpu()
    );
    println!(
        "memory {} MB, {:.1} KB a room",
        rss / 1024,
        (rss - before) as f64 / count as f64
    );

    let each = COMMANDS / CONTROLLERS;
    let began = Instant::now();
    let tasks = (0..CONTROLLERS).map(|task| {
        let asker = Arc::clone(&asker);
        tokio::spawn(async move {
            let mut times = Vec::new();
            for turn in 0..each {
                let room = (task * each + turn) * 7919 % count;
                times.push(asker.mute(&format!("saal-{room:05}")).await);
            }
            times
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("commands there and back: {rate:.0}/s, p50 {p50:.1?}, p99 {p99:.1?}");

    let began = Instant::now();
    let put = asker.client.put(format!("{}/api/v1/settings", asker.base));
    let body = json!({ "level": "all", "text": "[help]\nphone = \"47 11\"", "over": 0 });
    let answer = put
        .bearer_auth(&asker.token)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let written = began.elapsed();
    let end = Instant::now() + 6 * LIMIT;
    while settled.load(Ordering::Relaxed) < count {
        assert!(
            Instant::now() < end,
            "{} settled",
            settled.load(Ordering::Relaxed)
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "settings for all: answered {written:.1?}, with the rooms {:.1?}",
        began.elapsed()
    );
    let began = Instant::now();
    let rooms = asker.get("/api/v1/rooms?limit=50&q=saal").await;
    println!(
        "a page of the list: {:.1?}, {} bytes",
        began.elapsed(),
        rooms.len()
    );
    println!(
        "memory at the end {} MB, at most {} MB",
        server.kib("VmRSS") / 1024,
        server.kib("VmHWM") / 1024
    );
}
