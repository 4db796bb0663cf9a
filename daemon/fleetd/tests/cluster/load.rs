//! Fleet servers and servers of NATS are killed and stopped at seeded moments while rooms are told things. What was answered as done was
//! done, once; nothing is done twice; the log is whole.

use crate::common::{Line, TestRoom, state};
use crate::conformance::tenant;
use crate::rig::Cluster;
use crate::servers::{Server, token, until};
use fleet_proto::{Answer, FromFleet, FromRoom, Outcome};
use fleetd::audit::{Entry, Ledger, verify};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

const ROOMS: usize = 4;
const BLOWS: usize = 4;
const SEED: u64 = 21;

#[derive(Default)]
struct Story {
    stop: AtomicBool,
    done: AtomicUsize,
    /// How often each command came to its room.
    came: Mutex<BTreeMap<String, u32>>,
    told_done: Mutex<BTreeSet<String>>,
}

/// A room that looks for a server whenever its line has ended.
async fn room(room: Arc<TestRoom>, servers: [SocketAddr; 2], story: Arc<Story>) {
    for turn in 0.. {
        if story.stop.load(Ordering::Relaxed) {
            return;
        }
        let (room, at) = (Arc::clone(&room), servers[turn % 2]);
        // A server that is stopped takes the connection and says nothing.
        let opening = tokio::spawn(async move { room.line_at(at, None).await });
        let gave_up = opening.abort_handle();
        match tokio::time::timeout(Duration::from_secs(3), opening).await {
            Ok(Ok(line)) => lives(line, &story).await,
            _ => {
                gave_up.abort();
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn lives(mut line: Line, story: &Story) {
    line.say(&state(1, &[])).await;
    while let Ok(Some(said)) = tokio::time::timeout(Duration::from_secs(4), line.next()).await {
        match said {
            FromFleet::Command(command) => {
                let id = command.id.to_string();
                *story.came.lock().unwrap().entry(id).or_default() += 1;
                let answer = Answer {
                    id: command.id,
                    outcome: Outcome::Done {},
                };
                line.say(&FromRoom::Answer(answer)).await;
            }
            FromFleet::Goodbye(_) => return,
            _ => {}
        }
    }
}

/// Tells rooms things at whichever server answers; one that did not answer is asked the same again elsewhere.
async fn controller(number: usize, servers: [(SocketAddr, String); 2], story: Arc<Story>) {
    let programs = servers.map(|(at, token)| Server::program_at(at, &token));
    for turn in 0_usize.. {
        if story.stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("tell-{number}-{turn:05}");
        let room = format!("saal-{}", turn % ROOMS);
        for attempt in 0..4 {
            let program = &programs[(turn + attempt) % 2];
            let asked = program.mute(&room, &id);
            match tokio::time::timeout(Duration::from_secs(8), asked).await {
                Ok(Some(standing)) => {
                    if standing == "done" {
                        story.told_done.lock().unwrap().insert(id.clone());
                        story.done.fetch_add(1, Ordering::Relaxed);
                    }
                    break;
                }
                _ => sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

async fn goes_on(story: &Story) {
    let before = story.done.load(Ordering::Relaxed);
    until("commands are done again", async || {
        story.done.load(Ordering::Relaxed) > before + 2
    })
    .await;
}

async fn blow(
    cluster: &mut Cluster,
    servers: &mut [Server; 2],
    story: &Story,
    chance: &mut StdRng,
) {
    sleep(Duration::from_millis(chance.random_range(0..300))).await;
    let (node, server) = (chance.random_range(0..3), chance.random_range(0..2));
    match chance.random_range(0..4) {
        0 => {
            cluster.kill(node);
            goes_on(story).await;
            cluster.begin(node);
        }
        1 => {
            servers[server].stop();
            goes_on(story).await;
            servers[server].go_on();
        }
        2 => {
            // Both at once.
            cluster.kill(node);
            servers[server].kill();
            cluster.begin(node);
            servers[server].begin();
        }
        _ => {
            servers[server].kill();
            goes_on(story).await;
            servers[server].begin();
        }
    }
    goes_on(story).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_as_done_was_done_once_whoever_died_meanwhile() {
    let Some(mut cluster) = Cluster::start(3) else {
        return;
    };
    println!("seed {SEED}");
    let token = token(&cluster).await;
    let mut servers = ["one", "two"].map(|name| Server::start(&cluster, name));
    let places = servers.each_ref().map(|server| server.at);
    let program = servers[0].program(&token);
    let story = Arc::new(Story::default());
    let mut tasks = Vec::new();
    for number in 0..ROOMS {
        let mut enrolled = TestRoom::new(places[number % 2], &format!("saal-{number}"));
        program.approve(&mut enrolled).await;
        tasks.push(tokio::spawn(room(
            Arc::new(enrolled),
            places,
            Arc::clone(&story),
        )));
    }
    for number in 0..3 {
        let servers = places.map(|at| (at, token.clone()));
        tasks.push(tokio::spawn(controller(
            number,
            servers,
            Arc::clone(&story),
        )));
    }
    goes_on(&story).await;
    let mut chance = StdRng::seed_from_u64(SEED);
    for _ in 0..BLOWS {
        blow(&mut cluster, &mut servers, &story, &mut chance).await;
    }
    story.stop.store(true, Ordering::Relaxed);
    let came = story.came.lock().unwrap().clone();
    let twice: Vec<_> = came.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "sent twice: {twice:?}");
    let told = story.told_done.lock().unwrap().clone();
    let undone = told.iter().find(|id| !came.contains_key(*id));
    assert_eq!(undone, None, "told as done and never sent");
    let store = cluster.store().await;
    let entries = Ledger::new(&store)
        .read(&tenant("own"), 0, usize::MAX)
        .await;
    let entries = entries.unwrap();
    let lines: Vec<String> = entries.iter().map(Entry::line).collect();
    verify(lines.iter().map(String::as_str)).unwrap();
    let noted: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry.more.get("command").map(String::as_str))
        .collect();
    let unnoted = came.keys().find(|id| !noted.contains(id.as_str()));
    assert_eq!(unnoted, None, "done and not in the log");
    println!(
        "{} done, {} entries in one chain",
        told.len(),
        entries.len()
    );
    for task in tasks {
        task.abort();
    }
}
