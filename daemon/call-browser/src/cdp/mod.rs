//! A thin DevTools client over the keeper's socket: requests with deadlines, flat sessions, the few events we use.
//!
//! The ready-made clients speak WebSocket to a TCP port only; a room has no such port. Knows no call and no page.

mod event;

pub use event::{ContextId, Event, FrameId, SessionId, TargetId, TargetInfo};

use crate::frames::{FROM_CHROMIUM, Splitter, frame};
use crate::wire::{Asked, FromKeeper, Gone, Running, Said, ToKeeper};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CdpError {
    /// The socket cannot be reached, or was closed.
    #[error("the browser keeper cannot be reached: {0}")]
    Unreachable(String),
    /// The keeper sent us away.
    #[error("the browser keeper refused: {0}")]
    Refused(String),
    /// No answer in time.
    #[error("no answer to {method} in time")]
    Timeout {
        /// What was asked.
        method: &'static str,
    },
    /// The browser says no. Its words may name addresses and are not shown in logs above DEBUG.
    #[error("{method} was refused by the browser")]
    Rejected {
        /// What was asked.
        method: &'static str,
        /// The browser's words.
        message: String,
    },
    /// The answer was not of the expected form.
    #[error("the answer to {method} makes no sense")]
    Garbled {
        /// What was asked.
        method: &'static str,
    },
}

/// What comes without being asked for.
#[derive(Debug)]
pub enum Incoming {
    /// Chromium runs (again); everything of an earlier one is gone.
    Running(Running),
    /// Chromium is gone.
    Gone(Gone),
    /// Something happened in the browser, in a session or in none.
    Event(Option<SessionId>, Event),
    /// The connection is over; nothing more will come.
    Closed,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>>;

/// The way to ask. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cdp {
    out: mpsc::UnboundedSender<Vec<u8>>,
    waiting: Waiting,
    next_id: Arc<AtomicU64>,
}

impl Cdp {
    /// Connects to a keeper. The first thing that comes in is `Running` or `Gone`.
    ///
    /// # Errors
    /// [`CdpError::Unreachable`].
    pub async fn connect(socket: &Path) -> Result<(Self, mpsc::Receiver<Incoming>), CdpError> {
        let unreachable = |problem: std::io::Error| CdpError::Unreachable(problem.to_string());
        let stream = UnixStream::connect(socket).await.map_err(unreachable)?;
        let (read, write) = stream.into_split();
        let (out, texts) = mpsc::unbounded_channel();
        let (tell, incoming) = mpsc::channel(1024);
        let cdp = Self {
            out,
            waiting: Waiting::default(),
            next_id: Arc::new(AtomicU64::new(1)),
        };
        tokio::spawn(write_all(write, texts));
        let reader = Reader {
            tell,
            waiting: Arc::clone(&cdp.waiting),
            next_id: Arc::clone(&cdp.next_id),
        };
        tokio::spawn(reader.read_all(read));
        Ok((cdp, incoming))
    }

    /// Asks, and waits for the answer, at most this long.
    ///
    /// # Errors
    /// No answer in time, a refusal, or an answer of another form.
    pub async fn ask<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, CdpError> {
        let method = ask.method;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.lock().insert(id, answer);
        let mut request = serde_json::json!({ "id": id, "method": method, "params": ask.params });
        if let Some(session) = ask.session {
            request["sessionId"] = session.as_str().into();
        }
        let sent = self.out.send(request.to_string().into_bytes());
        let outcome = match sent {
            Ok(()) => tokio::time::timeout(ask.within, answered).await,
            Err(_) => return Err(CdpError::Unreachable("the connection is closed".to_owned())),
        };
        self.lock().remove(&id);
        match outcome {
            Err(_) => Err(CdpError::Timeout { method }),
            Ok(Err(_)) => Err(CdpError::Unreachable(
                "the connection was closed".to_owned(),
            )),
            Ok(Ok(Err(message))) => Err(CdpError::Rejected { method, message }),
            Ok(Ok(Ok(value))) => {
                serde_json::from_value(value).map_err(|_| CdpError::Garbled { method })
            }
        }
    }

