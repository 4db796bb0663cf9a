//! The fleet server's two stores side by side, in one run: how fast they keep documents and acts, and how long writes pause when a
//! server of the cluster is killed.

use anyhow::{Context, Result, bail};
use fleetd::audit::{Act, Ledger};
use fleetd::store::{
    Address, Key, Kit, Nats, Node, Revision, Sqlite, Store, StoreError, StoreKey, Way, authority_in,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// As large as a room's document.
const BYTES: usize = 1024;
/// Acts that wait beside each other, as programs and people make them.
const AT_ONCE: usize = 64;
const NAMES: [&str; 3] = ["a", "b", "c"];

struct Cluster {
    program: PathBuf,
    folder: TempDir,
    children: Vec<Child>,
    address: String,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Cluster {
    fn start(program: PathBuf) -> Result<Cluster> {
        let folder = tempfile::tempdir()?;
        let listeners: Vec<_> = (0..6)
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<Result<_, _>>()?;
        let mut nodes = Vec::new();
        for (ports, name) in listeners.chunks(2).zip(NAMES) {
            nodes.push(Node {
                name: name.to_owned(),
                host: "127.0.0.1".to_owned(),
                client_port: ports[0].local_addr()?.port(),
                cluster_port: ports[1].local_addr()?.port(),
            });
        }
        drop(listeners);
        let kit = Kit {
            nodes,
            etc: None,
            data: None,
        };
        let address = kit.write(&folder.path().join("kit"))?;
        let mut cluster = Cluster {
            program,
            folder,
            children: Vec::new(),
            address,
        };
        for name in NAMES {
            let child = cluster.begin(name)?;
            cluster.children.push(child);
        }
        Ok(cluster)
    }

    fn begin(&self, name: &str) -> Result<Child> {
        let config = self.folder.path().join("kit").join(name);
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(config.join("nats-server.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.context("starting nats-server")
    }

    async fn store(&self) -> Result<Arc<dyn Store>> {
        let Address::Nats(address) = self.address.parse()? else {
            bail!("no cluster");
        };
        let fleetd = self.folder.path().join("kit/fleetd");
        let way = Way {
            address,
            key: StoreKey::read(&fleetd.join("store.key"))?,
            authority: authority_in(&fleetd),
        };
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            match Nats::open(&way).await {
                Ok(store) => return Ok(Arc::new(store)),
                Err(error) if Instant::now() > end => return Err(error.into()),
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// Both stores, and the pauses of the cluster after each of its servers was killed once.
pub async fn measure(writes: usize) -> Result<Value> {
    let program = Path::new("target/nats/nats-server").to_owned();
    if !program.is_file() {
        bail!("needs nats-server; tests/setup fetches it");
    }
    let folder = tempfile::tempdir()?;
    let file: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("fleet.db"))?);
    let file = kept(&file, writes).await.context("the file")?;
    let mut cluster = Cluster::start(program)?;
    let store = cluster.store().await?;
    let kept = kept(&store, writes).await.context("the cluster")?;
    let pauses = pauses(&mut cluster, &store).await?;
    Ok(json!({ "file": file, "cluster": kept, "pause_after_a_kill_ms": pauses }))
}

async fn kept(store: &Arc<dyn Store>, writes: usize) -> Result<Value> {
    let tenant = "bench".parse()?;
    let key = Key::of(&tenant, "one", "document")?;
    let mut revision = Revision::ABSENT;
    let began = Instant::now();
    for _ in 0..writes {
        revision = store.put_cas(&key, revision, Some(vec![7; BYTES])).await?;
    }
    let one = writes as f64 / began.elapsed().as_secs_f64();
    let began = Instant::now();
    for start in (0..writes).step_by(AT_ONCE) {
        let puts = (start..start + AT_ONCE).map(|number| {
            let key = Key::of(&tenant, "many", &number.to_string());
            key.map(|key| store.put_cas(&key, Revision::ABSENT, Some(vec![7; BYTES])))
        });
        for put in puts.collect::<Result<Vec<_>, _>>()? {
            put.await?;
        }
    }
    let many = writes as f64 / began.elapsed().as_secs_f64();
    let ledger = Arc::new(Ledger::new(store));
    let began = Instant::now();
    let waiting = (0..AT_ONCE).map(|asker| {
        let (ledger, tenant) = (Arc::clone(&ledger), "bench".parse());
        tokio::spawn(async move {
            let tenant = tenant.map_err(|_| StoreError::Broken(String::new()))?;
            for turn in 0..writes.div_ceil(AT_ONCE) {
                ledger.note(&tenant, act(asker, turn)).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    for asker in waiting.collect::<Vec<_>>() {
        asker.await.context("a bug in the bench")??;
    }
    let acts = writes as f64 / began.elapsed().as_secs_f64();
    Ok(json!({
        "one_document_after_the_other_a_second": one.round(),
        "documents_64_at_once_a_second": many.round(),
        "acts_of_64_askers_a_second": acts.round(),
    }))
}

fn act(asker: usize, turn: usize) -> Act {
    Act {
        at_ms: 1,
        who: asker.to_string(),
        what: "bench",
        to: turn.to_string(),
        more: BTreeMap::new(),
    }
}

/// The longest time between two acknowledged writes around each kill.
async fn pauses(cluster: &mut Cluster, store: &Arc<dyn Store>) -> Result<Vec<f64>> {
    let tenant = "bench".parse()?;
    let key = Key::of(&tenant, "pause", "document")?;
    let mut revision = Revision::ABSENT;
    let mut pauses = Vec::new();
    for (place, name) in NAMES.iter().enumerate() {
        let began = Instant::now();
        let (mut last, mut longest, mut killed) = (began, Duration::ZERO, false);
        while began.elapsed() < Duration::from_secs(20) {
            if !killed && began.elapsed() > Duration::from_secs(1) {
                cluster.children[place].kill()?;
                cluster.children[place].wait()?;
                killed = true;
            }
            match store.put_cas(&key, revision, Some(vec![7; BYTES])).await {
                Ok(now) => {
                    revision = now;
                    longest = longest.max(last.elapsed());
                    last = Instant::now();
                }
                // Neither yes nor no.
                Err(_) => {
                    if let Ok(entry) = store.get(&key).await {
                        revision = entry.map_or(Revision::ABSENT, |entry| entry.revision);
                    }
                }
            }
        }
        pauses.push((longest.as_secs_f64() * 1e3).round());
        cluster.children[place] = cluster.begin(name)?;
        // It reads what it missed before the next one goes.
        sleep(Duration::from_secs(10)).await;
    }
    Ok(pauses)
}
