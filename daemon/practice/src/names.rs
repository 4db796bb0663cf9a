//! Owns how this machine is called in the building: what a certificate is made for and what people type. Knows no listener.

use std::net::{IpAddr, UdpSocket};

/// How this machine is called in the building: its name, and the address it sends from.
#[derive(Debug, Clone)]
pub struct OwnNames {
    /// The host name; no use in a building without name service.
    pub name: Option<String>,
    /// The address, when there is a network.
    pub address: Option<IpAddr>,
}

impl OwnNames {
    /// As the system says now.
    #[must_use]
    pub fn read() -> Self {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let name = name
            .map(|name| name.trim().to_lowercase())
            .filter(|name| !name.is_empty() && name != "(none)");
        Self {
            name,
            address: own_address(),
        }
    }

    /// All names, for a certificate and for checking requests.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let local = self
            .name
            .as_ref()
            .filter(|name| !name.contains('.'))
            .map(|name| format!("{name}.local"));
        let names = [self.name.clone(), local, Some("localhost".to_owned())];
        names
            .into_iter()
            .flatten()
            .chain(self.address.map(|ip| ip.to_string()))
            .collect()
    }

    /// All names with a port.
    #[must_use]
    pub fn at(&self, port: u16) -> Vec<String> {
        let bracketed = |name: &String| match name.parse() {
            Ok(IpAddr::V6(ip)) => format!("[{ip}]:{port}"),
            _ => format!("{name}:{port}"),
        };
        self.all().iter().map(bracketed).collect()
    }

    /// An address that people type; by number, since few buildings know their boards by name.
    #[must_use]
    pub fn url(&self, scheme: &str, port: u16) -> String {
        let host = match self.address {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            Some(IpAddr::V4(ip)) => ip.to_string(),
            None => self.name.clone().unwrap_or_else(|| "localhost".to_owned()),
        };
        format!("{scheme}://{host}:{port}/")
    }
}

/// The address this machine sends from. Connecting a UDP socket sends nothing; the far address is a documentation one.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}