    /// Asks the keeper to keep, or to forget, a note.
    pub fn note(&self, key: &str, value: Option<String>) {
        self.ask_keeper(Asked::Note {
            key: key.to_owned(),
            value,
        });
    }

    /// Asks the keeper to have Chromium look for its sound server anew. Pages that play stop doing so.
    pub fn sound_anew(&self) {
        self.ask_keeper(Asked::SoundAnew);
    }

    /// Asks the keeper to end Chromium and to start the next one.
    pub fn browser_anew(&self) {
        self.ask_keeper(Asked::BrowserAnew);
    }

    fn ask_keeper(&self, keeper: Asked) {
        let text = serde_json::to_vec(&ToKeeper { keeper }).expect("plain text always serialises");
        let _ = self.out.send(text);
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Result<Value, String>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request.
#[derive(Debug)]
pub struct Ask<'a> {
    session: Option<&'a SessionId>,
    method: &'static str,
    params: Value,
    within: Duration,
}

impl<'a> Ask<'a> {
    /// A request to the browser, with five seconds of patience.
    pub fn browser(method: &'static str, params: Value) -> Self {
        Self {
            session: None,
            method,
            params,
            within: Duration::from_secs(5),
        }
    }

    /// A request to a page or frame, with five seconds of patience.
    pub fn page(session: &'a SessionId, method: &'static str, params: Value) -> Self {
        Self {
            session: Some(session),
            method,
            params,
            within: Duration::from_secs(5),
        }
    }

    /// The same with this patience.
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }
}

/// An answer that nobody reads.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

async fn write_all(mut write: OwnedWriteHalf, mut texts: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(text) = texts.recv().await {
        if write.write_all(&frame(text)).await.is_err() {
            return;
        }
    }
}

struct Reader {
    tell: mpsc::Sender<Incoming>,
    waiting: Waiting,
    next_id: Arc<AtomicU64>,
}

#[derive(Deserialize)]
struct Message {
    id: Option<u64>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Value,
    error: Option<Refusal>,
    #[serde(rename = "sessionId")]
    session: Option<SessionId>,
    keeper: Option<Value>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Reader {
    async fn read_all(self, mut read: OwnedReadHalf) {
        let mut splitter = Splitter::new(FROM_CHROMIUM);
        let mut bytes = vec![0; 64 << 10];
        while let Ok(length @ 1..) = read.read(&mut bytes).await {
            for text in splitter.push(&bytes[..length]) {
                if !self.take(&text).await {
                    break;
                }
            }
        }
        self.lock().clear();
        let _ = self.tell.send(Incoming::Closed).await;
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Result<Value, String>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deals with one frame; says whether anybody still listens.
    async fn take(&self, text: &[u8]) -> bool {
        let Ok(message) = serde_json::from_slice::<Message>(text) else {
            return true;
        };
        if message.keeper.is_some() {
            return match serde_json::from_slice::<FromKeeper>(text) {
                Ok(said) => self.keeper_says(said.keeper).await,
                Err(_) => true,
            };
        }
        if let Some(id) = message.id {
            let answer = message
                .error
                .map_or(Ok(message.result), |refusal| Err(refusal.message));
            if let Some(asker) = self.lock().remove(&id) {
                let _ = asker.send(answer);
            }
            return true;
        }
        match message
            .method
            .and_then(|method| Event::read(&method, message.params))
        {
            Some(event) => self
                .tell
                .send(Incoming::Event(message.session, event))
                .await
                .is_ok(),
            None => true,
        }
    }

    async fn keeper_says(&self, said: Said) -> bool {
        let incoming = match said {
            Said::Running(running) => {
                self.next_id.store(running.first_id, Ordering::Relaxed);
                self.lock().clear();
                Incoming::Running(running)
            }
            Said::Gone(gone) => {
                self.lock().clear();
                Incoming::Gone(gone)
            }
            Said::Refused { why } => {
                tracing::warn!(%why, "the browser keeper refused");
                Incoming::Closed
            }
        };
        self.tell.send(incoming).await.is_ok()
    }
}
