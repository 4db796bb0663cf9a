//! Frames: bytes with a checksum and a boundary, cut from a stream in bounded memory.
//! Knows no message by name.

use crate::{Message, WIRE_VERSION};
use core::fmt;
use core::marker::PhantomData;
use crc::{CRC_16_IBM_3740, Crc};

/// Most bytes of an encoded message.
pub const MAX_MESSAGE: usize = 192;
/// Most bytes of a frame: message, checksum, one byte of stuffing (the whole is below 254), two boundaries.
pub const MAX_FRAME: usize = MAX_MESSAGE + CHECKSUM + 1 + 2;

const CHECKSUM: usize = 2;
const BOUNDARY: u8 = 0;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// Why bytes are no message. All are survived: the next frame stands by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// A message longer than [`MAX_MESSAGE`], or bytes without a boundary.
    TooLong,
    /// The stuffing makes no sense, or there is no room for a checksum.
    Broken,
    /// The checksum does not fit.
    Checksum,
    /// The checksum fits, but a known variant has not the fields it must have.
    Malformed,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WireError::TooLong => "frame too long",
            WireError::Broken => "frame broken",
            WireError::Checksum => "checksum differs",
            WireError::Malformed => "message malformed",
        })
    }
}

impl core::error::Error for WireError {}

/// One message as it goes on the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; MAX_FRAME],
    len: usize,
}

impl Frame {
    /// Encodes `message`. Fails with [`WireError::TooLong`] only, which no message of this crate can reach.
    pub fn of<M: Message>(message: &M) -> Result<Frame, WireError> {
        let mut plain = [0; MAX_MESSAGE + CHECKSUM];
        let used = postcard::to_slice(message, &mut plain[..MAX_MESSAGE])
            .map_err(|_| WireError::TooLong)?
            .len();
        let sum = CRC.checksum(&plain[..used]).to_le_bytes();
        plain[used..used + CHECKSUM].copy_from_slice(&sum);
        let mut bytes = [BOUNDARY; MAX_FRAME];
        let stuffed = cobs::try_encode(&plain[..used + CHECKSUM], &mut bytes[1..MAX_FRAME - 1])
            .map_err(|_| WireError::TooLong)?;
        Ok(Frame {
            bytes,
            len: stuffed + 2,
        })
    }

    /// The bytes to send.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes)", self.len)
    }
}

/// What a whole frame held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received<M> {
    /// A message.
    Message(M),
    /// A variant that a newer peer knows; to be passed over.
    Unknown(u32),
    /// A hello of another [`WIRE_VERSION`]; its other fields may be anything.
    Foreign(u8),
}

/// Cuts messages out of a stream, byte by byte, split in any way.
#[derive(Debug, Clone)]
pub struct Decoder<M> {
    bytes: [u8; MAX_FRAME],
    len: usize,
    overrun: bool,
    direction: PhantomData<M>,
}

impl<M: Message> Decoder<M> {
    /// Waits for a frame.
    pub const fn new() -> Self {
        Decoder {
            bytes: [0; MAX_FRAME],
            len: 0,
            overrun: false,
            direction: PhantomData,
        }
    }

    /// Takes the next byte; answers when it ends a frame. Empty frames are passed over.
    pub fn push(&mut self, byte: u8) -> Option<Result<Received<M>, WireError>> {
        if byte != BOUNDARY {
            self.keep(byte);
            return None;
        }
        let len = core::mem::take(&mut self.len);
        if core::mem::take(&mut self.overrun) {
            return Some(Err(WireError::TooLong));
        }
        (len > 0).then(|| decode(&mut self.bytes[..len]))
    }

    fn keep(&mut self, byte: u8) {
        match self.bytes.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len += 1;
            }
            None => self.overrun = true,
        }
    }
}

impl<M: Message> Default for Decoder<M> {
    fn default() -> Self {
        Decoder::new()
    }
}

fn decode<M: Message>(stuffed: &mut [u8]) -> Result<Received<M>, WireError> {
    let len = cobs::decode_in_place(stuffed).map_err(|_| WireError::Broken)?;
    let body = len.checked_sub(CHECKSUM).ok_or(WireError::Broken)?;
    let (message, sum) = stuffed[..len].split_at(body);
    if CRC.checksum(message).to_le_bytes() != sum {
        return Err(WireError::Checksum);
    }
    let (variant, fields) =
        postcard::take_from_bytes::<u32>(message).map_err(|_| WireError::Malformed)?;
    match (variant, fields.first()) {
        (0, Some(version)) if *version != WIRE_VERSION => return Ok(Received::Foreign(*version)),
        _ => {}
    }
    if variant >= M::VARIANTS {
        return Ok(Received::Unknown(variant));
    }
    match postcard::take_from_bytes::<M>(message) {
        Ok((message, [])) => Ok(Received::Message(message)),
        Ok(_) | Err(_) => Err(WireError::Malformed),
    }
}
