//! What a server does not begin on: NATS that would lose something, another fleet's key, nobody there. Each with words that help.

use crate::rig::Cluster;
use fleetd::store::{Nats, NatsError, StoreKey};

fn said(opened: Result<Nats, NatsError>) -> String {
    match opened {
        Ok(_) => panic!("it began"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_cluster_of_one_that_is_not_as_it_must_be_is_refused_by_name() {
    let Some(mut cluster) = Cluster::start(1) else {
        return;
    };
    let store = cluster.store().await;
    drop(store);

    // The same cluster with another fleet's seal: nothing can be read, and nothing is written.
    let mut foreign = cluster.way();
    let own = cluster.folder.path().join("kit/fleetd/store.key");
    let other = cluster.folder.path().join("other.key");
    StoreKey::make(&other).unwrap();
    let text = |path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let mut mixed = text(&other);
    mixed["nkey"] = text(&own)["nkey"].clone();
    std::fs::write(&other, mixed.to_string()).unwrap();
    foreign.key = StoreKey::read(&other).unwrap();
    let words = said(Nats::open(&foreign).await);
    assert!(words.contains("another store.key"), "{words}");

    // Without the account's key nobody comes in.
    let unknown = cluster.folder.path().join("unknown.key");
    StoreKey::make(&unknown).unwrap();
    let mut stranger = cluster.way();
    stranger.key = StoreKey::read(&unknown).unwrap();
    let words = said(Nats::open(&stranger).await);
    assert!(words.contains("no server of NATS answers"), "{words}");

    // As NATS comes, it acknowledges before it writes.
    cluster.kill(0);
    let config = std::fs::read_to_string(cluster.config(0)).unwrap();
    let lazy = config.replace("sync_interval: always", "");
    std::fs::write(cluster.config(0), &lazy).unwrap();
    cluster.begin(0);
    let words = loop {
        let words = said(Nats::open(&cluster.way()).await);
        if !words.contains("no server of NATS answers") {
            break words;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(words.contains("sync_interval: always"), "{words}");

    cluster.kill(0);
    let short = config.replace("max_payload: 1MB", "max_payload: 64KB");
    std::fs::write(cluster.config(0), short).unwrap();
    cluster.begin(0);
    let words = loop {
        let words = said(Nats::open(&cluster.way()).await);
        if !words.contains("no server of NATS answers") {
            break words;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(words.contains("max_payload"), "{words}");
}
