//! How bytes reach a camera: what the engine must know of the link, and nothing more.

use core::time::Duration;

/// A kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Link {
    /// RS-232, RS-422 or RS-485: a ring of cameras that take numbers, of which this side drives one.
    Serial {
        /// Bits a second; 8 data bits, no parity, 1 stop bit.
        baud: u32,
    },
    /// The same with several heads of ours: the line gives out the numbers, and no head speaks for all.
    Chain {
        /// Bits a second, as above.
        baud: u32,
    },
    /// TCP or UDP: one camera, no numbers, no time on the wire that matters.
    Network,
}

/// Start bit, eight data bits, stop bit.
const BITS_PER_BYTE: u64 = 10;

impl Link {
    /// How long so many bytes are under way.
    pub fn wire_time(self, bytes: usize) -> Duration {
        match self {
            Link::Network => Duration::ZERO,
            Link::Serial { baud } | Link::Chain { baud } => {
                let bits = bytes as u64 * BITS_PER_BYTE;
                Duration::from_micros(bits * 1_000_000 / u64::from(baud.max(1)))
            }
        }
    }

    /// Whether the engine gives the camera its number and clears it by broadcast.
    pub(crate) fn is_ring(self) -> bool {
        matches!(self, Link::Serial { .. })
    }

    /// Whether other cameras of ours answer on the same link.
    pub(crate) fn is_shared(self) -> bool {
        matches!(self, Link::Chain { .. })
    }

    /// How long a camera may take to accept a command or answer an inquiry, beside the time on the wire.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Link::Serial { .. } | Link::Chain { .. } => Duration::from_millis(250),
            Link::Network => Duration::from_millis(500),
        }
    }

    /// Bits a second, where there are any.
    pub(crate) fn baud(self) -> Option<u32> {
        match self {
            Link::Serial { baud } | Link::Chain { baud } => Some(baud),
            Link::Network => None,
        }
    }
}
