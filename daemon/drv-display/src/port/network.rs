//! Connections over TCP, and the magic packet that wakes a display whose network sleeps.

use super::{Address, Line, pump};
use crate::error::LineError;
use core::fmt;
use core::time::Duration;
use std::io;
use std::net::Ipv4Addr;
use std::str::FromStr;
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// A display that has not answered a connection by then is not there.
const CONNECT: Duration = Duration::from_secs(3);

/// `HOST` or `HOST:PORT`; an address of version 6 in brackets.
pub(super) fn address(text: &str) -> Option<Address> {
    let end = match text.strip_prefix('[') {
        Some(_) => text.find(']')? + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    let good = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    (!host.is_empty() && host.chars().all(good)).then(|| Address::Tcp(host.to_owned(), port))
}

pub(super) async fn open(host: &str, port: u16) -> Result<Line, LineError> {
    let name = format!("tcp://{host}:{port}");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = match timeout(CONNECT, TcpStream::connect((bare, port))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(source)) => return Err(LineError::Unreachable { line: name, source }),
        Err(_) => {
            let source = io::ErrorKind::TimedOut.into();
            return Err(LineError::Unreachable { line: name, source });
        }
    };
    // Commands are small and each waits for its answer. A socket that cannot be told so works all the same.
    let _ = stream.set_nodelay(true);
    let (line, ends) = Line::pair();
    tokio::spawn(pump(stream, ends));
    Ok(line)
}

/// The hardware address that a display wakes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mac([u8; 6]);

impl Mac {
    /// Six times `FF`, then sixteen times the address.
    pub fn magic_packet(self) -> Vec<u8> {
        let mut packet = vec![0xFF; 6];
        packet.extend(self.0.repeat(16));
        packet
    }
}

impl FromStr for Mac {
    type Err = ();

    fn from_str(text: &str) -> Result<Mac, ()> {
        let mut address = [0; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut address {
            let part = parts.next().filter(|part| part.len() == 2).ok_or(())?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| ())?;
        }
        parts.next().is_none().then_some(Mac(address)).ok_or(())
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac(..)")
    }
}

/// Sends the magic packet to everybody of the board's own network.
pub(crate) async fn wake(mac: Mac) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.set_broadcast(true)?;
    // Port 9, "discard": network cards look at any.
    let packet = mac.magic_packet();
    let sent = socket.send_to(&packet, (Ipv4Addr::BROADCAST, 9));
    sent.await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magic_packet_holds_the_address_sixteen_times() {
        let mac: Mac = "00:1B:2c:3D:4e:5F".parse().unwrap();
        let packet = mac.magic_packet();
        assert_eq!(packet.len(), 102);
        assert!(packet.starts_with(&[0xFF; 6]));
        let address = [0x00, 0x1B, 0x2C, 0x3D, 0x4E, 0x5F];
        assert!(packet[6..].chunks(6).all(|part| part == address));
        for text in [
            "",
            "00:1B:2C:3D:4E",
            "00:1B:2C:3D:4E:5F:60",
            "0:1B:2C:3D:4E:5F",
            "zz:1B:2C:3D:4E:5F",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}
