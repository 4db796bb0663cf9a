//! What a server does not begin on: NATS that would lose something, another fleet's key, nobody there. Each with words that help.

use crate::conformance::{key, tenant};
use crate::rig::{Cluster, LIMIT};
use fleetd::store::{Key, Nats, NatsError, Revision, StoreKey};
use tokio::time::timeout;

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

#[tokio::test]
async fn nobody_takes_a_log_away_or_reads_it_not_even_with_the_accounts_key() {
    let Some(cluster) = Cluster::start(1) else {
        return;
    };
    let store = cluster.store().await;
    let log = Key::all(&tenant("a"), "audit");
    let secret = b"a secret entry".to_vec();
    store.append(&log, Some(0), secret.clone()).await.unwrap();
    let document = key("a", "people", "anna");
    let put = store.put_cas(&document, Revision::ABSENT, Some(secret.clone()));
    put.await.unwrap();

    let key_file = cluster.folder.path().join("kit/fleetd/store.key");
    let key_file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(key_file).unwrap()).unwrap();
    let thief = async_nats::ConnectOptions::with_nkey(key_file["nkey"].as_str().unwrap().into())
        .add_root_certificates(cluster.folder.path().join("kit/fleetd/store-ca.pem"))
        .require_tls(true)
        .connect(cluster.address.replace("nats://", "tls://"))
        .await
        .unwrap();
    let names = async_nats::jetstream::new(thief);
    for (name, subject) in [
        ("fleet_log_a_audit", "fleet.log.a.audit"),
        ("KV_fleet", "$KV.fleet.a.people.anna"),
    ] {
        let stream = names.get_stream_no_info(name).await.unwrap();
        let stolen = stream
            .get_last_raw_message_by_subject(subject)
            .await
            .unwrap();
        let reads = stolen.payload.windows(8).any(|part| part == b"a secret");
        assert!(!reads, "{name} is read without the seal");
        assert!(stream.delete_message(stolen.sequence).await.is_err());
    }
    let log_stream = names.get_stream_no_info("fleet_log_a_audit").await.unwrap();
    assert!(log_stream.purge().await.is_err(), "a log is not purged");
    let gone = timeout(LIMIT, names.delete_stream("fleet_log_a_audit")).await;
    assert!(!gone.is_ok_and(|gone| gone.is_ok_and(|gone| gone.success)));
    let before = store.get(&document).await.unwrap().unwrap().revision;
    names
        .publish("$KV.fleet.a.people.anna", secret.into())
        .await
        .unwrap()
        .await
        .unwrap();
    let forged = store.get(&document).await.unwrap_err().to_string();
    assert!(forged.contains("not sealed there"), "{forged}");
    let over = store.put_cas(&document, before, None).await;
    assert!(over.is_err(), "it stands in the way and is not believed");
    assert_eq!(store.last(&log).await.unwrap(), 1);
}
