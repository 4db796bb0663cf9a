//! What the scripts in pages are told, as text. Knows no page.

use crate::call::Device;
use crate::sound::Cleaning;
use room_core::units::{Percent, Switch};
use serde_json::json;

fn probe(call: &str) -> String {
    format!("globalThis[Symbol.for('roomd.probe')]?.{call}, null")
}

/// The statistics of this moment.
pub(super) fn sample() -> String {
    probe("sample()")
}

pub(super) fn gate(device: Device, to: Switch) -> String {
    let kind = match device {
        Device::Mic => "audio",
        Device::Camera => "video",
    };
    probe(&format!("setGate({kind:?}, {})", to == Switch::Open))
}

pub(super) fn volume(level: Percent) -> String {
    probe(&format!("setVolume({})", level.get()))
}

pub(super) fn cleaning(cleaning: Option<Cleaning>) -> String {
    probe(&format!("setCleaning({})", json!(cleaning)))
}

pub(super) fn notice(notice: Option<&str>) -> String {
    format!("globalThis.roomdNotice?.({}), null", json!(notice))
}
