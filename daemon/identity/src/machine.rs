//! What is plugged in, as values. Knows neither where they were read nor what a room wants of them.

use crate::model::UsbModel;
use crate::place::{UsbPlace, UsbSpot};
use core::fmt;
use serde::Serialize;
use std::path::PathBuf;

/// Everything that a room could use, USB first, each in the order of places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Machine {
    /// Whether the kernel shows a USB bus at all; containers often hide it.
    pub has_usb: bool,
    /// What is plugged in or built in, hubs excepted.
    pub devices: Vec<Device>,
}

/// One device with all that it offers: microphone, camera and keys of one speakerphone are nodes of the same device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Where it is.
    pub address: Address,
    /// Who made it, as it says itself.
    pub maker: Option<String>,
    /// What it is, as it says itself.
    pub product: Option<String>,
    /// What programs can open or see of it.
    pub nodes: Vec<Node>,
}

/// Where a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "bus", rename_all = "kebab-case")]
pub enum Address {
    /// On a USB bus.
    Usb(UsbAddress),
    /// Part of the board, under the kernel's name for it: `fe201000.serial`, `0000:00:02.0`.
    Board {
        /// The name.
        name: String,
    },
}

/// Where and which a USB device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsbAddress {
    /// The kernel's number of its bus.
    #[serde(rename = "bus_number")]
    pub bus: u16,
    /// Its socket.
    pub place: UsbPlace,
    /// Its model.
    pub model: UsbModel,
    /// Its serial number, when it has one.
    pub serial: Option<String>,
}

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// The first video node of a camera's interface; a codec of the board has one too, only its driver tells.
    Video,
    /// A serial line.
    Serial,
    /// A sound card.
    Sound,
    /// Raw reports of an input device.
    Hid,
    /// Keys of an input device.
    Input,
    /// A CEC adapter.
    Cec,
    /// A socket for a display.
    Connector,
    /// A chip with lines.
    Gpio,
}

/// One thing that a device offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is for.
    pub kind: NodeKind,
    /// The kernel's name: `ttyUSB0`, `card1`, `HDMI-A-1`.
    pub name: String,
    /// What programs open; a connector has none.
    pub path: Option<PathBuf>,
    /// The number of its USB interface.
    pub interface: Option<u8>,
    /// What it calls itself: a camera's and an input's name, a card's id, a chip's label, a connector's state.
    pub label: Option<String>,
}

impl Device {
    /// Its USB side, when it has one.
    pub fn usb(&self) -> Option<&UsbAddress> {
        match &self.address {
            Address::Usb(usb) => Some(usb),
            Address::Board { .. } => None,
        }
    }

    /// What people would call it.
    pub fn title(&self) -> String {
        let words: Vec<&str> = [&self.maker, &self.product]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        match (words.is_empty(), &self.address) {
            (false, _) => words.join(" "),
            (true, Address::Usb(usb)) => usb.model.to_string(),
            (true, Address::Board { name }) => name.clone(),
        }
    }

    /// The node of this kind, at this interface when one is given; the first otherwise.
    pub fn node(&self, kind: NodeKind, interface: Option<u8>) -> Option<&Node> {
        let fits = |node: &&Node| {
            node.kind == kind && (interface.is_none() || node.interface == interface)
        };
        self.nodes.iter().find(fits)
    }
}

impl UsbAddress {
    /// Whether it sits where people wrote.
    pub fn is_at(&self, spot: &UsbSpot) -> bool {
        match spot {
            UsbSpot::Bus { bus, ports } => *bus == self.bus && *ports == self.place.ports,
            UsbSpot::Socket(place) => *place == self.place,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Usb(usb) => usb.place.fmt(f),
            Address::Board { name } => f.write_str(name),
        }
    }
}

impl NodeKind {
    /// How people call it.
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Video => "camera",
            NodeKind::Serial => "serial line",
            NodeKind::Sound => "sound card",
            NodeKind::Hid => "HID",
            NodeKind::Input => "keys",
            NodeKind::Cec => "CEC",
            NodeKind::Connector => "display socket",
            NodeKind::Gpio => "GPIO chip",
        }
    }
}
