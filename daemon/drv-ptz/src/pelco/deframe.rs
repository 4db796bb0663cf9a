//! Finds Pelco frames in a stream that may start anywhere, lose bytes and carry noise. Holds one frame at most.
//! Knows nothing of what a frame says.

use super::{D_SYNC, Dialect, Frame, P_END, P_START, sum, xor};

/// What came out of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// A whole frame.
    Frame(Frame),
    /// A byte that belongs to no frame.
    Noise,
}

/// Looks for frames of one dialect.
#[derive(Debug, Clone)]
pub struct Deframer {
    dialect: Dialect,
    held: [u8; 8],
    pub(super) len: usize,
}

impl Deframer {
    /// Holds nothing yet.
    pub fn new(dialect: Dialect) -> Deframer {
        Deframer {
            dialect,
            held: [0; 8],
            len: 0,
        }
    }

    fn whole(&self) -> usize {
        match self.dialect {
            Dialect::D => 7,
            Dialect::P => 8,
        }
    }

    /// Takes the next byte. A frame whose check is wrong is given up by one byte, because a good one may begin inside it.
    pub fn push(&mut self, byte: u8) -> Option<Received> {
        self.held[self.len] = byte;
        self.len += 1;
        let mut dropped = self.drop_to_start();
        if self.len == self.whole() {
            if self.is_right() {
                self.len = 0;
                let mut bytes = self.held;
                if self.dialect == Dialect::D {
                    bytes[7] = 0;
                }
                return Some(Received::Frame(Frame {
                    dialect: self.dialect,
                    bytes,
                }));
            }
            self.drop_first();
            self.drop_to_start();
            dropped = true;
        }
        dropped.then_some(Received::Noise)
    }

    /// Until the first byte held can begin a frame; says whether bytes were lost.
    fn drop_to_start(&mut self) -> bool {
        let start = match self.dialect {
            Dialect::D => D_SYNC,
            Dialect::P => P_START,
        };
        let mut dropped = false;
        while self.len > 0 && self.held[0] != start {
            self.drop_first();
            dropped = true;
        }
        dropped
    }

    fn drop_first(&mut self) {
        self.held.copy_within(1.., 0);
        self.len -= 1;
    }

    fn is_right(&self) -> bool {
        match self.dialect {
            Dialect::D => sum(&self.held[1..6]) == self.held[6],
            Dialect::P => self.held[6] == P_END && xor(&self.held[..7]) == self.held[7],
        }
    }
}
