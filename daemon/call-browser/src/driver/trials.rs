//! Trials at the desk: visits that report to a watcher of their own and never to the room.

use super::BrowserError;
use super::desk::{Desk, Finished};
use super::visit::Visit;
use crate::call::{Did, Input, Ticket};
use crate::pack::{Act, Pack};
use crate::trial::{Goal, Sighting, Trial, is_trial};
use room_core::effect::CallCommand;
use room_core::event::CallSeen;
use room_core::ids::CallId;
use room_core::units::Percent;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// What is being written down of a trial's visit.
#[derive(Debug, Default)]
pub(super) struct Diary {
    under_way: BTreeMap<Ticket, String>,
    screen: Option<usize>,
    noted: Vec<Sighting>,
}

impl Diary {
    pub fn began(&mut self, ticket: Ticket, step: &str, pack: &Pack) {
        self.under_way.insert(ticket, step.to_owned());
        let fills = pack.steps.get(step).and_then(|step| match step.act {
            Act::Fill { with, .. } => Some(with),
            Act::Click { .. } | Act::Check { .. } | Act::Wait { .. } | Act::Key { .. } => None,
        });
        let step = step.to_owned();
        self.noted.push(Sighting::Step { step, fills });
    }

    pub fn ended(&mut self, ticket: Ticket, did: Did, pack: &Pack) {
        let Some(step) = self.under_way.remove(&ticket) else {
            return;
        };
        if did != Did::Done {
            let optional = pack.steps.get(&step).is_some_and(|step| step.optional);
            self.noted.push(Sighting::NotDone {
                step,
                did,
                optional,
            });
        }
    }

    pub fn shows(&mut self, rule: Option<usize>, pack: &Pack) {
        if self.screen == rule {
            return;
        }
        self.screen = rule;
        if let Some(rule) = rule.and_then(|rule| pack.rules.get(rule)) {
            self.noted.push(Sighting::Screen {
                rule: rule.id.clone(),
                state: rule.state,
            });
        }
    }

    pub fn said(&mut self, seen: CallSeen) {
        self.noted.push(Sighting::Call(seen));
    }

    pub fn take(&mut self) -> Vec<Sighting> {
        std::mem::take(&mut self.noted)
    }
}

impl Desk {
    pub(super) async fn try_out(&mut self, trial: Trial) -> Result<(), BrowserError> {
        let Trial {
            call,
            goal,
            request,
            watcher,
            unwatched,
        } = trial;
        let results = self.results.clone();
        tokio::spawn(async move {
            // Nothing is ever sent: this ends when the other end is dropped.
            let _ = unwatched.await;
            let _ = results.send(Finished::Unwatched(call));
        });
        self.watchers.insert(call, watcher);
        let service = request.target.as_ref().map(|target| target.service.clone());
        if !self.begin(call, service.as_ref(), &request).await? {
            self.watchers.remove(&call);
            return Ok(());
        }
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.try_out(goal);
        }
        let command = match goal {
            Goal::Look => CallCommand::Warm(request),
            Goal::Enter => CallCommand::Join(request),
        };
        self.feed(call, Input::Command(command)).await?;
        // Nothing of a trial is heard in the room.
        let silent = CallCommand::Volume(Percent::new(0));
        self.feed(call, Input::Command(silent)).await
    }

    /// Whether a command may be given to a trial: of those only what ends it.
    pub(super) fn beyond_a_trial(call: CallId, command: &CallCommand) -> bool {
        is_trial(call) && !matches!(command, CallCommand::Leave | CallCommand::Drop)
    }

    /// Tells a trial's watcher. A watcher that does not read misses what is too much.
    pub(super) fn tell_watcher(&self, call: CallId, noted: Vec<Sighting>) {
        let Some(watcher) = self.watchers.get(&call) else {
            return;
        };
        for sighting in noted {
            tell(watcher, sighting);
        }
    }

    pub(super) async fn unwatched(&mut self, call: CallId) -> Result<(), BrowserError> {
        self.feed(call, Input::Command(CallCommand::Drop)).await
    }

    pub(super) fn kept(&self, call: CallId, path: PathBuf) {
        if let Some(watcher) = self.watchers.get(&call) {
            tell(watcher, Sighting::Kept(path));
        }
    }
}

fn tell(watcher: &mpsc::Sender<Sighting>, sighting: Sighting) {
    if watcher.try_send(sighting).is_err() {
        tracing::debug!("a trial's watcher does not read");
    }
}

impl Visit {
    /// From now on what is seen is written down; a look's page gets neither microphone nor camera.
    pub fn try_out(&mut self, goal: Goal) {
        self.diary = Some(Diary::default());
        self.deny_devices(goal == Goal::Look);
    }
}
