//! The made-up rooms of the tests, heard by the ear that is tested.

#![allow(dead_code, reason = "each test uses its part")]

use preflight::sound::{Ear, Finding, Loop, Mains, Part, Sweep};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
pub use virtual_room::{Fault, Room, Size};

pub const RATE: u32 = 24_000;
pub const LOUDSPEAKERS: [&str; 2] = ["left", "right"];
pub const MICROPHONES: [&str; 2] = ["ceiling", "table"];
pub const SIZE: Size = Size {
    rate: RATE,
    loudspeakers: 2,
    microphones: 2,
};

/// The ear of all tests.
pub fn ear() -> Ear {
    Ear::of(Sweep::at(RATE).take())
}

/// Every loudspeaker heard by every microphone.
pub fn hear(room: &mut Room, ear: &Ear) -> Vec<Loop> {
    let mut loops = Vec::new();
    for (l, loudspeaker) in LOUDSPEAKERS.iter().enumerate() {
        for (m, microphone) in MICROPHONES.iter().enumerate() {
            let recording = room.record(&ear.take().samples, l, m);
            loops.push(Loop {
                loudspeaker: (*loudspeaker).to_owned(),
                microphone: (*microphone).to_owned(),
                heard: ear.hear(&recording),
            });
        }
    }
    loops
}

/// What is wrong with the room of a seed: every kind in turn.
pub fn fault(seed: u64) -> Fault {
    let mut dice = StdRng::seed_from_u64(seed ^ 0xFA17);
    let which = dice.random_range(0..2);
    let by = dice.random_range(6.0..12.0);
    match seed % 20 {
        0 | 1 => Fault::None,
        2 => Fault::AmplifierDown(by),
        3 => Fault::LoudspeakerDown(which, by),
        4 => Fault::MicrophoneDown(which, by),
        5 => Fault::DeadMicrophone(which),
        6 => Fault::DeafMicrophone(which),
        7 => Fault::SilentLoudspeaker(which),
        8 => Fault::AmplifierOff,
        9 => Fault::LoudspeakersSwapped,
        10 => Fault::MicrophonesSwapped,
        11 => Fault::Hum(which, dice.random_range(-50.0..-35.0)),
        12 => Fault::Fan(dice.random_range(-42.0..-38.0)),
        13 => Fault::Overdriven(which),
        14 => Fault::Gaps,
        15 => Fault::TornCone(which, dice.random_range(0.3..0.5)),
        16 => Fault::DeadTweeter(which),
        17 => Fault::Reversed(which),
        18 => Fault::Later(dice.random_range(0.04..0.2)),
        _ => Fault::Bare,
    }
}

/// A finding as its code and the part it is laid to.
pub fn name(finding: &Finding) -> String {
    let part = |part: &Part| match part {
        Part::Room => "room".to_owned(),
        Part::Loudspeaker(name) | Part::Microphone(name) => name.clone(),
    };
    let what = match finding {
        Finding::CutOff(name)
        | Finding::DeadMicrophone(name)
        | Finding::DeafMicrophone(name)
        | Finding::SilentLoudspeaker(name)
        | Finding::Clipped(name)
        | Finding::Noisy(name, _)
        | Finding::EchoReturns(name, _) => name.clone(),
        Finding::Hum(name, Mains::Fifty, _) => format!("{name} 50"),
        Finding::Hum(name, Mains::Sixty, _) => format!("{name} 60"),
        Finding::NothingHeard
        | Finding::Reverberant(_)
        | Finding::EchoRemains(_)
        | Finding::CancellerAway => String::new(),
        Finding::LoudspeakersSwapped(a, b) | Finding::MicrophonesSwapped(a, b) => {
            format!("{a} {b}")
        }
        Finding::Quieter(p, _)
        | Finding::Louder(p, _)
        | Finding::Muffled(p, _)
        | Finding::Thin(p, _) => part(p),
        Finding::Later(p, _) => part(p),
        Finding::Distorted(p, _) => part(p),
        Finding::Reversed(p) => part(p),
        Finding::Gaps(p, _) => part(p),
    };
    format!("{} {what}", finding.code()).trim_end().to_owned()
}

/// What is to be said of it, and nothing else.
pub fn expected(fault: Fault) -> Vec<String> {
    let one = |text: String| vec![text];
    match fault {
        Fault::None => Vec::new(),
        Fault::AmplifierDown(_) => one("sound-quieter room".to_owned()),
        Fault::LoudspeakerDown(which, _) => one(format!("sound-quieter {}", LOUDSPEAKERS[which])),
        Fault::MicrophoneDown(which, _) => one(format!("sound-quieter {}", MICROPHONES[which])),
        Fault::DeadMicrophone(which) => {
            one(format!("sound-dead-microphone {}", MICROPHONES[which]))
        }
        Fault::DeafMicrophone(which) => {
            one(format!("sound-deaf-microphone {}", MICROPHONES[which]))
        }
        Fault::SilentLoudspeaker(which) => {
            one(format!("sound-silent-loudspeaker {}", LOUDSPEAKERS[which]))
        }
        Fault::AmplifierOff => one("sound-nothing-heard".to_owned()),
        Fault::LoudspeakersSwapped => one("sound-loudspeakers-swapped left right".to_owned()),
        Fault::MicrophonesSwapped => one("sound-microphones-swapped ceiling table".to_owned()),
        Fault::Hum(which, _) => one(format!("sound-hum {} 50", MICROPHONES[which])),
        Fault::Fan(_) => MICROPHONES.map(|m| format!("sound-noisy {m}")).to_vec(),
        Fault::Overdriven(which) => {
            let name = MICROPHONES[which];
            vec![
                format!("sound-clipped {name}"),
                format!("sound-louder {name}"),
            ]
        }
        Fault::Gaps => one("sound-gaps room".to_owned()),
        Fault::TornCone(which, _) => one(format!("sound-distorted {}", LOUDSPEAKERS[which])),
        Fault::DeadTweeter(which) => one(format!("sound-muffled {}", LOUDSPEAKERS[which])),
        Fault::Reversed(which) => one(format!("sound-reversed {}", LOUDSPEAKERS[which])),
        Fault::Later(_) => one("sound-later room".to_owned()),
        Fault::Bare => one("sound-reverberant".to_owned()),
    }
}
