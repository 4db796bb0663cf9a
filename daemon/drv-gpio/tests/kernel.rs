//! The contract list against the kernel's own lines: `gpio-sim`, whose other side is drawn and read by the test.
//! On arm64, the board's own chip: its power button's line, pressed from outside.
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

/// A PL061 as boards have it: no names, no debouncing of its own. QEMU's board `virt` wires a contact to one of its lines.
#[cfg(target_arch = "aarch64")]
mod board {
    use super::list::{heard, quiet};
    use drv_gpio::hand::{Input, Output, of};
    use drv_gpio::{Active, Bias, ButtonConfig, Driver, GpioError, Place, serve_button};
    use lab_guest::host::press_power;
    use lab_guest::{read, run, write};
    use room_core::event::{Event, FittingSeen, Key, KeyPress, Origin, Press};
    use room_core::ids::FittingId;
    use room_core::units::Percent;
    use std::path::Path;
    use std::time::Duration;
    use tokio::sync::mpsc;

    const POWER_BUTTON: u32 = 3;
    const FREE: u32 = 5;
    /// Where the kernel's own driver of keys lets go of the button.
    const KEYS: &str = "/sys/bus/platform/drivers/gpio-keys";

    fn place(offset: u32) -> Place {
        let chip = "/dev/gpiochip0".into();
        Place::At { chip, offset }
    }

    /// The button in the hands of the kernel's driver, or free.
    fn held_by_the_kernel(held: bool) {
        run("modprobe", &["gpio_keys"]).unwrap();
        if Path::new(KEYS).join("gpio-keys").exists() != held {
            let verb = if held { "bind" } else { "unbind" };
            write(Path::new(KEYS).join(verb), "gpio-keys").unwrap();
        }
    }

    fn input(debounce_ms: u64) -> Input {
        Input {
            line: place(POWER_BUTTON),
            active: Active::High,
            bias: Bias::AsIs,
            debounce: Duration::from_millis(debounce_ms),
        }
    }

    /// A press of the power button lasts 100 ms.
    async fn begin(debounce_ms: u64, hold_ms: u64) -> mpsc::Receiver<Event> {
        held_by_the_kernel(false);
        let id = FittingId::new("button.wall");
        let config = ButtonConfig {
            id: id.clone(),
            input: input(debounce_ms),
            key: Key::Mute,
            hold: Some(Duration::from_millis(hold_ms)),
            stuck_after: Duration::from_secs(30),
        };
        let (out, mut events) = mpsc::channel(8);
        tokio::spawn(serve_button(config, of(Driver::Kernel), out));
        assert_eq!(
            heard(&mut events).await,
            Event::Fitting(id, FittingSeen::Here)
        );
        events
    }

    async fn pressed(events: &mut mpsc::Receiver<Event>) -> KeyPress {
        match heard(events).await {
            Event::Pressed {
                press: Press::Key(Key::Mute, kind),
                origin: Origin::Button,
            } => kind,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_finger_on_it_is_one_press() {
        let mut events = begin(20, 5000).await;
        for _ in 0..3 {
            press_power().unwrap();
            assert_eq!(pressed(&mut events).await, KeyPress::Short);
        }
        quiet(&mut events, 300).await;
    }

    #[tokio::test]
    async fn held_for_longer_is_a_long_press() {
        let mut events = begin(5, 40).await;
        press_power().unwrap();
        assert_eq!(pressed(&mut events).await, KeyPress::Long);
        quiet(&mut events, 300).await;
    }

    /// The chip itself debounces nothing: that the kernel does it is what keeps this silent.
    #[tokio::test]
    async fn what_is_shorter_than_its_debouncing_is_no_press() {
        let mut events = begin(400, 5000).await;
        press_power().unwrap();
        quiet(&mut events, 1000).await;
    }

    #[tokio::test]
    async fn a_line_that_the_kernel_has_is_named() {
        held_by_the_kernel(true);
        let (edges, _kept) = mpsc::channel(8);
        let had = of(Driver::Kernel).watch(&input(5), edges).map(|_| ());
        let by = "GPIO Key Poweroff".to_owned();
        let line = place(POWER_BUTTON);
        assert_eq!(had, Err(GpioError::Busy { line, by }));
        held_by_the_kernel(false);
    }

    /// What the chip's register says, by the kernel's own list of lines.
    fn driven_high() -> bool {
        let list = read("/sys/kernel/debug/gpio").unwrap();
        let mut lines = list.lines().filter(|line| line.contains("|roomd "));
        lines.next().unwrap().contains("out hi")
    }

    #[tokio::test]
    async fn a_lamp_is_driven_and_read_back() {
        if !Path::new("/sys/kernel/debug/gpio").exists() {
            run("mount", &["-t", "debugfs", "debug", "/sys/kernel/debug"]).unwrap();
        }
        for active in [Active::High, Active::Low] {
            let line = place(FREE);
            let output = Output { line, active };
            let mut lamp = of(Driver::Kernel).lamp(&output).unwrap();
            assert!(!lamp.seen().unwrap(), "a lamp begins dark");
            for lit in [true, false, true] {
                lamp.set(Percent::new(if lit { 100 } else { 0 })).unwrap();
                assert_eq!(lamp.seen().unwrap(), lit);
                assert_eq!(driven_high(), lit == (active == Active::High));
            }
        }
    }
}
