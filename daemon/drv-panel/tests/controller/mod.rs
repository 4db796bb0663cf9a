//! The SSD1306's controller as far as it is written to: what it was told becomes pixels. Written from its datasheet alone
//! (sections 8.1.5 and 10), so that it judges the driver and the crate below it.

use drv_panel::{Kind, Show, decode, picture};
use std::sync::{Arc, Mutex};

const WIDTH: usize = 128;
const PAGES: usize = 8;

/// The same as it was drawn.
pub fn lit(show: &Show) -> Vec<u8> {
    let png = picture(Kind::Ssd1306, show).unwrap();
    let pixels = decode(&png).unwrap().2;
    pixels.chunks(3).map(|pixel| pixel[0]).collect()
}

/// A panel's controller.
#[derive(Clone)]
pub struct Controller(Arc<Mutex<Memory>>);

struct Memory {
    on: bool,
    pixels: [u8; WIDTH * PAGES],
    columns: (usize, usize),
    pages: (usize, usize),
    column: usize,
    page: usize,
    /// A command that waits for its values.
    command: Vec<u8>,
}

impl Controller {
    /// As it is after power-on.
    pub fn new() -> Controller {
        Controller(Arc::new(Mutex::new(Memory {
            on: false,
            // What stands there after power-on is noise.
            pixels: [0x55; WIDTH * PAGES],
            columns: (0, WIDTH - 1),
            pages: (0, PAGES - 1),
            column: 0,
            page: 0,
            command: Vec::new(),
        })))
    }

    /// What people see, a byte of brightness for each pixel; nothing while it is off.
    pub fn seen(&self) -> Option<Vec<u8>> {
        let memory = self.0.lock().unwrap();
        let lit = |x: usize, y: usize| memory.pixels[y / 8 * WIDTH + x] >> (y % 8) & 1;
        let all = (0..PAGES * 8).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        memory
            .on
            .then(|| all.map(|(x, y)| lit(x, y) * 255).collect())
    }
}

impl Controller {
    /// Takes one message of the bus.
    pub fn take(&self, bytes: &[u8]) {
        let mut memory = self.0.lock().unwrap();
        match bytes.split_first() {
            Some((0x00, commands)) => commands.iter().for_each(|byte| memory.command(*byte)),
            Some((0x40, data)) => data.iter().for_each(|byte| memory.data(*byte)),
            other => panic!("{other:?} is neither commands nor data"),
        }
    }
}

impl Memory {
    fn command(&mut self, byte: u8) {
        self.command.push(byte);
        let values = match self.command[0] {
            0x21 | 0x22 => 2,
            0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
            _ => 0,
        };
        if self.command.len() <= values {
            return;
        }
        match *std::mem::take(&mut self.command) {
            [0x21, first, last] => {
                self.columns = (first.into(), last.into());
                self.column = first.into();
            }
            [0x22, first, last] => {
                self.pages = (first.into(), last.into());
                self.page = first.into();
            }
            [0x20, mode] => assert_eq!(mode, 0, "parts are written row after row"),
            [0xAE] => self.on = false,
            [0xAF] => self.on = true,
            _ => {}
        }
    }

    fn data(&mut self, byte: u8) {
        self.pixels[self.page * WIDTH + self.column] = byte;
        self.column += 1;
        if self.column > self.columns.1 {
            self.column = self.columns.0;
            self.page += 1;
        }
        if self.page > self.pages.1 {
            self.page = self.pages.0;
        }
    }
}
