//! Rings when the kernel or udev says that something was plugged, pulled or made ready. Says not what: whoever hears it looks anew.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

/// The kernel's own messages, and udev's, which come when links and permissions are in place: systemd, sd-device monitor.
const GROUPS: u32 = 0b11;
/// One plug makes dozens of messages; the last of them is the one that counts.
const QUIET: Duration = Duration::from_millis(100);
/// A board that never falls quiet is looked at nevertheless.
const LONGEST: Duration = Duration::from_millis(500);

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

    /// Takes every message that waits; true when there was one. Messages that were lost count as one.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn take(&self) -> io::Result<bool> {
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

    /// Waits for a ring and the quiet after it, at most so long; true when it rang.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn wait(&self, limit: Duration) -> io::Result<bool> {
        if !self.ready(limit)? {
            return Ok(false);
        }
        let rang = std::time::Instant::now();
        self.take()?;
        while rang.elapsed() < LONGEST && self.ready(QUIET)? {
            self.take()?;
        }
        Ok(true)
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

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
