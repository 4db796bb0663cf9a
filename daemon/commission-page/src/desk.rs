//! What lies between the interview's runner and the pages: one screen at a time, and the answer to it. Knows no HTTP and no
//! layout.

use commission::{Choice, Interview, Named, Proof, Proven, Question};
use pairing::{Pairing, Shown};
use preflight::Language;
use preflight::sound::Verdict;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A runner waits so long for an answer while no page shows a sign of life: long enough for a ladder, a ride to the workshop
/// and a meeting in between, and short enough that nothing listens over night.
pub const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// What pages show.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// The machine is being looked at.
    Looking,
    /// A question; after a refused answer, with what was said and what is wrong with it.
    Ask {
        /// The question.
        question: Question,
        /// What was said before, and why it is not taken.
        refused: Option<(String, String)>,
    },
    /// The calendar's password is wanted.
    Secret,
    /// Something is being tried.
    Prove(Proof),
    /// The trial call: the room is in it, or on the way.
    Call {
        /// Where the phone joins.
        link: String,
        /// What is seen of the call so far.
        heard: Heard,
    },
    /// The room's file is being written, and taken up.
    Writing,
    /// All done.
    Finished {
        /// The room's name.
        room: String,
        /// So many points the report leaves open.
        open: usize,
    },
    /// It could not go on.
    Stopped {
        /// Why, for the person.
        stop: Stop,
        /// What happened, in the program's own words.
        why: String,
    },
}

/// Why a run could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Nobody answered for long.
    #[error("nobody answers")]
    Nobody,
    /// What is plugged in could not be looked at.
    #[error("the devices cannot be looked at")]
    NotLooked,
    /// What was answered and proven could not be kept.
    #[error("what was done so far cannot be kept")]
    NotKept,
    /// The room's file could not be written, or the daemon not told of it.
    #[error("the room's file cannot be taken up")]
    NotWritten,
    /// Something else, which only its own words say.
    #[error("it cannot go on")]
    Other,
}

impl Stop {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Stop::Nobody => "stopped-nobody",
            Stop::NotLooked => "stopped-not-looked",
            Stop::NotKept => "stopped-not-kept",
            Stop::NotWritten => "stopped-not-written",
            Stop::Other => "stopped-other",
        }
    }
}

/// What of a call was seen to run, as its own figures say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether the room is in the call.
    pub inside: bool,
    /// Sound from the phone to the room.
    pub audio_in: bool,
    /// Picture from the phone to the room.
    pub video_in: bool,
    /// Sound from the room to the phone.
    pub audio_out: bool,
    /// Picture from the room to the phone.
    pub video_out: bool,
}

/// What came from a page.
#[derive(Clone, PartialEq, Eq)]
pub enum Said {
    /// An answer. It may be a password.
    Words(String),
    /// A device on the network, which nothing finds by itself.
    Device(Named),
    /// Other words are wanted.
    Language(Language),
    /// What is going on may be left for later, or the end was seen.
    Enough,
    /// Nobody is there any more.
    Nobody,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its heading.
    pub title: String,
    /// What it came to; `None`: not tried.
    pub verdict: Option<Verdict>,
    /// The verdict in words, or why it was not tried.
    pub result: String,
    /// Each finding: sentence, suggestion, code.
    pub findings: Vec<[String; 3]>,
}

/// A device that a person named, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// As the person typed it.
    pub line: String,
    /// What came of it.
    pub came: Came,
}

/// What came of a device that a person named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It answers, or will be proven later.
    Taken,
    /// Nobody answers there.
    Silent,
    /// That is no address.
    NoAddress,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// So many steps are done.
    pub done: usize,
    /// Of so many that are known by now.
    pub all: usize,
}

/// The desk. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

struct Inner {
    held: Mutex<Held>,
    came: Condvar,
    steps: watch::Sender<u64>,
    pairing: Pairing,
}

struct Held {
    screen: Screen,
    step: u64,
    reply: Option<Said>,
    language: Option<Language>,
    proofs: Vec<Proven>,
    models: Vec<Choice>,
    tried: Vec<Tried>,
    progress: Progress,
    code: String,
    report: Option<String>,
    seen: Instant,
}

/// What a page is drawn from.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The screen.
    pub screen: Screen,
    /// Its number.
    pub step: u64,
    /// What was tried so far.
    pub proofs: Vec<Proven>,
    /// Models of displays that may be on the network.
    pub models: Vec<Choice>,
    /// What was named there, the newest last.
    pub tried: Vec<Tried>,
    /// How far it is.
    pub progress: Progress,
    /// The machine's code.
    pub code: String,
    /// Whether there is a report.
    pub report: bool,
}

/// The answer belongs to a screen that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this was answered already")]
pub struct Stale;

impl Desk {
    /// With a code of its own; devices of `pairings` are paired already, and it remembers those to come.
    #[must_use]
    pub fn new(pairings: Option<PathBuf>) -> Desk {
        Desk(Arc::new(Inner {
            held: Mutex::new(Held {
                screen: Screen::Looking,
                step: 0,
                reply: None,
                language: None,
                proofs: Vec::new(),
                models: Vec::new(),
                tried: Vec::new(),
                progress: Progress::default(),
                code: String::new(),
                report: None,
                seen: Instant::now(),
            }),
            came: Condvar::new(),
            steps: watch::Sender::new(0),
            pairing: Pairing::open(pairings),
        }))
    }

