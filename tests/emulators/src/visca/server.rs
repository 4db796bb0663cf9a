//! The camera on a pty behind a stable link, in real time and, when asked, at the pace of a real line.
//! A thread of its own keeps the time, so that the runtime of a test cannot disturb it.

use super::camera::{Camera, State};
use super::log::{FrameKind, FrameSeen};
use super::quirks::Quirks;
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::sys::time::TimeSpec;
use nix::unistd::{read, ttyname, write};
use room_core::units::Position;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between looks whether a host has opened the line; a pty has no way to tell.
const HOST_LOOK: Duration = Duration::from_millis(20);
/// Bytes that nobody fetches are dropped beyond this.
const UNSENT: usize = 4096;

/// Where and how the camera sits.
#[derive(Debug, Clone)]
pub struct Options {
    /// The link that leads to the line, whichever pty that is.
    pub link: PathBuf,
    /// Bits a second that the line really takes; `None` for a line without delay.
    pub baud: Option<u32>,
}

/// A running camera. Dropping it hangs up the line and removes the link.
pub struct CameraServer {
    handle: CameraHandle,
    thread: Option<JoinHandle<()>>,
}

/// A running camera as others see and handle it. Cheap to clone.
#[derive(Clone)]
pub struct CameraHandle(Arc<Shared>);

struct Shared {
    inside: Mutex<Inside>,
    changed: watch::Sender<u64>,
    waker: UnixStream,
    began: Instant,
}

