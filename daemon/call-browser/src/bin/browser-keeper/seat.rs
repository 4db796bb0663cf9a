//! Owns the socket and the one client at it: who may connect, and frames in and out.
//! Knows nothing of Chromium.

use crate::outbox::{Outbox, Stuck};
use anyhow::{Context as _, bail};
use call_browser::frames::{FROM_CLIENT, Splitter, frame};
use call_browser::wire::{Said, say};
use nix::unistd::{Uid, User};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

/// A client that sits.
pub struct Client {
    /// Its process.
    pub pid: i32,
    out: Outbox,
    frames: mpsc::Receiver<Vec<u8>>,
}

impl Client {
    /// Takes a connection.
    pub fn new(stream: UnixStream) -> Self {
        let pid = stream
            .peer_cred()
            .ok()
            .and_then(|peer| peer.pid())
            .unwrap_or_default();
        let (read, write) = stream.into_split();
        Self {
            pid,
            out: Outbox::new(write),
            frames: read_frames(read),
        }
    }

    /// The next frame; `None` when the client is gone.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.frames.recv().await
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`Stuck`] when the client is gone or does not read.
    pub fn send(&self, text: Vec<u8>) -> Result<(), Stuck> {
        self.out.send(text)
    }
}

/// Offers the socket.
pub struct Door {
    listener: UnixListener,
    owner: Uid,
    path: std::path::PathBuf,
}

impl Door {
    /// Opens it for one account, and refuses when another keeper answers at it.
    ///
    /// # Errors
    /// The account does not exist, the folder is missing, or the socket is in use.
    pub async fn open(path: &Path, owner: Option<&str>) -> anyhow::Result<Self> {
        let owner = match owner {
            None => Uid::effective(),
            Some(name) => {
                User::from_name(name)?
                    .with_context(|| format!("there is no account {name:?}"))?
                    .uid
            }
        };
        if UnixStream::connect(path).await.is_ok() {
            bail!("another keeper answers at {} already", path.display());
        }
        let _ = std::fs::remove_file(path);
        let mask = nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o177));
        let listener =
            UnixListener::bind(path).with_context(|| format!("offer {}", path.display()));
        nix::sys::stat::umask(mask);
        let listener = listener?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        if owner != Uid::effective() {
            std::os::unix::fs::chown(path, Some(owner.as_raw()), None)
                .context("give the socket to its owner")?;
        }
        Ok(Self {
            listener,
            owner,
            path: path.to_owned(),
        })
    }

    /// The next connection of somebody who may connect.
    pub async fn knock(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let uid = Uid::from_raw(stream.peer_cred()?.uid());
            if uid == self.owner || uid == Uid::effective() || uid.is_root() {
                return Ok(stream);
            }
            turn_away(stream, "this account may not use the socket");
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Tells a visitor why it may not stay, and closes.
pub fn turn_away(mut stream: UnixStream, why: &str) {
    tracing::warn!(why, "a client was turned away");
    let words = frame(say(Said::Refused {
        why: why.to_owned(),
    }));
    tokio::spawn(async move {
        let _ = stream.write_all(&words).await;
        let _ = stream.shutdown().await;
    });
}

fn read_frames(mut read: OwnedReadHalf) -> mpsc::Receiver<Vec<u8>> {
    let (out, frames) = mpsc::channel(256);
    tokio::spawn(async move {
        let mut splitter = Splitter::new(FROM_CLIENT);
        let mut bytes = vec![0; 64 << 10];
        while let Ok(length @ 1..) = read.read(&mut bytes).await {
            for frame in splitter.push(&bytes[..length]) {
                if out.send(frame).await.is_err() {
                    return;
                }
            }
            if splitter.overrun() || splitter.skipped() > 0 {
                tracing::warn!("a client sent a frame that is too long; it is disconnected");
                return;
            }
        }
    });
    frames
}
