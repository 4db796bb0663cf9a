//! One wire command on its way, and what is expected of it.

use super::tickets::Ticket;
use crate::visca::Command;
use core::time::Duration;

/// What a command must reach before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Accepted is enough: it runs until told otherwise.
    Drive,
    /// Must be completed.
    Move,
    /// Must be completed, and is quick.
    Store,
    /// Must be read back.
    Power,
    /// Accepted is enough; belongs to the stop lane.
    Stop,
}

impl Kind {
    /// How long after its ACK the completion may take.
    pub(super) fn limit(self) -> Duration {
        match self {
            Kind::Drive | Kind::Stop => Duration::from_secs(1),
            Kind::Move => Duration::from_secs(60),
            Kind::Store => Duration::from_secs(5),
            Kind::Power => Duration::from_secs(20),
        }
    }

    /// Whether it turns the head.
    pub(super) fn is_motion(self) -> bool {
        matches!(self, Kind::Drive | Kind::Move)
    }
}

/// A wire command and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) ticket: Ticket,
    pub(super) kind: Kind,
    pub(super) command: Command,
    /// Was refused once because the sockets were full.
    pub(super) was_full: bool,
}

impl Step {
    /// Whether it turns pan or tilt.
    pub(super) fn turns(&self) -> bool {
        matches!(
            self.command,
            Command::PanTilt { .. }
                | Command::PanTiltTo { .. }
                | Command::Home
                | Command::PresetRecall(_)
        )
    }

    /// Whether it zooms.
    pub(super) fn zooms(&self) -> bool {
        matches!(
            self.command,
            Command::Zoom(_) | Command::ZoomTo(_) | Command::PresetRecall(_)
        )
    }
}
