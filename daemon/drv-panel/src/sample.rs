//! Screens for people who try out a panel without a room, and for pictures in tests.

use crate::show::{Mic, Show, Tone};

/// A language of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// German.
    German,
    /// English.
    English,
}

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// The room is free.
    Free,
    /// A meeting comes up.
    Soon,
    /// In a meeting, microphone closed.
    Muted,
    /// In a meeting, microphone open.
    Live,
    /// In a meeting, and nobody knows about the microphone.
    Unknown,
    /// A call failed.
    Failed,
}

impl Sample {
    /// Each of them.
    pub const ALL: [Sample; 6] = [
        Sample::Free,
        Sample::Soon,
        Sample::Muted,
        Sample::Live,
        Sample::Unknown,
        Sample::Failed,
    ];
}

/// A screen as a room would show it.
pub fn sample(sample: Sample, tongue: Tongue) -> Show {
    let say = |de: &str, en: &str| match tongue {
        Tongue::German => de.to_owned(),
        Tongue::English => en.to_owned(),
    };
    let (tone, headline) = match sample {
        Sample::Free => (Tone::Free, say("Frei bis 14:00", "Free until 14:00")),
        Sample::Soon => (Tone::Soon, say("Beginnt um 14:00", "Begins at 14:00")),
        Sample::Muted | Sample::Live => (Tone::Busy, say("In einer Konferenz", "In a conference")),
        Sample::Unknown => (
            Tone::Working,
            say("Verbindung kommt wieder", "Reconnecting"),
        ),
        Sample::Failed => (
            Tone::Attention,
            say("Es hat nicht geklappt", "It did not work"),
        ),
    };
    let mic = match sample {
        Sample::Live => Mic::Open,
        Sample::Unknown => Mic::Unknown,
        Sample::Free | Sample::Soon | Sample::Muted | Sample::Failed => Mic::Closed,
    };
    let mic_text = match mic {
        Mic::Open => say("Mikrofon an", "Microphone on"),
        Mic::Closed => say("Mikrofon aus", "Microphone off"),
        Mic::Unknown => say("Mikrofon unbekannt", "Microphone unknown"),
    };
    let next = match sample {
        Sample::Free | Sample::Soon => say(
            "14:00 – 15:30 Ausschuss für Grünflächen",
            "14:00 – 15:30 Parks committee",
        ),
        Sample::Muted | Sample::Live | Sample::Unknown | Sample::Failed => {
            say("Bis 15:30", "Until 15:30")
        }
    };
    let trouble = say(
        "Niemand hat den Raum aus dem Warteraum hereingelassen.",
        "Nobody let the room in from the waiting room.",
    );
    Show {
        room: say("Sitzungssaal Müller", "Meeting room 2"),
        tone,
        headline,
        next: Some(next),
        mic,
        mic_text,
        trouble: (sample == Sample::Failed).then_some(trouble),
    }
}
