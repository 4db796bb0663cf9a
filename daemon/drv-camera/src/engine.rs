//! What to do next about one camera: which node it is, whether somebody has it, when to look at its picture, what to tell.
//! Pure: facts and the time go in, jobs and events come out. At most one job is under way.

use crate::find::{Found, Wanted};
use crate::health::{self, Health, Measures};
use crate::machine::Taken;
use crate::mode::Mode;
use core::time::Duration;
use room_core::event::{CameraSeen, PictureSeen};
use room_core::failure::CameraFailure;
use room_core::units::Mono;
use std::path::PathBuf;

/// Whose the cameras are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// No call is on or being entered: the room may look.
    Room,
    /// A conference has them or is about to.
    Conference,
}

/// A thing that takes its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Ask the camera about itself and set what the room wants; one of these nodes, the first that is a camera.
    Open(Vec<PathBuf>),
    /// Ask whether somebody has its picture.
    AskTaken(PathBuf),
    /// Take a picture and measure it.
    Look(PathBuf, Mode),
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Begin this; answered by an input.
    Do(Job),
    /// Report.
    Tell(CameraSeen),
    /// Notice who opens and closes this node, or none.
    Mind(Option<PathBuf>),
    /// What was asked for by `Input::Prove` came to this.
    Proven(Proof),
}

/// What some looks in a row came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// What the picture is good for; `None`: there is none.
    pub picture: Option<PictureSeen>,
    /// Figures of the last look.
    pub measures: Option<Measures>,
}

/// A camera that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its node.
    pub node: PathBuf,
    /// What to look at it in; `None` when nothing that it offers can be read here.
    pub mode: Option<Mode>,
}

/// Why something could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Another program has the picture.
    InUse,
    /// The camera cannot be used.
    Failed(CameraFailure),
}

/// A fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// These nodes are there now.
    Nodes(Vec<Found>),
    /// Somebody opened or closed the node.
    Touched,
    /// Whose the cameras are now.
    Use(Use),
    /// `Job::Open` ended.
    Opened(Result<Opened, CameraFailure>),
    /// `Job::AskTaken` ended.
    Taken(Result<Taken, Lost>),
    /// `Job::Look` ended; with whether the lens is shut. Without measures the picture is too small to be judged.
    Looked(Result<(Option<Measures>, bool), Lost>),
    /// Somebody wants to know now what the picture is good for; answered by `Order::Proven`.
    Prove,
    /// Let go of the camera and open it again.
    Reopen,
    /// Time passed.
    Tick,
}

/// A program that opens a camera has its picture after this, or does not want it.
const SETTLED: Duration = Duration::from_millis(500);
/// While a conference begins it is not disturbed for this long.
const LEFT_ALONE: Duration = Duration::from_secs(3);
/// A camera that was plugged in just now is the conference's first.
const FIRST_LOOK: Duration = Duration::from_secs(5);
/// Between tries to use a camera that is there and cannot be used.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// One camera.
#[derive(Debug)]
pub struct Engine {
    wanted: Wanted,
    look_every: Duration,
    used: Use,
    place: Place,
    nodes: Vec<Found>,
    job: bool,
    said: Said,
    health: Health,
    pause: Duration,
    /// Looks left of those that were asked for.
    proving: u8,
    open_at: Option<Mono>,
    ask_at: Option<Mono>,
    look_at: Option<Mono>,
    out: Vec<Order>,
}

#[derive(Debug)]
enum Place {
    /// Nothing that works.
    Nowhere,
    /// Answers.
    At { opened: Opened, plugged: u64 },
}

#[derive(Debug, Default)]
struct Said {
    presence: Option<Result<(), CameraFailure>>,
    taken: Option<Taken>,
}

impl Engine {
    /// For a camera that nobody has looked for yet.
    pub fn new(wanted: Wanted, look_every: Duration, used: Use) -> Engine {
        Engine {
            wanted,
            look_every,
            used,
            place: Place::Nowhere,
            nodes: Vec::new(),
            job: false,
            said: Said::default(),
            health: Health::default(),
            pause: FIRST_PAUSE,
            proving: 0,
            open_at: None,
            ask_at: None,
            look_at: None,
            out: Vec::new(),
        }
    }

