//! What a room does only with a grant: asked for here, signed elsewhere with a key that no server has, and told with the signature.

use super::change::{LASTS, wanted};
use super::{Done, to};
use crate::commands::{Draft, Order, Wish};
use crate::pages;
use crate::people::Right;
use crate::rooms::Card;
use crate::web::{Ask, Refused};
use axum::http::header;
use axum::response::IntoResponse;
use fleet_proto::{CommandId, Grant, Verb};

/// Asks for a picture of a room's page.
pub(super) async fn draft(ask: &Ask, card: &Card, id: CommandId) -> Result<Draft, Refused> {
    let at = (ask.tenant(), &card.room.id);
    let fleet = &ask.fleet;
    if let Some(before) = fleet.drafts.get(at, &id, fleet.now_ms()).await? {
        return Ok(before);
    }
    let verb = Verb::Screenshot {
        to: wanted(ask, card, "screenshot").await?,
    };
    let act = (ask.name(), "grant-asked", card.room.id.as_str());
    let more = [("verb", verb.name()), ("command", id.as_str())];
    fleet.note(ask.tenant(), act, &more).await?;
    let by = (ask.name(), fleet.now_ms());
    Ok(fleet.drafts.write(at, (id, verb), by).await?)
}

pub(super) async fn ask_for(ask: &Ask, card: &Card, id: CommandId) -> Done {
    let draft = draft(ask, card, id).await?;
    let page = format!("/rooms/{}/grant/{}", card.room.id, draft.id);
    Ok(to(&page))
}

async fn known(ask: &Ask) -> Result<(Card, Draft), Refused> {
    let card = ask.room(Right::Operate)?;
    let id = ask.part("command").parse().map_err(|_| Refused::NotFound)?;
    let at = (ask.tenant(), &card.room.id);
    let draft = ask.fleet.drafts.get(at, &id, ask.fleet.now_ms()).await?;
    let draft = draft.ok_or(Refused::Wrong("grant-gone"))?;
    Ok((card, draft))
}

pub(super) async fn page(ask: Ask) -> Done {
    let (card, draft) = known(&ask).await?;
    Ok(pages::grant(&ask, &card, &draft).into_response())
}

pub(super) async fn text(ask: Ask) -> Done {
    let (_, draft) = known(&ask).await?;
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"grant.txt\"",
        ),
    ];
    Ok((head, draft.text()).into_response())
}

/// Tells the room, with the signature as it came: only the room knows whose counts.
pub(super) async fn told(ask: &Ask, draft: Draft, signature: &str) -> Result<Order, Refused> {
    let signature = signature.replace("\r\n", "\n");
    if signature.trim().lines().count() < 2 {
        return Err(Refused::Wrong("grant-shape"));
    }
    let at = (ask.tenant(), &draft.room);
    let wish = Wish {
        id: draft.id,
        verb: draft.verb,
        lasts: LASTS,
        until_ms: Some(draft.until_ms),
        waits: false,
        grant: Some(Grant { signature }),
        by: ask.name().to_owned(),
    };
    Ok(ask.fleet.tell(at, wish).await?)
}

pub(super) async fn tell(ask: Ask) -> Done {
    let (card, draft) = known(&ask).await?;
    told(&ask, draft, ask.raw("signature")).await?;
    Ok(to(&format!("/rooms/{}#commands", card.room.id)))
}