struct Inside {
    camera: Camera,
    /// Bytes on their way to the camera, with the moments of their ends.
    arriving: VecDeque<(Duration, u8)>,
    plugged: bool,
    ending: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CameraServer {
    /// Puts a camera onto a fresh line.
    ///
    /// # Errors
    /// No pty, or the link cannot be made.
    pub fn start(options: Options) -> Result<CameraServer> {
        let (waker, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        waker.set_nonblocking(true)?;
        let inside = Inside {
            camera: Camera::default(),
            arriving: VecDeque::new(),
            plugged: true,
            ending: false,
        };
        let shared = Arc::new(Shared {
            inside: Mutex::new(inside),
            changed: watch::Sender::new(0),
            waker,
            began: Instant::now(),
        });
        let line = Line::open(&options.link)?;
        let mut worker = Worker {
            shared: Arc::clone(&shared),
            woken,
            byte_time: options.baud.map_or(Duration::ZERO, |baud| {
                Duration::from_nanos(10_000_000_000 / u64::from(baud.max(1)))
            }),
            link: options.link,
            line: Some(line),
            host_here: true,
            heard_until: Duration::ZERO,
            said_until: Duration::ZERO,
            saying: VecDeque::new(),
        };
        let thread = std::thread::Builder::new()
            .name("visca-camera".into())
            .spawn(move || worker.run())?;
        Ok(CameraServer {
            handle: CameraHandle(shared),
            thread: Some(thread),
        })
    }

    /// A handle that can be given away.
    pub fn handle(&self) -> CameraHandle {
        self.handle.clone()
    }
}

impl std::ops::Deref for CameraServer {
    type Target = CameraHandle;

    fn deref(&self) -> &CameraHandle {
        &self.handle
    }
}

impl Drop for CameraServer {
    fn drop(&mut self) {
        self.handle.change(|inside| inside.ending = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl CameraHandle {
    /// The emulator's clock.
    pub fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        let result = change(&mut self.0.lock());
        // A full pipe wakes as well.
        let _ = (&self.0.waker).write(&[1]);
        self.0.changed.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the camera.
    pub fn look<T>(&self, look: impl FnOnce(&Camera) -> T) -> T {
        look(&self.0.lock().camera)
    }

    /// What somebody outside sees now.
    pub fn state(&self) -> State {
        let now = self.elapsed();
        self.look(|camera| camera.state(now))
    }

    /// Where it looks now.
    pub fn position(&self) -> Position {
        let now = self.elapsed();
        self.look(|camera| camera.position(now))
    }

    /// Whether anything turns now.
    pub fn is_moving(&self) -> bool {
        let now = self.elapsed();
        self.look(|camera| camera.is_moving(now))
    }

    /// How many frames of this kind came.
    pub fn count(&self, kind: FrameKind) -> u64 {
        self.look(|camera| camera.log().count(kind))
    }

    /// How many frames came.
    pub fn total(&self) -> u64 {
        self.look(|camera| camera.log().total())
    }

    /// The frames after the first `already` ones.
    pub fn frames_since(&self, already: u64) -> Vec<FrameSeen> {
        self.look(|camera| camera.log().since(already).cloned().collect())
    }

    /// Bytes that the host has handed to the line and that have not all reached the camera.
    pub fn arriving(&self) -> Vec<u8> {
        self.0
            .lock()
            .arriving
            .iter()
            .map(|(_, byte)| *byte)
            .collect()
    }

    /// Misbehaves like this from now on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.change(|inside| inside.camera.set_quirks(quirks));
    }

    /// Loses power for a moment.
    pub fn power_cycle(&self) {
        let now = self.elapsed();
        self.change(|inside| inside.camera.power_cycle(now));
    }

    /// Pulls the adapter: the line hangs up, the link is gone. The camera itself goes on.
    pub fn unplug(&self) {
        self.change(|inside| inside.plugged = false);
    }

    /// Plugs the adapter in again: another pty behind the same link.
    pub fn plug(&self) {
        self.change(|inside| inside.plugged = true);
    }

    /// Waits until the camera satisfies `what`; looks after each frame and change. Says whether it came to that in time.
    pub async fn wait(&self, limit: Duration, what: impl Fn(&CameraHandle) -> bool) -> bool {
        let mut changed = self.0.changed.subscribe();
        let found = async {
            while !what(self) {
                if changed.changed().await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(limit, found).await;
        what(self)
    }
}

/// One pty and the link to it.
struct Line {
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

struct Worker {
    shared: Arc<Shared>,
    woken: UnixStream,
    byte_time: Duration,
    link: PathBuf,
    line: Option<Line>,
    host_here: bool,
    heard_until: Duration,
    said_until: Duration,
    /// Bytes on their way to the host, with the moments of their ends.
    saying: VecDeque<(Duration, u8)>,
}

impl Worker {
    fn run(&mut self) {
        loop {
            let next = match self.live() {
                Some(next) => next,
                None => return,
            };
            self.say();
            let next = self
                .saying
                .front()
                .map(|(at, _)| *at)
                .into_iter()
                .chain(next)
                .min();
            self.sleep(next);
            self.drain_wakes();
            self.hear();
        }
    }

    /// Lets the camera live until now. The moment of its next own event, `Some(None)` without one, `None` at the end.
    fn live(&mut self) -> Option<Option<Duration>> {
        let shared = Arc::clone(&self.shared);
        let mut inside = shared.lock();
        if inside.ending {
            return None;
        }
        self.replug(inside.plugged, &mut inside.arriving);
        let now = self.shared.began.elapsed();
        let mut heard = false;
        while let Some((at, byte)) = inside
            .arriving
            .front()
            .copied()
            .filter(|(at, _)| *at <= now)
        {
            inside.arriving.pop_front();
            // What it does by itself before this byte comes first.
            let said = inside.camera.advance(at);
            self.queue(at, said);
            inside.camera.receive(at, byte, self.byte_time);
            heard |= byte == 0xFF;
        }
        let said = inside.camera.advance(now);
        heard |= !said.is_empty();
        self.queue(now, said);
        let arrives = inside.arriving.front().map(|(at, _)| *at);
        let next = arrives.into_iter().chain(inside.camera.next_event()).min();
        drop(inside);
        if heard {
            self.shared.changed.send_modify(|count| *count += 1);
        }
        Some(next)
    }

    fn replug(&mut self, plugged: bool, arriving: &mut VecDeque<(Duration, u8)>) {
        match (plugged, self.line.is_some()) {
            (false, true) => {
                self.line = None;
                arriving.clear();
                self.saying.clear();
            }
            (true, false) => {
                // A machine without ptys to spare has other troubles; the next change tries again.
                self.line = Line::open(&self.link).ok();
                self.host_here = true;
            }
            _ => {}
        }
    }

    fn queue(&mut self, now: Duration, frames: Vec<Vec<u8>>) {
        for byte in frames.into_iter().flatten() {
            if self.saying.len() >= UNSENT {
                return;
            }
            self.said_until = self.said_until.max(now) + self.byte_time;
            self.saying.push_back((self.said_until, byte));
        }
    }

    fn say(&mut self) {
        let now = self.shared.began.elapsed();
        let due = self.saying.iter().take_while(|(at, _)| *at <= now).count();
        let bytes: Vec<u8> = self.saying.drain(..due).map(|(_, byte)| byte).collect();
        if let Some(line) = self
            .line
            .as_ref()
            .filter(|_| self.host_here && !bytes.is_empty())
        {
            // A host that does not read loses bytes, as on a real line.
            let _ = write(&line.master, &bytes);
        }
    }

    fn sleep(&self, until: Option<Duration>) {
        let left = until.map(|until| until.saturating_sub(self.shared.began.elapsed()));
        let host_away = self.line.is_some() && !self.host_here;
        let left = left.into_iter().chain(host_away.then_some(HOST_LOOK)).min();
        let mut waits = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        if let Some(line) = self.line.as_ref().filter(|_| self.host_here) {
            waits.push(PollFd::new(line.master.as_fd(), PollFlags::POLLIN));
        }
        // An interrupted wait is an early one.
        let _ = ppoll(&mut waits, left.map(TimeSpec::from_duration), None);
    }

    fn drain_wakes(&mut self) {
        let mut buffer = [0; 64];
        while (&self.woken).read(&mut buffer).is_ok_and(|count| count > 0) {}
    }

    fn hear(&mut self) {
        let Some(line) = &self.line else {
            return;
        };
        let mut buffer = [0; 256];
        let count = match read(&line.master, &mut buffer) {
            Ok(count) if count > 0 => count,
            Err(Errno::EAGAIN | Errno::EINTR) => {
                self.host_here = true;
                return;
            }
            // No host has the line open.
            Ok(_) | Err(_) => {
                self.host_here = false;
                return;
            }
        };
        self.host_here = true;
        let now = self.shared.began.elapsed();
        let mut inside = self.shared.lock();
        for byte in &buffer[..count] {
            self.heard_until = self.heard_until.max(now) + self.byte_time;
            inside.arriving.push_back((self.heard_until, *byte));
        }
        drop(inside);
        self.shared.changed.send_modify(|seen| *seen += 1);
    }
}
