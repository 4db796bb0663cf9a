//! What can be wrong with a made-up room, and how it is written. Knows no sound.

use std::str::FromStr;

/// What is wrong. Numbers of loudspeakers and microphones begin with 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Everything is quieter, by decibels.
    AmplifierDown(f64),
    /// One loudspeaker is quieter, by decibels.
    LoudspeakerDown(usize, f64),
    /// One microphone is quieter, by decibels.
    MicrophoneDown(usize, f64),
    /// A microphone gives one and the same value.
    DeadMicrophone(usize),
    /// A microphone gives its own noise and nothing of the room.
    DeafMicrophone(usize),
    /// A loudspeaker plays nothing.
    SilentLoudspeaker(usize),
    /// No loudspeaker plays anything.
    AmplifierOff,
    /// The first two loudspeakers have changed places.
    LoudspeakersSwapped,
    /// The first two microphones have changed places.
    MicrophonesSwapped,
    /// The mains is heard at a microphone, its tone at so many decibels of full scale.
    Hum(usize, f64),
    /// Everywhere is noise, at so many decibels of full scale.
    Fan(f64),
    /// A microphone is driven beyond its scale.
    Overdriven(usize),
    /// Everything is interrupted for ten milliseconds, about twice a second.
    Gaps,
    /// A loudspeaker's cone is torn; what it adds, as a part of what it plays at its loudest.
    TornCone(usize, f64),
    /// A loudspeaker has no high tones.
    DeadTweeter(usize),
    /// A loudspeaker's poles are exchanged.
    Reversed(usize),
    /// Everything comes later, by seconds.
    Later(f64),
    /// The room has bare walls.
    Bare,
}

/// A fault that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no fault; write one of: {}", EXAMPLES.join(", "))]
pub struct BadFault {
    text: String,
}

/// Each fault as it is written.
const EXAMPLES: [&str; 19] = [
    "none",
    "amplifier-down:6",
    "loudspeaker-down:0:6",
    "microphone-down:0:6",
    "dead-microphone:0",
    "deaf-microphone:0",
    "silent-loudspeaker:0",
    "amplifier-off",
    "loudspeakers-swapped",
    "microphones-swapped",
    "hum:0:-40",
    "fan:-40",
    "overdriven:0",
    "gaps",
    "torn-cone:0:0.4",
    "dead-tweeter:0",
    "reversed:0",
    "later:0.1",
    "bare",
];

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Fault, BadFault> {
        let bad = || BadFault {
            text: text.to_owned(),
        };
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default();
        let mut which = || words.next()?.parse::<usize>().ok();
        let fault = match name {
            "none" => Fault::None,
            "amplifier-off" => Fault::AmplifierOff,
            "loudspeakers-swapped" => Fault::LoudspeakersSwapped,
            "microphones-swapped" => Fault::MicrophonesSwapped,
            "gaps" => Fault::Gaps,
            "bare" => Fault::Bare,
            "dead-microphone" => Fault::DeadMicrophone(which().ok_or_else(bad)?),
            "deaf-microphone" => Fault::DeafMicrophone(which().ok_or_else(bad)?),
            "silent-loudspeaker" => Fault::SilentLoudspeaker(which().ok_or_else(bad)?),
            "overdriven" => Fault::Overdriven(which().ok_or_else(bad)?),
            "dead-tweeter" => Fault::DeadTweeter(which().ok_or_else(bad)?),
            "reversed" => Fault::Reversed(which().ok_or_else(bad)?),
            "loudspeaker-down" | "microphone-down" | "hum" | "torn-cone" => {
                let which = which().ok_or_else(bad)?;
                let much = number(words.next()).ok_or_else(bad)?;
                match name {
                    "loudspeaker-down" => Fault::LoudspeakerDown(which, much),
                    "microphone-down" => Fault::MicrophoneDown(which, much),
                    "hum" => Fault::Hum(which, much),
                    _ => Fault::TornCone(which, much),
                }
            }
            "amplifier-down" => Fault::AmplifierDown(number(words.next()).ok_or_else(bad)?),
            "fan" => Fault::Fan(number(words.next()).ok_or_else(bad)?),
            "later" => Fault::Later(number(words.next()).ok_or_else(bad)?),
            _ => return Err(bad()),
        };
        match words.next() {
            None => Ok(fault),
            Some(_) => Err(bad()),
        }
    }
}

fn number(word: Option<&str>) -> Option<f64> {
    word?.parse().ok().filter(|n: &f64| n.is_finite())
}

impl Fault {
    /// Whether a room of so many loudspeakers and microphones can have it.
    pub fn fits(self, loudspeakers: usize, microphones: usize) -> bool {
        match self {
            Fault::LoudspeakerDown(which, _)
            | Fault::SilentLoudspeaker(which)
            | Fault::TornCone(which, _)
            | Fault::DeadTweeter(which)
            | Fault::Reversed(which) => which < loudspeakers,
            Fault::MicrophoneDown(which, _)
            | Fault::DeadMicrophone(which)
            | Fault::DeafMicrophone(which)
            | Fault::Hum(which, _)
            | Fault::Overdriven(which) => which < microphones,
            Fault::LoudspeakersSwapped => loudspeakers > 1,
            Fault::MicrophonesSwapped => microphones > 1,
            Fault::None
            | Fault::AmplifierDown(_)
            | Fault::AmplifierOff
            | Fault::Fan(_)
            | Fault::Gaps
            | Fault::Later(_)
            | Fault::Bare => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_fault_and_what_is_none_is_refused_with_all_of_them() {
        let mut all = Vec::new();
        for text in EXAMPLES {
            let fault: Fault = text.parse().expect(text);
            assert!(fault.fits(2, 2), "{text}");
            assert!(!all.contains(&fault), "{text} is read as another");
            all.push(fault);
        }
        for text in [
            "",
            "loud",
            "hum:0",
            "hum:x:-40",
            "gaps:1",
            "later:inf",
            "fan",
        ] {
            let said = text.parse::<Fault>().expect_err(text).to_string();
            assert!(said.contains("torn-cone:0:0.4"), "{said}");
        }
        assert!(!Fault::Reversed(1).fits(1, 4));
        assert!(!Fault::MicrophonesSwapped.fits(4, 1));
    }
}
