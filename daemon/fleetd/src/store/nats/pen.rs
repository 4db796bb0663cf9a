//! Writing to JetStream: in the order in which it was asked for, many beside each other, and each again with the same name when no
//! answer came, so that what was written is never written twice. Knows no documents.

use super::super::StoreError;
use async_nats::HeaderMap;
use async_nats::header::{
    NATS_EXPECTED_LAST_MESSAGE_ID, NATS_EXPECTED_LAST_SEQUENCE,
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID,
};
use async_nats::jetstream::context::{Context, PublishAckFuture, PublishError, PublishErrorKind};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

/// So long something is tried: a cluster that lost a node chooses anew within some seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(100);
/// Writes go on so soon after the cluster has chosen anew.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// One thing to write.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub subject: String,
    /// Its own name, which no other has.
    pub id: String,
    pub expects: Expects,
    /// Whether it says that something was taken away.
    pub marks: bool,
    /// Its number in a shared stream.
    pub number: Option<u64>,
    pub value: Vec<u8>,
}

/// What must hold for it to be written.
#[derive(Debug, Clone)]
pub(super) enum Expects {
    /// The last on this subject has this number; 0 for none.
    Subject(u64),
    /// The last of the whole stream has this number, and this name where one is known.
    Stream(u64, Option<String>),
    /// Nothing.
    Nothing,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// It stands there under this number.
    At(u64),
    /// What must hold did not. With `unsure`, an earlier try may have been written all the same.
    Refused { unsure: bool },
}

/// A name that no other letter has.
pub(super) fn new_id() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

/// The header by which KV of NATS knows what was taken away.
pub(super) const OPERATION: &str = "KV-Operation";
/// The header by which a record of a shared stream says its number.
pub(super) const NUMBER: &str = "Fleet-Record";

impl Letter {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, self.id.as_str());
        match &self.expects {
            Expects::Subject(last) => {
                headers.insert(
                    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
                    last.to_string().as_str(),
                );
            }
            Expects::Stream(last, id) => {
                headers.insert(NATS_EXPECTED_LAST_SEQUENCE, last.to_string().as_str());
                if let Some(id) = id {
                    headers.insert(NATS_EXPECTED_LAST_MESSAGE_ID, id.as_str());
                }
            }
            Expects::Nothing => {}
        }
        if self.marks {
            headers.insert(OPERATION, "DEL");
        }
        if let Some(number) = self.number {
            headers.insert(NUMBER, number.to_string().as_str());
        }
        headers
    }

    async fn send(&self, context: &Context) -> Result<PublishAckFuture, PublishError> {
        let value = self.value.clone().into();
        context
            .publish_with_headers(self.subject.clone(), self.headers(), value)
            .await
    }
}

type Answer = oneshot::Sender<Result<Wrote, StoreError>>;

/// Where to ask for it.
#[derive(Clone)]
pub(super) struct Pen(mpsc::UnboundedSender<(Letter, Answer)>);

/// Something that is being written.
pub(super) struct Writing(oneshot::Receiver<Result<Wrote, StoreError>>);

impl Writing {
    /// What became of it.
    pub async fn done(self) -> Result<Wrote, StoreError> {
        let gone = |_| StoreError::Broken("nobody writes any more".to_owned());
        self.0.await.map_err(gone)?
    }
}

impl Pen {
    pub fn new(context: Context) -> Pen {
        let (to, letters) = mpsc::unbounded_channel();
        tokio::spawn(work(context, letters));
        Pen(to)
    }

    /// Begins at once, before the answer is waited for.
    pub fn write(&self, letter: Letter) -> Writing {
        let (answer, answered) = oneshot::channel();
        // A pen that is gone drops the letter, and with it what its asker waits for.
        let _ = self.0.send((letter, answer));
        Writing(answered)
    }
}

async fn work(context: Context, mut letters: mpsc::UnboundedReceiver<(Letter, Answer)>) {
    while let Some((letter, answer)) = letters.recv().await {
        let sent = letter.send(&context).await;
        let context = context.clone();
        tokio::spawn(async move {
            // Who no longer waits has its letter written all the same.
            let _ = answer.send(see_through(&context, &letter, sent).await);
        });
    }
}

async fn see_through(
    context: &Context,
    letter: &Letter,
    mut sent: Result<PublishAckFuture, PublishError>,
) -> Result<Wrote, StoreError> {
    let end = Instant::now() + PATIENCE;
    let mut unsure = false;
    let mut pause = PAUSE;
    loop {
        let acknowledged = match sent {
            Ok(acknowledgement) => acknowledgement.await,
            Err(error) => Err(error),
        };
        let error = match acknowledged {
            // A leader knows names of what it has only begun to write, and answers them with no number: it may never be written.
            Ok(stored) if stored.sequence == 0 => PublishError::new(PublishErrorKind::Other),
            Ok(stored) => return Ok(Wrote::At(stored.sequence)),
            Err(error) => error,
        };
        match error.kind() {
            PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => {
                return Ok(Wrote::Refused { unsure });
            }
            PublishErrorKind::MaxPayloadExceeded => {
                return Err(StoreError::TooLarge(letter.value.len()));
            }
            // Nobody was there to take it.
            PublishErrorKind::StreamNotFound => {}
            _ => unsure = true,
        }
        if Instant::now() + pause >= end {
            return Err(StoreError::Broken(format!(
                "no answer from the cluster: {error}"
            )));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        sent = letter.send(context).await;
    }
}

/// Asks until there is an answer, for a while; an error says why there was none yet.
pub(super) async fn patiently<T, F: Future<Output = Result<T, String>>>(
    mut ask: impl FnMut() -> F,
) -> Result<T, StoreError> {
    let end = Instant::now() + PATIENCE;
    let mut pause = PAUSE;
    loop {
        let why = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(why) => why,
        };
        if Instant::now() + pause >= end {
            return Err(StoreError::Broken(format!(
                "no answer from the cluster: {why}"
            )));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
