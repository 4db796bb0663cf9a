//! Who does what in a room, and why: from what was found to roles with their reasons. Knows no question and no file.

use crate::facts::{
    CameraFound, DisplayFound, Facts, HeadFound, PuckFound, SoundFound, SoundKind, Unit,
};
use serde::{Deserialize, Serialize};

/// What a role is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A camera's picture.
    Camera,
    /// A camera's head.
    Head,
    /// A display.
    Display,
    /// A table button.
    Puck,
    /// Keys and lamps of a speakerphone.
    Speakerphone,
    /// A microphone.
    Microphone,
    /// A loudspeaker.
    Loudspeaker,
}

/// Why a device has its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// There is no other.
    Only,
    /// Its picture is the largest.
    LargestPicture,
    /// Others are part of a speakerphone and look at the table.
    LooksAtTheRoom,
    /// It is the largest.
    LargestDisplay,
    /// Somebody said so.
    Person,
    /// It sits where the template's did.
    Template,
    /// It comes next.
    Next,
    /// It answered.
    Answered,
    /// A speakerphone is made for a room's voices.
    Speakerphone,
    /// It hears more than a camera's microphone.
    BeforeWebcam,
    /// There is nothing better.
    LastResort,
    /// It cancels its own echo.
    SameDevice,
}

/// A role and the device that is to have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it is for.
    pub kind: Kind,
    /// Its name in the room's file.
    pub name: String,
    /// The device, by [`Unit::key`].
    pub device: String,
    /// Why this one.
    pub reason: Reason,
}

/// What a person or a template said about devices that look alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// The front camera.
    pub front: Option<(&'a str, Reason)>,
    /// The main display.
    pub main: Option<(&'a str, Reason)>,
    /// The loudspeaker that was heard.
    pub loudspeaker: Option<(&'a str, Reason)>,
    /// The microphone that hears best.
    pub microphone: Option<(&'a str, Reason)>,
}

/// What a person answers who heard none of the loudspeakers.
pub(crate) const NONE: &str = "none";

/// Names of cameras and heads in the order in which they are given.
const LOOKING: [&str; 4] = ["front", "rear", "left", "right"];
const DISPLAYS: [&str; 3] = ["main", "second", "third"];
const PUCKS: [&str; 3] = ["table", "table-2", "table-3"];

impl Kind {
    /// The word of records and keys.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Camera => "camera",
            Kind::Head => "head",
            Kind::Display => "display",
            Kind::Puck => "puck",
            Kind::Speakerphone => "speakerphone",
            Kind::Microphone => "microphone",
            Kind::Loudspeaker => "loudspeaker",
        }
    }
}

impl Role {
    /// Its label, such as `camera-front`: unique in a room.
    pub fn label(&self) -> String {
        match self.kind {
            // A room has one.
            Kind::Speakerphone => self.name.clone(),
            _ => format!("{}-{}", self.kind.word(), self.name),
        }
    }
}

/// Proposes a role for everything that a room can use.
pub fn propose(facts: &Facts, said: Said<'_>) -> Vec<Role> {
    let mut roles = cameras(facts, said.front);
    let heads = facts
        .heads
        .iter()
        .map(|head| (head.key(), Reason::Answered));
    roles.extend(named(Kind::Head, &LOOKING, heads));
    roles.extend(displays(facts, said.main));
    let pucks = facts
        .pucks
        .iter()
        .map(|puck| (puck.key(), Reason::Answered));
    roles.extend(named(Kind::Puck, &PUCKS, pucks));
    let phone = facts.phones.first().map(|phone| {
        let reason = if facts.phones.len() == 1 {
            Reason::Only
        } else {
            Reason::Next
        };
        (phone.key(), reason)
    });
    roles.extend(named(
        Kind::Speakerphone,
        &["speakerphone"],
        phone.into_iter(),
    ));
    roles.extend(sounds(facts, said));
    roles
}

fn named<'a>(
    kind: Kind,
    names: &'a [&str],
    keys: impl Iterator<Item = (String, Reason)> + 'a,
) -> impl Iterator<Item = Role> + 'a {
    keys.enumerate().map(move |(n, (device, reason))| Role {
        kind,
        name: names.get(n).map_or_else(
            || format!("{}-{}", kind.word(), n + 1),
            |name| (*name).to_owned(),
        ),
        device,
        reason,
    })
}

