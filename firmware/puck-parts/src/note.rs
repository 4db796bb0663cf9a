//! A few words that survive a reset: why the image ended. Knows neither where they are kept nor who reads them.

use core::fmt::{self, Display, Write};
use core::panic::Location;
use wire::Text;

const MAGIC: u32 = 0x7075_636b;

/// Memory that no start clears holds anything at first, so words count only with their mark and checksum.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct Note {
    magic: u32,
    len: u32,
    check: u32,
    bytes: [u8; Text::MAX],
}

impl Note {
    /// No words.
    pub const EMPTY: Note = Note {
        magic: 0,
        len: 0,
        check: 0,
        bytes: [0; Text::MAX],
    };

    /// Keeps why it ends, and where: the file without its folders, the line, and as much of the reason as there is room for.
    pub fn keep(&mut self, place: Option<&Location<'_>>, why: &dyn Display) {
        *self = Note::EMPTY;
        // What does not fit is cut.
        if let Some(place) = place {
            let file = place.file().rsplit('/').next().unwrap_or_default();
            let _ = write!(self, "{file}:{} ", place.line());
        }
        let _ = write!(self, "{why}");
        self.magic = MAGIC;
        self.check = self.sum();
    }

    /// Why the last run ended, once; nothing after power was given. `bitten` when the watchdog ended it.
    pub fn take(&mut self, bitten: bool) -> Option<Text> {
        let whole = core::mem::take(&mut self.magic) == MAGIC && self.check == self.sum();
        let words = self.bytes.get(..self.len as usize).filter(|_| whole);
        match words.and_then(|words| core::str::from_utf8(words).ok()) {
            Some(words) => Some(Text::cut(words)),
            None => bitten.then(|| Text::cut("watchdog: nothing moved")),
        }
    }

    fn sum(&self) -> u32 {
        let bytes = self.bytes.iter();
        bytes.fold(self.len, |sum, b| sum.rotate_left(5) ^ u32::from(*b))
    }
}

/// Plain ASCII only, so that any cut is between characters.
impl Write for Note {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes().filter(u8::is_ascii) {
            let place = self.bytes.get_mut(self.len as usize);
            *place.ok_or(fmt::Error)? = byte;
            self.len += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After power was given the memory holds anything; what it says counts with its mark and its checksum only.
    #[test]
    fn what_power_left_in_memory_is_no_message() {
        let mut kept = Note::EMPTY;
        kept.keep(Some(Location::caller()), &"a promise was broken");
        for bit in 0..32 {
            let damaged: [fn(&mut Note) -> &mut u32; 3] = [
                |note| &mut note.magic,
                |note| &mut note.len,
                |note| &mut note.check,
            ];
            for field in damaged {
                let mut note = kept.clone();
                *field(&mut note) ^= 1 << bit;
                assert_eq!(note.take(false), None, "bit {bit}");
            }
        }
        for nth in 0..8 * Text::MAX {
            let mut note = kept.clone();
            note.bytes[nth / 8] ^= 1 << (nth % 8);
            assert_eq!(note.take(false), None, "bit {nth} of the words");
        }
        assert!(kept.take(false).is_some());
    }
}
