//! Finding frames in a stream that may start anywhere, lose bytes and carry noise. Knows no protocol.

/// What the first bytes of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Perhaps a frame; more bytes are needed.
    More,
    /// A whole frame of so many bytes.
    Frame(usize),
    /// The first byte belongs to no frame.
    Skip,
}

/// Frames that tell their length: bytes are kept until they make one, and skipped one by one when they cannot.
#[derive(Debug, Clone, Default)]
pub(super) struct Window(Vec<u8>);

/// Longer than any frame of any protocol here.
const MOST: usize = 300;

impl Window {
    pub(super) fn take(&mut self, bytes: &[u8], cut: impl Fn(&[u8]) -> Cut) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for byte in bytes {
            self.0.push(*byte);
            while !self.0.is_empty() {
                match cut(&self.0) {
                    Cut::More if self.0.len() < MOST => break,
                    Cut::More | Cut::Skip => drop(self.0.remove(0)),
                    Cut::Frame(length) => {
                        let rest = self.0.split_off(length.min(self.0.len()));
                        found.push(core::mem::replace(&mut self.0, rest));
                    }
                }
            }
        }
        found
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// Frames that end with one of a few bytes, which is not part of them. Overlong ones are dropped up to their end.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    ends: &'static [u8],
    most: usize,
    overlong: bool,
}

impl Lines {
    pub(super) fn new(ends: &'static [u8], most: usize) -> Lines {
        Lines {
            bytes: Vec::new(),
            ends,
            most,
            overlong: false,
        }
    }

    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for byte in bytes {
            if self.ends.contains(byte) {
                let line = core::mem::take(&mut self.bytes);
                if !core::mem::take(&mut self.overlong) && !line.is_empty() {
                    found.push(line);
                }
            } else if self.bytes.len() >= self.most {
                self.overlong = true;
            } else {
                self.bytes.push(*byte);
            }
        }
        found
    }

    pub(super) fn forget(&mut self) {
        self.bytes.clear();
        self.overlong = false;
    }
}

/// Sum of all bytes, modulo 256.
pub(super) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// All bytes, each bit by exclusive or.
pub(super) fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |mixed, byte| mixed ^ byte)
}

/// The text of a frame, without blanks around it and without the noise before it: what follows the last byte that cannot be
/// part of a text.
pub(super) fn text(frame: &[u8]) -> Option<&str> {
    let is_text = |byte: &u8| (0x20..0x7F).contains(byte);
    let noise = frame.iter().rposition(|byte| !is_text(byte));
    let tail = &frame[noise.map_or(0, |at| at + 1)..];
    Some(core::str::from_utf8(tail).ok()?.trim()).filter(|text| !text.is_empty())
}