    /// Takes a fact and says what is to be done.
    pub fn step(&mut self, now: Mono, input: Input) -> Vec<Order> {
        match input {
            Input::Nodes(nodes) => self.nodes(now, nodes),
            Input::Touched => {
                let calm = match self.used {
                    Use::Room => SETTLED,
                    Use::Conference => LEFT_ALONE,
                };
                self.ask_at = Some(now.plus(calm));
            }
            Input::Use(used) => self.used(now, used),
            Input::Opened(result) => {
                self.job = false;
                self.opened(now, result);
            }
            Input::Taken(result) => {
                self.job = false;
                match result {
                    Ok(taken) => self.say_taken(now, taken),
                    Err(lost) => self.lost(now, lost),
                }
            }
            Input::Looked(result) => {
                self.job = false;
                self.looked(now, result);
            }
            Input::Prove => self.prove(now),
            Input::Reopen => self.reopen(now),
            Input::Tick => {}
        }
        self.begin(now);
        std::mem::take(&mut self.out)
    }

    /// When `Tick` is to come at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        if self.job {
            return None;
        }
        let look = self.look_at.filter(|_| self.used == Use::Room);
        [self.open_at, self.ask_at, look]
            .into_iter()
            .flatten()
            .min()
    }

    /// Begins what is due, when nothing is under way.
    fn begin(&mut self, now: Mono) {
        if self.job {
            return;
        }
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now);
        match &self.place {
            Place::Nowhere if due(self.open_at) => {
                self.open_at = None;
                let fit = self.nodes.iter().filter(|found| self.wanted.fits(found));
                let fit: Vec<PathBuf> = fit.map(|found| found.node.clone()).collect();
                self.start(Job::Open(fit));
            }
            Place::At { opened, .. } if due(self.ask_at) => {
                self.ask_at = None;
                self.start(Job::AskTaken(opened.node.clone()));
            }
            Place::At { opened, .. } if due(self.look_at) && self.used == Use::Room => {
                self.look_at = Some(now.plus(self.look_every));
                if let Some(mode) = opened.mode {
                    self.start(Job::Look(opened.node.clone(), mode));
                }
            }
            Place::Nowhere | Place::At { .. } => {}
        }
    }

    /// As many looks at once as it takes to be sure.
    fn prove(&mut self, now: Mono) {
        let can_look = match &self.place {
            Place::At { opened, .. } => opened.mode.is_some() && self.used == Use::Room,
            Place::Nowhere => false,
        };
        if !can_look {
            return self.proven(None);
        }
        self.proving = health::AGREE;
        self.look_at = Some(now);
    }

    fn proven(&mut self, measures: Option<Measures>) {
        self.proving = 0;
        self.out.push(Order::Proven(Proof {
            picture: measures.and_then(|_| self.health.sure()),
            measures,
        }));
    }

    /// Whoever asked gets no picture.
    fn no_proof(&mut self) {
        if self.proving > 0 {
            self.proven(None);
        }
    }

    fn reopen(&mut self, now: Mono) {
        if matches!(self.place, Place::At { .. }) {
            self.place = Place::Nowhere;
            self.out.push(Order::Mind(None));
        }
        (self.ask_at, self.look_at) = (None, None);
        self.open_at = Some(now);
    }

    fn start(&mut self, job: Job) {
        self.job = true;
        self.out.push(Order::Do(job));
    }

    fn nodes(&mut self, now: Mono, nodes: Vec<Found>) {
        let still = |found: &Found| match &self.place {
            Place::At { opened, plugged } => found.node == opened.node && found.plugged == *plugged,
            Place::Nowhere => false,
        };
        let here = matches!(self.place, Place::At { .. });
        if here && !nodes.iter().any(still) {
            self.gone(now, CameraFailure::Absent);
        }
        let news = self.nodes != nodes;
        self.nodes = nodes;
        if matches!(self.place, Place::At { .. }) {
            return;
        }
        if self.nodes.iter().any(|found| self.wanted.fits(found)) {
            // Rights come a moment after the node, and say so by another ring.
            self.open_at = Some(now);
            if news {
                self.pause = FIRST_PAUSE;
            }
        } else {
            self.open_at = None;
            self.say_presence(Err(CameraFailure::Absent));
        }
    }

    fn used(&mut self, now: Mono, used: Use) {
        if self.used != used {
            self.used = used;
            self.no_proof();
            self.ask_at = Some(now.plus(LEFT_ALONE));
            // Whoever left the camera has left its exposure too.
            self.look_at = self.look_at.map(|at| at.max(now.plus(FIRST_LOOK)));
        }
    }

    fn opened(&mut self, now: Mono, result: Result<Opened, CameraFailure>) {
        let opened = match result {
            Ok(opened) => opened,
            Err(failure) => return self.gone(now, failure),
        };
        let Some(found) = self.nodes.iter().find(|found| found.node == opened.node) else {
            return self.gone(now, CameraFailure::Absent);
        };
        self.place = Place::At {
            plugged: found.plugged,
            opened: opened.clone(),
        };
        self.pause = FIRST_PAUSE;
        self.health = Health::default();
        self.out.push(Order::Mind(Some(opened.node)));
        self.say_presence(Ok(()));
        self.ask_at = Some(match self.used {
            Use::Room => now,
            Use::Conference => now.plus(LEFT_ALONE),
        });
        self.look_at = Some(now.plus(FIRST_LOOK));
    }

    fn looked(&mut self, now: Mono, result: Result<(Option<Measures>, bool), Lost>) {
        match result {
            Ok((measures, shuttered)) => {
                self.say_presence(Ok(()));
                self.say_taken(now, Taken::No);
                let news = measures.and_then(|measures| self.health.look(measures, shuttered));
                self.out
                    .extend(news.map(|picture| Order::Tell(CameraSeen::Picture(picture))));
                match self.proving {
                    0 => {}
                    1 => self.proven(measures),
                    left => {
                        self.proving = left - 1;
                        self.look_at = Some(now);
                    }
                }
            }
            Err(lost) => {
                self.lost(now, lost);
                self.no_proof();
            }
        }
    }

    /// A job failed at a camera that had answered.
    fn lost(&mut self, now: Mono, lost: Lost) {
        match lost {
            Lost::InUse => self.say_taken(now, Taken::Yes),
            Lost::Failed(CameraFailure::Absent) => self.gone(now, CameraFailure::Absent),
            // It is there and will be looked at again: the bus may be free by then.
            Lost::Failed(failure) => self.say_presence(Err(failure)),
        }
    }

    fn gone(&mut self, now: Mono, failure: CameraFailure) {
        self.no_proof();
        if matches!(self.place, Place::At { .. }) {
            self.place = Place::Nowhere;
            self.out.push(Order::Mind(None));
        }
        (self.ask_at, self.look_at) = (None, None);
        self.say_presence(Err(failure));
        self.said.taken = None;
        self.open_at = Some(now.plus(self.pause));
        self.pause = (self.pause * 2).min(LAST_PAUSE);
    }

    fn say_presence(&mut self, presence: Result<(), CameraFailure>) {
        if self.said.presence == Some(presence) {
            return;
        }
        self.said = Said {
            presence: Some(presence),
            taken: None,
        };
        self.out.push(Order::Tell(match presence {
            Ok(()) => CameraSeen::Here,
            Err(failure) => {
                self.health = Health::default();
                CameraSeen::Gone(failure)
            }
        }));
    }

    fn say_taken(&mut self, now: Mono, taken: Taken) {
        if taken == Taken::Yes {
            // Asked again at the next touch; a look would only be refused.
            self.look_at = Some(now.plus(self.look_every));
            self.no_proof();
        }
        if self.said.taken != Some(taken) {
            self.said.taken = Some(taken);
            self.out.push(Order::Tell(match taken {
                Taken::Yes => CameraSeen::InUse,
                Taken::No => CameraSeen::Free,
            }));
        }
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
