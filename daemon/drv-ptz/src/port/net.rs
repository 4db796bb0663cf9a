//! Opening a way over the network. Knows no protocol but the port that Sony's cameras answer to.

use crate::config::Peer;
use crate::error::PtzError;
use core::time::Duration;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;

/// Some cameras send their answers to this port, whichever one asked.
pub(super) const SONY: u16 = 52381;
/// For a name to be found and a connection to be made.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn tcp(peer: &Peer) -> Result<TcpStream, PtzError> {
    let connect = TcpStream::connect((peer.host.as_str(), peer.port));
    let opened = async {
        let stream = timeout(PATIENCE, connect).await??;
        // A stop must not wait for a fuller packet.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    opened.await.map_err(|source| unreachable(peer, source))
}

/// A socket that hears this peer alone; from the wanted local port when that is free.
pub(super) async fn udp(peer: &Peer, local: Option<u16>) -> Result<UdpSocket, PtzError> {
    let opened = async {
        let lookup = lookup_host((peer.host.as_str(), peer.port));
        let mut found = timeout(PATIENCE, lookup).await??;
        let there = found
            .next()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let here = |port| match there {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        };
        let wanted = match local {
            Some(port) => UdpSocket::bind(here(port)).await.ok(),
            None => None,
        };
        let socket = match wanted {
            Some(socket) => socket,
            None => UdpSocket::bind(here(0)).await?,
        };
        socket.connect(there).await?;
        Ok(socket)
    };
    opened.await.map_err(|source| unreachable(peer, source))
}

fn unreachable(peer: &Peer, source: io::Error) -> PtzError {
    PtzError::Unreachable {
        peer: peer.to_string(),
        source,
    }
}
