//! A process that writes to a store and notes what it was told is kept, killed at some moment: the notes are a part of the store.

use super::conformance::key;
use super::open;
use fleetd::store::{Revision, StoreError};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const FOLDER: &str = "STORE_FOLDER";
const KEYS: u64 = 20;
const KILLS: usize = 4;

#[tokio::test]
#[ignore = "the process that the test below kills"]
async fn writer() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let store = open(folder.as_ref());
    let stream = key("a", "ledger", "one");
    let mut revisions = vec![Revision::ABSENT; KEYS as usize];
    for (number, revision) in revisions.iter_mut().enumerate() {
        let entry = store.get(&key("a", "doc", &number.to_string())).await;
        *revision = entry
            .unwrap()
            .map_or(Revision::ABSENT, |entry| entry.revision);
    }
    for turn in store.last(&stream).await.unwrap().. {
        let place = (turn % KEYS) as usize;
        let document = key("a", "doc", &place.to_string());
        let value = Some(turn.to_string().into_bytes());
        let put = store.put_cas(&document, revisions[place], value);
        let added = store.append(&stream, Some(turn), turn.to_string().into_bytes());
        let (put, added) = (put.await, added.await);
        let (revision, sequence) = (put.unwrap(), added.unwrap());
        revisions[place] = revision;
        println!("kept {place} {turn} {} {sequence}", revision.0);
        std::io::stdout().flush().unwrap();
    }
}

/// The last acknowledged line of a writer that was killed after so many.
fn killed_after(folder: &std::path::Path, lines: usize) -> Vec<[u64; 4]> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "crash::writer", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ledger = Vec::new();
    let note = |line: &str| {
        let numbers: Vec<u64> = line
            .split_once("kept ")?
            .1
            .split(' ')
            .map_while(|n| n.parse().ok())
            .collect();
        <[u64; 4]>::try_from(numbers).ok()
    };
    while ledger.len() < lines {
        let line = out.next().expect("the writer writes").unwrap();
        ledger.extend(note(&line));
    }
    // SIGKILL, in the middle of whatever it does.
    child.kill().unwrap();
    ledger.extend(out.map_while(Result::ok).filter_map(|line| note(&line)));
    child.wait().unwrap();
    ledger
}

#[tokio::test]
async fn a_writer_that_is_killed_has_lost_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let stream = key("a", "ledger", "one");
    for round in 0..KILLS {
        let ledger = killed_after(folder.path(), 15 + 23 * round);
        let store = open(folder.path());
        let [.., sequence] = *ledger.last().unwrap();
        let kept = store.last(&stream).await.unwrap();
        assert!(
            kept == sequence || kept == sequence + 1,
            "{kept}, told {sequence}"
        );
        let mut newest = std::collections::BTreeMap::new();
        for [place, turn, revision, _] in &ledger {
            newest.insert(*place, (*turn, *revision));
        }
        for (place, (turn, revision)) in newest {
            let document = key("a", "doc", &place.to_string());
            let entry = store.get(&document).await.unwrap().unwrap();
            let value: u64 = String::from_utf8(entry.value).unwrap().parse().unwrap();
            assert!(
                value >= turn && entry.revision.0 >= revision,
                "{place}: {value} {turn}"
            );
            let stale = store.put_cas(&document, Revision(revision - 1), None).await;
            assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
        }
        let records = store.read(&stream, 0, usize::MAX).await.unwrap();
        let whole = records.iter().enumerate().all(|(place, record)| {
            record.sequence == place as u64 + 1 && record.value == place.to_string().into_bytes()
        });
        assert!(whole, "the ledger has a gap or a double");
    }
}
