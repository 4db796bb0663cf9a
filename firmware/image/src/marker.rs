//! The line of text in an image that says whose it is. Written by `puck-rp2040`, read before anything is written.

use crate::ImageError;
use std::fmt;

/// How the line begins; what follows are words parted by spaces, up to a zero byte.
const PREFIX: &[u8] = b"roomd-table-button/1 ";
/// A longer line is none of ours.
const LONGEST: usize = 64;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Of the word that an image has for it.
            pub fn read(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $($name::$variant => $word,)*
                })
            }
        }
    };
}

words!(
    /// For which chip it was built.
    Chip {
        /// Raspberry Pi Pico.
        Rp2040 = "rp2040",
    }
);

words!(
    /// For which display.
    Display {
        /// SSD1306, 128 x 64.
        Oled = "oled",
        /// ST7789, 240 x 240.
        Tft = "tft",
    }
);

words!(
    /// For which line to the host.
    Line {
        /// A serial port on USB.
        Usb = "usb",
        /// Two wires.
        Uart = "uart",
    }
);

/// What an image says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// For which chip.
    pub chip: Chip,
    /// For which display.
    pub display: Display,
    /// For which line.
    pub line: Line,
    /// Its version, as the button says it after it has started.
    pub version: String,
}

impl Marker {
    /// For which buttons: chip and display, as one word.
    pub fn button(&self) -> String {
        format!("{}-{}", self.chip, self.display)
    }

    /// Its version as numbers, each below ten: so a USB descriptor carries them. `None` for a version that no room can compare.
    pub fn number(&self) -> Option<[u8; 3]> {
        let part = |part: &str| part.parse().ok().filter(|number| *number < 10);
        let parts: Option<Vec<u8>> = self.version.split('.').map(part).collect();
        parts?.try_into().ok()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Marker {
            chip,
            display,
            line,
            version,
        } = self;
        write!(f, "{version} for {chip}, {display} display, {line} line")
    }
}

/// Finds the one line in an image.
pub(crate) fn find(flash: &[u8]) -> Result<Marker, ImageError> {
    let starts: Vec<usize> = flash
        .windows(PREFIX.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == PREFIX)
        .map(|(at, _)| at)
        .collect();
    let [start] = starts[..] else {
        return Err(ImageError::NotOurs);
    };
    let rest = &flash[start + PREFIX.len()..];
    let rest = &rest[..rest.len().min(LONGEST)];
    let end = rest
        .iter()
        .position(|b| *b == 0)
        .ok_or(ImageError::NotOurs)?;
    let text = String::from_utf8_lossy(&rest[..end]);
    read(&text).ok_or_else(|| ImageError::Unreadable(text.into_owned()))
}

fn read(text: &str) -> Option<Marker> {
    let words: Vec<&str> = text.split(' ').collect();
    let [chip, display, line, version] = words[..] else {
        return None;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    let fits = !version.is_empty() && version.chars().all(plain);
    fits.then_some(())?;
    Some(Marker {
        chip: Chip::read(chip)?,
        display: Display::read(display)?,
        line: Line::read(line)?,
        version: version.to_owned(),
    })
}
