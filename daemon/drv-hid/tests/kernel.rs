//! The contract list against the kernel's own HID: a speakerphone made through `uhid`, its real hidraw node, real hot-plug.
//! Needs root, in a machine of its own: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_hid::{Roots, Which};
use lab_guest::uhid::Hid;
use list::{Bench, DESCRIPTOR};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;
/// Between two looks for a report: the device speaks meanwhile.
const LOOK: Duration = Duration::from_millis(10);

struct Uhid {
    device: Arc<Mutex<Option<Hid>>>,
    told: Arc<Mutex<Option<Vec<u8>>>>,
    listener: Option<JoinHandle<()>>,
}

impl Uhid {
    fn new() -> Uhid {
        let mut phone = Uhid {
            device: Arc::default(),
            told: Arc::default(),
            listener: None,
        };
        phone.plug();
        phone
    }
}

fn listen(device: &Mutex<Option<Hid>>, told: &Mutex<Option<Vec<u8>>>) {
    loop {
        {
            let mut device = device.lock().unwrap();
            let Some(device) = device.as_mut() else {
                return;
            };
            if let Ok(report) = device.output(LOOK) {
                *told.lock().unwrap() = Some(report);
            }
        }
        // The lock is given away.
        thread::sleep(LOOK);
    }
}

impl Bench for Uhid {
    fn roots(&self) -> Roots {
        Roots::default()
    }

    fn which(&self) -> Which {
        Which::Usb {
            vendor: VENDOR,
            product: PRODUCT,
            serial: None,
        }
    }

    fn say(&mut self, report: &[u8]) {
        let mut device = self.device.lock().unwrap();
        device.as_mut().unwrap().input(report).unwrap();
    }

    fn told(&self) -> Option<Vec<u8>> {
        self.told.lock().unwrap().clone()
    }

    fn unplug(&mut self) {
        *self.device.lock().unwrap() = None;
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
        *self.told.lock().unwrap() = None;
    }

    fn plug(&mut self) {
        let plugged = Hid::plug("roomd speakerphone", VENDOR, PRODUCT, DESCRIPTOR).unwrap();
        *self.device.lock().unwrap() = Some(plugged);
        let (device, told) = (self.device.clone(), self.told.clone());
        self.listener = Some(thread::spawn(move || listen(&device, &told)));
    }
}

impl Drop for Uhid {
    fn drop(&mut self) {
        self.unplug();
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