    /// The code that stands on the room's display now; `None` while wrong tries have locked pairing.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        match self.0.pairing.shown() {
            Shown::Code(code, _) => Some(code),
            Shown::Locked(_) => None,
        }
    }

    /// Lays down a screen; an answer to the one before counts no longer.
    pub fn show(&self, screen: Screen) {
        let mut held = self.held();
        if held.screen == screen {
            return;
        }
        held.screen = screen;
        self.turn(held);
    }

    /// Takes over what the interview knows now.
    pub fn follow(&self, interview: &Interview) {
        let state = interview.state();
        let (done, all) = interview.progress();
        let mut held = self.held();
        held.proofs.clone_from(&state.proofs);
        held.progress = Progress { done, all };
        held.code.clone_from(&state.facts.code);
    }

    /// Displays of these models may be named by their address.
    pub fn knows(&self, models: Vec<Choice>) {
        self.held().models = models;
    }

    /// What came of a device that was named; the same one again counts once.
    pub fn tried(&self, line: &str, came: Came) {
        let mut held = self.held();
        held.tried.retain(|tried| tried.line != line);
        let line = line.to_owned();
        held.tried.push(Tried { line, came });
        self.turn(held);
    }

    /// The finished report, as a page that needs nothing else.
    pub fn report(&self, page: String) {
        self.held().report = Some(page);
    }

    /// The language that a person chose, or that the first phone prefers; `None` before that.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        self.held().language
    }

    /// Asks, and waits for what is said.
    #[must_use]
    pub fn ask(&self, question: &Question, refused: Option<(String, String)>) -> Said {
        self.show(Screen::Ask {
            question: question.clone(),
            refused,
        });
        self.wait()
    }

    /// Asks for the calendar's password, and waits.
    #[must_use]
    pub fn secret(&self) -> Said {
        self.show(Screen::Secret);
        self.wait()
    }

    /// Waits for what is said to the screen that lies there.
    #[must_use]
    pub fn wait(&self) -> Said {
        let mut held = self.held();
        loop {
            if let Some(said) = held.reply.take() {
                return said;
            }
            let silent = held.seen.elapsed();
            let Some(rest) = PATIENCE.checked_sub(silent) else {
                return Said::Nobody;
            };
            let woken = self.0.came.wait_timeout(held, rest);
            held = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What was said meanwhile, without waiting.
    #[must_use]
    pub fn heard(&self) -> Option<Said> {
        self.held().reply.take()
    }

    /// Brings an answer to the screen of this step.
    ///
    /// # Errors
    /// When another screen lies there by now, or this one has its answer already.
    pub fn answer(&self, step: u64, said: Said) -> Result<(), Stale> {
        let mut held = self.held();
        if held.step != step || held.reply.is_some() {
            return Err(Stale);
        }
        held.reply = Some(said);
        self.0.came.notify_all();
        Ok(())
    }

    /// Has pages draw themselves anew, since what stands beside the screen has changed.
    pub fn redraw(&self) {
        self.turn(self.held());
    }

    /// Speaks this language from now on; whoever waits for what is said to a question or to the end hears of it.
    pub fn speak(&self, language: Language) {
        let mut held = self.held();
        if held.language == Some(language) {
            return;
        }
        held.language = Some(language);
        let waits = matches!(held.screen, Screen::Ask { .. } | Screen::Finished { .. });
        if waits && held.reply.is_none() {
            held.reply = Some(Said::Language(language));
        }
        self.turn(held);
    }

    pub(crate) fn sheet(&self) -> Sheet {
        let held = self.held();
        Sheet {
            screen: held.screen.clone(),
            step: held.step,
            proofs: held.proofs.clone(),
            models: held.models.clone(),
            tried: held.tried.clone(),
            progress: held.progress,
            code: held.code.clone(),
            report: held.report.is_some(),
        }
    }

    pub(crate) fn report_page(&self) -> Option<String> {
        self.held().report.clone()
    }

    pub(crate) fn steps(&self) -> watch::Receiver<u64> {
        self.0.steps.subscribe()
    }

    pub(crate) fn pairing(&self) -> &Pairing {
        &self.0.pairing
    }

    /// Somebody is there.
    pub(crate) fn sign_of_life(&self) {
        self.held().seen = Instant::now();
    }

    fn turn(&self, mut held: MutexGuard<'_, Held>) {
        held.step += 1;
        if !matches!(held.reply, Some(Said::Language(_))) {
            held.reply = None;
        }
        self.0.steps.send_replace(held.step);
        drop(held);
        self.0.came.notify_all();
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    pub(crate) fn of(proven: &Proven, language: Language) -> Line {
        let verdict = proven.verdict();
        let why = || proven.left.map(|left| left.sentence(language));
        Line {
            title: proven.proof.title(language),
            verdict,
            result: match verdict {
                Some(verdict) => verdict.title(language),
                None => why().unwrap_or_default(),
            },
            findings: proven
                .findings
                .iter()
                .map(|finding| {
                    [
                        finding.sentence(language),
                        finding.suggestion(language),
                        finding.code().to_owned(),
                    ]
                })
                .collect(),
        }
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
