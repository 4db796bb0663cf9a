//! What a room does that its fleet told it: presses as from afar, and proofs that they took effect. Nothing here opens anything:
//! the room itself refuses that to every press that comes from outside of it.

use super::Ask;
use crate::watchers::Views;
use fleet_proto::{Code, Outcome, Part, Refusal, Verb};
use room_core::event::{Origin, Press};
use room_core::units::{Seen, Switch};
use room_core::view::{Offer, Phase, View};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The conference's page takes a second at most; a busy board a few.
const CLOSED: Duration = Duration::from_secs(10);
/// A page that does not leave by itself is destroyed within this.
const LEFT: Duration = Duration::from_secs(30);
/// The sound is made anew within two seconds, and looked for again for a while.
const SOUND_BACK: Duration = Duration::from_secs(15);
/// The longest check of a room.
const PROVEN: Duration = Duration::from_secs(300);

/// What this room does when it is told; everything else is answered as unknown.
pub(super) const KNOWS: [&str; 5] = [
    "mute",
    "leave",
    "reset-sound",
    "preflight",
    "restart-daemon",
];

/// Does it. Cheap to clone.
#[derive(Clone)]
pub struct Hands {
    /// The room.
    pub views: Views,
    /// Presses into it.
    pub presses: mpsc::Sender<(Press, Origin)>,
    /// Asks the daemon as a whole.
    pub asks: mpsc::Sender<Ask>,
}

impl Hands {
    /// Does it, and says how it ended.
    pub async fn perform(&self, verb: &Verb) -> Outcome {
        match verb {
            Verb::Mute {} => self.mute().await,
            Verb::Leave {} => self.leave().await,
            Verb::ResetSound {} => self.reset_sound().await,
            Verb::Preflight {} => self.prove().await,
            Verb::Restart { part: Part::Daemon } => {
                // The next start says that it is done.
                let _ = self.asks.send(Ask::Anew).await;
                Outcome::Begun {}
            }
            Verb::Restart {
                part: Part::Browser,
            }
            | Verb::Tomorrow {}
            | Verb::Canary { .. }
            | Verb::LogBundle { .. }
            | Verb::Screenshot { .. }
            | Verb::Identify { .. }
            | Verb::Ring { .. }
            | Verb::Unknown => refused(Refusal::UnknownVerb),
        }
    }

    async fn mute(&self) -> Outcome {
        self.press(Press::Mic(Switch::Closed)).await;
        let closed = |view: &View| view.mic.seen == Seen::Is(Switch::Closed);
        self.seen(CLOSED, closed, "microphone-not-closed").await
    }

    async fn leave(&self) -> Outcome {
        if is_out(&self.views.borrow()) {
            return refused(Refusal::NothingThere);
        }
        self.press(Press::Leave).await;
        self.seen(LEFT, is_out, "call-not-left").await
    }

    async fn reset_sound(&self) -> Outcome {
        if !self.offers(&Offer::ResetSound) {
            return refused(Refusal::NothingThere);
        }
        self.press(Press::ResetSound).await;
        let back = |view: &View| view.sound.as_ref().is_some_and(|s| !s.resetting);
        self.seen(SOUND_BACK, back, "sound-not-back").await
    }

    async fn prove(&self) -> Outcome {
        if !self.offers(&Offer::Preflight) {
            return refused(Refusal::InUse);
        }
        let last = |view: &View| view.preflight.as_ref().and_then(|p| p.last.clone());
        let before = last(&self.views.borrow());
        self.press(Press::Preflight).await;
        let proven = |view: &View| {
            let runs = view.preflight.as_ref().is_some_and(|p| p.runs);
            !runs && last(view) != before
        };
        self.seen(PROVEN, proven, "preflight-not-done").await
    }

    fn offers(&self, offer: &Offer) -> bool {
        self.views.borrow().offers.contains(offer)
    }

    async fn press(&self, press: Press) {
        // Without a loop nothing is seen to have happened, and that is what is answered.
        let _ = self.presses.send((press, Origin::Fleet)).await;
    }

    async fn seen(
        &self,
        limit: Duration,
        wanted: impl FnMut(&View) -> bool,
        else_code: &str,
    ) -> Outcome {
        let mut wanted = wanted;
        let mut views = self.views.clone();
        let seen = timeout(limit, views.wait_for(|view| wanted(view))).await;
        match (seen, else_code.parse::<Code>()) {
            (Ok(Ok(_)), _) => Outcome::Done {},
            (_, Ok(code)) => Outcome::Failed { code },
            (_, Err(_)) => refused(Refusal::NothingThere),
        }
    }
}

fn refused(why: Refusal) -> Outcome {
    Outcome::Refused { why }
}

fn is_out(view: &View) -> bool {
    match view.phase {
        Phase::Standby | Phase::Announced { .. } | Phase::Failed { .. } | Phase::Ended(_) => true,
        Phase::Joining(_)
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded(_)
        | Phase::InCall { .. }
        | Phase::Reconnecting { .. }
        | Phase::Leaving => false,
    }
}
