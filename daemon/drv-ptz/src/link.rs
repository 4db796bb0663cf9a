//! How bytes reach a camera: what the engine must know of the link, and nothing more.
//! Only the serial line is built; links over the network get their variants here.

use core::time::Duration;

/// A kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Link {
    /// RS-232, RS-422 or RS-485: a ring of cameras that take numbers.
    Serial {
        /// Bits a second; 8 data bits, no parity, 1 stop bit.
        baud: u32,
    },
}

/// Start bit, eight data bits, stop bit.
const BITS_PER_BYTE: u64 = 10;

impl Link {
    /// How long so many bytes are under way.
    pub fn wire_time(self, bytes: usize) -> Duration {
        match self {
            Link::Serial { baud } => {
                let bits = bytes as u64 * BITS_PER_BYTE;
                Duration::from_micros(bits * 1_000_000 / u64::from(baud.max(1)))
            }
        }
    }

    /// Whether cameras get their numbers and are cleared by broadcast.
    pub(crate) fn is_ring(self) -> bool {
        match self {
            Link::Serial { .. } => true,
        }
    }
}
