//! Watching documents: a consumer of NATS that is made anew behind the last change whenever it is lost, so that there is no gap. One
//! that hears nothing from the cluster for too long ends, and whoever watched reads everything anew.

use super::super::{Change, Revision};
use super::Core;
use super::documents::MARKS_LAST;
use super::names;
use super::pen::OPERATION;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, pull};
use async_nats::jetstream::message::Message;
use futures_util::StreamExt as _;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// Changes that wait for a watcher; a slow one is waited for.
const LAG: usize = 1024;
/// The cluster says this often that there is nothing to say.
const HEARTBEAT: Duration = Duration::from_secs(1);
const EXPIRES: Duration = Duration::from_secs(20);
/// A consumer that nobody asks is forgotten by the cluster.
const FORGOTTEN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// All changes behind `after`; ends in silence.
pub(super) fn watch(core: Arc<Core>, prefix: String, after: Revision) -> mpsc::Receiver<Change> {
    let (to, changes) = mpsc::channel(LAG);
    tokio::spawn(async move {
        let mut watcher = Watcher {
            core,
            prefix,
            seen: after,
            heard: Instant::now(),
            to,
        };
        let mut pause = PAUSE;
        while watcher.heard.elapsed() < MARKS_LAST / 2 && !watcher.to.is_closed() {
            let before = watcher.seen;
            match watcher.listen().await {
                Lost::Unwatched => return,
                Lost::Why(error) => tracing::debug!(%error, "watching the cluster begins again"),
            }
            pause = match watcher.seen > before {
                true => PAUSE,
                false => (pause * 2).min(LONGEST_PAUSE),
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = watcher.to.closed() => return,
            }
        }
    });
    changes
}

struct Watcher {
    core: Arc<Core>,
    prefix: String,
    seen: Revision,
    heard: Instant,
    to: mpsc::Sender<Change>,
}

/// Why nothing more is heard.
enum Lost {
    /// Nobody listens any more.
    Unwatched,
    /// The consumer is lost.
    Why(String),
}

fn lost(error: impl std::fmt::Display) -> Lost {
    Lost::Why(error.to_string())
}

impl Watcher {
    async fn listen(&mut self) -> Lost {
        match self.consume().await {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    async fn consume(&mut self) -> Result<Infallible, Lost> {
        let stream = self.core.context.get_stream_no_info(names::DOCUMENTS).await;
        let stream = stream.map_err(lost)?;
        let wanted = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.seen.0 + 1,
            },
            ack_policy: AckPolicy::None,
            replay_policy: ReplayPolicy::Instant,
            filter_subject: names::below(&self.prefix),
            inactive_threshold: FORGOTTEN,
            num_replicas: 1,
            memory_storage: true,
            ..Default::default()
        };
        let consumer = stream.create_consumer(wanted).await.map_err(lost)?;
        let name = consumer.cached_info().name.clone();
        let messages = consumer.stream().heartbeat(HEARTBEAT).expires(EXPIRES);
        let messages = messages.messages().await.map_err(lost)?;
        let ended = self.hear(messages).await;
        let _ = stream.delete_consumer(&name).await;
        ended
    }

    async fn hear(&mut self, mut messages: pull::Stream) -> Result<Infallible, Lost> {
        self.heard = Instant::now();
        let mut delivered = 0;
        loop {
            let next = tokio::select! {
                next = timeout(EXPIRES, messages.next()) => next,
                () = self.to.closed() => return Err(Lost::Unwatched),
            };
            match next {
                Ok(Some(Ok(message))) => {
                    self.heard = Instant::now();
                    delivered += 1;
                    self.tell(&message, delivered).await?;
                }
                Ok(Some(Err(error))) => return Err(lost(error)),
                Ok(None) => return Err(lost("it ended")),
                // The stream itself says when heartbeats fail to come: nothing has changed.
                Err(_) => self.heard = Instant::now(),
            }
        }
    }

    async fn tell(&mut self, message: &Message, delivered: u64) -> Result<(), Lost> {
        let info = message.info().map_err(lost)?;
        if info.consumer_sequence != delivered {
            return Err(lost("a message was left out"));
        }
        let revision = Revision(info.stream_sequence);
        if let Some(change) = self.change(message, revision) {
            let sent = self.to.send(change).await;
            sent.map_err(|_| Lost::Unwatched)?;
        }
        self.seen = revision;
        Ok(())
    }

    fn change(&self, message: &Message, revision: Revision) -> Option<Change> {
        let subject = message.subject.as_str();
        let key = names::key(subject).filter(|key| key.starts_with(&self.prefix))?;
        let headers = message.headers.as_ref();
        let value = match headers.is_some_and(|headers| headers.get(OPERATION).is_some()) {
            true => None,
            false => match self.core.seal.open(subject, &message.payload) {
                Ok(value) => Some(value),
                Err(error) => {
                    tracing::error!(%error, "a document in the store cannot be opened");
                    return None;
                }
            },
        };
        Some(Change {
            key,
            revision,
            value,
        })
    }
}
