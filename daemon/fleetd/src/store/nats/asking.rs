//! Reading one message of a stream, by subject or number, from the stream's leader: what another server wrote a moment ago is there,
//! which copies beside the leader do not promise. Knows no documents.

use super::super::StoreError;
use super::pen::{NUMBER, OPERATION, patiently};
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::Context;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{RawMessageError, RawMessageErrorKind};
use std::time::Duration;

/// What NATS says of a stream that there is not.
const NO_SUCH_STREAM: u64 = 10059;

/// A message as it stands in a stream.
pub(super) struct Found {
    pub subject: String,
    pub number: u64,
    /// The name that its writer gave it.
    pub id: Option<String>,
    /// Whether it says that something was taken away.
    pub marks: bool,
    pub age: Duration,
    /// Its number in a shared stream.
    pub place: Option<u64>,
    pub sealed: Vec<u8>,
}

/// Which message.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// The last of a subject.
    Last(String),
    /// The one of this number.
    At(u64),
    /// The first of a subject that has this number or a higher one.
    From(u64, String),
}

/// One message; `None` when there is none, or no such stream.
pub(super) async fn find(
    context: &Context,
    stream: &str,
    which: &Which,
) -> Result<Option<Found>, StoreError> {
    patiently(|| once(context, stream, which)).await
}

async fn once(context: &Context, stream: &str, which: &Which) -> Result<Option<Found>, String> {
    let handle = context
        .get_stream_no_info(stream)
        .await
        .map_err(|error| error.to_string())?;
    let asked = handle.raw_message_builder();
    let asked = match which {
        Which::Last(subject) => asked.last_by_subject(subject.as_str()),
        Which::At(number) => asked.sequence(*number),
        Which::From(number, subject) => asked.sequence(*number).next_by_subject(subject.as_str()),
    };
    match asked.send().await {
        Ok(message) => Ok(Some(found(message))),
        Err(error) if is_none(&error) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn is_none(error: &RawMessageError) -> bool {
    match error.kind() {
        RawMessageErrorKind::NoMessageFound => true,
        RawMessageErrorKind::JetStream(error) => error.error_code().0 == NO_SUCH_STREAM,
        _ => false,
    }
}

fn found(message: StreamMessage) -> Found {
    let header = |name: &str| {
        message
            .headers
            .get(name)
            .map(|value| value.as_str().to_owned())
    };
    let age = std::time::SystemTime::now()
        .duration_since(message.time.into())
        .unwrap_or_default();
    Found {
        subject: message.subject.to_string(),
        number: message.sequence,
        id: header(NATS_MESSAGE_ID.as_ref()),
        marks: header(OPERATION).is_some(),
        place: header(NUMBER).and_then(|place| place.parse().ok()),
        age,
        sealed: message.payload.to_vec(),
    }
}
