//! The stop lane: a short list of frames that overtakes everything else, each resent until answered.

use crate::visca::{Command, Motor, ZoomMove};
use core::time::Duration;
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use room_core::units::Mono;
use std::collections::VecDeque;

/// How often one frame is sent at most.
pub(super) const TRIES: u8 = 3;
/// How often a stop is repeated that the camera refused because its sockets were full.
pub(super) const FULL_TRIES: u8 = 10;
/// Pause before a stop is repeated to a camera with full sockets.
pub(super) const FULL_PAUSE: Duration = Duration::from_millis(40);

/// One frame of the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopStep {
    Cancel(u8),
    PanTilt,
    Zoom,
}

impl StopStep {
    pub(super) fn command(self) -> Command {
        match self {
            StopStep::Cancel(socket) => Command::Cancel(socket),
            StopStep::PanTilt => Command::PanTilt {
                pan: Motor::Still,
                tilt: Motor::Still,
            },
            StopStep::Zoom => Command::Zoom(ZoomMove::Stop),
        }
    }
}

/// The first step of the lane is on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) tries: u8,
    pub(super) until: Mono,
}

/// What is left to stop.
#[derive(Debug, Default)]
pub(super) struct StopLane {
    pub(super) steps: VecDeque<StopStep>,
    pub(super) sent: Option<Sent>,
    pub(super) not_before: Mono,
    pub(super) fulls: u8,
    pub(super) failure: Option<HeadFailure>,
    pub(super) request: Option<RequestId>,
    /// How often a head that goes on turning is told again.
    pub(super) repeats_left: u8,
}

impl StopLane {
    /// Whether anything is left.
    pub(super) fn is_busy(&self) -> bool {
        !self.steps.is_empty()
    }

    /// When the lane wants to be looked at.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        match self.sent {
            Some(sent) => Some(sent.until),
            None => self.is_busy().then_some(self.not_before),
        }
    }
}
