//! What servers over one store say to each other: that they are there, and questions to one of them. Knows neither rooms nor people.

use super::Doing;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use tokio::sync::mpsc;

/// One start of one server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// A new one.
    #[must_use]
    pub fn new() -> NodeId {
        NodeId(hex::encode(rand::random::<[u8; 8]>()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it came from another server; `None` when no server has such an id.
    #[must_use]
    pub fn of(text: &str) -> Option<NodeId> {
        let fits = text.len() == 16 && text.bytes().all(|c| c.is_ascii_hexdigit());
        fits.then(|| NodeId(text.to_owned()))
    }
}

impl Default for NodeId {
    fn default() -> Self {
        NodeId::new()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// There is no such server (any more).
    #[error("the server is gone")]
    Gone,
    /// It did not answer in time.
    #[error("the server did not answer in time")]
    Late,
}

/// A question of another server.
pub struct Question {
    /// What was asked.
    pub asked: Vec<u8>,
    answer: Box<dyn FnOnce(Vec<u8>) + Send>,
}

impl Question {
    /// With where its answer goes.
    #[must_use]
    pub fn new(asked: Vec<u8>, answer: impl FnOnce(Vec<u8>) + Send + 'static) -> Question {
        Question {
            asked,
            answer: Box::new(answer),
        }
    }

    /// Answers it.
    pub fn answer(self, answer: Vec<u8>) {
        (self.answer)(answer);
    }
}

/// Carries what servers say to each other.
pub trait Bus: Send + Sync {
    /// Says that this server is there.
    fn beat(&self, node: &NodeId) -> BoxFuture<'static, ()>;

    /// Who says so, from now on.
    fn beats(&self) -> Doing<mpsc::Receiver<NodeId>>;

    /// Asks one server.
    fn ask(
        &self,
        node: &NodeId,
        question: Vec<u8>,
        within: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, NoAnswer>>;

    /// What this server is asked, from now on.
    fn serve(&self, node: &NodeId) -> Doing<mpsc::Receiver<Question>>;
}
