//! Rings when the kernel or udev says that something was plugged, pulled or made ready. Says not what: whoever hears it looks anew.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// The kernel's own messages, and udev's, which come when links and permissions are in place: systemd, sd-device monitor.
const GROUPS: u32 = 0b11;
/// One plug makes dozens of messages, over a quarter of a second when a module is loaded for it; the last one counts.
const QUIET: Duration = Duration::from_millis(250);
/// A board that never falls quiet is looked at nevertheless: what is pulled must be seen within a second.
const LONGEST: Duration = Duration::from_millis(600);

/// A socket for messages about devices. Needs no rights. In a container without its own it stays silent.
#[derive(Debug)]
pub struct Bell(OwnedFd);

impl Bell {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system has no such messages or this process may not have them.
    pub fn hang() -> io::Result<Bell> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let protocol = SockProtocol::NetlinkKObjectUEvent;
        let fd = socket(AddressFamily::Netlink, SockType::Datagram, flags, protocol)?;
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
        Ok(Bell(fd))
    }

    /// Waits for a ring, at most so long; true when it rang.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn heard(&self, limit: Duration) -> io::Result<bool> {
        Ok(self.ready(limit)? && self.take()?)
    }

    /// The same, and then for the quiet after it.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn settled(&self, limit: Duration) -> io::Result<bool> {
        if !self.heard(limit)? {
            return Ok(false);
        }
        let rang = Instant::now();
        while rang.elapsed() < LONGEST && self.heard(QUIET)? {}
        Ok(true)
    }

    /// Takes every message that waits; true when there was one. Messages that were lost count as one.
    fn take(&self) -> io::Result<bool> {
        // Larger messages are cut, which does not matter: nobody reads them.
        let mut message = [0; 64];
        let mut rang = false;
        loop {
            match recv(self.0.as_raw_fd(), &mut message, MsgFlags::MSG_DONTWAIT) {
                Ok(_) | Err(Errno::ENOBUFS) => rang = true,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(rang),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn ready(&self, limit: Duration) -> io::Result<bool> {
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        let mut ends = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        match poll(&mut ends, limit) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::EINTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
