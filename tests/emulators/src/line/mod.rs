//! A line in real time with devices at its end: on a pty behind a stable link or on a port of loopback, and, when asked, at the
//! pace of a real line. A thread of its own keeps the time, so that the runtime of a test cannot disturb it.
//! Knows no protocol; the devices are a [`Bus`].

mod numbered;
mod wire;

use anyhow::Result;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::Wire;

pub use numbered::NumberQuirks;

/// Bytes that nobody fetches are dropped beyond this.
const UNSENT: usize = 4096;

/// Devices that share a line.
pub trait Bus: Send + 'static {
    /// One byte has arrived; it began `byte_time` before `at`.
    fn receive(&mut self, at: Duration, byte: u8, byte_time: Duration);
    /// Lives until this moment; comes out what is said by then, frame by frame.
    fn advance(&mut self, now: Duration) -> Vec<Vec<u8>>;
    /// When something next happens by itself.
    fn next_event(&self) -> Option<Duration>;
}

/// Where the line is.
#[derive(Debug, Clone)]
pub enum Site {
    /// The link that leads to a pty, whichever that is.
    Pty {
        /// The link.
        link: PathBuf,
        /// Bits a second that the line really takes; `None` for a line without delay.
        baud: Option<u32>,
    },
    /// A port of loopback over TCP; one host at a time.
    Tcp {
        /// 0 takes a free one.
        port: u16,
    },
    /// A port of loopback over UDP.
    Udp {
        /// 0 takes a free one.
        port: u16,
    },
    /// The same, in Sony's numbered datagrams.
    Sony {
        /// 0 takes a free one.
        port: u16,
    },
}

/// A running line. Dropping it hangs up and removes the link.
pub struct LineServer<B: Bus> {
    handle: LineHandle<B>,
    thread: Option<JoinHandle<()>>,
    address: Option<SocketAddr>,
}

/// A running line as others see and handle it. Cheap to clone.
pub struct LineHandle<B: Bus>(Arc<Shared<B>>);

impl<B: Bus> Clone for LineHandle<B> {
    fn clone(&self) -> Self {
        LineHandle(Arc::clone(&self.0))
    }
}

struct Shared<B> {
    inside: Mutex<Inside<B>>,
    changed: watch::Sender<u64>,
    waker: UnixStream,
    began: Instant,
}

struct Inside<B> {
    bus: B,
    /// Bytes on their way to the devices, with the moments of their ends.
    arriving: VecDeque<(Duration, u8)>,
    held: bool,
    numbers: NumberQuirks,
    plugged: bool,
    ending: bool,
}

impl<B> Inside<B> {
    fn next_arriving(&self) -> Option<(Duration, u8)> {
        self.arriving.front().copied().filter(|_| !self.held)
    }
}