/// Cameras that could be the front one: those of a speakerphone only when there is no other. Of two in one device, such as a second
/// one for faces in the dark, a room's file can name the first alone.
pub fn front_cameras(facts: &Facts) -> Vec<&CameraFound> {
    let in_the_room = facts.cameras.iter().any(|found| !found.in_phone);
    let mut front: Vec<&CameraFound> = Vec::new();
    for found in &facts.cameras {
        let known = front.iter().any(|one| one.unit.key() == found.unit.key());
        let passed_over = known || (in_the_room && found.in_phone);
        if !passed_over {
            front.push(found);
        }
    }
    front
}

fn cameras(facts: &Facts, said: Option<(&str, Reason)>) -> Vec<Role> {
    let candidates = front_cameras(facts);
    let proposed = candidates.iter().max_by_key(|found| {
        let (width, height) = found.largest.unwrap_or_default();
        // Of two alike the first place counts.
        (
            u64::from(width) * u64::from(height),
            core::cmp::Reverse(found.unit.key()),
        )
    });
    let why = match (candidates.len(), facts.cameras.len()) {
        (1, 1) => Reason::Only,
        (1, _) => Reason::LooksAtTheRoom,
        _ => Reason::LargestPicture,
    };
    let known = said.filter(|(key, _)| facts.cameras.iter().any(|found| found.unit.key() == *key));
    let front = known
        .map(|(key, reason)| (key.to_owned(), reason))
        .or_else(|| proposed.map(|found| (found.unit.key(), why)));
    let Some((first, reason)) = front else {
        return Vec::new();
    };
    let rest = facts.cameras.iter().map(|found| found.unit.key());
    let rest = rest
        .filter(|key| *key != first)
        .map(|key| (key, Reason::Next));
    let keys: Vec<(String, Reason)> = core::iter::once((first.clone(), reason))
        .chain(rest)
        .collect();
    named(Kind::Camera, &LOOKING, keys.into_iter()).collect()
}

/// How large a display is; one that does not say is the smallest.
fn area(found: &DisplayFound) -> u64 {
    let (width, height) = found.size.unwrap_or_default();
    u64::from(width) * u64::from(height)
}

/// Displays of which each could be the main one, because none is larger.
pub fn main_displays(facts: &Facts) -> Vec<&DisplayFound> {
    let drivable = || {
        facts
            .displays
            .iter()
            .filter(|found| !found.lines.is_empty())
    };
    let largest = drivable().map(area).max().unwrap_or_default();
    drivable().filter(|found| area(found) == largest).collect()
}

fn displays(facts: &Facts, said: Option<(&str, Reason)>) -> Vec<Role> {
    let mut all: Vec<&DisplayFound> = facts.displays.iter().collect();
    all.retain(|found| !found.lines.is_empty());
    all.sort_by_key(|found| core::cmp::Reverse(area(found)));
    let known = said.filter(|(key, _)| all.iter().any(|found| found.unit.key() == *key));
    if let Some((key, _)) = known {
        all.sort_by_key(|found| found.unit.key() != key);
    }
    let reason = match (known, all.len()) {
        (Some((_, reason)), _) => reason,
        (None, 1) => Reason::Only,
        (None, _) => Reason::LargestDisplay,
    };
    let keys = all.iter().enumerate().map(|(n, found)| {
        let reason = if n == 0 { reason } else { Reason::Next };
        (found.unit.key(), reason)
    });
    named(
        Kind::Display,
        &DISPLAYS,
        keys.collect::<Vec<_>>().into_iter(),
    )
    .collect()
}

/// Loudspeakers of which only a person can say which one the room hears: a plug that leads nowhere looks like any other. A
/// speakerphone that is alone of its kind is what the room was given to be heard by.
pub fn heard_loudspeakers(facts: &Facts) -> Vec<&SoundFound> {
    let plays = facts.sounds.iter().filter(|found| found.plays.is_some());
    let mut all: Vec<&SoundFound> = Vec::new();
    for found in plays {
        if !all.iter().any(|one| one.unit.key() == found.unit.key()) {
            all.push(found);
        }
    }
    let phone = |found: &&&SoundFound| found.kind == SoundKind::Speakerphone;
    match all.iter().filter(phone).count() {
        1 => Vec::new(),
        _ => all,
    }
}

/// Microphones of which each could be the best one, because none is of a better kind.
pub fn best_microphones(facts: &Facts) -> Vec<&SoundFound> {
    let hears = || facts.sounds.iter().filter(|found| found.hears.is_some());
    let best = hears().map(|found| found.kind).min();
    let mut all: Vec<&SoundFound> = Vec::new();
    for found in hears().filter(|found| Some(found.kind) == best) {
        if !all.iter().any(|one| one.unit.key() == found.unit.key()) {
            all.push(found);
        }
    }
    all
}

