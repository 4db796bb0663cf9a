//! A message as text and back, within its limits. Knows no message.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A longer message, in bytes, is neither sent nor read: a whole room takes about 4 KB.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Why a text is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Longer than [`MAX_MESSAGE`].
    #[error("a message of {0} bytes; {MAX_MESSAGE} are the limit")]
    TooLong(usize),
    /// No JSON, or not of the shape that its kind has.
    #[error("not a message: {0}")]
    Broken(String),
    /// Of a kind that this side does not know; a newer peer may send such, and it is passed over.
    #[error("a message of the unknown kind {0:?}")]
    Unknown(String),
}

/// Kinds of messages, so that an unknown one can be told from a broken one.
pub(crate) trait Kinds {
    const KINDS: &'static [&'static str];
}

/// The text of a message.
///
/// # Errors
/// When it would be longer than [`MAX_MESSAGE`].
pub fn write<T: Serialize>(message: &T) -> Result<String, Unread> {
    let text = serde_json::to_string(message).map_err(|e| Unread::Broken(e.to_string()))?;
    match text.len() {
        0..=MAX_MESSAGE => Ok(text),
        length => Err(Unread::TooLong(length)),
    }
}

/// The message of a text.
///
/// # Errors
/// See [`Unread`].
#[expect(private_bounds, reason = "only this crate's messages are read")]
pub fn read<T: DeserializeOwned + Kinds>(text: &str) -> Result<T, Unread> {
    if text.len() > MAX_MESSAGE {
        return Err(Unread::TooLong(text.len()));
    }
    let broken = match serde_json::from_str(text) {
        Ok(message) => return Ok(message),
        Err(error) => error,
    };
    let value: Option<Value> = serde_json::from_str(text).ok();
    let kind = value.as_ref().and_then(|v| v.get("kind")?.as_str());
    match kind {
        Some(kind) if !T::KINDS.contains(&kind) => Err(Unread::Unknown(shortened(kind))),
        Some(_) | None => Err(Unread::Broken(broken.to_string())),
    }
}

fn shortened(kind: &str) -> String {
    kind.chars().take(40).collect()
}
