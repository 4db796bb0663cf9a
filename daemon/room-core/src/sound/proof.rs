//! What the check of the room heard of microphones' own cancellers, kept for as long as they are planned. Knows no figure.

use super::SoundRole;
use crate::ids::SoundId;
use crate::preflight::Proofs;
use crate::room::Room;
use serde::{Deserialize, Serialize};

/// What the room's microphone was heard to do with what the loudspeaker plays, before anybody else cancels echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EchoProof {
    /// Too little comes back for anybody to hear.
    Holds,
    /// Echo comes through.
    Fails,
}

/// How a check of the room hears the microphone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hearing {
    /// Without the room's own canceller.
    #[default]
    Bare,
    /// Through it.
    Cancelled,
}

impl Proofs {
    /// What was heard of a microphone's own canceller.
    pub fn echo_of(&self, device: &SoundId) -> Option<EchoProof> {
        let known = self.echo.iter().find(|(id, _)| id == device);
        known.map(|(_, proof)| *proof)
    }
}

impl Room {
    /// Of the microphone in use; what was known of others stays for as long as they are planned.
    pub(crate) fn read_echo(&mut self, proof: EchoProof) {
        let (Some(device), Some(plan)) = (
            self.sound.device(SoundRole::Microphone),
            self.plan.sound.as_ref(),
        ) else {
            return;
        };
        let echo = &mut self.memory.proofs.echo;
        echo.retain(|(id, _)| id != device && plan.microphones.iter().any(|d| d.id == *id));
        echo.push((device.clone(), proof));
    }
}
