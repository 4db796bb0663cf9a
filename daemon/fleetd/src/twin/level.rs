//! Levels and their order. Pure.

use crate::rooms::{Room, Slug};
use fleet_proto::RoomId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A set of rooms that a text is for; the order is from wide to narrow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Level {
    /// Every room.
    All,
    /// Those of a site.
    Site(Slug),
    /// Those of a building.
    Building(Slug, Slug),
    /// Those of a floor.
    Floor(Slug, Slug, Slug),
    /// Those of a kind, wherever they are.
    Kind(Slug),
    /// One.
    Room(RoomId),
}

impl Level {
    /// The levels of a room, the widest first; places that nobody named have none.
    #[must_use]
    pub fn of(room: &Room) -> Vec<Level> {
        let place = &room.place;
        let mut levels = vec![Level::All];
        let has = |slugs: &[&Slug]| slugs.iter().all(|slug| !slug.is_empty());
        if has(&[&place.site]) {
            levels.push(Level::Site(place.site.clone()));
        }
        if has(&[&place.site, &place.building]) {
            levels.push(Level::Building(place.site.clone(), place.building.clone()));
        }
        if has(&[&place.site, &place.building, &place.floor]) {
            levels.push(Level::Floor(
                place.site.clone(),
                place.building.clone(),
                place.floor.clone(),
            ));
        }
        if has(&[&place.kind]) {
            levels.push(Level::Kind(place.kind.clone()));
        }
        levels.push(Level::Room(room.id.clone()));
        levels
    }

    /// Whether a room is one of its rooms.
    #[must_use]
    pub fn holds(&self, room: &Room) -> bool {
        Level::of(room).contains(self)
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Level> {
        let mut parts = name.split('/');
        let kind = parts.next()?;
        let rest: Vec<&str> = parts.collect();
        let slug = |text: &str| Slug::of(text).filter(|s| !s.is_empty() && s.as_str() == text);
        Some(match (kind, rest.as_slice()) {
            ("all", []) => Level::All,
            ("site", [site]) => Level::Site(slug(site)?),
            ("building", [site, building]) => Level::Building(slug(site)?, slug(building)?),
            ("floor", [site, building, floor]) => {
                Level::Floor(slug(site)?, slug(building)?, slug(floor)?)
            }
            ("kind", [kind]) => Level::Kind(slug(kind)?),
            ("room", [room]) => Level::Room(room.parse().ok()?),
            _ => return None,
        })
    }

    /// The site that it lies in; `None` where it reaches over several. A room's own is asked of the room.
    #[must_use]
    pub fn site(&self) -> Option<&Slug> {
        match self {
            Level::Site(site) | Level::Building(site, _) | Level::Floor(site, ..) => Some(site),
            Level::All | Level::Kind(_) | Level::Room(_) => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::All => f.write_str("all"),
            Level::Site(site) => write!(f, "site/{}", site.as_str()),
            Level::Building(site, building) => {
                write!(f, "building/{}/{}", site.as_str(), building.as_str())
            }
            Level::Floor(site, building, floor) => write!(
                f,
                "floor/{}/{}/{}",
                site.as_str(),
                building.as_str(),
                floor.as_str()
            ),
            Level::Kind(kind) => write!(f, "kind/{}", kind.as_str()),
            Level::Room(room) => write!(f, "room/{room}"),
        }
    }
}

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Level::of_name(&name).ok_or_else(|| format!("{name:?} is no level"))
    }
}

impl From<Level> for String {
    fn from(level: Level) -> String {
        level.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::{Certificate, Place};

    fn room(place: [&str; 4]) -> Room {
        let [site, building, floor, kind] = place.map(|text| Slug::of(text).unwrap());
        Room {
            id: "saal-2".parse().unwrap(),
            name: "Saal 2".into(),
            place: Place {
                site,
                building,
                floor,
                kind,
            },
            ring: Default::default(),
            enrolled_ms: 0,
            certificate: Certificate {
                serial: String::new(),
                ends_s: 0,
            },
            next: None,
        }
    }

    #[test]
    fn a_room_has_its_levels_from_wide_to_narrow() {
        let names = |place| {
            let levels = Level::of(&room(place));
            assert!(levels.is_sorted());
            levels.iter().map(Level::to_string).collect::<Vec<_>>()
        };
        let whole = names(["nord", "rathaus", "eg", "saal"]);
        let expected = [
            "all",
            "site/nord",
            "building/nord/rathaus",
            "floor/nord/rathaus/eg",
            "kind/saal",
            "room/saal-2",
        ];
        assert_eq!(whole, expected);
        assert_eq!(names(["", "rathaus", "", ""]), ["all", "room/saal-2"]);
        for name in whole {
            assert_eq!(Level::of_name(&name).unwrap().to_string(), name);
        }
        for bad in [
            "",
            "all/x",
            "site",
            "site/",
            "floor/a/b",
            "room/A",
            "site/A",
        ] {
            assert_eq!(Level::of_name(bad), None, "{bad}");
        }
    }
}
