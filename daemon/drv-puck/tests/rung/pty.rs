//! The line as a pty: the emulated button's own, pulled and returned by the emulator.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use emulators::puck::{Fault, Puck};
use std::path::PathBuf;
use tempfile::TempDir;

pub struct Line(TempDir);

impl Line {
    /// A line with nothing plugged in.
    pub fn new() -> Line {
        Line(tempfile::tempdir().unwrap())
    }

    /// What the driver opens.
    pub fn path(&self) -> PathBuf {
        self.0.path().join("puck")
    }

    /// A button, plugged in.
    pub fn button(&self) -> Puck {
        Puck::start(&self.path()).unwrap()
    }

    pub async fn unplug(&self, puck: &Puck) {
        puck.fault(Fault::Unplug).await.unwrap();
    }

    pub async fn plug(&self, puck: &Puck) {
        puck.fault(Fault::Plug).await.unwrap();
    }
}
