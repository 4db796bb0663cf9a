//! Why a card cannot be used, by kind.

use room_core::failure::SoundFailure;
use std::io;
use std::path::PathBuf;

/// Why a card cannot be had, or was lost.
#[derive(Debug, thiserror::Error)]
pub enum HardwareError {
    /// It was pulled.
    #[error("the sound card is not there any more")]
    Absent,
    /// This account may not open it.
    #[error(
        "no permission to open {}: the account must be in the group audio, or a udev rule must give the node to its group \
         (SUBSYSTEM==\"sound\", GROUP=\"audio\", MODE=\"0660\")", .0.display()
    )]
    Denied(PathBuf),
    /// Another program has it.
    #[error("{} is in use by {by}", .node.display())]
    Busy {
        /// The node.
        node: PathBuf,
        /// The programs, by name and number.
        by: String,
    },
    /// It has nothing of what was asked.
    #[error("the card has no {0} of its own")]
    Lacks(&'static str),
    /// It says nothing about decibels.
    #[error("the card does not say how many decibels its steps are")]
    NoDecibels,
    /// It takes no format that can be measured.
    #[error("the device takes none of the formats that can be measured: {0}")]
    NoFormat(#[source] alsa::Error),
    /// It is there and does not work.
    #[error("the sound card does not work: {0}")]
    Broken(#[source] alsa::Error),
    /// The machine cannot serve it.
    #[error("sound cards cannot be watched: {0}")]
    Machine(#[from] io::Error),
}

impl HardwareError {
    /// As the room tells it.
    pub fn failure(&self) -> SoundFailure {
        match self {
            HardwareError::Absent => SoundFailure::Absent,
            HardwareError::Denied(_) => SoundFailure::Denied,
            HardwareError::Busy { .. } => SoundFailure::Busy,
            HardwareError::NoFormat(_) => SoundFailure::NoFormat,
            HardwareError::Lacks(_)
            | HardwareError::NoDecibels
            | HardwareError::Broken(_)
            | HardwareError::Machine(_) => SoundFailure::Broken,
        }
    }
}
