//! Forms about how rooms shall be set, and the audit as lines.

use super::{Done, each, to};
use crate::pages;
use crate::people::Right;
use crate::rooms::Room;
use crate::store::StoreError;
use crate::twin::{Author, BadText, Effect, Level, Template, TwinError, may_try};
use crate::web::{Ask, Refused};
use axum::http::header;
use axum::response::IntoResponse;
use fleet_proto::{RoomId, Settled};
use std::collections::BTreeSet;

/// Entries of the audit that are read from the store at once.
const LINES: usize = 500;

/// The level that a request names, if the asker may set all of its rooms.
pub(super) fn level(ask: &Ask, name: &str) -> Result<Level, Refused> {
    let level = Level::of_name(name).ok_or(Refused::NotFound)?;
    match &level {
        Level::Room(id) => {
            let card = ask.fleet.roster.card(ask.tenant(), id);
            let card = card.ok_or(Refused::NotFound)?;
            ask.must(Right::Set, Some(&card.room.place.site))?;
        }
        wide => ask.must(Right::Set, wide.site())?,
    }
    Ok(level)
}

fn rooms(ask: &Ask) -> Vec<Room> {
    ask.fleet.all_rooms(ask.tenant())
}

pub(super) async fn level_page(ask: Ask) -> Done {
    let level = level(&ask, ask.field("of"))?;
    let template = ask.fleet.twin.template(ask.tenant(), &level).await?;
    let sheet = pages::Sheet {
        first: first_ring(&ask, &level).await?,
        answers: answers(&ask, &template).await?,
        text: template.text.clone(),
        over: template.writing,
        template,
        level,
        shown: pages::Preview::None,
    };
    Ok(pages::level(&ask, &sheet).into_response())
}

/// Rooms of a level that take releases first, and so are proposed to try a text first.
async fn first_ring(ask: &Ask, level: &Level) -> Result<Vec<String>, StoreError> {
    let rings = ask.fleet.rollouts.rings(ask.tenant()).await?;
    let mut first = Vec::new();
    each(ask, |card| {
        let ring = rings
            .first()
            .is_some_and(|ring| ring.name == card.room.ring);
        if ring && level.holds(&card.room) {
            first.push(card.room.id.to_string());
        }
    });
    Ok(first)
}

/// What the rooms that try a text have said of what they have by it.
async fn answers(
    ask: &Ask,
    template: &Template,
) -> Result<Vec<(RoomId, Option<Settled>)>, StoreError> {
    let mut answers = Vec::new();
    for room in template.tried.iter().flat_map(|tried| &tried.rooms) {
        let doc = ask.fleet.twin.desired(ask.tenant(), room).await?;
        let card = ask.fleet.roster.card(ask.tenant(), room);
        let said = card.and_then(|card| card.seen.reported);
        let said = said.filter(|said| {
            doc.as_ref()
                .is_some_and(|doc| doc.desired.revision == said.revision)
        });
        answers.push((room.clone(), said.map(|said| said.settled)));
    }
    Ok(answers)
}

/// The same form shows what a text would change, writes it, or goes back.
pub(super) async fn write_level(ask: Ask) -> Done {
    let level = level(&ask, ask.field("of"))?;
    let over = ask.field("over").parse().map_err(|_| Refused::Stale)?;
    let text = ask.raw("text").replace("\r\n", "\n");
    match ask.field("do") {
        "write" => {
            let written = write(&ask, (&level, &text, over)).await;
            match written {
                Ok(()) => Ok(to(&format!("/settings/level?of={level}"))),
                Err(error) => show(&ask, level, (text, over), Err(error)).await,
            }
        }
        "try" => {
            let written = first_rooms(ask.raw("first"));
            let written = try_first(&ask, (&level, &text, over), written).await;
            match written {
                Ok(()) => Ok(to(&format!("/settings/level?of={level}"))),
                Err(error) => show(&ask, level, (text, over), Err(error)).await,
            }
        }
        "open" => {
            open(&ask, (&level, over)).await?;
            Ok(to(&format!("/settings/level?of={level}")))
        }
        "undo" => {
            undo(&ask, (&level, over)).await?;
            Ok(to(&format!("/settings/level?of={level}")))
        }
        _ => {
            let effects = preview(&ask, (&level, &text)).await;
            show(&ask, level, (text, over), effects).await
        }
    }
}

pub(super) async fn preview(ask: &Ask, what: (&Level, &str)) -> Result<Vec<Effect>, TwinError> {
    let fleet = &ask.fleet;
    fleet.twin.preview(ask.tenant(), what, &rooms(ask)).await
}

