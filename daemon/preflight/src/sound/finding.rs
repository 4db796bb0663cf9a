//! What can be wrong with a room's sound, by name. Knows no figure's limit and no sentence; faces have them by code.

use super::quantity::{Decibels, Millis, Share};
use serde::{Deserialize, Serialize};

/// What a finding is laid to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Everything, or nothing that could be told apart: the amplifier, the cabling, the room.
    Room,
    /// One loudspeaker.
    Loudspeaker(String),
    /// One microphone.
    Microphone(String),
}

/// The frequency of the mains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mains {
    /// 50 Hz.
    Fifty,
    /// 60 Hz.
    Sixty,
}

impl Mains {
    /// In hertz.
    pub fn hertz(self) -> f64 {
        match self {
            Mains::Fifty => 50.0,
            Mains::Sixty => 60.0,
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Finding {
    /// The recording of a microphone ended early.
    CutOff(String),
    /// No microphone is behind this name.
    DeadMicrophone(String),
    /// It works and hears none of the loudspeakers, while another does.
    DeafMicrophone(String),
    /// No microphone hears it, while another loudspeaker is heard.
    SilentLoudspeaker(String),
    /// No loudspeaker is heard by any microphone.
    NothingHeard,
    /// Each is where the other was.
    LoudspeakersSwapped(String, String),
    /// Each is where the other was.
    MicrophonesSwapped(String, String),
    /// Quieter than at the installation by this much.
    Quieter(Part, Decibels),
    /// Louder than at the installation by this much.
    Louder(Part, Decibels),
    /// Later than at the installation by this much.
    Later(Part, Millis),
    /// High tones are missing, by this much.
    Muffled(Part, Decibels),
    /// Low tones are missing, by this much.
    Thin(Part, Decibels),
    /// It distorts.
    Distorted(Part, Share),
    /// Its poles are the wrong way round.
    Reversed(Part),
    /// The microphone is driven beyond its scale.
    Clipped(String),
    /// The sound is interrupted, so often.
    Gaps(Part, u32),
    /// The mains is heard.
    Hum(String, Mains, Decibels),
    /// The room or the line is noisy.
    Noisy(String, Decibels),
    /// The room rings, for so many seconds.
    Reverberant(f64),
    /// A device that shall cancel echo by itself lets it through, this much below what is played.
    EchoReturns(String, Decibels),
    /// The room's own canceller lets echo through, this much below what is played.
    EchoRemains(Decibels),
    /// The room's own canceller is needed and does not run.
    CancellerAway,
}

/// With less loss than that the far end hears itself at every word: a hands-free terminal without any canceller has as much.
const HARDLY_ANY: Decibels = Decibels(25.0);

/// How bad a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// Everything as it should be.
    Green,
    /// Works, but.
    Yellow,
    /// Will not work.
    Red,
}

impl Finding {
    /// The code that faces, logs and IT use.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::CutOff(_) => "sound-cut-off",
            Finding::DeadMicrophone(_) => "sound-dead-microphone",
            Finding::DeafMicrophone(_) => "sound-deaf-microphone",
            Finding::SilentLoudspeaker(_) => "sound-silent-loudspeaker",
            Finding::NothingHeard => "sound-nothing-heard",
            Finding::LoudspeakersSwapped(..) => "sound-loudspeakers-swapped",
            Finding::MicrophonesSwapped(..) => "sound-microphones-swapped",
            Finding::Quieter(..) => "sound-quieter",
            Finding::Louder(..) => "sound-louder",
            Finding::Later(..) => "sound-later",
            Finding::Muffled(..) => "sound-muffled",
            Finding::Thin(..) => "sound-thin",
            Finding::Distorted(..) => "sound-distorted",
            Finding::Reversed(_) => "sound-reversed",
            Finding::Clipped(_) => "sound-clipped",
            Finding::Gaps(..) => "sound-gaps",
            Finding::Hum(..) => "sound-hum",
            Finding::Noisy(..) => "sound-noisy",
            Finding::Reverberant(_) => "sound-reverberant",
            Finding::EchoReturns(..) => "sound-echo-returns",
            Finding::EchoRemains(_) => "sound-echo-remains",
            Finding::CancellerAway => "sound-canceller-away",
        }
    }

    /// How bad it is by itself.
    pub fn verdict(&self) -> Verdict {
        match self {
            Finding::CutOff(_)
            | Finding::DeadMicrophone(_)
            | Finding::DeafMicrophone(_)
            | Finding::SilentLoudspeaker(_)
            | Finding::NothingHeard
            | Finding::CancellerAway => Verdict::Red,
            Finding::Quieter(_, by) if by.0 >= 15.0 => Verdict::Red,
            Finding::EchoRemains(loss) if *loss < HARDLY_ANY => Verdict::Red,
            Finding::LoudspeakersSwapped(..)
            | Finding::MicrophonesSwapped(..)
            | Finding::Quieter(..)
            | Finding::Louder(..)
            | Finding::Later(..)
            | Finding::Muffled(..)
            | Finding::Thin(..)
            | Finding::Distorted(..)
            | Finding::Reversed(_)
            | Finding::Clipped(_)
            | Finding::Gaps(..)
            | Finding::Hum(..)
            | Finding::Noisy(..)
            | Finding::Reverberant(_)
            | Finding::EchoReturns(..)
            | Finding::EchoRemains(_) => Verdict::Yellow,
        }
    }
}
