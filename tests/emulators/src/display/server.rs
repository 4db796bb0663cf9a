//! The emulated display behind a pty or a TCP port, in real time; for tests of the whole driver and for people who try.

use super::body::{Body, Lies};
use super::wire::Emulator;
use crate::puck::Pty;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A running display. Dropping it hangs up.
pub struct DisplayServer {
    shared: Arc<Shared>,
    /// Where it listens: a path or an address.
    pub place: String,
    plugged: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    emulator: Mutex<Emulator>,
    began: Instant,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Emulator> {
        self.emulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

impl DisplayServer {
    /// Looks at the display, or changes it as somebody in the room would.
    pub fn with<T>(&self, what: impl FnOnce(&mut Body, Duration) -> T) -> T {
        let now = self.shared.now();
        what(&mut self.shared.lock().body, now)
    }

    /// Misbehaves like this from now on.
    pub fn lie(&self, lies: Lies) {
        self.with(|body, _| body.lies = lies);
    }

    /// Pulls the cable: the line hangs up and its path is gone. The display itself goes on.
    pub fn unplug(&self) {
        self.plugged.send_replace(false);
    }

    /// Plugs the cable in again.
    pub fn plug(&self) {
        self.plugged.send_replace(true);
    }

    /// Waits until the display satisfies `what`. Says whether it came to that in time.
    pub async fn wait(&self, limit: Duration, what: impl Fn(&mut Body, Duration) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if self.with(&what) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.with(what)
    }

    fn shared(emulator: Emulator) -> (Arc<Shared>, watch::Sender<bool>, watch::Receiver<bool>) {
        let shared = Arc::new(Shared {
            emulator: Mutex::new(emulator),
            began: Instant::now(),
        });
        let (plugged, look) = watch::channel(true);
        (shared, plugged, look)
    }
}

impl Drop for DisplayServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The display on a serial line behind this link.
///
/// # Errors
/// When the machine has no pseudo terminal to spare, or the link cannot be made.
pub fn serve_pty(emulator: Emulator, link: &Path) -> Result<DisplayServer> {
    let (shared, plugged, look) = DisplayServer::shared(emulator);
    let pty = Pty::open(link)?;
    let task = tokio::spawn(run_pty(Arc::clone(&shared), pty, link.to_owned(), look));
    Ok(DisplayServer {
        shared,
        place: link.display().to_string(),
        plugged,
        task,
    })
}

async fn run_pty(
    shared: Arc<Shared>,
    first: Pty,
    link: PathBuf,
    mut plugged: watch::Receiver<bool>,
) {
    let mut line = Some(first);
    loop {
        let mut buffer = [0; 256];
        let count = tokio::select! {
            changed = plugged.changed() => {
                if changed.is_err() {
                    return;
                }
                line = match *plugged.borrow_and_update() {
                    true => Pty::open(&link).ok(),
                    false => None,
                };
                continue;
            }
            count = read(line.as_ref(), &mut buffer) => count,
        };
        let said = shared.lock().hear(shared.now(), &buffer[..count]);
        for (late, bytes) in said {
            tokio::time::sleep(late).await;
            if let Some(line) = &line {
                line.write(&bytes);
            }
        }
    }
}

async fn read(line: Option<&Pty>, buffer: &mut [u8]) -> usize {
    match line {
        Some(line) => match line.read(buffer).await {
            Ok(count) => count,
            Err(_) => core::future::pending().await,
        },
        None => core::future::pending().await,
    }
}

/// The display at a TCP port of this machine; port 0 takes a free one.
///
/// # Errors
/// When the port is taken.
pub async fn serve_tcp(emulator: Emulator, address: SocketAddr) -> Result<DisplayServer> {
    let (shared, plugged, look) = DisplayServer::shared(emulator);
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("listening at {address}"))?;
    let place = listener.local_addr()?.to_string();
    let task = tokio::spawn(run_tcp(Arc::clone(&shared), listener, look));
    Ok(DisplayServer {
        shared,
        place,
        plugged,
        task,
    })
}

/// One connection at a time, as most displays have it.
async fn run_tcp(shared: Arc<Shared>, listener: TcpListener, mut plugged: watch::Receiver<bool>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        if !*plugged.borrow_and_update() {
            continue;
        }
        tokio::select! {
            () = converse(&shared, stream) => {}
            _ = plugged.changed() => {}
        }
    }
}

async fn converse(shared: &Shared, mut stream: TcpStream) {
    let greeting = shared.lock().greeting();
    if let Some(greeting) = greeting
        && stream.write_all(&greeting).await.is_err()
    {
        return;
    }
    let mut buffer = [0; 256];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        let said = shared.lock().hear(shared.now(), &buffer[..count]);
        let closes = shared.lock().body.lies.closes && !said.is_empty();
        for (late, bytes) in said {
            tokio::time::sleep(late).await;
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
        if closes {
            return;
        }
    }
}
