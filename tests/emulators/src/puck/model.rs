//! The button without wires: bytes and times in, bytes out, and what it shows.
//! All behaviour is the firmware's own, `puck-ui`; this only gives it an allocator and a picture of its display.

use drv_panel::{Canvas, png};
use embedded_graphics::pixelcolor::BinaryColor;
use puck_ui::{Config, Glass, Line, Puck, Tongue};
pub use puck_ui::{Connection, NotSent};
use std::sync::Arc;
use std::time::Duration;
use wire::{Face, Key, KeyKind, Text};

/// What a person at the table sees, and what a test wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Whether there is a host.
    pub connection: Connection,
    /// What the host said last in this session; nothing while there is no host.
    pub face: Option<Face>,
    /// Count of the last key pressed.
    pub count: u16,
    /// Count of the last key that the host took.
    pub heard: Option<u16>,
    /// How many frames were damaged.
    pub damaged: u32,
    /// Grows with each change on the display.
    pub screen: u32,
}

/// The button.
pub struct Model {
    puck: Puck,
    now: Duration,
    glass: Canvas<BinaryColor>,
    screen: u32,
}

impl Model {
    /// Switched on; answers its first bytes.
    pub fn start(serial: &str) -> (Model, Vec<u8>) {
        let mut model = Model {
            puck: Puck::new(Config {
                firmware: Text::cut(concat!("emulated ", env!("CARGO_PKG_VERSION"))),
                serial: Text::cut(serial),
                tongue: Tongue::German,
                glass: Glass::Ssd1306,
                line: Line::Usb,
                trouble: None,
            }),
            now: Duration::ZERO,
            glass: Canvas::new(Glass::Ssd1306.size(), BinaryColor::Off),
            screen: 0,
        };
        let bytes = model.tick(Duration::ZERO);
        (model, bytes)
    }

    /// What it shows.
    pub fn shown(&self) -> Shown {
        let (count, heard) = self.puck.counts();
        Shown {
            connection: self.puck.connection(self.now),
            face: self.puck.face(self.now),
            count,
            heard,
            damaged: self.puck.damaged(),
            screen: self.screen,
        }
    }

    /// Its display as PNG.
    pub fn picture(&self) -> Arc<[u8]> {
        png(&self.glass, false).map_or_else(|_| Arc::from([]), Arc::from)
    }

    /// Takes bytes from the host; answers bytes.
    pub fn hear(&mut self, now: Duration, bytes: &[u8]) -> Vec<u8> {
        self.puck.hear(bytes, now);
        self.tick(now)
    }

    /// A finger; answers bytes, or why nothing was sent.
    pub fn press(&mut self, now: Duration, key: Key, kind: KeyKind) -> Result<Vec<u8>, NotSent> {
        let sent = self.puck.press(key, kind, now);
        let bytes = self.tick(now);
        sent.map(|_| bytes)
    }

    /// Lets time pass; answers bytes. To be called at least each 50 ms.
    pub fn tick(&mut self, now: Duration) -> Vec<u8> {
        self.now = now;
        if !self.puck.tick(now).dirty.is_empty() {
            let Ok(()) = self.puck.draw(&mut self.glass);
            self.screen = self.screen.wrapping_add(1);
        }
        let frames = std::iter::from_fn(|| self.puck.say(now));
        frames.flat_map(|frame| frame.bytes().to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{Frame, HostHello, HostToPuck};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn says_no_connection_after_a_second_and_a_half_of_silence() {
        let (mut model, _) = Model::start("1");
        let alone = model.picture();
        let hello = HostToPuck::Hello(HostHello::new(5));
        model.hear(ms(1), Frame::of(&hello).unwrap().bytes());
        let gone_at = ms(1) + puck_ui::GONE_AFTER;
        model.tick(gone_at - ms(1));
        assert_eq!(model.shown().connection, Connection::Host);
        assert_ne!(model.picture(), alone);
        model.tick(gone_at);
        assert_eq!(model.shown().connection, Connection::None);
        assert_eq!(model.picture(), alone);
        let refused = model.press(ms(1502), Key::Main, KeyKind::Short);
        assert_eq!(refused, Err(NotSent::NoConnection));
        assert_ne!(model.picture(), alone, "and the display says so");
    }
}
