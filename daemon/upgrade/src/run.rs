//! The helper from its start to its end: takes the daemon's wish, keeps its state before each step, does what follows, and waits for the
//! new version's word. Decides nothing but how long a turn is.

use crate::brought::prepare;
use crate::dpkg::Dpkg;
use crate::machine::{Back, Deed, Installed, Outcome, Seen, State, Step, next};
use crate::papers::{Places, Wish, Word, remembered, write};
use chrono::Utc;
use nix::fcntl::{Flock, FlockArg};
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A wish or a word is no longer, in bytes.
const SHORT: u64 = 4096;
/// Between two tries to go back, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often it looks, and how much faster its clock runs than the wall's: more than once only where somebody tries it out.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks.
    pub turn: Duration,
    /// The clock's.
    pub fast: u32,
}

/// Why the helper ends before its work is done; it is started again.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Another one is at it.
    #[error("another helper is at it")]
    Busy,
    /// Its folder, or a program.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Does what is under way or wished for, until nothing is.
///
/// # Errors
/// When its own folder cannot be used.
pub fn run(places: &Places, dpkg: &dyn Dpkg, pace: Pace) -> Result<(), Stopped> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&places.own)?;
    let lock = File::create(places.own.join("lock"))?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusiveNonblock).map_err(|_| Stopped::Busy)?;
    let state: State = remembered(&places.state())?;
    let mut helper = Helper {
        places,
        dpkg,
        pace,
        state,
        turn: Turn::new(),
    };
    if helper.state.trial.is_some() {
        helper.keep(helper.state.started())?;
    }
    while helper.state.trial.is_some() || helper.take_wish()? {
        if helper.state.trial.is_some() {
            helper.turn()?;
        }
    }
    helper.sweep()
}

/// What was done in this step, by this process.
struct Turn {
    since: Instant,
    tried: u32,
    repaired: bool,
}

impl Turn {
    fn new() -> Turn {
        Turn {
            since: Instant::now(),
            tried: 0,
            repaired: false,
        }
    }
}

struct Helper<'a> {
    places: &'a Places,
    dpkg: &'a dyn Dpkg,
    pace: Pace,
    state: State,
    turn: Turn,
}

/// A short file of the daemon's. What stands in its place there is not followed.
fn short<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)
        .ok()?;
    let mut text = Vec::new();
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(SHORT).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Helper<'_> {
    fn keep(&mut self, state: State) -> Result<(), Stopped> {
        let text = serde_json::to_vec(&state).map_err(io::Error::from)?;
        write(&self.places.state(), &text, 0o644)?;
        self.state = state;
        Ok(())
    }

    /// Whether something was wished for; it is begun then, or refused.
    fn take_wish(&mut self) -> Result<bool, Stopped> {
        let path = self.places.wish();
        if fs::symlink_metadata(&path).is_err() {
            return Ok(false);
        }
        let wish = short::<Wish>(&path);
        // Taken first, whatever comes of it: systemd would begin again and again.
        remove(&path)?;
        let Some(Wish { offer }) = wish else {
            return Ok(true);
        };
        let refused = match self.dpkg.installed()? {
            // What is half installed was so before, and is an administrator's.
            Installed::Broken => Err("release-not-installed"),
            Installed::Whole(version) => {
                let tools = (self.places, self.dpkg);
                let prepared = prepare(tools, (&self.state, &version), &offer, Utc::now());
                prepared
                    .inspect_err(|refusal| println!("{}: {refusal}", offer.target))
                    .map_err(|refusal| refusal.code())
                    .and_then(|builds| self.state.begin(&offer, builds))
            }
        };
        match refused {
            Ok(state) => {
                remove(&self.places.word())?;
                println!("{} is begun", offer.target);
                self.keep(state)?;
                self.turn = Turn::new();
            }
            Err(why) => {
                println!("{} is refused: {why}", offer.target);
                self.keep(self.state.refuse(&offer, why))?;
                self.sweep()?;
            }
        }
        Ok(true)
    }

    fn turn(&mut self) -> Result<(), Stopped> {
        let seen = Seen {
            installed: self.dpkg.installed()?,
            word: self.word(),
            passed: self.turn.since.elapsed() * self.pace.fast,
            tried: self.turn.tried,
            repaired: self.turn.repaired,
        };
        match next(&self.state, &seen) {
            Deed::Rest => {}
            Deed::Wait => sleep(self.pace.turn),
            Deed::Repair => {
                self.turn.repaired = true;
                self.dpkg.repair();
            }
            Deed::Install(build) => {
                if self.turn.tried > 0 {
                    sleep((self.pace.turn * self.turn.tried).min(LONGEST_PAUSE));
                }
                self.turn.tried = self.turn.tried.saturating_add(1);
                println!("installing {} {}", crate::PACKAGE, build.version);
                self.dpkg.install(&self.places.own.join(build.file()));
            }
            Deed::Keep(state) => self.enter(state)?,
        }
        Ok(())
    }

    fn enter(&mut self, state: State) -> Result<(), Stopped> {
        let before = self.state.trial.as_ref().map(|trial| trial.step.clone());
        self.keep(state)?;
        self.turn = Turn::new();
        let after = self.state.trial.as_ref().map(|trial| &trial.step);
        // Nobody is in the room when a version comes; when one goes because people came, their call stays as it is.
        let later = Some(Step::GoingBack {
            why: Back::Later {},
        });
        let back = matches!(&before, Some(Step::GoingBack { .. })) && before != later;
        if after == Some(&Step::Proving {}) || (after.is_none() && back) {
            self.dpkg.begin_anew();
        }
        match (&self.state.trial, self.state.ended.last()) {
            (Some(trial), _) => println!("{}: {:?}", trial.offer.target, trial.step),
            (None, Some(ended)) => println!("{}: {:?}", ended.offer.target, ended.outcome),
            (None, None) => {}
        }
        Ok(())
    }

    /// Of the version on trial, about this trial, and of nobody else.
    fn word(&self) -> Option<Outcome> {
        let trial = self.state.trial.as_ref()?;
        let word: Word = short(&self.places.word())?;
        let ours = word.offer == trial.offer && word.software == trial.new.version;
        ours.then(|| word.is.into())
    }

    /// Removes packages that nobody goes back to.
    fn sweep(&self) -> Result<(), Stopped> {
        for entry in fs::read_dir(&self.places.own)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let needed = self.state.files().any(|build| build.file() == name);
            if !needed && (name.ends_with(".deb") || name.starts_with(".tmp")) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}
