//! Where a USB device sits: a controller, a side of it, and the ports from its root to the device. Knows no files.
//!
//! Bus numbers are given in the order in which controllers are found, which can change from start to start; a controller's own
//! name cannot.

use core::fmt;
use core::str::FromStr;
use serde::Serialize;

/// A root and six hubs' ports: USB 2.0, 4.1.1.
const DEEPEST: usize = 6;

/// Ports from the root hub to the device, each from 1: `3.2` is port 2 of the hub in port 3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports(Vec<u8>);

/// Which half of a controller: a SuperSpeed socket is two, and each half counts its ports by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Low, full and high speed.
    Usb2,
    /// SuperSpeed and faster.
    SuperSpeed,
}

/// A socket, the same after every start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbPlace {
    /// The controller as the kernel names its device: `0000:00:14.0` on PCI, `3f980000.usb` on a board.
    pub controller: String,
    /// Which half of it.
    pub side: Side,
    /// The way from its root.
    pub ports: Ports,
}

/// A socket as people write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsbSpot {
    /// `1-3.2`: as the kernel names the device; holds while the machine numbers its buses alike.
    Bus {
        /// The bus, from 1.
        bus: u16,
        /// The way from its root.
        ports: Ports,
    },
    /// `0000:00:14.0/3.2`, or `0000:00:14.0/ss/3.2` for the SuperSpeed half.
    Socket(UsbPlace),
}

/// A text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place on a USB bus")]
pub struct NotAPlace;

impl Ports {
    /// Port 1 of the root.
    pub fn first() -> Ports {
        Ports(vec![1])
    }
}

impl FromStr for Ports {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let ports: Vec<u8> = text
            .split('.')
            .map(|port| port.parse().ok().filter(|port| *port > 0))
            .collect::<Option<_>>()
            .ok_or(NotAPlace)?;
        let canonical = Ports(ports);
        let fits = canonical.0.len() <= DEEPEST && canonical.to_string() == text;
        fits.then_some(canonical).ok_or(NotAPlace)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, port) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{port}")?;
        }
        Ok(())
    }
}

impl FromStr for UsbPlace {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (head, ports) = text.rsplit_once('/').ok_or(NotAPlace)?;
        let (controller, side) = match head.strip_suffix("/ss") {
            Some(controller) => (controller, Side::SuperSpeed),
            None => (head, Side::Usb2),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ".:_-@".contains(c);
        if controller.is_empty() || !controller.chars().all(plain) {
            return Err(NotAPlace);
        }
        Ok(UsbPlace {
            controller: controller.to_owned(),
            side,
            ports: ports.parse()?,
        })
    }
}

impl fmt::Display for UsbPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Usb2 => "",
            Side::SuperSpeed => "ss/",
        };
        write!(f, "{}/{side}{}", self.controller, self.ports)
    }
}

impl Serialize for UsbPlace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for UsbSpot {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if text.contains('/') {
            return text.parse().map(UsbSpot::Socket);
        }
        let (bus, ports) = text.split_once('-').ok_or(NotAPlace)?;
        let number: u16 = bus.parse().map_err(|_| NotAPlace)?;
        if number == 0 || number.to_string() != bus {
            return Err(NotAPlace);
        }
        Ok(UsbSpot::Bus {
            bus: number,
            ports: ports.parse()?,
        })
    }
}

impl fmt::Display for UsbSpot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsbSpot::Bus { bus, ports } => write!(f, "{bus}-{ports}"),
            UsbSpot::Socket(place) => place.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_alike() {
        for text in [
            "1-3.2",
            "12-1",
            "1-1.2.3.4.5.6",
            "0000:00:14.0/3.2",
            "0000:00:14.0/ss/3.2",
            "3f980000.usb/1.1.3",
            "dummy_hcd.0/1",
        ] {
            let spot: UsbSpot = text.parse().expect(text);
            assert_eq!(spot.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "1",
            "1-",
            "-1",
            "0-1",
            "1-0",
            "1-1.",
            "1-01",
            "01-1",
            "1-1.2.3.4.5.6.7",
            "1-256",
            "1-1:1.0",
            "/1",
            "a b/1",
            "*/1",
            "a/b/1",
            "usb1",
            "0000:00:14.0/",
            "0000:00:14.0/ss/",
            "1-1 ",
            "CAM-FRONT",
        ] {
            assert_eq!(text.parse::<UsbSpot>(), Err(NotAPlace), "{text}");
        }
    }
}
