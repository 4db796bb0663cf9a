//! Numbers for the cameras of a chain: given out once for all heads, and again when a camera was attached or all fell silent.
//! Must not know what the heads do.

use crate::engine::HeadSetup;
use crate::link::Link;
use crate::visca::{Frame, Reply};
use core::time::Duration;
use room_core::units::Mono;

/// Each camera of the chain passes a broadcast on in its own time.
const ANSWER: Duration = Duration::from_millis(400);
/// The round of seven cameras, in bytes.
const ROUND_BYTES: usize = 8 * 5;
const TRIES: u8 = 2;
/// Before a chain on which nobody answers is numbered anew.
const PAUSE: Duration = Duration::from_secs(4);

/// Where the numbering stands.
#[derive(Debug, Default)]
pub(super) struct Ring {
    phase: Phase,
    tried: Mono,
    cameras: Option<u8>,
    judged: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Numbers are due.
    #[default]
    Due,
    Numbering {
        until: Mono,
        tries: u8,
    },
    /// Numbered; unfinished commands are to be forgotten.
    Numbered,
    Clearing {
        until: Mono,
    },
    Set,
}

impl Ring {
    pub(super) fn is_set(&self) -> bool {
        self.phase == Phase::Set
    }

    pub(super) fn begin_again(&mut self) {
        self.phase = Phase::Due;
    }

    pub(super) fn answered(&mut self, reply: Reply) {
        match (reply, self.phase) {
            // 1 is our own broadcast come back on a line without a camera.
            (Reply::AddressesSet { next }, _) if next >= 2 => {
                self.cameras = Some(next - 1);
                self.judged = false;
                if matches!(self.phase, Phase::Numbering { .. }) {
                    self.phase = Phase::Numbered;
                }
            }
            (Reply::Cleared, Phase::Clearing { .. }) => self.phase = Phase::Set,
            _ => {}
        }
    }

    /// The frame that is due now. `silent` when no camera answers.
    pub(super) fn on_tick(&mut self, now: Mono, link: Link, silent: bool) -> Option<Frame> {
        let until = now.plus(ANSWER + link.wire_time(ROUND_BYTES));
        match self.phase {
            Phase::Set if silent && now.since(self.tried) >= PAUSE => self.number(now, until, 1),
            Phase::Set => None,
            Phase::Due => self.number(now, until, 1),
            Phase::Numbering { until: late, tries } if late <= now && tries < TRIES => {
                self.number(now, until, tries + 1)
            }
            // Cameras that were numbered before may still answer; asking each of them shows it.
            Phase::Numbering { until: late, .. } if late <= now => self.clear(until),
            Phase::Numbered => self.clear(until),
            Phase::Clearing { until: late } if late <= now => {
                self.phase = Phase::Set;
                None
            }
            Phase::Numbering { .. } | Phase::Clearing { .. } => None,
        }
    }

    fn number(&mut self, now: Mono, until: Mono, tries: u8) -> Option<Frame> {
        self.tried = now;
        self.phase = Phase::Numbering { until, tries };
        Some(Frame::address_set())
    }

    fn clear(&mut self, until: Mono) -> Option<Frame> {
        self.phase = Phase::Clearing { until };
        Some(Frame::if_clear())
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        match self.phase {
            Phase::Due | Phase::Numbered => Some(Mono::default()),
            Phase::Numbering { until, .. } | Phase::Clearing { until } => Some(until),
            Phase::Set => None,
        }
    }

    /// Says once which heads have no camera.
    pub(super) fn judge<'a>(&mut self, heads: impl Iterator<Item = &'a HeadSetup>) {
        let (Some(cameras), false) = (self.cameras, self.judged) else {
            return;
        };
        self.judged = true;
        for head in heads.filter(|head| head.address.get() > cameras) {
            tracing::warn!(head = %head.id, address = head.address.get(), cameras,
                "the line has fewer cameras than this one's number");
        }
    }
}
