//! What a camera can be asked, and what its answers say.

use super::command::Layout;
use super::frame::{Address, Frame};
use super::{nibbles, unsigned};

/// A question; answered at once, without ACK and without a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inquiry {
    /// Vendor, model, firmware.
    Version,
    /// On or asleep.
    Power,
    /// Where the head points.
    PanTilt,
    /// Where the zoom stands.
    Zoom,
}

/// What an inquiry's reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Who the camera is.
    Version {
        /// Maker's number, such as 0001 for Sony; 0 when the camera does not say.
        vendor: u16,
        /// Model's number; 0 when the camera does not say.
        model: u16,
    },
    /// Awake.
    On,
    /// In standby.
    Asleep,
    /// The camera's power circuit has a fault.
    PowerFault,
    /// Where the head points, in the model's own steps.
    PanTilt {
        /// Right positive.
        pan: i32,
        /// Up positive.
        tilt: i32,
    },
    /// Where the zoom stands, 0 the widest.
    Zoom(u16),
}

impl Inquiry {
    /// Every one.
    pub const ALL: [Inquiry; 4] = [
        Inquiry::Version,
        Inquiry::Power,
        Inquiry::PanTilt,
        Inquiry::Zoom,
    ];

    fn message(self) -> &'static [u8] {
        match self {
            Inquiry::Version => &[0x09, 0x00, 0x02],
            Inquiry::Power => &[0x09, 0x04, 0x00],
            Inquiry::PanTilt => &[0x09, 0x06, 0x12],
            Inquiry::Zoom => &[0x09, 0x04, 0x47],
        }
    }

    /// The bytes for this camera.
    pub fn to(self, address: Address) -> Frame {
        Frame::to(address, self.message())
    }

    /// What a frame asks; `None` for anything that this type cannot say.
    pub fn parse(frame: &Frame) -> Option<Inquiry> {
        Inquiry::ALL
            .into_iter()
            .find(|inquiry| inquiry.message() == frame.message())
    }

    /// What the data of an answer (after `y0 50`) says to this question; `None` when it cannot be an answer to it.
    pub fn read(self, data: &[u8]) -> Option<Answer> {
        Some(match (self, data) {
            (Inquiry::Version, &[a, b, c, d, _, _, _]) => Answer::Version {
                vendor: u16::from_be_bytes([a, b]),
                model: u16::from_be_bytes([c, d]),
            },
            // PTZOptics G2 answers with two bytes.
            (Inquiry::Version, &[_, _]) => Answer::Version {
                vendor: 0,
                model: 0,
            },
            (Inquiry::Power, &[0x02]) => Answer::On,
            (Inquiry::Power, &[0x03]) => Answer::Asleep,
            (Inquiry::Power, &[0x04]) => Answer::PowerFault,
            (Inquiry::PanTilt, place) => {
                let (_, pan, tilt) = Layout::read(place)?;
                Answer::PanTilt { pan, tilt }
            }
            (Inquiry::Zoom, place) if place.len() == 4 => {
                Answer::Zoom(u16::try_from(unsigned(place)?).ok()?)
            }
            _ => return None,
        })
    }
}

impl Answer {
    /// The data bytes that say this, as after `y0 50`.
    pub fn data(self) -> Vec<u8> {
        match self {
            Answer::Version { vendor, model } => {
                let ([a, b], [c, d]) = (vendor.to_be_bytes(), model.to_be_bytes());
                vec![a, b, c, d, 0x01, 0x00, 0x02]
            }
            Answer::On => vec![0x02],
            Answer::Asleep => vec![0x03],
            Answer::PowerFault => vec![0x04],
            Answer::PanTilt { pan, tilt } => [nibbles::<4>(pan), nibbles::<4>(tilt)].concat(),
            Answer::Zoom(place) => nibbles::<4>(i32::from(place)).to_vec(),
        }
    }
}
