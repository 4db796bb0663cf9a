//! Buses without wires: what a driver sends is read as the two controllers read it, into a picture.
//! SSD1306 manual (Solomon Systech, rev. 1.1), 9 and 10; ST7789V datasheet (Sitronix, 1.4), 9.

use drv_panel::Canvas;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::raw::RawU16;
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565};
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType as PinError, OutputPin};
use embedded_hal::pwm::{ErrorType as PwmError, SetDutyCycle};
use embedded_hal::spi::{self, SpiDevice};
use embedded_hal_async::i2c::{self, I2c};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;

/// What the controller of the small display made of it.
pub struct Small {
    memory: [[u8; 128]; 8],
    columns: [u8; 2],
    pages: [u8; 2],
    at: [u8; 2],
    pub lit: bool,
    pub contrast: u8,
    /// As the bus has them, with address, answers, start and stop.
    pub bits: u32,
    pub broken: bool,
    pub strange: Vec<u8>,
}

impl Small {
    fn command(&mut self, bytes: &[u8]) {
        match *bytes {
            [0xae] => self.lit = false,
            [0xaf] => self.lit = true,
            [0x81, contrast] => self.contrast = contrast,
            [0x21, from, to] => (self.columns, self.at[0]) = ([from, to], from),
            [0x22, from, to] => (self.pages, self.at[1]) = ([from, to], from),
            // Columns from the right, rows from below: so it stands in a module with its pins above.
            [0xa1 | 0xc8] => {}
            // Clock, rows, no shift, first row, its own supply, row after row, pins, voltage, memory shown, as it is, at rest.
            [0xd5, 0x80] | [0xa8, 63] | [0xd3, 0] | [0x40] | [0x8d, 0x14] | [0x20, 0] => {}
            [0xda, 0x12] | [0xdb, _] | [0xd9, _] | [0xa4 | 0xa6 | 0x2e] => {}
            _ => self.strange.extend(bytes),
        }
    }

    fn picture(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [x, page] = self.at;
            self.memory[usize::from(page)][usize::from(x)] = *byte;
            self.at = match (x == self.columns[1], page == self.pages[1]) {
                (false, _) => [x + 1, page],
                (true, false) => [self.columns[0], page + 1],
                (true, true) => [self.columns[0], self.pages[0]],
            };
        }
    }

    pub fn canvas(&self) -> Canvas<BinaryColor> {
        let on = |x: u32, y: u32| self.memory[y as usize / 8][x as usize] >> (y % 8) & 1 == 1;
        canvas(Size::new(128, 64), |x, y| {
            BinaryColor::from(self.lit && on(x, y))
        })
    }
}

fn canvas<C: puck_ui::Ink>(size: Size, colour: impl Fn(u32, u32) -> C) -> Canvas<C> {
    let mut canvas = Canvas::new(size, C::of(puck_ui::Paint::Ground));
    let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    let pixels = places.map(|(x, y)| Pixel(Point::new(x as i32, y as i32), colour(x, y)));
    let Ok(()) = canvas.draw_iter(pixels);
    canvas
}

/// The small display's bus.
pub struct I2cBus(Rc<RefCell<Small>>);

impl I2cBus {
    pub fn new() -> (I2cBus, Rc<RefCell<Small>>) {
        let small = Rc::new(RefCell::new(Small {
            memory: [[0x5a; 128]; 8],
            columns: [0, 127],
            pages: [0, 7],
            at: [0, 0],
            lit: false,
            contrast: 0x7f,
            bits: 0,
            broken: false,
            strange: Vec::new(),
        }));
        (I2cBus(small.clone()), small)
    }
}

impl i2c::ErrorType for I2cBus {
    type Error = i2c::ErrorKind;
}

impl I2c for I2cBus {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [i2c::Operation<'_>],
    ) -> Result<(), i2c::ErrorKind> {
        let small = &mut *self.0.borrow_mut();
        if small.broken {
            return Err(i2c::ErrorKind::NoAcknowledge(
                i2c::NoAcknowledgeSource::Address,
            ));
        }
        assert_eq!(address, 0x3c);
        for operation in operations {
            let i2c::Operation::Write(bytes) = operation else {
                panic!("it has nothing to say");
            };
            small.bits += 9 * (1 + bytes.len() as u32) + 2;
            match bytes.split_first() {
                Some((0x00, command)) => small.command(command),
                Some((0x40, picture)) => small.picture(picture),
                _ => small.strange.extend(*bytes),
            }
        }
        Ok(())
    }
}

