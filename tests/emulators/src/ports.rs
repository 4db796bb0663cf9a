//! Ports of loopback for servers of tests that are programs of their own: free, and nobody else's until the test ends. Knows no server.
//! One that must be told before its server is there is [`free`]; one that a server leaves and takes again is a [`HeldPort`].

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpSocket;

/// SIP clients take the port after theirs without being asked, for TLS.
const BETWEEN: usize = 4;

/// A port that nobody has, neither for TCP nor for UDP.
///
/// It lies outside the range from which the kernel gives ports to connections and to whoever asks for any, so that it is still free when
/// its server comes to it. One that was asked for from the kernel and let go is often somebody else's by then.
///
/// # Panics
/// None is free.
pub fn free() -> u16 {
    free_run(1)
}

/// The first of so many ports in a row, each as from [`free`].
///
/// # Panics
/// No such row is free.
pub fn free_run(count: u16) -> u16 {
    static NEXT: LazyLock<AtomicUsize> = LazyLock::new(|| {
        // Tests run beside each other: where each program begins is drawn.
        AtomicUsize::new(RandomState::new().build_hasher().finish() as usize >> 16)
    });
    let ours = ours();
    let many = usize::from(ours.end - ours.start - count);
    for _ in 0..many {
        let turn = NEXT.fetch_add(usize::from(count) + BETWEEN, Ordering::Relaxed);
        let first = ours.start + (turn % many) as u16;
        if (first..first + count).all(is_free) {
            return first;
        }
    }
    panic!("no {count} ports in a row are free among {ours:?}");
}

fn is_free(port: u16) -> bool {
    let at = (Ipv4Addr::LOCALHOST, port);
    UdpSocket::bind(at).is_ok() && TcpListener::bind(at).is_ok()
}

/// What the kernel leaves alone (`ip_local_port_range`, ip(7)): below its range as a rule, or above it.
fn ours() -> Range<u16> {
    let kernels = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let kernels: Vec<u16> = kernels
        .iter()
        .flat_map(|line| line.split_whitespace())
        .filter_map(|end| end.parse().ok())
        .collect();
    match kernels[..] {
        [from, _] if from > 24_000 => 20_000..from,
        [_, to] if to < 60_000 => to + 1..u16::MAX,
        _ => 20_000..u16::MAX,
    }
}

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
    use std::net::TcpStream;

    #[test]
    fn a_free_port_is_given_once_and_never_by_the_kernel() {
        let (one, row) = (free(), free_run(3));
        assert!(!(row..row + 3).contains(&one));
        let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, one)).unwrap();
        assert!(!is_free(one));
        drop(held);
        let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
        let kernels: Vec<u16> = range
            .split_whitespace()
            .map(|end| end.parse().unwrap())
            .collect();
        if kernels[0] > 24_000 {
            assert!(row + 3 <= kernels[0], "{row} and {kernels:?}");
        }
    }

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