fn author<'a>(ask: &'a Ask, rooms: &'a [Room]) -> Author<'a> {
    Author {
        tenant: ask.tenant(),
        rooms,
        by: ask.name(),
        now_ms: ask.fleet.now_ms(),
    }
}

pub(super) async fn write(
    ask: &Ask,
    (level, text, over): (&Level, &str, u64),
) -> Result<(), TwinError> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let rooms = rooms(ask);
    // What is refused is not noted as done.
    fleet.twin.preview(tenant, (level, text), &rooms).await?;
    let author = author(ask, &rooms);
    let act = (ask.name(), "settings-written", &*level.to_string());
    fleet
        .note(tenant, act, &[("over", &over.to_string()), ("text", text)])
        .await?;
    fleet.twin.write(author, (level, text, over)).await?;
    settle(ask, level, &rooms).await
}

/// Rooms as people write them: with commas or spaces between.
fn first_rooms(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\n']).map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Writes a text for these rooms of its level alone.
pub(super) async fn try_first(
    ask: &Ask,
    (level, text, over): (&Level, &str, u64),
    first: Vec<String>,
) -> Result<(), TwinError> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let rooms = rooms(ask);
    fleet.twin.preview(tenant, (level, text), &rooms).await?;
    let read = |word: &String| {
        word.parse()
            .map_err(|_| TwinError::NotOfLevel(word.clone()))
    };
    let tried: BTreeSet<RoomId> = first.iter().map(read).collect::<Result<_, _>>()?;
    may_try(level, &rooms, &tried)?;
    let act = (ask.name(), "settings-tried", &*level.to_string());
    let (over_text, who) = (over.to_string(), first.join(" "));
    let more = [("over", &*over_text), ("rooms", &*who), ("text", text)];
    fleet.note(tenant, act, &more).await?;
    let by = author(ask, &rooms);
    let written = fleet.twin.try_first(by, (level, text, over), tried);
    written.await?;
    settle(ask, level, &rooms).await
}

/// Opens to all rooms of a level what some have tried.
pub(super) async fn open(ask: &Ask, (level, over): (&Level, u64)) -> Result<(), TwinError> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let rooms = rooms(ask);
    let act = (ask.name(), "settings-opened", &*level.to_string());
    let over_text = over.to_string();
    fleet.note(tenant, act, &[("over", &over_text)]).await?;
    fleet.twin.open(author(ask, &rooms), (level, over)).await?;
    settle(ask, level, &rooms).await
}

pub(super) async fn undo(ask: &Ask, (level, over): (&Level, u64)) -> Result<(), TwinError> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let rooms = rooms(ask);
    let author = author(ask, &rooms);
    let act = (ask.name(), "settings-undone", &*level.to_string());
    let over_text = over.to_string();
    fleet.note(tenant, act, &[("over", &over_text)]).await?;
    fleet.twin.undo(author, (level, over)).await?;
    settle(ask, level, &rooms).await
}

async fn settle(ask: &Ask, level: &Level, rooms: &[Room]) -> Result<(), TwinError> {
    let held = rooms.iter().filter(|room| level.holds(room));
    let held: Vec<Room> = held.cloned().collect();
    Ok(ask.fleet.settle(ask.tenant(), &held).await?)
}

async fn show(
    ask: &Ask,
    level: Level,
    (text, over): (String, u64),
    effects: Result<Vec<Effect>, TwinError>,
) -> Done {
    let template = ask.fleet.twin.template(ask.tenant(), &level).await?;
    let shown = match effects {
        Ok(effects) => pages::Preview::Effects(effects),
        Err(TwinError::Text(bad)) => pages::Preview::Bad(None, bad),
        Err(TwinError::Whole { room, bad }) => pages::Preview::Bad(Some(room), bad),
        Err(error @ TwinError::NotOfLevel(_)) => pages::Preview::Bad(
            None,
            BadText {
                message: error.to_string(),
                line: None,
            },
        ),
        Err(error) => return Err(error.into()),
    };
    let sheet = pages::Sheet {
        first: first_ring(ask, &level).await?,
        answers: answers(ask, &template).await?,
        level,
        template,
        text,
        over,
        shown,
    };
    Ok(pages::level(ask, &sheet).into_response())
}

/// The audit behind a place, as lines.
pub(super) async fn audit_lines(ask: &Ask) -> Done {
    ask.must(Right::Audit, None)?;
    let mut after = ask.field("after").parse().unwrap_or(0);
    let mut text = String::new();
    loop {
        let part = ask.fleet.ledger.read(ask.tenant(), after, LINES).await?;
        for entry in &part {
            text.push_str(&entry.line());
            text.push('\n');
            after = entry.sequence;
        }
        if part.len() < LINES {
            break;
        }
    }
    let head = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.jsonl\"",
        ),
    ];
    Ok((head, text).into_response())
}
