//! A server that was alone moves into a cluster with all that it has, once, and never over something else.

use crate::conformance::{key, tenant};
use crate::rig::Cluster;
use fleetd::audit::{Act, Ledger, verify};
use fleetd::authority::Authority;
use fleetd::store::{Key, Revision, Sqlite, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::SystemTime;

fn moved(state: &Path, store: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
    command.args(["move", "--tenant", "a", "--store", store, "--state"]);
    command.arg(state).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What a server alone had: documents, a log, a history, a blob.
async fn fill(store: &Arc<dyn Store>) {
    for number in 0..230 {
        let key = key("a", "rooms", &format!("saal-{number}"));
        let put = store.put_cas(&key, Revision::ABSENT, Some(number.to_string().into()));
        put.await.unwrap();
    }
    let ledger = Ledger::new(store);
    for number in 0..120 {
        let act = Act {
            at_ms: number,
            who: "anna".to_owned(),
            what: "room-told",
            to: number.to_string(),
            more: BTreeMap::new(),
        };
        ledger.note(&tenant("a"), act).await.unwrap();
    }
    let history = key("a", "history", "saal-1");
    for number in 0..5_u8 {
        store.append(&history, None, vec![number]).await.unwrap();
    }
    let blob = key("a", "uploads", "bundle");
    store.blob_put(&blob, vec![7; 700_000]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_alone_moves_with_all_it_has() {
    let Some(cluster) = Cluster::start(1) else {
        return;
    };
    let state = cluster.state("alone");
    let names = vec!["fleet.example".to_owned()];
    let alone = Authority::open(&state, &names, SystemTime::now()).unwrap();
    let file = state.join("fleet.db");
    {
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&file).unwrap());
        fill(&store).await;
    }
    drop(cluster.store().await);
    for round in 0..2 {
        let done = moved(&state, &cluster.address);
        let words = said(&done);
        assert!(done.status.success(), "{round}: {words}");
        assert!(
            words.contains("carried 230 documents, 125 records and 1 files"),
            "{words}"
        );
    }

    let store = cluster.store().await;
    let room = store.get(&key("a", "rooms", "saal-229")).await.unwrap();
    assert_eq!(room.unwrap().value, b"229");
    let entries = Ledger::new(&store)
        .read(&tenant("a"), 0, 1000)
        .await
        .unwrap();
    let lines: Vec<String> = entries.iter().map(|entry| entry.line()).collect();
    assert_eq!(verify(lines.iter().map(String::as_str)).unwrap().last, 120);
    let history = store
        .read(&key("a", "history", "saal-1"), 3, 9)
        .await
        .unwrap();
    assert_eq!((history.len(), history[1].value.as_slice()), (2, &[4][..]));
    let blob = store
        .blob_get(&key("a", "uploads", "bundle"))
        .await
        .unwrap();
    assert_eq!(blob.unwrap().len(), 700_000);
    let elsewhere = cluster.state("another");
    let whose = (&store, &tenant("a"));
    let shared = Authority::open_shared(whose, &elsewhere, &names, SystemTime::now()).await;
    assert_eq!(
        shared.unwrap().ca_der(),
        alone.ca_der(),
        "rooms stay enrolled"
    );

    // The cluster has gone on since: nothing of it is written over.
    let log = Key::all(&tenant("a"), "audit");
    store.append(&log, None, b"later".to_vec()).await.unwrap();
    let room = key("a", "rooms", "saal-3");
    let revision = store.get(&room).await.unwrap().unwrap().revision;
    store
        .put_cas(&room, revision, Some(b"moved on".to_vec()))
        .await
        .unwrap();
    let again = moved(&state, &cluster.address);
    assert!(
        !again.status.success() && said(&again).contains("a/rooms/saal-3"),
        "{}",
        said(&again)
    );
    assert_eq!(store.get(&room).await.unwrap().unwrap().value, b"moved on");
}
