//! Forms about how rooms shall be set, and the audit as lines.

use super::{Done, to};
use crate::pages;
use crate::people::Right;
use crate::rooms::Room;
use crate::twin::{Author, Effect, Level, TwinError};
use crate::web::{Ask, Refused};
use axum::http::header;
use axum::response::IntoResponse;

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
        text: template.text.clone(),
        over: template.writing,
        template,
        level,
        shown: pages::Preview::None,
    };
    Ok(pages::level(&ask, &sheet).into_response())
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
        Err(error) => return Err(error.into()),
    };
    let sheet = pages::Sheet {
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
