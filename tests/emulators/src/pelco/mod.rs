//! Pelco heads on a line, true to the byte: they say nothing, but for the extended queries where they know them.
//! Written from the maker's manuals alone: it shares no code with the driver that it examines.

mod head;
#[cfg(test)]
mod tests;

pub use head::{Dialect, PelcoHead, PelcoSeen};

use crate::line::{Bus, LineServer, Site};
use anyhow::Result;
use std::time::Duration;

/// Heads that share a line.
#[derive(Debug)]
pub struct PelcoLine {
    heads: Vec<PelcoHead>,
}

impl PelcoLine {
    /// These heads.
    pub fn new(heads: Vec<PelcoHead>) -> PelcoLine {
        PelcoLine { heads }
    }

    /// One of them, from 0.
    pub fn head(&self, at: usize) -> &PelcoHead {
        &self.heads[at]
    }

    /// Puts them onto a line.
    ///
    /// # Errors
    /// No pty or port.
    pub fn start(self, site: Site) -> Result<LineServer<PelcoLine>> {
        LineServer::start(site, self)
    }
}

impl Bus for PelcoLine {
    fn receive(&mut self, at: Duration, byte: u8, _byte_time: Duration) {
        for head in &mut self.heads {
            head.receive(at, byte);
        }
    }

    fn advance(&mut self, _now: Duration) -> Vec<Vec<u8>> {
        self.heads.iter_mut().flat_map(PelcoHead::said).collect()
    }

    fn next_event(&self) -> Option<Duration> {
        None
    }
}
