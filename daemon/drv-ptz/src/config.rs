//! One line and its heads, as values that were checked before. Knows no file that people write.

use crate::model::HeadModel;
use crate::sony::Numbering;
use crate::trace::Trace;
use core::fmt;
use room_core::ids::HeadId;
use std::path::PathBuf;

/// What a head speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Sony's VISCA and what follows it.
    Visca,
    /// Pelco-D.
    PelcoD,
    /// Pelco-P.
    PelcoP,
    /// The motors of a USB camera, by the kernel's controls.
    Uvc,
}

/// A machine on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// A serial line, best a link that stays the same when adapters are plugged anew.
    Serial {
        /// Its path.
        path: PathBuf,
        /// Bits a second; cameras leave the factory with 9600.
        baud: u32,
    },
    /// Bare frames over TCP: a camera, or a server of serial lines.
    Tcp(Peer),
    /// Bare frames, one a datagram.
    Udp(Peer),
    /// VISCA in Sony's numbered datagrams.
    Sony(Peer, Numbering),
    /// A camera of the kernel.
    Video {
        /// Its path.
        path: PathBuf,
        /// Where its stored places are kept; without it they are forgotten at the end.
        presets: Option<PathBuf>,
    },
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Serial { path, .. } | Port::Video { path, .. } => path.display().fmt(f),
            Port::Tcp(peer) => write!(f, "tcp://{peer}"),
            Port::Udp(peer) => write!(f, "udp://{peer}"),
            Port::Sony(peer, _) => write!(f, "sony://{peer}"),
        }
    }
}

/// A head of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadConfig {
    /// Its role in the room; stands in every event.
    pub id: HeadId,
    /// Its number on the line: 1 to 7 for VISCA, 1 to 255 for Pelco; a USB camera has none.
    pub address: u8,
    /// How it counts.
    pub model: HeadModel,
}

/// A line with one owner, and every head on it.
#[derive(Debug, Clone)]
pub struct LineConfig {
    /// Where it is.
    pub port: Port,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Its heads; their order is that of the inbox. A USB camera is one head.
    pub heads: Vec<HeadConfig>,
    /// Who is told each frame, if anybody.
    pub trace: Option<Trace>,
}

impl LineConfig {
    /// One VISCA camera alone on a serial line.
    pub fn serial(path: PathBuf, baud: u32, head: HeadConfig) -> LineConfig {
        LineConfig {
            port: Port::Serial { path, baud },
            protocol: Protocol::Visca,
            heads: vec![head],
            trace: None,
        }
    }
}
