//! The end of a line that the host holds: a pty behind a link, a connection or datagrams. Knows no time.

use super::Site;
use super::numbered::{NumberQuirks, Numbered};
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{read, ttyname, write};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between looks whether a host has opened the line; a pty has no way to tell.
const HOST_LOOK: Duration = Duration::from_millis(20);

pub(super) enum Wire {
    Pty {
        link: PathBuf,
        line: Option<Line>,
        host_here: bool,
    },
    Tcp {
        address: SocketAddr,
        listener: Option<TcpListener>,
        host: Option<TcpStream>,
    },
    Udp {
        socket: UdpSocket,
        plugged: bool,
        host: Option<SocketAddr>,
        numbered: Option<Numbered>,
    },
}

impl Wire {
    pub fn open(site: Site) -> Result<Wire> {
        Ok(match site {
            Site::Pty { link, .. } => Wire::Pty {
                line: Some(Line::open(&link)?),
                link,
                host_here: true,
            },
            Site::Tcp { port } => {
                let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
                Wire::Tcp {
                    address: listener.local_addr()?,
                    listener: Some(listener),
                    host: None,
                }
            }
            Site::Udp { port } => Wire::datagrams(port, None)?,
            Site::Sony { port } => Wire::datagrams(port, Some(Numbered::default()))?,
        })
    }

