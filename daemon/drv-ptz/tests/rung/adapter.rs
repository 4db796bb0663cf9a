//! The line as a USB adapter on the kernel's own driver (`ftdi_sio`), pulled and returned by the host.
//! The emulator's pty is joined to the far side of the adapter's wire.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use emulators::visca::{CameraHandle, CameraServer, Options};
use lab_guest::cable::Cable;
use lab_guest::host::{self, Device};
use lab_guest::udev;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// From the plug to a head that works again; the kernel and udev have their work to do before the driver.
pub const BACK_WITHIN: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_secs(15);
/// Which number the kernel gives it depends on who still holds the one before.
const RULE: &str = r#"SUBSYSTEM=="tty", ENV{ID_PATH}=="*-usb-0:1:1.0", SYMLINK+="roomd/ptz-front""#;
const NODE: &str = "/dev/roomd/ptz-front";

pub struct Line {
    camera: CameraServer,
    _cable: Cable,
    _rules: udev::Rules,
    _folder: TempDir,
}

impl Line {
    /// A camera on a line at this pace.
    pub fn new(baud: Option<u32>) -> Line {
        // A test may come here twice; a line of before must not be taken for this one.
        host::unplug(Device::FtdiA).unwrap();
        udev::goes(NODE, SOON).unwrap();
        let rules = udev::Rules::install("70-roomd.rules", RULE).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("ptz");
        let camera = CameraServer::start(Options {
            link: link.clone(),
            baud,
        })
        .unwrap();
        let wire = Device::FtdiA.wire().unwrap();
        let cable = Cable::join(&link, &wire).unwrap();
        host::plug(Device::FtdiA).unwrap();
        udev::appears(NODE, SOON).unwrap();
        Line {
            camera,
            _cable: cable,
            _rules: rules,
            _folder: folder,
        }
    }

    pub fn camera(&self) -> CameraHandle {
        self.camera.handle()
    }

    /// What the driver opens.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(NODE)
    }

    pub fn unplug(&self) {
        host::unplug(Device::FtdiA).unwrap();
    }

    pub fn plug(&self) {
        host::plug(Device::FtdiA).unwrap();
    }
}
