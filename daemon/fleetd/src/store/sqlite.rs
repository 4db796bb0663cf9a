//! The store on one machine: a SQLite file and the thread that writes it. What waits is done in one transaction and answered when that
//! is in the file, so that many small writes cost one sync. A second thread reads what is in the file, so that no page waits for a
//! sync; a third brings the log into the file. Knows no statement.

use super::tables;
use super::{
    Change, Doing, Entry, Key, Lease, LeaseWish, Page, Record, Revision, Store, StoreError,
};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Jobs done in one transaction; more would let the first wait.
const BATCH: usize = 256;
/// Changes that a watcher may lag behind before it reads them from the file again.
const LAG: usize = 1024;

/// How soon a watcher that lagged is looked after while nothing else is to do.
const CATCH_UP: Duration = Duration::from_millis(20);

/// So long after a write the log is brought into the file, with what came meanwhile.
const UPKEEP: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(&mut Desk<'_>) + Send>;
type Look = Box<dyn FnOnce(&Connection) + Send>;
/// Told how the transaction ended: with an error, or well.
type Answer = Box<dyn FnOnce(Option<&StoreError>)>;

/// A store in a file. Dropping it ends its threads after what waits is done.
pub struct Sqlite {
    // In this order: whoever closes the file last leaves no log behind.
    looks: Thread<Look>,
    jobs: Thread<Job>,
}

/// A thread and what it is told; it ends when that has no sender any more.
struct Thread<T> {
    to: Option<Mutex<Sender<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Thread<T> {
    fn start(
        name: &str,
        work: impl FnOnce(Receiver<T>) + Send + 'static,
    ) -> Result<Thread<T>, StoreError> {
        let (to, waiting) = channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread
            .spawn(move || work(waiting))
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        Ok(Thread {
            to: Some(Mutex::new(to)),
            thread: Some(thread),
        })
    }

    fn give(&self, job: T) {
        if let Some(to) = &self.to {
            // A thread that is gone drops the job, and with it what its asker waits for.
            let _ = to.lock().unwrap_or_else(PoisonError::into_inner).send(job);
        }
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a file has beside documents.
pub(super) struct Names {
    pub streams: Vec<String>,
    pub blobs: Vec<String>,
}

/// What a job finds: the file in a transaction, and what is to follow when that has ended.
struct Desk<'a> {
    connection: &'a Connection,
    after: &'a mut After,
}

#[derive(Default)]
struct After {
    answers: Vec<Answer>,
    changes: Vec<Change>,
    comers: Vec<Watcher>,
}

struct Watcher {
    prefix: String,
    seen: Revision,
    to: mpsc::Sender<Change>,
    /// Whether there is more in the file than it was told.
    behind: bool,
}

impl Sqlite {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// When it cannot be, or is no such file.
    pub fn open(file: &Path) -> Result<Sqlite, StoreError> {
        let connection = Connection::open(file)?;
        tables::prepare(&connection)?;
        let (reader, keeper) = (Connection::open(file)?, Connection::open(file)?);
        tables::prepare_reader(&reader)?;
        let looks = Thread::start("store reads", move |looks: Receiver<Look>| {
            looks.iter().for_each(|look| look(&reader));
        })?;
        let upkeep = Thread::start("store upkeep", move |written| keep_up(&keeper, &written))?;
        let jobs = Thread::start("store", move |waiting| work(connection, &waiting, upkeep))?;
        Ok(Sqlite { looks, jobs })
    }

    /// Names of all streams and blobs.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn names(&self) -> Doing<Names> {
        self.look(|file| {
            Ok(Names {
                streams: tables::streams(file)?,
                blobs: tables::blobs(file)?,
            })
        })
    }

    /// Asks for what is in the file: whatever was answered as written, and nothing that was not.
    fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Doing<T> {
        let (answer, answered) = oneshot::channel();
        self.looks.give(Box::new(move |file| {
            let _ = answer.send(look(file));
        }));
        Box::pin(async move { answered.await.map_err(gone)? })
    }

    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Desk<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Doing<T> {
        let (answer, answered) = oneshot::channel();
        self.jobs.give(Box::new(move |desk| {
            let done = job(desk);
            desk.after.answers.push(Box::new(move |failed| {
                let done = match failed {
                    Some(error) => Err(error.clone()),
                    None => done,
                };
                // Who no longer waits has its write all the same.
                let _ = answer.send(done);
            }));
        }));
        Box::pin(async move { answered.await.map_err(gone)? })
    }
}

fn gone(_: oneshot::error::RecvError) -> StoreError {
    StoreError::Broken("its thread ended".to_owned())
}

impl Store for Sqlite {
    fn get(&self, key: &Key) -> Doing<Option<Entry>> {
        let key = key.as_str().to_owned();
        self.look(move |file| tables::get(file, &key))
    }

    fn put_cas(&self, key: &Key, expected: Revision, value: Option<Vec<u8>>) -> Doing<Revision> {
        let key = key.as_str().to_owned();
        self.ask(move |desk| {
            let change = tables::put(desk.connection, &key, expected, value)?;
            let revision = change.revision;
            desk.after.changes.push(change);
            Ok(revision)
        })
    }

    fn list(&self, prefix: &Key, page: Page<'_>) -> Doing<Vec<Entry>> {
        let prefix = prefix.as_str().to_owned();
        let after = page.after.map(str::to_owned);
        let limit = page.limit;
        self.look(move |file| tables::list(file, &prefix, after.as_deref(), limit))
    }

    fn watch(&self, prefix: &Key, after: Revision) -> Doing<mpsc::Receiver<Change>> {
        let prefix = prefix.as_str().to_owned();
        self.ask(move |desk| {
            let (to, changes) = mpsc::channel(LAG);
            desk.after.comers.push(Watcher {
                prefix,
                seen: after,
                to,
                behind: true,
            });
            Ok(changes)
        })
    }

    fn append_all(&self, stream: &Key, last: Option<u64>, values: Vec<Vec<u8>>) -> Doing<u64> {
        let stream = stream.as_str().to_owned();
        self.ask(move |desk| tables::append(desk.connection, &stream, last, &values))
    }

    fn read(&self, stream: &Key, after: u64, limit: usize) -> Doing<Vec<Record>> {
        let stream = stream.as_str().to_owned();
        self.look(move |file| tables::read(file, &stream, after, limit))
    }

    fn last(&self, stream: &Key) -> Doing<u64> {
        let stream = stream.as_str().to_owned();
        self.look(move |file| tables::last(file, &stream))
    }

    fn lease(&self, wish: LeaseWish) -> Doing<Lease> {
        self.ask(move |desk| tables::lease(desk.connection, &wish))
    }

    fn blob_put(&self, name: &Key, value: Vec<u8>) -> Doing<()> {
        let name = name.as_str().to_owned();
        self.ask(move |desk| tables::blob_put(desk.connection, &name, &value))
    }

    fn blob_get(&self, name: &Key) -> Doing<Option<Vec<u8>>> {
        let name = name.as_str().to_owned();
        self.look(move |file| tables::blob_get(file, &name))
    }
}

/// Copies a store's file, as it is at one moment, to a new one; the store may be in use meanwhile.
///
/// # Errors
/// When the file cannot be read, or the copy cannot be written or is there already.
pub fn backup(file: &Path, to: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute("VACUUM INTO ?1", [to.display().to_string()])?;
    Ok(())
}

/// Brings the log into the file after each word that something was written; nobody waits for that.
fn keep_up(connection: &Connection, written: &Receiver<()>) {
    while written.recv().is_ok() {
        let until = Instant::now() + UPKEEP;
        loop {
            match written.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                // Whoever closes the file does it.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        if let Err(error) = tables::keep_up(connection) {
            tracing::warn!(%error, "the store's log cannot be brought into its file");
        }
    }
}

fn work(mut connection: Connection, waiting: &Receiver<Job>, upkeep: Thread<()>) {
    let mut watchers: Vec<Watcher> = Vec::new();
    loop {
        let behind = watchers.iter().any(|watcher| watcher.behind);
        let first = match behind {
            true => waiting.recv_timeout(CATCH_UP),
            false => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match first {
            Ok(first) => {
                let jobs = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
                let after = transact(&mut connection, jobs);
                upkeep.give(());
                for change in &after.changes {
                    watchers.iter_mut().for_each(|watcher| watcher.hear(change));
                }
                watchers.extend(after.comers);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        watchers.retain_mut(|watcher| watcher.catch_up(&connection));
    }
}

/// Does these jobs and answers them; what follows is empty when nothing was written.
fn transact(connection: &mut Connection, jobs: impl Iterator<Item = Job>) -> After {
    let mut after = After::default();
    let ended = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|transaction| {
            for job in jobs {
                job(&mut Desk {
                    connection: &transaction,
                    after: &mut after,
                });
            }
            transaction.commit()
        });
    let failed = ended.err().map(StoreError::from);
    if let Some(error) = &failed {
        tracing::error!(%error, "the store could not write");
        after.changes.clear();
    }
    for answer in after.answers.drain(..) {
        answer(failed.as_ref());
    }
    after
}

impl Watcher {
    fn hear(&mut self, change: &Change) {
        if self.behind || change.revision <= self.seen || !change.key.starts_with(&self.prefix) {
            return;
        }
        match self.to.try_send(change.clone()) {
            Ok(()) => self.seen = change.revision,
            // What does not fit now is read from the file later.
            Err(_) => self.behind = true,
        }
    }

    /// Tells what is in the file and was not told; whether somebody still listens.
    fn catch_up(&mut self, connection: &Connection) -> bool {
        if self.to.is_closed() {
            return false;
        }
        if !self.behind || self.to.capacity() == 0 {
            return true;
        }
        match tables::changes(connection, &self.prefix, self.seen, self.to.capacity()) {
            Ok(changes) => {
                self.behind = changes.len() == self.to.capacity();
                for change in changes {
                    self.seen = change.revision;
                    if self.to.try_send(change).is_err() {
                        return false;
                    }
                }
                true
            }
            // It ends, and who listened begins anew.
            Err(_) => false,
        }
    }
}