/// What a person or a template said comes first.
fn first(mut keys: Vec<(String, Reason)>, said: Option<(&str, Reason)>) -> Vec<(String, Reason)> {
    let Some((key, reason)) = said else {
        return keys;
    };
    if let Some(at) = keys.iter().position(|(known, _)| known == key) {
        let (key, own) = keys.remove(at);
        let reason = match (at, reason) {
            // Where it came first anyway, its own reason tells more than another room's file.
            (0, Reason::Template) => own,
            _ => reason,
        };
        keys.insert(0, (key, reason));
    }
    keys
}

/// The best microphone and the best loudspeaker, and what stands in for them.
fn sounds(facts: &Facts, said: Said<'_>) -> Vec<Role> {
    let mut all: Vec<&SoundFound> = facts.sounds.iter().collect();
    all.sort_by_key(|found| found.kind);
    let webcams = all.iter().any(|found| found.kind == SoundKind::Webcam);
    let heard = all.iter().filter(|found| found.hears.is_some());
    let reason = |kind: SoundKind| match kind {
        SoundKind::Speakerphone => Reason::Speakerphone,
        SoundKind::Both | SoundKind::Card if webcams => Reason::BeforeWebcam,
        SoundKind::Both | SoundKind::Card => Reason::Next,
        SoundKind::Webcam | SoundKind::Display => Reason::LastResort,
    };
    let microphones = heard.map(|found| (found.unit.key(), reason(found.kind)));
    let microphones = first(microphones.collect(), said.microphone);
    let best = microphones.first().map(|(key, _)| key.clone());
    let played = all.iter().filter(|found| found.plays.is_some());
    let speaker = |found: &&&SoundFound| {
        let key = found.unit.key();
        let same = best.as_ref() == Some(&key);
        let reason = if same {
            Reason::SameDevice
        } else {
            reason(found.kind)
        };
        (key, reason)
    };
    let loudspeakers = played.map(|found| speaker(&found)).collect();
    let loudspeakers = first(loudspeakers, said.loudspeaker);
    let ears = named(
        Kind::Microphone,
        &["table-mic", "second-mic", "third-mic"],
        microphones.into_iter(),
    );
    let mouths = named(
        Kind::Loudspeaker,
        &["table-speaker", "second-speaker", "third-speaker"],
        loudspeakers.into_iter(),
    );
    ears.chain(mouths).collect()
}

/// The device that a role means.
pub fn unit<'a>(facts: &'a Facts, role: &Role) -> Option<&'a Unit> {
    let here = |unit: &&Unit| unit.key() == role.device;
    match role.kind {
        Kind::Camera => facts.cameras.iter().map(|found| &found.unit).find(here),
        Kind::Head => head(facts, role).map(|found| &found.unit),
        Kind::Display => facts.displays.iter().map(|found| &found.unit).find(here),
        Kind::Puck => puck(facts, role).map(|found| &found.unit),
        Kind::Speakerphone => facts.phones.iter().find(here),
        Kind::Microphone | Kind::Loudspeaker => {
            facts.sounds.iter().map(|found| &found.unit).find(here)
        }
    }
}

/// The head that a role means.
pub fn head<'a>(facts: &'a Facts, role: &Role) -> Option<&'a HeadFound> {
    facts.heads.iter().find(|head| head.key() == role.device)
}

/// The table button that a role means.
pub fn puck<'a>(facts: &'a Facts, role: &Role) -> Option<&'a PuckFound> {
    facts.pucks.iter().find(|puck| puck.key() == role.device)
}

impl Reason {
    /// The key of its sentence.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Reason::Only => "reason-only",
            Reason::LargestPicture => "reason-largest-picture",
            Reason::LooksAtTheRoom => "reason-looks-at-the-room",
            Reason::LargestDisplay => "reason-largest-display",
            Reason::Person => "reason-person",
            Reason::Template => "reason-template",
            Reason::Next => "reason-next",
            Reason::Answered => "reason-answered",
            Reason::Speakerphone => "reason-speakerphone",
            Reason::BeforeWebcam => "reason-before-webcam",
            Reason::LastResort => "reason-last-resort",
            Reason::SameDevice => "reason-same-device",
        }
    }
}