    fn datagrams(port: u16, numbered: Option<Numbered>) -> Result<Wire> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).context("taking a port")?;
        socket.set_nonblocking(true)?;
        Ok(Wire::Udp {
            socket,
            plugged: true,
            host: None,
            numbered,
        })
    }

    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Wire::Pty { .. } => None,
            Wire::Tcp { address, .. } => Some(*address),
            Wire::Udp { socket, .. } => socket.local_addr().ok(),
        }
    }

    pub fn set_quirks(&mut self, quirks: NumberQuirks) {
        if let Wire::Udp {
            numbered: Some(numbered),
            ..
        } = self
        {
            numbered.quirks = quirks;
        }
    }

    /// Pulls or plugs; says whether what was under way is lost.
    pub fn replug(&mut self, wanted: bool) -> bool {
        match self {
            Wire::Pty {
                link,
                line,
                host_here,
            } => match (wanted, line.is_some()) {
                (false, true) => {
                    *line = None;
                    true
                }
                (true, false) => {
                    // A machine without ptys to spare has other troubles; the next change tries again.
                    *line = Line::open(link).ok();
                    *host_here = true;
                    false
                }
                _ => false,
            },
            Wire::Tcp {
                address,
                listener,
                host,
            } => match (wanted, listener.is_some()) {
                (false, true) => {
                    (*listener, *host) = (None, None);
                    true
                }
                (true, false) => {
                    *listener = listen(*address).ok();
                    false
                }
                _ => false,
            },
            Wire::Udp { plugged, .. } => {
                let pulled = *plugged && !wanted;
                *plugged = wanted;
                pulled
            }
        }
    }

    /// When to look again though nothing was heard.
    pub fn look_again(&self) -> Option<Duration> {
        match self {
            Wire::Pty {
                line: Some(_),
                host_here: false,
                ..
            } => Some(HOST_LOOK),
            _ => None,
        }
    }

    /// What to wait for.
    pub fn ends(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Wire::Pty {
                line: Some(line),
                host_here: true,
                ..
            } => vec![line.master.as_fd()],
            Wire::Pty { .. } => Vec::new(),
            Wire::Tcp { listener, host, .. } => {
                let listener = listener.as_ref().map(AsFd::as_fd);
                listener
                    .into_iter()
                    .chain(host.as_ref().map(AsFd::as_fd))
                    .collect()
            }
            Wire::Udp { socket, .. } => vec![socket.as_fd()],
        }
    }

    /// Frames to the host. One that does not read loses them, as on a real line.
    pub fn write(&mut self, frames: &[Vec<u8>]) {
        match self {
            Wire::Pty {
                line: Some(line),
                host_here: true,
                ..
            } => {
                let bytes = frames.concat();
                if !bytes.is_empty() {
                    let _ = write(&line.master, &bytes);
                }
            }
            Wire::Pty { .. } => {}
            Wire::Tcp { host, .. } => {
                if let Some(host) = host {
                    let _ = host.write_all(&frames.concat());
                }
            }
            Wire::Udp {
                socket,
                plugged: true,
                host: Some(host),
                numbered,
            } => {
                for frame in frames {
                    let datagram = match numbered {
                        Some(numbered) => numbered.wrap(frame),
                        None => frame.clone(),
                    };
                    if !datagram.is_empty() {
                        let _ = socket.send_to(&datagram, *host);
                    }
                }
            }
            Wire::Udp { .. } => {}
        }
    }

    /// What came from the host.
    pub fn read(&mut self) -> Vec<u8> {
        match self {
            Wire::Pty {
                line: Some(line),
                host_here,
                ..
            } => read_pty(line, host_here),
            Wire::Pty { .. } => Vec::new(),
            Wire::Tcp { listener, host, .. } => {
                if let Some((fresh, _)) = listener.as_ref().and_then(|l| l.accept().ok()) {
                    // The newest host counts; cameras have few connections to give.
                    *host = fresh.set_nonblocking(true).is_ok().then_some(fresh);
                }
                read_stream(host)
            }
            Wire::Udp {
                socket,
                plugged,
                host,
                numbered,
            } => {
                let mut all = Vec::new();
                let mut buffer = [0; 1500];
                while let Ok((count, from)) = socket.recv_from(&mut buffer) {
                    if !*plugged {
                        continue;
                    }
                    *host = Some(from);
                    match numbered {
                        None => all.extend_from_slice(&buffer[..count]),
                        Some(numbered) => match numbered.unwrap(&buffer[..count]) {
                            Ok(bytes) => all.extend(bytes),
                            Err(answer) => drop(socket.send_to(&answer, from)),
                        },
                    }
                }
                all
            }
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).context("taking a port")?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn read_stream(host: &mut Option<TcpStream>) -> Vec<u8> {
    let mut buffer = [0; 256];
    let Some(stream) = host else {
        return Vec::new();
    };
    match stream.read(&mut buffer) {
        Ok(count) if count > 0 => buffer[..count].to_vec(),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Vec::new(),
        Ok(_) | Err(_) => {
            *host = None;
            Vec::new()
        }
    }
}

fn read_pty(line: &Line, host_here: &mut bool) -> Vec<u8> {
    let mut buffer = [0; 256];
    match read(&line.master, &mut buffer) {
        Ok(count) if count > 0 => {
            *host_here = true;
            buffer[..count].to_vec()
        }
        Err(Errno::EAGAIN | Errno::EINTR) => {
            *host_here = true;
            Vec::new()
        }
        // No host has the line open.
        Ok(_) | Err(_) => {
            *host_here = false;
            Vec::new()
        }
    }
}

/// One pty and the link to it.
pub(super) struct Line {
    master: OwnedFd,
    device: PathBuf,
    link: PathBuf,
}

impl Line {
    /// The emulator keeps no end of the host's side open: so the line's settings and locks end with the host, as on a real port.
    fn open(link: &Path) -> Result<Line> {
        let pair = openpty(None, None).context("opening a pseudo terminal")?;
        let mut settings = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&pair.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        let device = ttyname(&pair.slave)?;
        point(link, &device).with_context(|| format!("linking {} to the line", link.display()))?;
        Ok(Line {
            master: pair.master,
            device,
            link: link.to_path_buf(),
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if std::fs::read_link(&self.link).is_ok_and(|target| target == self.device) {
            let _ = std::fs::remove_file(&self.link);
        }
    }
}

/// Makes or moves the link in one step.
fn point(link: &Path, device: &Path) -> io::Result<()> {
    let mut fresh = link.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let _ = std::fs::remove_file(&fresh);
    std::os::unix::fs::symlink(device, &fresh)?;
    std::fs::rename(&fresh, link)
}
