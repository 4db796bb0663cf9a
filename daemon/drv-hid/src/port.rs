//! The node: one report a read, one report a write. Two threads carry them, because a write may take as long as the device likes.
//! Knows no report.

use crate::error::HidError;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc as blocking;
use std::thread;
use tokio::sync::mpsc;
use tracing::trace;

/// The longest report that the kernel hands out (HID_MAX_BUFFER_SIZE).
const LONGEST: usize = 16 * 1024;
/// A device that talks faster than it is heard waits.
const REPORTS: usize = 32;

/// An open node. Closed when dropped.
#[derive(Debug)]
pub struct Wire {
    node: PathBuf,
    heard: mpsc::Receiver<io::Result<Vec<u8>>>,
    say: blocking::Sender<Vec<u8>>,
    farewell: Vec<Vec<u8>>,
    _stop: UnixStream,
}

impl Wire {
    /// Opens a node.
    ///
    /// # Errors
    /// When it is not there or may not be opened.
    pub fn open(node: &Path) -> Result<Wire, HidError> {
        let broken = |why| HidError::Broken {
            node: node.to_owned(),
            why,
        };
        let opened = OpenOptions::new().read(true).write(true).open(node);
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => HidError::Absent,
            io::ErrorKind::PermissionDenied => HidError::Denied(node.to_owned()),
            _ => broken(error),
        })?;
        let (stop, stopped) = UnixStream::pair().map_err(broken)?;
        let (say, said) = blocking::channel();
        let (out, heard) = mpsc::channel(REPORTS);
        let (writer, failed) = (file.try_clone().map_err(broken)?, out.clone());
        spawn("hid listener", move || listen(file, &stopped, &out)).map_err(broken)?;
        spawn("hid speaker", move || speak(writer, &said, &failed)).map_err(broken)?;
        Ok(Wire {
            node: node.to_owned(),
            heard,
            say,
            farewell: Vec::new(),
            _stop: stop,
        })
    }

    /// The next report.
    ///
    /// # Errors
    /// When the device is gone, or did not take what was said to it.
    pub async fn hear(&mut self) -> Result<Vec<u8>, HidError> {
        let heard = self.heard.recv().await;
        let heard = heard.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        heard.map_err(|why| HidError::Broken {
            node: self.node.clone(),
            why,
        })
    }

    /// Said when the node is closed.
    pub fn at_the_end(&mut self, farewell: Vec<Vec<u8>>) {
        self.farewell = farewell;
    }

    /// Says this; whether it was taken, [`Wire::hear`] tells.
    pub fn say(&self, report: Vec<u8>) {
        trace!(?report, "written to the speakerphone");
        // Nobody takes it when the device is gone, which is told by the reading side.
        let _ = self.say.send(report);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        for report in core::mem::take(&mut self.farewell) {
            self.say(report);
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

fn listen(mut file: File, stopped: &UnixStream, out: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        let mut waited = [
            PollFd::new(file.as_fd(), PollFlags::POLLIN),
            PollFd::new(stopped.as_fd(), PollFlags::POLLIN),
        ];
        if poll(&mut waited, PollTimeout::NONE) == Err(Errno::EINTR) {
            continue;
        }
        let [_, stop] = waited.map(|fd| fd.revents().unwrap_or(PollFlags::POLLERR));
        if !stop.is_empty() {
            return;
        }
        let read = match file.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => Ok(buffer[..length].to_vec()),
            Err(error) => Err(error),
        };
        let over = read.is_err();
        if out.blocking_send(read).is_err() || over {
            return;
        }
    }
}

fn speak(
    mut file: File,
    said: &blocking::Receiver<Vec<u8>>,
    out: &mpsc::Sender<io::Result<Vec<u8>>>,
) {
    for report in said {
        if let Err(error) = file.write_all(&report) {
            let _ = out.blocking_send(Err(error));
            return;
        }
    }
}
