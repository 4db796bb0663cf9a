//! What goes over the bus, counted on buses of air: only what changed, how long that takes, and that the right pixels do.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod colour;
mod controller;

use colour::Colour;
use controller::{Controller, lit};
use drv_panel::glass::{Glass, Oled, Pieces, ili9341, st7789};
use drv_panel::{Kind, Sample, Show, Tongue, decode, picture, sample};
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::{digital, i2c, spi};
use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

/// Bytes that went over, addresses included.
#[derive(Clone, Default)]
struct Air(Rc<Cell<usize>>);

impl Air {
    fn add(&self, bytes: usize) {
        self.0.set(self.0.get() + bytes);
    }

    /// Since the last time.
    fn taken(&self) -> usize {
        self.0.replace(0)
    }
}

impl i2c::ErrorType for Air {
    type Error = Infallible;
}

impl i2c::I2c for Air {
    fn transaction(
        &mut self,
        _: u8,
        operations: &mut [i2c::Operation<'_>],
    ) -> Result<(), Infallible> {
        let length = |operation: &i2c::Operation<'_>| match operation {
            i2c::Operation::Read(bytes) => bytes.len(),
            i2c::Operation::Write(bytes) => bytes.len(),
        };
        self.add(1 + operations.iter().map(length).sum::<usize>());
        Ok(())
    }
}

/// A bus with a controller on it.
struct Wired(Controller);

impl i2c::ErrorType for Wired {
    type Error = Infallible;
}

impl i2c::I2c for Wired {
    fn transaction(
        &mut self,
        _: u8,
        operations: &mut [i2c::Operation<'_>],
    ) -> Result<(), Infallible> {
        for operation in operations {
            if let i2c::Operation::Write(bytes) = operation {
                self.0.take(bytes);
            }
        }
        Ok(())
    }
}

impl spi::ErrorType for Air {
    type Error = Infallible;
}

impl spi::SpiDevice for Air {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Infallible> {
        for operation in operations {
            if let spi::Operation::Write(bytes) = operation {
                self.add(bytes.len());
            }
        }
        Ok(())
    }
}

impl digital::ErrorType for Air {
    type Error = Infallible;
}

impl OutputPin for Air {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl DelayNs for Air {
    fn delay_ns(&mut self, _: u32) {}
}

/// Nine clocks carry a byte on I2C.
fn ms_at_400_khz(bytes: usize) -> f64 {
    bytes as f64 * 9.0 / 400.0
}

#[test]
fn a_changed_line_takes_less_than_ten_milliseconds_on_i2c() {
    let air = Air::default();
    let mut oled = Oled::open(air.clone(), 0x3C).unwrap();
    air.taken();
    let show = sample(Sample::Free, Tongue::German);
    oled.show(&show).unwrap();
    let whole = ms_at_400_khz(air.taken());
    oled.show(&show).unwrap();
    assert_eq!(air.taken(), 0, "nothing changed, nothing is sent");
    let other = Show {
        next: Some("15:30 - 17:00 Rat der Stadt".to_owned()),
        ..show
    };
    oled.show(&other).unwrap();
    let line = ms_at_400_khz(air.taken());
    println!("whole screen {whole:.1} ms, changed line {line:.1} ms of bus time at 400 kHz");
    assert!(line > 0.0 && line <= 10.0, "{line:.1} ms");
    assert!(whole > 2.0 * line, "{whole:.1} ms");
}

#[test]
fn only_what_changed_goes_over_spi() {
    let show = sample(Sample::Muted, Tongue::German);
    let other = Show {
        next: Some("Bis 17:00".to_owned()),
        ..show.clone()
    };
    let counted = |glass: &mut dyn Glass, air: &Air| {
        air.taken();
        glass.show(&show).unwrap();
        let whole = air.taken();
        glass.show(&show).unwrap();
        assert_eq!(air.taken(), 0);
        glass.show(&other).unwrap();
        (whole, air.taken())
    };
    let air = Air::default();
    let interface = || Pieces::new(air.clone(), air.clone());
    let mut square = st7789(interface(), air.clone(), &mut air.clone()).unwrap();
    let (whole, part) = counted(&mut square, &air);
    assert!(
        whole >= 240 * 240 * 2 && part > 0 && part < whole / 20,
        "{part} of {whole}"
    );
    let mut wide = ili9341(interface(), air.clone(), &mut air.clone()).unwrap();
    let (whole, part) = counted(&mut wide, &air);
    assert!(
        whole >= 320 * 240 * 2 && part > 0 && part < whole / 20,
        "{part} of {whole}"
    );
}

#[test]
fn each_pixel_comes_to_its_place_also_when_little_changed() {
    let controller = Controller::new();
    let mut oled = Oled::open(Wired(controller.clone()), 0x3C).unwrap();
    for which in Sample::ALL {
        let show = sample(which, Tongue::German);
        oled.show(&show).unwrap();
        assert!(controller.seen() == Some(lit(&show)), "{which:?}");
    }
    oled.blank().unwrap();
    assert!(controller.seen().unwrap().iter().all(|pixel| *pixel == 0));
}

#[test]
fn each_pixel_comes_to_its_place_on_panels_with_colours() {
    let drawn = |kind, show: &Show| decode(&picture(kind, show).unwrap()).unwrap().2;
    let held = |kind, glass: &mut dyn Glass, panel: &Colour| {
        for which in Sample::ALL {
            let show = sample(which, Tongue::German);
            glass.show(&show).unwrap();
            assert!(panel.seen() == drawn(kind, &show), "{kind:?} {which:?}");
        }
    };
    let panel = Colour::new(240, 240);
    let interface = Pieces::new(panel.clone(), panel.clone());
    let mut square = st7789(interface, Air::default(), &mut Air::default()).unwrap();
    held(Kind::St7789, &mut square, &panel);
    let panel = Colour::new(320, 240);
    let interface = Pieces::new(panel.clone(), panel.clone());
    let mut wide = ili9341(interface, Air::default(), &mut Air::default()).unwrap();
    held(Kind::Ili9341, &mut wide, &panel);
}
