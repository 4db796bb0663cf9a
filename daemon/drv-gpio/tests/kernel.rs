//! The contract list against the kernel's own lines: `gpio-sim`, whose other side is driven and read through its folder.
//! Needs root, the module, and configfs; run by `tests/run lab` in a machine of its own.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_gpio::hand::{Hand, of};
use drv_gpio::{Contact, Driver, Place};
use list::Bench;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, process};

/// One simulated chip with two lines. Gone when dropped.
struct Sim {
    chip: String,
    folder: PathBuf,
}

const BUTTON: u32 = 0;
const LAMP: u32 = 1;

impl Sim {
    fn new() -> Sim {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let chip = format!("roomd-{}-{count}", process::id());
        let folder = PathBuf::from("/sys/kernel/config/gpio-sim").join(&chip);
        let bank = folder.join("bank0");
        fs::create_dir_all(&bank).expect("gpio-sim is loaded and configfs is mounted");
        fs::write(bank.join("num_lines"), "2").unwrap();
        for (offset, role) in [(BUTTON, "button"), (LAMP, "lamp")] {
            let line = bank.join(format!("line{offset}"));
            fs::create_dir(&line).unwrap();
            fs::write(line.join("name"), format!("{chip}-{role}")).unwrap();
        }
        let mut sim = Sim { chip, folder };
        sim.plug();
        sim
    }

    /// The folder of the chip's other side.
    fn outside(&self, offset: u32) -> PathBuf {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap().trim().to_owned();
        let device = read(self.folder.join("dev_name"));
        let chip = read(self.folder.join("bank0/chip_name"));
        PathBuf::from(format!(
            "/sys/devices/platform/{device}/{chip}/sim_gpio{offset}"
        ))
    }
}

impl Bench for Sim {
    fn hand(&self) -> Box<dyn Hand> {
        of(Driver::Kernel)
    }

    fn button(&self) -> Place {
        Place::Named(format!("{}-button", self.chip))
    }

    fn lamp(&self) -> Place {
        Place::Named(format!("{}-lamp", self.chip))
    }

    fn press(&mut self, contact: Contact) {
        let pull = match contact {
            Contact::Closed => "pull-up",
            Contact::Open => "pull-down",
        };
        fs::write(self.outside(BUTTON).join("pull"), pull).unwrap();
    }

    fn lit(&self) -> bool {
        let value = fs::read_to_string(self.outside(LAMP).join("value")).unwrap();
        value.trim() == "1"
    }

    fn unplug(&mut self) {
        fs::write(self.folder.join("live"), "0").unwrap();
    }

    fn plug(&mut self) {
        fs::write(self.folder.join("live"), "1").unwrap();
        self.press(Contact::Open);
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = fs::write(self.folder.join("live"), "0");
        for part in ["bank0/line0", "bank0/line1", "bank0", ""] {
            let _ = fs::remove_dir(self.folder.join(part));
        }
    }
}

macro_rules! held {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            list::$name(&mut Sim::new()).await;
        }
    )*};
}

held! {
    a_finger_is_one_press
    bounce_is_one_press
    a_long_press_is_told_while_it_lasts
    a_contact_closed_at_the_start_presses_nothing
    a_line_held_down_is_told
    a_lamp_follows_blinks_and_ends_dark
    lines_that_go_come_back
    a_line_in_use_or_unknown_is_named
}