/// What the controller of the coloured display made of it.
pub struct Large {
    memory: Vec<u16>,
    columns: [u16; 2],
    rows: [u16; 2],
    at: [u16; 2],
    command: u8,
    data: Vec<u8>,
    awake: bool,
    on: bool,
    inverted: bool,
    pub resets: u32,
    pub strange: Vec<u8>,
}

impl Large {
    fn order(&mut self, command: u8) {
        self.command = command;
        self.data.clear();
        match command {
            0x11 => self.awake = true,
            0x21 => self.inverted = true,
            0x29 => self.on = true,
            0x2c => self.at = [self.columns[0], self.rows[0]],
            // Where and in what form pictures come, and what is scrolled; their values are looked at below.
            0x2a | 0x2b | 0x33 | 0x36 | 0x3a | 0x13 => {}
            strange => self.strange.push(strange),
        }
    }

    fn take(&mut self, byte: u8) {
        self.data.push(byte);
        match (self.command, &self.data[..]) {
            (0x2a, &[a, b, c, d]) => {
                self.columns = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
            }
            (0x2b, &[a, b, c, d]) => {
                self.rows = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
            }
            (0x2c, &[high, low]) => {
                self.put(u16::from_be_bytes([high, low]));
                self.data.clear();
            }
            // Not turned; two bytes a colour.
            (0x36, [0]) | (0x3a, [0x55]) => {}
            (0x36 | 0x3a, strange) => self.strange.extend(strange),
            _ => {}
        }
    }

    fn put(&mut self, colour: u16) {
        let [x, y] = self.at;
        self.memory[usize::from(y) * 240 + usize::from(x)] = colour;
        self.at = match (x == self.columns[1], y == self.rows[1]) {
            (false, _) => [x + 1, y],
            (true, false) => [self.columns[0], y + 1],
            (true, true) => [self.columns[0], self.rows[0]],
        };
    }

    /// As on a glass that shows the opposite of what it is told, which such modules have.
    pub fn canvas(&self) -> Canvas<Rgb565> {
        assert!(self.awake && self.on && self.inverted && self.resets == 1);
        canvas(Size::new(240, 240), |x, y| {
            Rgb565::from(RawU16::new(self.memory[(y * 240 + x) as usize]))
        })
    }
}

/// The coloured display's bus.
pub struct SpiBus(Rc<RefCell<Large>>, Rc<Cell<bool>>);

impl SpiBus {
    /// With the pins for commands and for the reset.
    pub fn new() -> (SpiBus, [Pin; 2], Rc<RefCell<Large>>) {
        let large = Rc::new(RefCell::new(Large {
            memory: vec![0x5a5a; 240 * 320],
            columns: [0, 239],
            rows: [0, 319],
            at: [0, 0],
            command: 0,
            data: Vec::new(),
            awake: false,
            on: false,
            inverted: false,
            resets: 0,
            strange: Vec::new(),
        }));
        let data = Rc::new(Cell::new(true));
        let command = Pin {
            level: data.clone(),
            resets: None,
        };
        let reset = Pin {
            level: Rc::new(Cell::new(true)),
            resets: Some(large.clone()),
        };
        (SpiBus(large.clone(), data), [command, reset], large)
    }
}

impl spi::ErrorType for SpiBus {
    type Error = spi::ErrorKind;
}

impl SpiDevice for SpiBus {
    fn transaction(
        &mut self,
        operations: &mut [spi::Operation<'_, u8>],
    ) -> Result<(), spi::ErrorKind> {
        let large = &mut *self.0.borrow_mut();
        assert!(large.resets > 0, "nothing is said before it was reset");
        for operation in operations {
            let spi::Operation::Write(bytes) = operation else {
                panic!("it has nothing to say");
            };
            for byte in *bytes {
                match self.1.get() {
                    true => large.take(*byte),
                    false => large.order(*byte),
                }
            }
        }
        Ok(())
    }
}

/// A pin; a reset counts at its rise.
pub struct Pin {
    level: Rc<Cell<bool>>,
    resets: Option<Rc<RefCell<Large>>>,
}

impl PinError for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.level.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        let rose = !self.level.replace(true);
        if let Some(large) = self.resets.as_ref().filter(|_| rose) {
            large.borrow_mut().resets += 1;
        }
        Ok(())
    }
}

/// The coloured display's light, in hundredths.
pub struct Pwm(pub Rc<Cell<Option<u16>>>);

impl PwmError for Pwm {
    type Error = Infallible;
}

impl SetDutyCycle for Pwm {
    fn max_duty_cycle(&self) -> u16 {
        100
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.set(Some(duty));
        Ok(())
    }
}

/// Time that nobody waits for.
pub struct Nothing;

impl DelayNs for Nothing {
    fn delay_ns(&mut self, _: u32) {}
}
