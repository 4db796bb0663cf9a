//! The store in a cluster of NATS: documents in a KV bucket, streams, blobs in pieces, and what servers say to each other. Any number
//! of servers share it and keep nothing themselves.
//!
//! Invariant: what was answered with `Ok` lies on the disks of most servers of the cluster, and an answer that did not come is asked
//! for again under the same name.

mod asking;
mod blobs;
mod bus;
mod documents;
mod follow;
mod key;
mod names;
mod pen;
mod records;
mod seal;
mod servers;

pub use key::StoreKey;

use super::{
    Bus, Change, Doing, Entry, Key, Lease, LeaseWish, NatsAddress, Page, Record, Revision, Store,
    StoreError,
};
use async_nats::jetstream::context::{Context, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use async_nats::jetstream::{ContextBuilder, ErrorCode};
use async_nats::{Client, ConnectOptions};
use documents::Put;
use pen::{Pen, patiently};
use seal::Seal;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// One try at the cluster; a node that is gone costs no more.
const ANSWER: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(5);
/// Writes that wait for their answers.
const IN_FLIGHT: usize = 2_000;
/// So long the cluster knows a write by its name: longer than anything is tried.
const REMEMBERED: Duration = Duration::from_secs(120);
/// Tries behind other askers for one lease.
const TRIES: usize = 20;

/// Why there is no such store.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// The key's file.
    #[error("{path}: {why}; `fleetd store-kit` makes one for all servers of a fleet", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The cluster was begun with another key.
    #[error(
        "the store was begun with another store.key: give this server the same file as the others"
    )]
    ForeignKey,
    /// Nobody answers.
    #[error("no server of NATS answers at {servers}: {why}")]
    Silent {
        /// Where.
        servers: String,
        /// Why.
        why: String,
    },
    /// A server is too old.
    #[error(
        "the server {server} of NATS is of version {version}: fleetd needs 2.10.27 or newer, since older ones lose streams when a process ends at the wrong moment"
    )]
    Old {
        /// Which.
        server: String,
        /// Its version.
        version: String,
    },
    /// A server does not write at once.
    #[error(
        "the server {0} of NATS acknowledges what is not on its disk yet: set `sync_interval: always` in the jetstream part of its file"
    )]
    Lazy(String),
    /// A server takes short messages only.
    #[error(
        "the server {server} of NATS takes messages of {takes} bytes at most: set `max_payload: 1MB`"
    )]
    Payload {
        /// Which.
        server: String,
        /// How long.
        takes: usize,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A store in NATS.
pub struct Nats(Arc<Core>);

struct Core {
    client: Client,
    context: Context,
    pen: Pen,
    seal: Seal,
    replicas: usize,
    /// Streams that are known to be there.
    logs: Mutex<HashSet<String>>,
}

/// How a server reaches its store.
#[derive(Debug, Clone)]
pub struct Way {
    /// Which servers.
    pub address: NatsAddress,
    /// With what.
    pub key: StoreKey,
    /// Who is believed to be such a server (PEM); without it the lines are not encrypted.
    pub authority: Option<PathBuf>,
}

impl Nats {
    /// Connects, refuses servers that would lose something, and makes what is missing.
    ///
    /// # Errors
    /// When nobody answers, or the servers are not such that what they acknowledge stays.
    pub async fn open(way: &Way) -> Result<Nats, NatsError> {
        let client = connect(way).await?;
        servers::check(&client, way.address.servers.len()).await?;
        let context = ContextBuilder::new()
            .timeout(ANSWER)
            .ack_timeout(ANSWER)
            .max_ack_inflight(IN_FLIGHT)
            .backpressure_on_inflight(true)
            .build(client.clone());
        let core = Core {
            client,
            pen: Pen::new(context.clone()),
            context,
            seal: way.key.seal.clone(),
            replicas: way.address.replicas,
            logs: Mutex::default(),
        };
        for config in core.own_streams() {
            core.make(config).await?;
        }
        let core = Arc::new(core);
        core.prove_key().await?;
        Ok(Nats(core))
    }
}

async fn connect(way: &Way) -> Result<Client, NatsError> {
    let mut options = ConnectOptions::with_nkey(way.key.nkey.clone())
        .name("fleetd")
        .connection_timeout(CONNECT)
        .request_timeout(Some(ANSWER))
        // A line that is dead without having ended is noticed after two of these.
        .ping_interval(Duration::from_secs(2))
        .reconnect_delay_callback(|tries| Duration::from_millis(100 * (tries as u64).min(20)));
    if let Some(authority) = &way.authority {
        options = options
            .add_root_certificates(authority.clone())
            .require_tls(true);
    }
    let scheme = if way.authority.is_some() {
        "tls"
    } else {
        "nats"
    };
    let servers: Vec<String> = way
        .address
        .servers
        .iter()
        .map(|server| format!("{scheme}://{server}"))
        .collect();
    options
        .connect(servers)
        .await
        .map_err(|error| NatsError::Silent {
            servers: way.address.servers.join(", "),
            why: error.to_string(),
        })
}

impl Core {
    fn own_streams(&self) -> [Config; 3] {
        let plain = |name: &str, subject: &str| Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            num_replicas: self.replicas,
            duplicate_window: REMEMBERED,
            discard: DiscardPolicy::New,
            deny_delete: true,
            // Copies beside the leader would answer with what was.
            allow_direct: false,
            ..Config::default()
        };
        [
            Config {
                max_messages_per_subject: 1,
                allow_rollup: true,
                ..plain(names::DOCUMENTS, names::ALL_DOCUMENTS)
            },
            Config {
                deny_purge: true,
                ..plain(names::RECORDS, names::ALL_RECORDS)
            },
            plain(names::BLOBS, names::ALL_BLOBS),
        ]
    }

    /// Makes a stream that is missing, or gives one that lies on fewer servers as many as are wanted.
    async fn make(&self, config: Config) -> Result<(), StoreError> {
        patiently(|| async {
            match self.context.get_stream(&config.name).await {
                Ok(stream) => {
                    let now = &stream.cached_info().config;
                    if now.num_replicas >= config.num_replicas {
                        return Ok(());
                    }
                    let more = Config {
                        num_replicas: config.num_replicas,
                        ..now.clone()
                    };
                    let grown = self.context.update_stream(more).await;
                    grown.map(drop).map_err(|error| error.to_string())
                }
                Err(error) => match error.kind() {
                    GetStreamErrorKind::JetStream(error)
                        if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                    {
                        let made = self.context.create_stream(config.clone()).await;
                        made.map(drop).map_err(|error| error.to_string())
                    }
                    _ => Err(error.to_string()),
                },
            }
        })
        .await
    }

    /// Makes the stream of a whole kind: nothing in it can be deleted, not even by this account.
    async fn make_log(&self, name: &str, subject: &str) -> Result<(), StoreError> {
        if self.logs().contains(name) {
            return Ok(());
        }
        let [_, records, _] = self.own_streams();
        self.make(Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            ..records
        })
        .await?;
        self.logs().insert(name.to_owned());
        Ok(())
    }

    fn logs(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first server of a fleet leaves a word under its key; the others must be able to read it.
    async fn prove_key(self: &Arc<Self>) -> Result<(), NatsError> {
        let subject = names::own("key", "proof");
        for _ in 0..TRIES {
            match self.read(&subject).await {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {}
                Err(_) if self.is_there(&subject).await? => return Err(NatsError::ForeignKey),
                Err(error) => return Err(error.into()),
            }
            let put = Put {
                subject: subject.clone(),
                expected: Revision::ABSENT,
                value: Some(b"roomd fleet".to_vec()),
            };
            match self.put(put).await {
                Ok(_) => return Ok(()),
                // Another server begins at the same moment.
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(NatsError::ForeignKey)
    }

    async fn is_there(&self, subject: &str) -> Result<bool, StoreError> {
        let last = asking::Which::Last(subject.to_owned());
        let found = asking::find(&self.context, names::DOCUMENTS, &last).await?;
        Ok(found.is_some_and(|found| !found.marks))
    }

    async fn lease(self: Arc<Self>, wish: LeaseWish) -> Result<Lease, StoreError> {
        let subject = names::own("lease", &wish.name);
        for _ in 0..TRIES {
            let (expected, now) = match self.read(&subject).await? {
                Some((number, value)) => {
                    let held: Held = serde_json::from_slice(&value)
                        .map_err(|error| StoreError::Broken(error.to_string()))?;
                    (Revision(number), Some(held))
                }
                None => (Revision::ABSENT, None),
            };
            if let Some(held) = now
                && held.holder != wish.holder
                && held.until_ms > wish.now_ms
            {
                return Ok(Lease::Theirs {
                    holder: held.holder,
                    until_ms: held.until_ms,
                });
            }
            let lasts = i64::try_from(wish.lasts.as_millis()).unwrap_or(i64::MAX);
            let until_ms = wish.now_ms.saturating_add(lasts);
            let held = Held {
                holder: wish.holder.clone(),
                until_ms,
            };
            let value =
                serde_json::to_vec(&held).map_err(|error| StoreError::Broken(error.to_string()))?;
            let put = Put {
                subject: subject.clone(),
                expected,
                value: Some(value),
            };
            match self.put(put).await {
                Ok(_) => return Ok(Lease::Ours(until_ms)),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Broken("the lease is too busy".to_owned()))
    }
}

#[derive(Serialize, Deserialize)]
struct Held {
    holder: String,
    until_ms: i64,
}

impl Store for Nats {
    fn get(&self, key: &Key) -> Doing<Option<Entry>> {
        let (core, key) = (Arc::clone(&self.0), key.as_str().to_owned());
        Box::pin(async move { core.get(key).await })
    }

    fn put_cas(&self, key: &Key, expected: Revision, value: Option<Vec<u8>>) -> Doing<Revision> {
        self.0.put(Put {
            subject: names::document(key.as_str()),
            expected,
            value,
        })
    }

    fn list(&self, prefix: &Key, page: Page<'_>) -> Doing<Vec<Entry>> {
        let (core, prefix) = (Arc::clone(&self.0), prefix.as_str().to_owned());
        let (after, limit) = documents::page(page);
        Box::pin(async move { core.list(prefix, after, limit).await })
    }

    fn watch(&self, prefix: &Key, after: Revision) -> Doing<mpsc::Receiver<Change>> {
        let changes = follow::watch(Arc::clone(&self.0), prefix.as_str().to_owned(), after);
        Box::pin(async move { Ok(changes) })
    }

    fn append_all(&self, stream: &Key, last: Option<u64>, values: Vec<Vec<u8>>) -> Doing<u64> {
        let (core, key) = (Arc::clone(&self.0), stream.as_str().to_owned());
        Box::pin(core.append(key, last, values))
    }

    fn read(&self, stream: &Key, after: u64, limit: usize) -> Doing<Vec<Record>> {
        let (core, key) = (Arc::clone(&self.0), stream.as_str().to_owned());
        Box::pin(core.records(key, after, limit))
    }

    fn last(&self, stream: &Key) -> Doing<u64> {
        let (core, key) = (Arc::clone(&self.0), stream.as_str().to_owned());
        Box::pin(core.last_record(key))
    }

    fn lease(&self, wish: LeaseWish) -> Doing<Lease> {
        Box::pin(Arc::clone(&self.0).lease(wish))
    }

    fn blob_put(&self, name: &Key, value: Vec<u8>) -> Doing<()> {
        let (core, key) = (Arc::clone(&self.0), name.as_str().to_owned());
        Box::pin(core.blob_put(key, value))
    }

    fn blob_get(&self, name: &Key) -> Doing<Option<Vec<u8>>> {
        let (core, key) = (Arc::clone(&self.0), name.as_str().to_owned());
        Box::pin(core.blob_get(key))
    }

    fn bus(&self) -> Option<Arc<dyn Bus>> {
        Some(Arc::new(bus::NatsBus(Arc::clone(&self.0))))
    }
}

/// The file beside a server in which the servers of NATS are believed by name.
pub fn authority_in(state: &Path) -> Option<PathBuf> {
    let file = state.join("store-ca.pem");
    file.is_file().then_some(file)
}
