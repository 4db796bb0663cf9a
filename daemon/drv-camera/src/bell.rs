//! Rings when video nodes come, go or change hands, by inotify(7) on `/dev`: no rights and no polling. Knows no camera.
//! Whoever hears it looks anew.

use core::time::Duration;
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::Path;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ring {
    /// Nodes came, went, or got other rights.
    pub plugged: bool,
    /// The minded node was opened or closed.
    pub touched: bool,
}

/// One plug makes a node, then its owner, group and mode; the last of them counts.
const QUIET: Duration = Duration::from_millis(100);
/// A machine that never falls quiet is looked at nevertheless.
const LONGEST: Duration = Duration::from_millis(400);

/// Listens.
#[derive(Debug)]
pub struct Bell(Source);

#[derive(Debug)]
enum Source {
    Kernel(Ear),
    Hand(mpsc::Receiver<Ring>),
}

#[derive(Debug)]
struct Ear {
    inotify: AsyncFd<Watches>,
    minded: Option<WatchDescriptor>,
    /// What was heard and not said yet.
    heard: Ring,
    /// Said at the latest at the second moment, or when nothing more comes before the first.
    until: Option<(Instant, Instant)>,
}

/// tokio asks for the number of the file.
#[derive(Debug)]
struct Watches(Inotify);

impl AsRawFd for Watches {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

fn waited_for(watches: Watches) -> io::Result<AsyncFd<Watches>> {
    // Safe code cannot call the successor; what it asks for holds: `Watches` owns its one descriptor and always names that one.
    #[expect(
        deprecated,
        reason = "the successor is an unsafe function, and unsafe stays in one file"
    )]
    AsyncFd::with_interest(watches, Interest::READABLE)
}

impl Bell {
    /// Begins to listen at this folder, which is `/dev`, and at that of the daemon's links. Must be called where tokio runs.
    ///
    /// # Errors
    /// When the account has as many of these as it may.
    pub fn hang(dev: &Path, links: Option<&Path>) -> io::Result<Bell> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let nodes = AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_ATTRIB
            | AddWatchFlags::IN_MOVED_TO
            | AddWatchFlags::IN_MOVED_FROM;
        inotify.add_watch(dev, nodes)?;
        if let Some(links) = links {
            inotify.add_watch(links, nodes)?;
        }
        Ok(Bell(Source::Kernel(Ear {
            inotify: waited_for(Watches(inotify))?,
            minded: None,
            heard: Ring::default(),
            until: None,
        })))
    }

    /// One that only rings when it is rung.
    pub fn by_hand() -> (mpsc::Sender<Ring>, Bell) {
        let (sender, receiver) = mpsc::channel(8);
        (sender, Bell(Source::Hand(receiver)))
    }

    /// Notices who opens and closes this node from now on, or none.
    pub fn mind(&mut self, node: Option<&Path>) {
        let Source::Kernel(ear) = &mut self.0 else {
            return;
        };
        let inotify = &ear.inotify.get_ref().0;
        if let Some(old) = ear.minded.take() {
            // The kernel has taken it away already when the node went.
            let _ = inotify.rm_watch(old);
        }
        let hands = AddWatchFlags::IN_OPEN | AddWatchFlags::IN_CLOSE;
        ear.minded = node.and_then(|node| inotify.add_watch(node, hands).ok());
    }

    /// Waits for a ring and the quiet after it. May be dropped and called again: what was heard is kept.
    pub async fn ring(&mut self) -> Ring {
        match &mut self.0 {
            Source::Hand(receiver) => match receiver.recv().await {
                Some(ring) => ring,
                None => core::future::pending().await,
            },
            Source::Kernel(ear) => {
                while ear.hear().await {}
                ear.until = None;
                std::mem::take(&mut ear.heard)
            }
        }
    }

    /// Forgets who touched the node until now: it was ourselves.
    pub fn hush(&mut self) {
        if let Source::Kernel(ear) = &mut self.0 {
            ear.listen();
            ear.heard.touched = false;
        }
    }
}

impl Ear {
    /// Waits for more; false when it is quiet.
    async fn hear(&mut self) -> bool {
        let more = async {
            if let Ok(mut ready) = self.inotify.readable().await {
                ready.clear_ready();
            }
        };
        match self.until {
            None => more.await,
            Some((quiet, latest)) => {
                if tokio::time::timeout_at(quiet.min(latest), more)
                    .await
                    .is_err()
                {
                    return false;
                }
            }
        }
        self.listen();
        true
    }

    fn listen(&mut self) {
        let news = read(&self.inotify.get_ref().0, self.minded);
        if news == Ring::default() {
            return;
        }
        self.heard.plugged |= news.plugged;
        self.heard.touched |= news.touched;
        let now = Instant::now();
        let latest = self.until.map_or(now + LONGEST, |(_, latest)| latest);
        self.until = Some((now + QUIET, latest));
    }
}

/// Everything that waits.
fn read(inotify: &Inotify, minded: Option<WatchDescriptor>) -> Ring {
    let mut ring = Ring::default();
    loop {
        match inotify.read_events() {
            Ok(events) => {
                for event in events {
                    let lost = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
                    let hands = event
                        .mask
                        .intersects(AddWatchFlags::IN_OPEN | AddWatchFlags::IN_CLOSE);
                    let name = event.name.unwrap_or_default();
                    ring.touched |= lost || hands && minded == Some(event.wd);
                    let name = name.to_string_lossy();
                    ring.plugged |= lost || name.starts_with("video") || name.starts_with("cam-");
                }
            }
            Err(Errno::EINTR) => {}
            Err(_) => return ring,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    async fn next(bell: &mut Bell) -> Ring {
        tokio::time::timeout(SOON, bell.ring())
            .await
            .expect("it rings")
    }

    #[tokio::test]
    async fn it_rings_for_video_nodes_and_for_hands_on_the_minded_one() {
        let dev = tempfile::tempdir().unwrap();
        let mut bell = Bell::hang(dev.path(), None).unwrap();
        let node = dev.path().join("video3");
        std::fs::write(dev.path().join("ttyS9"), "").unwrap();
        std::fs::write(&node, "").unwrap();
        let plugged = Ring {
            plugged: true,
            touched: false,
        };
        assert_eq!(next(&mut bell).await, plugged);
        bell.mind(Some(&node));
        drop(std::fs::File::open(&node).unwrap());
        assert_eq!(
            next(&mut bell).await,
            Ring {
                plugged: false,
                touched: true
            }
        );
        drop(std::fs::File::open(&node).unwrap());
        bell.hush();
        std::fs::remove_file(&node).unwrap();
        assert_eq!(next(&mut bell).await, plugged);
    }

    #[tokio::test]
    async fn what_was_heard_outlives_a_dropped_wait() {
        let dev = tempfile::tempdir().unwrap();
        let mut bell = Bell::hang(dev.path(), None).unwrap();
        std::fs::write(dev.path().join("video0"), "").unwrap();
        let cut_short = tokio::time::timeout(QUIET / 2, bell.ring()).await;
        assert!(cut_short.is_err());
        assert!(next(&mut bell).await.plugged);
    }
}
