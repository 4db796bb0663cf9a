//! What cameras say, as bytes and back.

use super::frame::{Address, Frame, is_broadcast, is_header, sender};

/// Where a camera keeps a command that runs: 1 or 2, on some firmware 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Socket(u8);

impl Socket {
    /// The low four bits count.
    pub fn new(number: u8) -> Socket {
        Socket(number & 0x0F)
    }

    /// 0 to 15.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// Why a camera did not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// More than 14 message bytes.
    Length,
    /// Unknown command or parameter.
    Syntax,
    /// Both sockets are taken.
    BufferFull,
    /// The command in this socket was cancelled.
    Cancelled,
    /// There is nothing to cancel in this socket.
    NoSocket,
    /// Not in this state: asleep, menu open, manual.
    NotNow,
    /// A number that no table names.
    Other(u8),
}

impl Refusal {
    pub(super) fn from_byte(byte: u8) -> Refusal {
        match byte {
            0x01 => Refusal::Length,
            0x02 => Refusal::Syntax,
            0x03 => Refusal::BufferFull,
            0x04 => Refusal::Cancelled,
            0x05 => Refusal::NoSocket,
            0x41 => Refusal::NotNow,
            other => Refusal::Other(other),
        }
    }

    fn byte(self) -> u8 {
        match self {
            Refusal::Length => 0x01,
            Refusal::Syntax => 0x02,
            Refusal::BufferFull => 0x03,
            Refusal::Cancelled => 0x04,
            Refusal::NoSocket => 0x05,
            Refusal::NotNow => 0x41,
            Refusal::Other(byte) => byte,
        }
    }
}

/// The data of an answer: 1 to 13 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data {
    bytes: [u8; Data::MAX],
    len: u8,
}

impl Data {
    const MAX: usize = 13;

    fn new(bytes: &[u8]) -> Option<Data> {
        let mut data = Data {
            bytes: [0; Data::MAX],
            len: u8::try_from(bytes.len()).ok()?,
        };
        data.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(data)
    }

    /// The bytes after `y0 50`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Something that a camera, or the ring of cameras, said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The command was accepted.
    Ack(Address, Socket),
    /// What was in the socket is finished. Also the answer to an IF_CLEAR of one camera.
    Completion(Address, Socket),
    /// The answer to an inquiry.
    Answer(Address, Data),
    /// The command was not accepted, or was broken off.
    Refused(Address, Socket, Refusal),
    /// The ring has given out numbers; this is the next free one, so the line holds one camera less.
    AddressesSet {
        /// 1 to 8.
        next: u8,
    },
    /// IF_CLEAR has gone around the ring.
    Cleared,
    /// A camera was attached or powered: numbers must be given out again.
    NetworkChange,
}

impl Reply {
    /// What the frame says. Looks further when a lost terminator glued the rest of an older frame before a good one.
    pub fn parse(frame: &Frame) -> Option<Reply> {
        let bytes = frame.as_bytes();
        Reply::read(frame.header(), frame.message()).or_else(|| {
            let last = bytes.len() - 1;
            (1..last - 1)
                .filter(|at| is_header(bytes[*at]))
                .find_map(|at| Reply::read(bytes[at], &bytes[at + 1..last]).filter(Reply::is_short))
        })
    }

    /// Answers carry any bytes, so only what is fully determined may be believed inside another frame.
    fn is_short(&self) -> bool {
        matches!(
            self,
            Reply::Ack(..) | Reply::Completion(..) | Reply::Refused(..) | Reply::NetworkChange
        )
    }

    fn read(header: u8, message: &[u8]) -> Option<Reply> {
        if let [0x38] = message {
            return Some(Reply::NetworkChange);
        }
        if is_broadcast(header) {
            return match *message {
                [0x30, next @ 1..=8] => Some(Reply::AddressesSet { next }),
                [0x01, 0x00, 0x01] => Some(Reply::Cleared),
                _ => None,
            };
        }
        let from = sender(header)?;
        match *message {
            [kind @ 0x40..=0x4F] => Some(Reply::Ack(from, Socket::new(kind))),
            [kind @ 0x50..=0x5F] => Some(Reply::Completion(from, Socket::new(kind))),
            [0x50..=0x5F, ref data @ ..] => Some(Reply::Answer(from, Data::new(data)?)),
            [kind @ 0x60..=0x6F, why] => Some(Reply::Refused(
                from,
                Socket::new(kind),
                Refusal::from_byte(why),
            )),
            _ => None,
        }
    }

    /// Which camera says it; `None` for what the ring says.
    pub fn sender(&self) -> Option<Address> {
        match self {
            Reply::Ack(from, _)
            | Reply::Completion(from, _)
            | Reply::Answer(from, _)
            | Reply::Refused(from, _, _) => Some(*from),
            Reply::AddressesSet { .. } | Reply::Cleared | Reply::NetworkChange => None,
        }
    }

    /// The bytes that say this.
    pub fn frame(&self) -> Frame {
        let from = |address: Address, message: &[u8]| Frame::new(address.header_from(), message);
        match self {
            Reply::Ack(address, socket) => from(*address, &[0x40 | socket.0]),
            Reply::Completion(address, socket) => from(*address, &[0x50 | socket.0]),
            Reply::Answer(address, data) => {
                let mut message = vec![0x50];
                message.extend_from_slice(data.as_bytes());
                from(*address, &message)
            }
            Reply::Refused(address, socket, why) => from(*address, &[0x60 | socket.0, why.byte()]),
            Reply::AddressesSet { next } => Frame::new(0x88, &[0x30, *next]),
            Reply::Cleared => Frame::if_clear(),
            Reply::NetworkChange => Frame::new(0x88, &[0x38]),
        }
    }

    /// An answer with these data; `None` when there are none, too many, or a terminator among them.
    pub fn answer(from: Address, data: &[u8]) -> Option<Reply> {
        if data.is_empty() || data.contains(&0xFF) {
            return None;
        }
        Data::new(data).map(|data| Reply::Answer(from, data))
    }
}
