//! Rings when sound nodes come, go or get other rights, by inotify(7) on `/dev/snd`: no rights and no polling. Knows no card.

use core::time::Duration;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One plug makes a dozen nodes, then their owners, groups and modes; the last of them counts.
const QUIET: Duration = Duration::from_millis(100);
/// A machine that never falls quiet is looked at nevertheless.
const LONGEST: Duration = Duration::from_millis(400);

/// Listens.
#[derive(Debug)]
pub struct Bell {
    inotify: Inotify,
    sound: PathBuf,
    /// To be said at the latest at the second moment, or when nothing more comes before the first.
    until: Option<(Instant, Instant)>,
}

fn nodes() -> AddWatchFlags {
    AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_ATTRIB
        | AddWatchFlags::IN_MOVED_TO
        | AddWatchFlags::IN_MOVED_FROM
}

impl Bell {
    /// Begins to listen at this folder, which is `/dev`, and at that of the daemon's links.
    ///
    /// # Errors
    /// When the account has as many of these as it may.
    pub fn hang(dev: &Path, links: Option<&Path>) -> io::Result<Bell> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        inotify.add_watch(dev, nodes())?;
        if let Some(links) = links {
            inotify.add_watch(links, nodes())?;
        }
        let bell = Bell {
            inotify,
            sound: dev.join("snd"),
            until: None,
        };
        bell.watch_sound();
        Ok(bell)
    }

    /// The folder comes with the first card and goes with the last one; watching it twice is watching it once.
    fn watch_sound(&self) {
        let _ = self.inotify.add_watch(&self.sound, nodes());
    }

    /// What to wait for before [`Bell::hear`].
    pub fn waits_for(&self) -> RawFd {
        self.inotify.as_fd().as_raw_fd()
    }

    /// Takes in what happened.
    pub fn hear(&mut self, now: Instant) {
        while let Ok(events) = self.inotify.read_events() {
            let concerns = events.iter().any(|event| {
                let name = event.name.as_deref().unwrap_or_default();
                let name = name.to_string_lossy();
                let begins = |word: &&str| name.starts_with(word);
                event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW)
                    || ["snd", "controlC", "pcmC", "sound-"].iter().any(begins)
            });
            if concerns {
                self.watch_sound();
                self.ring(now);
            }
        }
    }

    /// As if something had happened.
    pub fn ring(&mut self, now: Instant) {
        let latest = self.until.map_or(now + LONGEST, |(_, latest)| latest);
        self.until = Some((now + QUIET, latest));
    }

    /// As if something had happened, and nothing more came.
    pub fn ring_at_once(&mut self, now: Instant) {
        self.until = Some((now, now));
    }

    /// When it is to be asked again; `None`: when something happens.
    pub fn due(&self) -> Option<Instant> {
        self.until.map(|(quiet, latest)| quiet.min(latest))
    }

    /// Whether something happened and it is quiet again; says so once.
    pub fn has_rung(&mut self, now: Instant) -> bool {
        let rung = self.due().is_some_and(|due| due <= now);
        if rung {
            self.until = None;
        }
        rung
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_once_for_a_plug_also_when_the_first_card_makes_the_folder() {
        let dev = tempfile::tempdir().unwrap();
        let mut bell = Bell::hang(dev.path(), None).unwrap();
        let start = Instant::now();
        std::fs::write(dev.path().join("ttyS9"), "").unwrap();
        bell.hear(start);
        assert_eq!(bell.due(), None);
        std::fs::create_dir(dev.path().join("snd")).unwrap();
        bell.hear(start);
        assert!(!bell.has_rung(start));
        assert!(bell.has_rung(start + QUIET));
        std::fs::write(dev.path().join("snd/controlC0"), "").unwrap();
        bell.hear(start);
        std::fs::write(dev.path().join("snd/pcmC0D0c"), "").unwrap();
        bell.hear(start + QUIET / 2);
        assert!(!bell.has_rung(start + QUIET));
        assert!(bell.has_rung(start + QUIET * 2));
        assert!(!bell.has_rung(start + LONGEST));
    }

    #[test]
    fn what_need_not_be_waited_for_rings_at_once_and_what_comes_after_it_rings_again() {
        let dev = tempfile::tempdir().unwrap();
        let mut bell = Bell::hang(dev.path(), None).unwrap();
        let start = Instant::now();
        bell.ring(start);
        bell.ring_at_once(start);
        assert!(bell.has_rung(start));
        assert_eq!(bell.due(), None);
        bell.ring(start);
        assert!(!bell.has_rung(start) && bell.has_rung(start + QUIET));
    }

    #[test]
    fn a_machine_that_never_falls_quiet_is_looked_at() {
        let dev = tempfile::tempdir().unwrap();
        let mut bell = Bell::hang(dev.path(), None).unwrap();
        let start = Instant::now();
        let mut now = start;
        while !bell.has_rung(now) {
            bell.ring(now);
            now += QUIET / 2;
        }
        assert!(now - start <= LONGEST + QUIET / 2);
    }
}
