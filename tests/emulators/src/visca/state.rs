//! What somebody outside sees of a camera. Values only.

use super::log::{FrameKind, FrameSeen};
use room_core::units::Position;
use serde::Serialize;
use std::collections::BTreeMap;

/// What somebody outside sees of the camera.
#[derive(Debug, Clone, Serialize)]
pub struct State {
    /// `on`, `waking` or `standby`.
    pub power: &'static str,
    /// Where it looks.
    pub position: Position,
    /// Whether anything turns.
    pub moving: bool,
    /// How many frames came, by kind.
    pub frames: BTreeMap<FrameKind, u64>,
    /// Frames lost because they came faster than the camera looks.
    pub overruns: u64,
    /// Whether it has a number on its line.
    pub address: Option<u8>,
    /// The newest frames.
    pub recent: Vec<FrameSeen>,
}
