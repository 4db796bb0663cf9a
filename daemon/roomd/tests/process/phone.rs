//! A speakerphone's keys and lamps as its own inside has them: a pseudo-terminal in a machine's place for such nodes, seen by one
//! daemon alone. Knows no room.

use crate::kit::{Folder, until};
use nix::pty::{OpenptyResult, openpty};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A phone's keys: hook and mute in report 1; its lamps off hook, mute and ring in report 2 (HID Usage Tables, pages 8 and 11).
const DESCRIPTOR: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x0B, 0x15, 0x00, 0x25, 0x01, 0x09, 0x20,
    0x75, 0x01, 0x95, 0x01, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x75, 0x06, 0x95, 0x01, 0x81, 0x01,
    0x85, 0x02, 0x05, 0x08, 0x09, 0x17, 0x09, 0x09, 0x09, 0x18, 0x75, 0x01, 0x95, 0x03, 0x91, 0x22,
    0x75, 0x05, 0x95, 0x01, 0x91, 0x01, 0xC0,
];
const UEVENT: &str = "HID_ID=0003:00000B0E:0000245D\nHID_NAME=Jabra SPEAK\nHID_UNIQ=4711\n";

/// A node that every machine has and no daemon opens: in its place the daemon finds the phone's.
const NODE: &str = "full";

/// On the table until dropped.
pub struct Phone {
    master: File,
    terminal: PathBuf,
    class: PathBuf,
    lamps: Arc<Mutex<Option<u8>>>,
    _slave: OwnedFd,
}

impl Phone {
    pub fn laid(folder: &Folder) -> Phone {
        let OpenptyResult { master, slave } = openpty(None, None).unwrap();
        let mut raw = tcgetattr(&slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&slave, SetArg::TCSANOW, &raw).unwrap();
        let class = folder.path("phone/class");
        let tree = folder.path("phone/usb1/1-3/1-3.2/1-3.2:1.3/0003:0B0E:245D.0001");
        for place in [&tree, &class.join(NODE)] {
            fs::create_dir_all(place).unwrap();
        }
        fs::write(tree.join("uevent"), UEVENT).unwrap();
        fs::write(tree.join("report_descriptor"), DESCRIPTOR).unwrap();
        symlink(&tree, class.join(NODE).join("device")).unwrap();
        let room = fs::read_to_string(folder.path("room.toml")).unwrap();
        folder.write("room.toml", &format!("{room}[speakerphone]\n"));
        let phone = Phone {
            terminal: nix::unistd::ttyname(&slave).unwrap(),
            master: File::from(master),
            class,
            lamps: Arc::default(),
            _slave: slave,
        };
        phone.listen();
        phone
    }

    /// What a daemon has to mount to find it.
    pub fn mounts(&self) -> String {
        format!(
            "mount --bind '{}' /sys/class/hidraw && mount --bind '{}' /dev/{NODE}",
            self.class.display(),
            self.terminal.display()
        )
    }

    fn listen(&self) {
        let (mut master, lamps) = (self.master.try_clone().unwrap(), self.lamps.clone());
        std::thread::spawn(move || {
            let mut reports = [0; 64];
            // Ends with the terminal's last holder.
            while let Ok(length @ 1..) = master.read(&mut reports) {
                let last = reports[..length].chunks(2).next_back();
                if let Some(bits) = last.and_then(|report| report.get(1)) {
                    *lamps.lock().unwrap() = Some(*bits);
                }
            }
        });
    }

    /// Presses its mute key and lets go. Beside a lamp that was just set the key counts for nothing.
    pub fn mute(&self) {
        std::thread::sleep(std::time::Duration::from_millis(250));
        for bits in [0b10, 0b00] {
            (&self.master).write_all(&[1, bits]).unwrap();
            // A terminal glues reports together, a HID node never does.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Waits until its mute lamp is so, in a call.
    pub fn shows(&self, muted: bool) {
        let wanted = if muted { 0b011 } else { 0b001 };
        until("the speakerphone's lamp", || {
            (*self.lamps.lock().unwrap() == Some(wanted)).then_some(())
        });
    }
}
