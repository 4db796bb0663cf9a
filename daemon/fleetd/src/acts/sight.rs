//! Which rooms somebody sees, narrowed by what was asked for; and telling a page when that has changed.

use crate::people::Right;
use crate::rooms::{Card, Counts, Light};
use crate::web::Ask;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fleet_proto::RoomId;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::sleep;
use url::form_urlencoded::Serializer;

/// A page is told of changes at most this often.
const BEAT: Duration = Duration::from_millis(500);
/// Rooms on one page of a list.
pub(crate) const PAGE: usize = 50;
const LONGEST_PAGE: usize = 500;
/// Stands for a place that nobody named, since an empty field asks for any.
pub(crate) const NONE: &str = "-";
/// What an address may ask for, in this order.
const KEYS: [&str; 8] = [
    "q", "light", "site", "building", "floor", "kind", "fault", "tomorrow",
];

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Words that all stand in a room's id, name or place.
    pub words: Vec<String>,
    pub light: Option<Light>,
    pub site: String,
    pub building: String,
    pub floor: String,
    pub kind: String,
    /// The code of a fault that the room has.
    pub fault: String,
    /// Meetings of tomorrow are at risk.
    pub tomorrow: bool,
    /// Behind this room.
    pub after: Option<RoomId>,
    pub limit: usize,
}

/// What was found.
pub(crate) struct Sight {
    pub cards: Vec<Card>,
    /// How many there are on all pages.
    pub found: usize,
    /// Behind which room the next page begins.
    pub next: Option<RoomId>,
    /// What can be asked for.
    pub choices: Choices,
}

/// Places and faults of all rooms that the asker may see.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    pub sites: BTreeSet<String>,
    pub buildings: BTreeSet<String>,
    pub floors: BTreeSet<String>,
    pub kinds: BTreeSet<String>,
    pub faults: BTreeSet<String>,
}

impl Choices {
    fn add(&mut self, card: &Card) {
        let note = |set: &mut BTreeSet<String>, name: &str| {
            if !name.is_empty() && !set.contains(name) {
                set.insert(name.to_owned());
            }
        };
        let place = &card.room.place;
        note(&mut self.sites, place.site.as_str());
        note(&mut self.buildings, place.building.as_str());
        note(&mut self.floors, place.floor.as_str());
        note(&mut self.kinds, place.kind.as_str());
        for fault in card.seen.state.iter().flat_map(|state| &state.faults) {
            note(&mut self.faults, fault.code.as_str());
        }
    }
}

