//! Servers of NATS are killed and cut off at seeded moments while two fleet servers write. What they were told is kept is there exactly
//! once, what they were not told is there at most once, and the audit chains are whole.

use crate::conformance::{key, tenant};
use crate::rig::{Cluster, LIMIT};
use fleetd::audit::{Act, Entry, Ledger, verify};
use fleetd::store::{Revision, Store, StoreError};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const DOCUMENTS: u64 = 6;
const WRITERS: u64 = 4;
/// Blows of one storm; each waits until the cluster has answered again.
const BLOWS: usize = 2;
const SEEDS: [u64; 2] = [11, 12];

/// What writers were told.
#[derive(Default)]
struct Told {
    kept: BTreeSet<String>,
    /// Neither yes nor no.
    open: BTreeSet<String>,
}

struct Storm {
    stop: AtomicBool,
    kept: AtomicU64,
}

/// Adds marks to documents by compare-and-set; a refused one is tried again as it is, so that one that was written after all would be
/// there twice.
async fn mark(storm: &Storm, store: &dyn Store, writer: u64) -> Told {
    let mut told = Told::default();
    for turn in 0_u64.. {
        if storm.stop.load(Ordering::Relaxed) {
            return told;
        }
        let document = key("a", "storm", &((writer + turn) % DOCUMENTS).to_string());
        let id = format!("{writer}-{turn}");
        loop {
            let read = match store.get(&document).await {
                Ok(read) => read,
                // Nothing was written.
                Err(_) => break,
            };
            let (expected, mut marks) = match read {
                Some(entry) => (entry.revision, String::from_utf8(entry.value).unwrap()),
                None => (Revision::ABSENT, String::new()),
            };
            marks.push_str(&id);
            marks.push(' ');
            match store
                .put_cas(&document, expected, Some(marks.into_bytes()))
                .await
            {
                Ok(_) => {
                    told.kept.insert(id);
                    storm.kept.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(StoreError::Conflict(_)) => {}
                Err(_) => {
                    told.open.insert(id);
                    break;
                }
            }
        }
    }
    told
}

/// Notes acts, four at once.
async fn note(storm: &Storm, ledger: &Ledger, writer: u64) -> Told {
    let mut told = Told::default();
    for turn in 0_u64.. {
        if storm.stop.load(Ordering::Relaxed) {
            return told;
        }
        let notes = (0..4).map(|part| async move {
            let who = format!("{writer}-{turn}-{part}");
            let act = Act {
                at_ms: 1,
                who: who.clone(),
                what: "storm",
                to: String::new(),
                more: BTreeMap::new(),
            };
            (who, ledger.note(&tenant("a"), act).await.is_ok())
        });
        for (who, kept) in futures_util::future::join_all(notes).await {
            match kept {
                true => told.kept.insert(who),
                false => told.open.insert(who),
            };
        }
    }
    told
}

/// Waits until something new was kept.
async fn until_kept(storm: &Storm) {
    let before = storm.kept.load(Ordering::Relaxed);
    let end = Instant::now() + LIMIT;
    while storm.kept.load(Ordering::Relaxed) < before + 3 {
        assert!(Instant::now() < end, "the cluster does not come back");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn blow(cluster: &mut Cluster, storm: &Storm, chance: &mut StdRng) {
    let place = chance.random_range(0..3);
    sleep(Duration::from_millis(chance.random_range(0..300))).await;
    match chance.random_range(0..3) {
        0 => {
            cluster.kill(place);
            until_kept(storm).await;
            cluster.begin(place);
        }
        1 => {
            cluster.kill(place);
            cluster.begin(place);
        }
        _ => {
            cluster.stop(place);
            until_kept(storm).await;
            cluster.go_on(place);
        }
    }
    until_kept(storm).await;
}

fn judge(what: &str, told: &[Told], there: &[String]) {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for id in there {
        *counts.entry(id).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{what} twice: {twice:?}");
    let kept = told.iter().flat_map(|told| &told.kept);
    let lost: Vec<_> = kept
        .filter(|id| !counts.contains_key(id.as_str()))
        .collect();
    assert!(lost.is_empty(), "{what}: acknowledged and lost: {lost:?}");
    let known = |id: &str| {
        told.iter()
            .any(|t| t.kept.contains(id) || t.open.contains(id))
    };
    let strange = counts.keys().find(|id| !known(id));
    assert_eq!(strange, None, "{what}: nobody wrote it");
}

async fn marks_there(store: &dyn Store) -> Vec<String> {
    let mut there = Vec::new();
    for number in 0..DOCUMENTS {
        let document = key("a", "storm", &number.to_string());
        let entry = store.get(&document).await.unwrap();
        let text = entry.map_or_else(String::new, |entry| String::from_utf8(entry.value).unwrap());
        there.extend(text.split_whitespace().map(str::to_owned));
    }
    there
}

async fn storm(seed: u64) {
    let Some(mut cluster) = Cluster::start(3) else {
        return;
    };
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let storm = Arc::new(Storm {
        stop: AtomicBool::new(false),
        kept: AtomicU64::new(0),
    });
    let stores = [cluster.store().await, cluster.store().await];
    let ledgers = stores.each_ref().map(|store| Arc::new(Ledger::new(store)));
    let (mut marking, mut noting) = (Vec::new(), Vec::new());
    for writer in 0..WRITERS {
        let (storm, store) = (Arc::clone(&storm), Arc::clone(&stores[writer as usize % 2]));
        marking.push(tokio::spawn(
            async move { mark(&storm, &*store, writer).await },
        ));
    }
    for (writer, ledger) in (0_u64..).zip(&ledgers) {
        let (storm, ledger) = (Arc::clone(&storm), Arc::clone(ledger));
        noting.push(tokio::spawn(
            async move { note(&storm, &ledger, writer).await },
        ));
    }
    until_kept(&storm).await;
    for _ in 0..BLOWS {
        blow(&mut cluster, &storm, &mut chance).await;
    }
    // All at once, without warning, and with writes under way.
    for place in 0..3 {
        cluster.kill(place);
    }
    storm.stop.store(true, Ordering::Relaxed);
    for place in 0..3 {
        cluster.begin(place);
    }
    let mut marked = Vec::new();
    for told in marking {
        marked.push(told.await.unwrap());
    }
    let mut noted = Vec::new();
    for told in noting {
        noted.push(told.await.unwrap());
    }
    // A third one looks, who remembers nothing.
    let store = cluster.store().await;
    judge("marks", &marked, &marks_there(&*store).await);
    let entries = Ledger::new(&store).read(&tenant("a"), 0, usize::MAX).await;
    let entries = entries.unwrap();
    let lines: Vec<String> = entries.iter().map(Entry::line).collect();
    let whole = verify(lines.iter().map(String::as_str));
    assert_eq!(
        whole.unwrap().last,
        entries.len() as u64,
        "the chain is whole"
    );
    let there: Vec<String> = entries.into_iter().map(|entry| entry.who).collect();
    judge("acts", &noted, &there);
    let kept: usize = marked
        .iter()
        .chain(&noted)
        .map(|told| told.kept.len())
        .sum();
    let open: usize = marked
        .iter()
        .chain(&noted)
        .map(|told| told.open.len())
        .sum();
    println!("{kept} acknowledged and there, {open} neither yes nor no");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_change_is_lost_and_none_is_there_twice() {
    for seed in SEEDS {
        storm(seed).await;
    }
}
