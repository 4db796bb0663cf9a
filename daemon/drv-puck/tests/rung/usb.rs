//! The line as USB on the kernel's own driver (`cdc_acm`), found by a udev rule that knows the button by what it says of itself.
//! The emulator's pty is joined to the device's own end of the line.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use emulators::puck::{Fault, Puck};
use lab_guest::cable::Cable;
use lab_guest::gadget::{Function, Gadget, Identity};
use lab_guest::udev;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(15);
const NODE: &str = "/dev/roomd/puck-table";
const RULE: &str = r#"SUBSYSTEM=="tty", ATTRS{idVendor}=="1209", ATTRS{idProduct}=="0001", SYMLINK+="roomd/puck-table""#;

/// As the firmware says it.
const BUTTON: Identity = Identity {
    vendor: 0x1209,
    product: 0x0001,
    manufacturer: "roomd",
    name: "Table button",
    serial: "EMULATED0001",
};

pub struct Line {
    // Before the gadget, which goes only when nobody holds its line open.
    _cable: Cable,
    gadget: Gadget,
    _rules: udev::Rules,
    folder: TempDir,
}

impl Line {
    /// A line with nothing plugged in.
    pub fn new() -> Line {
        let rules = udev::Rules::install("70-roomd.rules", RULE).unwrap();
        std::fs::create_dir_all("/dev/roomd").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let gadget = Gadget::new(BUTTON, &[Function::Acm]).unwrap();
        let cable = Cable::join(&folder.path().join("puck"), &gadget.line().unwrap()).unwrap();
        Line {
            _cable: cable,
            gadget,
            _rules: rules,
            folder,
        }
    }

    /// What the driver opens.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(NODE)
    }

    /// A button, plugged in.
    pub fn button(&self) -> Puck {
        let puck = Puck::start(&self.folder.path().join("puck")).unwrap();
        self.gadget.plug().unwrap();
        puck
    }

    /// Without its plug the button has no power either.
    pub async fn unplug(&self, puck: &Puck) {
        self.gadget.unplug().unwrap();
        puck.fault(Fault::Unplug).await.unwrap();
        udev::goes(NODE, SOON).unwrap();
    }

    pub async fn plug(&self, puck: &Puck) {
        puck.fault(Fault::Plug).await.unwrap();
        self.gadget.plug().unwrap();
    }
}