/// The canonical query of what was asked for: what a saved view keeps and a form carries on.
pub(crate) fn query(field: impl Fn(&'static str) -> String) -> String {
    let mut query = Serializer::new(String::new());
    for key in KEYS {
        let value = field(key);
        if !value.is_empty() {
            query.append_pair(key, &value);
        }
    }
    query.finish()
}

impl Filter {
    pub fn of(ask: &Ask) -> Filter {
        let filter = Filter::read(|key| ask.field(key).to_owned());
        let limit = ask.field("limit").parse().unwrap_or(PAGE);
        Filter {
            after: ask.field("after").parse().ok(),
            limit: limit.clamp(1, LONGEST_PAGE),
            ..filter
        }
    }

    /// Of a query that was kept.
    pub fn of_query(query: &str) -> Filter {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        Filter::read(|key| {
            let found = pairs.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        })
    }

    fn read(field: impl Fn(&str) -> String) -> Filter {
        let words = field("q").to_lowercase();
        Filter {
            words: words.split_whitespace().map(str::to_owned).collect(),
            light: Light::of_word(&field("light")),
            site: field("site"),
            building: field("building"),
            floor: field("floor"),
            kind: field("kind"),
            fault: field("fault"),
            tomorrow: field("tomorrow") == "risk",
            after: None,
            limit: LONGEST_PAGE,
        }
    }

    pub fn fits(&self, card: &Card) -> bool {
        let place = &card.room.place;
        let at = |wanted: &str, is: &str| match wanted {
            "" => true,
            NONE => is.is_empty(),
            wanted => wanted == is,
        };
        if !at(&self.site, place.site.as_str())
            || !at(&self.building, place.building.as_str())
            || !at(&self.floor, place.floor.as_str())
            || !at(&self.kind, place.kind.as_str())
        {
            return false;
        }
        if self.light.is_some_and(|light| card.light().0 != light) {
            return false;
        }
        if self.tomorrow && card.tomorrow() == (0, 0) {
            return false;
        }
        if !self.fault.is_empty() {
            let mut faults = card.seen.state.iter().flat_map(|state| &state.faults);
            if !faults.any(|fault| fault.code.as_str() == self.fault) {
                return false;
            }
        }
        self.words.is_empty() || self.says_all_words(card)
    }

    fn says_all_words(&self, card: &Card) -> bool {
        let place = &card.room.place;
        let parts = [
            card.room.id.as_str(),
            card.room.name.as_str(),
            place.site.as_str(),
            place.building.as_str(),
            place.floor.as_str(),
            place.kind.as_str(),
        ];
        let text = parts.join("\n").to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

/// Looks at each room that the asker may see.
pub(crate) fn each(ask: &Ask, mut look: impl FnMut(&Card)) {
    ask.fleet.roster.each(ask.tenant(), |card| {
        if ask.may(Right::Look, Some(&card.room.place.site)) {
            look(card);
        }
    });
}

impl Sight {
    pub fn of(ask: &Ask, filter: &Filter) -> Sight {
        let mut sight = Sight {
            cards: Vec::new(),
            found: 0,
            next: None,
            choices: Choices::default(),
        };
        let mut more = false;
        each(ask, |card| {
            sight.choices.add(card);
            if !filter.fits(card) {
                return;
            }
            sight.found += 1;
            let later = filter
                .after
                .as_ref()
                .is_none_or(|after| card.room.id > *after);
            if later && sight.cards.len() < filter.limit {
                sight.cards.push(card.clone());
            } else if later {
                more = true;
            }
        });
        if more {
            sight.next = sight.cards.last().map(|card| card.room.id.clone());
        }
        sight
    }
}

/// Counts by site and building, in the order of names.
pub(crate) fn groups(ask: &Ask) -> BTreeMap<(String, String), Counts> {
    let mut groups: BTreeMap<(String, String), Counts> = BTreeMap::new();
    each(ask, |card| {
        let place = &card.room.place;
        let group = (
            place.site.as_str().to_owned(),
            place.building.as_str().to_owned(),
        );
        groups.entry(group).or_default().add(card);
    });
    groups
}

/// What a page shows, as far as a change of it matters.
#[derive(PartialEq)]
enum Shown {
    One(Option<Box<Card>>),
    Many(u64),
}

fn shown(ask: &Ask) -> Shown {
    match ask.field("room").parse::<RoomId>() {
        Ok(room) => {
            let card = ask.fleet.roster.card(ask.tenant(), &room);
            let seen = card.filter(|card| ask.may(Right::Look, Some(&card.room.place.site)));
            Shown::One(seen.map(Box::new))
        }
        Err(_) => Shown::Many(*ask.fleet.roster.bell().borrow()),
    }
}

/// A line whenever what the page shows has changed.
pub(crate) fn events(ask: Ask) -> Response {
    let bell = ask.fleet.roster.bell();
    let before = shown(&ask);
    let stream =
        futures_util::stream::unfold((ask, bell, before), async |(ask, mut bell, before)| {
            loop {
                bell.changed().await.ok()?;
                sleep(BEAT).await;
                bell.mark_unchanged();
                let now = shown(&ask);
                if now != before {
                    let event = Ok::<_, Infallible>(Event::default().data("changed"));
                    break Some((event, (ask, bell, now)));
                }
            }
        });
    Sse::new(stream)
        .keep_alive(KeepAlive::default())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Slug;
    use crate::rooms::sample::card;
    use fleet_proto::{Epoch, Fault, Tomorrow};

    fn hall() -> Card {
        let mut card = card("saal-2", "nord");
        card.room.name = "Großer Saal".into();
        let slug = |name| Slug::of(name).unwrap();
        card.room.place.building = slug("rathaus");
        card.room.place.kind = slug("saal");
        card.seen.presence.begin(Epoch(1), 0).unwrap();
        let state = card.seen.state.as_mut().unwrap();
        state.faults.push(Fault {
            code: "mic-gone".parse().unwrap(),
            about: None,
            since_ms: 0,
            cause: None,
        });
        state.tomorrow = Some(Tomorrow {
            at_ms: 0,
            meetings: 2,
            red: 1,
            yellow: 0,
        });
        card
    }

    #[test]
    fn a_room_is_found_by_each_thing_that_is_known_of_it_and_by_all_of_them() {
        let hall = hall();
        for (query, fits) in [
            ("", true),
            ("q=saal+nord", true),
            ("q=GROSSER", false),
            ("q=gro%C3%9Fer", true),
            ("light=red", true),
            ("light=green", false),
            ("site=nord&building=rathaus", true),
            ("site=nord&building=schule", false),
            ("floor=-", true),
            ("building=-", false),
            ("kind=saal", true),
            ("fault=mic-gone", true),
            ("fault=camera-gone", false),
            ("tomorrow=risk", true),
            ("light=red&fault=mic-gone&q=saal&tomorrow=risk", true),
        ] {
            assert_eq!(Filter::of_query(query).fits(&hall), fits, "{query}");
        }
        let mut calm = hall;
        let state = calm.seen.state.as_mut().unwrap();
        state.tomorrow = None;
        assert!(!Filter::of_query("tomorrow=risk").fits(&calm));
    }

    #[test]
    fn a_query_keeps_what_was_asked_for_and_nothing_else() {
        let asked = |key: &'static str| match key {
            "q" => "a & b".to_owned(),
            "fault" => "mic-gone".to_owned(),
            _ => String::new(),
        };
        let kept = query(asked);
        assert_eq!(kept, "q=a+%26+b&fault=mic-gone");
        let read = Filter::of_query(&format!("{kept}&token=x&after=zz"));
        assert_eq!((read.words.len(), read.after), (3, None));
    }
}
