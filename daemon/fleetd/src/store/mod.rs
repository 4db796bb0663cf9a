//! What the server keeps, behind one small trait: documents by key with compare-and-set, streams that only grow, leases, blobs.
//! Knows nothing of rooms and people; keys carry the tenant first, so that nothing of one tenant is under another's prefix.

mod address;
mod bus;
mod carry;
mod key;
mod kit;
mod nats;
mod shelf;
mod sqlite;
mod tables;

pub use address::{Address, BadAddress, NatsAddress};
pub use bus::{Bus, NoAnswer, NodeId, Question};
pub use carry::{Carried, CarryError, carry};
pub use key::{BadKey, Key, kind_of, name_of};
pub use kit::{Kit, KitError, Node};
pub use nats::{Nats, NatsError, StoreKey, Way, authority_in};
pub use shelf::{Kept, Shelf};
pub use sqlite::{Sqlite, backup};

use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The longest document or record, in bytes: with its seal and headers it fits a message of NATS as its servers come (1 MiB).
pub const LONGEST_VALUE: usize = (1 << 20) - (16 << 10);
/// The largest blob, in bytes.
pub const LARGEST_BLOB: usize = 32 << 20;

/// Numbers the changes of a store, from 1 on; each change has a higher one than all before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// Of a key that was never written, or whose document was taken away.
    pub const ABSENT: Revision = Revision(0);
}

/// A document and the revision it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key, whole.
    pub key: String,
    /// Of its last change.
    pub revision: Revision,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// One change of one key: the newest at the time it is told, so that of two quick ones only the second may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which key, whole.
    pub key: String,
    /// When, among all changes.
    pub revision: Revision,
    /// What stands there now; `None` when it was taken away.
    pub value: Option<Vec<u8>>,
}

/// A part of a list, by the order of keys.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Begins behind this key; `None` at the beginning.
    pub after: Option<&'a str>,
    /// At most this many.
    pub limit: usize,
}

/// One entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the stream: 1, 2, 3 without a gap.
    pub sequence: u64,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// Who has something for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// The asker, until this time (milliseconds since 1970).
    Ours(i64),
    /// Somebody else.
    Theirs {
        /// By its own name.
        holder: String,
        /// Until then, unless renewed.
        until_ms: i64,
    },
}

/// Asks for a lease.
#[derive(Debug, Clone)]
pub struct LeaseWish {
    /// Of what.
    pub name: String,
    /// For whom; the same holder's wish renews.
    pub holder: String,
    /// For how long.
    pub lasts: Duration,
    /// By the asker's clock.
    pub now_ms: i64,
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first.
    #[error("the document is at revision {}, not at the expected one", .0.0)]
    Conflict(Revision),
    /// It would not be kept.
    #[error("{0} bytes are more than are kept in one piece")]
    TooLarge(usize),
    /// Its own trouble; what was asked may or may not have happened.
    #[error("the store failed: {0}")]
    Broken(String),
}

/// What a call of a store becomes.
pub type Doing<T> = BoxFuture<'static, Result<T, StoreError>>;

/// Keeps documents, streams, leases and blobs. What was answered with `Ok` survives the end of the process at any moment.
pub trait Store: Send + Sync {
    /// The document of a key.
    fn get(&self, key: &Key) -> Doing<Option<Entry>>;

    /// Writes a document, or takes it away with `None`, if the key's revision still is `expected`; [`Revision::ABSENT`] means that
    /// nothing stands there, or not any more.
    fn put_cas(&self, key: &Key, expected: Revision, value: Option<Vec<u8>>) -> Doing<Revision>;

    /// Documents under a prefix, which is whole parts of a key and a slash, in the order of keys.
    fn list(&self, prefix: &Key, page: Page<'_>) -> Doing<Vec<Entry>>;

    /// All changes after the revision under `prefix`, those of the past first and then those that come, none left out but for
    /// older ones of the same key. Ends when the store does.
    fn watch(&self, prefix: &Key, after: Revision) -> Doing<mpsc::Receiver<Change>>;

    /// Adds to a stream's end, in this order and with nobody's between, if `last` is its last sequence (0 for none) or `None`. The
    /// answer is the new last sequence. A conflict means that nothing was added; after other errors a first part of it may be there.
    fn append_all(&self, stream: &Key, last: Option<u64>, values: Vec<Vec<u8>>) -> Doing<u64>;

    /// Adds one to a stream's end; see [`Store::append_all`].
    fn append(&self, stream: &Key, last: Option<u64>, value: Vec<u8>) -> Doing<u64> {
        self.append_all(stream, last, vec![value])
    }

    /// At most `limit` records behind a sequence.
    fn read(&self, stream: &Key, after: u64, limit: usize) -> Doing<Vec<Record>>;

    /// The last sequence of a stream, 0 for none.
    fn last(&self, stream: &Key) -> Doing<u64>;

    /// Gives or renews a lease, unless another holder has it.
    fn lease(&self, wish: LeaseWish) -> Doing<Lease>;

    /// Keeps a blob under a name, in place of an older one.
    fn blob_put(&self, name: &Key, value: Vec<u8>) -> Doing<()>;

    /// The blob of a name.
    fn blob_get(&self, name: &Key) -> Doing<Option<Vec<u8>>>;

    /// By what servers over this store speak with each other; `None` when there is only one.
    fn bus(&self) -> Option<Arc<dyn Bus>> {
        None
    }
}
