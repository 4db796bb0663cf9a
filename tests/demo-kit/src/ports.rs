//! Where the kit's pages are: five neighbouring ports on loopback.
//! Knows no page's content.

use anyhow::{Result, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The first block that is tried when nobody asks for another.
const FIRST: u16 = 8180;
const LAST: u16 = 8980;
const BLOCK: u16 = 5;

/// A block of free ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    base: u16,
}

impl Ports {
    /// The block from `base` on, which must be free.
    ///
    /// # Errors
    /// One of them is taken.
    pub fn at(base: u16) -> Result<Ports> {
        if base == 0 || base.checked_add(BLOCK).is_none() {
            bail!("--port-base must leave room for {BLOCK} ports, {base} does not");
        }
        match (base..base + BLOCK).find(|port| !is_free(*port)) {
            None => Ok(Ports { base }),
            Some(port) => bail!(
                "port {port} is taken; the kit needs {base} to {} (choose another --port-base)",
                base + BLOCK - 1
            ),
        }
    }

    /// The first free block of the usual ones.
    ///
    /// # Errors
    /// None is free.
    pub fn free() -> Result<Ports> {
        let mut bases = (FIRST..LAST).step_by(10);
        match bases.find(|base| (*base..base + BLOCK).all(is_free)) {
            Some(base) => Ok(Ports { base }),
            None => bail!(
                "no five neighbouring ports are free from {FIRST} to {LAST}; choose with --port-base"
            ),
        }
    }

    /// The daemon's panel, display and API.
    pub fn panel(self) -> SocketAddr {
        self.nth(0)
    }

    /// The daemon's practice conference.
    pub fn practice(self) -> SocketAddr {
        self.nth(1)
    }

    /// The table button's page.
    pub fn button(self) -> SocketAddr {
        self.nth(2)
    }

    /// The camera's page.
    pub fn camera(self) -> SocketAddr {
        self.nth(3)
    }

    /// The kit's own page.
    pub fn kit(self) -> SocketAddr {
        self.nth(4)
    }

    fn nth(self, n: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.base + n))
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let ports = Ports::free().unwrap();
        let _taken = TcpListener::bind(ports.button()).unwrap();
        let error = Ports::at(ports.base).unwrap_err().to_string();
        assert!(
            error.contains(&format!("port {} is taken", ports.button().port())),
            "{error}"
        );
        assert_ne!(Ports::free().unwrap(), ports);
        assert!(Ports::at(65_533).is_err() && Ports::at(0).is_err());
    }
}
