//! Which rooms somebody sees, narrowed by what was asked for; and telling a page when that has changed.

use crate::people::Right;
use crate::rooms::{Card, Counts, Light};
use crate::web::Ask;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fleet_proto::RoomId;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::sleep;

/// A page is told of changes at most this often.
const BEAT: Duration = Duration::from_millis(500);
/// Rooms on one page of a list.
pub(crate) const PAGE: usize = 50;
const LONGEST_PAGE: usize = 500;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Words that all stand in a room's id, name or place.
    pub words: Vec<String>,
    pub light: Option<Light>,
    pub site: String,
    pub building: String,
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
}

impl Filter {
    pub fn of(ask: &Ask) -> Filter {
        let limit = ask.field("limit").parse().unwrap_or(PAGE);
        let words = ask.field("q").to_lowercase();
        Filter {
            words: words.split_whitespace().map(str::to_owned).collect(),
            light: Light::of_word(ask.field("light")),
            site: ask.field("site").to_owned(),
            building: ask.field("building").to_owned(),
            after: ask.field("after").parse().ok(),
            limit: limit.clamp(1, LONGEST_PAGE),
        }
    }

    fn fits(&self, card: &Card) -> bool {
        let place = &card.room.place;
        let at = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        if !at(&self.site, place.site.as_str()) || !at(&self.building, place.building.as_str()) {
            return false;
        }
        if self.light.is_some_and(|light| card.light().0 != light) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
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
        };
        let mut more = false;
        each(ask, |card| {
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
