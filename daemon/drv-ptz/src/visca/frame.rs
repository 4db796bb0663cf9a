//! Frames of 3 to 17 bytes, from a header to `FF`, found again in any stream of bytes.
//! Knows nothing of what a frame says.

use core::fmt;

/// The longest frame: header, 15 message bytes, terminator. The grammar says 16, and a place of five and five nibbles needs 17
/// (SRG-360SHE and ILME-FR7 command lists).
pub const MAX_FRAME: usize = 17;
const MIN_FRAME: usize = 3;
const END: u8 = 0xFF;
/// From the controller to everybody.
const BROADCAST: u8 = 0x88;

/// A camera's number on its line, 1 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u8);

impl Address {
    /// The first camera behind the controller, and the only one on most lines.
    pub const FIRST: Address = Address(1);

    /// `None` outside 1 to 7.
    pub fn new(number: u8) -> Option<Address> {
        (1..=7).contains(&number).then_some(Address(number))
    }

    /// 1 to 7.
    pub fn get(self) -> u8 {
        self.0
    }

    /// Header of a frame from the controller to this camera.
    pub(super) fn header_to(self) -> u8 {
        0x80 + self.0
    }

    /// Header of a frame from this camera to the controller.
    pub(super) fn header_from(self) -> u8 {
        0x80 + 0x10 * self.0
    }
}

/// One whole frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; MAX_FRAME],
    len: u8,
}

impl Frame {
    /// A frame of this header and message; the terminator is added. The message is at most 15 bytes, none of them `FF`.
    pub(super) fn new(header: u8, message: &[u8]) -> Frame {
        debug_assert!((1..=MAX_FRAME - 2).contains(&message.len()) && !message.contains(&END));
        let mut frame = Frame {
            bytes: [0; MAX_FRAME],
            len: 0,
        };
        frame.push(header);
        for byte in message.iter().take(MAX_FRAME - 2) {
            frame.push(*byte);
        }
        frame.push(END);
        frame
    }

    /// To one camera.
    pub(super) fn to(address: Address, message: &[u8]) -> Frame {
        Frame::new(address.header_to(), message)
    }

    /// To every camera of the line: give yourselves numbers from 1.
    pub fn address_set() -> Frame {
        Frame::new(BROADCAST, &[0x30, 0x01])
    }

    /// To every camera of the line: forget unfinished commands.
    pub fn if_clear() -> Frame {
        Frame::new(BROADCAST, &[0x01, 0x00, 0x01])
    }

    /// The bytes as they stand on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// First byte.
    pub(super) fn header(&self) -> u8 {
        self.bytes[0]
    }

    /// What stands between header and terminator.
    pub(super) fn message(&self) -> &[u8] {
        &self.bytes[1..usize::from(self.len) - 1]
    }

    fn push(&mut self, byte: u8) {
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.as_bytes().iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{byte:02X}")?;
        }
        Ok(())
    }
}

/// What came out of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// A whole frame; whether it says anything is not known yet.
    Frame(Frame),
    /// Bytes that belong to no frame, up to and with the next terminator.
    Noise,
}

/// Finds frames in a stream that may start anywhere, lose bytes and carry noise. Holds at most 17 bytes.
#[derive(Debug, Clone)]
pub struct Deframer {
    frame: Frame,
    skipped: bool,
    overlong: bool,
}

impl Default for Deframer {
    fn default() -> Self {
        Deframer {
            frame: Frame {
                bytes: [0; MAX_FRAME],
                len: 0,
            },
            skipped: false,
            overlong: false,
        }
    }
}

impl Deframer {
    /// Takes the next byte; each terminator yields one result.
    /// Bytes before the first that can be a header are skipped; a frame without an end is given up at 17 bytes.
    pub fn push(&mut self, byte: u8) -> Option<Received> {
        if byte == END {
            return Some(self.end());
        }
        let len = usize::from(self.frame.len);
        if self.overlong || (len == 0 && !is_header(byte)) {
            self.skipped = true;
        } else if len >= MAX_FRAME - 1 {
            self.overlong = true;
        } else {
            self.frame.push(byte);
        }
        None
    }

    /// Whether bytes came since the last terminator that can belong to no frame.
    pub fn holds_noise(&self) -> bool {
        self.skipped || self.overlong
    }

    fn end(&mut self) -> Received {
        let Deframer {
            mut frame,
            overlong,
            ..
        } = core::mem::take(self);
        if overlong || usize::from(frame.len) < MIN_FRAME - 1 {
            return Received::Noise;
        }
        frame.push(END);
        Received::Frame(frame)
    }
}

/// `1sss0rrr`, or the broadcast.
pub(super) fn is_header(byte: u8) -> bool {
    byte == BROADCAST || byte & 0x88 == 0x80
}

/// Whether this header is the broadcast.
pub(super) fn is_broadcast(header: u8) -> bool {
    header == BROADCAST
}

/// The camera that sent a frame with this header to the controller.
pub(super) fn sender(header: u8) -> Option<Address> {
    (header & 0x8F == 0x80).then_some(())?;
    Address::new((header >> 4) & 0x07)
}
