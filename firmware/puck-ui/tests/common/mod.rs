//! A button on a bench: virtual time, a host that answers or does not, and faces in two languages.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use puck_ui::{Config, Glass, Puck, Text, Tongue};
use std::time::Duration;
use wire::{
    Decoder, Face, HostHello, HostToPuck, Light, Line, Mic, PuckToHost, Received, Ring, Scene,
};

pub const SESSION: u32 = 77;

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub fn puck(glass: Glass, tongue: Tongue) -> Puck {
    Puck::new(Config {
        firmware: Text::cut("puck 0.1.0"),
        serial: Text::cut("E66038B713"),
        tongue,
        glass,
        line: Line::Usb,
        trouble: None,
    })
}

/// In a session, showing this.
pub fn shown(glass: Glass, face: Face, at: Duration) -> Puck {
    let mut puck = puck(glass, face.tongue);
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), at);
    puck.heard(HostToPuck::Face(face), at);
    puck.tick(at);
    said(&mut puck, at);
    puck
}

/// What it wants to say now.
pub fn said(puck: &mut Puck, at: Duration) -> Vec<PuckToHost> {
    let mut decoder = Decoder::new();
    let frames = std::iter::from_fn(|| puck.say(at));
    let bytes: Vec<u8> = frames.flat_map(|frame| frame.bytes().to_vec()).collect();
    let messages = bytes.iter().filter_map(|byte| decoder.push(*byte));
    messages
        .map(|message| match message {
            Ok(Received::Message(message)) => message,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A room's situations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    Free,
    Coming,
    Joining,
    WaitingForHost,
    Live,
    Muted,
    MicUnknown,
    Question,
    Passcode,
    Failed,
}

impl Sample {
    pub const ALL: [Sample; 10] = [
        Sample::Free,
        Sample::Coming,
        Sample::Joining,
        Sample::WaitingForHost,
        Sample::Live,
        Sample::Muted,
        Sample::MicUnknown,
        Sample::Question,
        Sample::Passcode,
        Sample::Failed,
    ];

    pub fn face(self, tongue: Tongue) -> Face {
        let say = |german: &str, english: &str| match tongue {
            Tongue::German => Text::cut(german),
            _ => Text::cut(english),
        };
        let times = Text::cut("14:30 – 15:15");
        let face = |ring, mic, scene, minutes, headline| Face {
            ring,
            mic,
            scene,
            tongue,
            light: Light::Full,
            minutes,
            headline,
            detail: times,
            action: Text::EMPTY,
            trouble: Text::EMPTY,
        };
        use Mic::{Closed, Open, Unknown};
        match self {
            Sample::Free => face(
                Ring::Off,
                Closed,
                Scene::Free,
                Some(95),
                say("Frei", "Free"),
            ),
            Sample::Coming => Face {
                action: say("Beitreten", "Join"),
                ..face(
                    Ring::Breathing,
                    Closed,
                    Scene::Coming,
                    Some(4),
                    say("Besprechung", "Meeting"),
                )
            },
            Sample::Joining => face(
                Ring::Sweep,
                Closed,
                Scene::Moving,
                None,
                say("Wird verbunden", "Connecting"),
            ),
            Sample::WaitingForHost => face(
                Ring::WhiteDouble,
                Closed,
                Scene::Waiting,
                None,
                say("Warten auf Gastgeber", "Waiting for host"),
            ),
            Sample::Live => face(
                Ring::Green,
                Open,
                Scene::Call,
                Some(40),
                say("Mikrofon an", "Live"),
            ),
            Sample::Muted => face(
                Ring::Red,
                Closed,
                Scene::Call,
                Some(40),
                say("Mikrofon aus", "Muted"),
            ),
            Sample::MicUnknown => face(
                Ring::Amber,
                Unknown,
                Scene::Call,
                Some(40),
                say("Mikrofon unbekannt", "Microphone unknown"),
            ),
            Sample::Question => Face {
                action: say("Länger bleiben", "Stay longer"),
                ..face(
                    Ring::Red,
                    Closed,
                    Scene::Call,
                    Some(2),
                    say("Die gebuchte Zeit endet", "Booked time ends"),
                )
            },
            Sample::Passcode => face(
                Ring::Amber,
                Closed,
                Scene::Question,
                None,
                say("Kenncode am Panel eingeben", "Type passcode at panel"),
            ),
            Sample::Failed => Face {
                trouble: say("Kein Netz im Raum", "No network"),
                ..face(
                    Ring::Amber,
                    Closed,
                    Scene::Trouble,
                    None,
                    say("Es hat nicht geklappt", "It did not work"),
                )
            },
        }
    }
}
