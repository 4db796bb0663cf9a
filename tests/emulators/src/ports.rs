//! Ports of loopback for servers of tests that are programs of their own: free, and nobody else's until the test ends. Knows no server.

use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpSocket;

/// A port of loopback, for TCP, taken from this machine's free ones.
///
/// It is bound and never listened at. As long as this lives the kernel gives it neither to whoever asks for a free port nor to a
/// connection from here, and a program that sets `SO_REUSEADDR`, as servers do, may listen there, end, and listen again (ip(7), socket(7)).
#[derive(Debug)]
pub struct HeldPort {
    at: SocketAddr,
    _bound: TcpSocket,
}

impl HeldPort {
    /// Takes any that is free.
    ///
    /// # Errors
    /// None is.
    pub fn take() -> Result<HeldPort> {
        HeldPort::take_at(0)
    }

    /// Takes this one; 0 is any.
    ///
    /// # Errors
    /// Somebody has it.
    pub fn take_at(port: u16) -> Result<HeldPort> {
        let bound = TcpSocket::new_v4()?;
        bound.set_reuseaddr(true)?;
        bound.bind((Ipv4Addr::LOCALHOST, port).into())?;
        let at = bound.local_addr()?;
        Ok(HeldPort { at, _bound: bound })
    }

    /// Its address.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Its number.
    pub fn port(&self) -> u16 {
        self.at.port()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may end where it stands")]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_held_port_is_nobody_elses_and_its_server_comes_and_goes() {
        let held = HeldPort::take().unwrap();
        for _ in 0..2 {
            let server = TcpListener::bind(held.at()).unwrap();
            let _asks = TcpStream::connect(held.at()).unwrap();
            server.accept().unwrap();
        }
        let others: Vec<_> = (0..2000)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let taken = |other: &TcpListener| other.local_addr().unwrap() == held.at();
        assert!(!others.iter().any(taken));
    }
}
