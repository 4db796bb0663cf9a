//! PTZ heads in a check: each goes to a preset and back to where it was. Commands bear numbers that the room never uses, and
//! their answers are taken out of what goes to the room.
//!
//! Invariant: when the room says stop, the head that moves for a check is told so before anything else is told to it.

use crate::watchers::Views;
use preflight::{Check, Checked, Trouble};
use room_core::effect::HeadCommand;
use room_core::event::{Event, Outcome};
use room_core::ids::{HeadId, RequestId};
use room_core::view::{HeadState, HeadView};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Drivers answer within this, or say that a head did not.
const ARRIVE: Duration = Duration::from_secs(20);
/// As many facts as may wait for the room.
const WAITING: usize = 64;

/// All heads. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    handles: BTreeMap<HeadId, drv_ptz::Handle>,
    moves: Moves,
}

/// Commands of checks that are under way.
#[derive(Debug, Clone, Default)]
pub struct Moves(Arc<Mutex<UnderWay>>);

#[derive(Debug, Default)]
struct UnderWay {
    /// Counts down from the highest number; the room counts up.
    used: u64,
    answers: BTreeMap<RequestId, oneshot::Sender<Outcome>>,
    moving: Option<drv_ptz::Handle>,
}

impl Moves {
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> RequestId {
        let mut under_way = self.lock();
        under_way.used += 1;
        RequestId(u64::MAX - under_way.used)
    }

    /// Whatever a check moves stands still.
    pub fn stop(&self) {
        let moving = self.lock().moving.take();
        if let Some(handle) = moving {
            handle.send(self.number(), HeadCommand::Stop);
        }
    }

    fn answered(&self, request: RequestId, outcome: Outcome) {
        if let Some(answer) = self.lock().answers.remove(&request) {
            // Whoever gave up does not want to know any more.
            let _ = answer.send(outcome);
        }
    }

    fn is_ours(&self, request: RequestId) -> bool {
        request.0 >= u64::MAX - self.lock().used
    }
}

impl Heads {
    /// One more head.
    pub fn insert(&mut self, head: HeadId, handle: drv_ptz::Handle) {
        self.handles.insert(head, handle);
    }

    /// What checks have under way.
    pub fn moves(&self) -> Moves {
        self.moves.clone()
    }

    /// A way to the room for a driver that keeps answers to checks apart. Ends when the room takes nothing any more.
    pub fn tap(
        &self,
        out: mpsc::Sender<Event>,
    ) -> (mpsc::Sender<Event>, impl Future<Output = ()> + use<>) {
        let (into, mut from) = mpsc::channel(WAITING);
        let moves = self.moves.clone();
        let forward = async move {
            while let Some(event) = from.recv().await {
                match event {
                    Event::Done { request, outcome } if moves.is_ours(request) => {
                        moves.answered(request, outcome);
                    }
                    event => {
                        if out.send(event).await.is_err() {
                            return;
                        }
                    }
                }
            }
        };
        (into, forward)
    }

    /// Each head to its first preset and back.
    pub async fn check(&self, views: &Views) -> Checked {
        let mut checked = Checked::of(Check::Heads);
        let heads = views.borrow().heads.clone();
        for head in heads {
            let name = || head.id.as_str().to_owned();
            match head.state {
                HeadState::Gone(_) => checked.troubles.push(Trouble::HeadSilent(name())),
                // One that tells nothing proves nothing; one that sleeps has answered, and is left asleep.
                HeadState::Unknown | HeadState::Asleep => {}
                HeadState::Still | HeadState::Moving => {
                    if !self.there_and_back(&head).await {
                        checked.troubles.push(Trouble::HeadAstray(name()));
                    }
                }
            }
        }
        checked
    }

    /// Whether it went; one that cannot be sent back is not sent away.
    async fn there_and_back(&self, head: &HeadView) -> bool {
        let (Some(handle), Some(from)) = (self.handles.get(&head.id), head.position) else {
            return true;
        };
        let Some(preset) = head.presets.first() else {
            return true;
        };
        let there = self.go(handle, HeadCommand::Recall(preset.number)).await;
        let back = match head.at_preset {
            Some(number) => HeadCommand::Recall(number),
            None => HeadCommand::Goto(from),
        };
        self.go(handle, back).await && there
    }

    async fn go(&self, handle: &drv_ptz::Handle, command: HeadCommand) -> bool {
        let request = self.moves.number();
        let (answer, answered) = oneshot::channel();
        {
            let mut under_way = self.moves.lock();
            under_way.answers.insert(request, answer);
            under_way.moving = Some(handle.clone());
        }
        handle.send(request, command);
        let outcome = timeout(ARRIVE, answered).await;
        let mut under_way = self.moves.lock();
        under_way.answers.remove(&request);
        under_way.moving = None;
        // What was handed to a head that never answers is not held against it.
        matches!(outcome, Ok(Ok(Outcome::Done | Outcome::Sent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answers_to_checks_never_reach_the_room() {
        let heads = Heads::default();
        let (out, mut room) = mpsc::channel(4);
        let (into, forward) = heads.tap(out);
        let task = tokio::spawn(forward);
        let ours = heads.moves.number();
        let (answer, answered) = oneshot::channel();
        heads.moves.lock().answers.insert(ours, answer);
        for request in [ours, RequestId(7)] {
            let outcome = Outcome::Done;
            into.send(Event::Done { request, outcome }).await.unwrap();
        }
        assert_eq!(answered.await, Ok(Outcome::Done));
        let Some(Event::Done { request, .. }) = room.recv().await else {
            panic!("the room's own answer is lost");
        };
        assert_eq!(request, RequestId(7));
        drop((into, room));
        task.await.unwrap();
    }
}