impl<B> Shared<B> {
    fn lock(&self) -> MutexGuard<'_, Inside<B>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Bus> LineServer<B> {
    /// Puts these devices onto a fresh line.
    ///
    /// # Errors
    /// No pty or port, or the link cannot be made.
    pub fn start(site: Site, bus: B) -> Result<LineServer<B>> {
        let (waker, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        waker.set_nonblocking(true)?;
        let inside = Inside {
            bus,
            arriving: VecDeque::new(),
            held: false,
            numbers: NumberQuirks::default(),
            plugged: true,
            ending: false,
        };
        let shared = Arc::new(Shared {
            inside: Mutex::new(inside),
            changed: watch::Sender::new(0),
            waker,
            began: Instant::now(),
        });
        let byte_time = match &site {
            Site::Pty {
                baud: Some(baud), ..
            } => Duration::from_nanos(10_000_000_000 / u64::from((*baud).max(1))),
            _ => Duration::ZERO,
        };
        let wire = Wire::open(site)?;
        let address = wire.address();
        let mut worker = Worker {
            shared: Arc::clone(&shared),
            woken,
            byte_time,
            wire,
            heard_until: Duration::ZERO,
            said_until: Duration::ZERO,
            saying: VecDeque::new(),
        };
        let thread = std::thread::Builder::new()
            .name("emulated-line".into())
            .spawn(move || worker.run())?;
        Ok(LineServer {
            handle: LineHandle(shared),
            thread: Some(thread),
            address,
        })
    }

    /// Its port on loopback; a pty has none.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

impl<B: Bus> std::ops::Deref for LineServer<B> {
    type Target = LineHandle<B>;

    fn deref(&self) -> &LineHandle<B> {
        &self.handle
    }
}

impl<B: Bus> Drop for LineServer<B> {
    fn drop(&mut self) {
        self.handle.change(|inside| inside.ending = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<B: Bus> LineHandle<B> {
    /// The emulator's clock.
    pub fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside<B>) -> T) -> T {
        let result = change(&mut self.0.lock());
        // A full pipe wakes as well.
        let _ = (&self.0.waker).write(&[1]);
        self.0.changed.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the devices.
    pub fn look<T>(&self, look: impl FnOnce(&B) -> T) -> T {
        look(&self.0.lock().bus)
    }

    /// Changes something about the devices.
    pub fn touch<T>(&self, touch: impl FnOnce(&mut B) -> T) -> T {
        self.change(|inside| touch(&mut inside.bus))
    }

    /// Bytes that the host has handed to the line and that have not all reached the devices.
    pub fn arriving(&self) -> Vec<u8> {
        let inside = self.0.lock();
        inside.arriving.iter().map(|(_, byte)| *byte).collect()
    }

    /// Bytes of the host stay on their way until they are let go, however late the machine is.
    pub fn hold(&self) {
        self.change(|inside| inside.held = true);
    }

    /// What was held arrives now.
    pub fn let_go(&self) {
        let now = self.0.began.elapsed();
        self.change(|inside| {
            inside.held = false;
            for (at, _) in &mut inside.arriving {
                *at = (*at).max(now);
            }
        });
    }

    /// Misbehaves like this with Sony's numbers from now on.
    pub fn set_number_quirks(&self, quirks: NumberQuirks) {
        self.change(|inside| inside.numbers = quirks);
    }

    /// Pulls the adapter or the cable: the line hangs up, the link is gone. The devices themselves go on.
    pub fn unplug(&self) {
        self.change(|inside| inside.plugged = false);
    }

    /// Plugs it in again: another pty behind the same link, the same port of loopback.
    pub fn plug(&self) {
        self.change(|inside| inside.plugged = true);
    }

    /// Waits until `what` holds; looks after each frame and change. Says whether it came to that in time.
    pub async fn wait_until(&self, limit: Duration, what: impl Fn() -> bool) -> bool {
        let mut changed = self.0.changed.subscribe();
        let found = async {
            while !what() {
                if changed.changed().await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(limit, found).await;
        what()
    }
}

struct Worker<B: Bus> {
    shared: Arc<Shared<B>>,
    woken: UnixStream,
    byte_time: Duration,
    wire: Wire,
    heard_until: Duration,
    said_until: Duration,
    /// Frames on their way to the host, with the moments of their ends; a paced line says them byte by byte.
    saying: VecDeque<(Duration, Vec<u8>)>,
}

impl<B: Bus> Worker<B> {
    fn run(&mut self) {
        loop {
            let next = match self.live() {
                Some(next) => next,
                None => return,
            };
            self.say();
            let said = self.saying.front().map(|(at, _)| *at);
            self.sleep(said.into_iter().chain(next).min());
            self.drain_wakes();
            self.hear();
        }
    }

    /// Lets the devices live until now. The moment of their next own event, `Some(None)` without one, `None` at the end.
    fn live(&mut self) -> Option<Option<Duration>> {
        let shared = Arc::clone(&self.shared);
        let mut inside = shared.lock();
        if inside.ending {
            return None;
        }
        if self.wire.replug(inside.plugged) {
            inside.arriving.clear();
            self.saying.clear();
        }
        self.wire.set_quirks(inside.numbers);
        let now = self.shared.began.elapsed();
        let mut heard = false;
        while let Some((at, byte)) = inside.next_arriving().filter(|(at, _)| *at <= now) {
            inside.arriving.pop_front();
            // What they do by themselves before this byte comes first.
            let said = inside.bus.advance(at);
            self.queue(at, said);
            inside.bus.receive(at, byte, self.byte_time);
            heard = true;
        }
        let said = inside.bus.advance(now);
        heard |= !said.is_empty();
        self.queue(now, said);
        let arrives = inside.next_arriving().map(|(at, _)| at);
        let next = arrives.into_iter().chain(inside.bus.next_event()).min();
        drop(inside);
        if heard {
            self.shared.changed.send_modify(|count| *count += 1);
        }
        Some(next)
    }

    fn queue(&mut self, now: Duration, frames: Vec<Vec<u8>>) {
        for frame in frames {
            if self.saying.len() >= UNSENT {
                return;
            }
            self.said_until = self.said_until.max(now);
            if self.byte_time.is_zero() {
                self.saying.push_back((self.said_until, frame));
                continue;
            }
            for byte in frame {
                self.said_until += self.byte_time;
                self.saying.push_back((self.said_until, vec![byte]));
            }
        }
    }

    fn say(&mut self) {
        let now = self.shared.began.elapsed();
        let due = self.saying.iter().take_while(|(at, _)| *at <= now).count();
        let frames: Vec<Vec<u8>> = self.saying.drain(..due).map(|(_, frame)| frame).collect();
        self.wire.write(&frames);
    }

    fn sleep(&self, until: Option<Duration>) {
        let left = until.map(|until| until.saturating_sub(self.shared.began.elapsed()));
        let left = left.into_iter().chain(self.wire.look_again()).min();
        let mut waits = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        let ends = self.wire.ends();
        waits.extend(ends.iter().map(|end| PollFd::new(*end, PollFlags::POLLIN)));
        // An interrupted wait is an early one.
        let _ = ppoll(&mut waits, left.map(TimeSpec::from_duration), None);
    }

    fn drain_wakes(&mut self) {
        let mut buffer = [0; 64];
        while (&self.woken).read(&mut buffer).is_ok_and(|count| count > 0) {}
    }

    fn hear(&mut self) {
        let bytes = self.wire.read();
        if bytes.is_empty() {
            return;
        }
        let now = self.shared.began.elapsed();
        let mut inside = self.shared.lock();
        for byte in bytes {
            self.heard_until = self.heard_until.max(now) + self.byte_time;
            inside.arriving.push_back((self.heard_until, byte));
        }
        drop(inside);
        self.shared.changed.send_modify(|seen| *seen += 1);
    }
}
