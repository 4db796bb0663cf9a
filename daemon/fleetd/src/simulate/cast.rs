//! Who plays what: each room's id, name and place, and whether it is honest, slow, wrong about the time, there twice, or hostile.
//! Pure: the same story, count and seed make the same cast.

use crate::rooms::{Place, Slug};
use fleet_proto::RoomId;

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Story {
    /// Rooms live working days: meetings, faults, a switch that fails; until told to stop.
    Day,
    /// All connections are lost at once, and every room comes back.
    Storm,
    /// One room in five has a line that carries little.
    Slow,
    /// One room in five has a wrong clock.
    Clocks,
    /// One room in five is there twice: two boards with one key.
    Duplicates,
    /// One room in five says what no room says: malformed, huge, too much, again, of other rooms.
    Hostile,
    /// Memory, share of a core, a storm, commands there and back, a setting for all: one after the other.
    Numbers,
}

/// What one room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// As a room is.
    Steady,
    /// Honest, at the end of a line that carries this many bytes a second.
    Slow(u32),
    /// Honest, with a clock that is ahead by so many milliseconds.
    WrongClock(i64),
    /// Two boards with one key.
    Twins,
    /// Says what no room says.
    Hostile(Mischief),
}

/// What a hostile room does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mischief {
    /// What it says is no message.
    Malformed,
    /// Messages that are longer than any may be.
    Huge,
    /// Hundreds of messages at once.
    Fast,
    /// Hundreds of pings at once.
    Pings,
    /// One message again and again.
    Replayed,
    /// Messages that claim another room's id and answer other rooms' commands.
    Foreign,
    /// Connects, and does not say who it is.
    Mute,
}

impl Mischief {
    /// All of them.
    pub const ALL: [Mischief; 7] = [
        Mischief::Malformed,
        Mischief::Huge,
        Mischief::Fast,
        Mischief::Pings,
        Mischief::Replayed,
        Mischief::Foreign,
        Mischief::Mute,
    ];

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mischief::Malformed => "malformed",
            Mischief::Huge => "huge",
            Mischief::Fast => "fast",
            Mischief::Pings => "pings",
            Mischief::Replayed => "replayed",
            Mischief::Foreign => "foreign",
            Mischief::Mute => "mute",
        }
    }
}

impl Part {
    /// Whether nothing may happen to it.
    #[must_use]
    pub fn is_honest(self) -> bool {
        matches!(self, Part::Steady | Part::Slow(_) | Part::WrongClock(_))
    }

    /// The trouble that a server must say of it, as the API says it.
    #[must_use]
    pub fn trouble(self) -> Option<&'static str> {
        match self {
            Part::Steady | Part::Slow(_) => None,
            Part::WrongClock(_) => Some("clock"),
            Part::Twins => Some("two-boards"),
            // What belongs to others changes nothing, and who says nothing is let go.
            Part::Hostile(Mischief::Foreign | Mischief::Mute) => None,
            Part::Hostile(_) => Some("misbehaves"),
        }
    }
}

/// One room in so many has the story's own part.
const ONE_IN: u32 = 5;
/// A line of the slowest kind that is sold.
const FEW_BYTES: u32 = 8 * 1024;
const CLOCKS_MS: [i64; 4] = [-3_600_000, 300_000, -90_000, 86_400_000];

/// What a room plays.
#[must_use]
pub fn part(story: Story, room: u32) -> Part {
    if room % ONE_IN != ONE_IN - 2 {
        return Part::Steady;
    }
    let turn = (room / ONE_IN) as usize;
    match story {
        Story::Day | Story::Storm | Story::Numbers => Part::Steady,
        Story::Slow => Part::Slow(FEW_BYTES),
        Story::Clocks => Part::WrongClock(CLOCKS_MS[turn % CLOCKS_MS.len()]),
        Story::Duplicates => Part::Twins,
        Story::Hostile => Part::Hostile(Mischief::ALL[turn % Mischief::ALL.len()]),
    }
}

const SITES: [(&str, &str); 8] = [
    ("rathaus", "Rathaus"),
    ("technisches-rathaus", "Technisches Rathaus"),
    ("buergerhaus", "Bürgerhaus"),
    ("bauamt", "Bauamt"),
    ("stadtbibliothek", "Stadtbibliothek"),
    ("stadtwerke", "Stadtwerke"),
    ("ordnungsamt", "Ordnungsamt"),
    ("volkshochschule", "Volkshochschule"),
];
const KINDS: [(&str, &str); 4] = [
    ("besprechung", "Besprechung"),
    ("besprechung", "Besprechung"),
    ("fokus", "Fokusraum"),
    ("sitzungssaal", "Sitzungssaal"),
];
/// Rooms of a building, and buildings of a site.
pub(super) const OF_BUILDING: u32 = 25;
const BUILDINGS: u32 = 4;

/// Where a room is, by its number: 25 rooms a building, four buildings a site.
#[must_use]
pub fn place(room: u32) -> Place {
    let building = room / OF_BUILDING;
    let site = building / BUILDINGS;
    let (known, _) = SITES[(site as usize) % SITES.len()];
    let round = site as usize / SITES.len();
    let site = match round {
        0 => known.to_owned(),
        round => format!("{known}-{}", round + 1),
    };
    let letter = ['a', 'b', 'c', 'd'][(building % BUILDINGS) as usize];
    let (kind, _) = KINDS[(room as usize) % KINDS.len()];
    let slug = |text: &str| Slug::of(text).unwrap_or_default();
    Place {
        site: slug(&site),
        building: slug(&format!("haus-{letter}")),
        floor: slug(&(room % OF_BUILDING / 5).to_string()),
        kind: slug(kind),
    }
}

/// What people call a room.
#[must_use]
pub fn name(room: u32) -> String {
    let site = (room / OF_BUILDING / BUILDINGS) as usize;
    let (_, site) = SITES[site % SITES.len()];
    let (_, kind) = KINDS[(room as usize) % KINDS.len()];
    format!("{site}, {kind} {}", room + 1)
}

/// A room's id; `None` when the prefix does not fit into one.
#[must_use]
pub fn id(prefix: &str, room: u32) -> Option<RoomId> {
    format!("{prefix}-{room:05}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sixty_rooms_have_every_part_of_their_story_and_most_are_steady() {
        for story in [
            Story::Slow,
            Story::Clocks,
            Story::Duplicates,
            Story::Hostile,
        ] {
            let parts: Vec<Part> = (0..60).map(|room| part(story, room)).collect();
            let steady = parts.iter().filter(|part| **part == Part::Steady).count();
            assert_eq!(steady, 48, "{story:?}");
        }
        let hostile: BTreeSet<Mischief> = (0..60)
            .filter_map(|room| match part(Story::Hostile, room) {
                Part::Hostile(mischief) => Some(mischief),
                _ => None,
            })
            .collect();
        assert_eq!(hostile.len(), Mischief::ALL.len());
    }

    #[test]
    fn ten_thousand_rooms_have_their_own_ids_and_a_place_each() {
        let ids: BTreeSet<RoomId> = (0..10_000).filter_map(|n| id("sim", n)).collect();
        assert_eq!(ids.len(), 10_000);
        let places: BTreeSet<(String, String)> = (0..10_000)
            .map(place)
            .map(|p| (p.site.into(), p.building.into()))
            .collect();
        assert_eq!(places.len(), 400, "one switch is 25 rooms");
        assert!(
            place(9_999).site.as_str().starts_with("stadtwerke") || !place(9_999).site.is_empty()
        );
        assert_eq!(id("Nein!", 1), None);
    }
}
