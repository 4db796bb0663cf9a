//! The contract list against a speakerphone made of a pseudo-terminal and a folder that looks like sysfs; and what is said of
//! devices that are not there or are none.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_hid::{HidError, Roots, Which, find};
use list::{Bench, DESCRIPTOR};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;

struct Pty {
    room: TempDir,
    told: Arc<Mutex<Option<Vec<u8>>>>,
    line: Option<Line>,
    which: Which,
}

/// The device's end; the terminal hangs up when both copies are gone.
struct Line {
    master: File,
    over: UnixStream,
    listener: JoinHandle<()>,
}

const UEVENT: &str = "DRIVER=hid-jabra\nHID_ID=0003:00000B0E:0000245D\nHID_NAME=Jabra SPEAK\nHID_PHYS=usb-x-3.2/input3\nHID_UNIQ=4711\n";

/// A node without the keys of a phone.
const VENDORS_OWN: &[u8] = &[0x06, 0x00, 0xFF, 0xA1, 0x01, 0xC0];

/// As the kernel lays it out: the class entry's `device` leads into the tree of plugs.
fn device(root: &Path, (node, interface): (&str, &str), uevent: &str, descriptor: &[u8]) {
    let plug = interface.split(':').next().unwrap();
    let tree = root.join(format!("sys/devices/usb1/{plug}/{interface}/0003:{node}"));
    fs::create_dir_all(&tree).unwrap();
    fs::write(tree.join("uevent"), uevent).unwrap();
    fs::write(tree.join("report_descriptor"), descriptor).unwrap();
    let class = root.join("sys/class/hidraw").join(node);
    fs::create_dir_all(&class).unwrap();
    symlink(&tree, class.join("device")).unwrap();
}

impl Pty {
    fn new() -> Pty {
        let room = tempfile::tempdir().unwrap();
        fs::create_dir_all(room.path().join("dev")).unwrap();
        let mut pty = Pty {
            room,
            told: Arc::default(),
            line: None,
            which: Which::Plug("1-3.2".to_owned()),
        };
        pty.plug();
        pty
    }

    /// Bound by a link, which leads nowhere while the device is away.
    fn bound() -> Pty {
        let mut pty = Pty::new();
        let link = pty.room.path().join("keys-speakerphone");
        symlink("dev/hidraw7", &link).unwrap();
        pty.which = Which::DeviceOf(link);
        pty
    }
}

impl Bench for Pty {
    fn roots(&self) -> Roots {
        Roots {
            sys: self.room.path().join("sys"),
            dev: self.room.path().join("dev"),
        }
    }

    fn which(&self) -> Which {
        self.which.clone()
    }

    fn say(&mut self, report: &[u8]) {
        self.line
            .as_mut()
            .unwrap()
            .master
            .write_all(report)
            .unwrap();
        // A terminal glues reports together, a HID node never does.
        thread::sleep(std::time::Duration::from_millis(20));
    }

    fn told(&self) -> Option<Vec<u8>> {
        self.told.lock().unwrap().clone()
    }

    fn unplug(&mut self) {
        let root = self.room.path();
        let line = self.line.take().unwrap();
        fs::remove_dir_all(root.join("sys")).unwrap();
        fs::remove_file(root.join("dev/hidraw7")).unwrap();
        drop(line.over);
        line.listener.join().unwrap();
        drop(line.master);
        *self.told.lock().unwrap() = None;
    }

    fn plug(&mut self) {
        let pair = openpty(None, None).unwrap();
        let mut raw = tcgetattr(&pair.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &raw).unwrap();
        let slave = nix::unistd::ttyname(&pair.slave).unwrap();
        let root = self.room.path();
        symlink(slave, root.join("dev/hidraw7")).unwrap();
        let master = File::from(pair.master);
        let told = self.told.clone();
        let heard = master.try_clone().unwrap();
        let (over, ends) = UnixStream::pair().unwrap();
        // The slave is kept here, so that the terminal lives while nobody has it open.
        let slave = pair.slave;
        let listener = thread::spawn(move || {
            listen(heard, &ends, &told);
            drop(slave);
        });
        self.line = Some(Line {
            master,
            over,
            listener,
        });
        device(root, ("hidraw7", "1-3.2:1.3"), UEVENT, DESCRIPTOR);
    }
}

fn listen(mut master: File, ends: &UnixStream, told: &Mutex<Option<Vec<u8>>>) {
    let mut buffer = [0; 64];
    loop {
        let mut waited =
            [&master.as_fd(), &ends.as_fd()].map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
        poll(&mut waited, PollTimeout::NONE).unwrap();
        if waited[1].revents().is_some_and(|seen| !seen.is_empty()) {
            return;
        }
        let Ok(length) = master.read(&mut buffer) else {
            return;
        };
        let last = buffer[..length].chunks(2).next_back().map(<[u8]>::to_vec);
        *told.lock().unwrap() = last;
    }
}

macro_rules! held {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            list::$name(&mut Pty::new()).await;
        }
    )*};
}

