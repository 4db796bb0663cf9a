//! A pseudo terminal behind a stable symbolic link: a serial line that can be plugged in and out.
//! Knows no protocol.

use anyhow::{Context, Result};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{ttyname, write};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tokio::net::unix::pipe::Receiver;

/// The device's end. Dropping it hangs the line up and removes the link.
#[derive(Debug)]
pub struct Pty {
    /// Read as a pipe: the runtime's only safe way to await a descriptor that it does not know.
    from_host: Receiver,
    to_host: OwnedFd,
    /// Kept open, so that the line lives while no host has it open.
    _line: OwnedFd,
    link: PathBuf,
    device: PathBuf,
}

impl Pty {
    /// Opens a line and points `link` to it, in place of an older link.
    pub fn open(link: &Path) -> Result<Pty> {
        let pair = openpty(None, None).context("opening a pseudo terminal")?;
        let mut settings = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(
            &pair.master,
            FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC),
        )?;
        fcntl(
            &pair.slave,
            FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC),
        )?;
        let device = ttyname(&pair.slave)?;
        point(link, &device).with_context(|| format!("linking {} to the line", link.display()))?;
        Ok(Pty {
            to_host: pair.master.try_clone()?,
            from_host: Receiver::from_owned_fd_unchecked(pair.master)?,
            _line: pair.slave,
            link: link.to_owned(),
            device,
        })
    }

    /// Waits for bytes from the host.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.from_host.readable().await?;
            match self.from_host.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }

    /// Sends what fits; a host that does not read loses bytes, as on a real line.
    pub fn write(&self, bytes: &[u8]) {
        let _ = write(&self.to_host, bytes);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if fs::read_link(&self.link).is_ok_and(|target| target == self.device) {
            let _ = fs::remove_file(&self.link);
        }
    }
}

fn point(link: &Path, device: &Path) -> io::Result<()> {
    let mut name = link.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(name);
    let _ = fs::remove_file(&fresh);
    symlink(device, &fresh)?;
    fs::rename(&fresh, link)
}
