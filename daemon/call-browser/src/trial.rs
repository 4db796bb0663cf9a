//! Visits that are not the room's own: looking at a conference's page without entering, and entering one to see whether
//! its pack still fits. Owns their words; the room's calls know nothing of them.
//!
//! Invariant: a look never enters, gives no passcode, and its page gets neither microphone nor camera.
//! Invariant: a trial nobody watches any more is destroyed with its page and profile.

use crate::call::Did;
use crate::handle::Handle;
use crate::pack::{PageState, Text};
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::CallSeen;
use room_core::ids::CallId;
use std::convert::Infallible;
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};

/// Calls from here on are trials: no room counts so far.
const FIRST: u64 = 1 << 62;

/// So much may wait for a reader.
const WAITING: usize = 256;

/// Whether a call is a trial.
pub(crate) fn is_trial(call: CallId) -> bool {
    call.0 >= FIRST
}

/// How far a trial goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Up to the point before entering, without microphone and camera.
    Look,
    /// Into the conference, dark and silent.
    Enter,
}

/// Something that was seen in a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// As in a call of the room.
    Call(CallSeen),
    /// Another screen stands there.
    Screen {
        /// The pack's rule that knows it.
        rule: String,
        /// What it means.
        state: PageState,
    },
    /// A step of the pack is being done.
    Step {
        /// Its name.
        step: String,
        /// The text it puts in, when it does.
        fills: Option<Text>,
    },
    /// A step of the pack could not be done.
    NotDone {
        /// Its name.
        step: String,
        /// Why.
        did: Did,
        /// Whether the pack can do without it.
        optional: bool,
    },
    /// A picture and an outline of the screen were kept here.
    Kept(PathBuf),
}

/// Follows one trial. Dropped, it ends the trial.
#[derive(Debug)]
pub struct Watch {
    call: CallId,
    handle: Handle,
    sightings: mpsc::Receiver<Sighting>,
    /// Its other end hears when this one is gone.
    _alive: oneshot::Sender<Infallible>,
}

impl Watch {
    /// The next thing that was seen; `None` when page and profile are destroyed, or the browser is gone.
    pub async fn next(&mut self) -> Option<Sighting> {
        self.sightings.recv().await
    }

    /// Leaves through the page's own way out, then destroys page and profile.
    pub fn leave(&self) {
        self.handle.command(self.call, CallCommand::Leave);
    }

    /// Destroys page and profile at once.
    pub fn drop_page(&self) {
        self.handle.command(self.call, CallCommand::Drop);
    }
}

/// What the desk is asked for.
#[derive(Debug)]
pub(crate) struct Trial {
    pub call: CallId,
    pub goal: Goal,
    pub request: CallRequest,
    pub watcher: mpsc::Sender<Sighting>,
    pub unwatched: oneshot::Receiver<Infallible>,
}

impl Trial {
    pub fn new(number: u64, goal: Goal, mut request: CallRequest, handle: Handle) -> (Self, Watch) {
        if goal == Goal::Look {
            let link = request.way().map(|way| way.place().clone());
            request.target = request.target.zip(link).map(|(to, link)| to.at_page(link));
        }
        let (watcher, sightings) = mpsc::channel(WAITING);
        let (alive, unwatched) = oneshot::channel();
        let call = CallId(FIRST + number);
        let watch = Watch {
            call,
            handle,
            sightings,
            _alive: alive,
        };
        let trial = Self {
            call,
            goal,
            request,
            watcher,
            unwatched,
        };
        (trial, watch)
    }
}
