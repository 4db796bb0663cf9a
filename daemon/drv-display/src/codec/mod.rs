//! What displays speak: one codec for each protocol, bytes to meanings and back.
//! Pure; must not know lines, clocks or what the room wants.

mod ascii;
pub(crate) mod cec;
mod ddc;
mod frames;
mod lg;
mod mdc;
mod nec;
pub(crate) mod output;
mod panasonic;
mod pjlink;
mod sicp;
mod simple_ip;
mod sony_serial;
#[cfg(test)]
mod tests;

pub use ascii::AsciiTable;

use crate::words::{Heard, Request};
use core::fmt::Debug;
use serde::Deserialize;

/// What a display speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Samsung's Multiple Display Control.
    SamsungMdc,
    /// LG's RS-232 commands, also over TCP.
    Lg,
    /// NEC's External Control, of the displays, not of the projectors.
    Nec,
    /// Sony's commands on a serial line.
    SonySerial,
    /// Sony's Simple IP Control.
    SonySimpleIp,
    /// Panasonic's displays.
    PanasonicDisplay,
    /// Panasonic's projectors.
    PanasonicProjector,
    /// Philips' Serial/Ethernet Interface Communication Protocol.
    PhilipsSicp,
    /// PJLink, class 1 and 2.
    Pjlink,
    /// Requests and answers as a file says.
    Ascii,
    /// DDC/CI, the monitor control channel of the picture's own cable.
    Ddc,
    /// HDMI's Consumer Electronics Control.
    Cec,
    /// No word to the display at all: its signal goes or comes.
    Output,
}

impl Protocol {
    /// Every protocol, by the name that files and the command line use.
    pub const ALL: [(&'static str, Protocol); 13] = [
        ("samsung-mdc", Protocol::SamsungMdc),
        ("lg", Protocol::Lg),
        ("nec", Protocol::Nec),
        ("sony-serial", Protocol::SonySerial),
        ("sony-simple-ip", Protocol::SonySimpleIp),
        ("panasonic-display", Protocol::PanasonicDisplay),
        ("panasonic-projector", Protocol::PanasonicProjector),
        ("philips-sicp", Protocol::PhilipsSicp),
        ("pjlink", Protocol::Pjlink),
        ("ascii", Protocol::Ascii),
        ("ddc", Protocol::Ddc),
        ("cec", Protocol::Cec),
        ("output", Protocol::Output),
    ];

    /// The protocol of this name.
    pub fn named(name: &str) -> Option<Protocol> {
        let found = Protocol::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, protocol)| *protocol)
    }

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        let found = Protocol::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("", |(name, _)| name)
    }
}

/// How frames are carried, where a protocol looks different by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A serial line.
    Serial,
    /// A connection over the network.
    Network,
}

/// Who shall be allowed to command a display.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Login {
    /// The account, where there are accounts.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl Debug for Login {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Login(..)")
    }
}

/// Where on its bus a controller sits, as its line found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The controller's number on the bus; 15 while it has none.
    pub logical: u8,
    /// The way from the display's socket to the board; `FFFF` while it is not known.
    pub physical: u16,
}

/// One protocol's ear and mouth. Holds half frames and what a greeting said, nothing else.
pub trait Codec: Send + Sync + Debug {
    /// The bytes that say this; `None` when the protocol has no word for it.
    fn say(&mut self, request: &Request) -> Option<Vec<u8>>;

    /// Takes bytes that arrived; the whole frames that they complete. Bytes that belong to no frame are dropped.
    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>>;

    /// What a whole frame means while this request is under way.
    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard;

    /// Drops half a frame.
    fn forget(&mut self) {}

    /// Whether the display says anything to this.
    fn is_answered(&self, _request: &Request) -> bool {
        true
    }

    /// Whether the display speaks first on a new line.
    fn is_greeted(&self) -> bool {
        false
    }

    /// The line has found its place on the bus.
    fn placed(&mut self, _place: Place) {}
}

/// What a codec must know of one display.
#[derive(Debug, Clone)]
pub struct Speech {
    /// What it speaks.
    pub protocol: Protocol,
    /// Over what.
    pub carrier: Carrier,
    /// Its number among several on the line, from 1.
    pub id: u8,
    /// The requests and answers of [`Protocol::Ascii`].
    pub ascii: Option<AsciiTable>,
    /// Password and account, where one is asked for.
    pub login: Login,
}

impl Speech {
    /// The codec.
    pub fn codec(&self) -> Box<dyn Codec> {
        match self.protocol {
            Protocol::SamsungMdc => Box::new(mdc::Mdc::new(self.id)),
            Protocol::Lg => Box::new(lg::Lg::new(self.id)),
            Protocol::Nec => Box::new(nec::Nec::new(self.id)),
            Protocol::SonySerial => Box::new(sony_serial::SonySerial::new()),
            Protocol::SonySimpleIp => Box::new(simple_ip::SimpleIp::new()),
            Protocol::PanasonicDisplay => Box::new(panasonic::Panasonic::new(
                panasonic::Kind::Display,
                self.carrier,
                self.login.clone(),
            )),
            Protocol::PanasonicProjector => Box::new(panasonic::Panasonic::new(
                panasonic::Kind::Projector,
                self.carrier,
                self.login.clone(),
            )),
            Protocol::PhilipsSicp => Box::new(sicp::Sicp::new(self.id)),
            Protocol::Pjlink => Box::new(pjlink::Pjlink::new(self.login.clone())),
            Protocol::Ascii => Box::new(ascii::Ascii::new(self.ascii.clone().unwrap_or_default())),
            Protocol::Ddc => Box::new(ddc::Ddc::new()),
            Protocol::Cec => Box::new(cec::Cec::new()),
            Protocol::Output => Box::new(output::Output),
        }
    }
}
