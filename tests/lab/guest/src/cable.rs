//! A cable between two serial lines: an emulator's pty on one end, the far side of a kernel's line on the other.
//! So an emulator, with its log and its bad habits, stays in the test's own process while a real driver is between.

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{read, write};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// Between tries to open an end that is away; a line has no way to tell.
const LOOK_MS: u8 = 20;

/// Bytes go both ways until this is dropped. An end that goes away is waited for; what is said meanwhile is lost.
#[derive(Debug)]
pub struct Cable {
    ending: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Cable {
    /// Joins two lines by their paths; neither need be there yet.
    ///
    /// # Errors
    /// No thread or socket to be had.
    pub fn join(near: &Path, far: &Path) -> Result<Cable> {
        let (ending, ended) = UnixStream::pair()?;
        let mut ends = [End::new(near), End::new(far)];
        let thread = std::thread::Builder::new()
            .name("cable".into())
            .spawn(move || while carry(&mut ends, &ended) {})
            .context("starting a cable")?;
        Ok(Cable {
            ending,
            thread: Some(thread),
        })
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = self.ending.write(&[0]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct End {
    path: PathBuf,
    line: Option<OwnedFd>,
}

impl End {
    fn new(path: &Path) -> End {
        End {
            path: path.to_owned(),
            line: None,
        }
    }

    fn open(&mut self) {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let Ok(line) = open(&self.path, flags, Mode::empty()) else {
            return;
        };
        // A port of the host's is no terminal and passes bytes as they are.
        if let Ok(mut settings) = tcgetattr(&line) {
            cfmakeraw(&mut settings);
            let _ = tcsetattr(&line, SetArg::TCSANOW, &settings);
        }
        self.line = Some(line);
    }
}

/// One round; false at the end.
fn carry(ends: &mut [End; 2], ended: &UnixStream) -> bool {
    for end in ends.iter_mut().filter(|end| end.line.is_none()) {
        end.open();
    }
    let mut waits = vec![PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
    waits.extend(
        ends.iter()
            .filter_map(|end| end.line.as_ref())
            .map(|line| PollFd::new(line.as_fd(), PollFlags::POLLIN)),
    );
    let limit = if waits.len() == 3 {
        PollTimeout::NONE
    } else {
        LOOK_MS.into()
    };
    // An interrupted wait is an early one.
    let _ = poll(&mut waits, limit);
    if waits[0].any() == Some(true) {
        return false;
    }
    drop(waits);
    let [near, far] = ends;
    pass(near, far);
    pass(far, near);
    true
}

fn pass(from: &mut End, to: &mut End) {
    let Some(line) = &from.line else {
        return;
    };
    let mut buffer = [0; 1024];
    match read(line, &mut buffer) {
        Ok(count @ 1..) => {
            if let Some(other) = &to.line {
                // A side that does not read loses bytes, as on a real line.
                let _ = write(other, &buffer[..count]);
            }
        }
        Err(Errno::EAGAIN | Errno::EINTR) => {}
        // Hung up: opened again when it is back.
        Ok(_) | Err(_) => from.line = None,
    }
}
