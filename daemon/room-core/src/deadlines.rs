//! When the room wakes by itself next, and why.
//! Invariant: nothing happens between deadlines, so that nobody has to look more often.

use crate::call::{Stage, Visit};
use crate::limits;
use crate::room::Room;
use crate::units::Mono;
use crate::view::LeaveWhy;
use serde::{Deserialize, Serialize};

/// Why the room will wake, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Why {
    /// A meeting is announced, prepared, joined, begins, or is over.
    Schedule,
    /// A prepared page takes too long, or is tried again.
    Warm,
    /// The pause before a rejoin ends, or the browser or target that a call waits for never came.
    Pending,
    /// Entering takes too long.
    JoinLimit,
    /// Nobody opens the door.
    WaitLimit,
    /// The passcode is not typed.
    PasscodeLimit,
    /// No person did what only a person may do.
    PersonLimit,
    /// The call of an earlier daemon is not found.
    AdoptLimit,
    /// The page does not go.
    LeaveLimit,
    /// A connection does not come back.
    TroubleLimit,
    /// The booked time is over.
    BookedEnd,
    /// Nobody else is there.
    Alone,
    /// The next meeting is due.
    NextMeeting,
    /// The faces will say that the room leaves soon.
    LeaveNotice,
    /// The message about the last call goes away.
    Message,
    /// The microphone did not obey in time.
    Mic,
    /// The camera did not obey in time.
    Camera,
    /// The volume did not obey in time.
    Volume,
    /// The sound was not made anew in time, its canceller is missing, or its server came back.
    Sound,
    /// A preflight is due, or takes too long.
    Preflight,
    /// What IT does from afar is over, or took too long.
    Afar,
    /// A table button's update is due, or takes too long.
    Firmware,
    /// The main display did not obey in time.
    Screen,
    /// A head did not answer in time.
    Head,
    /// Nobody has needed the displays for long.
    Displays,
    /// What was said beside the microphone goes away.
    MicNote,
    /// What was never heard of since the start becomes a fault.
    Settle,
}

impl Room {
    /// When to step with `Event::Deadline` at the latest, and why; `None` when only the world can change anything.
    pub fn next_deadline(&self) -> Option<(Mono, Why)> {
        if self.stopping {
            return None;
        }
        let mut next: Option<(Mono, Why)> = None;
        let mut add = |at: Option<Mono>, why: Why| {
            let at = at.filter(|at| *at > self.now).map(|at| (at, why));
            next = match (next, at) {
                (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
                (a, b) => a.or(b),
            };
        };
        if let Some(visit) = &self.visit {
            self.visit_deadlines(visit, &mut add);
        }
        let change = self.agenda().and_then(|a| a.next_change());
        add(change.and_then(|t| self.clock.mono_of(t)), Why::Schedule);
        add(self.warm.as_ref().and_then(|w| w.deadline()), Why::Warm);
        add(self.aftermath_until(), Why::Message);
        add(self.mic.deadline(), Why::Mic);
        add(self.mic_note_until(), Why::MicNote);
        add(self.camera.deadline(), Why::Camera);
        add(self.volume.deadline(), Why::Volume);
        add(self.sound.source.deadline(), Why::Mic);
        add(self.sound.unclear_at(), Why::Mic);
        add(self.sound.forced_until(), Why::Mic);
        add(self.sound.unused_at(self.now), Why::Sound);
        add(self.sound.reset_until(), Why::Sound);
        add(self.sound.uncancelled_at(), Why::Sound);
        add(self.sound_renewed_at(), Why::Sound);
        add(self.preflight_until(), Why::Preflight);
        add(self.preflight_at(), Why::Preflight);
        for at in self.afar_deadlines() {
            add(at, Why::Afar);
        }
        add(self.firmware_at(), Why::Firmware);
        add(self.screen.deadline(), Why::Screen);
        for head in &self.heads {
            add(head.deadline(), Why::Head);
        }
        let displays = self
            .displays_rest_at()
            .filter(|_| !self.displays.is_empty());
        add(displays, Why::Displays);
        let unsettled = self.browser.seen.is_none() || self.calendar.told.is_none();
        add(unsettled.then(|| self.settles_at()), Why::Settle);
        add(self.clock.settles_at(), Why::Settle);
        next
    }

    fn visit_deadlines(&self, visit: &Visit, add: &mut impl FnMut(Option<Mono>, Why)) {
        let why = match visit.stage {
            Stage::Pending {
                not_before,
                give_up,
            } => {
                add(Some(not_before), Why::Pending);
                add(Some(give_up), Why::Pending);
                if let Some(end) = visit.end().filter(|_| visit.adopted) {
                    add(self.clock.mono_of(end), Why::BookedEnd);
                }
                Why::Pending
            }
            Stage::Adopting => Why::AdoptLimit,
            Stage::Joining(_) => Why::JoinLimit,
            Stage::Waiting(_) => Why::WaitLimit,
            Stage::AsksPasscode { .. } => Why::PasscodeLimit,
            Stage::PersonNeeded(_) | Stage::Inside => Why::PersonLimit,
            Stage::Leaving { .. } => Why::LeaveLimit,
        };
        add(self.stage_limit(), why);
        add(self.hand_until(), Why::PersonLimit);
        let reconnect = self.plan.policy.reconnect_limit;
        add(visit.trouble_limit(reconnect), Why::TroubleLimit);
        add(self.stays_at(), Why::NextMeeting);
        add(self.heard_again_at(visit), Why::Sound);
        if let Some((at, _, why)) = self.leaves() {
            let notice = notice(why);
            let says =
                at.0.saturating_sub(u64::try_from(notice.as_millis()).unwrap_or(u64::MAX));
            add(Some(Mono(says)), Why::LeaveNotice);
            add(
                Some(at),
                match why {
                    LeaveWhy::BookedEnd => Why::BookedEnd,
                    LeaveWhy::Alone => Why::Alone,
                    LeaveWhy::NextMeeting => Why::NextMeeting,
                },
            );
        }
    }
}

/// How long before it leaves the room says so.
pub(crate) fn notice(why: LeaveWhy) -> core::time::Duration {
    match why {
        LeaveWhy::BookedEnd | LeaveWhy::Alone => limits::LEAVE_NOTICE,
        LeaveWhy::NextMeeting => limits::CHANGE_OVER,
    }
}
