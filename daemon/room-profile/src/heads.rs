//! PTZ heads as checked values: where each is, what it speaks, how its model counts. Knows no file.

use room_core::ids::HeadId;
use room_core::units::PresetNumber;
use std::path::PathBuf;
use std::time::Duration;

/// The line of a PTZ head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadLink {
    /// Which head.
    pub head: HeadId,
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it is.
    pub port: HeadPort,
    /// Its number on the line: 1 to 7 for VISCA, 1 to 255 for Pelco.
    pub address: u8,
    /// How its model counts.
    pub model: PtzModel,
}

/// Where a PTZ head is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadPort {
    /// A serial line.
    Serial {
        /// Its path.
        path: PathBuf,
        /// Bits per second.
        baud: u32,
    },
    /// Bare frames over TCP.
    Tcp(HeadPeer),
    /// Bare frames over UDP.
    Udp(HeadPeer),
    /// VISCA in Sony's datagrams.
    Sony(HeadPeer),
    /// A camera of the kernel.
    Video(PathBuf),
}

/// A machine on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadPeer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What a PTZ head speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Sony's VISCA and what follows it.
    Visca,
    /// Pelco-D.
    PelcoD,
    /// Pelco-P.
    PelcoP,
    /// The motors of a USB camera.
    Uvc,
}

impl Protocol {
    /// The model that is taken when a file names none.
    pub fn usual_model(self) -> &'static str {
        match self {
            Protocol::Visca => "common",
            Protocol::PelcoD | Protocol::PelcoP => "pelco",
            Protocol::Uvc => "uvc",
        }
    }

    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Protocol::Visca => "visca",
            Protocol::PelcoD => "pelco-d",
            Protocol::PelcoP => "pelco-p",
            Protocol::Uvc => "uvc",
        }
    }
}

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// RS-232, RS-422, RS-485.
    Serial,
    /// Bare frames over TCP.
    Tcp,
    /// Bare frames over UDP.
    Udp,
    /// Sony's datagrams.
    Sony,
    /// USB, through the kernel.
    Usb,
}

impl LinkKind {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            LinkKind::Serial => "serial",
            LinkKind::Tcp => "tcp",
            LinkKind::Udp => "udp",
            LinkKind::Sony => "sony",
            LinkKind::Usb => "usb",
        }
    }
}

/// How many nibbles places have on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceLayout {
    /// Four of pan, four of tilt.
    FourFour,
    /// Five and four.
    FiveFour,
    /// Five and five.
    FiveFive,
}

/// How a model of a PTZ head counts, and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PtzModel {
    /// What it is sold as.
    pub title: String,
    /// What it speaks.
    pub protocols: Vec<Protocol>,
    /// How it is reached.
    pub links: Vec<LinkKind>,
    /// Speeds of its serial line, the one it comes with first.
    pub bauds: Vec<u32>,
    /// Where it takes bare frames over TCP.
    pub tcp_port: u16,
    /// Where it takes bare frames over UDP.
    pub udp_port: u16,
    /// Left and right.
    pub pan: PtzAxis,
    /// Down and up.
    pub tilt: PtzAxis,
    /// The zoom step at the longest optical focal length, from 1.
    pub zoom_most: u16,
    /// The fastest pan speed, 1 to 127.
    pub pan_speed: u8,
    /// The fastest tilt speed, 1 to 127.
    pub tilt_speed: u8,
    /// Whether moves take one speed for both axes.
    pub one_speed: bool,
    /// How places are written.
    pub layout: PlaceLayout,
    /// Which presets it has, and what is added to their number on the wire.
    pub presets: PresetRange,
    /// The preset that is its home, where the protocol has no home.
    pub home_preset: Option<PresetNumber>,
    /// Whether pan counts the other way round.
    pub inverted_pan: bool,
    /// Whether tilt counts the other way round.
    pub inverted_tilt: bool,
    /// Whether it answers at all.
    pub answers: bool,
    /// The least time between two frames.
    pub spacing: Duration,
    /// Whether it answers Pelco's extended queries.
    pub queries: bool,
    /// Whether its datagrams of Sony's kind are counted; else the number is always zero.
    pub counted: bool,
    /// Where all this is from.
    pub sources: Vec<String>,
    /// Keys that could not be held against the maker's own document.
    pub unverified: Vec<String>,
}

/// The presets of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetRange {
    /// The first number.
    pub first: u8,
    /// The last number.
    pub last: u8,
    /// Added to each on the wire.
    pub offset: i8,
    /// Numbers between that mean something else to the model.
    pub forbidden: Vec<u8>,
}

impl PresetRange {
    /// Whether the model has this preset.
    pub fn has(&self, number: PresetNumber) -> bool {
        (self.first..=self.last).contains(&number.0) && !self.forbidden.contains(&number.0)
    }
}

/// How an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PtzAxis {
    /// So many steps ...
    pub steps: i32,
    /// ... are so many hundredths of a degree, from 1.
    pub centidegrees: i32,
    /// The step at the left or lower end.
    pub least: i32,
    /// The step at the right or upper end.
    pub most: i32,
}
