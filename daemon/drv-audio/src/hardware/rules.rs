//! Which of a card's mixer elements is its microphone's switch, its loudspeaker's amplification. Pure; opens no card.

use crate::ports::{CardSwitch, Direction};
use room_core::units::{Percent, Switch};

/// What one element has for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Has {
    /// A switch.
    pub switch: bool,
    /// An amplification.
    pub volume: bool,
}

/// One element of a mixer as ALSA's simple interface shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name, such as `Mic`.
    pub name: String,
    /// Tells elements of one name apart.
    pub index: u32,
    /// On the way in.
    pub capture: Has,
    /// On the way out.
    pub playback: Has,
}

impl Element {
    fn has(&self, direction: Direction) -> Has {
        match direction {
            Direction::Capture => self.capture,
            Direction::Playback => self.playback,
        }
    }
}

/// Which elements count for one direction, by their places in the list. Several are of one name, and only together are they
/// the switch: what one of them lets through is heard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// The switch.
    pub switch: Vec<usize>,
    /// The amplification.
    pub volume: Vec<usize>,
}

/// Names that Linux gives to what the microphone passes last, the nearest to the converter first
/// (Documentation/sound/designs/control-names.rst and sound/usb/mixer.c).
const CAPTURE: &[&str] = &[
    "Capture",
    "Mic",
    "Microphone",
    "Headset",
    "Headset Mic",
    "Internal Mic",
    "Line In",
    "Line",
    "Input",
    "Digital",
    "PCM",
    "Master",
];
/// The same for what the loudspeaker passes last.
const PLAYBACK: &[&str] = &[
    "Master",
    "Speaker",
    "PCM",
    "Headset",
    "Headphone",
    "Line Out",
    "Output",
    "Digital",
    "HDMI",
];
/// A microphone's element on the way out is what one hears of oneself, and a boost is not the switch.
const SIDETONE: &[&str] = &["mic", "sidetone", "loopback", "beep", "line in", "input"];
const BESIDE: &[&str] = &["boost", "sidetone", "loopback", "agc", "auto gain"];

/// Chooses the elements of a direction.
pub fn choose(elements: &[Element], direction: Direction) -> Chosen {
    Chosen {
        switch: best(elements, direction, |has| has.switch),
        volume: best(elements, direction, |has| has.volume),
    }
}

fn best(elements: &[Element], direction: Direction, wanted: fn(Has) -> bool) -> Vec<usize> {
    let (known, strangers) = match direction {
        Direction::Capture => (CAPTURE, BESIDE),
        Direction::Playback => (PLAYBACK, SIDETONE),
    };
    let fits = |element: &&Element| wanted(element.has(direction));
    let is_no_stranger = |element: &&Element| {
        let name = element.name.to_lowercase();
        !strangers.iter().any(|stranger| name.contains(stranger))
    };
    let candidates = || elements.iter().filter(fits);
    let by_name = known
        .iter()
        .find(|name| candidates().any(|element| element.name == **name));
    let name = by_name.copied().or_else(|| {
        let first = candidates().find(is_no_stranger);
        first.map(|element| element.name.as_str())
    });
    let all = elements.iter().enumerate();
    all.filter(|(_, element)| Some(element.name.as_str()) == name && wanted(element.has(direction)))
        .map(|(place, _)| place)
        .collect()
}

/// What a switch of several channels is: closed when every one is.
pub fn joined(channels: &[bool]) -> CardSwitch {
    match channels {
        [] => CardSwitch::Unread,
        all if all.contains(&true) => CardSwitch::Is(Switch::Open),
        _ => CardSwitch::Is(Switch::Closed),
    }
}

/// Where a raw value lies in its range, rounded.
pub fn share(raw: i64, (lowest, highest): (i64, i64)) -> Percent {
    let span = highest.saturating_sub(lowest);
    if span <= 0 {
        return Percent::new(100);
    }
    let above = raw.clamp(lowest, highest) - lowest;
    let share = (i128::from(above) * 200 + i128::from(span)) / (2 * i128::from(span));
    Percent::new(u8::try_from(share).unwrap_or(100))
}

/// Whether what a card says about its decibels can be believed. Some USB devices give a range of nothing, or one of hundreds
/// of decibels (the exceptions in the kernel's sound/usb/mixer.c); both ends are in hundredths.
pub fn is_believable((lowest, highest): (i64, i64)) -> bool {
    // A lowest end that is silence counts as -99999.99 dB (SND_CTL_TLV_DB_GAIN_MUTE).
    lowest < highest && (-20_000..=6_000).contains(&highest)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
