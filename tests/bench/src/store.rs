//! The fleet server's two stores side by side, in one run: how fast they keep documents and acts, and how long writes pause when a
//! server of the cluster is killed, and when it is stopped in good order.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Local, NaiveDateTime};
use fleetd::audit::{Act, Ledger};
use fleetd::store::{
    Address, Key, Kit, Nats, Node, Revision, Sqlite, Store, StoreError, StoreKey, Way, authority_in,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
const CHOSEN: &str = "new stream leader for 'FLEET > KV_fleet'";

/// Three servers of NATS; they end when it is dropped.
pub struct Cluster {
    program: PathBuf,
    folder: TempDir,
    children: Vec<Child>,
    /// As `--store` wants it.
    pub address: String,
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
    /// Starts them, with a kit of their own.
    pub fn start(program: PathBuf) -> Result<Cluster> {
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
            .arg("-l")
            .arg(self.log(name))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.context("starting nats-server")
    }

    /// The folder of what a fleet server needs.
    pub fn for_fleetd(&self) -> PathBuf {
        self.folder.path().join("kit/fleetd")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).with_extension("log")
    }

    /// When one of its servers said since then that it leads the documents from now on.
    fn chosen(&self, since: DateTime<Local>) -> Result<Option<DateTime<Local>>> {
        let mut first = None;
        for name in NAMES {
            let log = std::fs::read_to_string(self.log(name))?;
            let chosen = log.lines().filter(|line| line.contains(CHOSEN));
            let times = chosen.filter_map(|line| {
                // [PID] 2026/11/29 15:39:23.123456 [INF] ...
                let mut words = line.split_whitespace().skip(1);
                let time = format!("{} {}", words.next()?, words.next()?);
                let time = NaiveDateTime::parse_from_str(&time, "%Y/%m/%d %H:%M:%S%.f").ok()?;
                time.and_local_timezone(Local).earliest()
            });
            let times = times.filter(|time| *time >= since).chain(first);
            first = times.min();
        }
        Ok(first)
    }

    /// Opens it as a fleet server does, once it can be.
    pub async fn store(&self) -> Result<Arc<dyn Store>> {
        let Address::Nats(address) = self.address.parse()? else {
            bail!("no cluster");
        };
        let fleetd = self.for_fleetd();
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

/// Both stores, and the pauses of the cluster after each of its servers was killed once and stopped once.
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
    let killed = pauses(&mut cluster, &store, Signal::SIGKILL).await?;
    let stopped = pauses(&mut cluster, &store, Signal::SIGTERM).await?;
    Ok(json!({
        "file": file,
        "cluster": kept,
        "pause_after_a_kill_ms": killed,
        "pause_after_an_orderly_stop_ms": stopped,
    }))
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

/// The longest time between two acknowledged writes around each end of a server by this signal, and when the others had chosen anew, by
/// their own word; nothing where the server did not lead.
async fn pauses(
    cluster: &mut Cluster,
    store: &Arc<dyn Store>,
    signal: Signal,
) -> Result<Vec<Value>> {
    let tenant = "bench".parse()?;
    let key = Key::of(&tenant, "pause", signal.as_str())?;
    let mut revision = Revision::ABSENT;
    let mut pauses = Vec::new();
    for (place, name) in NAMES.iter().enumerate() {
        let began = Instant::now();
        let (mut last, mut longest, mut ended) = (began, Duration::ZERO, None);
        while began.elapsed() < Duration::from_secs(20) {
            if ended.is_none() && began.elapsed() > Duration::from_secs(1) {
                ended = Some(Local::now());
                let child = &cluster.children[place];
                kill(Pid::from_raw(i32::try_from(child.id())?), signal)?;
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
        let ended = ended.context("nothing was ended")?;
        let chosen = cluster.chosen(ended)?;
        pauses.push(json!({
            "writes_paused": longest.as_millis() as u64,
            "leader_chosen_after": chosen.map(|chosen| (chosen - ended).num_milliseconds()),
        }));
        cluster.children[place].wait()?;
        cluster.children[place] = cluster.begin(name)?;
        // It reads what it missed before the next one goes.
        sleep(Duration::from_secs(10)).await;
    }
    Ok(pauses)
}
