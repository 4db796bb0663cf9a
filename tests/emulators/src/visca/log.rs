//! What the camera heard: frames by kind, with the times at which their bytes stood on the wire. Bounded.

use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// So many frames are kept; the counts go on.
const KEPT: usize = 4096;

/// What sort of frame came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// Numbers are given out.
    AddressSet,
    /// Forget unfinished commands.
    IfClear,
    /// Asked for the version.
    AskVersion,
    /// Asked for power.
    AskPower,
    /// Asked for pan and tilt.
    AskPanTilt,
    /// Asked for zoom.
    AskZoom,
    /// Wake up.
    PowerOn,
    /// Sleep.
    Standby,
    /// Run pan and tilt.
    Drive,
    /// Stop pan and tilt.
    Stop,
    /// Run the zoom.
    ZoomDrive,
    /// Stop the zoom.
    ZoomStop,
    /// Turn to a place.
    TurnTo,
    /// Zoom to a place.
    ZoomTo,
    /// Turn home.
    Home,
    /// Turn to a stored place.
    PresetRecall,
    /// Store this place.
    PresetStore,
    /// Forget a stored place.
    PresetClear,
    /// Break off what a socket runs.
    Cancel,
    /// A whole frame that this camera does not know.
    Unknown,
    /// Bytes without form.
    Noise,
}

impl FrameKind {
    /// What the bytes ask, by their form alone.
    pub fn of(bytes: &[u8]) -> FrameKind {
        let [header, message @ .., 0xFF] = bytes else {
            return FrameKind::Noise;
        };
        if message.is_empty() || bytes.len() > 16 || header & 0x80 == 0 {
            return FrameKind::Noise;
        }
        match message {
            [0x30, _] if *header == 0x88 => FrameKind::AddressSet,
            [0x01, 0x00, 0x01] => FrameKind::IfClear,
            [0x09, 0x00, 0x02] => FrameKind::AskVersion,
            [0x09, 0x04, 0x00] => FrameKind::AskPower,
            [0x09, 0x06, 0x12] => FrameKind::AskPanTilt,
            [0x09, 0x04, 0x47] => FrameKind::AskZoom,
            [0x01, 0x04, 0x00, 0x02] => FrameKind::PowerOn,
            [0x01, 0x04, 0x00, 0x03] => FrameKind::Standby,
            [0x01, 0x06, 0x01, _, _, 0x03, 0x03] => FrameKind::Stop,
            [0x01, 0x06, 0x01, _, _, 0x01..=0x03, 0x01..=0x03] => FrameKind::Drive,
            [0x01, 0x04, 0x07, 0x00] => FrameKind::ZoomStop,
            [0x01, 0x04, 0x07, 0x02 | 0x03 | 0x20..=0x27 | 0x30..=0x37] => FrameKind::ZoomDrive,
            [0x01, 0x06, 0x02, _, _, place @ ..] if place.len() == 8 => FrameKind::TurnTo,
            [0x01, 0x04, 0x47, _, _, _, _] => FrameKind::ZoomTo,
            [0x01, 0x06, 0x04] => FrameKind::Home,
            [0x01, 0x04, 0x3F, 0x00, _] => FrameKind::PresetClear,
            [0x01, 0x04, 0x3F, 0x01, _] => FrameKind::PresetStore,
            [0x01, 0x04, 0x3F, 0x02, _] => FrameKind::PresetRecall,
            [0x20..=0x2F] => FrameKind::Cancel,
            _ => FrameKind::Unknown,
        }
    }
}

/// A frame that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameSeen {
    /// What it asks.
    pub kind: FrameKind,
    /// Its bytes, written as hex in JSON.
    #[serde(serialize_with = "as_hex")]
    pub bytes: Vec<u8>,
    /// Start of its first byte, since the emulator began; milliseconds in JSON.
    #[serde(rename = "first_ms", serialize_with = "as_ms")]
    pub first: Duration,
    /// End of its last byte.
    #[serde(rename = "last_ms", serialize_with = "as_ms")]
    pub last: Duration,
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    serializer.serialize_str(&text.join(" "))
}

fn as_ms<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((time.as_secs_f64() * 1_000_000.0).round() / 1000.0)
}

/// Everything heard.
#[derive(Debug, Clone, Default)]
pub struct Log {
    counts: BTreeMap<FrameKind, u64>,
    frames: VecDeque<FrameSeen>,
    total: u64,
}

impl Log {
    pub(super) fn add(&mut self, frame: FrameSeen) {
        *self.counts.entry(frame.kind).or_default() += 1;
        self.total += 1;
        self.frames.push_back(frame);
        if self.frames.len() > KEPT {
            self.frames.pop_front();
        }
    }

    /// How many frames of this kind came.
    pub fn count(&self, kind: FrameKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// How many of each kind came.
    pub fn counts(&self) -> &BTreeMap<FrameKind, u64> {
        &self.counts
    }

    /// How many frames came.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The frames after the first `already` ones, as far as they are kept.
    pub fn since(&self, already: u64) -> impl Iterator<Item = &FrameSeen> {
        let lost = self.total - self.frames.len() as u64;
        self.frames
            .iter()
            .skip(usize::try_from(already.saturating_sub(lost)).unwrap_or(usize::MAX))
    }
}
