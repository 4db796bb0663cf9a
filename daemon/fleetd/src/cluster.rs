//! Other servers over the same store: which of them are there. Knows no rooms; what follows for them is decided elsewhere.
//!
//! Terms: a *node* is one start of one server; it *beats* to say that it is there.

use crate::store::{Bus, NodeId, Revision, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A node says this often that it is there.
pub const BEAT: Duration = Duration::from_secs(2);
/// A node that says nothing for so long is not there.
pub const SILENCE: Duration = Duration::from_secs(10);
/// A node that has a room's line answers within that; one that has been stopped does not.
pub const ANSWER: Duration = Duration::from_secs(2);

/// This node among the others.
pub struct Cluster {
    /// This node.
    pub node: NodeId,
    /// By what it speaks with the others.
    pub bus: Arc<dyn Bus>,
    /// Changes of the store behind this one are not in memory yet.
    pub since: Mutex<Revision>,
    heard: Mutex<Heard>,
}

/// When each node was heard last. Pure; the clock is an argument.
#[derive(Debug, Default)]
struct Heard(HashMap<NodeId, Duration>);

impl Heard {
    fn beat(&mut self, node: &NodeId, now: Duration) {
        self.0.insert(node.clone(), now);
    }

    /// One that was never heard has its time from now on: this node may have begun a moment ago.
    fn is_there(&mut self, node: &NodeId, now: Duration) -> bool {
        let last = *self.0.entry(node.clone()).or_insert(now);
        now.saturating_sub(last) < SILENCE
    }
}

impl Cluster {
    /// Of a store that servers share; `None` for one of a server alone.
    #[must_use]
    pub fn of(store: &dyn Store) -> Option<Cluster> {
        store.bus().map(|bus| Cluster {
            node: NodeId::new(),
            bus,
            since: Mutex::default(),
            heard: Mutex::default(),
        })
    }

    /// A node beats.
    pub fn beat(&self, node: &NodeId) {
        self.heard(|heard, now| heard.beat(node, now));
    }

    /// Whether a node is there.
    #[must_use]
    pub fn is_there(&self, node: &NodeId) -> bool {
        *node == self.node || self.heard(|heard, now| heard.is_there(node, now))
    }

    fn heard<T>(&self, look: impl FnOnce(&mut Heard, Duration) -> T) -> T {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut heard, since_begin())
    }
}

/// Time that passes evenly.
fn since_begin() -> Duration {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_there_while_it_beats_and_a_strange_one_has_its_time() {
        let (mut heard, node) = (Heard::default(), NodeId::new());
        let at = Duration::from_secs;
        assert!(heard.is_there(&node, at(100)), "never heard yet");
        assert!(heard.is_there(&node, at(109)));
        assert!(!heard.is_there(&node, at(110)));
        heard.beat(&node, at(111));
        assert!(heard.is_there(&node, at(120)));
        assert!(!heard.is_there(&node, at(121)));
    }
}
