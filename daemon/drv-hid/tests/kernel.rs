//! The contract list against the kernel's own HID: a speakerphone made through /dev/uhid, its real hidraw node, real hot-plug.
//! Needs root and the module; run by `tests/run lab` in a machine of its own.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_hid::{Roots, Which};
use list::{Bench, DESCRIPTOR};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Events of /dev/uhid (linux/uhid.h): a number of four bytes, then the packed structure that goes with it.
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const DESTROY: u32 = 1;
const OUTPUT: u32 = 6;
const DATA: usize = 4096;
const BUS_USB: u16 = 3;
const VENDOR: u16 = 0x1209;

struct Uhid {
    device: Option<File>,
    product: u16,
    told: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Uhid {
    fn new() -> Uhid {
        static NEXT: AtomicU16 = AtomicU16::new(1);
        let mut phone = Uhid {
            device: None,
            product: NEXT.fetch_add(1, Ordering::Relaxed),
            told: Arc::default(),
        };
        phone.plug();
        phone
    }
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(length, 0);
    bytes
}

fn create(product: u16) -> Vec<u8> {
    let mut event = CREATE2.to_ne_bytes().to_vec();
    event.extend(padded("roomd test speakerphone", 128));
    event.extend(padded("roomd/uhid", 64));
    event.extend(padded("4711", 64));
    event.extend(u16::try_from(DESCRIPTOR.len()).unwrap().to_ne_bytes());
    event.extend(BUS_USB.to_ne_bytes());
    for number in [u32::from(VENDOR), u32::from(product), 0, 0] {
        event.extend(number.to_ne_bytes());
    }
    let mut data = DESCRIPTOR.to_vec();
    data.resize(DATA, 0);
    event.extend(data);
    event
}

fn listen(mut device: File, told: &Mutex<Option<Vec<u8>>>) {
    let mut event = vec![0; 4 + DATA + 300];
    while let Ok(length) = device.read(&mut event) {
        let kind = u32::from_ne_bytes(event[..4].try_into().unwrap());
        if kind == OUTPUT && length >= 4 + DATA + 2 {
            let size = u16::from_ne_bytes(event[4 + DATA..4 + DATA + 2].try_into().unwrap());
            *told.lock().unwrap() = Some(event[4..4 + usize::from(size)].to_vec());
        }
        if length == 0 {
            return;
        }
    }
}

impl Bench for Uhid {
    fn roots(&self) -> Roots {
        Roots::default()
    }

    fn which(&self) -> Which {
        Which::Usb {
            vendor: VENDOR,
            product: self.product,
            serial: None,
        }
    }

    fn say(&mut self, report: &[u8]) {
        let mut event = INPUT2.to_ne_bytes().to_vec();
        event.extend(u16::try_from(report.len()).unwrap().to_ne_bytes());
        event.extend(report);
        self.device.as_mut().unwrap().write_all(&event).unwrap();
    }

    fn told(&self) -> Option<Vec<u8>> {
        self.told.lock().unwrap().clone()
    }

    fn unplug(&mut self) {
        let mut device = self.device.take().unwrap();
        device.write_all(&DESTROY.to_ne_bytes()).unwrap();
        *self.told.lock().unwrap() = None;
    }

    fn plug(&mut self) {
        let open = OpenOptions::new().read(true).write(true).open("/dev/uhid");
        let mut device = open.expect("the module uhid is loaded");
        device.write_all(&create(self.product)).unwrap();
        let (listener, told) = (device.try_clone().unwrap(), self.told.clone());
        thread::spawn(move || listen(listener, &told));
        self.device = Some(device);
    }
}

impl Drop for Uhid {
    fn drop(&mut self) {
        if self.device.is_some() {
            self.unplug();
        }
    }
}

macro_rules! held {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            list::$name(&mut Uhid::new()).await;
        }
    )*};
}

held! {
    lamps_show_what_the_room_saw
    the_mute_key_is_a_request
    one_that_returns_is_told_everything_anew
    lamps_without_a_master_are_dark
}
