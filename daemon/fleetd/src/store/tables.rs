//! The tables of the SQLite file and every statement on them. Knows no threads: each function is one step of a transaction.

use super::{
    Change, Entry, LARGEST_BLOB, LONGEST_VALUE, Lease, LeaseWish, Record, Revision, StoreError,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Documents that were taken away keep their row, so that a watch hears of it. The counter is never set back.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS documents (
        key TEXT PRIMARY KEY, revision INTEGER NOT NULL UNIQUE, value BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO counter VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS streams (
        stream TEXT NOT NULL, sequence INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (stream, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS blobs (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
";

/// A write is in the file before it is answered, also when the power goes: FULL syncs the log at each commit. With 1000 pages, as usual,
/// every fiftieth commit under load brought the log into the file first, and who waited did so for a tenth of a second: [`keep_up`] does
/// it beside, and a commit only where that cannot follow.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = -8000;
    PRAGMA wal_autocheckpoint = 16000;
    PRAGMA journal_size_limit = 67108864;
";

const READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = -4000;
";

type Done<T> = Result<T, StoreError>;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Broken(error.to_string())
    }
}

pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SETTINGS)?;
    connection.execute_batch(TABLES)
}

/// For a connection that only reads.
pub(super) fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(READER)
}

/// Brings the log into the file as far as nobody is in the way, and waits for nobody.
pub(super) fn keep_up(connection: &Connection) -> Done<()> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
}

/// What follows every key that begins with `prefix`: keys hold ASCII only.
fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{7f}")
}

fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

fn sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        key: row.get(0)?,
        revision: Revision(number(row.get(1)?)),
        value: row.get(2)?,
    })
}

fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        key: row.get(0)?,
        revision: Revision(number(row.get(1)?)),
        value: row.get(2)?,
    })
}

pub(super) fn get(connection: &Connection, key: &str) -> Done<Option<Entry>> {
    let mut find = connection.prepare_cached(
        "SELECT key, revision, value FROM documents WHERE key = ?1 AND value IS NOT NULL",
    )?;
    Ok(find.query_row([key], entry).optional()?)
}

pub(super) fn put(
    connection: &Connection,
    key: &str,
    expected: Revision,
    value: Option<Vec<u8>>,
) -> Done<Change> {
    let size = value.as_ref().map_or(0, Vec::len);
    if size > LONGEST_VALUE {
        return Err(StoreError::TooLarge(size));
    }
    let now = get(connection, key)?.map_or(Revision::ABSENT, |entry| entry.revision);
    if now != expected {
        return Err(StoreError::Conflict(now));
    }
    let mut count = connection
        .prepare_cached("UPDATE counter SET revision = revision + 1 RETURNING revision")?;
    let revision = Revision(number(count.query_row([], |row| row.get(0))?));
    let mut put =
        connection.prepare_cached("INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3)")?;
    put.execute(params![key, sql(revision.0), value])?;
    Ok(Change {
        key: key.to_owned(),
        revision,
        value,
    })
}

pub(super) fn list(
    connection: &Connection,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Done<Vec<Entry>> {
    let mut find = connection.prepare_cached(
        "SELECT key, revision, value FROM documents
         WHERE key >= ?1 AND key > ?2 AND key < ?3 AND value IS NOT NULL ORDER BY key LIMIT ?4",
    )?;
    let rows = find.query_map(
        params![
            prefix,
            after.unwrap_or_default(),
            end_of(prefix),
            sql(limit as u64)
        ],
        entry,
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn changes(
    connection: &Connection,
    prefix: &str,
    after: Revision,
    limit: usize,
) -> Done<Vec<Change>> {
    let mut find = connection.prepare_cached(
        "SELECT key, revision, value FROM documents
         WHERE key >= ?1 AND key < ?2 AND revision > ?3 ORDER BY revision LIMIT ?4",
    )?;
    let range = params![prefix, end_of(prefix), sql(after.0), sql(limit as u64)];
    let rows = find.query_map(range, change)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn names(connection: &Connection, statement: &str) -> Done<Vec<String>> {
    let mut find = connection.prepare_cached(statement)?;
    let rows = find.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn streams(connection: &Connection) -> Done<Vec<String>> {
    names(
        connection,
        "SELECT DISTINCT stream FROM streams ORDER BY stream",
    )
}

pub(super) fn blobs(connection: &Connection) -> Done<Vec<String>> {
    names(connection, "SELECT name FROM blobs ORDER BY name")
}

pub(super) fn last(connection: &Connection, stream: &str) -> Done<u64> {
    let mut find = connection
        .prepare_cached("SELECT COALESCE(MAX(sequence), 0) FROM streams WHERE stream = ?1")?;
    Ok(number(find.query_row([stream], |row| row.get(0))?))
}

pub(super) fn append(
    connection: &Connection,
    stream: &str,
    expected: Option<u64>,
    values: &[Vec<u8>],
) -> Done<u64> {
    if let Some(large) = values.iter().map(Vec::len).find(|len| *len > LONGEST_VALUE) {
        return Err(StoreError::TooLarge(large));
    }
    let mut now = last(connection, stream)?;
    if expected.is_some_and(|expected| expected != now) {
        return Err(StoreError::Conflict(Revision(now)));
    }
    let mut put = connection.prepare_cached("INSERT INTO streams VALUES (?1, ?2, ?3)")?;
    for value in values {
        now += 1;
        put.execute(params![stream, sql(now), value])?;
    }
    Ok(now)
}

pub(super) fn read(
    connection: &Connection,
    stream: &str,
    after: u64,
    limit: usize,
) -> Done<Vec<Record>> {
    let mut find = connection.prepare_cached(
        "SELECT sequence, value FROM streams WHERE stream = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    )?;
    let rows = find.query_map(params![stream, sql(after), sql(limit as u64)], |row| {
        Ok(Record {
            sequence: number(row.get(0)?),
            value: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn lease(connection: &Connection, wish: &LeaseWish) -> Done<Lease> {
    let mut find = connection.prepare_cached(
        "SELECT holder, until_ms FROM leases WHERE name = ?1 AND until_ms > ?2 AND holder <> ?3",
    )?;
    let theirs = find.query_row(params![wish.name, wish.now_ms, wish.holder], |row| {
        Ok(Lease::Theirs {
            holder: row.get(0)?,
            until_ms: row.get(1)?,
        })
    });
    if let Some(theirs) = theirs.optional()? {
        return Ok(theirs);
    }
    let lasts = i64::try_from(wish.lasts.as_millis()).unwrap_or(i64::MAX);
    let until = wish.now_ms.saturating_add(lasts);
    let mut put = connection.prepare_cached("INSERT OR REPLACE INTO leases VALUES (?1, ?2, ?3)")?;
    put.execute(params![wish.name, wish.holder, until])?;
    Ok(Lease::Ours(until))
}

pub(super) fn blob_put(connection: &Connection, name: &str, value: &[u8]) -> Done<()> {
    if value.len() > LARGEST_BLOB {
        return Err(StoreError::TooLarge(value.len()));
    }
    let mut put = connection.prepare_cached("INSERT OR REPLACE INTO blobs VALUES (?1, ?2)")?;
    put.execute(params![name, value])?;
    Ok(())
}

pub(super) fn blob_get(connection: &Connection, name: &str) -> Done<Option<Vec<u8>>> {
    let mut find = connection.prepare_cached("SELECT value FROM blobs WHERE name = ?1")?;
    Ok(find.query_row([name], |row| row.get(0)).optional()?)
}