held! {
    lamps_show_what_the_room_saw
    the_mute_key_is_a_request
    one_that_returns_is_told_everything_anew
    lamps_without_a_master_are_dark
}

#[tokio::test]
async fn one_behind_a_link_is_told_everything_anew_when_it_returns() {
    list::one_that_returns_is_told_everything_anew(&mut Pty::bound()).await;
}

#[test]
fn two_of_a_kind_are_told_apart() {
    let room = tempfile::tempdir().unwrap();
    device(room.path(), ("hidraw0", "1-1:1.3"), UEVENT, DESCRIPTOR);
    let other = UEVENT.replace("4711", "4712");
    device(room.path(), ("hidraw1", "1-2:1.3"), &other, DESCRIPTOR);
    let roots = Roots {
        sys: room.path().join("sys"),
        dev: "/dev".into(),
    };
    let node = |which: Which| find(&roots, &which).unwrap().node;
    let (vendor, product) = (0x0B0E, 0x245D);
    let serial = Some("4712".to_owned());
    assert_eq!(
        node(Which::Usb {
            vendor,
            product,
            serial
        }),
        Path::new("/dev/hidraw1")
    );
    assert_eq!(
        node(Which::Plug("1-2".to_owned())),
        Path::new("/dev/hidraw1")
    );
    assert_eq!(node(Which::First), Path::new("/dev/hidraw0"));
}

#[test]
fn the_node_with_the_phones_keys_is_taken_of_several() {
    let room = tempfile::tempdir().unwrap();
    device(room.path(), ("hidraw0", "1-1:1.2"), UEVENT, VENDORS_OWN);
    let roots = Roots {
        sys: room.path().join("sys"),
        dev: "/dev".into(),
    };
    let which = Which::Plug("1-1".to_owned());
    assert!(matches!(find(&roots, &which), Err(HidError::NoPhone(name)) if name == "Jabra SPEAK"));
    device(room.path(), ("hidraw1", "1-1:1.3"), UEVENT, DESCRIPTOR);
    assert_eq!(
        find(&roots, &which).unwrap().node,
        Path::new("/dev/hidraw1")
    );
}

#[test]
fn a_link_leads_to_its_device_whatever_the_nodes_are_called() {
    let room = tempfile::tempdir().unwrap();
    let roots = Roots {
        sys: room.path().join("sys"),
        dev: room.path().join("dev"),
    };
    fs::create_dir(&roots.dev).unwrap();
    let link = room.path().join("keys-speakerphone");
    let plug = |node: &str, interface: &str, descriptor: &[u8]| {
        fs::write(roots.dev.join(node), "").unwrap();
        device(room.path(), (node, interface), UEVENT, descriptor);
    };
    let lead = |node: &str| {
        let _ = fs::remove_file(&link);
        symlink(roots.dev.join(node), &link).unwrap();
    };
    let of_device = || find(&roots, &Which::DeviceOf(link.clone()));
    let of_node = || find(&roots, &Which::Node(link.clone()));
    plug("hidraw0", "1-2:1.3", DESCRIPTOR);
    assert!(matches!(of_device(), Err(HidError::NoNode(path)) if path == link));
    plug("hidraw1", "1-1:1.2", VENDORS_OWN);
    lead("hidraw1");
    assert!(
        matches!(of_device(), Err(HidError::NoPhone(name)) if name == "Jabra SPEAK"),
        "the phone in another socket is not taken"
    );
    plug("hidraw2", "1-1:1.3", DESCRIPTOR);
    assert_eq!(of_device().unwrap().node, roots.dev.join("hidraw2"));
    assert!(
        matches!(of_node(), Err(HidError::NoPhone(_))),
        "an interface that is named is kept to"
    );
    lead("hidraw2");
    assert_eq!(of_node().unwrap().node, roots.dev.join("hidraw2"));
    fs::remove_dir_all(&roots.sys).unwrap();
    assert!(matches!(of_device(), Err(HidError::NoNode(_))));
    plug("hidraw1", "1-1:1.3", DESCRIPTOR);
    plug("hidraw2", "1-2:1.3", DESCRIPTOR);
    lead("hidraw1");
    assert_eq!(of_device().unwrap().node, roots.dev.join("hidraw1"));
}

#[test]
fn one_that_the_kernel_ignores_is_named_with_the_remedy() {
    let room = tempfile::tempdir().unwrap();
    let usb = room.path().join("sys/bus/usb/devices/1-3.2");
    fs::create_dir_all(&usb).unwrap();
    fs::write(usb.join("idVendor"), "0b0e\n").unwrap();
    fs::write(usb.join("idProduct"), "0412\n").unwrap();
    let roots = Roots {
        sys: room.path().join("sys"),
        dev: "/dev".into(),
    };
    let which = |product| Which::Usb {
        vendor: 0x0B0E,
        product,
        serial: None,
    };
    let ignored = find(&roots, &which(0x0412)).unwrap_err();
    assert!(ignored.to_string().contains("hid-jabra"), "{ignored}");
    assert!(matches!(
        find(&roots, &which(0x9999)),
        Err(HidError::Absent)
    ));
}
