//! The controllers of panels with colours as far as they are written to, ST7789 and ILI9341 alike: a window, and pixels into it.
//! Written from the datasheets alone (ILI9341 sections 8.2.20 to 8.2.22, ST7789V 9.1.20 to 9.1.22).

use embedded_hal::{digital, spi};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// A panel of so many pixels, with its bus and the line that tells commands from pictures.
#[derive(Clone)]
pub struct Colour(Rc<RefCell<Memory>>);

struct Memory {
    width: usize,
    pixels: Vec<[u8; 2]>,
    is_data: bool,
    command: u8,
    data: Vec<u8>,
    columns: (usize, usize),
    rows: (usize, usize),
    at: (usize, usize),
}

impl Colour {
    /// As it is after power-on: noise.
    pub fn new(width: usize, height: usize) -> Colour {
        Colour(Rc::new(RefCell::new(Memory {
            width,
            pixels: vec![[0xA5, 0x5A]; width * height],
            is_data: false,
            command: 0,
            data: Vec::new(),
            columns: (0, width - 1),
            rows: (0, height - 1),
            at: (0, 0),
        })))
    }

    /// What people see: red, green and blue of each pixel, from 0 to 255.
    pub fn seen(&self) -> Vec<u8> {
        let memory = self.0.borrow();
        let wide = |part: u16, most: u16| (part * 255 / most) as u8;
        let colours = memory.pixels.iter().map(|bytes| {
            let all = u16::from_be_bytes(*bytes);
            [
                wide(all >> 11, 31),
                wide(all >> 5 & 63, 63),
                wide(all & 31, 31),
            ]
        });
        colours.flatten().collect()
    }
}

impl Memory {
    fn command(&mut self, byte: u8) {
        self.command = byte;
        self.data.clear();
        if byte == 0x2C {
            self.at = (self.columns.0, self.rows.0);
        }
    }

    fn data(&mut self, byte: u8) {
        self.data.push(byte);
        let range = |data: &[u8]| {
            let word = |at: usize| usize::from(u16::from_be_bytes([data[at], data[at + 1]]));
            (word(0), word(2))
        };
        match (self.command, self.data.len()) {
            (0x2A, 4) => self.columns = range(&self.data),
            (0x2B, 4) => self.rows = range(&self.data),
            (0x2C, 2) => {
                let (column, row) = self.at;
                self.pixels[row * self.width + column] = [self.data[0], self.data[1]];
                self.data.clear();
                self.at = match column == self.columns.1 {
                    true => (self.columns.0, row + 1),
                    false => (column + 1, row),
                };
            }
            _ => {}
        }
    }
}

impl spi::ErrorType for Colour {
    type Error = Infallible;
}

impl spi::SpiDevice for Colour {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut memory = self.0.borrow_mut();
        for operation in operations {
            let spi::Operation::Write(bytes) = operation else {
                continue;
            };
            for byte in bytes.iter() {
                match memory.is_data {
                    true => memory.data(*byte),
                    false => memory.command(*byte),
                }
            }
        }
        Ok(())
    }
}

impl digital::ErrorType for Colour {
    type Error = Infallible;
}

impl digital::OutputPin for Colour {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().is_data = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().is_data = true;
        Ok(())
    }
}
