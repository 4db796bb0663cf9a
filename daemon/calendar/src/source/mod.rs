//! Owns the places a calendar comes from: a file, a link, a CalDAV account. Each is read whole or not at all, and
//! remembers what it needs to ask only for news next time. Knows nothing of meetings.

mod caldav;
mod fault;
mod file;
mod http;
mod login;
mod store;
mod url;
mod xml;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

pub use fault::SourceError;
pub use http::HttpLimits;
pub(crate) use store::{Memory, Store};

use crate::{
    model::Calendar,
    parse::{parse, parse_bytes},
    private::{Link, Secret},
    zone::UnixMs,
};

/// A user and a password. Prints without both.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<login>")
    }
}

/// Where a calendar comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file on this machine.
    File {
        /// Its path.
        path: PathBuf,
    },
    /// An `https:` or `webcal:` link to a calendar text; `http:` only when written so.
    Url {
        /// The link, which often holds a secret itself.
        link: Link,
        /// The log-in, where one is needed.
        login: Option<Login>,
        /// Time and size limits.
        limits: HttpLimits,
    },
    /// A CalDAV account or a single collection of one.
    CalDav {
        /// Any address of the account: server, principal, home or collection.
        base: Link,
        /// The log-in.
        login: Option<Login>,
        /// Names or last path parts of the collections to read; empty for all.
        only: Vec<String>,
        /// Time and size limits.
        limits: HttpLimits,
    },
}

/// One calendar of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, unique among the sources of a room.
    pub name: String,
    /// Where it comes from.
    pub place: Place,
    /// How often it is read; a file is looked at every few seconds anyway.
    pub interval: Duration,
}

/// What reading a source gave.
pub(crate) enum Fetched {
    /// Nothing has changed since the last time.
    Unchanged,
    /// The calendar is new. `memory` is kept when the calendar is accepted.
    Changed {
        calendar: Arc<Calendar>,
        memory: Box<Memory>,
    },
}

/// A source that can be read again and again.
#[derive(Debug)]
pub(crate) struct Fetcher {
    kind: Kind,
    clock_offset_ms: Option<i64>,
}

#[derive(Debug)]
enum Kind {
    File(file::FileSource),
    Url(Box<url::UrlSource>),
    CalDav(Box<caldav::CalDav>),
}

impl Fetcher {
    /// Prepares a source, with what it remembers from before.
    ///
    /// # Errors
    /// When its address cannot be used at all.
    pub(crate) fn new(place: &Place, memory: Option<&Memory>) -> Result<Self, SourceError> {
        let kind = match place {
            Place::File { path } => Kind::File(file::FileSource::new(path.clone())),
            Place::Url {
                link,
                login,
                limits,
            } => {
                let link = http::address(link.reveal())?;
                Kind::Url(Box::new(url::UrlSource::new(
                    link,
                    login.clone(),
                    *limits,
                    memory,
                )?))
            }
            Place::CalDav {
                base,
                login,
                only,
                limits,
            } => {
                let base = http::address(base.reveal())?;
                let http = http::Http::new(&base, login.clone(), *limits)?;
                Kind::CalDav(Box::new(caldav::CalDav::new(
                    http,
                    base,
                    only.clone(),
                    memory,
                )))
            }
        };
        Ok(Self {
            kind,
            clock_offset_ms: None,
        })
    }

    /// Reads what is new. Nothing is remembered until [`Self::accept`].
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn fetch(&mut self, now: UnixMs) -> Result<Fetched, SourceError> {
        let mut clock = ServerClock::new(now);
        let fetched = match &mut self.kind {
            Kind::File(file) => file.fetch().await,
            Kind::Url(url) => url.fetch(&mut clock).await,
            Kind::CalDav(dav) => dav.fetch(now, &mut clock).await,
        };
        self.clock_offset_ms = clock.offset_ms.or(self.clock_offset_ms);
        fetched
    }

    /// Keeps what the last fetch brought.
    pub(crate) fn accept(&mut self, memory: &Memory) {
        match &mut self.kind {
            Kind::File(_) => {}
            Kind::Url(url) => url.accept(memory),
            Kind::CalDav(dav) => dav.accept(memory),
        }
    }

    /// How far the server's clock is ahead of ours, where it said so.
    pub(crate) fn clock_offset_ms(&self) -> Option<i64> {
        self.clock_offset_ms
    }

    /// True when looking for news costs next to nothing.
    pub(crate) fn is_cheap(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }
}

/// How far a server's clock is ahead of ours, by the dates of its answers.
#[derive(Debug)]
struct ServerClock {
    started: UnixMs,
    begun: tokio::time::Instant,
    offset_ms: Option<i64>,
}

impl ServerClock {
    fn new(started: UnixMs) -> Self {
        Self {
            started,
            begun: tokio::time::Instant::now(),
            offset_ms: None,
        }
    }

    fn heard(&mut self, answer: &http::Answer) {
        let passed = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(0);
        if let Some(date) = answer.date_ms() {
            self.offset_ms = Some(date - self.started.0 - passed);
        }
    }
}

/// Reads a source once, without remembering anything.
///
/// # Errors
/// When it cannot be read.
pub async fn read_once(place: &Place, now: UnixMs) -> Result<Calendar, SourceError> {
    match Fetcher::new(place, None)?.fetch(now).await? {
        Fetched::Changed { calendar, .. } => {
            Ok(Arc::try_unwrap(calendar).unwrap_or_else(|shared| (*shared).clone()))
        }
        Fetched::Unchanged => Ok(Calendar::default()),
    }
}

/// Parses away from the event loop: a large calendar takes a second on a small board.
async fn parse_aside(bytes: Vec<u8>) -> Result<Calendar, SourceError> {
    let parsed = tokio::task::spawn_blocking(move || parse_bytes(&bytes)).await;
    match parsed {
        Ok(calendar) => Ok(calendar?),
        Err(_) => Err(SourceError::Protocol {
            detail: "the reader was stopped".into(),
        }),
    }
}

/// Parses many small texts; those that are no calendar are left out.
async fn parse_many(texts: Vec<Arc<str>>) -> Result<Calendar, SourceError> {
    let parsed = tokio::task::spawn_blocking(move || {
        let mut whole = Calendar::default();
        for text in texts {
            if let Ok(calendar) = parse(&text) {
                whole.append(calendar);
            }
        }
        whole
    });
    parsed.await.map_err(|_| SourceError::Protocol {
        detail: "the reader was stopped".into(),
    })
}

#[cfg(test)]
pub(crate) mod test_servers;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;
