//! The contract list against the kernel's own lines: `gpio-sim`, whose other side is drawn and read by the test.
//! Needs root, in a machine of its own: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_gpio::hand::{Hand, of};
use drv_gpio::{Contact, Driver, Place};
use lab_guest::gpio::{Chip, Pull};
use list::Bench;

const NAMES: [&str; 2] = ["wall-button", "door-lamp"];
const BUTTON: usize = 0;
const LAMP: usize = 1;

/// A chip with two lines; `None` while it is pulled.
struct Sim(Option<Chip>);

impl Sim {
    fn new() -> Sim {
        Sim(Some(Chip::new("roomd", &NAMES).unwrap()))
    }

    fn chip(&self) -> &Chip {
        self.0.as_ref().unwrap()
    }
}

impl Bench for Sim {
    fn hand(&self) -> Box<dyn Hand> {
        of(Driver::Kernel)
    }

    fn button(&self) -> Place {
        Place::Named(NAMES[BUTTON].to_owned())
    }

    fn lamp(&self) -> Place {
        Place::Named(NAMES[LAMP].to_owned())
    }

    fn press(&mut self, contact: Contact) {
        let pull = match contact {
            Contact::Closed => Pull::Up,
            Contact::Open => Pull::Down,
        };
        self.chip().pull(BUTTON, pull).unwrap();
    }

    fn lit(&self) -> bool {
        self.chip().is_high(LAMP).unwrap()
    }

    fn unplug(&mut self) {
        self.0 = None;
    }

    fn plug(&mut self) {
        *self = Sim::new();
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

/// By chip and number, as boards need it whose lines have no names.
#[tokio::test]
async fn a_line_is_found_by_its_number_too() {
    struct Numbered(Sim);
    impl Bench for Numbered {
        fn hand(&self) -> Box<dyn Hand> {
            self.0.hand()
        }
        fn button(&self) -> Place {
            let chip = self.0.chip().node().unwrap();
            Place::At { chip, offset: 0 }
        }
        fn lamp(&self) -> Place {
            let chip = self.0.chip().node().unwrap();
            Place::At { chip, offset: 1 }
        }
        fn press(&mut self, contact: Contact) {
            self.0.press(contact);
        }
        fn lit(&self) -> bool {
            self.0.lit()
        }
        fn unplug(&mut self) {
            self.0.unplug();
        }
        fn plug(&mut self) {
            self.0.plug();
        }
    }
    list::a_finger_is_one_press(&mut Numbered(Sim::new())).await;
}
