//! The line as a pty: the emulator's own, pulled and returned by the emulator.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use emulators::visca::{CameraHandle, CameraServer, Options};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// From the plug to a head that works again.
pub const BACK_WITHIN: Duration = Duration::from_secs(1);

pub struct Line {
    camera: CameraServer,
    folder: TempDir,
}

impl Line {
    /// A camera on a line at this pace.
    pub fn new(baud: Option<u32>) -> Line {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("ptz");
        let camera = CameraServer::start(Options { link, baud }).unwrap();
        Line { camera, folder }
    }

    pub fn camera(&self) -> CameraHandle {
        self.camera.handle()
    }

    /// What the driver opens.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ptz")
    }

    pub fn unplug(&self) {
        self.camera.unplug();
    }

    pub fn plug(&self) {
        self.camera.plug();
    }
}
