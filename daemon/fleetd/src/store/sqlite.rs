//! The store on one machine: a SQLite file and the one thread that owns it. What waits is done in one transaction and answered
//! when that is in the file, so that many small writes cost one sync. Knows no statement.

use super::tables;
use super::{
    Change, Doing, Entry, Key, Lease, LeaseWish, Page, Record, Revision, Store, StoreError,
};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs done in one transaction; more would let the first wait.
const BATCH: usize = 256;
/// Changes that a watcher may lag behind before it reads them from the file again.
const LAG: usize = 1024;

/// How soon a watcher that lagged is looked after while nothing else is to do.
const CATCH_UP: Duration = Duration::from_millis(20);

type Job = Box<dyn FnOnce(&mut Desk<'_>) + Send>;
/// Told how the transaction ended: with an error, or well.
type Answer = Box<dyn FnOnce(Option<&StoreError>)>;

/// A store in a file. Dropping it ends its thread after what waits is done.
pub struct Sqlite {
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
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
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(connection, &waiting))
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        Ok(Sqlite {
            jobs: Mutex::new(Some(jobs)),
            thread: Some(thread),
        })
    }

    /// Names of all streams and blobs.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn names(&self) -> Doing<Names> {
        self.ask(|desk| {
            Ok(Names {
                streams: tables::streams(desk.connection)?,
                blobs: tables::blobs(desk.connection)?,
            })
        })
    }

    fn give(&self, job: Job) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = jobs.as_ref() {
            // A thread that is gone drops the job, and with it what its asker waits for.
            let _ = jobs.send(job);
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Desk<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Doing<T> {
        let (answer, answered) = oneshot::channel();
        self.give(Box::new(move |desk| {
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
        Box::pin(async move {
            let gone = |_| StoreError::Broken("its thread ended".to_owned());
            answered.await.map_err(gone)?
        })
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Store for Sqlite {
    fn get(&self, key: &Key) -> Doing<Option<Entry>> {
        let key = key.as_str().to_owned();
        self.ask(move |desk| tables::get(desk.connection, &key))
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
        self.ask(move |desk| tables::list(desk.connection, &prefix, after.as_deref(), limit))
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
        self.ask(move |desk| tables::read(desk.connection, &stream, after, limit))
    }

    fn last(&self, stream: &Key) -> Doing<u64> {
        let stream = stream.as_str().to_owned();
        self.ask(move |desk| tables::last(desk.connection, &stream))
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
        self.ask(move |desk| tables::blob_get(desk.connection, &name))
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

fn work(mut connection: Connection, waiting: &Receiver<Job>) {
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
